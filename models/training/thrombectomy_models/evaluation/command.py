"""``evaluate``: slice and patient figures of one version on a folder in CT-ICH's layout, as one JSON document.

Every image of a patient is scored, as the service would; labels only say what counts. What cannot be scored, and what has no
label, is named beside the figures and on stderr. Whether the version learned from these patients cannot be seen here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tqdm import tqdm

from ..data.ct_ich import LabelledVolume, Survey, survey_ct_ich
from ..errors import InputError
from .bootstrap import REPEATS
from .study import Model, StudyAnswer
from .summary import summarise, unanswered


def evaluate_ct_ich(data: str | Path, model: str | Path, *, limit: int | None = None, threads: int = 2, repeats: int = REPEATS) -> dict:
    """Figures for ``ich-present``.

    :param limit: take at most so many patients, alternating those with and without a bleed (for a quick look)
    :raises InputError: for an unreadable table or model, or when no patient can be scored
    """
    survey = survey_ct_ich(data)
    loaded = Model(model, threads)
    whole = {v.patient for v in _limit([v for v in survey.volumes if v.problem is None], limit)}
    taken = [v for v in survey.volumes if v.problem is not None or v.patient in whole]
    answers = [_answer(loaded, v) for v in tqdm(taken, desc="studies", mininterval=5)]
    gaps = list_gaps(survey, taken)
    result = summarise(loaded.contract, taken, answers, repeats) | gaps | {"data": str(data)}
    for line in word_gaps(gaps | {"refused": result["refused"]}):
        print(f"warning: {line}", file=sys.stderr)
    return result


def _answer(model: Model, volume: LabelledVolume) -> StudyAnswer:
    """A patient that cannot be read is refused, and takes no other with it."""
    if volume.problem is not None:
        return unanswered(volume.patient, volume.problem)
    try:
        hu = volume.read_hu()
    except InputError as error:
        return unanswered(volume.patient, str(error))
    return model.answer(volume.patient, hu)


def _limit(volumes: list[LabelledVolume], limit: int | None) -> list[LabelledVolume]:
    if limit is None:
        return volumes
    if limit < 1:
        raise InputError(f"--limit is {limit}, must be at least 1")
    bleeds, normal = [v for v in volumes if v.has_bleed], [v for v in volumes if not v.has_bleed]
    mixed = [v for pair in zip(bleeds, normal, strict=False) for v in pair]
    rest = bleeds[len(normal) :] + normal[len(bleeds) :]
    return sorted((mixed + rest)[:limit], key=lambda v: v.patient)


def list_gaps(survey: Survey, taken: list[LabelledVolume]) -> dict:
    """What the folder lacks, by patient: slices without a label (scored, but never part of a truth) and without a bone window."""
    return {
        "unlabelledSlices": {v.patient: v.unlabelled for v in taken if v.unlabelled},
        "slicesWithoutBone": {v.patient: v.without_bone for v in taken if v.without_bone},
        "patientsWithoutLabels": survey.without_labels,
        "contradictoryRows": survey.contradictory_rows,
    }


def word_gaps(gaps: dict) -> list[str]:
    """One line for each sort of gap there is."""
    texts = {
        "refused": "{} patients were not scored",
        "unlabelledSlices": "{} patients have slices without a label; a bleed there does not count",
        "slicesWithoutBone": "{} patients have slices without a bone window",
        "patientsWithoutLabels": "{} patients have images but no label, and were left out",
        "contradictoryRows": "{} rows contradict themselves; no_hemorrhage was taken",
    }
    return [f"{text.format(len(gaps[name]))}: {_name_some(gaps[name])}" for name, text in texts.items() if gaps[name]]


def _name_some(named: dict | list) -> str:
    words = [f"{name} ({text})" if isinstance(text, str) else str(name) for name, text in named.items()] if isinstance(named, dict) else list(map(str, named))
    return ", ".join(words[:5]) + (", …" if len(words) > 5 else "")
