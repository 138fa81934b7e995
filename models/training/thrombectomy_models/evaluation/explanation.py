"""Does the answer rise with blood, and does the map point at it? Measured where the truth is known: simulated bleeds.

A rise: the answer for a slice with a painted bleed against the answer for the very same slice without it. It needs no label
and no patient with a bleed, so it says what a network knows of blood, where patients' AUC also holds what goes with a bleed.

A hit: the cell with the largest value of the map of ``ich-present`` overlaps the bleed. ``chance`` is the share a
map would reach whose peak falls anywhere inside the head: the mean share of head cells that the bleeds overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

HEAD_HU = -200


@dataclass(frozen=True)
class Pointing:
    """``hits`` of ``slices``; ``called`` counts the slices with a positive logit and ``called_hits`` those among them."""

    slices: int
    hits: int
    called: int
    called_hits: int
    chance: float

    @property
    def share(self) -> float:
        return self.hits / self.slices if self.slices else float("nan")


@dataclass(frozen=True)
class Rise:
    """``auc`` of painted against untouched; ``raised``: share of the slices whose logit is higher with blood."""

    auc: float
    raised: float


def measure_rise(painted: np.ndarray, untouched: np.ndarray) -> Rise:
    """:param painted: logits ``[n]`` of slices with blood; ``untouched``: of the same slices without"""
    truth = np.repeat([1, 0], [len(painted), len(untouched)])
    return Rise(float(roc_auc_score(truth, np.concatenate([painted, untouched]))), float((painted > untouched).mean()))


def cells_of(mask: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Cells of a ``rows x columns`` map that any true pixel of ``mask [h, w]`` falls into."""
    y, x = np.nonzero(mask)
    cells = np.zeros((rows, columns), dtype=bool)
    cells[y * rows // mask.shape[0], x * columns // mask.shape[1]] = True
    return cells


def measure_pointing(cam: np.ndarray, logit: np.ndarray, masks: np.ndarray, hu: np.ndarray) -> Pointing:
    """:param cam: ``[n, r, c]`` of ich-present; ``logit [n]``; ``masks`` and ``hu`` ``[n, side, side]``"""
    hits, chances = [], []
    for one, mask, image in zip(cam, masks, hu, strict=True):
        blood = cells_of(mask, *one.shape)
        head = cells_of(image > HEAD_HU, *one.shape)
        hits.append(bool(blood[np.unravel_index(int(np.argmax(one)), one.shape)]))
        chances.append(blood.sum() / max(head.sum(), 1))
    hit, called = np.array(hits, dtype=bool), logit > 0
    return Pointing(len(hit), int(hit.sum()), int(called.sum()), int((hit & called).sum()), float(np.mean(chances)))
