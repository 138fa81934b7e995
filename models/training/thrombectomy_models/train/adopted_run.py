"""A released version as the finished run that it came from: for more figures, or another storage, without the training."""

from __future__ import annotations

from pathlib import Path

import torch

from ..contract import read_contract
from ..errors import InputError
from ..evaluation.held_out import join_answers
from .cross_validation import Workspace, go_on_from, is_finished, save_arrays, split
from .learned_from import read_start
from .origin import Origin
from .predict import predict
from .released_fold import check_fold, check_repeated
from .settings import Settings, write_settings


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
    check_fold(directory, target, fold)
    kept, held = split(workspace, fold)
    trained = go_on_from(directory, network, kept)
    answers = {p.patient: predict(trained, p) for p in held}
    joined = join_answers({name: a[:, 0, 0] for name, a in answers.items()}, held, contract["pooling"])
    check_repeated(directory, target, joined.truth, joined.pooled)
    run.mkdir(parents=True, exist_ok=True)
    write_settings(settings, run / "settings.json")
    learned = read_start(directory)
    origin = Origin(fold, tuple(sorted(answers)), adopted=contract["version"], learned_from=None if learned is None else tuple(sorted(learned)))
    state = {"step": 0, "seconds": 60 * contract["training"]["durationMinutes"], "average": trained.state_dict(), "origin": origin.to_state()}
    torch.save(state, run / "weights.pt")
    save_arrays(run / "oof.npz", answers)
    return run
