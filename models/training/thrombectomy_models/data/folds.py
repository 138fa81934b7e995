"""Patient-level stratified folds, and the checks that no patient and no pixel stands on both sides of a split."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from ..errors import LeakageError


def make_folds(strata: Mapping[str, str], folds: int, seed: int) -> dict[str, int]:
    """Fold of every patient. Patients of one stratum are dealt round after a seeded shuffle, so that every fold
    has nearly the same mix and no patient is in two."""
    if folds < 2 or folds > len(strata):
        raise ValueError(f"{folds} folds for {len(strata)} patients")
    rng = np.random.default_rng(seed)
    groups: dict[str, list[str]] = defaultdict(list)
    for patient in sorted(strata):
        groups[strata[patient]].append(patient)
    dealt, position = {}, 0
    for stratum in sorted(groups):
        for patient in rng.permutation(groups[stratum]):
            dealt[str(patient)] = position % folds
            position += 1
    return dealt


def check_patients_apart(parts: Mapping[str, Iterable[str]]) -> None:
    """:raises LeakageError: when a patient stands in two parts"""
    seen: dict[str, str] = {}
    for part, patients in parts.items():
        for patient in set(patients):
            if patient in seen:
                raise LeakageError(f"patient {patient} stands in {seen[patient]} and in {part}")
            seen[patient] = part


def check_pixels_apart(parts: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """The same image under two names is the same patient: compares digests of every slice across parts.

    :param parts: part -> patient -> HU ``[slice, row, column]``
    :raises LeakageError: naming both patients
    """
    seen: dict[bytes, tuple[str, str]] = {}
    for part, patients in parts.items():
        for patient, hu in patients.items():
            for index, image in enumerate(hu):
                if np.ptp(image) == 0:
                    continue
                digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest()
                other = seen.setdefault(digest, (part, patient))
                if other[0] != part:
                    raise LeakageError(f"slice {index} of patient {patient} ({part}) is also patient {other[1]} ({other[0]})")
