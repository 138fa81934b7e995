"""Training on a site's own cohort: labels belong to studies, so slices are pooled to the study before the loss.

A batch is some studies with a few slices each (evenly spread, jittered); the study logit is the mean of the largest
slice logits, as in the service. Unknown labels are masked. Fine-tune from reference weights with ``start``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ..contract import POOLING, describe_input
from ..data.cohort import Study, read_cohort
from ..data.dicom_volume import read_dicom_folder
from ..data.folds import check_patients_apart, check_pixels_apart, make_folds
from ..data.patient_digest import digest_slices
from ..errors import InputError, LeakageError
from ..evaluation.metrics import measure_all
from ..evaluation.pooling import pool_study
from ..networks import SliceNetwork
from ..recipe import Unusable, crop_square, prepare_hu, resize_hu
from ..targets import TARGETS
from .batches import CPU, Batch, Source
from .cross_validation import FOLDS, SEED, go_on_from
from .learned_from import Volumes, gather, read_start
from .loop import Run
from .origin import Origin
from .predict import predict
from .prepared import PreparedPatient
from .settings import Settings

SLICES_PER_STUDY = 8


@dataclass
class PreparedStudy:
    """A cohort row with its prepared slices; ``digests`` of all slices of its CT (data/patient_digest.py)."""

    study: Study
    slices: PreparedPatient
    digests: frozenset[str] = frozenset()


def prepare_study(study: Study) -> PreparedStudy:
    """:raises InputError: naming the study's folder when its CT cannot be scored"""
    hu = read_dicom_folder(study.folder).hu
    try:
        square, indexes, large = prepare_hu(hu, describe_input("inception_v4"))
    except Unusable as refusal:
        raise InputError(str(refusal), file=study.folder) from refusal
    small = resize_hu(crop_square(hu, square)[indexes], 224, 224)
    sizes = {299: np.rint(large).astype(np.int16), 224: np.rint(small).astype(np.int16)}
    none = np.zeros(len(indexes), np.int8)
    return PreparedStudy(study, PreparedPatient(study.study, sizes, np.array(indexes), none, False), digest_slices(hu))


class BagSource(Source):
    """Endless batches of whole studies; half of them carry a positive label of a target drawn in turn, where there is one."""

    def __init__(self, studies: list[PreparedStudy], settings: Settings, slices: int = SLICES_PER_STUDY) -> None:
        if not studies:
            raise InputError("no study to train on")
        super().__init__(settings)
        self.studies, self.slices = studies, slices
        labels = np.array([s.study.labels for s in studies])
        self.groups = [g for t in range(len(TARGETS)) for v in (0, 1) if len(g := np.flatnonzero(labels[:, t] == v))]
        if not self.groups:
            raise InputError("no study has a known label")

    def draw(self, side: int, count: int, device: torch.device = CPU) -> Batch:
        """``count`` slices (rounded down to whole studies, at least one)."""
        bags = max(1, count // self.slices)
        chosen = [self.studies[self.rng.choice(self.groups[self.rng.integers(len(self.groups))])] for _ in range(bags)]
        hu = torch.from_numpy(np.concatenate([self._slices_of(one) for one in chosen])).to(device).float()
        labels = torch.tensor([one.study.labels for one in chosen], device=device)
        images, masks = self.augmenter.apply(hu, torch.zeros_like(hu), side)
        return Batch(images, labels, masks, torch.arange(bags, device=device).repeat_interleave(self.slices))

    def _slices_of(self, one: PreparedStudy) -> np.ndarray:
        stack = one.slices.hu[299]
        places = (np.arange(self.slices) + self.rng.uniform(0, 1, self.slices)) / self.slices * len(stack)
        return stack[np.minimum(places.astype(int), len(stack) - 1)]


def train_on_cohort(
    file: Path,
    directory: Path,
    settings: Settings,
    *,
    start: str | None = None,
    device: str = "cpu",
    mixed_precision: bool = True,
    fold: int | None = None,
    folds: int = FOLDS,
) -> dict:
    """Trains on split ``train`` and measures the three targets on ``validation`` and ``test``.

    :param fold: for cross-validation: patients without a split are dealt into ``folds``, stratified by their labels; those of
        ``fold`` are the test, the others train

    :param start: a ``weights.pt``, or the directory of a released version of the same network
    :raises InputError: for bad rows, unreadable CT, or an empty training split; LeakageError for shared patients or pixels, or when
        ``start`` says that it learned from a patient to be measured on
    """
    studies = split_studies(read_cohort(file), fold, folds, file)
    prepared = [prepare_study(s) for s in tqdm([s for s in studies if s.split], desc="prepare", mininterval=5)]
    parts = {split: [p for p in prepared if p.study.split == split] for split in ("train", "validation", "test")}
    if not parts["train"]:
        raise InputError("no study has the split train", file=file)
    check_patients_apart({split: [p.study.patient for p in members] for split, members in parts.items()})
    check_pixels_apart({split: {p.study.study: p.slices.hu[224] for p in members} for split, members in parts.items()})
    network = SliceNetwork(settings.network, seed=settings.seed)
    before: Volumes | None = frozenset()
    if start is not None:
        network = go_on_from(start, settings.network, [p.slices for p in parts["train"]])
        before = read_start(start)
        check_not_learned(before or frozenset(), [*parts["validation"], *parts["test"]], start)
    own = frozenset(min(p.digests) for p in parts["train"]) if all(p.digests for p in parts["train"]) else None
    learned = gather([before, own])
    origin = Origin(start=start, learned_from=None if learned is None else tuple(sorted(learned)))
    run = Run(directory, settings, network=network, device=device, mixed_precision=mixed_precision, origin=origin)
    trained = run.train(BagSource(parts["train"], settings))
    return {split: measure_split(trained, parts[split]) for split in ("validation", "test") if parts[split]}


def check_not_learned(before: Volumes, measured: list[PreparedStudy], start: str) -> None:
    """:raises LeakageError: when the weights at ``start`` learned from the CT of one of the studies ``measured``"""
    for one in measured:
        if one.digests & before:
            raise LeakageError(f"{start}: learned from study {one.study.study}, which has the split {one.study.split}")


def split_studies(studies: list[Study], fold: int | None, folds: int, file: Path) -> list[Study]:
    """:raises InputError: when there is nothing to deal, too little, or no such fold"""
    if fold is None:
        return studies
    open_studies = [s for s in studies if not s.split]
    strata: dict[str, str] = {}
    for study in open_studies:
        strata[study.patient] = max(strata.get(study.patient, ""), "/".join("?" if np.isnan(x) else str(int(x)) for x in study.labels))
    if not 2 <= folds <= len(strata) or not 0 <= fold < folds:
        raise InputError(f"fold {fold} of {folds} cannot be dealt from {len(strata)} patients without a split", file=file)
    dealt = make_folds(strata, folds, SEED)
    return [replace(s, split="test" if dealt[s.patient] == fold else "train") if not s.split else s for s in studies]


def measure_split(network: SliceNetwork, members: list[PreparedStudy]) -> dict:
    """Counts and AUC of every target on the studies whose label is known; null where one class is missing."""
    pooled = np.array([pool_study(predict(network, m.slices)[:, 0], m.slices.indexes, POOLING) for m in members])
    labels = np.array([m.study.labels for m in members])
    figures = {}
    for index, target in enumerate(TARGETS):
        known = ~np.isnan(labels[:, index])
        truth = labels[known, index].astype(int)
        auc = measure_all(truth, pooled[known, index], 0.0)["auc"] if known.any() else np.nan
        figures[target] = {"positives": int(truth.sum()), "negatives": int((1 - truth).sum()), "auc": float(auc) if np.isfinite(auc) else None}
    return figures
