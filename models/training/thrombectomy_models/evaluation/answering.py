"""What ``evaluate`` does alike for every layout: choose a few patients, answer or refuse each study, warn of what is amiss."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..data.patient_digest import digest_slices
from ..errors import InputError
from ..targets import TARGETS
from .study import Model, StudyAnswer


@dataclass(frozen=True)
class Answered:
    """``slices``: digests of the volume's slices (data/patient_digest.py), none where it could not be read."""

    answer: StudyAnswer
    slices: frozenset[str] = frozenset()


def answer_or_refuse(model: Model, name: str, read_hu: Callable[[], np.ndarray]) -> Answered:
    """A study that cannot be read is refused, and takes no other with it."""
    try:
        hu = read_hu()
    except InputError as error:
        return Answered(unanswered(name, str(error)))
    return Answered(model.answer(name, hu), digest_slices(hu))


def unanswered(name: str, reason: str) -> StudyAnswer:
    nothing = np.full(len(TARGETS), np.nan)
    return StudyAnswer(name, [], np.empty((0, len(TARGETS))), nothing, nothing, reason)


def no_answer(answers: list[StudyAnswer]) -> InputError:
    return InputError("the network could score no study: " + "; ".join(f"{a.name} {a.refusal}" for a in answers[:3]))


def choose_patients(is_positive: Mapping[str, bool], limit: int | None) -> set[str]:
    """At most ``limit`` patients, positive and other ones in turn; all of them without a limit."""
    if limit is None:
        return set(is_positive)
    if limit < 1:
        raise InputError(f"--limit is {limit}, must be at least 1")
    positive, other = ([name for name, kind in is_positive.items() if kind is wanted] for wanted in (True, False))
    mixed = [name for pair in zip(positive, other, strict=False) for name in pair]
    return set((mixed + positive[len(other) :] + other[len(positive) :])[:limit])


def warn(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"warning: {line}", file=sys.stderr)


def name_some(named: dict | list) -> str:
    words = [f"{name} ({text})" if isinstance(text, str) else str(name) for name, text in named.items()] if isinstance(named, dict) else list(map(str, named))
    return ", ".join(words[:5]) + (", …" if len(words) > 5 else "")
