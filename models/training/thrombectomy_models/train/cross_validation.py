"""Runs over the folds of one cohort: who trains, who is held out, and what each run leaves behind.

A workspace holds ``prepared/`` and ``pool/`` (slices, never committed), ``folds.json`` and one directory a run,
``<network>-<fold>``; fold ``all`` trains on everybody and is held against nobody. The teacher of a fold has seen
the training patients of that fold only.
"""

from __future__ import annotations

import json
import os
import pickle
import re
from collections import deque
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ..contract import read_contract, write_json_atomically
from ..data.ct_ich import read_ct_ich
from ..data.folds import check_patients_apart, check_pixels_apart, make_folds
from ..errors import InputError, LeakageError
from ..evaluation.pooling import pool_study
from ..export.unfold import unfold_version
from ..networks import SliceNetwork
from .batches import BatchSource
from .learned_from import ALL, find_learned
from .loop import Run, check_device
from .origin import Origin, read_origin
from .pool import build_pool, read_pool
from .predict import draw_pixels, predict
from .prepared import PreparedPatient, prepare_patient, read_prepared
from .released_fold import check_fold, check_repeated
from .settings import Settings, read_settings
from .teacher import TEACHER, Pupil, Teacher, TeacherForPixels

FOLDS, SEED, BLEED_STUDIES, STROKE_STUDIES = 3, 2026, 48, 6
STATISTICS_SLICES = 32
RUN_NAME = re.compile(r"[a-z0-9_]+-(\d+|all)")


@dataclass(frozen=True)
class Workspace:
    """Folders of one cohort's training."""

    root: Path

    @property
    def prepared(self) -> Path:
        return self.root / "prepared"

    @property
    def pool(self) -> Path:
        return self.root / "pool"

    def run(self, name: str, fold: str) -> Path:
        return self.root / f"{name}-{fold}"

    def read_folds(self) -> dict[str, int]:
        file = self.root / "folds.json"
        if not file.is_file():
            raise InputError("no folds.json: run `prepare` first", file=file)
        return json.loads(file.read_text())


def prepare_workspace(data: str | Path, workspace: Workspace, folds: int = FOLDS, seed: int = SEED, workers: int = 1) -> dict[str, int]:
    """Slices, simulated slices and folds of a folder in CT-ICH's layout. Fails on leakage before anything is trained.

    :param workers: processes that share the patients; each patient's files are the same for any number of them
    """
    volumes = read_ct_ich(data)
    workspace.prepared.mkdir(parents=True, exist_ok=True)
    workspace.pool.mkdir(parents=True, exist_ok=True)
    _share_out(partial(prepare_patient, cache=workspace.prepared), volumes, "prepare", workers)
    patients = read_prepared(workspace.prepared, [v.patient for v in volumes])
    dealt = make_folds({p.patient: "bleed" if p.positive else "normal" for p in patients}, folds, seed)
    parts = {str(k): {p.patient: p.hu[224] for p in patients if dealt[p.patient] == k} for k in range(folds)}
    check_patients_apart(parts)
    check_pixels_apart(parts)
    check_same_deal(workspace, dealt)
    simulate = partial(build_pool, cache=workspace.pool, bleeds=BLEED_STUDIES, strokes=STROKE_STUDIES, seed=seed)
    _share_out(simulate, [p for p in patients if not p.positive], "simulate", workers)
    write_json_atomically(workspace.root / "folds.json", dealt)
    return dealt


def check_same_deal(workspace: Workspace, dealt: dict[str, int]) -> None:
    """:raises LeakageError: when runs of another deal are there: a fold of the new one may hold out whom they learned from"""
    if not (workspace.root / "folds.json").is_file() or workspace.read_folds() == dealt:
        return
    runs = sorted(place.name for place in workspace.root.iterdir() if place.is_dir() and RUN_NAME.fullmatch(place.name))
    if runs:
        raise LeakageError(f"{workspace.root}: {', '.join(runs)} belong to another deal of patients into folds; prepare another workspace, or delete them")


def _share_out(work: Callable, patients: list, what: str, workers: int) -> None:
    """Spawned, not forked: a fork of a process whose OpenMP threads have run can wait for them for ever."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) if workers > 1 else nullcontext() as pool:
        done = pool.map(work, patients) if pool else map(work, patients)
        deque(tqdm(done, desc=what, total=len(patients), mininterval=5), maxlen=0)


def split(workspace: Workspace, fold: str) -> tuple[list[PreparedPatient], list[PreparedPatient]]:
    """Training and held-out patients of ``fold`` (a number, or ``all``)."""
    dealt = workspace.read_folds()
    if fold != ALL and (not fold.isdigit() or int(fold) not in dealt.values()):
        raise InputError(f"fold {fold!r} is not one of 0..{max(dealt.values())} or all", file=workspace.root / "folds.json")
    patients = read_prepared(workspace.prepared, list(dealt))
    held = [p for p in patients if fold != ALL and dealt[p.patient] == int(fold)]
    kept = [p for p in patients if fold == ALL or dealt[p.patient] != int(fold)]
    check_patients_apart({"training": [p.patient for p in kept], "held out": [p.patient for p in held]})
    return kept, held


def make_source(workspace: Workspace, kept: list[PreparedPatient], settings: Settings) -> BatchSource:
    return BatchSource(kept, read_pool(workspace.pool, [p.patient for p in kept]), settings)


def train_network(workspace: Workspace, settings: Settings, fold: str, *, start: str | None = None, device: str = "cpu", mixed_precision: bool = True) -> None:
    """One run; writes ``oof.npz`` (slice logits of the held-out patients) when somebody is held out.

    :param start: a ``weights.pt``, a released version's directory, or the fold whose finished weights of the same network
        are gone on from
    """
    directory = workspace.run(settings.network, fold)
    kept, held = split(workspace, fold)
    if (directory / "weights.pt").is_file() and not is_finished(directory, fold):  # interrupted between its end and its answers
        trained = go_on_from(directory / "weights.pt", settings.network, kept).to(check_device(device))
    else:
        network = start_network(workspace, settings, start, fold, kept, held)
        pupil = make_pupil(workspace, network, fold) if settings.has_teacher else None
        learned = find_learned(workspace, settings, fold, start)
        origin = Origin(fold, tuple(sorted(p.patient for p in held)), start=start, learned_from=None if learned is None else tuple(sorted(learned)))
        run = Run(directory, settings, network=network, pupil=pupil, device=device, mixed_precision=mixed_precision, origin=origin)
        trained = run.train(make_source(workspace, kept, settings))
    if held:
        save_arrays(directory / "oof.npz", {p.patient: predict(trained, p) for p in held})


def check_told_alike(runs: list[Path]) -> None:
    """:raises InputError: when runs whose answers are put together were told different settings"""
    told = [read_settings(run / "settings.json") for run in runs]
    for run, one in zip(runs, told, strict=True):
        if one != told[0]:
            raise InputError(f"told other settings than {runs[0].name}", file=run / "settings.json")


def is_finished(directory: Path, fold: str) -> bool:
    """True when a run has weights and, where somebody is held out, their answers."""
    return (directory / "weights.pt").is_file() and (fold == ALL or (directory / "oof.npz").is_file())


def start_network(
    workspace: Workspace, settings: Settings, start: str | None, fold: str, kept: list[PreparedPatient], held: list[PreparedPatient]
) -> SliceNetwork:
    """Seeded initial weights (the teacher: ImageNet's), or those that ``start`` names.

    :raises LeakageError: when ``start`` learned, or may have learned, from patients that ``fold`` holds out
    """
    if settings.network == TEACHER:
        network: SliceNetwork = Teacher(pretrained=start is None, seed=settings.seed)
    else:
        network = SliceNetwork(settings.network, seed=settings.seed)
    if start is None:
        return network
    place = Path(start)
    if not ((place / "contract.json").is_file() or start.endswith(".pt")):
        if fold not in (ALL, start):
            raise LeakageError(f"weights of run {start} learned from patients that fold {fold} holds out")
        place = workspace.run(settings.network, start) / "weights.pt"
    first = go_on_from(place, settings.network, kept)
    network.load_state_dict(first.state_dict())
    if held and start != fold:
        check_start(place, fold, held, first)
    return network


def check_start(place: Path, fold: str, held: list[PreparedPatient], network: SliceNetwork) -> None:
    """:raises LeakageError: when the weights at ``place``, here in ``network``, may have learned from ``held``"""
    if place.suffix == ".pt":
        origin = read_origin(place)
        if origin.held_out is None:
            raise LeakageError(f"{place}: says not whom it learned from, so it may be anybody that fold {fold} holds out")
        if learned := sorted({p.patient for p in held} - set(origin.held_out)):
            raise LeakageError(f"{place}: weights of fold {origin.fold} may have learned from patient {learned[0]}, whom fold {fold} holds out")
        return
    contract = read_contract(place)
    if not contract["training"]["data"]:  # seeded initial weights
        return
    target = contract["targets"][0]
    check_fold(place, target, fold)
    ordered = sorted(held, key=lambda p: p.patient)
    pooled = np.array([pool_study(predict(network, p)[:, 0], p.indexes, contract["pooling"])[0] for p in ordered])
    same_arithmetic = contract["model"]["storage"] != "int8"
    check_repeated(place, target, np.array([int(p.positive) for p in ordered]), pooled, same_arithmetic=same_arithmetic)


def go_on_from(start: str | Path, name: str, patients: list[PreparedPatient]) -> SliceNetwork:
    """Network ``name`` with the weights of a ``weights.pt``, or of a released version (norms settled on slices of ``patients``).

    :raises InputError: when nothing is there, or the weights are another network's
    """
    place = Path(start)
    if (place / "contract.json").is_file():
        released = read_contract(place)["network"]
        if released != name:
            raise InputError(f"these are weights of {released}, wanted is {name}", file=place)
        return unfold_version(place, draw_pixels(patients, name, STATISTICS_SLICES))
    network = SliceNetwork(name)
    try:
        network.load_state_dict(read_state(place))
    except RuntimeError as error:
        raise InputError(f"not weights of {name}", file=place) from error
    return network


def save_arrays(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Beside first, then rename: an interrupted run leaves no half answers that the next one would take for whole."""
    beside = file.with_suffix(".new.npz")
    np.savez(beside, **arrays)
    os.replace(beside, file)


def make_pupil(workspace: Workspace, network: SliceNetwork, fold: str) -> Pupil:
    """:raises InputError: when the fold's teacher has not been trained"""
    teacher = Teacher(pretrained=False)
    teacher.load_state_dict(read_weights(workspace.run(TEACHER, fold)))
    kind = network.kind
    with torch.no_grad():
        channels = network.eval().backbone.forward_features(torch.zeros(1, 3, kind.side_px, kind.side_px)).shape[1]
    return Pupil(TeacherForPixels(teacher, kind.mean, kind.std), channels)


def read_weights(directory: Path) -> dict:
    return read_state(directory / "weights.pt")


def read_state(file: Path) -> dict:
    """:raises InputError: when there is no such file, or it is not what a run leaves"""
    if not file.is_file():
        raise InputError("no finished run here", file=file)
    try:
        return torch.load(file, map_location="cpu", weights_only=True)["average"]
    except (KeyError, TypeError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise InputError("not the weights of a run", file=file) from error
