"""The recipe's cross-validated AUC stands beside the figures of one fold's weights, says whose it is, and changes nothing else."""

import json
import shutil

import pytest
import torch

from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract
from thrombectomy_models.export.model_card import write_card

from .conftest import PIPELINE_NETWORK as NETWORK
from .conftest import release_command, resample_less

WHOSE = "CT-ICH v1.0.0, out-of-fold patients, folds 0, 1 of 2; 2 networks of this recipe, not these weights"


@pytest.fixture(scope="module")
def both(released, tmp_path_factory):
    """The workspace of the pipeline with fold 1 trained, too."""
    root = shutil.copytree(released, tmp_path_factory.mktemp("both") / "w", ignore=shutil.ignore_patterns("int8", "data"))
    assert main(["train", "--workspace", str(root), "--settings", str(root / "settings.json"), "--fold", "1", "--fp32"]) == 0
    return root


@pytest.fixture
def version(both, tmp_path):
    return shutil.copytree(both / "fp16" / NETWORK / "0.9.0", tmp_path / "0.9.0")


def _add(root, version, *more, runs="0,1"):
    return main(["cross-validate-rows", "--workspace", str(root), "--model", str(version), "--runs", runs, *more])


def _added(before, after):
    """The rows that ``after`` has more; everything else is the same."""
    rows = after["targets"][0]["metrics"]
    kept, added = rows[: len(before["targets"][0]["metrics"])], rows[len(before["targets"][0]["metrics"]) :]
    assert json.dumps(after | {"targets": [after["targets"][0] | {"metrics": kept}, *after["targets"][1:]]}) == json.dumps(before)
    return added


def test_rows_are_added_to_a_released_version_and_nothing_else_changes(both, version):
    before = read_contract(version)
    others = {path: path.read_bytes() for path in version.rglob("*") if path.is_file() and path.name not in ("contract.json", "MODEL_CARD.md")}
    assert _add(both, version) == 0
    added = _added(before, read_contract(version))
    assert [(row["name"], row["unit"], row["validation"], row["data"]) for row in added] == [
        ("auc", unit, "cross-validated", WHOSE) for unit in ("patient", "slice")
    ]
    assert (added[0]["positives"], added[0]["negatives"]) == (10, 24)
    assert all(path.read_bytes() == content for path, content in others.items())
    assert {path.name for path in version.iterdir()} == {"contract.json", "MODEL_CARD.md"} | {path.relative_to(version).parts[0] for path in others}
    card = (version / "MODEL_CARD.md").read_text()
    assert card == write_card(read_contract(version)) and card.count(WHOSE) == 2


def test_rows_of_an_earlier_call_are_replaced(both, version):
    before = read_contract(version)
    assert _add(both, version) == 0
    assert _add(both, version, "--note", "teachers of another recipe") == 0
    assert {row["data"] for row in _added(before, read_contract(version))} == {f"{WHOSE}; teachers of another recipe"}


def test_a_release_carries_them_beside_its_own_figures(both, tmp_path, monkeypatch):
    resample_less(monkeypatch)
    assert main([*release_command(both, "0"), "--models", str(tmp_path), "--cross-validated", "0,1"]) == 0
    rows = read_contract(tmp_path / NETWORK / "0.9.0")["targets"][0]["metrics"]
    assert [row["data"] for row in rows if row["validation"] == "cross-validated"] == [WHOSE, WHOSE]
    assert [row["validation"] for row in rows[:-2]] == ["held-out"] * 7


def test_fold_that_was_adopted_is_said(both, version, tmp_path):
    root = shutil.copytree(both, tmp_path / "w")
    state = torch.load(root / f"{NETWORK}-0" / "weights.pt", weights_only=True)
    said = f"{WHOSE}; fold 0 from 0.9.0, fold 1 trained later"
    for origin in ({"origin": state["origin"] | {"adopted": "0.9.0"}}, {}):  # the second: as adopted before the version was kept
        torch.save({"step": 0, "seconds": 60.0, "average": state["average"]} | origin, root / f"{NETWORK}-0" / "weights.pt")
        assert _add(root, version) == 0
        assert [row["data"] for row in read_contract(version)["targets"][0]["metrics"][-2:]] == [said, said]


@pytest.mark.parametrize("runs", ["0", "0,1,2"])
def test_only_all_folds_are_cross_validated(both, version, capsys, runs):
    before = (version / "contract.json").read_bytes()
    assert _add(both, version, runs=runs) == 2
    assert "cross-validated are all folds, [0, 1]" in capsys.readouterr().err
    assert (version / "contract.json").read_bytes() == before


def test_fold_that_has_not_ended_or_was_told_otherwise_is_refused(both, version, tmp_path, capsys):
    root = shutil.copytree(both, tmp_path / "w")
    told = root / f"{NETWORK}-1" / "settings.json"
    told.write_text(told.read_text().replace('"seed": 1', '"seed": 2'))
    assert _add(root, version) == 2
    assert "told other settings" in capsys.readouterr().err
    (root / f"{NETWORK}-1" / "weights.pt").unlink()
    assert _add(root, version) == 2
    assert "no finished run here" in capsys.readouterr().err


def test_run_that_is_not_the_version_is_refused(both, version, tmp_path, capsys):
    contract = json.loads((version / "contract.json").read_text())
    contract["targets"][0]["scores"]["probabilities"][3] = 0.99
    (version / "contract.json").write_text(json.dumps(contract))
    assert _add(both, version) == 2
    assert "answers differently here" in capsys.readouterr().err


def test_version_of_several_folds_is_refused(both, version, capsys):
    contract = json.loads((version / "contract.json").read_text())
    contract["targets"][0]["scores"]["data"] = WHOSE
    (version / "contract.json").write_text(json.dumps(contract))
    assert _add(both, version) == 2
    assert "not those of one fold" in capsys.readouterr().err


def test_weights_of_all_patients_say_that_the_figures_are_not_theirs(both, tmp_path, capsys, monkeypatch):
    resample_less(monkeypatch)
    root = shutil.copytree(both, tmp_path / "w")
    assert main(["train", "--workspace", str(root), "--settings", str(root / "settings.json"), "--fold", "all", "--fp32"]) == 0
    command = [*release_command(root, "all"), "--models", str(tmp_path / "models"), "--runs", "0,1"]
    assert main([*command, "--cross-validated", "0,1"]) == 2
    assert "carry cross-validated figures already" in capsys.readouterr().err
    assert main(command) == 0
    contract = read_contract(tmp_path / "models" / NETWORK / "0.9.0")
    first = contract["targets"][0]
    assert {row["data"].removesuffix("; threshold and calibration fitted on these patients") for row in first["metrics"]} == {WHOSE}
    assert first["calibration"]["data"] == WHOSE
    assert "learned from all 34, none was held out" in contract["attributes"]["inclusionExclusionCriteria"]
