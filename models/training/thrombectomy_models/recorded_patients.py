"""``training.learnedFrom`` and ``scores.cases`` of a contract: written when a version is released, or later for one whose patients are certain."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from .contract import check_contract, read_contract, write_json_atomically
from .data.patient_digest import word_learned_from
from .errors import InputError, LeakageError
from .evaluation.held_out import HeldOut, answer_strokes, join_answers
from .evaluation.study import calibrate
from .export.onnx_file import open_session, run_onnx
from .metric_rows import word_patient_auc, word_slice_auc
from .networks import KINDS
from .targets import TARGETS
from .train.cross_validation import Workspace, split
from .train.deal import read_deal
from .train.learned_from import find_learned_by_run
from .train.predict import to_network_pixels
from .train.prepared import PreparedPatient, read_digests
from .train.released_fold import TOLERANCE, read_fold

AUC_TOLERANCE, ANSWERS_CHECKED = 0.005, 5


def word_learned(workspace: Workspace, network: str, weights: str, folds: list[int]) -> dict:
    """The field for a release of the run ``weights`` with the figures of ``folds``; nothing, and a warning, where somebody is not known."""
    learned = find_learned_by_run(workspace, network, weights)
    fitted = read_digests(workspace.prepared, [patient for patient, number in workspace.read_folds().items() if number in folds])
    if learned is None or fitted is None:
        print(
            "warning: the contract will not say whom these weights learned from: the workspace was prepared before digests were kept (`prepare` adds them), "
            "or the run or its teacher went on from weights that do not say it",
            file=sys.stderr,
        )
        return {}
    return {"learnedFrom": word_learned_from(learned, fitted)}


def record_patients(workspace: Workspace, directory: Path) -> Path:
    """Adds what is missing of the two to the contract of a version released before there were such fields; nothing else of it changes.

    Only where it is certain: as many patients and slices learned from as the fold leaves here, the same truths in the order of the
    patients held out, and the same answers of its own file for some of them. That it began from random weights cannot be seen: the
    caller vouches for it.

    :raises InputError: when it says already whom it learned from, its figures are not those of one fold, or digests are missing
    :raises LeakageError: when counts or answers are not those of the contract: other patients, or other folds
    """
    contract = read_contract(directory)
    training, target = contract["training"], contract["targets"][0]
    unnamed = [one for one in contract["targets"] if "scores" in one and "cases" not in one["scores"]]
    if "learnedFrom" in training and not unnamed:
        raise InputError("says already whom it learned from", file=directory / "contract.json")
    fold, total = read_fold(target if "scores" in target else {"scores": target["metrics"][0]} if target["metrics"] else {})
    if fold is None:
        raise InputError("its figures are not those of one fold, so who was left to learn from cannot be checked", file=directory / "contract.json")
    if total != len(set(workspace.read_folds().values())):
        raise LeakageError(f"{directory}: its fold is one of {total}, here are {len(set(workspace.read_folds().values()))}")
    kept, held = split(workspace, fold)
    learned, fitted = (read_digests(workspace.prepared, [p.patient for p in part]) for part in (kept, held))
    deal = read_deal(workspace)
    if learned is None or fitted is None or deal is None:
        raise InputError("prepared before digests were kept; `prepare` adds them", file=workspace.prepared)
    _check_counts(directory, training["data"], kept)
    if "scores" in target:
        _check_some(directory, contract, held)
    else:
        _check_auc(directory, target, join_answers(_answer(directory, contract, held), held, contract["pooling"]))
    training.setdefault("learnedFrom", word_learned_from(learned, fitted))
    for one in unnamed:
        one["scores"]["cases"] = deal.word_cases(_find_cases(directory, one, held))
    check_contract(contract, directory / "contract.json")
    write_json_atomically(directory / "contract.json", contract)
    return directory


def _find_cases(directory: Path, target: dict, held: list[PreparedPatient]) -> list[str]:
    """Patients of a target's scores; a forecast's are simulated strokes, whose truths are those of its contract when painted again."""
    if target["target"] == TARGETS[0]:
        return sorted(p.patient for p in held)
    normals = sorted((p for p in held if not p.positive), key=lambda p: p.patient)
    untouched = {p.patient: np.zeros((len(p.labels), 1, len(TARGETS))) for p in normals}
    painted = answer_strokes(lambda patient: np.zeros((len(patient.labels), 1, len(TARGETS))), normals, untouched)
    truth = painted.bleeds_after if target["target"] == TARGETS[1] else painted.poor
    if target["scores"]["truth"] != truth.tolist():
        raise LeakageError(f"{directory}: its contract gives other truths of {target['target']}: these are not the strokes it was measured on")
    return painted.patients


def _check_counts(directory: Path, data: list[dict], kept: list[PreparedPatient]) -> None:
    said = [(one["patients"], one["slices"]) for one in data if one["kind"] == "real"]
    here = (len(kept), sum(len(p.labels) for p in kept))
    if said != [here]:
        raise LeakageError(f"{directory}: it says that it learned from {said} (patients, slices), left here are {here}")


def _check_some(directory: Path, contract: dict, held: list[PreparedPatient]) -> None:
    """Truths of all, answers of a few spread over them: every one would take minutes, and tells folds apart no better."""
    target, ordered = contract["targets"][0], sorted(held, key=lambda p: p.patient)
    said = target["scores"]
    if said["truth"] != [int(p.positive) for p in ordered]:
        raise LeakageError(f"{directory}: its contract gives other truths: these are not the patients it held out")
    rows = sorted({round(row) for row in np.linspace(0, len(ordered) - 1, ANSWERS_CHECKED)})
    some = [ordered[row] for row in rows]
    joined = join_answers(_answer(directory, contract, some), some, contract["pooling"])
    answered = np.array([calibrate(logit, target["calibration"]) for logit in joined.pooled])
    if np.abs(answered - np.array(said["probabilities"])[rows]).max() > TOLERANCE:
        raise LeakageError(f"{directory}: answers differently here than its contract says: these are not the patients it held out")


def _check_auc(directory: Path, target: dict, held: HeldOut) -> None:
    """Of versions before contracts kept every score: AUC per patient and per slice, to what other storage may change."""
    here = [word_patient_auc(held, "", "", 1), word_slice_auc(held, "", "", 1)]
    said = {row["unit"]: row for row in target["metrics"] if row["name"] == "auc"}
    for row in here:
        if abs(row["value"] - said[row["unit"]]["value"]) > AUC_TOLERANCE or row["positives"] != said[row["unit"]]["positives"]:
            raise LeakageError(f"{directory}: {row['unit']} AUC is {row['value']} here, its contract says {said[row['unit']]['value']}")


def _answer(directory: Path, contract: dict, held: list[PreparedPatient]) -> dict:
    """Slice logits ``[n]`` of ich-present per patient, by the file that ships."""
    network, session = contract["network"], open_session(directory / contract["model"]["file"])
    pixels = {p.patient: to_network_pixels(p.hu[KINDS[network].side_px], network).numpy() for p in held}
    return {patient: run_onnx(session, tensor)[0][:, 0] for patient, tensor in pixels.items()}
