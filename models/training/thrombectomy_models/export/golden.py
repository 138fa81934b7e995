"""Golden vectors: a small volume, what the recipe makes of it, and what the network answers.

Layout of ``golden/`` (described in models/README.md): ``golden.json`` and one ``<case>.i16le.gz`` per volume.
Two cases: ``centred`` (enlarged by the resize; first and last slice without brain) and ``offset`` (reduced by the
resize, so that antialiasing counts; the square reaches outside the image; rows and columns differ).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx

from ..recipe import AIR_HU, prepare
from ..simulate.head import make_head
from .onnx_file import adds_maps, open_session, run_onnx

SCHEMA_VERSION, SAMPLES_PER_CASE = 1, 600
TOLERANCES = {
    "fp16": {"tensor": 1e-3, "logits": 2e-3, "camShare": 0.01},
    "int8": {"tensor": 1e-3, "logits": 0.1, "camShare": 0.05},
    "int8-sums": {"tensor": 1e-3, "logits": 0.1, "camShare": 0.2},
}
"""By storage: another CPU's rounding moves an int8 activation by a whole step where it lay between two (ADR 0029), and a network
that sums its maps in int8 carries that step on (ADR 0076)."""


def choose_tolerance(storage: str, model: Path) -> dict[str, float]:
    """What golden vectors of the ONNX file ``model`` may deviate by on another machine."""
    if storage == "int8" and adds_maps(onnx.load(str(model)).graph):
        return TOLERANCES["int8-sums"]
    return TOLERANCES[storage]


def make_cases() -> dict[str, np.ndarray]:
    """The two volumes, int16 HU; the same for every network and version (seeds 11 and 12)."""
    centred = make_head(np.random.default_rng(11), 6, 96, 96, noise_hu=2.0).hu
    empty = np.full((1, 96, 96), AIR_HU, np.int16)
    offset = make_head(np.random.default_rng(12), 3, 420, 440, centre=(0.42, 0.33), size=0.44, noise_hu=0.0).hu
    offset[1, 190:240, 110:160] = 68
    return {"centred": np.concatenate([empty, centred]), "offset": offset}


def write_golden(directory: Path, model: Path, recipe: dict, storage: str) -> None:
    """Write ``directory`` (created) for ``model`` of ``storage`` under ``recipe`` (``input`` of its contract)."""
    directory.mkdir(parents=True, exist_ok=True)
    session = open_session(model)
    cases = []
    for name, hu in make_cases().items():
        file = f"{name}.i16le.gz"
        data = hu.astype("<i2").tobytes()
        (directory / file).write_bytes(gzip.compress(data, 9, mtime=0))
        cases.append(_describe(name, file, hu, hashlib.sha256(data).hexdigest(), recipe, session))
    document = {"schemaVersion": SCHEMA_VERSION, "modelSha256": hashlib.sha256(model.read_bytes()).hexdigest(), "tolerance": choose_tolerance(storage, model), "cases": cases}
    (directory / "golden.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def _describe(name: str, file: str, hu: np.ndarray, digest: str, recipe: dict, session) -> dict:
    prepared = prepare(hu, recipe)
    tensor = prepared.tensor
    logits, cam = run_onnx(session, tensor)
    picks = np.random.default_rng(7).integers(0, tensor.size, SAMPLES_PER_CASE)
    n = len(tensor)
    return {
        "name": name,
        "volume": {"file": file, "type": "int16-le", "shape": list(hu.shape), "sha256": digest},
        "square": {"top": prepared.square.top, "left": prepared.square.left, "side": prepared.square.side},
        "sliceIndexes": prepared.slice_indexes,
        "tensor": {
            "shape": list(tensor.shape),
            "samples": [[int(i), round(float(tensor.flat[i]), 6)] for i in picks],
            "channelMeans": [[round(float(v), 6) for v in row] for row in tensor.reshape(n, 3, -1).mean(2, dtype=np.float64)],
        },
        "logits": [[round(float(v), 6) for v in row] for row in logits],
        "cam": {"shape": list(cam.shape), "firstSlice": [round(float(v), 5) for v in cam[0].ravel()]},
    }
