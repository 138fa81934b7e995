"""A version under ``models/`` run over studies, exactly as the service runs it: recipe, ONNX file, pooling, calibration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..contract import read_contract
from ..export.onnx_file import open_session, run_onnx
from ..recipe import Unusable, prepare
from ..targets import TARGETS
from .pooling import pool_slices, settle_slices


@dataclass
class StudyAnswer:
    """Of one study: scored slice indexes, their logits ``[n, 3]`` as they count (neighbours averaged, where the contract says so), the pooled logits and calibrated probabilities ``[3]``.

    ``refusal`` is set instead when the recipe abstained.
    """

    name: str
    indexes: list[int]
    logits: np.ndarray
    pooled: np.ndarray
    probability: np.ndarray
    refusal: str | None = None


class Model:
    """A contract with its open ONNX session."""

    def __init__(self, directory: str | Path, threads: int = 2) -> None:
        self.directory = Path(directory)
        self.contract = read_contract(directory)
        self.session = open_session(self.directory / "model.onnx", threads)

    def answer(self, name: str, hu: np.ndarray) -> StudyAnswer:
        """:param hu: int16 ``[slice, row, column]``"""
        try:
            prepared = prepare(hu, self.contract["input"])
        except Unusable as refusal:
            nothing = np.full(len(TARGETS), np.nan)
            return StudyAnswer(name, [], np.empty((0, len(TARGETS))), nothing, nothing, str(refusal))
        logits, _ = run_onnx(self.session, prepared.tensor)
        logits = settle_slices(logits, prepared.slice_indexes, self.contract["pooling"])
        pooled = pool_slices(logits, self.contract["pooling"]["k"])
        probability = np.array([calibrate(pooled[i], t["calibration"]) for i, t in enumerate(self.contract["targets"])])
        return StudyAnswer(name, prepared.slice_indexes, logits, pooled, probability)


def calibrate(logit: float, calibration: dict) -> float:
    """Probability of a study logit under a contract's calibration."""
    if calibration["method"] == "isotonic":
        return float(np.interp(logit, calibration["logits"], calibration["probabilities"]))
    if calibration["method"] == "logistic":
        logit = calibration["slope"] * logit + calibration["intercept"]
    return float(1 / (1 + np.exp(-np.clip(logit, -60, 60))))


def answer_all(model: Model, volumes: Iterable[tuple[str, np.ndarray]]) -> Iterator[StudyAnswer]:
    """One answer a volume, in order."""
    for name, hu in volumes:
        yield model.answer(name, hu)
