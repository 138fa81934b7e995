"""Reader for CT-ICH (Hssayeni 2020): 8-bit JPEG windows back to Hounsfield units.

Layout: ``patients/<id>/{brain,bone}/<slice>.jpg`` (slice 1 lowest) and ``labels.csv`` with one row a slice.
Brain window L40 W120, bone window L700 W3200; both agree to 0.24 HU on average where both are unsaturated.
A bone slice missing at the source (084/36) is read from its brain window alone: saturated white becomes
``SATURATED_BRAIN_HU``, saturated black air.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError
from .table import read_rows

BLEED_COLUMNS = ("intraventricular", "intraparenchymal", "subarachnoid", "epidural", "subdural")
SATURATED_BRAIN_HU, AIR_HU = 600, -1024


@dataclass
class LabelledVolume:
    """One patient: int16 HU ``[slice, row, column]`` is read on demand; labels are per slice."""

    patient: str
    folder: Path
    slice_numbers: list[int]
    labels: np.ndarray
    subtypes: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def has_bleed(self) -> bool:
        return bool(self.labels.any())

    def read_hu(self) -> np.ndarray:
        return np.stack([read_slice(self.folder, number) for number in self.slice_numbers])


def read_slice(folder: Path, number: int) -> np.ndarray:
    """One slice as int16 HU ``[row, column]``.

    :raises InputError: when the brain window is missing or unreadable, or the two windows differ in size
    """
    brain = _read_grey(folder / "brain" / f"{number}.jpg", required=True)
    bone = _read_grey(folder / "bone" / f"{number}.jpg", required=False)
    fine = brain * (120 / 255) - 20
    if bone is None:
        coarse = np.where(brain >= 253, SATURATED_BRAIN_HU, AIR_HU)
    elif bone.shape != brain.shape:
        raise InputError(f"bone window is {bone.shape}, brain window {brain.shape}", file=folder / "bone" / f"{number}.jpg")
    else:
        coarse = bone * (3200 / 255) - 900
    return np.rint(np.where((brain > 2) & (brain < 253), fine, coarse)).astype(np.int16)


def _read_grey(path: Path, *, required: bool) -> np.ndarray | None:
    if not path.exists():
        if required:
            raise InputError("slice is in labels.csv but its image is missing", file=path)
        return None
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"), dtype=np.float32)
    except OSError as error:
        raise InputError(f"not a readable image ({error})", file=path) from error


def read_ct_ich(directory: str | Path) -> list[LabelledVolume]:
    """Every patient of ``labels.csv``, in the order of their ids.

    :raises InputError: naming file and row for a missing folder, column, image or a label that is not 0 or 1
    """
    root = Path(directory)
    table = root / "labels.csv"
    if not table.is_file():
        raise InputError("no labels.csv here: not a folder in CT-ICH's layout", file=root)
    rows: dict[str, dict[int, dict[str, int]]] = {}
    for number, row in read_rows(table, {"patient", "slice", "no_hemorrhage", *BLEED_COLUMNS}):
        patient, slice_number, values = _parse_row(row, table, number)
        slices = rows.setdefault(patient, {})
        if slice_number in slices:
            raise InputError(f"patient {patient} slice {slice_number} stands twice", file=table, row=number)
        slices[slice_number] = values
    if not rows:
        raise InputError("no rows", file=table)
    return [_to_volume(root, table, patient, slices) for patient, slices in sorted(rows.items())]


def _parse_row(row: dict[str, str], table: Path, number: int) -> tuple[str, int, dict[str, int]]:
    try:
        patient, slice_number = int(row["patient"]), int(row["slice"])
        values = {name: int(row[name]) for name in (*BLEED_COLUMNS, "no_hemorrhage")}
    except (TypeError, ValueError) as error:
        raise InputError(f"not a whole number ({error})", file=table, row=number) from error
    if any(value not in (0, 1) for value in values.values()):
        raise InputError("labels must be 0 or 1", file=table, row=number)
    bleeds = any(values[name] for name in BLEED_COLUMNS)
    if bleeds == bool(values["no_hemorrhage"]):
        raise InputError("no_hemorrhage contradicts the bleed columns", file=table, row=number)
    return f"{patient:03d}", slice_number, values


def _to_volume(root: Path, table: Path, patient: str, slices: dict[int, dict[str, int]]) -> LabelledVolume:
    folder = root / "patients" / patient
    if not folder.is_dir():
        raise InputError(f"patient {patient} of {table.name} has no folder", file=folder)
    numbers = sorted(slices)
    subtypes = {name: np.array([slices[n][name] for n in numbers], dtype=np.int8) for name in BLEED_COLUMNS}
    labels = np.array([1 - slices[n]["no_hemorrhage"] for n in numbers], dtype=np.int8)
    return LabelledVolume(patient, folder, numbers, labels, subtypes)
