"""A comparator without learning: how much dense tissue lies inside the skull.

The public segmenter ``blast-ct`` (PyPI 2.1.0) ships code but no weights, so it cannot run here. This rule is the
floor that a network has to beat: per slice, the area of smoothed tissue between blood's densities, away from bone.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..simulate.intracranial import find_intracranial
from ..simulate.parameters import millimetres_per_pixel

DENSE_HU, SMOOTH_MM, MINIMUM_DEPTH_MM = (52, 95), 1.5, 3.0


def score_slices(hu: np.ndarray) -> np.ndarray:
    """Square millimetres of dense tissue in each slice of prepared HU ``[slice, side, side]``."""
    mm = millimetres_per_pixel(hu.shape[1])
    inside = find_intracranial(hu, mm)
    smooth = ndimage.gaussian_filter(hu.astype(np.float32), (0, SMOOTH_MM / mm, SMOOTH_MM / mm))
    dense = inside.mask & (inside.depth_mm > MINIMUM_DEPTH_MM) & (smooth >= DENSE_HU[0]) & (smooth <= DENSE_HU[1])
    opened = np.stack([ndimage.binary_opening(image, iterations=1) for image in dense])
    return opened.sum(axis=(1, 2)) * mm**2


def score_study(slice_scores: np.ndarray, k: int) -> float:
    """Mean of the ``k`` largest, as the networks are pooled."""
    return float(np.sort(slice_scores)[-k:].mean())
