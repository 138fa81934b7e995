"""From finished runs to a released version: what was measured becomes the contract, in the contract's words."""

from __future__ import annotations

import re
import shutil
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from .contract import MODELS_DIRECTORY, POOLING
from .cross_validated import FULL_PRECISION, find_origins, word_cross_validated, word_recipe
from .errors import InputError
from .evaluation.held_out import answer_strokes, join_answers, read_held_out
from .export.int8 import QUANTIZATION_SLICES, quantize_trained
from .export.onnx_file import open_session, run_onnx, store_half
from .export.release import check_new, release
from .networks import KINDS, SliceNetwork
from .recorded_patients import word_learned
from .target_words import Measured, word_targets
from .train.cross_validation import ALL, Workspace, check_told_alike, read_weights, split
from .train.deal import read_deal
from .train.kept_answers import count_minutes
from .train.predict import draw_pixels, to_network_pixels
from .train.prepared import PreparedPatient, read_prepared
from .train.settings import read_settings
from .train.strokes import join_strokes, read_or_answer_strokes
from .training_words import CT_ICH, Cohort, word_attribution, word_inclusion, word_training

VERSION = re.compile(r"\d+\.\d+\.\d+")


def measure_network(workspace: Workspace, network: str, folds: list[int], pooling: dict = POOLING) -> Measured:
    """Held-out answers of ``folds``, and how their networks answer simulated strokes in their own held-out normals, where they did (strokes.py)."""
    dealt = workspace.read_folds()
    held_out = read_held_out(workspace, network, folds, read_prepared(workspace.prepared, list(dealt)), pooling)
    parts = {fold: part for fold in folds if (part := read_or_answer_strokes(workspace, network, str(fold), pooling)) is not None}
    if not parts:
        raise InputError("no fold's network has answered simulated strokes, and none has its weights here", file=workspace.run(network, str(folds[0])))
    return Measured(held_out, join_strokes(list(parts.values())), folds, len(set(dealt.values())), list(parts), read_deal(workspace))


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
        targets = word_targets(measured, cohort=cohort, **({"beyond": partial(_word_others, workspace, network)} if weights == ALL else {}))
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


def _word_others(workspace: Workspace, network: str, folds: list[int]) -> str:
    """Of figures that are the folds' networks', not those of the weights that ship."""
    return "; ".join(part for part in (word_recipe(len(folds)), find_origins(workspace, network, folds)) if part)


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
    return Measured(real, strokes, [fold], len(set(workspace.read_folds().values())), [fold], read_deal(workspace))
