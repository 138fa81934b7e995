"""The evaluation of several networks side by side, as files under one folder; and the two smaller measurements."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from itertools import combinations
from pathlib import Path

import numpy as np

from ..assemble import measure_network
from ..calibration import calibrate_logistic, choose_threshold
from ..contract import POOLING
from ..cross_validated import find_origins
from ..errors import InputError
from ..export.int8 import QUANTIZATION_SLICES, measure_deviation, quantize_trained
from ..export.onnx_file import export_onnx, run_onnx, store_half
from ..networks import SliceNetwork
from ..targets import TARGETS
from ..train.cross_validation import Workspace, check_told_alike, read_weights, split
from ..train.predict import draw_pixels, to_network_pixels
from .baseline import score_slices, score_study
from .delong import compare_aucs
from .explanation import measure_pointing, measure_rise
from .held_out import as_patient, paint_bleeds
from .plots import draw_calibration, draw_decision, draw_roc
from .study import Model, calibrate
from .table import Predictions, make_row, to_markdown, write_csv


def find_folds(workspace: Workspace, network: str) -> list[int]:
    """Folds of ``network`` that have held-out answers."""
    total = len(set(workspace.read_folds().values()))
    folds = [k for k in range(total) if (workspace.run(network, str(k)) / "oof.npz").is_file()]
    if not folds:
        raise InputError(f"{network} has no fold with held-out answers", file=workspace.root)
    return folds


def write_report(workspace: Workspace, networks: list[str], out: Path, pooling: dict = POOLING) -> None:
    """``table.md``, ``table.csv``, ``delong.json``, ``roc.png``, ``calibration.png``, ``decision.png`` in ``out``."""
    total = len(set(workspace.read_folds().values()))
    rows, present, scores = [], [], {}
    for network in networks:
        folds = find_folds(workspace, network)
        check_told_alike([workspace.run(network, str(fold)) for fold in folds])
        measured = measure_network(workspace, network, folds, pooling)
        held, strokes = measured.held_out, measured.strokes
        word = "cross-validated" if len(folds) == total else "held-out"
        whose = "; ".join(part for part in (f"folds {folds}", find_origins(workspace, network, folds)) if part)
        first = _predictions(network, TARGETS[0], f"{word} ({whose})", held.patients, held.pooled, held.truth)
        present.append(first)
        scores[network] = dict(zip(held.patients, held.pooled, strict=True))
        rows.append(make_row(first))
        for index, truth in ((1, strokes.bleeds_after), (2, strokes.poor)):
            rows.append(make_row(_predictions(network, TARGETS[index], "in-silico-held-out", strokes.patients, strokes.pooled[:, index], truth)))
    base = measure_baseline(workspace)
    held_truth = {p: t for one in present for p, t in zip(one.patients, one.truth, strict=True)}
    names = sorted(held_truth)
    rows.append(
        make_row(
            _predictions(
                "dense tissue (no learning)", TARGETS[0], "fixed rule", names, np.array([base[n] for n in names]), np.array([held_truth[n] for n in names])
            )
        )
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "table.md").write_text(to_markdown(rows))
    write_csv(rows, out / "table.csv")
    (out / "delong.json").write_text(json.dumps(compare_all(scores | {"dense tissue": base}, held_truth), indent=2) + "\n")
    draw_roc(present, out / "roc.png")
    draw_calibration(present, out / "calibration.png")
    draw_decision(present, out / "decision.png")


def _predictions(network: str, target: str, validation: str, patients: list[str], pooled: np.ndarray, truth: np.ndarray) -> Predictions:
    """Calibrated on the same held-out patients: the calibration figures are apparent, the ranking figures are not."""
    calibration = calibrate_logistic(np.asarray(pooled), truth, patients, "")
    probability = np.array([calibrate(x, calibration) for x in pooled])
    threshold = choose_threshold(truth, probability)["probability"]
    return Predictions(network, target, validation, patients, truth, probability, threshold, np.asarray(pooled, dtype=float))


def compare_all(scores: dict[str, dict[str, float]], truth: dict[str, int]) -> list[dict]:
    """DeLong's test of every pair on the patients both answered out of fold."""
    compared = []
    for a, b in combinations(scores, 2):
        names = sorted(set(scores[a]) & set(scores[b]) & set(truth))
        labels = np.array([truth[n] for n in names])
        if min(labels.sum(), len(labels) - labels.sum()) < 2:
            continue
        result = compare_aucs(labels, np.array([scores[a][n] for n in names]), np.array([scores[b][n] for n in names]))
        compared.append({"networks": [a, b], "patients": len(names), **asdict(result)})
    return compared


def measure_baseline(workspace: Workspace) -> dict[str, float]:
    """Score of the rule without learning for every patient."""
    kept, _ = split(workspace, "all")
    return {p.patient: score_study(score_slices(p.hu[299]), POOLING["k"]) for p in kept}


def explain_model(workspace: Workspace, directory: Path, fold: str) -> dict:
    """Does the shipped file's answer rise with simulated bleeds in the normal patients of ``fold``, and does its map point at them?"""
    model = Model(directory)
    side = model.contract["input"]["heightPx"]
    normals = [p for p in split(workspace, fold)[1] if not p.positive]

    def to_maps(hu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, cam = run_onnx(model.session, to_network_pixels(as_patient(normals[0], hu).hu[side], model.contract["network"]).numpy())
        return logits[:, 0], cam[:, 0]

    bleeds = paint_bleeds(normals)
    logit, cam = to_maps(bleeds.hu)
    pointing, rise = measure_pointing(cam, logit, bleeds.masks, bleeds.hu), measure_rise(logit, to_maps(bleeds.untouched)[0])
    return {"network": model.contract["network"], "fold": fold, **asdict(pointing), "share": pointing.share, "rise": asdict(rise)}


def compare_storages(workspace: Workspace, network: str, fold: str, slices: int) -> dict:
    """fp16 storage and int8 against the fp32 file of a fold's weights, on real held-out slices."""
    kept, held = split(workspace, fold)
    trained = SliceNetwork(network)
    trained.load_state_dict(read_weights(workspace.run(network, fold)))
    pixels = draw_pixels(held, network, slices).numpy()
    sample = draw_pixels(kept, network, QUANTIZATION_SLICES)
    with tempfile.TemporaryDirectory() as scratch:
        full, half, small = (Path(scratch) / f"{name}.onnx" for name in ("fp32", "fp16", "int8"))
        export_onnx(trained, trained.kind.side_px, full)
        store_half(full, half)
        quantize_trained(trained, small, sample)
        sizes = {path.stem: path.stat().st_size for path in (full, half, small)}
        return {
            "network": network,
            "bytes": sizes,
            "fp16": asdict(measure_deviation(full, half, pixels)),
            "int8": asdict(measure_deviation(full, small, pixels)),
        }
