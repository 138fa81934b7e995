"""Answers on patients a run did not learn from: the real ones of its fold, and simulated strokes painted into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ..contract import POOLING
from ..errors import InputError, LeakageError
from ..simulate.bleeds import paint_bleed
from ..simulate.intracranial import find_intracranial
from ..simulate.parameters import millimetres_per_pixel
from ..simulate.stroke import paint_stroke
from ..train.cross_validation import Workspace
from ..train.prepared import PreparedPatient
from .pooling import pool_slices, pool_study, settle_slices

STROKES_PER_PATIENT, BLEEDS_PER_PATIENT, SEED = 2, 4, 99
Answer = Callable[[PreparedPatient], np.ndarray]
"""Slice logits ``[slices, views, 3]`` of a patient: a network in PyTorch, or a file as it will be served."""


@dataclass(frozen=True)
class HeldOut:
    """``ich-present`` on real patients out of fold. ``slice_*`` run over all scored slices of all patients, as they count."""

    patients: list[str]
    truth: np.ndarray
    pooled: np.ndarray
    slice_owner: np.ndarray
    slice_truth: np.ndarray
    slice_logit: np.ndarray


def read_held_out(workspace: Workspace, network: str, folds: list[int], patients: list[PreparedPatient], pooling: dict = POOLING) -> HeldOut:
    """Joins ``oof.npz`` of the folds.

    :raises InputError: when a fold was not run, or a patient is answered twice
    :raises LeakageError: when a run held out others than its fold does now: it may have learned from them
    """
    answers: dict[str, np.ndarray] = {}
    dealt = workspace.read_folds()
    for fold in folds:
        file = workspace.run(network, str(fold)) / "oof.npz"
        if not file.is_file():
            raise InputError("this fold has no held-out answers", file=file)
        with np.load(file) as data:
            if set(data.files) & set(answers):
                raise InputError("a patient is held out twice", file=file)
            if set(data.files) != {patient for patient, number in dealt.items() if number == fold}:
                raise LeakageError(f"{file}: the patients answered here are not those that fold {fold} holds out")
            answers |= {name: data[name][:, 0, 0] for name in data.files}
    return join_answers(answers, patients, pooling)


def join_answers(answers: Mapping[str, np.ndarray], patients: list[PreparedPatient], pooling: dict = POOLING) -> HeldOut:
    """:param answers: raw slice logits ``[n]`` of ich-present per patient"""
    known = {p.patient: p for p in patients}
    names = sorted(answers)
    settled = [settle_slices(answers[n][:, None], known[n].indexes, pooling)[:, 0] for n in names]
    return HeldOut(
        names,
        np.array([int(known[n].positive) for n in names]),
        np.array([pool_slices(one[:, None], pooling["k"])[0] for one in settled]),
        np.concatenate([np.full(len(answers[n]), i) for i, n in enumerate(names)]),
        np.concatenate([known[n].labels for n in names]).astype(int),
        np.concatenate(settled),
    )


@dataclass(frozen=True)
class SimulatedStrokes:
    """A row a simulated study: patient it was painted into, pooled logits ``[n, 3]``, truths."""

    patients: list[str]
    pooled: np.ndarray
    bleeds_after: np.ndarray
    poor: np.ndarray


def answer_strokes(
    answer: Answer, patients: list[PreparedPatient], untouched: Mapping[str, np.ndarray], pooling: dict = POOLING, each: int = STROKES_PER_PATIENT
) -> SimulatedStrokes:
    """Strokes painted at 299 px into normal patients the network has not seen.

    :param untouched: slice logits ``[n, views, 3]`` of the patients as they are (``oof.npz`` of the fold)
    """
    names, pooled, after, poor = [], [], [], []
    for patient in patients:
        inside = find_intracranial(patient.hu[299], millimetres_per_pixel(299))
        rng = np.random.default_rng([SEED, *patient.patient.encode()])
        for _ in range(each):
            painted, _, truth = paint_stroke(rng, patient.hu[299], inside)
            changed = np.flatnonzero((painted != patient.hu[299]).any(axis=(1, 2)))
            logits = untouched[patient.patient][:, 0].copy()
            if len(changed):
                logits[changed] = answer(as_patient(patient, painted[changed]))[:, 0]
            names.append(patient.patient)
            pooled.append(pool_study(logits, patient.indexes, pooling))
            after.append(truth.bleeds_after)
            poor.append(truth.poor_collaterals)
    return SimulatedStrokes(names, np.array(pooled), np.array(after, dtype=int), np.array(poor, dtype=int))


@dataclass(frozen=True)
class PaintedBleeds:
    """The slice with most blood of each simulated bleed: with it, without it, and where; all ``[n, 299, 299]``."""

    hu: np.ndarray
    untouched: np.ndarray
    masks: np.ndarray


def paint_bleeds(patients: list[PreparedPatient], each: int = BLEEDS_PER_PATIENT) -> PaintedBleeds:
    """Into normal patients the network has not seen."""
    painted_slices, untouched, masks = [], [], []
    for patient in patients:
        inside = find_intracranial(patient.hu[299], millimetres_per_pixel(299))
        rng = np.random.default_rng([SEED + 1, *patient.patient.encode()])
        for _ in range(each):
            painted, mask, _ = paint_bleed(rng, patient.hu[299], inside)
            if mask.any():
                index = int(mask.sum(axis=(1, 2)).argmax())
                painted_slices.append(painted[index])
                untouched.append(patient.hu[299][index])
                masks.append(mask[index])
    return PaintedBleeds(np.stack(painted_slices), np.stack(untouched), np.stack(masks))


def as_patient(patient: PreparedPatient, hu: np.ndarray) -> PreparedPatient:
    """``hu`` (int16 ``[n, 299, 299]``) in the patient's place, with the smaller size made from it."""
    small = torch.nn.functional.interpolate(torch.from_numpy(hu).float()[:, None], size=(224, 224), mode="bilinear", antialias=True)
    sizes = {299: hu, 224: small[:, 0].round().short().numpy()}
    return PreparedPatient(patient.patient, sizes, np.arange(len(hu)), np.zeros(len(hu), np.int8), False)
