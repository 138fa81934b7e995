"""What ``evaluate --cohort`` prints: each target by itself, on the studies whose label is known.

A study is a case, a patient is a draw (figures.py). Unknown labels are counted, never guessed. A target with fewer than two patients
of a kind has counts and no figures.
"""

from __future__ import annotations

import math

import numpy as np

from ..data.cohort import Study
from ..targets import TARGETS
from .answering import Answered, no_answer
from .bootstrap import COVERAGE, REPEATS
from .figures import Cases, count, measure_studies
from .learned import compare_patients


def summarise_cohort(contract: dict, studies: list[Study], answered: list[Answered], repeats: int = REPEATS) -> dict:
    """The JSON document without what it was made from.

    :raises InputError: when no study was answered
    """
    pairs = list(zip(studies, answered, strict=True))
    scored = [(study, one) for study, one in pairs if one.answer.refusal is None]
    refused = [(study, one) for study, one in pairs if one.answer.refusal is not None]
    if not scored:
        raise no_answer([one.answer for one in answered])
    return {
        "network": contract["network"],
        "version": contract["version"],
        "modelSha256": contract["model"]["sha256"],
        "coverage": COVERAGE,
        "bootstrapRepeats": repeats,
        "studies": len(scored),
        "patients": len({study.patient for study, _ in scored}),
        "learnedFrom": compare_patients(contract, _join_slices(scored))["learnedFrom"],
        "targets": {name: _measure(contract, index, scored, [s for s, _ in refused], repeats) for index, name in enumerate(TARGETS)},
        "refused": {one.answer.name: one.answer.refusal for _, one in refused},
        "samePixels": _find_same_pixels(scored),
    }


def _measure(contract: dict, index: int, scored: list[tuple[Study, Answered]], refused: list[Study], repeats: int) -> dict:
    known = [(study, one) for study, one in scored if not math.isnan(study.labels[index])]
    cases = Cases(
        np.array([study.labels[index] for study, _ in known], dtype=int),
        np.array([one.answer.probability[index] for _, one in known], dtype=float),
        np.array([one.answer.pooled[index] for _, one in known], dtype=float),
        np.array([study.patient for study, _ in known], dtype=str),
    )
    lost = count(np.array([s.labels[index] for s in refused if not math.isnan(s.labels[index])], dtype=int))
    target = contract["targets"][index]
    return {
        "evidenceLevel": target["evidenceLevel"],
        **compare_patients(contract, _join_slices(known)),
        "patients": cases.count_patients(),
        "unknown": len(scored) - len(known),
        "study": measure_studies(target, cases, repeats, null_when_few=True),
        "refusedPositives": lost["positives"],
        "refusedNegatives": lost["negatives"],
    }


def _join_slices(scored: list[tuple[Study, Answered]]) -> dict[str, frozenset[str]]:
    joined: dict[str, frozenset[str]] = {}
    for study, one in scored:
        joined[study.patient] = joined.get(study.patient, frozenset()) | one.slices
    return joined


def _find_same_pixels(scored: list[tuple[Study, Answered]]) -> list[list[str]]:
    """Pairs of studies of different patients that share a slice: one patient under two names, drawn twice."""
    first: dict[str, Study] = {}
    found: dict[tuple[str, str], None] = {}
    for study, one in scored:
        for digest in sorted(one.slices):
            other = first.setdefault(digest, study)
            if other.patient != study.patient:
                found[(other.study, study.study)] = None
    return [list(pair) for pair in found]
