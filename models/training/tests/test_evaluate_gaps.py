"""``evaluate`` on a folder that is not whole: every gap is said, no patient is lost in silence, and no figure claims too much."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract
from thrombectomy_models.data.ct_ich import survey_ct_ich
from thrombectomy_models.evaluation.command import evaluate_ct_ich
from thrombectomy_models.evaluation.study import Model, StudyAnswer, calibrate
from thrombectomy_models.evaluation.summary import summarise

from .conftest import write_ct_ich


@pytest.fixture
def folder(tmp_path):
    return write_ct_ich(tmp_path / "data", {1: True, 2: False, 3: True, 4: False})


def _drop(folder, *starts):
    lines = (folder / "labels.csv").read_text().splitlines()
    (folder / "labels.csv").write_text("\n".join(line for line in lines if not line.startswith(starts)) + "\n")


def _evaluate(folder, model, capsys):
    assert main(["evaluate", "--data", str(folder), "--model", str(model), "--repeats", "20"]) == 0
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def test_a_whole_folder_has_no_gaps_and_no_warning(folder, small_model, capsys):
    result, said = _evaluate(folder, small_model, capsys)
    gaps = {name: result[name] for name in ("refused", "unlabelledSlices", "slicesWithoutBone", "patientsWithoutLabels", "contradictoryRows")}
    assert not any(gaps.values())
    assert (result["refusedPositives"], result["refusedNegatives"]) == (0, 0)
    assert "warning" not in said


def test_slices_and_patients_without_a_label_are_named(folder, small_model, capsys):
    shutil.copytree(folder / "patients" / "002", folder / "patients" / "099")
    _drop(folder, "1,3,")
    result, said = _evaluate(folder, small_model, capsys)
    assert result["unlabelledSlices"] == {"001": [3]}
    assert result["patientsWithoutLabels"] == ["099"]
    assert (result["patient"]["positives"], result["patient"]["negatives"]) == (1, 3)
    assert sum(result["slice"][k] + result["slice"]["leftOutByRecipe"][k] for k in ("positives", "negatives")) == 19
    assert "warning: 1 patients have slices without a label; a bleed there does not count: 001" in said
    assert "warning: 1 patients have images but no label, and were left out: 099" in said


def test_every_image_is_scored_labelled_or_not(folder, small_model, monkeypatch):
    shown = {}
    answer = Model.answer
    monkeypatch.setattr(Model, "answer", lambda self, name, hu: shown.setdefault(name, len(hu)) and answer(self, name, hu))
    _drop(folder, "1,1,", "1,2,", "1,3,")
    evaluate_ct_ich(folder, small_model, repeats=5)
    assert shown["001"] == 5


def test_missing_bone_window_is_named(folder, small_model, capsys):
    (folder / "patients" / "001" / "bone" / "2.jpg").unlink()
    shutil.rmtree(folder / "patients" / "004" / "bone")
    assert _evaluate(folder, small_model, capsys)[0]["slicesWithoutBone"] == {"001": [2], "004": [1, 2, 3, 4, 5]}


def _lose_folder(folder):
    shutil.rmtree(folder / "patients" / "001")


def _lose_slice(folder):
    (folder / "patients" / "001" / "brain" / "2.jpg").unlink()


def _lose_all_images(folder):
    shutil.rmtree(folder / "patients" / "001" / "brain")


def _break_image(folder):
    (folder / "patients" / "001" / "brain" / "2.jpg").write_bytes(b"no image")


def _resize_slice(folder):
    for window in ("brain", "bone"):
        Image.new("L", (40, 40)).save(folder / "patients" / "001" / window / "2.jpg")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_lose_folder, "patient 001 of labels.csv has no folder"),
        (_lose_slice, "slice 2 is in labels.csv, row 3, but its image is missing"),
        (_lose_all_images, "patient 001 has no images"),
        (_break_image, "brain/2.jpg: not a readable image"),
        (_resize_slice, "patient 001: slice is (40, 40), the first is (96, 96)"),
    ],
)
def test_patient_that_cannot_be_scored_is_refused_and_the_others_are_measured(folder, small_model, capsys, spoil, reason):
    spoil(folder)
    result, said = _evaluate(folder, small_model, capsys)
    assert list(result["refused"]) == ["001"] and reason in result["refused"]["001"]
    assert (result["refusedPositives"], result["refusedNegatives"]) == (1, 0)
    assert (result["patient"]["positives"], result["patient"]["negatives"]) == (1, 2)
    assert "warning: 1 patients were not scored: 001" in said


def test_folder_of_which_nothing_can_be_scored_ends_with_the_reasons(folder, small_model, capsys):
    shutil.rmtree(folder / "patients")
    assert main(["evaluate", "--data", str(folder), "--model", str(small_model)]) == 2
    captured = capsys.readouterr()
    assert "could score no study: 001 patient 001 of labels.csv has no folder" in captured.err and captured.out == ""


def test_row_that_contradicts_itself_is_named_and_no_hemorrhage_counts(folder, small_model, capsys):
    table = folder / "labels.csv"
    table.write_text(table.read_text().replace("2,3,0,0,0,0,0,1,0", "2,3,0,1,0,0,0,1,0"))
    result, _ = _evaluate(folder, small_model, capsys)
    assert result["contradictoryRows"] == [9]
    assert (result["patient"]["positives"], result["patient"]["negatives"]) == (2, 2)


def test_one_patient_of_a_kind_has_no_interval(folder, small_model, capsys):
    _drop(folder, "3,", "4,")
    result, _ = _evaluate(folder, small_model, capsys)
    assert result["patient"]["auc"]["value"] is not None
    assert result["patient"]["auc"]["interval"] is None
    assert result["slice"]["auc"]["interval"] is None


@pytest.fixture
def answered(folder, small_model):
    """Four patients whose answers are known, under a calibration that is not the identity; one answer lies in the band."""
    contract = read_contract(small_model)
    target = contract["targets"][0]
    target["calibration"] = {"method": "logistic", "slope": 2.0, "intercept": -3.0, "bootstrap": [], "data": "test"}
    target |= {"threshold": {"probability": 0.3, "rule": "test"}, "abstentionBand": {"lower": 0.2, "upper": 0.4}}
    volumes = survey_ct_ich(folder).volumes
    answers = []
    for volume, pooled in zip(volumes, (3.0, -1.0, 1.1, 2.0), strict=True):
        logits = np.full((5, 3), -2.0)
        logits[2] = pooled
        probability = np.array([calibrate(pooled, target["calibration"])] * 3)
        answers.append(StudyAnswer(volume.patient, [0, 1, 2, 3, 4], logits, np.full(3, pooled), probability))
    return contract, volumes, answers


def test_slices_are_called_on_the_calibrated_scale(answered):
    measured = summarise(*answered, repeats=20)["slice"]
    # logits 3 and 1.1 of the two bleeds and 2 of a normal slice give 0.95, 0.31 and 0.73 under the calibration, all others 0.001
    assert measured["metrics"]["sensitivity"]["value"] == 1
    assert measured["metrics"]["specificity"]["value"] == pytest.approx(17 / 18)
    assert measured["metrics"]["brier"]["value"] == pytest.approx((0.0474**2 + (1 - 0.31) ** 2 + 0.7311**2) / 20, abs=1e-3)


def test_answers_inside_the_band_are_counted_and_left_out_beside_the_figures(answered):
    patient = summarise(*answered, repeats=20)["patient"]
    assert patient["abstentionBand"] == {"lower": 0.2, "upper": 0.4}
    assert patient["abstained"] == {"positives": 1, "negatives": 0}
    assert (patient["outsideBand"]["positives"], patient["outsideBand"]["negatives"]) == (1, 2)
    assert patient["outsideBand"]["sensitivity"] == {"value": 1.0, "interval": None}
    assert patient["outsideBand"]["specificity"] == {"value": 0.5, "interval": None}
    assert patient["metrics"]["sensitivity"]["value"] == 1
