"""``evaluate --data``: slice and patient figures of one version on a folder in CT-ICH's layout, as one JSON document.

Every image of a patient is scored, as the service would; labels only say what counts. What cannot be scored, and what has no
label, is named beside the figures and on stderr; so is who of these patients the version learned from.
"""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from ..data.ct_ich import LabelledVolume, Survey, survey_ct_ich
from .answering import Answered, answer_or_refuse, choose_patients, name_some, unanswered, warn
from .bootstrap import REPEATS
from .learned import compare_patients, word_learned
from .study import Model
from .summary import summarise


def evaluate_ct_ich(data: str | Path, model: str | Path, *, limit: int | None = None, threads: int = 2, repeats: int = REPEATS) -> dict:
    """Figures for ``ich-present``.

    :param limit: take at most so many patients, alternating those with and without a bleed (for a quick look)
    :raises InputError: for an unreadable table or model, or when no patient can be scored
    """
    survey = survey_ct_ich(data)
    loaded = Model(model, threads)
    whole = choose_patients({v.patient: v.has_bleed for v in survey.volumes if v.problem is None}, limit)
    taken = [v for v in survey.volumes if v.problem is not None or v.patient in whole]
    answered = [_answer(loaded, v) for v in tqdm(taken, desc="studies", mininterval=5)]
    gaps = list_gaps(survey, taken)
    result = summarise(loaded.contract, taken, [one.answer for one in answered], repeats)
    learned = compare_patients(loaded.contract, {one.answer.name: one.slices for one in answered if one.answer.refusal is None})
    warn([*word_learned(learned["learnedFrom"]), *word_gaps(gaps | {"refused": result["refused"]})])
    return result | learned | gaps | {"data": str(data)}


def _answer(model: Model, volume: LabelledVolume) -> Answered:
    if volume.problem is not None:
        return Answered(unanswered(volume.patient, volume.problem))
    return answer_or_refuse(model, volume.patient, volume.read_hu)


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
    return [f"{text.format(len(gaps[name]))}: {name_some(gaps[name])}" for name, text in texts.items() if gaps[name]]
