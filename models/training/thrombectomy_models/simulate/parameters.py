"""Reads ``parameters.json`` once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path


@cache
def read_parameters() -> dict:
    return json.loads((Path(__file__).parent / "parameters.json").read_text())


def millimetres_per_pixel(side_px: int) -> float:
    return read_parameters()["squareMm"] / side_px
