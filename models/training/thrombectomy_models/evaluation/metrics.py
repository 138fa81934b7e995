"""The table's twelve figures for one set of probabilities, from kept libraries where they exist.

``truth`` is 0/1 and ``probability`` 0-1, both ``[n]``. A figure that does not exist for the data (one class only,
no call of one kind) is NaN, never 0. The definitions reproduce qER's published CQ500 figures (tests).
"""

from __future__ import annotations

import warnings

import numpy as np
import statsmodels.api as sm
from sklearn import metrics as sk
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

NAMES = ("auc", "auprc", "accuracy", "sensitivity", "specificity", "ppv", "npv", "f1", "kappa", "brier", "ece10", "calibration_slope")
EDGE = 1e-6


def measure_all(truth: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, float]:
    """All of ``NAMES`` at ``threshold`` (a call is positive at or above it)."""
    truth, probability = np.asarray(truth, dtype=int), np.asarray(probability, dtype=float)
    call = (probability >= threshold).astype(int)
    both = 0 < truth.sum() < len(truth)
    tp, fp = int((call & truth).sum()), int((call & (1 - truth)).sum())
    fn, tn = int(((1 - call) & truth).sum()), int(((1 - call) & (1 - truth)).sum())
    return {
        "auc": float(sk.roc_auc_score(truth, probability)) if both else np.nan,
        "auprc": float(sk.average_precision_score(truth, probability)) if both else np.nan,
        "accuracy": _ratio(tp + tn, len(truth)),
        "sensitivity": _ratio(tp, tp + fn),
        "specificity": _ratio(tn, tn + fp),
        "ppv": _ratio(tp, tp + fp),
        "npv": _ratio(tn, tn + fn),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "kappa": _kappa(tp, fp, fn, tn),
        "brier": float(np.mean((probability - truth) ** 2)) if len(truth) else np.nan,
        "ece10": measure_ece(truth, probability),
        "calibration_slope": measure_calibration_slope(truth, probability) if both else np.nan,
    }


def measure_ece(truth: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over ``bins`` equally wide bins, weighted by their size."""
    if not len(truth):
        return np.nan
    which = np.minimum((np.asarray(probability) * bins).astype(int), bins - 1)
    gaps = [abs(np.mean(probability[which == b]) - np.mean(truth[which == b])) * (which == b).sum() for b in np.unique(which)]
    return float(sum(gaps) / len(truth))


def measure_calibration_slope(truth: np.ndarray, probability: np.ndarray) -> float:
    """Slope of a logistic regression of the truth on the logit; 1 is ideal, below 1 is overconfident.

    NaN when the classes are separable or all probabilities are equal.
    """
    p = np.clip(probability, EDGE, 1 - EDGE)
    logit = np.log(p / (1 - p))
    if np.ptp(logit) < EDGE:
        return np.nan
    design = sm.add_constant(logit, has_constant="add")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            fit = sm.GLM(truth, design, family=sm.families.Binomial()).fit(maxiter=50)
        except (PerfectSeparationWarning, ConvergenceWarning, ValueError, np.linalg.LinAlgError):
            return np.nan
    return float(fit.params[1]) if abs(fit.params[1]) < 100 else np.nan


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


def _kappa(tp: int, fp: int, fn: int, tn: int) -> float:
    total = tp + fp + fn + tn
    if not total:
        return np.nan
    expected = ((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)) / total**2
    return _ratio((tp + tn) / total - expected, 1 - expected)
