"""Thin slices averaged to slabs of 5 mm, as the service does (src/imaging/volume/placement.ts): thinner ones are noisier than what
the networks learn from, and ten times as many of them make another mean of the largest.

A slice owns the space halfway to its neighbours and gives each slab the share that lies inside it, in whole 1024ths.
"""

from __future__ import annotations

import numpy as np

SLAB_BELOW_MM, SLAB_MM, PADDING_HU = 2.5, 5.0, -1024
"""src/imaging/volume/geometry-limits.json has their sources; a test holds them to it."""
WHOLE_SLAB = 1024


def is_thin(positions_mm: np.ndarray) -> bool:
    """:param positions_mm: along the slice normal, ascending"""
    return len(positions_mm) > 1 and float(np.median(np.diff(positions_mm))) < SLAB_BELOW_MM


def make_slabs(hu: np.ndarray, positions_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int16 ``[slab, row, column]`` and the middle of each slab, of int16 ``[slice, row, column]``."""
    edges = _cell_edges(positions_mm)
    bottom, count = edges[0], max(1, int(_round_half_up((edges[-1] - edges[0]) / SLAB_MM)))
    low, high = edges[:-1] - bottom, edges[1:] - bottom
    slabs = np.full((count, *hu.shape[1:]), PADDING_HU, np.int16)
    for slab in range(count):
        overlap = np.minimum(high, (slab + 1) * SLAB_MM) - np.maximum(low, slab * SLAB_MM)
        weights = _round_half_up(overlap / SLAB_MM * WHOLE_SLAB)
        inside = np.flatnonzero(weights >= 1)
        if len(inside):
            total = np.tensordot(weights[inside], hu[inside].astype(np.float64), axes=1)
            slabs[slab] = _round_half_up(total / weights[inside].sum())
    return slabs, bottom + (np.arange(count) + 0.5) * SLAB_MM


def _cell_edges(at: np.ndarray) -> np.ndarray:
    """n + 1 edges of n cells: halfway between neighbours, and as far out at both rims."""
    middle = (at[1:] + at[:-1]) / 2
    return np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])


def _round_half_up(value):
    return np.floor(np.asarray(value) + 0.5)
