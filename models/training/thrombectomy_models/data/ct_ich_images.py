"""CT-ICH's images: which slices of a patient lie on disk, and two 8-bit windows back to Hounsfield units.

``<id>/{brain,bone}/<slice>.jpg``, slice 1 lowest; also ``.JPG``, ``.jpeg``, ``.png``; files beside them that are no numbers (the
published ``*_HGE_Seg.jpg``) are none of ours. Brain window L40 W120, bone window L700 W3200; both agree to 0.24 HU on average
where both are unsaturated. A bone slice missing at the source (084/36) is read from its brain window alone: saturated white
becomes ``SATURATED_BRAIN_HU``, saturated black air.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError

IMAGE = re.compile(r"(\d+)\.(jpg|jpeg|png)", re.ASCII | re.IGNORECASE)
SATURATED_BRAIN_HU, AIR_HU = 600, -1024


@dataclass(frozen=True)
class SliceFiles:
    """The two windows of one slice."""

    brain: Path
    bone: Path | None


def find_slices(folder: Path) -> dict[int, SliceFiles]:
    """By slice number, ascending; a slice is there when its brain window is. Looks at names only.

    :raises InputError: when one window of a slice stands there twice (``3.jpg`` and ``03.png``)
    """
    windows = {child.name.lower(): child for child in sorted(folder.iterdir()) if child.is_dir()}
    brain, bone = (_number(windows.get(name)) for name in ("brain", "bone"))
    return {number: SliceFiles(brain[number], bone.get(number)) for number in sorted(brain)}


def _number(folder: Path | None) -> dict[int, Path]:
    numbered: dict[int, Path] = {}
    for file in sorted(folder.iterdir()) if folder else ():
        if found := IMAGE.fullmatch(file.name):
            other = numbered.setdefault(int(found[1]), file)
            if other != file:
                raise InputError(f"is the same slice as {other.name}", file=file)
    return numbered


def read_slice(files: SliceFiles) -> np.ndarray:
    """One slice as int16 HU ``[row, column]``.

    :raises InputError: when a window is unreadable, or the two differ in size
    """
    brain = _read_grey(files.brain)
    fine = brain * (120 / 255) - 20
    if files.bone is None:
        coarse = np.where(brain >= 253, SATURATED_BRAIN_HU, AIR_HU)
    else:
        bone = _read_grey(files.bone)
        if bone.shape != brain.shape:
            raise InputError(f"bone window is {bone.shape}, brain window {brain.shape}", file=files.bone)
        coarse = bone * (3200 / 255) - 900
    return np.rint(np.where((brain > 2) & (brain < 253), fine, coarse)).astype(np.int16)


def _read_grey(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"), dtype=np.float32)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:  # whatever a broken file makes Pillow raise
        raise InputError(f"not a readable image ({error})", file=path) from error
