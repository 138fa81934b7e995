"""What a run answered on the patients it held out, as one small file that outlives the run (``models/training/answers/``).

Folds of a large network are trained on different days and machines; their weights are too large to keep and their answers are not.
A file holds logits and settings, no labels of patients and no pixels; patients stand as digests of their CT (data/patient_digest.py), so only who
has the same images can put the answers beside the truth again.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import torch

from ..contract import write_json_atomically
from ..errors import InputError, LeakageError
from ..evaluation.held_out import STROKES_PER_PATIENT, SimulatedStrokes
from ..readable_json import read_json
from ..targets import TARGETS
from .cross_validation import Workspace, is_finished, save_arrays
from .origin import Origin, read_origin
from .prepared import read_digests, read_prepared
from .settings import read_settings
from .strokes import find_strokes, read_or_answer_strokes

FILE = "answers.json"
FIELDS = ("network", "fold", "folds", "settings", "hardware", "minutes", "adopted", "patients")
STROKES = "strokes"
"""Optional: a row a simulated stroke, its study logits and truths, in the order of the normal patients' names (by digest it would be a label)."""


def keep_answers(workspace: Workspace, network: str, fold: str, hardware: str, out: Path) -> Path:
    """``<network>-<fold>.json`` in ``out``, of a finished run.

    :raises InputError: when the run has not ended, or the workspace was prepared before digests were kept
    """
    run = workspace.run(network, fold)
    if not is_finished(run, fold):
        raise InputError("no finished run here", file=run)
    with np.load(run / "oof.npz") as data:
        answers = {patient: data[patient][:, 0] for patient in data.files}
    digests = _read_digests(workspace, list(answers))
    document = {
        "network": network,
        "fold": fold,
        "folds": len(set(workspace.read_folds().values())),
        "settings": json.loads((run / "settings.json").read_text()),
        "hardware": hardware,
        "minutes": round(count_minutes(run), 1),
        "adopted": read_origin(run / "weights.pt").adopted,
        "patients": {digests[p]: _shortest(answers[p]) for p in sorted(answers, key=digests.__getitem__)},
        STROKES: _word_strokes(read_or_answer_strokes(workspace, network, fold)),
    }
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{run.name}.json"
    write_json_atomically(file, document)
    return file


def take_answers(workspace: Workspace, file: Path) -> Path:
    """The run that ``file`` was kept of, with its answers and without its weights; returns its directory.

    :raises InputError: when the file is not of this kind, or such a run is there
    :raises LeakageError: when the patients it held out are not those that its fold holds out here
    """
    said = _read(file)
    run = workspace.run(said["network"], said["fold"])
    if run.is_dir() and any(run.iterdir()):
        raise InputError("there is a run already", file=run)
    dealt = workspace.read_folds()
    held = sorted(patient for patient, number in dealt.items() if str(number) == said["fold"])
    digests = _read_digests(workspace, held)
    if said["folds"] != len(set(dealt.values())) or set(said["patients"]) != set(digests.values()):
        raise LeakageError(f"{file}: the patients answered here are not those that fold {said['fold']} holds out")
    answers = {p: np.array(said["patients"][digests[p]], dtype=np.float32)[:, None] for p in held}
    patients = read_prepared(workspace.prepared, held)
    for patient in patients:
        if answers[patient.patient].shape != (len(patient.labels), 1, len(TARGETS)):
            raise InputError(f"other slices than are prepared here: {len(patient.labels)} of a patient", file=file)
    strokes = _read_strokes(said[STROKES], [p.patient for p in patients if not p.positive], file) if STROKES in said else None
    beside = run.with_name(f".{run.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    write_json_atomically(beside / "settings.json", said["settings"])
    read_settings(beside / "settings.json")
    shutil.copyfile(file, beside / FILE)
    save_arrays(beside / "oof.npz", answers)
    if strokes:
        save_arrays(find_strokes(beside), vars(strokes))
    if run.is_dir():
        run.rmdir()
    beside.rename(run)
    return run


def _word_strokes(strokes: SimulatedStrokes) -> list[list[float]]:
    order = np.argsort(np.asarray(strokes.patients), kind="stable")
    truths = np.column_stack([strokes.bleeds_after, strokes.poor])
    return [[*_shortest(strokes.pooled[row : row + 1])[0], *map(int, truths[row])] for row in order]


def _read_strokes(rows: list[list[float]], normals: list[str], file: Path) -> SimulatedStrokes:
    if not normals or len(rows) != STROKES_PER_PATIENT * len(normals) or any(len(row) != len(TARGETS) + 2 for row in rows):
        raise InputError(f"{len(rows)} simulated strokes, {STROKES_PER_PATIENT} in each of {len(normals)} patients are expected", file=file)
    table = np.array(rows)
    names = [name for name in sorted(normals) for _ in range(STROKES_PER_PATIENT)]
    return SimulatedStrokes(names, table[:, :-2].astype(np.float32), table[:, -2].astype(int), table[:, -1].astype(int))


def count_minutes(run: Path) -> float:
    """Minutes of training that a run with answers took."""
    if (run / "weights.pt").is_file():
        return torch.load(run / "weights.pt", map_location="cpu", weights_only=True, mmap=True)["seconds"] / 60
    return _read(run / FILE)["minutes"]


def has_answers(run: Path, fold: str) -> bool:
    """True for a finished run, and for one whose answers were taken from a file."""
    return is_finished(run, fold) or ((run / FILE).is_file() and (run / "oof.npz").is_file())


def find_origin(run: Path) -> Origin:
    """Of a run that has answers."""
    if (run / "weights.pt").is_file():
        return read_origin(run / "weights.pt")
    return Origin(fold=_read(run / FILE)["fold"], adopted=_read(run / FILE)["adopted"])


def _read_digests(workspace: Workspace, patients: list[str]) -> dict[str, str]:
    digests = {patient: read_digests(workspace.prepared, [patient]) for patient in patients}
    if None in digests.values():
        raise InputError("prepared before digests were kept; `prepare` adds them", file=workspace.prepared)
    return {patient: next(iter(digest)) for patient, digest in digests.items()}


def _shortest(logits: np.ndarray) -> list[list[float]]:
    """The shortest numbers that are read back as the same float32."""
    return [[float(str(value)) for value in row] for row in logits.astype(np.float32)]


def _read(file: Path) -> dict:
    said = read_json(file)
    if not isinstance(said, dict) or set(said) - {STROKES} != set(FIELDS):
        raise InputError(f"not the answers of a run: wanted are {', '.join(FIELDS)}", file=file)
    return said
