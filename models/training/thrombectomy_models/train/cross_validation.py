"""Runs over the folds of one cohort: who trains, who is held out, and what each run leaves behind.

A workspace holds ``prepared/`` and ``pool/`` (slices, never committed), ``folds.json`` and one directory a run,
``<network>-<fold>``; fold ``all`` trains on everybody and is held against nobody. The teacher of a fold has seen
the training patients of that fold only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ..data.ct_ich import read_ct_ich
from ..data.folds import check_patients_apart, check_pixels_apart, make_folds
from ..errors import InputError
from ..networks import SliceNetwork
from .batches import BatchSource
from .loop import Run, to_pixels
from .pool import build_pool, read_pool
from .prepared import PreparedPatient, prepare_patient, read_prepared
from .settings import Settings
from .teacher import Pupil, Teacher, TeacherForPixels

FOLDS, SEED, BLEED_STUDIES, STROKE_STUDIES, TEACHER_SIDE_PX = 3, 2026, 8, 6, 160
ALL = "all"


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


def prepare_workspace(data: str | Path, workspace: Workspace, folds: int = FOLDS, seed: int = SEED) -> dict[str, int]:
    """Slices, simulated slices and folds of a folder in CT-ICH's layout. Fails on leakage before anything is trained."""
    workspace.prepared.mkdir(parents=True, exist_ok=True)
    workspace.pool.mkdir(parents=True, exist_ok=True)
    volumes = read_ct_ich(data)
    for volume in tqdm(volumes, desc="prepare", mininterval=5):
        prepare_patient(volume, workspace.prepared)
    patients = read_prepared(workspace.prepared, [v.patient for v in volumes])
    dealt = make_folds({p.patient: "bleed" if p.positive else "normal" for p in patients}, folds, seed)
    parts = {str(k): {p.patient: p.hu[224] for p in patients if dealt[p.patient] == k} for k in range(folds)}
    check_patients_apart(parts)
    check_pixels_apart(parts)
    for patient in tqdm([p for p in patients if not p.positive], desc="simulate", mininterval=5):
        build_pool(patient, workspace.pool, bleeds=BLEED_STUDIES, strokes=STROKE_STUDIES, seed=seed)
    (workspace.root / "folds.json").write_text(json.dumps(dealt, indent=1) + "\n")
    return dealt


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


def train_teacher(workspace: Workspace, settings: Settings, fold: str, device: str = "cpu") -> Teacher:
    """Fine-tune the teacher on the fold's training patients; reads it back when it is there."""
    directory, teacher = workspace.run("teacher", fold), Teacher()
    if not (directory / "weights.pt").exists():
        kept, _ = split(workspace, fold)
        Run(directory, settings, network=teacher, device=device).train(make_source(workspace, kept, settings))
    teacher.load_state_dict(torch.load(directory / "weights.pt", map_location=device, weights_only=True)["average"])
    return teacher


def train_network(workspace: Workspace, settings: Settings, fold: str, *, start: str | None = None, device: str = "cpu", mixed_precision: bool = True) -> None:
    """One run; writes ``oof.npz`` (slice logits of the held-out patients) when somebody is held out.

    :param start: a ``weights.pt``, or the fold whose finished weights of the same network are gone on from
    """
    directory = workspace.run(settings.network, fold)
    kept, held = split(workspace, fold)
    network = SliceNetwork(settings.network, seed=settings.seed)
    if start is not None:
        network.load_state_dict(read_weights(Path(start).parent if start.endswith(".pt") else workspace.run(settings.network, start)))
    pupil = make_pupil(workspace, network, fold) if settings.teacher_weight or settings.feature_weight else None
    run = Run(directory, settings, network=network, pupil=pupil, device=device, mixed_precision=mixed_precision)
    trained = run.train(make_source(workspace, kept, settings))
    if held:
        np.savez(directory / "oof.npz", **{p.patient: predict(trained, p, mixed_precision=mixed_precision) for p in held})


def make_pupil(workspace: Workspace, network: SliceNetwork, fold: str) -> Pupil:
    """:raises InputError: when the fold's teacher has not been trained"""
    weights = read_weights(workspace.run("teacher", fold))
    teacher = Teacher(pretrained=False)
    teacher.load_state_dict(weights)
    kind = network.kind
    with torch.no_grad():
        channels = network.eval().backbone.forward_features(torch.zeros(1, 3, kind.side_px, kind.side_px)).shape[1]
    return Pupil(TeacherForPixels(teacher, kind.mean, kind.std, TEACHER_SIDE_PX), channels)


def read_weights(directory: Path) -> dict:
    file = directory / "weights.pt"
    if not file.is_file():
        raise InputError("no finished run here", file=file)
    return torch.load(file, map_location="cpu", weights_only=True)["average"]


@torch.no_grad()
def predict(network: nn.Module, patient: PreparedPatient, *, mirror: bool = False, mixed_precision: bool = False, batch: int = 16) -> np.ndarray:
    """Logits ``[slices, views, 3]`` of one patient: as it is and, with ``mirror``, turned left to right."""
    network.eval()
    device = next(network.parameters()).device
    hu = torch.from_numpy(patient.hu[network.kind.side_px]).float()
    answers = []
    for part in hu.split(batch):
        views = (part, part.flip(2)) if mirror else (part,)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed_precision):
            logits = [network(to_pixels(view, network).to(device))[0].float().cpu() for view in views]
        answers.append(torch.stack(logits, dim=1))
    return torch.cat(answers).numpy()
