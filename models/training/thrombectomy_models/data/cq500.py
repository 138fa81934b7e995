"""CQ500: majority labels of three readers (reads.csv), qER's scores, and the unzipped folder layout.

Layout: ``CQ500CT<n> CQ500CT<n>/Unknown Study/CT <series>/CT000000.dcm``; a mirror puts ``qct01`` .. folders above.
The soft-kernel plain series is found by its description; of several, the one with most slices is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from .table import read_rows

FINDINGS = ("ICH", "IPH", "IVH", "SDH", "EDH", "SAH")
READERS = ("R1", "R2", "R3")
FOLDER = re.compile(r"CQ500-?CT-?(\d+)")
EXCLUDED_SERIES = re.compile(r"bone|post|contrast|c\+|scout|localizer|topogram|angio", re.IGNORECASE)
DAMAGED = {"CQ500-CT-120"}


@dataclass(frozen=True)
class Read:
    """Majority of the three readers per finding, and how many of them said so."""

    name: str
    batch: str
    majority: dict[str, int]
    votes: dict[str, int]


def read_labels(directory: str | Path) -> list[Read]:
    """:raises InputError: for a missing file or column, or a vote that is not 0 or 1"""
    path = Path(directory) / "reads.csv"
    reads = []
    for number, row in read_rows(path, {"name", "Category", *(f"{r}:{f}" for r in READERS for f in FINDINGS)}):
        given = {f: [row[f"{r}:{f}"] for r in READERS] for f in FINDINGS}
        if any(vote not in ("0", "1") for votes in given.values() for vote in votes):
            raise InputError("votes must be 0 or 1", file=path, row=number)
        votes = {f: sum(map(int, given[f])) for f in FINDINGS}
        reads.append(Read(row["name"], row["Category"], {f: int(v >= 2) for f, v in votes.items()}, votes))
    return reads


def read_scores(directory: str | Path) -> dict[str, dict[str, float]]:
    """qER's probability per scan and finding.

    :raises InputError: for a missing file or column, or a score that is no number
    """
    path = Path(directory) / "prediction_probabilities.csv"
    scores: dict[str, dict[str, float]] = {}
    for number, row in read_rows(path, {"name", *FINDINGS}):
        try:
            scores[row["name"]] = {f: float(row[f]) for f in FINDINGS}
        except ValueError as error:
            raise InputError(f"a score is not a number ({error})", file=path, row=number) from error
    return scores


def find_series(root: str | Path) -> dict[str, Path]:
    """Scan name (``CQ500-CT-<n>``) to the folder of its plain soft-kernel series; damaged archives are left out."""
    found: dict[str, Path] = {}
    for folder in sorted(path for path in Path(root).rglob("*") if path.is_dir()):
        match = FOLDER.search(str(folder.relative_to(root)))
        slices = sum(1 for _ in folder.glob("*.dcm"))
        if match is None or slices == 0 or EXCLUDED_SERIES.search(folder.name):
            continue
        name = f"CQ500-CT-{match[1]}"
        if name not in DAMAGED and (name not in found or slices > sum(1 for _ in found[name].glob("*.dcm"))):
            found[name] = folder
    if not found:
        raise InputError("no folder in CQ500's layout below", file=root)
    return found


def join(reads: list[Read], scores: dict[str, dict[str, float]], finding: str) -> tuple[np.ndarray, np.ndarray]:
    """Majority truth and score of every scan that has both."""
    pairs = [(read.majority[finding], scores[read.name][finding]) for read in reads if read.name in scores]
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
