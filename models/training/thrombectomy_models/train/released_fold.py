"""Which fold a released version held out, and whether the patients held out here are the same ones.

A contract names no patients. It names the fold, and in the order of the patients' names what was answered for each: weights that
learned from one of them would answer otherwise.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..errors import LeakageError
from ..evaluation.study import calibrate

FOLDS_NAMED = re.compile(r"folds (\d+) of (\d+)$")
TOLERANCE = 0.05
"""Of a patient's probability: fp16 storage and batch norms taken apart again change logits by hundredths, times the slope."""


def read_fold(target: dict) -> tuple[str | None, int | None]:
    """The one fold whose figures a contract's target carries, and how many there were; None for several or none."""
    named = FOLDS_NAMED.search(target["scores"]["data"]) if "scores" in target else None
    return (named[1], int(named[2])) if named else (None, None)


def check_fold(directory: Path, target: dict, fold: str) -> None:
    """:raises LeakageError: when the figures are not those of ``fold`` alone"""
    if read_fold(target)[0] != fold:
        raise LeakageError(f"{directory}: its figures are not of fold {fold} alone, so its weights may have learned from patients held out there")


def check_repeated(directory: Path, target: dict, truth: np.ndarray, pooled: np.ndarray, *, same_arithmetic: bool = True) -> None:
    """``truth`` and study logits in the order of the patients' names, as ``scores`` are.

    :param same_arithmetic: False for an int8 file against the network it was made from: then only the truths are compared
    :raises LeakageError: when they are not what the version answered for its held-out patients
    """
    said = target["scores"]
    same = said["truth"] == truth.tolist()
    if same and same_arithmetic:
        answered = np.array([calibrate(logit, target["calibration"]) for logit in pooled])
        same = np.abs(answered - said["probabilities"]).max() <= TOLERANCE
    if not same:
        raise LeakageError(f"{directory}: answers differently here than its contract says: these are not the patients it held out")
