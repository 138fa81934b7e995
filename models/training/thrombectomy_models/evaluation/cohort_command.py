"""``evaluate --cohort``: the three targets of one version on a site's own cohort (CSV and DICOM folders), as one JSON document.

Every study is read, scored and pooled as the service would once it has accepted it; what the service's series rules and quality gate
refuse is not refused here. A folder that cannot be scored is named, and the others are measured.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tqdm import tqdm

from ..data.cohort import SPLITS, Study, read_cohort
from ..data.dicom_volume import read_dicom_folder
from ..errors import InputError
from .answering import Answered, answer_or_refuse, choose_patients, name_some, warn
from .bootstrap import REPEATS
from .cohort_summary import summarise_cohort
from .learned import word_learned
from .study import Model


def evaluate_cohort(
    file: str | Path, model: str | Path, *, split: str | None = None, limit: int | None = None, threads: int = 2, repeats: int = REPEATS
) -> dict:
    """Figures of each target on the studies whose label is known.

    :param split: only the rows of this split; all rows without it
    :param limit: take at most so many patients, alternating those with and without any positive label (for a quick look)
    :raises InputError: for a bad row, an unreadable model, a split without rows, no known label at all, or when no study can be scored
    """
    studies = _choose(Path(file), split, limit)
    loaded = Model(model, threads)
    answered = [_answer(loaded, study) for study in tqdm(studies, desc="studies", mininterval=5)]
    result = summarise_cohort(loaded.contract, studies, answered, repeats)
    splits = dict(sorted(Counter(study.split or "none" for study in studies).items()))
    warn([*word_learned(result["learnedFrom"]), *_word_gaps(result, splits if split is None else {})])
    return result | {"cohort": str(file), "split": split, "splits": splits}


def _answer(model: Model, study: Study) -> Answered:
    return answer_or_refuse(model, study.study, lambda: read_dicom_folder(study.folder).hu)


def _choose(file: Path, split: str | None, limit: int | None) -> list[Study]:
    if split is not None and split not in SPLITS[1:]:
        raise InputError(f"--split is {split!r}, allowed are {', '.join(SPLITS[1:])}")
    studies = [study for study in read_cohort(file) if split is None or study.split == split]
    if not studies:
        raise InputError(f"no row has the split {split}", file=file)
    positive: dict[str, bool] = {}
    for study in studies:
        positive[study.patient] = positive.get(study.patient, False) or 1 in study.labels
    kept = choose_patients(positive, limit)
    studies = [study for study in studies if study.patient in kept]
    if not any(label in (0, 1) for study in studies for label in study.labels):
        raise InputError("none of these rows has a known label", file=file)
    return studies


def _word_gaps(result: dict, splits: dict[str, int]) -> list[str]:
    lines = [f"{len(result['refused'])} studies were not scored: {name_some(result['refused'])}"] if result["refused"] else []
    if result["samePixels"]:
        named = name_some([" = ".join(pair) for pair in result["samePixels"]])
        lines.append(f"the same pixels stand under two patients, so intervals are too narrow: {named}")
    if len(splits) > 1:
        lines.append(f"rows of several splits are measured together ({', '.join(splits)}); --split takes one")
    return lines
