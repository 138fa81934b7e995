"""CT-ICH's table of slices: ours (``labels.csv``) and the published one (``hemorrhage_diagnosis.csv``), as spreadsheets save them.

A slice is positive where ``no_hemorrhage`` is 0; the five columns of kinds say what it holds. Headings are taken in any case and
spelling (``PatientNumber``), whole numbers also as ``49.0``, patients as ``49`` or ``049``. Every label keeps its row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .table import read_rows

BLEED_COLUMNS = ("intraventricular", "intraparenchymal", "subarachnoid", "epidural", "subdural")
COLUMNS = ("patient", "slice", "no_hemorrhage", *BLEED_COLUMNS)
_HEADINGS = {name.replace("_", ""): name for name in COLUMNS} | {"patientnumber": "patient", "patientid": "patient", "slicenumber": "slice"}


@dataclass(frozen=True)
class SliceLabel:
    """``row`` of the table (the header is row 1); ``subtypes`` in the order of ``BLEED_COLUMNS``."""

    row: int
    positive: int
    subtypes: tuple[int, ...]

    @property
    def contradicts_itself(self) -> bool:
        return any(self.subtypes) != bool(self.positive)


def name_patient(text: str) -> str:
    """``49``, ``049`` and ``49.0`` are one patient; other names stay as they are."""
    number = _whole(text)
    return text.strip() if number is None else f"{number:03d}"


def read_slice_labels(table: Path) -> dict[str, dict[int, SliceLabel]]:
    """Labels by patient and slice number.

    :raises InputError: naming file and row for a cell that is no number, a label that is not 0 or 1, or two rows that differ about
        one slice
    """
    patients: dict[str, dict[int, SliceLabel]] = {}
    for row, cells in read_rows(table, set(COLUMNS), _name_column):
        patient, number, label = _parse(cells, table, row)
        slices = patients.setdefault(patient, {})
        known = slices.setdefault(number, label)
        if (known.positive, known.subtypes) != (label.positive, label.subtypes):
            raise InputError(f"patient {patient} slice {number} stands twice: row {known.row} says otherwise", file=table, row=row)
    if not patients:
        raise InputError("no rows", file=table)
    return patients


def _name_column(heading: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", heading.lower())
    return _HEADINGS.get(plain, heading)


def _parse(cells: Mapping[str, str], table: Path, row: int) -> tuple[str, int, SliceLabel]:
    if not cells["patient"].strip():
        raise InputError("no patient", file=table, row=row)
    values = {name: _whole(cells[name]) for name in COLUMNS if name != "patient"}
    for name, value in values.items():
        if value is None:
            raise InputError(f"{name} is {cells[name]!r}, not a whole number", file=table, row=row)
    if any(values[name] not in (0, 1) for name in ("no_hemorrhage", *BLEED_COLUMNS)):
        raise InputError("labels must be 0 or 1", file=table, row=row)
    label = SliceLabel(row, 1 - values["no_hemorrhage"], tuple(values[name] for name in BLEED_COLUMNS))
    return name_patient(cells["patient"]), values["slice"], label


def _whole(text: str) -> int | None:
    found = re.fullmatch(r"\s*(\d+)(?:\.0*)?\s*", text, re.ASCII)
    return int(found[1]) if found else None
