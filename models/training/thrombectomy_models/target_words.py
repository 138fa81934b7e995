"""``targets`` of a contract, in the contract's words: calibration, threshold, figures with intervals, and the score of every case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .calibration import calibrate_logistic, choose_band, choose_threshold
from .contract_builder import untrained_target
from .evaluation.bootstrap import REPEATS
from .evaluation.held_out import HeldOut, SimulatedStrokes
from .evaluation.metrics import measure_all
from .evaluation.study import calibrate
from .metric_rows import word_metrics, word_slice_auc
from .targets import TARGETS
from .train.deal import Deal
from .training_words import CT_ICH, FITTED, Cohort

REPORTED = ("auc", "auprc", "sensitivity", "specificity", "brier", "ece10")
APPARENT = ("sensitivity", "specificity", "brier", "ece10")
Beyond = Callable[[list[int]], str]


@dataclass(frozen=True)
class Measured:
    """Everything that the contract says about one network, before it is worded."""

    held_out: HeldOut
    strokes: SimulatedStrokes
    folds_run: list[int]
    folds_total: int
    stroke_folds: list[int]
    deal: Deal | None = None


def word_targets(measured: Measured, repeats: int = REPEATS, *, cohort: Cohort = CT_ICH, beyond: Beyond = lambda _: "") -> list[dict]:
    """``targets`` of the contract; intervals from ``repeats`` resamples of patients.

    :param beyond: of given folds, what else a reader must know of whose figures these are, where they are not of the weights that ship
    """
    held, strokes = measured.held_out, measured.strokes
    validation = "cross-validated" if len(measured.folds_run) == measured.folds_total else "held-out"
    real, painted = (
        "; ".join(part for part in (f"{whose}, folds {', '.join(map(str, folds))} of {measured.folds_total}", beyond(folds)) if part)
        for whose, folds in ((cohort.out_of_fold, measured.folds_run), (cohort.simulated, measured.stroke_folds))
    )
    first = _target(measured, TARGETS[0], "research", Answers(held.pooled, held.truth, held.patients, validation, real), repeats)
    first["metrics"].append(word_slice_auc(held, validation, real, repeats))
    rest = [
        _target(measured, name, "in-silico", Answers(strokes.pooled[:, column], truth, strokes.patients, "in-silico-held-out", painted), repeats)
        for column, (name, truth) in enumerate(((TARGETS[1], strokes.bleeds_after), (TARGETS[2], strokes.poor)), 1)
    ]
    return [first, *rest]


@dataclass(frozen=True)
class Answers:
    """Of one target: a logit, a truth and a patient a case; and of what they are."""

    logit: np.ndarray
    truth: np.ndarray
    patients: list[str]
    validation: str
    data: str


def _target(measured: Measured, name: str, evidence: str, answers: Answers, repeats: int) -> dict:
    patients, validation, data = answers.patients, answers.validation, answers.data
    logit, truth = np.asarray(answers.logit, dtype=float), np.asarray(answers.truth, dtype=int)
    calibration = calibrate_logistic(logit, truth, patients, data)
    probability = np.array([calibrate(x, calibration) for x in logit])
    threshold = choose_threshold(truth, probability)
    target = untrained_target(name) | {
        "evidenceLevel": evidence,
        "calibration": calibration,
        "threshold": threshold,
        "abstentionBand": choose_band(threshold["probability"]),
    }

    def measure(rows: np.ndarray) -> dict[str, float]:
        figures = measure_all(truth[rows], probability[rows], threshold["probability"])
        ranking = measure_all(truth[rows], logit[rows], 0.0)
        return {k: (ranking if k in ("auc", "auprc") else figures)[k] for k in REPORTED}

    target["metrics"] = word_metrics(measure, patients, "patient", validation, truth, data, repeats)
    for row in target["metrics"]:
        row["data"] += f"; {FITTED}" if row["name"] in APPARENT else ""
    target["scores"] = word_scores(probability, answers, measured.deal)
    return target


def word_scores(probability: np.ndarray, answers: Answers, deal: Deal | None = None) -> dict:
    """``scores`` of a target: in the order of the case names, so that networks measured on the same cases line up; no names."""
    order = np.argsort(np.asarray(answers.patients), kind="stable")
    scores = {
        "validation": answers.validation,
        "data": answers.data,
        "probabilities": [round(float(probability[row]), 4) for row in order],
        "truth": [int(answers.truth[row]) for row in order],
    }
    return scores | ({"cases": deal.word_cases([answers.patients[row] for row in order])} if deal else {})
