"""What ``evaluate`` prints: figures with 95 % patient-bootstrap intervals, and counts of what they are not about.

Patients: the whole scan's truth (any labelled slice) against the calibrated study probability. Slices: labelled and scored ones;
their probability is the study's calibration applied to one slice's logit, so its threshold means there what it means for a study.
"""

from __future__ import annotations

import numpy as np

from ..data.ct_ich import LabelledVolume
from ..errors import InputError
from ..targets import TARGETS
from .bootstrap import COVERAGE, REPEATS, bootstrap_metrics
from .metrics import measure_all
from .study import StudyAnswer, calibrate

TARGET = TARGETS.index("ich-present")
MINIMUM_PATIENTS = 2
"""Of each class, for an interval: resampling one patient gives it back."""


def unanswered(patient: str, reason: str) -> StudyAnswer:
    nothing = np.full(len(TARGETS), np.nan)
    return StudyAnswer(patient, [], np.empty((0, len(TARGETS))), nothing, nothing, reason)


def summarise(contract: dict, volumes: list[LabelledVolume], answers: list[StudyAnswer], repeats: int = REPEATS) -> dict:
    """The JSON document without the gaps of the folder.

    :raises InputError: when no study was answered
    """
    both = list(zip(volumes, answers, strict=True))
    pairs = [(v, a) for v, a in both if a.refusal is None]
    if not pairs:
        raise InputError("the network could score no study: " + "; ".join(f"{a.name} {a.refusal}" for a in answers[:3]))
    refused = [v for v, a in both if a.refusal is not None]
    return {
        "network": contract["network"],
        "version": contract["version"],
        "modelSha256": contract["model"]["sha256"],
        "target": TARGETS[TARGET],
        "coverage": COVERAGE,
        "bootstrapRepeats": repeats,
        "patient": _measure_patients(contract["targets"][TARGET], pairs, repeats),
        "slice": _measure_slices(contract["targets"][TARGET], pairs, repeats),
        "refused": {a.name: a.refusal for a in answers if a.refusal is not None},
        "refusedPositives": sum(v.has_bleed for v in refused),
        "refusedNegatives": sum(not v.has_bleed for v in refused),
    }


def _measure_patients(target: dict, pairs: list[tuple[LabelledVolume, StudyAnswer]], repeats: int) -> dict:
    """Besides the figures over all: what is left of them when answers inside the abstention band are not given."""
    truth = np.array([int(v.has_bleed) for v, _ in pairs])
    probability = np.array([a.probability[TARGET] for _, a in pairs])
    owner, band, threshold = np.arange(len(truth)), target["abstentionBand"], target["threshold"]["probability"]
    inside = (probability > band["lower"]) & (probability < band["upper"])
    named = ("sensitivity", "specificity")
    outside = _figures(truth[~inside], probability[~inside], probability[~inside], owner[~inside], threshold, repeats, named)
    unit = _unit(truth, probability, np.array([a.pooled[TARGET] for _, a in pairs]), owner, threshold, repeats)
    return unit | {
        "abstentionBand": dict(band),
        "abstained": _count(truth[inside]),
        "outsideBand": _count(truth[~inside]) | outside,
    }


def _measure_slices(target: dict, pairs: list[tuple[LabelledVolume, StudyAnswer]], repeats: int) -> dict:
    scored = [[i for i in a.indexes if v.is_labelled[i]] for v, a in pairs]
    owner = np.concatenate([np.full(len(kept), i) for i, kept in enumerate(scored)])
    truth = np.concatenate([v.labels[kept] for (v, _), kept in zip(pairs, scored, strict=True)]).astype(int)
    logit = np.concatenate([a.logits[np.isin(a.indexes, kept), TARGET] for (_, a), kept in zip(pairs, scored, strict=True)])
    probability = np.array([calibrate(one, target["calibration"]) for one in logit])
    left_out = np.concatenate([v.labels[np.setdiff1d(np.flatnonzero(v.is_labelled), kept)] for (v, _), kept in zip(pairs, scored, strict=True)])
    return _unit(truth, probability, logit, owner, target["threshold"]["probability"], repeats) | {"leftOutByRecipe": _count(left_out)}


def _unit(truth: np.ndarray, probability: np.ndarray, score: np.ndarray, owner: np.ndarray, threshold: float, repeats: int) -> dict:
    figures = _figures(truth, probability, score, owner, threshold, repeats)
    return _count(truth) | {"threshold": threshold, "auc": figures["auc"], "metrics": figures}


def _figures(
    truth: np.ndarray, probability: np.ndarray, score: np.ndarray, owner: np.ndarray, threshold: float, repeats: int, named: tuple[str, ...] | None = None
) -> dict:
    """Value and interval of each figure (of ``named`` only); AUC is taken on the raw score (without ties at 0 and 1)."""

    def measure(rows: np.ndarray) -> dict[str, float]:
        figures = measure_all(truth[rows], probability[rows], threshold)
        ranking = measure_all(truth[rows], score[rows], 0.0)
        every = figures | {"auc": ranking["auc"], "auprc": ranking["auprc"]}
        return every if named is None else {name: every[name] for name in named}

    values = measure(np.arange(len(truth)))
    enough = min(len(np.unique(owner[truth == one])) for one in (0, 1)) >= MINIMUM_PATIENTS
    intervals = bootstrap_metrics(measure, owner, repeats) if enough else dict.fromkeys(values)
    return {name: {"value": _finite(value), "interval": intervals[name]} for name, value in values.items()}


def _count(truth: np.ndarray) -> dict[str, int]:
    return {"positives": int(truth.sum()), "negatives": int((1 - truth).sum())}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
