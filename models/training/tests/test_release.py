"""A released version: contract, digest, golden vectors, card, Triton; and nothing left behind when it fails."""

import gzip
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract
from thrombectomy_models.contract_builder import read_attributes
from thrombectomy_models.errors import InputError
from thrombectomy_models.export import release as release_module
from thrombectomy_models.export.golden import make_cases
from thrombectomy_models.export.model_card import write_card
from thrombectomy_models.export.onnx_file import open_session, run_onnx
from thrombectomy_models.recipe import prepare


def test_contract_holds_the_schema_and_the_digest(small_model):
    contract = read_contract(small_model)
    assert contract["model"]["storage"] == "fp16"
    assert contract["model"]["bytes"] < 4_000_000
    assert contract["training"]["export"]["parityMaximumDifference"] <= 1e-4
    assert {t["evidenceLevel"] for t in contract["targets"]} == {"untrained"}


def test_golden_vectors_are_reproduced_from_their_files(small_model):
    contract = read_contract(small_model)
    golden = json.loads((small_model / "golden" / "golden.json").read_text())
    session = open_session(small_model / "model.onnx")
    for case in golden["cases"]:
        raw = gzip.decompress((small_model / "golden" / case["volume"]["file"]).read_bytes())
        hu = np.frombuffer(raw, "<i2").reshape(case["volume"]["shape"])
        prepared = prepare(hu, contract["input"])
        assert vars(prepared.square) == case["square"]
        assert prepared.slice_indexes == case["sliceIndexes"]
        picked = prepared.tensor.ravel()[[i for i, _ in case["tensor"]["samples"]]]
        assert np.abs(picked - [v for _, v in case["tensor"]["samples"]]).max() <= golden["tolerance"]["tensor"]
        assert np.abs(run_onnx(session, prepared.tensor)[0] - case["logits"]).max() <= golden["tolerance"]["logits"]


def test_golden_cases_shrink_enlarge_and_leave_the_image():
    sides = {name: prepare(hu, {**_recipe(), "heightPx": 224, "widthPx": 224}) for name, hu in make_cases().items()}
    assert sides["centred"].square.side < 224 < sides["offset"].square.side
    assert sides["offset"].square.left < 0
    assert 0 not in sides["centred"].slice_indexes


def _recipe():
    from thrombectomy_models.contract import describe_input

    return describe_input("mobilenetv3_small_100")


def test_card_names_every_attribute_and_no_metric_that_is_missing(small_model):
    card = write_card(read_contract(small_model))
    assert len(read_attributes()) == 31
    assert card.count("\n- **") == 31
    assert card.count("No metric has been measured.") == 3
    assert (small_model / "MODEL_CARD.md").read_text() == card


def test_triton_configuration_has_the_shapes_of_the_contract(small_model):
    text = (small_model / "config.pbtxt").read_text()
    assert "dims: [ 3, 224, 224 ]" in text
    assert "dims: [ 3, 7, 7 ]" in text
    assert "batch_size: 16" in text


def test_changed_weights_are_refused(small_model, tmp_path):
    copy = shutil.copytree(small_model, tmp_path / "copy")
    with (copy / "model.onnx").open("ab") as handle:
        handle.write(b"\0")
    with pytest.raises(InputError, match="SHA-256"):
        read_contract(copy)


def test_contract_that_breaks_the_schema_is_refused_with_the_place(small_model, tmp_path):
    copy = shutil.copytree(small_model, tmp_path / "copy")
    contract = json.loads((copy / "contract.json").read_text())
    contract["targets"][1]["evidenceLevel"] = "excellent"
    (copy / "contract.json").write_text(json.dumps(contract))
    with pytest.raises(InputError, match="targets/1/evidenceLevel"):
        read_contract(copy)


def test_failed_parity_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("thrombectomy_models.export.onnx_file.measure_parity", lambda *_: 0.5)
    with pytest.raises(InputError, match="differ by"):
        release_module.release_untrained("mobilenetv3_small_100", "0.0.1", tmp_path)
    assert list((tmp_path / "mobilenetv3_small_100").iterdir()) == []


def test_untrained_weights_claim_nobody(small_model):
    attributes = read_contract(small_model)["attributes"]
    assert attributes["inclusionExclusionCriteria"].startswith("None: nobody was learned from")


def test_version_that_is_there_is_not_overwritten(small_model, tmp_path, capsys):
    copy = shutil.copytree(small_model, tmp_path / "mobilenetv3_small_100" / "0.0.1")
    command = ["untrained", "--network", "mobilenetv3_small_100", "--version", "0.0.1", "--models", str(tmp_path)]
    (copy / "golden" / "golden.json").unlink()
    assert main(command) == 2
    assert "0.0.1: is released already, and versions are never overwritten" in capsys.readouterr().err
    assert not (copy / "golden" / "golden.json").exists()
    assert main([*command, "--replace"]) == 0
    assert (copy / "golden" / "golden.json").is_file()


def test_card_and_attributes_name_commands_that_there_are(small_model):
    parser = subprocess.run([sys.executable, "-m", "thrombectomy_models", "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.search(r"\{([a-z0-9,-]+)\}", parser)[1].split(","))
    card = (small_model / "MODEL_CARD.md").read_text()
    named = set(re.findall(r"`(?:thrombectomy_models )?([a-z-]+)`", card)) - {"ich-present", "ich-after-evt", "poor-collaterals"}
    assert named and named <= commands
