"""A released version as the finished run that it came from: for more figures, or another storage, without the training."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch

from ..contract import POOLING, read_contract
from ..errors import InputError, LeakageError
from ..evaluation.held_out import HeldOut, join_answers
from ..evaluation.study import calibrate
from .cross_validation import Workspace, go_on_from, is_finished, predict, save_arrays, split
from .settings import Settings, write_settings

FOLDS_NAMED = re.compile(r"folds (\d+) of (\d+)$")
TOLERANCE = 0.05
"""Of a patient's probability: fp16 storage and batch norms taken apart again change logits by hundredths, times the slope."""


def adopt_version(workspace: Workspace, directory: Path, fold: str, settings: Settings) -> Path:
    """Weights, settings and held-out answers in ``<network>-<fold>``; ``settings`` are those that the version was trained with.

    :raises InputError: when the run is there already, or the settings are another network's
    :raises LeakageError: when the version does not carry the figures of this very fold, or does not repeat them on the
        patients held out here: it may have learned from them
    """
    contract = read_contract(directory)
    network = contract["network"]
    if settings.network != network:
        raise InputError(f"settings of {settings.network}, the version is {network}", file=directory)
    run = workspace.run(network, fold)
    if is_finished(run, fold):
        raise InputError("there is a finished run already", file=run)
    target = contract["targets"][0]
    named = FOLDS_NAMED.search(target["scores"]["data"]) if "scores" in target else None
    if named is None or named[1] != fold:
        raise LeakageError(f"{directory}: its figures are not of fold {fold} alone, so its weights may have learned from patients held out there")
    kept, held = split(workspace, fold)
    trained = go_on_from(directory, network, kept)
    answers = {p.patient: predict(trained, p) for p in held}
    _check_repeated(directory, target, join_answers({name: a[:, 0, 0] for name, a in answers.items()}, held, POOLING["k"]))
    run.mkdir(parents=True, exist_ok=True)
    write_settings(settings, run / "settings.json")
    torch.save({"step": 0, "seconds": 60 * contract["training"]["durationMinutes"], "average": trained.state_dict()}, run / "weights.pt")
    save_arrays(run / "oof.npz", answers)
    return run


def _check_repeated(directory: Path, target: dict, held: HeldOut) -> None:
    """``held`` is in the order of the patients' names, and so are ``scores``."""
    said = target["scores"]
    answered = np.array([calibrate(logit, target["calibration"]) for logit in held.pooled])
    same = said["truth"] == held.truth.tolist() and np.abs(answered - said["probabilities"]).max() <= TOLERANCE
    if not same:
        raise LeakageError(f"{directory}: answers differently here than its contract says: these are not the patients it held out")
