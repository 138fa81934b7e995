"""Whom weights learned from, as digests of volumes (data/patient_digest.py): the run's own patients, those behind the weights that it
went on from, and those behind its teacher. One of them unknown makes the whole unknown: a list that lacks somebody is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..contract import read_contract
from ..data.patient_digest import RULE
from .origin import read_origin
from .prepared import read_digests
from .settings import Settings, read_settings
from .teacher import TEACHER

ALL = "all"
Volumes = frozenset[str]


def gather(parts: Iterable[Volumes | None]) -> Volumes | None:
    """The union; None where a part is."""
    known = list(parts)
    return None if None in known else frozenset().union(*known)


def read_start(place: str | Path) -> Volumes | None:
    """Behind a ``weights.pt`` or a released version, by what it says itself; None where it says nothing."""
    directory = Path(place)
    if (directory / "contract.json").is_file():
        training = read_contract(directory)["training"]
        said = training.get("learnedFrom", {"rule": RULE, "volumes": []} if not training["data"] else {"rule": None})
        return frozenset(said["volumes"]) if said["rule"] == RULE else None
    said = read_origin(directory).learned_from
    return None if said is None else frozenset(said)


def find_learned(workspace, settings: Settings, fold: str, start: str | None) -> Volumes | None:
    """Behind a run that is about to be trained on ``fold``.

    :param start: as ``train_network`` takes it
    """
    parts = [read_digests(workspace.prepared, _kept(workspace, fold))]
    if start is not None:
        is_fold = start == ALL or start.isdigit()
        parts.append(find_learned_by_run(workspace, settings.network, start) if is_fold else read_start(start))
    if settings.has_teacher:
        parts.append(find_learned_by_run(workspace, TEACHER, fold))
    return gather(parts)


def find_learned_by_run(workspace, network: str, fold: str) -> Volumes | None:
    """Behind a finished run of the workspace: what it kept, or, where it began with nothing else, what follows from the folds."""
    directory = workspace.run(network, fold)
    if not (directory / "weights.pt").is_file():
        return None
    origin = read_origin(directory / "weights.pt")
    if origin.learned_from is not None:
        return frozenset(origin.learned_from)
    held = set(workspace.read_folds()) - set(_kept(workspace, fold))
    if origin.start is not None or origin.adopted is not None or origin.held_out is None or set(origin.held_out) != held:
        return None
    return find_learned(workspace, read_settings(directory / "settings.json"), fold, None)


def _kept(workspace, fold: str) -> list[str]:
    return sorted(patient for patient, number in workspace.read_folds().items() if fold == ALL or number != int(fold))
