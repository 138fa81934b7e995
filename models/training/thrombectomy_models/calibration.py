"""Calibration of study logits on patients the network did not learn from, thresholds by rule, the abstention band.

The logistic calibration is Platt's with his prior-corrected targets, so that a few perfectly separated patients do
not give an infinite slope. It is refitted on resampled patients: the pairs travel in the contract and give the
spread of every probability. int8 weights need their own: never reuse one across storages.

A network that does not demonstrably rank (the interval of its AUC holds 0.5) gets slope 0: whatever slope its few
patients happen to give, its answer says nothing, so everybody gets the base rate, and that is inside the abstention band.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score, roc_curve

from .errors import InputError
from .evaluation.bootstrap import bootstrap_rows, interval_of

BOOTSTRAP_PAIRS, MINIMUM_PER_CLASS, MAXIMUM_SLOPE = 200, 5, 5.0
TARGET_SENSITIVITY, BAND_HALF_WIDTH_LOGIT = 0.90, 0.4


@dataclass(frozen=True)
class LogisticFit:
    """``p = sigmoid(slope * logit + intercept)``."""

    slope: float
    intercept: float

    def probability(self, logits: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self.slope * np.asarray(logits) + self.intercept)))


def fit_logistic(logits: np.ndarray, truth: np.ndarray, maximum_slope: float = MAXIMUM_SLOPE) -> LogisticFit:
    """Maximum likelihood against Platt's targets ``(n+ + 1)/(n+ + 2)`` and ``1/(n- + 2)``.

    The slope stays between 0 (everybody gets the base rate) and ``maximum_slope`` (more than the default would turn
    rounding differences of the logit into differences of the probability).
    """
    positives, negatives = float(truth.sum()), float((1 - truth).sum())
    soft = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(parameters: np.ndarray) -> float:
        z = parameters[0] * logits + parameters[1]
        return float(np.sum(np.logaddexp(0, z) - soft * z))

    best = optimize.minimize(loss, np.array([min(1.0, maximum_slope), 0.0]), method="L-BFGS-B", bounds=[(0.0, maximum_slope), (-50.0, 50.0)])
    return LogisticFit(float(best.x[0]), float(best.x[1]))


def calibrate_logistic(logits: Sequence[float], truth: Sequence[int], patients: Sequence[str], data: str, seed: int = 0) -> dict:
    """``calibration`` of a contract; flat when the network does not demonstrably rank these patients.

    :raises InputError: with fewer than five patients of a class
    """
    x, y = np.asarray(logits, dtype=float), np.asarray(truth, dtype=int)
    if min(y.sum(), len(y) - y.sum()) < MINIMUM_PER_CLASS:
        raise InputError(f"calibration needs at least {MINIMUM_PER_CLASS} of each class, got {y.sum()} and {len(y) - y.sum()}")
    maximum_slope = MAXIMUM_SLOPE if ranks(x, y, patients) else 0.0
    fit = fit_logistic(x, y, maximum_slope)
    pairs = []
    for rows in bootstrap_rows(patients, BOOTSTRAP_PAIRS, seed):
        if 0 < y[rows].sum() < len(rows):
            again = fit_logistic(x[rows], y[rows], maximum_slope)
            pairs.append([round(again.slope, 5), round(again.intercept, 5)])
    return {"method": "logistic", "slope": round(fit.slope, 5), "intercept": round(fit.intercept, 5), "bootstrap": pairs, "data": data}


def ranks(logits: np.ndarray, truth: np.ndarray, patients: Sequence[str]) -> bool:
    """True when the whole patient-bootstrap interval of the AUC lies above 0.5."""
    resamples = [rows for rows in bootstrap_rows(patients) if 0 < truth[rows].sum() < len(rows)]
    interval = interval_of([roc_auc_score(truth[rows], logits[rows]) for rows in resamples])
    return interval is not None and interval[0] > 0.5


def calibrate_isotonic(logits: Sequence[float], truth: Sequence[int], data: str) -> dict:
    """Monotone alternative for larger cohorts (hundreds of patients); no spread travels with it."""
    fit = IsotonicRegression(out_of_bounds="clip").fit(np.asarray(logits), np.asarray(truth))
    return {"method": "isotonic", "logits": fit.X_thresholds_.tolist(), "probabilities": fit.y_thresholds_.tolist(), "data": data}


def choose_threshold(truth: np.ndarray, probability: np.ndarray, sensitivity: float = TARGET_SENSITIVITY) -> dict:
    """Largest threshold, rounded down to 1e-4, whose sensitivity on these patients reaches ``sensitivity``."""
    _, true_rate, thresholds = roc_curve(truth, probability, drop_intermediate=False)
    reached = np.flatnonzero(true_rate >= sensitivity)[0]
    value = math.floor(1e4 * float(np.clip(thresholds[reached], 0, 1))) / 1e4
    return {"probability": value, "rule": f"largest threshold with sensitivity >= {sensitivity:.2f} on the calibration patients (n={len(truth)})"}


def choose_band(threshold: float, half_width_logit: float = BAND_HALF_WIDTH_LOGIT) -> dict:
    """Probabilities within ``half_width_logit`` of the threshold on the logit scale are called neither way."""
    centre = np.log(np.clip(threshold, 1e-4, 1 - 1e-4) / (1 - np.clip(threshold, 1e-4, 1 - 1e-4)))
    low, high = (1 / (1 + np.exp(-(centre + d))) for d in (-half_width_logit, half_width_logit))
    return {"lower": round(float(low), 4), "upper": round(float(high), 4)}
