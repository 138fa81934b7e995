"""Intervals by resampling patients, never slices or studies: the patient is the unit that was sampled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

COVERAGE, REPEATS = 0.95, 1000


def bootstrap_rows(patients: Sequence[str], repeats: int = REPEATS, seed: int = 0) -> list[np.ndarray]:
    """Row indexes of ``repeats`` resamples of whole patients."""
    patients = np.asarray(patients)
    rows = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
    rng = np.random.default_rng(seed)
    return [np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))]) for _ in range(repeats)]


def interval_of(values: Sequence[float], coverage: float = COVERAGE) -> tuple[float, float] | None:
    """Percentile interval of the finite ``values``; None when more than half are not defined."""
    finite = np.asarray([value for value in values if np.isfinite(value)])
    if len(finite) < max(2, len(values) / 2):
        return None
    tail = (1 - coverage) / 2
    return float(np.quantile(finite, tail)), float(np.quantile(finite, 1 - tail))


def bootstrap_metrics(
    measure: Callable[[np.ndarray], dict[str, float]], patients: Sequence[str], repeats: int = REPEATS, seed: int = 0
) -> dict[str, tuple[float, float] | None]:
    """Interval of every figure that ``measure(rows)`` returns."""
    drawn = [measure(rows) for rows in bootstrap_rows(patients, repeats, seed)]
    return {name: interval_of([one[name] for one in drawn]) for name in drawn[0]}
