"""The cohort format: one CSV row a study, DICOM folders beside it.

Columns: ``patient``, ``study``, ``folder`` (relative to the CSV), ``split`` (train, validation, test or empty for
cross-validation), one column per target (1, 0 or empty where unknown), then any covariates. A bleed after
thrombectomy is labelled from the follow-up CT, never from the CT that the network sees.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..targets import TARGETS
from .folds import check_patients_apart
from .table import read_rows

SPLITS = ("", "train", "validation", "test")
REQUIRED = ("patient", "study", "folder", "split", *TARGETS)


@dataclass(frozen=True)
class Study:
    """One row. ``labels`` in the order of TARGETS, NaN where unknown."""

    patient: str
    study: str
    folder: Path
    split: str
    labels: tuple[float, float, float]
    covariates: dict[str, str]


def read_cohort(file: str | Path) -> list[Study]:
    """:raises InputError: naming file and row for every kind of bad row; LeakageError when a patient has two splits"""
    path = Path(file)
    rows = [(number, _parse(row, path, number)) for number, row in read_rows(path, set(REQUIRED))]
    if not rows:
        raise InputError("no rows", file=path)
    _check_unique(rows, path)
    studies = [study for _, study in rows]
    parts: dict[str, set[str]] = defaultdict(set)
    for study in studies:
        parts[study.split or "cross-validation"].add(study.patient)
    check_patients_apart(parts)
    return studies


def _parse(row: dict[str, str], path: Path, number: int) -> Study:
    patient, study, split = (row[name].strip() for name in ("patient", "study", "split"))
    if not patient or not study:
        raise InputError("patient and study must not be empty", file=path, row=number)
    if split not in SPLITS:
        raise InputError(f"split is {split!r}, allowed are train, validation, test or empty", file=path, row=number)
    folder = path.parent / row["folder"].strip()
    if not row["folder"].strip() or not folder.is_dir():
        raise InputError(f"folder {row['folder']!r} does not exist", file=path, row=number)
    labels = tuple(_label(row[target], target, path, number) for target in TARGETS)
    covariates = {name: value for name, value in row.items() if name not in REQUIRED}
    return Study(patient, study, folder, split, labels, covariates)


def _label(text: str, target: str, path: Path, number: int) -> float:
    value = text.strip()
    if value == "":
        return math.nan
    if value not in ("0", "1"):
        raise InputError(f"{target} is {value!r}, allowed are 0, 1 or empty", file=path, row=number)
    return float(value)


def _check_unique(rows: list[tuple[int, Study]], path: Path) -> None:
    seen: dict[str, int] = {}
    for number, study in rows:
        first = seen.setdefault(study.study, number)
        if first != number:
            raise InputError(f"study {study.study} stands in row {first} already", file=path, row=number)
