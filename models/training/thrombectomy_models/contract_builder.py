"""Build ``contract.json`` of one exported version from its parts; nothing is guessed here."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import timm

from .contract import POOLING, describe_input, sha256_of
from .data.patient_digest import word_learned_from
from .export.golden import choose_tolerance
from .export.onnx_file import OPSET
from .networks import KINDS
from .targets import TARGETS

HALF_RULE = "0.5, the default of a network without calibration"


def untrained_target(name: str) -> dict:
    """A target nobody has trained: no calibration, no metrics, evidence ``untrained``."""
    return {
        "target": name,
        "evidenceLevel": "untrained",
        "calibration": {"method": "none"},
        "threshold": {"probability": 0.5, "rule": HALF_RULE},
        "abstentionBand": {"lower": 0.5, "upper": 0.5},
        "metrics": [],
    }


def untrained_training() -> dict:
    return {
        "data": [],
        "code": "models/training (thrombectomy_models)",
        "hardware": "none: seeded initial weights",
        "durationMinutes": 0,
        "learnedFrom": word_learned_from([], []),
    }


def read_attributes() -> dict[str, str]:
    """The 31 HTI-1 source attributes with this project's answers."""
    return json.loads((Path(__file__).parent / "attributes.json").read_text())["attributes"]


def build_contract(
    network: str,
    version: str,
    model: Path,
    *,
    cam_size: tuple[int, int],
    parameters: int,
    storage: str = "fp16",
    targets: list[dict] | None = None,
    training: dict | None = None,
    pooling: dict | None = None,
    attribution: list[str] | None = None,
    attributes: dict[str, str] | None = None,
    released: str | None = None,
) -> dict:
    """The contract of ``model`` (already written; its digest and size are taken from the file).

    :param attributes: answers that are this version's own
    """
    kind = KINDS[network]
    return {
        "schemaVersion": 1,
        "network": network,
        "displayName": kind.display_name,
        "version": version,
        "released": released or datetime.date.today().isoformat(),
        "architecture": {"library": "timm", "libraryVersion": timm.__version__, "name": network, "parameters": parameters},
        "model": {"file": "model.onnx", "sha256": sha256_of(model), "bytes": model.stat().st_size, "storage": storage, "opset": OPSET},
        "input": describe_input(network),
        "outputs": {"logits": {"name": "logits"}, "cam": {"name": "cam", "rows": cam_size[0], "columns": cam_size[1]}},
        "pooling": pooling or POOLING,
        "targets": targets or [untrained_target(name) for name in TARGETS],
        "training": training or untrained_training(),
        "golden": {"file": "golden/golden.json", "tolerance": choose_tolerance(storage, model)},
        "licence": {"weights": "Apache-2.0", "attribution": [kind.citation, *(attribution or [])]},
        "attributes": read_attributes() | (attributes or {}),
    }
