"""Where the weights of a finished run come from, kept in its ``weights.pt``: whose weights may go on where depends on it.

Runs of before say nothing, which is not the same as nobody: their weights are of unknown origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

A_VERSION = "a released version"


@dataclass(frozen=True)
class Origin:
    """``fold`` that was held out and the patients in it; ``start``: what was gone on from; ``adopted``: the version that this run is.

    ``learned_from``: digests of everybody behind these weights (train/learned_from.py), None where somebody is not known.
    """

    fold: str | None = None
    held_out: tuple[str, ...] | None = None
    start: str | None = None
    adopted: str | None = None
    learned_from: tuple[str, ...] | None = None

    def to_state(self) -> dict:
        return asdict(self)

    @classmethod
    def of_state(cls, said: dict) -> Origin:
        lists = {name: None if said.get(name) is None else tuple(said[name]) for name in ("held_out", "learned_from")}
        return cls(**{**said, **lists})


def read_origin(weights: Path) -> Origin:
    """Of a ``weights.pt``. Step 0 without a word is a version adopted before this was kept: a run that trains takes steps."""
    state = torch.load(weights, map_location="cpu", weights_only=True, mmap=True)
    if "origin" in state:
        return Origin.of_state(state["origin"])
    return Origin(adopted=A_VERSION if state.get("step") == 0 else None)


def word_origins(adopted: dict[int, str | None]) -> str:
    """What a reader of figures over several folds must know of how they came to be; empty where all were trained as one.

    :param adopted: by fold the version that it was adopted from, None where it was trained
    """
    parts = [f"fold {fold} from {version}" for fold, version in adopted.items() if version]
    trained = [fold for fold, version in adopted.items() if not version]
    if not parts:
        return ""
    if trained:
        parts.append(f"{_name_folds(trained)} trained later")
    return ", ".join(parts)


def _name_folds(folds: Iterable[int]) -> str:
    named = [str(fold) for fold in folds]
    return f"fold{'s' if len(named) > 1 else ''} {', '.join(named)}"
