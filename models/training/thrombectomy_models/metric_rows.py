"""Rows of a contract's ``metrics``: value, interval over resampled patients, what they are of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .evaluation.bootstrap import COVERAGE, bootstrap_metrics
from .evaluation.held_out import HeldOut
from .evaluation.metrics import measure_all

Measure = Callable[[np.ndarray], dict[str, float]]


def word_metrics(measure: Measure, owners, unit: str, validation: str, truth: np.ndarray, data: str, repeats: int) -> list[dict]:
    """One row for each figure of ``measure(rows)``; ``owners`` are the patients of the rows."""
    values, intervals = measure(np.arange(len(truth))), bootstrap_metrics(measure, owners, repeats)
    worded = []
    for name, value in values.items():
        one = {"name": name, "unit": unit, "value": round(float(value), 4) if np.isfinite(value) else None}
        if intervals[name] is not None:
            one |= {"interval": [round(v, 4) for v in intervals[name]], "coverage": COVERAGE}
        worded.append(one | {"validation": validation, "data": data, "positives": int(truth.sum()), "negatives": int((1 - truth).sum())})
    return worded


def word_patient_auc(held: HeldOut, validation: str, data: str, repeats: int) -> dict:
    return _word_auc(held.truth, held.pooled, held.patients, "patient", validation, data, repeats)


def word_slice_auc(held: HeldOut, validation: str, data: str, repeats: int) -> dict:
    return _word_auc(held.slice_truth, held.slice_logit, held.slice_owner, "slice", validation, data, repeats)


def _word_auc(truth: np.ndarray, score: np.ndarray, owners, unit: str, validation: str, data: str, repeats: int) -> dict:
    def measure(rows: np.ndarray) -> dict[str, float]:
        return {"auc": measure_all(truth[rows], score[rows], 0.0)["auc"]}

    return word_metrics(measure, owners, unit, validation, truth, data, repeats)[0]
