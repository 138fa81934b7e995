"""A folder of DICOM CT slices as int16 HU ``[slice, row, column]`` in the project's orientation.

The reader of training and of ``evaluate --cohort``, kept small on purpose: the largest axial series; slices are ordered along
their normal, never by file name; columns are turned so that column 0 is the patient's right and row 0 anterior; thin slices become
slabs and wrapped HU are undone, as in the service. What the service refuses (src/imaging) is not refused here beyond what no
volume can be made of: the kernel, contrast, gaps, tilt and coverage are the cohort's own business.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError

from ..errors import InputError
from .slabs import PADDING_HU, is_thin, make_slabs

MINIMUM_SLICES, MAXIMUM_TILT = 5, 0.9
WRAP_BITS, WRAP_FROM, WRAP = 12, 3096, 4096
"""Twelve unsigned bits with an intercept of 0 hold signed values that wrapped around (CQ500, RSNA 2019; src/imaging/decode/hounsfield.ts)."""


@dataclass(frozen=True)
class DicomVolume:
    """``positions_mm`` along the slice normal, ascending; ``spacing_mm`` between rows and columns; ``slabs``: were thin slices averaged."""

    hu: np.ndarray
    positions_mm: np.ndarray
    spacing_mm: tuple[float, float]
    slabs: bool = False


def read_dicom_folder(folder: str | Path) -> DicomVolume:
    """The largest axial CT series below ``folder`` (searched through sub-folders); files that are no DICOM are passed over.

    :raises InputError: naming folder or file when no series of at least five axial slices can be read, or a slice of it is broken
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
    except Exception as error:  # begins as DICOM and goes on as something else: pydicom raises many kinds
        raise InputError(f"not a readable DICOM file ({type(error).__name__})", file=file) from error
    wanted = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SeriesInstanceUID", "Rows")
    if dataset.get("Modality") != "CT" or any(name not in dataset for name in wanted):
        return None
    if "LOCALIZER" in (dataset.get("ImageType") or []):
        return None
    return dataset if abs(_normal(dataset)[2]) >= MAXIMUM_TILT else None


def _numbers(dataset: pydicom.FileDataset, name: str, count: int) -> np.ndarray:
    try:
        values = np.atleast_1d(np.array(dataset[name].value, dtype=float))
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != (count,) or not np.isfinite(values).all():
        raise InputError(f"{name} is not {count} number{'s' if count > 1 else ''}", file=dataset.filename)
    return values


def _normal(dataset: pydicom.FileDataset) -> np.ndarray:
    row, column = _numbers(dataset, "ImageOrientationPatient", 6).reshape(2, 3)
    return np.cross(row, column)


def _stack(slices: list[pydicom.FileDataset], root: Path) -> DicomVolume:
    normal = _normal(slices[0])
    normal = normal if normal[2] > 0 else -normal
    positions = np.array([float(np.dot(normal, _numbers(s, "ImagePositionPatient", 3))) for s in slices])
    order = np.argsort(positions)
    if np.any(np.diff(positions[order]) < 0.01):
        raise InputError("two slices of one series lie at the same position", file=root)
    shapes = {(s.Rows, s.Columns) for s in slices}
    if len(shapes) > 1:
        raise InputError(f"slices of one series differ in size: {sorted(shapes)}", file=root)
    hu = np.stack([_to_hu(slices[i]) for i in order])
    row, column = _numbers(slices[0], "ImageOrientationPatient", 6).reshape(2, 3)
    hu = hu[:, :, ::-1] if row[0] < 0 else hu
    hu = hu[:, ::-1] if column[1] < 0 else hu
    spacing = tuple(_numbers(slices[0], "PixelSpacing", 2).tolist())
    if is_thin(positions[order]):
        return DicomVolume(*make_slabs(hu, positions[order]), spacing, slabs=True)
    return DicomVolume(np.ascontiguousarray(hu), positions[order], spacing)


def _to_hu(dataset: pydicom.FileDataset) -> np.ndarray:
    try:
        stored = dataset.pixel_array.astype(np.float32)
    except Exception as error:  # pydicom raises many kinds for broken or undecodable pixels
        raise InputError(f"pixels cannot be decoded ({type(error).__name__})", file=dataset.filename) from error
    if stored.ndim != 2:
        raise InputError("more than one frame or colour in a file", file=dataset.filename)
    slope, intercept = (_numbers(dataset, name, 1)[0] if name in dataset else default for name, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0)))
    padded = stored == _numbers(dataset, "PixelPaddingValue", 1)[0] if "PixelPaddingValue" in dataset else np.zeros(stored.shape, bool)
    if dataset.BitsStored == WRAP_BITS and not dataset.PixelRepresentation and (slope, intercept) == (1, 0):
        stored = np.where(stored >= WRAP_FROM, stored - WRAP, stored)
    hu = np.where(padded, PADDING_HU, stored * slope + intercept)
    return np.clip(np.rint(hu), -1024, 3071).astype(np.int16)
