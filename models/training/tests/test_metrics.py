"""The metrics against published figures and against cases that can be counted by hand."""

import numpy as np
import pytest

from thrombectomy_models.data.cq500 import join, read_labels, read_scores
from thrombectomy_models.evaluation.bootstrap import bootstrap_metrics, bootstrap_rows
from thrombectomy_models.evaluation.delong import compare_aucs
from thrombectomy_models.evaluation.metrics import measure_all, measure_ece

QER_AUC = {"ICH": 0.9419, "IPH": 0.9544, "IVH": 0.9310, "SDH": 0.9521, "EDH": 0.9731, "SAH": 0.9574}


@pytest.fixture(scope="module")
def cq500(shared_data):
    folder = shared_data / "cq500-labels"
    return read_labels(folder), read_scores(folder)


@pytest.mark.parametrize("finding", QER_AUC)
def test_qer_auc_on_cq500_to_four_digits(cq500, finding):
    truth, score = join(*cq500, finding)
    assert round(measure_all(truth, score, 0.5)["auc"], 4) == QER_AUC[finding]


def test_qer_calibration_and_calls_on_cq500(cq500):
    truth, score = join(*cq500, "ICH")
    figures = measure_all(truth, score, 0.8)
    assert (len(truth), truth.sum()) == (491, 205)
    assert round(figures["brier"], 3) == 0.143
    assert round(figures["ece10"], 3) == 0.174
    assert round(figures["sensitivity"], 3) == 0.859
    assert round(figures["specificity"], 3) == 0.860


def test_qer_bootstrap_interval_on_cq500(cq500):
    truth, score = join(*cq500, "ICH")
    low, high = bootstrap_metrics(lambda rows: measure_all(truth[rows], score[rows], 0.5), np.arange(len(truth)), 300)["auc"]
    assert (low, high) == pytest.approx((0.922, 0.961), abs=0.004)


def test_counts_by_hand():
    figures = measure_all(np.array([1, 1, 1, 0, 0]), np.array([0.9, 0.8, 0.2, 0.7, 0.1]), 0.5)
    assert figures["sensitivity"] == pytest.approx(2 / 3)
    assert figures["specificity"] == pytest.approx(1 / 2)
    assert figures["ppv"] == pytest.approx(2 / 3)
    assert figures["npv"] == pytest.approx(1 / 2)
    assert figures["f1"] == pytest.approx(2 / 3)
    assert figures["kappa"] == pytest.approx((3 / 5 - 13 / 25) / (1 - 13 / 25))
    assert figures["auc"] == pytest.approx(5 / 6)


def test_one_class_alone_has_no_auc_and_no_zero_instead():
    figures = measure_all(np.array([1, 1]), np.array([0.9, 0.2]), 0.5)
    assert np.isnan(figures["auc"])
    assert np.isnan(figures["specificity"])
    assert figures["sensitivity"] == 0.5


def test_separable_data_has_no_calibration_slope():
    assert np.isnan(measure_all(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9]), 0.5)["calibration_slope"])


def test_ece_of_a_forecast_that_is_always_right_on_average():
    truth = np.array([1, 0] * 50)
    assert measure_ece(truth, np.full(100, 0.5)) == 0
    assert measure_ece(truth, np.full(100, 0.95)) == pytest.approx(0.45)


def test_bootstrap_draws_whole_patients():
    patients = ["a", "a", "a", "b", "c"]
    for rows in bootstrap_rows(patients, 20):
        assert (rows == 0).sum() == (rows == 1).sum() == (rows == 2).sum()


def test_delong_variance_agrees_with_the_bootstrap():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 400)
    first, second = truth + rng.normal(0, 1, 400), truth + rng.normal(0, 1.6, 400)
    result = compare_aucs(truth, first, second)
    drawn = []
    for _ in range(300):
        rows = rng.integers(0, 400, 400)
        drawn.append(measure_all(truth[rows], first[rows], 0)["auc"] - measure_all(truth[rows], second[rows], 0)["auc"])
    assert (result.interval[1] - result.interval[0]) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.15)
    assert result.difference == pytest.approx(result.first - result.second)


def test_delong_of_a_score_with_itself():
    truth = np.array([0, 1, 0, 1, 1, 0])
    score = np.array([0.1, 0.7, 0.4, 0.3, 0.9, 0.2])
    assert compare_aucs(truth, score, score).p_value == 1.0
