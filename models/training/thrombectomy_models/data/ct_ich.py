"""Reader for CT-ICH (Hssayeni 2020): a table of slices and a folder of images, compared before a pixel is read.

Layout: ``labels.csv`` and ``patients/<id>/…``, or as published (v1.0.0) ``hemorrhage_diagnosis.csv`` and ``Patients_CT/<id>/…``.
What does not fit together is either refused (``read_ct_ich``, for training) or said beside the figures (``survey_ct_ich``, for
``evaluate``); it is never passed over in silence, since a lost row turns a patient with a bleed into one without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from .ct_ich_images import SliceFiles, find_slices, read_slice
from .ct_ich_labels import BLEED_COLUMNS, SliceLabel, name_patient, read_slice_labels

TABLES, FOLDERS = ("labels.csv", "hemorrhage_diagnosis.csv"), ("patients", "patients_ct")


@dataclass(frozen=True)
class LabelledVolume:
    """One patient. ``files``: every image on disk, lowest slice first; ``known``: the table's rows by slice number.

    ``problem`` says why the patient cannot be scored as it stands, where that is seen without reading an image.
    """

    patient: str
    folder: Path
    files: Mapping[int, SliceFiles]
    known: Mapping[int, SliceLabel]
    problem: str | None = None

    @property
    def slice_numbers(self) -> list[int]:
        return list(self.files)

    @property
    def is_labelled(self) -> np.ndarray:
        """bool ``[slice]``, over all images."""
        return np.array([number in self.known for number in self.files], dtype=bool)

    @property
    def labels(self) -> np.ndarray:
        """int8 ``[slice]``, over all images; 0 also where nothing is known (``is_labelled``)."""
        return np.array([self.known[n].positive if n in self.known else 0 for n in self.files], dtype=np.int8)

    @property
    def subtypes(self) -> dict[str, np.ndarray]:
        kinds = [self.known[n].subtypes if n in self.known else (0,) * len(BLEED_COLUMNS) for n in self.files]
        return dict(zip(BLEED_COLUMNS, np.array(kinds, dtype=np.int8).reshape(-1, len(BLEED_COLUMNS)).T, strict=True))

    @property
    def has_bleed(self) -> bool:
        return any(label.positive for label in self.known.values())

    @property
    def unlabelled(self) -> list[int]:
        return [number for number in self.files if number not in self.known]

    @property
    def without_bone(self) -> list[int]:
        return [number for number, files in self.files.items() if files.bone is None]

    def read_hu(self) -> np.ndarray:
        """int16 HU ``[slice, row, column]``.

        :raises InputError: naming patient and file for an unreadable image, or one of another size than the first
        """
        volume: list[np.ndarray] = []
        for files in self.files.values():
            volume.append(read_slice(files))
            if volume[-1].shape != volume[0].shape:
                raise InputError(f"patient {self.patient}: slice is {volume[-1].shape}, the first is {volume[0].shape}", file=files.brain)
        return np.stack(volume)


@dataclass(frozen=True)
class Survey:
    """What lies in the folder, compared: patients of the table, folders without a row, rows that contradict themselves."""

    table: Path
    volumes: list[LabelledVolume]
    without_labels: list[str]
    contradictory_rows: list[int]


def survey_ct_ich(directory: str | Path) -> Survey:
    """Patients in the order of their ids; looks at names and at the table, reads no image.

    :raises InputError: for a folder that is no such layout, or a table that cannot be read (naming file and row)
    """
    root = Path(directory)
    table, folder = _find(root, TABLES), _find(root, FOLDERS)
    if table is None:
        raise InputError(f"no {TABLES[0]} and no {TABLES[1]} here: not a folder in CT-ICH's layout", file=root)
    labels = read_slice_labels(table)
    places: dict[str, Path] = {}
    for place in sorted(child for child in folder.iterdir() if child.is_dir()) if folder else ():
        other = places.setdefault(name_patient(place.name), place)
        if other != place:
            raise InputError(f"is the same patient as {other.name}", file=place)
    volumes = [_to_volume(patient, places.get(patient, (folder or root) / patient), labels[patient], table) for patient in sorted(labels)]
    contradictory = sorted(label.row for slices in labels.values() for label in slices.values() if label.contradicts_itself)
    return Survey(table, volumes, sorted(set(places) - set(labels)), contradictory)


def read_ct_ich(directory: str | Path) -> list[LabelledVolume]:
    """Every patient of the table with the images that it labels; what has no label is left out.

    :raises InputError: naming file and row for a missing folder or image, or a row that contradicts itself
    """
    survey = survey_ct_ich(directory)
    if survey.contradictory_rows:
        raise InputError("no_hemorrhage contradicts the bleed columns", file=survey.table, row=survey.contradictory_rows[0])
    for volume in survey.volumes:
        if volume.problem:
            raise InputError(volume.problem, file=volume.folder)
    return [replace(v, files={number: files for number, files in v.files.items() if number in v.known}) for v in survey.volumes]


def _find(root: Path, names: tuple[str, ...]) -> Path | None:
    there = {child.name.lower(): child for child in sorted(root.iterdir())} if root.is_dir() else {}
    return next((there[name] for name in names if name in there), None)


def _to_volume(patient: str, folder: Path, known: Mapping[int, SliceLabel], table: Path) -> LabelledVolume:
    try:
        files = find_slices(folder) if folder.is_dir() else {}
        problem = _find_problem(patient, folder, files, known, table)
    except InputError as error:
        files, problem = {}, str(error)
    return LabelledVolume(patient, folder, files, known, problem)


def _find_problem(patient: str, folder: Path, files: Mapping[int, SliceFiles], known: Mapping[int, SliceLabel], table: Path) -> str | None:
    if not folder.is_dir():
        return f"patient {patient} of {table.name} has no folder"
    if not files:
        return f"patient {patient} has no images"
    lost = sorted(set(known) - set(files))
    if not lost:
        return None
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    return f"slice {lost[0]} is in {table.name}, row {known[lost[0]].row}, but its image is missing{more}"
