"""Bleeds of five kinds put into a CT without one; the mask is the truth.

Two-dimensional physics is kept simple: a bleed takes the place of tissue at its own density, keeps the noise of
the image it is put into, has soft edges, and thins out over neighbouring slices.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .head import smooth_noise
from .intracranial import Intracranial
from .parameters import millimetres_per_pixel, read_parameters

KINDS = ("epidural", "subdural", "intraparenchymal", "subarachnoid", "intraventricular")
MINIMUM_PIXELS = 12
MINIMUM_SHARE = 0.2
"""A voxel with less blood than this looks like tissue."""


def paint_bleed(rng: np.random.Generator, hu: np.ndarray, inside: Intracranial, kind: str | None = None) -> tuple[np.ndarray, np.ndarray, str]:
    """A copy of ``hu`` (int16 ``[slice, row, column]``) with one bleed, its mask and its kind.

    The mask may be empty when the kind found no place (no ventricle in reach): the caller tries again.
    """
    rules = read_parameters()["bleed"]
    if kind is None:
        weights = np.array([rules["kinds"][name] for name in KINDS])
        kind = str(rng.choice(KINDS, p=weights / weights.sum()))
    mm = millimetres_per_pixel(hu.shape[1])
    z, y, x = _choose_anchor(rng, inside, deep=kind in ("intraparenchymal", "intraventricular"), rules=rules)
    shape = {"epidural": _collection, "subdural": _collection, "intraparenchymal": _blob}.get(kind, _fluid)
    soft = shape(rng, hu, inside, (z, y, x), kind, rules[kind], mm)
    density = float(np.clip(rng.normal(rules["hu"]["mean"], rules["hu"]["sd"]), rules["hu"]["low"], rules["hu"]["high"]))
    blur = rng.uniform(rules["edgeBlurMm"]["low"], rules["edgeBlurMm"]["high"]) / mm
    soft = ndimage.gaussian_filter(soft, (0.35, blur, blur)) * inside.mask
    painted = blend(rng, hu, soft, density)
    if kind == "intraparenchymal":
        painted = _add_edema(painted, soft, inside, rules[kind], mm)
    mask = find_blood(soft)
    return painted, mask if mask.sum() >= MINIMUM_PIXELS else np.zeros_like(mask), kind


def find_blood(soft: np.ndarray) -> np.ndarray:
    """Where at least half of the densest share of blood lies: in thin sulci no voxel is half blood, and it is blood all the same."""
    return soft > max(float(soft.max()) / 2, MINIMUM_SHARE)


def blend(rng: np.random.Generator, hu: np.ndarray, soft: np.ndarray, density: float) -> np.ndarray:
    """Tissue replaced by ``density`` where ``soft`` is 1, with the image's own grain and a clot's unevenness."""
    image = hu.astype(np.float32)
    touched = np.flatnonzero(soft.max(axis=(1, 2)) > 0.02)
    out = image.copy()
    for index in touched:
        grain = np.clip(image[index] - ndimage.gaussian_filter(image[index], 2.0), -12, 12)
        uneven = 3.0 * smooth_noise(rng, image[index].shape, 6)
        out[index] = image[index] * (1 - soft[index]) + (density + grain + uneven) * soft[index]
    return np.rint(out).astype(np.int16)


def _choose_anchor(rng: np.random.Generator, inside: Intracranial, *, deep: bool, rules: dict) -> tuple[int, int, int]:
    slices = inside.slices
    z = int(rng.choice(slices))
    depth = inside.depth_mm[z]
    near = inside.mask[z] & ((depth > rules["intraparenchymal"]["minimumDepthMm"]) if deep else (depth < 3))
    rows, columns = np.nonzero(near if near.any() else inside.mask[z])
    pick = int(rng.integers(len(rows)))
    return z, int(rows[pick]), int(columns[pick])


def _distances(shape: tuple[int, ...], anchor: tuple[int, int, int], mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Squared in-plane distance and through-plane distance to the anchor, both in mm."""
    z, y, x = anchor
    rows, columns = np.ogrid[: shape[1], : shape[2]]
    plane = ((rows - y) ** 2 + (columns - x) ** 2) * mm**2
    return plane[None], (np.abs(np.arange(shape[0]) - z) * read_parameters()["sliceMm"])[:, None, None]


def _collection(rng, hu, inside, anchor, kind, rule, mm) -> np.ndarray:
    """Epidural: a lens; subdural: a crescent. Both lie on the inner table."""
    thickness, half = rng.uniform(*rule["thicknessMm"]), rng.uniform(*rule["halfLengthMm"])
    plane, through = _distances(hu.shape, anchor, mm)
    reach = (plane + (through * rng.uniform(0.9, 1.6)) ** 2) / half**2
    profile = np.clip(1 - reach, 0, None)
    profile = profile if kind == "epidural" else np.sqrt(profile)
    wobble = 1 + 0.2 * smooth_noise(rng, hu.shape, (1, 8, 8))
    return ((inside.depth_mm < thickness * profile * wobble) & inside.mask & (profile > 0)).astype(np.float32)


def _blob(rng, hu, inside, anchor, kind, rule, mm) -> np.ndarray:
    radius = rule["radiusMm"][0] + (rule["radiusMm"][1] - rule["radiusMm"][0]) * rng.beta(1.2, 2.2)
    plane, through = _distances(hu.shape, anchor, mm)
    z, y, x = anchor
    rows, columns = np.ogrid[: hu.shape[1], : hu.shape[2]]
    angle, stretch = rng.uniform(0, np.pi), rng.uniform(1.0, 1.8)
    u = (rows - y) * np.cos(angle) + (columns - x) * np.sin(angle)
    v = -(rows - y) * np.sin(angle) + (columns - x) * np.cos(angle)
    squared = ((u / stretch) ** 2 + (v * stretch**0.5) ** 2)[None] * mm**2 + through**2
    wobble = 1 + 0.25 * smooth_noise(rng, hu.shape, (1, 5, 5))
    return ((squared < (radius * wobble) ** 2) & inside.mask).astype(np.float32)


def _fluid(rng, hu, inside, anchor, kind, rule, mm) -> np.ndarray:
    """Subarachnoid: sulci and cisterns around a point; intraventricular: deep fluid, the dependent part first."""
    smooth = ndimage.gaussian_filter(hu.astype(np.float32), (0, 1.2, 1.2))
    fluid = inside.mask & (smooth < rule["belowHu"]) & (smooth > -5)
    if kind == "intraventricular":
        fluid &= inside.depth_mm > rule["minimumDepthMm"]
        rows = np.arange(hu.shape[1])[None, :, None]
        fluid &= rows > np.quantile(np.nonzero(fluid)[1], rng.uniform(0, 0.6)) if fluid.any() else False
    else:
        plane, through = _distances(hu.shape, anchor, mm)
        fluid &= plane + through**2 < rng.uniform(*rule["radiusMm"]) ** 2
    return fluid.astype(np.float32) * float(rng.uniform(*rule["fill"]))


def _add_edema(hu: np.ndarray, soft: np.ndarray, inside: Intracranial, rule: dict, mm: float) -> np.ndarray:
    rim = ndimage.gaussian_filter(soft, (0.3, rule["edemaRimMm"] / mm, rule["edemaRimMm"] / mm))
    change = rule["edemaHu"] * np.clip(2 * rim, 0, 1) * (1 - np.clip(2 * soft, 0, 1)) * inside.mask
    return np.rint(hu + change).astype(np.int16)


def paint_distractor(rng: np.random.Generator, hu: np.ndarray, inside: Intracranial) -> np.ndarray:
    """A calcification or a patch without blood: what must not be called a bleed."""
    kind = str(rng.choice(("calcification", "hypodensity")))
    rule = read_parameters()["distractor"][kind]
    mm = millimetres_per_pixel(hu.shape[1])
    anchor = _choose_anchor(rng, inside, deep=True, rules=read_parameters()["bleed"])
    soft = ndimage.gaussian_filter(_blob(rng, hu, inside, anchor, kind, rule, mm), (0.3, 0.8, 0.8)) * inside.mask
    if kind == "calcification":
        return blend(rng, hu, soft, rng.uniform(*rule["hu"]))
    return np.rint(hu + soft * rng.uniform(*rule["hu"])).astype(np.int16)
