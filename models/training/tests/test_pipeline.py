"""The commands one after the other, as a hospital runs them: prepare, train, release (fp16 and int8)."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from thrombectomy_models.assemble import count_minutes
from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract
from thrombectomy_models.export.onnx_file import open_session, run_onnx
from thrombectomy_models.train.cross_validation import Workspace, split
from thrombectomy_models.train.origin import read_origin
from thrombectomy_models.train.predict import to_network_pixels

from .conftest import PIPELINE_NETWORK as NETWORK
from .conftest import release_command


def test_released_version_carries_the_figures_of_its_held_out_patients(released):
    contract = read_contract(released / "fp16" / NETWORK / "0.9.0")
    auc = contract["targets"][0]["metrics"][0]
    assert (auc["name"], auc["validation"], auc["positives"], auc["negatives"]) == ("auc", "held-out", 5, 12)
    assert contract["training"]["data"][0]["patients"] == 17
    criteria = contract["attributes"]["inclusionExclusionCriteria"]
    assert criteria.startswith("CT-ICH v1.0.0: 34 of 82 patients were at hand; these weights learned from 17, the 17 of fold 0 were held out")
    assert not [line for line in contract["licence"]["attribution"] if "taught by" in line]  # no teacher: none is named


def test_fit_sets_patients_learned_from_beside_held_out_ones(trained, capsys):
    capsys.readouterr()
    assert main(["fit", "--workspace", str(trained), "--network", NETWORK, "--fold", "0"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {who: (one["positives"], one["negatives"]) for who, one in said["real"].items()} == {"learned": (5, 46), "heldOut": (5, 46)}
    for one in said["painted"].values():
        assert 0 < one["positives"] == sum(kind["positives"] for kind in one["kinds"].values())
        assert one["negatives"] > 0


def test_int8_is_calibrated_on_what_the_int8_file_answers(released):
    directory = released / "int8" / NETWORK / "0.9.0"
    contract, half = read_contract(directory), read_contract(released / "fp16" / NETWORK / "0.9.0")
    assert (contract["model"]["storage"], half["model"]["storage"]) == ("int8", "fp16")
    weights = [numpy_helper.to_array(w) for w in onnx.load(str(directory / "model.onnx")).graph.initializer if w.data_type == onnx.TensorProto.INT8]
    assert weights
    assert max(np.abs(w.astype(int)).max() for w in weights) <= 64  # 7 bits: no CPU saturates
    session = open_session(directory / "model.onnx")
    held = split(Workspace(released), "0")[1]
    pooled = [np.sort(run_onnx(session, to_network_pixels(p.hu[224], NETWORK).numpy())[0][:, 0])[-3:].mean() for p in held]
    truth = [p.positive for p in held]
    calibration, rule = contract["targets"][0]["calibration"], contract["targets"][0]["threshold"]["probability"]
    called = 1 / (1 + np.exp(-(calibration["slope"] * np.array(pooled) + calibration["intercept"]))) >= rule
    assert called[np.array(truth)].mean() >= 0.9
    assert calibration["bootstrap"] != half["targets"][0]["calibration"]["bootstrap"]


def _copy_prepared(released, to):
    """The workspace as ``prepare`` left it, without its runs."""
    shutil.copytree(released, to, ignore=shutil.ignore_patterns(f"{NETWORK}-*", "fp16", "int8", "data"))
    return to


def _adopt(root, released, fold="0"):
    model = released / "fp16" / NETWORK / "0.9.0"
    return main(["adopt", "--workspace", str(root), "--model", str(model), "--settings", str(released / "settings.json"), "--fold", fold])


def test_adopted_version_is_the_run_it_came_from(released, tmp_path):
    root = _copy_prepared(released, tmp_path / "elsewhere")
    assert _adopt(root, released) == 0
    with np.load(root / f"{NETWORK}-0" / "oof.npz") as again, np.load(released / f"{NETWORK}-0" / "oof.npz") as first:
        assert sorted(again.files) == sorted(first.files)
        for name in first.files:
            assert again[name] == pytest.approx(first[name], abs=0.02)
    assert main(["fit", "--workspace", str(root), "--network", NETWORK, "--fold", "0"]) == 0
    assert read_origin(root / f"{NETWORK}-0" / "weights.pt").adopted == "0.9.0"
    minutes = read_contract(released / "fp16" / NETWORK / "0.9.0")["training"]["durationMinutes"]
    assert count_minutes(root / f"{NETWORK}-0") == pytest.approx(minutes)


def test_version_is_not_adopted_where_it_may_have_learned_from_the_held_out(released, tmp_path, capsys):
    root = _copy_prepared(released, tmp_path / "elsewhere")
    assert _adopt(root, released, fold="1") == 2
    assert "not of fold 1 alone" in capsys.readouterr().err
    dealt = json.loads((root / "folds.json").read_text())
    (root / "folds.json").write_text(json.dumps({patient: 1 - fold for patient, fold in dealt.items()}))
    assert _adopt(root, released) == 2
    assert "not the patients it held out" in capsys.readouterr().err
    assert not list(root.glob(f"{NETWORK}-*"))


def test_run_there_already_is_not_adopted_over(released, capsys):
    assert _adopt(released, released) == 2
    assert "finished run already" in capsys.readouterr().err


def test_version_that_is_there_is_not_released_over(released, capsys):
    place = released / "fp16" / NETWORK / "0.9.0"
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    assert main([*release_command(released, "0"), "--models", str(released / "fp16")]) == 2
    assert "is released already" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before


def test_int8_of_weights_that_learned_from_all_is_refused(trained, capsys):
    assert main([*release_command(trained, "all"), "--models", str(trained / "none"), "--storage", "int8"]) == 2
    assert "none that are held out" in capsys.readouterr().err
    assert not (trained / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report"], "report needs --data or --cohort"),
        (["report", "--cohort", "{none}"], "{none}: cannot be opened"),
        (["prepare", "--data", "{none}", "--workspace", "{new}"], "{none}: no labels.csv"),
        (["train", "--workspace", "{new}", "--settings", "{none}", "--fold", "0"], "{none}: settings file cannot be read"),
        (["train", "--workspace", "{new}", "--settings", "{root}/settings.json", "--fold", "0"], "folds.json: no folds.json"),
        (["train", "--workspace", "{root}", "--settings", "{root}/settings.json", "--fold", "7"], "folds.json: fold '7'"),
        (["train", "--workspace", "{root}", "--settings", "{root}/settings.json", "--fold", "1", "--start", "{none}.pt"], "{none}.pt: no finished run"),
        (["train-cohort", "--cohort", "{none}", "--run", "{new}", "--settings", "{root}/settings.json"], "{none}: cannot be opened"),
        (["release", "--workspace", "{root}", "--network", NETWORK, "--version", "1.0.0", "--runs", "0,x", "--hardware", "h"], "'0,x' are not"),
        (
            ["release", "--workspace", "{root}", "--network", NETWORK, "--version", "1.0.0", "--runs", "1", "--hardware", "h"],
            "mobilenetv3_small_100-all/weights.pt: no finished run",
        ),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_bad_input_is_named_and_nothing_is_written(trained, tmp_path, capsys, arguments, message):
    places = {"none": str(tmp_path / "none"), "new": str(tmp_path / "new"), "root": str(trained)}
    before = sorted(p for p in trained.rglob("*"))
    assert main([a.format(**places) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert message.format(**places) in captured.err
    assert captured.err.count("\n") == 1 and captured.out == ""
    assert not (tmp_path / "new").exists()
    assert sorted(p for p in trained.rglob("*")) == before
