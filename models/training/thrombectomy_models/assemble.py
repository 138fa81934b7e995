"""From finished runs to a released version: what was measured becomes the contract, in the contract's words."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .calibration import calibrate_logistic, choose_band, choose_threshold
from .contract import MODELS_DIRECTORY, POOLING
from .contract_builder import untrained_target
from .cross_validated import FULL_PRECISION, find_origins, word_cross_validated, word_recipe
from .errors import InputError
from .evaluation.bootstrap import REPEATS
from .evaluation.held_out import HeldOut, SimulatedStrokes, answer_strokes, join_answers, read_held_out
from .evaluation.metrics import measure_all
from .evaluation.study import calibrate
from .export.int8 import QUANTIZATION_SLICES, quantize_trained
from .export.onnx_file import open_session, run_onnx, store_half
from .export.release import check_new, release
from .metric_rows import word_metrics, word_slice_auc
from .networks import KINDS, SliceNetwork
from .recorded_patients import word_learned
from .targets import TARGETS
from .train.cross_validation import ALL, Workspace, check_told_alike, read_weights, save_arrays, split
from .train.predict import draw_pixels, predict, to_network_pixels
from .train.prepared import PreparedPatient, read_prepared
from .train.settings import read_settings
from .training_words import CT_ICH, FITTED, Cohort, word_attribution, word_inclusion, word_training

VERSION = re.compile(r"\d+\.\d+\.\d+")
REPORTED = ("auc", "auprc", "sensitivity", "specificity", "brier", "ece10")
APPARENT = ("sensitivity", "specificity", "brier", "ece10")


@dataclass(frozen=True)
class Measured:
    """Everything that the contract says about one network, before it is worded."""

    held_out: HeldOut
    strokes: SimulatedStrokes
    folds_run: list[int]
    folds_total: int


def measure_network(workspace: Workspace, network: str, folds: list[int], pooling: dict = POOLING) -> Measured:
    """Held-out answers of ``folds``; simulated strokes are answered by each fold's weights on its own held-out normals."""
    dealt = workspace.read_folds()
    patients = read_prepared(workspace.prepared, list(dealt))
    held_out = read_held_out(workspace, network, folds, patients, pooling)
    parts: list[SimulatedStrokes] = []
    for fold in folds:
        trained = SliceNetwork(network)
        trained.load_state_dict(read_weights(workspace.run(network, str(fold))))
        normals = [p for p in split(workspace, str(fold))[1] if not p.positive]
        parts.append(_read_or_answer_strokes(workspace.run(network, str(fold)), trained, normals, pooling))
    strokes = SimulatedStrokes(
        [name for part in parts for name in part.patients],
        np.concatenate([part.pooled for part in parts]),
        np.concatenate([part.bleeds_after for part in parts]),
        np.concatenate([part.poor for part in parts]),
    )
    return Measured(held_out, strokes, folds, len(set(dealt.values())))


def _read_or_answer_strokes(run: Path, trained: SliceNetwork, normals: list[PreparedPatient], pooling: dict) -> SimulatedStrokes:
    """Answers are kept beside the weights (``strokes.npz``, a file a pooling rule): forward passes are what costs time here."""
    file = run / ("strokes.npz" if pooling == POOLING else f"strokes-{pooling['rule']}.npz")
    if not file.is_file():
        with np.load(run / "oof.npz") as untouched:
            answers = answer_strokes(lambda patient: predict(trained, patient), normals, untouched, pooling)
        save_arrays(file, vars(answers))
    with np.load(file) as kept:
        return SimulatedStrokes(kept["patients"].tolist(), kept["pooled"], kept["bleeds_after"], kept["poor"])


def word_targets(measured: Measured, repeats: int = REPEATS, *, cohort: Cohort = CT_ICH, beyond: str = "") -> list[dict]:
    """``targets`` of the contract; intervals from ``repeats`` resamples of patients.

    :param beyond: what else a reader must know of whose figures these are, where they are not of the weights that ship
    """
    held, strokes = measured.held_out, measured.strokes
    all_folds = len(measured.folds_run) == measured.folds_total
    scope = f"folds {', '.join(map(str, measured.folds_run))} of {measured.folds_total}"
    validation = "cross-validated" if all_folds else "held-out"
    real, painted = ("; ".join(part for part in (text, beyond) if part) for text in (f"{cohort.out_of_fold}, {scope}", cohort.simulated))
    first = _target(TARGETS[0], "research", held.pooled, held.truth, held.patients, validation, real, repeats)
    first["metrics"].append(word_slice_auc(held, validation, real, repeats))
    forecasts = [(TARGETS[1], strokes.pooled[:, 1], strokes.bleeds_after), (TARGETS[2], strokes.pooled[:, 2], strokes.poor)]
    rest = [_target(name, "in-silico", logit, truth, strokes.patients, "in-silico-held-out", painted, repeats) for name, logit, truth in forecasts]
    return [first, *rest]


def _target(name: str, evidence: str, logit: np.ndarray, truth: np.ndarray, patients: list[str], validation: str, data: str, repeats: int) -> dict:
    logit, truth = np.asarray(logit, dtype=float), np.asarray(truth, dtype=int)
    calibration = calibrate_logistic(logit, truth, patients, data)
    probability = np.array([calibrate(x, calibration) for x in logit])
    threshold = choose_threshold(truth, probability)
    target = untrained_target(name) | {
        "evidenceLevel": evidence,
        "calibration": calibration,
        "threshold": threshold,
        "abstentionBand": choose_band(threshold["probability"]),
    }

    def measure(rows: np.ndarray) -> dict[str, float]:
        figures = measure_all(truth[rows], probability[rows], threshold["probability"])
        ranking = measure_all(truth[rows], logit[rows], 0.0)
        return {k: (ranking if k in ("auc", "auprc") else figures)[k] for k in REPORTED}

    target["metrics"] = word_metrics(measure, patients, "patient", validation, truth, data, repeats)
    for row in target["metrics"]:
        row["data"] += f"; {FITTED}" if row["name"] in APPARENT else ""
    target["scores"] = word_scores(probability, truth, patients, validation, data)
    return target


def word_scores(probability: np.ndarray, truth: np.ndarray, cases: list[str], validation: str, data: str) -> dict:
    """``scores`` of a target: in the order of the case names, so that networks measured on the same cases line up; no names."""
    order = np.argsort(np.asarray(cases), kind="stable")
    return {
        "validation": validation,
        "data": data,
        "probabilities": [round(float(probability[row]), 4) for row in order],
        "truth": [int(truth[row]) for row in order],
    }


def release_network(
    workspace: Workspace,
    network: str,
    version: str,
    folds: list[int],
    *,
    weights: str,
    hardware: str,
    notes: dict[str, str],
    models: Path = MODELS_DIRECTORY,
    storage: str = "fp16",
    cross_validated: list[int] | None = None,
    pooling: dict = POOLING,
    cohort: Cohort = CT_ICH,
    replace: bool = False,
) -> Path:
    """Export the finished run ``weights`` (a fold or ``all``) with the figures of ``folds``.

    int8 shifts logits, so figures, calibration and thresholds of an int8 release are those of the int8 file itself.

    :param pooling: how slice logits become a study's (evaluation/pooling.py); figures and calibration are those under it
    :param cross_validated: all folds, for rows beside the figures of one (cross_validated.py)
    :param replace: a version that is there is released again
    :raises InputError: when ``weights`` is a fold whose held-out patients are not among the figures, or ``all`` for int8
    """
    _check_named(network, version, folds, weights, storage, cross_validated)
    check_new(models, network, version, replace)
    trained = SliceNetwork(network)
    trained.load_state_dict(read_weights(workspace.run(network, weights)))
    every = sorted(set(workspace.read_folds().values()))
    if weights == ALL and sorted(folds) != every:
        raise InputError(f"weights that learned from all patients carry the figures of all folds, {every}")
    check_told_alike([workspace.run(network, run) for run in {weights, *map(str, folds)}])
    note = FULL_PRECISION if storage == "int8" else ""
    rows = word_cross_validated(workspace, network, cross_validated, cohort.out_of_fold, pooling, note=note) if cross_validated else []
    with tempfile.TemporaryDirectory() as scratch:
        store, quantized = store_half, Path(scratch) / "int8.onnx"
        if storage == "int8":
            quantize_trained(trained, quantized, draw_pixels(split(workspace, weights)[0], network, QUANTIZATION_SLICES))
            measured = measure_file(workspace, network, folds[0], quantized, pooling)
            store = lambda _, model: shutil.copyfile(quantized, model)  # noqa: E731
        else:
            measured = measure_network(workspace, network, folds, pooling)
        minutes = sum(count_minutes(workspace.run(network, run)) for run in {weights, *map(str, folds)})
        origins = find_origins(workspace, network, folds) if weights == ALL else ""
        beyond = "; ".join(part for part in (word_recipe(len(folds)), origins) if part) if weights == ALL else ""
        targets = word_targets(measured, cohort=cohort, beyond=beyond)
        targets[0]["metrics"] += rows
        told = read_settings(workspace.run(network, weights) / "settings.json")
        parts = {
            "targets": targets,
            "pooling": pooling,
            "training": word_training(workspace, cohort, folds, weights, minutes, hardware, notes, origins) | word_learned(workspace, network, weights, folds),
            "attribution": word_attribution(cohort, told.has_teacher),
            "attributes": {"inclusionExclusionCriteria": word_inclusion(*split(workspace, weights), cohort, weights)},
        }
        return release(trained, version, models, store=store, storage=storage, replace=replace, **parts)


def _check_named(network: str, version: str, folds: list[int], weights: str, storage: str, cross_validated: list[int] | None) -> None:
    if network not in KINDS:
        raise InputError(f"unknown network {network}; known: {', '.join(KINDS)}")
    if not VERSION.fullmatch(version):
        raise InputError(f"{version!r} is no version such as 1.2.0")
    if storage not in ("fp16", "int8"):
        raise InputError(f"storage is {storage!r}, allowed are fp16 and int8")
    if weights != ALL and [weights] != [str(fold) for fold in folds]:
        raise InputError(f"weights of fold {weights} can only carry the figures of fold {weights}")
    if weights == ALL and storage == "int8":
        raise InputError("int8 is calibrated on its own answers; weights that learned from all patients have none that are held out")
    if weights == ALL and cross_validated:
        raise InputError("weights that learned from all patients carry cross-validated figures already")


def measure_file(workspace: Workspace, network: str, fold: int, file: Path, pooling: dict = POOLING) -> Measured:
    """What an ONNX file itself answers on the held-out patients of ``fold``."""
    session = open_session(file)
    held = split(workspace, str(fold))[1]

    def answer(patient: PreparedPatient) -> np.ndarray:
        return run_onnx(session, to_network_pixels(patient.hu[KINDS[network].side_px], network).numpy())[0][:, None]

    untouched = {p.patient: answer(p) for p in held}
    strokes = answer_strokes(answer, [p for p in held if not p.positive], untouched, pooling)
    real = join_answers({name: logits[:, 0, 0] for name, logits in untouched.items()}, held, pooling)
    return Measured(real, strokes, [fold], len(set(workspace.read_folds().values())))


def count_minutes(run: Path) -> float:
    """Minutes of training that a finished run took."""
    return torch.load(run / "weights.pt", map_location="cpu", weights_only=True)["seconds"] / 60
