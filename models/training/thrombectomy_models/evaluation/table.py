"""The table networks x targets: every figure with its interval and counts, as rows, CSV and Markdown."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .bootstrap import REPEATS, bootstrap_metrics
from .metrics import NAMES, measure_all

TITLES = dict(
    zip(NAMES, ("AUC", "AUPRC", "Accuracy", "Sensitivity", "Specificity", "PPV", "NPV", "F1", "Kappa", "Brier", "ECE-10", "Calibration slope"), strict=True)
)


@dataclass(frozen=True)
class Predictions:
    """Of one network and target: a row a study. ``score`` ranks (raw study logit); without it the probability does."""

    network: str
    target: str
    validation: str
    patients: Sequence[str]
    truth: np.ndarray
    probability: np.ndarray
    threshold: float
    score: np.ndarray | None = None

    @property
    def ranking(self) -> np.ndarray:
        return self.probability if self.score is None else self.score


@dataclass(frozen=True)
class Row:
    """One line of the table; ``figures[name]`` is the value and its interval (None where undefined)."""

    network: str
    target: str
    validation: str
    positives: int
    negatives: int
    figures: dict[str, tuple[float, tuple[float, float] | None]]


def make_row(predictions: Predictions, repeats: int = REPEATS, seed: int = 0) -> Row:
    truth, probability = np.asarray(predictions.truth, dtype=int), np.asarray(predictions.probability, dtype=float)

    def measure(rows: np.ndarray) -> dict[str, float]:
        figures = measure_all(truth[rows], probability[rows], predictions.threshold)
        ranked = measure_all(truth[rows], predictions.ranking[rows], 0.0)
        return figures | {"auc": ranked["auc"], "auprc": ranked["auprc"]}

    intervals = bootstrap_metrics(measure, predictions.patients, repeats, seed)
    values = measure(np.arange(len(truth)))
    figures = {name: (values[name], intervals[name]) for name in NAMES}
    return Row(predictions.network, predictions.target, predictions.validation, int(truth.sum()), int((1 - truth).sum()), figures)


def to_markdown(rows: Sequence[Row]) -> str:
    head = ["network", "target", "validation", "pos / neg", *(TITLES[name] for name in NAMES)]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in rows:
        cells = [row.network, row.target, row.validation, f"{row.positives} / {row.negatives}"]
        lines.append("| " + " | ".join(cells + [_cell(*row.figures[name]) for name in NAMES]) + " |")
    return "\n".join(lines) + "\n"


def write_csv(rows: Sequence[Row], path: Path) -> None:
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["network", "target", "validation", "positives", "negatives", *(f"{n}{s}" for n in NAMES for s in ("", "_low", "_high"))])
        for row in rows:
            cells: list[object] = [row.network, row.target, row.validation, row.positives, row.negatives]
            for name in NAMES:
                value, interval = row.figures[name]
                cells += [value, *(interval or ("", ""))]
            writer.writerow(cells)


def _cell(value: float, interval: tuple[float, float] | None) -> str:
    if not math.isfinite(value):
        return "n/a"
    return f"{value:.3f}" if interval is None else f"{value:.3f} ({interval[0]:.3f}-{interval[1]:.3f})"
