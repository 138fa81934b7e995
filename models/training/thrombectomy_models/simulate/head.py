"""A procedural head: scalp, skull, brain with cortex, ventricles and falx, built from ellipses and noise.

It is good enough to hold tensors, exports and training code to account, and to know where a lesion is. It is
no picture of an anatomy; the service's own phantom (src/phantom) is richer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

AIR, SCALP, BONE, GREY, WHITE, CSF, DURA = -1000, 20, 900, 38, 29, 8, 45


@dataclass(frozen=True)
class Head:
    """HU int16 ``[slice, row, column]`` and the mask of what lies inside the skull."""

    hu: np.ndarray
    brain: np.ndarray


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float | tuple[float, ...]) -> np.ndarray:
    """Gaussian-filtered noise with zero mean and unit variance."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape).astype(np.float32), sigma, mode="reflect")
    return (field - field.mean()) / max(float(field.std()), 1e-6)


def make_head(
    rng: np.random.Generator,
    slices: int = 24,
    rows: int = 256,
    columns: int = 256,
    *,
    centre: tuple[float, float] = (0.5, 0.5),
    size: float = 0.40,
    noise_hu: float = 3.0,
) -> Head:
    """``size`` is the half length of the head as a share of the rows; ``centre`` its middle (row, column)."""
    z, y, x = np.meshgrid(
        np.linspace(-0.75, 0.97, slices), np.arange(rows) / rows - centre[0], np.arange(columns) / rows - centre[1] * columns / rows, indexing="ij"
    )
    wobble = 1 + 0.02 * smooth_noise(rng, (slices, rows, columns), (2, rows / 8, rows / 8))
    width = size * rng.uniform(0.76, 0.86)
    shrink = np.sqrt(np.clip(1 - np.clip(z, -0.2, 1) ** 2, 0, 1))
    radius = np.sqrt((y / size) ** 2 + (x / width) ** 2) / np.maximum(shrink, 0.05) * wobble
    brain = radius < 0.86
    depth = 0.86 - radius
    folds = smooth_noise(rng, (slices, rows, columns), (0.7, rows / 64, rows / 64))
    hu = np.full((slices, rows, columns), float(AIR))
    hu[radius < 1.0] = SCALP
    hu[(radius < 0.95) & ~brain] = BONE
    hu[brain] = WHITE
    hu[brain & ((depth < 0.11 + 0.05 * folds) | (np.abs(folds) < 0.12))] = GREY
    hu[brain & (depth < 0.05) & (folds > 0.5)] = CSF
    inner = brain & (depth > 0.08)
    hu[inner & (np.abs(x) < 0.006)] = DURA
    bend = 0.06 + 0.03 * (y / size) ** 2
    ventricle = ((np.abs(x) - bend) / rng.uniform(0.020, 0.035)) ** 2 + ((y + 0.01) / rng.uniform(0.11, 0.16)) ** 2 + ((z - 0.15) / 0.32) ** 2 < 1
    hu[inner & ventricle] = CSF
    blurred = ndimage.gaussian_filter(hu, (0.3, 0.7, 0.7))
    noisy = blurred + noise_hu * rng.standard_normal(hu.shape) * (blurred > -500)
    return Head(np.clip(np.rint(noisy), -1024, 3071).astype(np.int16), brain)
