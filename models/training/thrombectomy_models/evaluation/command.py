"""``evaluate``: slice and patient figures of one version on a folder in CT-ICH's layout, as one JSON document."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..data.ct_ich import LabelledVolume, read_ct_ich
from ..errors import InputError
from ..targets import TARGETS
from .bootstrap import COVERAGE, REPEATS, bootstrap_metrics
from .metrics import measure_all
from .study import Model, StudyAnswer

TARGET = TARGETS.index("ich-present")


def evaluate_ct_ich(data: str | Path, model: str | Path, *, limit: int | None = None, threads: int = 2, repeats: int = REPEATS) -> dict:
    """Figures for ``ich-present``.

    :param limit: take at most so many patients, alternating those with and without a bleed (for a quick look)
    :raises InputError: for unreadable data or model
    """
    volumes = _limit(read_ct_ich(data), limit)
    loaded = Model(model, threads)
    answers = [loaded.answer(v.patient, v.read_hu()) for v in tqdm(volumes, desc="studies", mininterval=5)]
    return summarise(loaded.contract, volumes, answers, repeats) | {"data": str(data)}


def _limit(volumes: list[LabelledVolume], limit: int | None) -> list[LabelledVolume]:
    if limit is None:
        return volumes
    if limit < 1:
        raise InputError(f"--limit is {limit}, must be at least 1")
    bleeds, normal = [v for v in volumes if v.has_bleed], [v for v in volumes if not v.has_bleed]
    mixed = [v for pair in zip(bleeds, normal, strict=False) for v in pair]
    rest = [v for v in volumes if v not in mixed]
    return sorted((mixed + rest)[:limit], key=lambda v: v.patient)


def summarise(contract: dict, volumes: list[LabelledVolume], answers: list[StudyAnswer], repeats: int = REPEATS) -> dict:
    """The JSON document: patient and slice figures with 95 % patient-bootstrap intervals and counts.

    The unit ``patient`` takes the whole scan's truth (any labelled slice) against the calibrated study probability.
    The unit ``slice`` takes the scored slices; labelled slices the recipe leaves out are counted beside it.
    """
    pairs = [(v, a) for v, a in zip(volumes, answers, strict=True) if a.refusal is None]
    if not pairs:
        raise InputError("the network could score no study: " + "; ".join(f"{a.name} {a.refusal}" for a in answers[:3]))
    threshold = contract["targets"][TARGET]["threshold"]["probability"]
    truth = np.array([int(v.has_bleed) for v, _ in pairs])
    study = np.array([a.probability[TARGET] for _, a in pairs])
    pooled = np.array([a.pooled[TARGET] for _, a in pairs])
    owner = np.concatenate([np.full(len(a.indexes), i) for i, (_, a) in enumerate(pairs)])
    slice_truth = np.concatenate([v.labels[a.indexes] for v, a in pairs]).astype(int)
    slice_logit = np.concatenate([a.logits[:, TARGET] for _, a in pairs])
    left_out = [np.delete(v.labels, a.indexes) for v, a in pairs]
    return {
        "network": contract["network"],
        "version": contract["version"],
        "modelSha256": contract["model"]["sha256"],
        "target": TARGETS[TARGET],
        "coverage": COVERAGE,
        "bootstrapRepeats": repeats,
        "patient": _unit(truth, study, pooled, np.arange(len(truth)), threshold, repeats),
        "slice": _unit(slice_truth, 1 / (1 + np.exp(-slice_logit)), slice_logit, owner, threshold, repeats)
        | {"leftOutByRecipe": {"positives": int(sum(x.sum() for x in left_out)), "negatives": int(sum((1 - x).sum() for x in left_out))}},
        "refused": {a.name: a.refusal for a in answers if a.refusal is not None},
    }


def _unit(truth: np.ndarray, probability: np.ndarray, score: np.ndarray, owner: np.ndarray, threshold: float, repeats: int) -> dict:
    """AUC is taken on the raw score (ranking is the same, without ties at 0 and 1)."""

    def measure(rows: np.ndarray) -> dict[str, float]:
        figures = measure_all(truth[rows], probability[rows], threshold)
        ranking = measure_all(truth[rows], score[rows], 0.0)
        return figures | {"auc": ranking["auc"], "auprc": ranking["auprc"]}

    values, intervals = measure(np.arange(len(truth))), bootstrap_metrics(measure, owner, repeats)
    figures = {name: {"value": _finite(values[name]), "interval": intervals[name]} for name in values}
    return {"positives": int(truth.sum()), "negatives": int((1 - truth).sum()), "threshold": threshold, "auc": figures["auc"], "metrics": figures}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
