"""From Hounsfield units to a network's tensor: the Python half of models/README.md ("Tensor recipe").

The TypeScript half is src/imaging/tensor; golden vectors hold both to the same numbers (maximum difference
1e-3). Anything changed here is a new version of every network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional

MINIMUM_HU, MAXIMUM_HU, AIR_HU = -1024, 3071, -1024


class Unusable(Exception):
    """The volume cannot be scored; ``reason`` is one of the service's abstention codes."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True)
class Square:
    """The crop in volume pixels; ``top`` and ``left`` may be negative (outside is air)."""

    top: int
    left: int
    side: int


def find_head_square(hu: np.ndarray, crop: dict) -> Square:
    """Bounding square of the skull over the whole volume (steps 1-3).

    :param hu: int16 ``[slice, row, column]``
    :param crop: ``input.crop`` of a contract
    :raises Unusable: ``not-head`` when no pixel reaches the skull threshold
    """
    skull = np.clip(hu, MINIMUM_HU, MAXIMUM_HU) >= crop["skullThresholdHu"]
    rows, columns = skull.sum(axis=(0, 2), dtype=np.int64), skull.sum(axis=(0, 1), dtype=np.int64)
    total = int(rows.sum())
    if total == 0:
        raise Unusable("not-head", f"no pixel at or above {crop['skullThresholdHu']} HU")
    tail = crop["tailFraction"]
    top, bottom = _trim(rows, total, tail)
    left, right = _trim(columns, total, tail)
    height, width = bottom - top + 1, right - left + 1
    side = math.ceil(max(height, width) * (1 + 2 * crop["marginFraction"]))
    return Square(math.floor(top + (height - side) / 2), math.floor(left + (width - side) / 2), side)


def _trim(counts: np.ndarray, total: int, tail: float) -> tuple[int, int]:
    cumulated = np.cumsum(counts)
    first = int(np.argmax(cumulated > tail * total))
    last = int(np.argmax(cumulated >= (1 - tail) * total))
    return first, last


def crop_square(hu: np.ndarray, square: Square) -> np.ndarray:
    """Cut ``square`` out of every slice; int16 ``[slice, side, side]``, air outside the image."""
    slices, height, width = hu.shape
    out = np.full((slices, square.side, square.side), AIR_HU, dtype=np.int16)
    top, left = max(square.top, 0), max(square.left, 0)
    bottom, right = min(square.top + square.side, height), min(square.left + square.side, width)
    if bottom > top and right > left:
        part = np.clip(hu[:, top:bottom, left:right], MINIMUM_HU, MAXIMUM_HU)
        out[:, top - square.top : bottom - square.top, left - square.left : right - square.left] = part
    return out


def choose_slices(cropped: np.ndarray, rule: dict) -> list[int]:
    """Indexes of the slices that hold enough tissue (step 4).

    :raises Unusable: ``partial-brain`` when none does
    """
    low, high = rule["tissueHu"]
    fraction = ((cropped >= low) & (cropped <= high)).mean(axis=(1, 2), dtype=np.float64)
    chosen = np.flatnonzero(fraction >= rule["minimumFraction"]).tolist()
    if not chosen:
        raise Unusable("partial-brain", f"no slice has {rule['minimumFraction']:.0%} of its square in tissue")
    return chosen


def resize_hu(cropped: np.ndarray, height: int, width: int) -> np.ndarray:
    """Antialiased bilinear resize of float32 HU ``[slice, side, side]`` to ``[slice, height, width]`` (step 5)."""
    image = torch.from_numpy(np.ascontiguousarray(cropped)).float()[:, None]
    small = functional.interpolate(image, size=(height, width), mode="bilinear", antialias=True, align_corners=False)
    return small[:, 0].numpy()


def window_channels(hu: torch.Tensor, windows: list[dict]) -> torch.Tensor:
    """``[n, h, w]`` HU to ``[n, windows, h, w]`` in 0-1 (step 6)."""
    channels = [((hu - (w["levelHu"] - w["widthHu"] / 2)) / w["widthHu"]).clamp(0, 1) for w in windows]
    return torch.stack(channels, dim=1)


def normalise(channels: torch.Tensor, mean: list[float], std: list[float]) -> torch.Tensor:
    """Per channel ``(v - mean) / std`` (step 7)."""
    shape = (1, -1, 1, 1)
    return (channels - torch.tensor(mean, device=channels.device).view(shape)) / torch.tensor(std, device=channels.device).view(shape)


@dataclass(frozen=True)
class Prepared:
    """What a network sees of a volume: ``tensor`` float32 ``[n, 3, h, w]`` and where it came from."""

    square: Square
    slice_indexes: list[int]
    tensor: np.ndarray


def prepare_hu(hu: np.ndarray, recipe: dict) -> tuple[Square, list[int], np.ndarray]:
    """Steps 1-5: the square, the scored slices and their resized HU (float32 ``[n, h, w]``)."""
    square = find_head_square(hu, recipe["crop"])
    cropped = crop_square(hu, square)
    indexes = choose_slices(cropped, recipe["slices"])
    return square, indexes, resize_hu(cropped[indexes], recipe["heightPx"], recipe["widthPx"])


def prepare(hu: np.ndarray, recipe: dict) -> Prepared:
    """All seven steps for ``recipe`` (``input`` of a contract)."""
    square, indexes, resized = prepare_hu(hu, recipe)
    channels = window_channels(torch.from_numpy(resized), recipe["windows"])
    tensor = normalise(channels, recipe["mean"], recipe["std"])
    return Prepared(square, indexes, tensor.numpy())
