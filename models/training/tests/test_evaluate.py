"""``evaluate`` end to end on a folder in CT-ICH's layout, and its errors; calibration, thresholds, pointing."""

import json

import numpy as np
import pytest

from thrombectomy_models.calibration import calibrate_isotonic, calibrate_logistic, choose_band, choose_threshold, fit_logistic, ranks
from thrombectomy_models.cli import main
from thrombectomy_models.errors import InputError
from thrombectomy_models.evaluation.explanation import cells_of, measure_pointing, measure_rise
from thrombectomy_models.evaluation.plots import draw_calibration, draw_decision, draw_roc, net_benefit
from thrombectomy_models.evaluation.pooling import pool_slices
from thrombectomy_models.evaluation.study import calibrate
from thrombectomy_models.evaluation.table import Predictions, make_row, to_markdown, write_csv


def test_evaluate_prints_slice_and_patient_auc_as_json(ct_ich, small_model, capsys):
    assert main(["evaluate", "--data", str(ct_ich), "--model", str(small_model), "--repeats", "50"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["target"] == "ich-present"
    assert (result["patient"]["positives"], result["patient"]["negatives"]) == (2, 2)
    assert result["slice"]["positives"] + result["slice"]["leftOutByRecipe"]["positives"] == 2
    total = sum(result["slice"][k] + result["slice"]["leftOutByRecipe"][k] for k in ("positives", "negatives"))
    assert total == 20
    assert 0 <= result["patient"]["auc"]["value"] <= 1
    assert 0 <= result["slice"]["auc"]["value"] <= 1
    assert result["refused"] == {}


def test_evaluate_can_take_a_few_patients_of_each_kind(ct_ich, small_model, capsys):
    assert main(["evaluate", "--data", str(ct_ich), "--model", str(small_model), "--limit", "2", "--repeats", "10"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["patient"]["positives"], result["patient"]["negatives"]) == (1, 1)


@pytest.mark.parametrize("missing", ["data", "model"])
def test_evaluate_names_what_is_missing(ct_ich, small_model, tmp_path, capsys, missing):
    places = {"data": ct_ich, "model": small_model} | {missing: tmp_path / "nothing"}
    assert main(["evaluate", "--data", str(places["data"]), "--model", str(places["model"])]) == 2
    captured = capsys.readouterr()
    assert str(tmp_path / "nothing") in captured.err
    assert captured.out == ""


def test_evaluate_on_real_patients(shared_data, small_model, capsys):
    assert main(["evaluate", "--data", str(shared_data / "ct-ich"), "--model", str(small_model), "--limit", "4", "--repeats", "20"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["patient"]["positives"], result["patient"]["negatives"]) == (2, 2)
    assert result["slice"]["positives"] > 10


def test_study_logit_is_the_mean_of_the_largest_slices():
    logits = np.array([[1.0, 0.0], [3.0, -1.0], [2.0, 5.0]])
    assert pool_slices(logits, 2).tolist() == [2.5, 2.5]
    assert pool_slices(logits, 9).tolist() == pytest.approx(logits.mean(axis=0).tolist())


def test_logistic_calibration_finds_the_slope_that_made_the_data():
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 3, 4000)
    truth = (rng.uniform(size=4000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))).astype(int)
    fit = fit_logistic(logits, truth)
    assert fit.slope == pytest.approx(0.5, abs=0.05)
    assert fit.intercept == pytest.approx(-1, abs=0.15)


def test_separable_patients_give_a_finite_slope_and_bootstrap_pairs():
    logits, truth = np.linspace(-3, 3, 20), np.repeat([0, 1], 10)
    calibration = calibrate_logistic(logits, truth, [f"p{i}" for i in range(20)], "test")
    assert 0 < calibration["slope"] <= 5
    assert len(calibration["bootstrap"]) > 190
    assert calibrate(0.0, calibration) == pytest.approx(0.5, abs=0.05)


def test_a_network_that_does_not_demonstrably_rank_gets_the_base_rate_for_everybody():
    logits, truth = np.linspace(-0.1, 0.1, 24), np.tile([0, 0, 1], 8)
    patients = [f"p{i}" for i in range(24)]
    assert fit_logistic(logits, truth).slope > 0.5
    assert not ranks(logits, truth, patients)
    calibration = calibrate_logistic(logits, truth, patients, "test")
    assert calibration["slope"] == 0
    assert {slope for slope, _ in calibration["bootstrap"]} == {0}
    assert calibrate(40.0, calibration) == calibrate(-40.0, calibration) == pytest.approx(8 / 24, abs=0.02)
    threshold = choose_threshold(truth, np.full(24, calibrate(0.0, calibration)))["probability"]
    band = choose_band(threshold)
    assert band["lower"] < calibrate(40.0, calibration) < band["upper"]


def test_calibration_refuses_too_few_patients():
    with pytest.raises(InputError, match="at least 5"):
        calibrate_logistic([0, 1, 2], [0, 1, 1], ["a", "b", "c"], "test")


def test_isotonic_calibration_is_monotone():
    calibration = calibrate_isotonic([0, 1, 2, 3, 4, 5], [0, 1, 0, 1, 1, 1], "test")
    values = [calibrate(x, calibration) for x in np.linspace(-1, 6, 20)]
    assert values == sorted(values)


def test_threshold_reaches_its_sensitivity():
    truth = np.repeat([1, 0], 20)
    probability = np.concatenate([np.linspace(0.2, 0.9, 20), np.linspace(0.0, 0.5, 20)])
    chosen = choose_threshold(truth, probability, 0.9)["probability"]
    assert (probability[truth == 1] >= chosen).mean() >= 0.9
    band = choose_band(chosen)
    assert band["lower"] < chosen < band["upper"]


def test_peak_inside_and_outside_the_blood():
    mask = np.zeros((2, 64, 64), bool)
    mask[:, 0:8, 0:8] = True
    cam = np.zeros((2, 8, 8))
    cam[0, 0, 0] = cam[1, 7, 7] = 1
    pointing = measure_pointing(cam, np.array([1.0, -1.0]), mask, np.zeros((2, 64, 64)))
    assert (pointing.hits, pointing.slices, pointing.called, pointing.called_hits) == (1, 2, 1, 1)
    assert pointing.chance == pytest.approx(1 / 64)
    assert cells_of(mask[0], 4, 4).sum() == 1


def test_table_and_curves_are_written(tmp_path):
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 15)
    one = Predictions("net", "ich-present", "held-out", [f"p{i}" for i in range(30)], truth, np.clip(truth * 0.3 + rng.uniform(0, 0.6, 30), 0, 1), 0.5)
    row = make_row(one, repeats=30)
    assert "15 / 15" in to_markdown([row])
    write_csv([row], tmp_path / "t.csv")
    for draw, name in ((draw_roc, "roc"), (draw_calibration, "cal"), (draw_decision, "dca")):
        draw([one], tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 2000
    assert (tmp_path / "t.csv").read_text().count("\n") == 2


def test_net_benefit_of_calling_everybody():
    truth = np.array([1, 0, 0, 0])
    assert net_benefit(truth, np.ones(4), 0.2) == pytest.approx(0.25 - 0.75 * 0.25)


def test_rise_compares_slices_with_themselves():
    rise = measure_rise(np.array([1.0, 2.0, 3.0]), np.array([0.5, 2.5, 0.0]))
    assert rise.raised == pytest.approx(2 / 3)
    assert rise.auc == pytest.approx(7 / 9)
