"""DeLong's test for two correlated AUCs (DeLong 1988; midranks after Sun and Xu 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Comparison:
    """``difference`` is first minus second AUC; ``interval`` is its 95 % Wald interval."""

    first: float
    second: float
    difference: float
    interval: tuple[float, float]
    p_value: float


def _components(truth: np.ndarray, score: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    positive, negative = score[truth == 1], score[truth == 0]
    m, n = len(positive), len(negative)
    ranks = stats.rankdata(np.concatenate([positive, negative]))
    inner_positive, inner_negative = stats.rankdata(positive), stats.rankdata(negative)
    auc = (ranks[:m].sum() - m * (m + 1) / 2) / (m * n)
    return float(auc), (ranks[:m] - inner_positive) / n, 1 - (ranks[m:] - inner_negative) / m


def compare_aucs(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Comparison:
    """One row per patient; scores on any scale.

    :raises ValueError: when fewer than two patients of either class are there
    """
    truth = np.asarray(truth, dtype=int)
    if min(truth.sum(), len(truth) - truth.sum()) < 2:
        raise ValueError("DeLong's test needs at least two patients of each class")
    a, a10, a01 = _components(truth, np.asarray(first, dtype=float))
    b, b10, b01 = _components(truth, np.asarray(second, dtype=float))
    variance = np.var(a10 - b10, ddof=1) / len(a10) + np.var(a01 - b01, ddof=1) / len(a01)
    difference, error = a - b, float(np.sqrt(variance))
    p_value = 1.0 if error == 0 else float(2 * stats.norm.sf(abs(difference) / error))
    half = 1.959964 * error
    return Comparison(a, b, difference, (difference - half, difference + half), p_value)
