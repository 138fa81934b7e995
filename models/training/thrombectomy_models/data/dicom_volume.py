"""A folder of DICOM CT slices as int16 HU ``[slice, row, column]`` in the project's orientation.

Training's reader, kept small on purpose: one axial, soft-kernel series; slices are ordered along their normal,
never by file name; columns are turned so that column 0 is the patient's right and row 0 anterior. What the
service refuses (src/imaging) is not repeated here beyond what would spoil training.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError

from ..errors import InputError

PADDING_HU, MINIMUM_SLICES, MAXIMUM_TILT = -1024, 5, 0.9


@dataclass(frozen=True)
class DicomVolume:
    """``positions_mm`` along the slice normal, ascending; ``spacing_mm`` between rows and columns."""

    hu: np.ndarray
    positions_mm: np.ndarray
    spacing_mm: tuple[float, float]


def read_dicom_folder(folder: str | Path) -> DicomVolume:
    """The largest axial CT series below ``folder`` (searched through sub-folders).

    :raises InputError: naming folder or file when no series of at least five axial slices can be read
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError("no such folder", file=root)
    series: dict[str, list[pydicom.FileDataset]] = {}
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        dataset = _read_ct(file)
        if dataset is not None:
            series.setdefault(str(dataset.SeriesInstanceUID), []).append(dataset)
    usable = [slices for slices in series.values() if len(slices) >= MINIMUM_SLICES]
    if not usable:
        raise InputError(f"no axial CT series of at least {MINIMUM_SLICES} slices", file=root)
    return _stack(max(usable, key=len), root)


def _read_ct(file: Path) -> pydicom.FileDataset | None:
    try:
        dataset = pydicom.dcmread(file)
    except (InvalidDicomError, OSError):
        return None
    wanted = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SeriesInstanceUID", "Rows")
    if dataset.get("Modality") != "CT" or any(name not in dataset for name in wanted):
        return None
    if "LOCALIZER" in dataset.get("ImageType", []):
        return None
    return dataset if abs(_normal(dataset)[2]) >= MAXIMUM_TILT else None


def _normal(dataset: pydicom.Dataset) -> np.ndarray:
    row, column = np.array(dataset.ImageOrientationPatient, dtype=float).reshape(2, 3)
    return np.cross(row, column)


def _stack(slices: list[pydicom.FileDataset], root: Path) -> DicomVolume:
    normal = _normal(slices[0])
    normal = normal if normal[2] > 0 else -normal
    positions = np.array([float(np.dot(normal, np.array(s.ImagePositionPatient, dtype=float))) for s in slices])
    order = np.argsort(positions)
    if np.any(np.diff(positions[order]) < 0.01):
        raise InputError("two slices of one series lie at the same position", file=root)
    shapes = {(s.Rows, s.Columns) for s in slices}
    if len(shapes) > 1:
        raise InputError(f"slices of one series differ in size: {sorted(shapes)}", file=root)
    hu = np.stack([_to_hu(slices[i]) for i in order])
    row, column = np.array(slices[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    hu = hu[:, :, ::-1] if row[0] < 0 else hu
    hu = hu[:, ::-1] if column[1] < 0 else hu
    spacing = tuple(float(v) for v in slices[0].PixelSpacing)
    return DicomVolume(np.ascontiguousarray(hu), positions[order], spacing)


def _to_hu(dataset: pydicom.FileDataset) -> np.ndarray:
    try:
        stored = dataset.pixel_array.astype(np.float32)
    except Exception as error:  # pydicom raises many kinds for broken or undecodable pixels
        raise InputError(f"pixels cannot be decoded ({type(error).__name__})", file=dataset.filename) from error
    hu = stored * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))
    if "PixelPaddingValue" in dataset:
        hu[stored == float(dataset.PixelPaddingValue)] = PADDING_HU
    return np.clip(np.rint(hu), -1024, 3071).astype(np.int16)
