"""A run's answers outlive its weights: kept as a file, taken up elsewhere, and refused where they would mislead."""

import json
import shutil

import numpy as np
import pytest

from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract

from .conftest import PIPELINE_NETWORK as NETWORK
from .conftest import release_command, resample_less


@pytest.fixture(scope="module")
def kept(released, tmp_path_factory):
    """Fold 1 of the pipeline, trained and kept; and the workspace without any run."""
    root = shutil.copytree(released, tmp_path_factory.mktemp("kept") / "w", ignore=shutil.ignore_patterns("fp16", "int8", "data"))
    assert main(["train", "--workspace", str(root), "--settings", str(root / "settings.json"), "--fold", "1", "--fp32"]) == 0
    out = root / "answers"
    assert main(["keep-answers", "--workspace", str(root), "--network", NETWORK, "--runs", "0,1", "--hardware", "test", "--out", str(out)]) == 0
    bare = shutil.copytree(root, root.parent / "bare", ignore=shutil.ignore_patterns(f"{NETWORK}-*"))
    return root, bare, out


@pytest.fixture
def bare(kept, tmp_path):
    return shutil.copytree(kept[1], tmp_path / "bare")


def take(root, *files):
    return main(["take-answers", "--workspace", str(root), "--answers", ",".join(map(str, files))])


def test_taken_answers_are_those_that_were_kept(kept, bare):
    root, _, out = kept
    assert take(bare, out / f"{NETWORK}-0.json", out / f"{NETWORK}-1.json") == 0
    for fold in ("0", "1"):
        with np.load(root / f"{NETWORK}-{fold}" / "oof.npz") as first, np.load(bare / f"{NETWORK}-{fold}" / "oof.npz") as again:
            assert set(first.files) == set(again.files)
            assert all(np.array_equal(first[p][:, :1], again[p]) for p in first.files)
        assert not (bare / f"{NETWORK}-{fold}" / "weights.pt").exists()


def test_file_names_no_patient_and_holds_no_label(kept):
    said = json.loads((kept[2] / f"{NETWORK}-0.json").read_text())
    assert set(said) == {"network", "fold", "folds", "settings", "hardware", "minutes", "adopted", "patients", "strokes"}
    assert all(len(digest) == 16 and set(digest) <= set("0123456789abcdef") for digest in said["patients"])
    assert all(len(row) == 3 for rows in said["patients"].values() for row in rows)


def test_version_gets_the_same_rows_from_answers_as_from_runs(kept, bare, released, tmp_path, monkeypatch):
    resample_less(monkeypatch)
    root, _, out = kept
    assert take(bare, out / f"{NETWORK}-0.json", out / f"{NETWORK}-1.json") == 0
    rows = []
    for index, workspace in enumerate((root, bare)):
        version = shutil.copytree(released / "fp16" / NETWORK / "0.9.0", tmp_path / str(index) / "0.9.0")
        assert main(["cross-validate-rows", "--workspace", str(workspace), "--model", str(version), "--runs", "0,1"]) == 0
        rows.append([row for row in read_contract(version)["targets"][0]["metrics"] if row["validation"] == "cross-validated"])
    assert len(rows[0]) == 2
    assert rows[1] == rows[0]


def test_weights_of_all_patients_are_released_on_answers_alone(kept, bare, tmp_path, monkeypatch, capsys):
    """Folds whose strokes were not kept count for what is measured on real patients, and for nothing else."""
    resample_less(monkeypatch)
    out = shutil.copytree(kept[2], tmp_path / "answers")
    file = out / f"{NETWORK}-1.json"
    said = json.loads(file.read_text())
    assert take(bare, out / f"{NETWORK}-0.json") == 0
    rows = said.pop("strokes")
    file.write_text(json.dumps(said | {"strokes": rows[:-1]}))
    assert take(bare, file) == 2
    assert f"{len(rows) - 1} simulated strokes, 2 in each of {len(rows) // 2} patients are expected" in capsys.readouterr().err
    assert not list(bare.glob(f"*{NETWORK}-1*"))
    file.write_text(json.dumps(said))
    assert take(bare, file) == 0
    assert main(["train", "--workspace", str(bare), "--settings", str(bare / "settings.json"), "--fold", "all", "--fp32"]) == 0
    release = [*release_command(bare, "all"), "--models", str(tmp_path / "models"), "--runs", "0,1"]
    assert main(release) == 0
    contract = read_contract(tmp_path / "models" / NETWORK / "0.9.0")
    real, *forecasts = contract["targets"]
    assert ", folds 0, 1 of 2; 2 networks of this recipe" in real["scores"]["data"] and set(real["scores"]["cases"]["folds"]) == {0, 1}
    assert all(", folds 0 of 2; 1 network of this recipe" in one["scores"]["data"] for one in forecasts)
    assert contract["training"]["durationMinutes"] >= said["minutes"]
    (bare / f"{NETWORK}-0" / "strokes.npz").unlink()
    assert main([*release, "--replace"]) == 2
    assert "no fold's network has answered simulated strokes" in capsys.readouterr().err


def test_answers_of_other_patients_are_refused_and_leave_nothing(kept, bare, tmp_path, capsys):
    said = json.loads((kept[2] / f"{NETWORK}-0.json").read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps(said | {"fold": "1"}))
    assert take(bare, other) == 2
    assert "not those that fold 1 holds out" in capsys.readouterr().err
    first = next(iter(said["patients"]))
    other.write_text(json.dumps(said | {"patients": said["patients"] | {first: said["patients"][first][1:]}}))
    assert take(bare, other) == 2
    assert "other slices than are prepared here" in capsys.readouterr().err
    assert not list(bare.glob(f"*{NETWORK}-*"))


@pytest.mark.parametrize(("content", "message"), [("{", "not JSON"), ("[]", "not the answers of a run"), ("{}", "not the answers of a run")])
def test_what_is_no_such_file_is_named(bare, tmp_path, capsys, content, message):
    file = tmp_path / "a.json"
    file.write_text(content)
    assert take(bare, file) == 2
    assert f"{file}" in (said := capsys.readouterr().err) and message in said


def test_run_that_is_there_is_not_replaced_and_unfinished_ones_are_not_kept(kept, bare, tmp_path, capsys):
    root, _, out = kept
    assert take(root, out / f"{NETWORK}-0.json") == 2
    assert "there is a run already" in capsys.readouterr().err
    assert main(["keep-answers", "--workspace", str(bare), "--network", NETWORK, "--runs", "0", "--hardware", "h", "--out", str(tmp_path / "o")]) == 2
    assert "no finished run here" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
