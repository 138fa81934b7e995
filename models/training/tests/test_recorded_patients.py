"""``record-patients``: a version of before gets the digests of whom it learned from and the folds of its cases, where that is certain."""

import json
import shutil

import pytest

from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract
from thrombectomy_models.export.model_card import write_card

from .conftest import PIPELINE_NETWORK as NETWORK


@pytest.fixture
def before(released, tmp_path):
    """A workspace, and its version as released before contracts had the field."""
    root = shutil.copytree(released, tmp_path / "w", ignore=shutil.ignore_patterns("data", "int8", f"{NETWORK}-*"))
    version = root / "fp16" / NETWORK / "0.9.0"
    contract = json.loads((version / "contract.json").read_text())
    said = contract["training"].pop("learnedFrom")
    (version / "contract.json").write_text(json.dumps(contract))
    return root, version, said


def _record(root, version):
    return main(["record-patients", "--workspace", str(root), "--model", str(version)])


def test_field_is_added_to_a_version_of_before_and_nothing_else_changes(before, capsys):
    root, version, said = before
    contract = json.loads((version / "contract.json").read_text())
    others = {path: path.read_bytes() for path in version.rglob("*") if path.is_file() and path.name != "contract.json"}
    assert _record(root, version) == 0
    after = read_contract(version)
    assert after["training"].pop("learnedFrom") == said and after == contract
    assert {path: path.read_bytes() for path in version.rglob("*") if path.is_file() and path.name != "contract.json"} == others
    assert (version / "MODEL_CARD.md").read_text() == write_card(read_contract(version))
    assert _record(root, version) == 2
    assert "says already whom it learned from" in capsys.readouterr().err


def test_scores_of_before_get_the_folds_of_their_cases(before, capsys):
    root, version, _ = before
    whole = read_contract(version)
    contract = json.loads((version / "contract.json").read_text())
    cases = [one["scores"].pop("cases") for one in contract["targets"]]
    assert cases[0]["folds"] == [0] * len(contract["targets"][0]["scores"]["truth"]) and len({one["deal"] for one in cases}) == 1
    (version / "contract.json").write_text(json.dumps(contract))
    assert _record(root, version) == 0
    after = read_contract(version)
    after["training"].pop("learnedFrom")
    assert after == whole
    contract["targets"][2]["scores"]["truth"][0] ^= 1
    (version / "contract.json").write_text(json.dumps(contract))
    assert _record(root, version) == 2
    assert "other truths of poor-collaterals" in capsys.readouterr().err


def test_version_from_before_scores_were_kept_is_checked_by_its_auc(before, capsys, monkeypatch):
    monkeypatch.setattr("thrombectomy_models.recorded_patients.AUC_TOLERANCE", 0.1)  # six steps leave near ties, and fp16 turns some over
    root, version, said = before
    contract = json.loads((version / "contract.json").read_text())
    del contract["targets"][0]["scores"]
    auc = next(row for row in contract["targets"][0]["metrics"] if (row["name"], row["unit"]) == ("auc", "slice"))
    right = auc["value"]
    auc["value"] = right - 0.2
    (version / "contract.json").write_text(json.dumps(contract))
    assert _record(root, version) == 2
    assert "slice AUC is 0." in capsys.readouterr().err
    auc["value"] = right
    (version / "contract.json").write_text(json.dumps(contract))
    assert _record(root, version) == 0
    assert read_contract(version)["training"]["learnedFrom"] == said


def _swap_folds(root, contract):
    folds = json.loads((root / "folds.json").read_text())
    (root / "folds.json").write_text(json.dumps({patient: 1 - fold for patient, fold in folds.items()}))


def _other_answers(root, contract):
    contract["targets"][0]["scores"]["probabilities"][-1] = 0.9


def _other_truths(root, contract):
    contract["targets"][0]["scores"]["truth"][0] ^= 1


def _other_counts(root, contract):
    contract["training"]["data"][0]["patients"] = 16


def _other_folds(root, contract):
    contract["targets"][0]["scores"]["data"] = "CT-ICH v1.0.0, out-of-fold patients, folds 0 of 3"


def _several_folds(root, contract):
    contract["targets"][0]["scores"]["data"] = "CT-ICH v1.0.0, out-of-fold patients, folds 0, 1 of 2"


def _no_digests(root, contract):
    next((root / "prepared").glob("*.digest")).unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_swap_folds, "answers differently here than its contract says"),
        (_other_truths, "its contract gives other truths"),
        (_other_answers, "answers differently here than its contract says"),
        (_other_counts, "it says that it learned from [(16, 51)] (patients, slices), left here are (17, 51)"),
        (_other_folds, "its fold is one of 3, here are 2"),
        (_several_folds, "its figures are not those of one fold"),
        (_no_digests, "prepared before digests were kept"),
    ],
)
def test_field_is_not_added_where_it_is_not_certain(before, capsys, spoil, message):
    root, version, _ = before
    contract = json.loads((version / "contract.json").read_text())
    spoil(root, contract)
    (version / "contract.json").write_text(json.dumps(contract))
    assert _record(root, version) == 2
    assert message in capsys.readouterr().err
    assert json.loads((version / "contract.json").read_text()) == contract
