"""The pool of simulated slices: lesions painted into the normal patients of a cohort, with their truth.

One ``<patient>.npz`` per normal patient. A simulated slice belongs to the patient it was painted into, so a fold
that holds the patient out holds these slices out as well.

``hu`` int16 ``[n, 299, 299]``; ``mask`` bool (packed) of blood; ``ich`` 0/1; ``evt`` and ``poor`` in 0-1, NaN where
the slice says nothing about them; ``study`` numbers the simulated study within the patient; ``kind`` its sort.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..simulate.bleeds import paint_bleed, paint_distractor
from ..simulate.intracranial import Intracranial, find_intracranial
from ..simulate.parameters import millimetres_per_pixel
from ..simulate.stroke import paint_stroke
from .prepared import PreparedPatient

SIDE = 299
MINIMUM_MASK_PIXELS = 25
ATTEMPTS = 4


@dataclass
class PoolPart:
    """Columns of a pool file while it is being made."""

    hu: list[np.ndarray] = field(default_factory=list)
    mask: list[np.ndarray] = field(default_factory=list)
    ich: list[int] = field(default_factory=list)
    evt: list[float] = field(default_factory=list)
    poor: list[float] = field(default_factory=list)
    study: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)

    def add(self, hu, mask, ich, evt, poor, study, kind) -> None:
        self.hu.append(hu)
        self.mask.append(np.packbits(mask))
        self.ich.append(ich)
        self.evt.append(evt)
        self.poor.append(poor)
        self.study.append(study)
        self.kind.append(kind)


def build_pool(patient: PreparedPatient, cache: Path, *, bleeds: int, strokes: int, seed: int) -> Path:
    """Write the patient's simulated slices unless the file is there; returns its path."""
    path = cache / f"{patient.patient}.npz"
    if path.exists():
        return path
    rng = np.random.default_rng([seed, *patient.patient.encode()])
    hu = patient.hu[SIDE]
    inside = find_intracranial(hu, millimetres_per_pixel(SIDE))
    part = PoolPart()
    for study in range(bleeds):
        _add_bleed(part, rng, hu, inside, study)
    for study in range(bleeds, bleeds + strokes):
        _add_stroke(part, rng, hu, inside, study)
    beside = path.with_suffix(".new.npz")
    np.savez(beside, **{name: np.array(values) for name, values in vars(part).items()})
    os.replace(beside, path)
    return path


def _add_bleed(part: PoolPart, rng: np.random.Generator, hu: np.ndarray, inside: Intracranial, study: int) -> None:
    base = paint_distractor(rng, hu, inside) if rng.uniform() < 0.3 else hu
    for _ in range(ATTEMPTS):
        painted, mask, kind = paint_bleed(rng, base, inside)
        touched = np.flatnonzero(mask.sum(axis=(1, 2)) >= MINIMUM_MASK_PIXELS)
        if len(touched):
            break
    else:
        return
    if len(touched) > 6:
        touched = np.sort(rng.choice(touched, 6, replace=False))
    for index in touched:
        part.add(painted[index], mask[index], 1, np.nan, np.nan, study, kind)
    changed = np.flatnonzero((base != hu).any(axis=(1, 2)) & ~mask.any(axis=(1, 2)))
    for index in changed[:2]:
        part.add(base[index], np.zeros_like(mask[index]), 0, np.nan, np.nan, study, "distractor")


def _add_stroke(part: PoolPart, rng: np.random.Generator, hu: np.ndarray, inside: Intracranial, study: int) -> None:
    painted, _, truth = paint_stroke(rng, hu, inside)
    for index in truth.territory_slices:
        part.add(painted[index], np.zeros(hu.shape[1:], bool), 0, truth.bleed_probability, float(truth.poor_collaterals), study, "stroke")


@dataclass
class Pool:
    """All simulated slices of some patients, ready to be drawn from."""

    hu: np.ndarray
    mask: np.ndarray
    ich: np.ndarray
    evt: np.ndarray
    poor: np.ndarray
    kind: np.ndarray
    patient: np.ndarray
    study: np.ndarray

    def read_mask(self, rows: np.ndarray) -> np.ndarray:
        """0 or 1, uint8 ``[rows, 299, 299]``."""
        return np.unpackbits(self.mask[rows], axis=1, count=SIDE * SIDE).reshape(len(rows), SIDE, SIDE)


def read_pool(cache: Path, patients: list[str]) -> Pool:
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("hu", "mask", "ich", "evt", "poor", "kind", "patient", "study")}
    for patient in sorted(patients):
        file = cache / f"{patient}.npz"
        if not file.exists():
            continue
        with np.load(file) as data:
            for name in columns:
                columns[name].append(data[name] if name != "patient" else np.full(len(data["ich"]), patient))
    return Pool(**{name: np.concatenate(parts) for name, parts in columns.items()})
