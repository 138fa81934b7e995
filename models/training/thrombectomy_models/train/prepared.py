"""Prepared slices of a cohort on disk: recipe steps 1-5 once, so that training only augments and normalises.

One ``<patient>.npz`` a patient under the cache folder, never committed: ``hu299`` and ``hu224`` (int16
``[n, h, w]``, exactly the recipe's resize rounded to 1 HU), ``indexes``, ``labels`` (ich-present per slice). Beside it
``<patient>.digest``, by which the volume is recognised later (data/patient_digest.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..contract import describe_input
from ..data.ct_ich import LabelledVolume
from ..data.patient_digest import digest_volume
from ..errors import InputError
from ..recipe import crop_square, prepare_hu, resize_hu

SIDES = (299, 224)
ROUNDING_HU = 1
"""Another machine's resize rounds a pixel the other way now and then."""


@dataclass
class PreparedPatient:
    """``hu[side]`` int16 ``[n, side, side]``; ``labels`` per prepared slice; ``positive`` over all slices of the scan."""

    patient: str
    hu: dict[int, np.ndarray]
    indexes: np.ndarray
    labels: np.ndarray
    positive: bool


def prepare_patient(volume: LabelledVolume, cache: Path) -> Path:
    """Write the patient's files unless they are there; returns the path of the slices.

    :raises InputError: when slices from before digests were kept are not those of ``volume``
    """
    path, digest = cache / f"{volume.patient}.npz", _digest_file(cache, volume.patient)
    if path.exists() and digest.exists():
        return path
    hu = volume.read_hu()
    made = _prepare(volume, hu)
    if path.exists():
        _check_same(path, made)
    else:
        beside = path.with_suffix(".new.npz")
        np.savez(beside, **made)
        os.replace(beside, path)
    beside = digest.with_suffix(".new")
    beside.write_text(digest_volume(hu) or "")
    os.replace(beside, digest)
    return path


def _prepare(volume: LabelledVolume, hu: np.ndarray) -> dict[str, np.ndarray]:
    square, indexes, large = prepare_hu(hu, describe_input("inception_v4"))
    small = resize_hu(crop_square(hu, square)[indexes], 224, 224)
    return {
        "hu299": np.rint(large).astype(np.int16),
        "hu224": np.rint(small).astype(np.int16),
        "indexes": np.array(indexes),
        "labels": volume.labels[indexes],
        "positive": np.array(volume.has_bleed),
    }


def _check_same(path: Path, made: dict[str, np.ndarray]) -> None:
    with np.load(path) as kept:
        same = all(np.array_equal(kept[name], made[name]) for name in ("indexes", "labels", "positive"))
        if not same or np.abs(kept["hu224"].astype(int) - made["hu224"]).max() > ROUNDING_HU:
            raise InputError("was prepared from other images or labels than lie in the data now; prepare another workspace", file=path)


def _digest_file(cache: Path, patient: str) -> Path:
    return cache / f"{patient}.digest"


def read_digests(cache: Path, patients: Iterable[str]) -> frozenset[str] | None:
    """Of all of ``patients``; None when one has none: prepared before digests were kept (``prepare`` adds them)."""
    files = [_digest_file(cache, patient) for patient in patients]
    found = [file.read_text().strip() if file.is_file() else "" for file in files]
    return frozenset(found) if all(found) else None


def read_prepared(cache: Path, patients: list[str] | None = None) -> list[PreparedPatient]:
    """Prepared patients found under ``cache`` (all, or those named), sorted by id."""
    files = sorted(cache.glob("*.npz")) if patients is None else [cache / f"{patient}.npz" for patient in sorted(patients)]
    prepared = []
    for file in files:
        with np.load(file) as data:
            hu = {side: data[f"hu{side}"] for side in SIDES}
            prepared.append(PreparedPatient(file.stem, hu, data["indexes"], data["labels"], bool(data["positive"])))
    return prepared
