"""How a run's network answers strokes simulated in the normal patients it held out, kept beside its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..contract import POOLING
from ..evaluation.held_out import SimulatedStrokes, answer_strokes
from ..networks import SliceNetwork
from .cross_validation import Workspace, read_weights, save_arrays, split
from .predict import predict


def read_or_answer_strokes(workspace: Workspace, network: str, fold: str, pooling: dict = POOLING) -> SimulatedStrokes | None:
    """A file a pooling rule: forward passes are what costs time here. None for a run without weights that had not answered them."""
    run = workspace.run(network, fold)
    file = find_strokes(run, pooling)
    if not file.is_file():
        if not (run / "weights.pt").is_file():
            return None
        trained = SliceNetwork(network)
        trained.load_state_dict(read_weights(run))
        normals = [p for p in split(workspace, fold)[1] if not p.positive]
        with np.load(run / "oof.npz") as untouched:
            answers = answer_strokes(lambda patient: predict(trained, patient), normals, untouched, pooling)
        save_arrays(file, vars(answers))
    with np.load(file) as kept:
        return SimulatedStrokes(kept["patients"].tolist(), kept["pooled"], kept["bleeds_after"], kept["poor"])


def find_strokes(run: Path, pooling: dict = POOLING) -> Path:
    return run / ("strokes.npz" if pooling == POOLING else f"strokes-{pooling['rule']}.npz")


def join_strokes(parts: list[SimulatedStrokes]) -> SimulatedStrokes:
    return SimulatedStrokes(
        [name for part in parts for name in part.patients],
        np.concatenate([part.pooled for part in parts]),
        np.concatenate([part.bleeds_after for part in parts]),
        np.concatenate([part.poor for part in parts]),
    )
