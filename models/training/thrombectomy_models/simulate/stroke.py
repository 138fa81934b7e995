"""An occluded middle cerebral artery before thrombectomy: hypodensity whose extent depends on collaterals.

The two forecasts get their labels by rule, so the rule is all that a network can learn from them:
``poor-collaterals`` is collateral score below ``poorBelowCollateral``; ``ich-after-evt`` is drawn with the odds
of the points lost and of the collaterals (parameters.json). Real outcome data replaces this at a site.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .bleeds import blend
from .head import smooth_noise
from .intracranial import Intracranial
from .parameters import millimetres_per_pixel, read_parameters


@dataclass(frozen=True)
class StrokeTruth:
    """What was simulated. ``territory_slices`` are those on which the territory can be seen at all."""

    collateral: float
    poor_collaterals: bool
    points_lost: float
    bleed_probability: float
    bleeds_after: bool
    territory_slices: np.ndarray


def draw_bleed_probability(points_lost: float, poor: bool) -> float:
    """Logistic rule of ``parameters.json`` (stroke.afterEvt)."""
    rule = read_parameters()["stroke"]["afterEvt"]
    logit = math.log(rule["baseRate"] / (1 - rule["baseRate"]))
    logit += math.log(rule["oddsPerPointLost"]) * (points_lost - rule["meanPointsLost"])
    logit += 0.0 if poor else math.log(rule["goodCollateralOdds"])
    return 1 / (1 + math.exp(-logit))


def paint_stroke(rng: np.random.Generator, hu: np.ndarray, inside: Intracranial) -> tuple[np.ndarray, np.ndarray, StrokeTruth]:
    """A copy of ``hu`` with the simulated stroke, the mask of the hypodensity, and the truth."""
    rule = read_parameters()["stroke"]
    mm = millimetres_per_pixel(hu.shape[1])
    collateral = float(rng.uniform())
    poor = collateral < rule["poorBelowCollateral"]
    territory = find_territory(inside, left_side=bool(rng.integers(2)))
    core = rule["coreFraction"]
    share = core["noCollaterals"] + (core["fullCollaterals"] - core["noCollaterals"]) * collateral
    share = float(np.clip(share + rng.normal(0, core["sd"]), 0.03, 0.95))
    mask = _grow_core(rng, territory, share)
    hours = rng.uniform(*rule["hoursSinceOnset"])
    depth = rule["depthHu"]["perHour"] * hours + rule["depthHu"]["poorCollateralExtra"] * (1 - collateral)
    soft = ndimage.gaussian_filter(mask.astype(np.float32), (0.4, 2, 2)) * inside.mask
    painted = np.rint(hu - soft * min(depth, rule["depthHu"]["maximum"])).astype(np.int16)
    dense = rule["denseArtery"]
    if rng.uniform() < dense["probabilityPoor" if poor else "probabilityGood"]:
        painted = _paint_dense_artery(rng, painted, inside, territory, dense, mm)
    points = rule["aspectsPoints"] * share
    probability = draw_bleed_probability(points, poor)
    slices = np.flatnonzero(territory.any(axis=(1, 2)))
    return painted, mask, StrokeTruth(collateral, poor, points, probability, bool(rng.uniform() < probability), slices)


def find_territory(inside: Intracranial, *, left_side: bool) -> np.ndarray:
    """Rough MCA territory: one side, the lateral three quarters, without the frontal and occipital poles (assumption)."""
    slices = inside.slices
    territory = np.zeros_like(inside.mask)
    if not len(slices):
        return territory
    low, high = slices[0] + 0.15 * len(slices), slices[0] + 0.85 * len(slices)
    for index in slices[(slices >= low) & (slices <= high)]:
        rows, columns = np.nonzero(inside.mask[index])
        top, bottom, middle = rows.min(), rows.max(), columns.mean()
        half = (columns.max() - columns.min()) / 2
        y, x = np.ogrid[: inside.mask.shape[1], : inside.mask.shape[2]]
        lateral = (x - middle) / half if left_side else (middle - x) / half
        along = (y - top) / max(bottom - top, 1)
        territory[index] = inside.mask[index] & (lateral > 0.25) & (along > 0.22) & (along < 0.75)
    return territory


def _grow_core(rng: np.random.Generator, territory: np.ndarray, share: float) -> np.ndarray:
    """``share`` of the territory, contiguous: the lowest values of a smooth field."""
    if not territory.any():
        return territory
    field = smooth_noise(rng, territory.shape, (1.5, 18, 18))
    return territory & (field <= np.quantile(field[territory], share))


def _paint_dense_artery(rng, hu, inside, territory, rule, mm) -> np.ndarray:
    slices = np.flatnonzero(territory.any(axis=(1, 2)))
    if not len(slices):
        return hu
    z = int(slices[0])
    rows, columns = np.nonzero(territory[z])
    y, x = int(np.quantile(rows, 0.4)), int(np.median(columns))
    length, radius = rng.uniform(*rule["lengthMm"]) / mm, rng.uniform(*rule["radiusMm"]) / mm
    angle = rng.uniform(-0.6, 0.6)
    yy, xx = np.ogrid[: hu.shape[1], : hu.shape[2]]
    along = (xx - x) * math.cos(angle) + (yy - y) * math.sin(angle)
    across = -(xx - x) * math.sin(angle) + (yy - y) * math.cos(angle) + 2 * np.sin(along / 6)
    soft = np.zeros(hu.shape, np.float32)
    soft[z] = ndimage.gaussian_filter(((np.abs(along) < length / 2) & (np.abs(across) < radius)).astype(np.float32), 0.6)
    return blend(rng, hu, soft * inside.mask, rng.uniform(*rule["hu"]))
