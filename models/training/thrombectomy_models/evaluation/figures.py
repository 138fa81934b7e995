"""Figures of one target on some cases (studies, or slices): values with 95 % intervals that resample patients, and counts.

Two studies of one patient are two cases and one draw: what they have in common does not make an interval narrower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bootstrap import bootstrap_metrics
from .metrics import NAMES, measure_all

MINIMUM_PATIENTS = 2
"""Of each class, for an interval: resampling one patient gives it back."""


@dataclass(frozen=True)
class Cases:
    """All ``[n]``: 0/1 truth, calibrated probability, raw score (AUC is taken on it, without ties at 0 and 1), and whose case it is."""

    truth: np.ndarray
    probability: np.ndarray
    score: np.ndarray
    owner: np.ndarray

    def take(self, rows: np.ndarray) -> Cases:
        return Cases(self.truth[rows], self.probability[rows], self.score[rows], self.owner[rows])

    def count_patients(self) -> dict[str, int]:
        """Patients with such a case; one with both kinds counts in both."""
        return {name: len(np.unique(self.owner[self.truth == kind])) for name, kind in (("positives", 1), ("negatives", 0))}

    @property
    def has_enough_patients(self) -> bool:
        return min(self.count_patients().values()) >= MINIMUM_PATIENTS


def measure_studies(target: dict, cases: Cases, repeats: int, *, null_when_few: bool = False) -> dict:
    """Besides the figures over all: what is left of them when answers inside the abstention band are not given.

    :param target: of a contract
    :param null_when_few: no values either where there are no intervals, instead of values that one patient decides
    """
    band, threshold = target["abstentionBand"], target["threshold"]["probability"]
    inside = (cases.probability > band["lower"]) & (cases.probability < band["upper"])
    outside = cases.take(~inside)
    named = ("sensitivity", "specificity")
    return measure_unit(cases, threshold, repeats, null_when_few=null_when_few) | {
        "abstentionBand": dict(band),
        "abstained": count(cases.truth[inside]),
        "outsideBand": count(outside.truth) | measure_figures(outside, threshold, repeats, named, null_when_few=null_when_few),
    }


def measure_unit(cases: Cases, threshold: float, repeats: int, *, null_when_few: bool = False) -> dict:
    figures = measure_figures(cases, threshold, repeats, null_when_few=null_when_few)
    return count(cases.truth) | {"threshold": threshold, "auc": figures["auc"], "metrics": figures}


def measure_figures(cases: Cases, threshold: float, repeats: int, named: tuple[str, ...] = NAMES, *, null_when_few: bool = False) -> dict:
    """Value and interval of each figure in ``named``."""
    if null_when_few and not cases.has_enough_patients:
        return {name: {"value": None, "interval": None} for name in named}

    def measure(rows: np.ndarray) -> dict[str, float]:
        figures = measure_all(cases.truth[rows], cases.probability[rows], threshold)
        ranking = measure_all(cases.truth[rows], cases.score[rows], 0.0)
        every = figures | {"auc": ranking["auc"], "auprc": ranking["auprc"]}
        return {name: every[name] for name in named}

    values = measure(np.arange(len(cases.truth)))
    intervals = bootstrap_metrics(measure, cases.owner, repeats) if cases.has_enough_patients else dict.fromkeys(values)
    return {name: {"value": _finite(value), "interval": intervals[name]} for name, value in values.items()}


def count(truth: np.ndarray) -> dict[str, int]:
    return {"positives": int(truth.sum()), "negatives": int((1 - truth).sum())}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
