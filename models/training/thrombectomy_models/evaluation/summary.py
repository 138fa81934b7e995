"""What ``evaluate --data`` prints: figures with 95 % patient-bootstrap intervals, and counts of what they are not about.

Patients: the whole scan's truth (any labelled slice) against the calibrated study probability. Slices: labelled and scored ones;
their probability is the study's calibration applied to one slice's logit, so its threshold means there what it means for a study.
"""

from __future__ import annotations

import numpy as np

from ..data.ct_ich import LabelledVolume
from ..targets import TARGETS
from .answering import no_answer
from .bootstrap import COVERAGE, REPEATS
from .figures import Cases, count, measure_studies, measure_unit
from .study import StudyAnswer, calibrate

TARGET = TARGETS.index("ich-present")


def summarise(contract: dict, volumes: list[LabelledVolume], answers: list[StudyAnswer], repeats: int = REPEATS) -> dict:
    """The JSON document without the gaps of the folder.

    :raises InputError: when no study was answered
    """
    both = list(zip(volumes, answers, strict=True))
    pairs = [(v, a) for v, a in both if a.refusal is None]
    if not pairs:
        raise no_answer(answers)
    refused = [v for v, a in both if a.refusal is not None]
    return {
        "network": contract["network"],
        "version": contract["version"],
        "modelSha256": contract["model"]["sha256"],
        "target": TARGETS[TARGET],
        "evidenceLevel": contract["targets"][TARGET]["evidenceLevel"],
        "coverage": COVERAGE,
        "bootstrapRepeats": repeats,
        "patient": _measure_patients(contract["targets"][TARGET], pairs, repeats),
        "slice": _measure_slices(contract["targets"][TARGET], pairs, repeats),
        "refused": {a.name: a.refusal for a in answers if a.refusal is not None},
        "refusedPositives": sum(v.has_bleed for v in refused),
        "refusedNegatives": sum(not v.has_bleed for v in refused),
    }


def _measure_patients(target: dict, pairs: list[tuple[LabelledVolume, StudyAnswer]], repeats: int) -> dict:
    truth = np.array([int(v.has_bleed) for v, _ in pairs])
    probability, score = np.array([a.probability[TARGET] for _, a in pairs]), np.array([a.pooled[TARGET] for _, a in pairs])
    return measure_studies(target, Cases(truth, probability, score, np.arange(len(truth))), repeats)


def _measure_slices(target: dict, pairs: list[tuple[LabelledVolume, StudyAnswer]], repeats: int) -> dict:
    scored = [[i for i in a.indexes if v.is_labelled[i]] for v, a in pairs]
    owner = np.concatenate([np.full(len(kept), i) for i, kept in enumerate(scored)])
    truth = np.concatenate([v.labels[kept] for (v, _), kept in zip(pairs, scored, strict=True)]).astype(int)
    logit = np.concatenate([a.logits[np.isin(a.indexes, kept), TARGET] for (_, a), kept in zip(pairs, scored, strict=True)])
    probability = np.array([calibrate(one, target["calibration"]) for one in logit])
    left_out = np.concatenate([v.labels[np.setdiff1d(np.flatnonzero(v.is_labelled), kept)] for (v, _), kept in zip(pairs, scored, strict=True)])
    cases = Cases(truth, probability, logit, owner)
    return measure_unit(cases, target["threshold"]["probability"], repeats) | {"leftOutByRecipe": count(left_out)}
