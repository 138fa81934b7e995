"""One exported version as a directory: written beside, checked, then swapped in whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from ..contract import MODELS_DIRECTORY, check_contract, describe_input, write_json_atomically
from ..contract_builder import build_contract
from ..errors import InputError
from ..networks import KINDS, SliceNetwork, count_parameters
from ..recipe import prepare
from .golden import make_cases, write_golden
from .model_card import write_card
from .onnx_file import MAXIMUM_FILE_BYTES, check_parity, export_onnx, open_session, run_onnx, store_half
from .triton import write_config

Store = Callable[[Path, Path], object]


def release(
    network: SliceNetwork, version: str, models: Path = MODELS_DIRECTORY, *, store: Store = store_half, replace: bool = False, **contract_parts
) -> Path:
    """Export ``network`` to ``models/<network>/<version>``.

    :param store: writes the file that ships from the fp32 export; say its ``storage`` in ``contract_parts``
    :param replace: swap it in for a version that is there
    :param contract_parts: what ``build_contract`` takes (targets, training, pooling, attribution, attributes)
    :raises InputError: when the version is there already, ONNX and PyTorch disagree by more than 1e-4, the file is too large, or the contract
        breaks its schema; nothing is left behind then
    """
    name = network.kind.name
    check_new(models, name, version, replace)
    parent = models / name
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=f".{version}-") as scratch:
        built = Path(scratch) / version
        built.mkdir()
        _fill(network, version, built, store, contract_parts)
        _swap(built, parent / version)
    return parent / version


def check_new(models: Path, network: str, version: str, replace: bool) -> None:
    """:raises InputError: when the version is there: whoever has seen its figures would have seen others"""
    place = models / network / version
    if place.exists() and not replace:
        raise InputError("is released already, and versions are never overwritten: take the next version, or say --replace", file=place)


def _fill(network: SliceNetwork, version: str, directory: Path, store: Store, contract_parts: dict) -> None:
    name, recipe = network.kind.name, describe_input(network.kind.name)
    full, model = directory.parent / "full.onnx", directory / "model.onnx"
    export_onnx(network, network.kind.side_px, full)
    pixels = np.concatenate([prepare(hu, recipe).tensor for hu in make_cases().values()])
    difference = check_parity(network, full, pixels)
    store(full, model)
    if model.stat().st_size > MAXIMUM_FILE_BYTES:
        raise InputError(f"{model.stat().st_size} bytes, allowed are {MAXIMUM_FILE_BYTES}", file=model)
    cam = run_onnx(open_session(model), pixels[:1])[1]
    contract = build_contract(name, version, model, cam_size=cam.shape[2:], parameters=count_parameters(network), **contract_parts)
    contract["training"]["export"] = {"parityMaximumDifference": difference}
    check_contract(contract, directory / "contract.json")
    write_golden(directory / "golden", model, recipe, contract["model"]["storage"])
    write_json_atomically(directory / "contract.json", contract)
    (directory / "MODEL_CARD.md").write_text(write_card(contract))
    (directory / "config.pbtxt").write_text(write_config(contract))


def _swap(built: Path, target: Path) -> None:
    old = built.with_name("old")
    if target.exists():
        os.rename(target, old)
    os.rename(built, target)
    shutil.rmtree(old, ignore_errors=True)


def settle_statistics(network: SliceNetwork, pixels: np.ndarray, passes: int = 10) -> None:
    """Let the batch norms of seeded weights see ``pixels`` so that an untrained network's answers are finite."""
    network.train()
    with torch.no_grad():
        for _ in range(passes):
            network(torch.from_numpy(pixels))
    network.eval()


def release_untrained(name: str, version: str, models: Path | None = None, seed: int = 2026, *, replace: bool = False) -> Path:
    """Seeded initial weights as a version of their own, for tests of the service; evidence ``untrained``.

    :raises InputError: for an unknown network, or a version that is there already
    """
    if name not in KINDS:
        raise InputError(f"unknown network {name}; known: {', '.join(KINDS)}")
    check_new(models or MODELS_DIRECTORY, name, version, replace)
    network, recipe = SliceNetwork(name, seed=seed), describe_input(name)
    settle_statistics(network, np.concatenate([prepare(hu, recipe).tensor for hu in make_cases().values()]))
    return release(network, version, models or MODELS_DIRECTORY, replace=replace)
