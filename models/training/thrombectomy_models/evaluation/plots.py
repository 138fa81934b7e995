"""ROC, calibration and decision curves (Vickers 2006) as small PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from sklearn import metrics as sk  # noqa: E402

from .table import Predictions  # noqa: E402

SIZE_INCHES, DOTS_PER_INCH, CALIBRATION_GROUPS = (4.2, 3.6), 110, 8


def net_benefit(truth: np.ndarray, probability: np.ndarray, threshold: float) -> float:
    """True positives less false positives weighted by the threshold's odds, per study."""
    call = probability >= threshold
    odds = threshold / (1 - threshold)
    return float((call & (truth == 1)).mean() - (call & (truth == 0)).mean() * odds)


def draw_roc(sets: Sequence[Predictions], path: Path) -> None:
    figure, axes = plt.subplots(figsize=SIZE_INCHES)
    for one in sets:
        false_rate, true_rate, _ = sk.roc_curve(one.truth, one.ranking)
        axes.plot(false_rate, true_rate, label=f"{one.network} ({sk.roc_auc_score(one.truth, one.ranking):.3f})")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
    _finish(figure, axes, "1 - specificity", "sensitivity", path)


def draw_calibration(sets: Sequence[Predictions], path: Path) -> None:
    figure, axes = plt.subplots(figsize=SIZE_INCHES)
    for one in sets:
        order = np.array_split(np.argsort(one.probability), min(CALIBRATION_GROUPS, len(one.truth)))
        axes.plot([one.probability[g].mean() for g in order], [one.truth[g].mean() for g in order], marker="o", markersize=3, label=one.network)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
    _finish(figure, axes, "predicted probability", "observed share", path)


def draw_decision(sets: Sequence[Predictions], path: Path) -> None:
    figure, axes = plt.subplots(figsize=SIZE_INCHES)
    thresholds = np.linspace(0.02, 0.9, 60)
    for one in sets:
        axes.plot(thresholds, [net_benefit(one.truth, one.probability, t) for t in thresholds], label=one.network)
    everybody = [net_benefit(sets[0].truth, np.ones(len(sets[0].truth)), t) for t in thresholds]
    axes.plot(thresholds, everybody, color="0.5", linestyle=":", label="all positive")
    axes.axhline(0, color="0.7", linewidth=0.8)
    axes.set_ylim(-0.1, None)
    _finish(figure, axes, "threshold probability", "net benefit", path)


def _finish(figure: plt.Figure, axes: plt.Axes, x: str, y: str, path: Path) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=DOTS_PER_INCH)
    plt.close(figure)
