"""How a patient's CT is recognised without its name or its pixels: by the smallest digest of its slices.

Each slice that is not one grey has the SHA-256 of its size and its int16 HU, cut to 16 hexadecimal digits; the smallest of them
stands for the volume. File names, patient numbers, the order of slices and slices left out or added beside do not matter. It is the
decoded image that is recognised: another scan of the patient, or the same one resampled or compressed again, is not.
Nothing can be read back from a digest; who holds the same images can tell that they were among those learned from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

RULE, DIGITS = "smallest-slice-sha256-16", 16
"""The contract's name for all of the above: whatever changes it, also in a reader of images, is another rule."""


def digest_slices(hu: np.ndarray) -> frozenset[str]:
    """Of every slice that is not one grey.

    :param hu: int16 ``[slice, row, column]``
    """
    return frozenset(_digest(image) for image in hu if np.ptp(image) > 0)


def digest_volume(hu: np.ndarray) -> str | None:
    """None where every slice is one grey: nothing to be recognised by."""
    return min(digest_slices(hu), default=None)


def word_learned_from(volumes: Iterable[str], calibrated_on: Iterable[str]) -> dict:
    """``training.learnedFrom`` of a contract: whom the weights learned from, and on whom calibration and threshold were fitted."""
    return {"rule": RULE, "volumes": sorted(set(volumes)), "calibratedOn": sorted(set(calibrated_on))}


def _digest(image: np.ndarray) -> str:
    rows, columns = image.shape
    return hashlib.sha256(f"{rows}x{columns}:".encode() + np.ascontiguousarray(image, dtype="<i2").tobytes()).hexdigest()[:DIGITS]
