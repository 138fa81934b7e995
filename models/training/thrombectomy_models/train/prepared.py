"""Prepared slices of a cohort on disk: recipe steps 1-5 once, so that training only augments and normalises.

One ``<patient>.npz`` a patient under the cache folder, never committed: ``hu299`` and ``hu224`` (int16
``[n, h, w]``, exactly the recipe's resize rounded to 1 HU), ``indexes``, ``labels`` (ich-present per slice).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..contract import describe_input
from ..data.ct_ich import LabelledVolume
from ..recipe import crop_square, prepare_hu, resize_hu

SIDES = (299, 224)


@dataclass
class PreparedPatient:
    """``hu[side]`` int16 ``[n, side, side]``; ``labels`` per prepared slice; ``positive`` over all slices of the scan."""

    patient: str
    hu: dict[int, np.ndarray]
    indexes: np.ndarray
    labels: np.ndarray
    positive: bool


def prepare_patient(volume: LabelledVolume, cache: Path) -> Path:
    """Write the patient's file unless it is there; returns its path."""
    path = cache / f"{volume.patient}.npz"
    if path.exists():
        return path
    hu = volume.read_hu()
    recipe = describe_input("inception_v4")
    square, indexes, large = prepare_hu(hu, recipe)
    small = resize_hu(crop_square(hu, square)[indexes], 224, 224)
    beside = path.with_suffix(".new.npz")
    np.savez(
        beside,
        hu299=np.rint(large).astype(np.int16),
        hu224=np.rint(small).astype(np.int16),
        indexes=np.array(indexes),
        labels=volume.labels[indexes],
        positive=volume.has_bleed,
    )
    os.replace(beside, path)
    return path


def read_prepared(cache: Path, patients: list[str] | None = None) -> list[PreparedPatient]:
    """Prepared patients found under ``cache`` (all, or those named), sorted by id."""
    files = sorted(cache.glob("*.npz")) if patients is None else [cache / f"{patient}.npz" for patient in sorted(patients)]
    prepared = []
    for file in files:
        with np.load(file) as data:
            hu = {side: data[f"hu{side}"] for side in SIDES}
            prepared.append(PreparedPatient(file.stem, hu, data["indexes"], data["labels"], bool(data["positive"])))
    return prepared
