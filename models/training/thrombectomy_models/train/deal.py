"""Who is in which fold, as a digest: whether two networks' scores are of the same patients, without naming one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..data.patient_digest import DIGITS
from .cross_validation import Workspace
from .prepared import read_digests


@dataclass(frozen=True)
class Deal:
    """``digest`` is over CT and fold of every patient in the order of their names: the nth of a fold is the same CT wherever it is the same."""

    digest: str
    folds: dict[str, int]

    def word_cases(self, patients: list[str]) -> dict:
        """``cases`` of a contract's ``scores``; ``patients`` of the cases in the order of their names."""
        return {"deal": self.digest, "folds": [self.folds[patient] for patient in patients]}


def read_deal(workspace: Workspace) -> Deal | None:
    """None for a workspace prepared before digests of patients were kept."""
    folds, lines = workspace.read_folds(), []
    for patient, fold in sorted(folds.items()):
        digest = read_digests(workspace.prepared, [patient])
        if digest is None:
            return None
        lines.append(f"{next(iter(digest))}:{fold}\n")
    return Deal(hashlib.sha256("".join(lines).encode()).hexdigest()[:DIGITS], folds)
