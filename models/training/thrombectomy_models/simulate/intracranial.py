"""Where the inside of the skull is, and how deep: what lesions are placed by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

BONE_HU, TISSUE_HU = 250, (-5, 100)
MINIMUM_AREA_FRACTION, MAXIMUM_BONE_GAP_PX = 0.08, 3


@dataclass(frozen=True)
class Intracranial:
    """``mask`` bool and ``depth_mm`` float32 (distance to the inner table in the slice), both ``[slice, row, column]``."""

    mask: np.ndarray
    depth_mm: np.ndarray

    @property
    def slices(self) -> np.ndarray:
        """Indexes of the slices in which something can be placed."""
        return np.flatnonzero(self.mask.any(axis=(1, 2)))


def find_intracranial(hu: np.ndarray, mm_per_px: float) -> Intracranial:
    """Soft tissue that bone encloses, slice by slice; slices with an open ring (skull base, face) stay empty."""
    mask = np.zeros(hu.shape, dtype=bool)
    for index, image in enumerate(hu):
        bone = ndimage.binary_dilation(image >= BONE_HU, iterations=MAXIMUM_BONE_GAP_PX)
        inside = ndimage.binary_fill_holes(bone) & ~bone
        inside = ndimage.binary_opening(inside, iterations=2)
        labels, count = ndimage.label(inside)
        if count == 0:
            continue
        sizes = ndimage.sum_labels(inside, labels, np.arange(1, count + 1))
        largest = labels == 1 + int(np.argmax(sizes))
        grown = ndimage.binary_dilation(largest, iterations=MAXIMUM_BONE_GAP_PX) & (image < BONE_HU)
        tissue = (image > TISSUE_HU[0]) & (image < TISSUE_HU[1])
        if sizes.max() >= MINIMUM_AREA_FRACTION * image.size and tissue[largest].mean() > 0.9:
            mask[index] = grown
    depth = np.stack([ndimage.distance_transform_edt(m) for m in mask]).astype(np.float32) * mm_per_px
    return Intracranial(mask, depth)
