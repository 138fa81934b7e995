"""``contract.json``: written from what was trained and measured, read back only when the schema and digest hold."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path

from .errors import InputError
from .networks import KINDS
from .readable_json import dump_readable

MODELS_DIRECTORY = Path(__file__).resolve().parents[2]

CROP = {"rule": "skull-bounding-square", "skullThresholdHu": 300, "tailFraction": 0.01, "marginFraction": 0.05}
SLICES = {"rule": "brain-fraction", "tissueHu": [0, 90], "minimumFraction": 0.1}
WINDOWS = [
    {"name": "brain", "levelHu": 40, "widthHu": 80},
    {"name": "subdural", "levelHu": 80, "widthHu": 200},
    {"name": "stroke", "levelHu": 40, "widthHu": 40},
]
POOLING = {"rule": "top-k-mean", "k": 3}


def describe_input(network: str) -> dict:
    """``input`` of the contract: everything the tensor recipe needs."""
    kind = KINDS[network]
    return {
        "name": "pixels",
        "layout": "NCHW",
        "heightPx": kind.side_px,
        "widthPx": kind.side_px,
        "crop": CROP,
        "slices": SLICES,
        "windows": WINDOWS,
        "resize": "bilinear-antialias",
        "mean": list(kind.mean),
        "std": list(kind.std),
    }


@cache
def read_schema() -> dict:
    return json.loads((MODELS_DIRECTORY / "contract.schema.json").read_text())


def check_contract(contract: dict, file: Path) -> None:
    """:raises InputError: naming the first place that breaks the schema."""
    import jsonschema  # here and not above: a machine that only trains can do without

    validator = jsonschema.Draft202012Validator(read_schema(), format_checker=jsonschema.FormatChecker())
    errors = sorted(validator.iter_errors(contract), key=lambda error: list(error.absolute_path))
    if errors:
        place = "/".join(str(part) for part in errors[0].absolute_path) or "(top)"
        raise InputError(f"contract breaks its schema at {place}: {errors[0].message}", file=file)


def read_contract(directory: str | Path) -> dict:
    """Contract of ``models/<network>/<version>``, with the model's digest checked.

    :raises InputError: for a missing file, broken JSON, a broken schema or a digest that does not match
    """
    file = Path(directory) / "contract.json"
    try:
        contract = json.loads(file.read_text())
    except FileNotFoundError as error:
        raise InputError("no contract.json here: not a model directory", file=file) from error
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg})", file=file, row=error.lineno) from error
    check_contract(contract, file)
    model = file.parent / contract["model"]["file"]
    if not model.is_file():
        raise InputError("the contract's model file is missing", file=model)
    if sha256_of(model) != contract["model"]["sha256"]:
        raise InputError("the model's SHA-256 is not the contract's", file=model)
    return contract


def sha256_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_json_atomically(path: Path, document: object) -> None:
    """Beside first, then rename: a reader never sees half a file."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(dump_readable(document))
    os.replace(beside, path)
