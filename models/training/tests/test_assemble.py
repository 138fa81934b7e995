"""What was measured becomes the contract's words, and no more."""

import numpy as np
import pytest

from thrombectomy_models.assemble import release_network
from thrombectomy_models.errors import InputError
from thrombectomy_models.evaluation.held_out import HeldOut, SimulatedStrokes
from thrombectomy_models.target_words import Answers, Measured, word_scores, word_targets
from thrombectomy_models.train.cross_validation import Workspace
from thrombectomy_models.train.deal import Deal
from thrombectomy_models.train.prepared import PreparedPatient
from thrombectomy_models.training_words import CT_ICH, name_cohort, word_attribution, word_inclusion


@pytest.fixture(scope="module")
def measured():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 12)
    patients = [f"p{i:02d}" for i in range(24)]
    owner = np.repeat(np.arange(24), 6)
    slices = truth[owner] * (np.tile(np.arange(6), 24) < 2)
    held = HeldOut(patients, truth, truth + rng.normal(0, 0.5, 24), owner, slices, slices + rng.normal(0, 0.5, 144))
    useless = np.column_stack([np.zeros(24), -truth + rng.normal(0, 0.5, 24), truth * 0.02])
    return Measured(held, SimulatedStrokes(patients, useless, truth, truth), [0], 3, [0])


def test_targets_carry_their_evidence_and_counts(measured):
    targets = word_targets(measured, repeats=10)
    assert [t["evidenceLevel"] for t in targets] == ["research", "in-silico", "in-silico"]
    auc = targets[0]["metrics"][0]
    assert (auc["name"], auc["unit"], auc["validation"], auc["positives"], auc["negatives"]) == ("auc", "patient", "held-out", 12, 12)
    assert targets[0]["metrics"][-1]["unit"] == "slice"


def test_scores_stand_in_the_order_of_the_cases_without_their_names(measured):
    answers = Answers(np.zeros(3), np.array([1, 0, 0]), ["b", "c", "a"], "held-out", "made up")
    probability = np.array([0.3, 0.1234567, 0.2])
    scores = word_scores(probability, answers)
    assert scores == {"validation": "held-out", "data": "made up", "probabilities": [0.2, 0.3, 0.1235], "truth": [0, 1, 0]}
    cases = word_scores(probability, answers, Deal("0123456789abcdef", {"a": 2, "b": 0, "c": 1}))["cases"]
    assert cases == {"deal": "0123456789abcdef", "folds": [2, 0, 1]}
    for target in word_targets(measured, repeats=10):
        positives = target["metrics"][0]["positives"]
        assert sum(target["scores"]["truth"]) == positives and len(target["scores"]["probabilities"]) == 24


def test_forecast_that_ranks_backwards_gets_the_base_rate_and_keeps_its_poor_auc(measured):
    target = word_targets(measured, repeats=10)[1]
    assert target["calibration"]["slope"] == 0
    assert target["metrics"][0]["value"] < 0.5


def test_slope_is_bounded_when_logits_hardly_move(measured):
    assert word_targets(measured, repeats=10)[2]["calibration"]["slope"] <= 5


def test_weights_of_one_fold_cannot_carry_figures_of_another(tmp_path):
    with pytest.raises(InputError, match="can only carry"):
        release_network(Workspace(tmp_path), "inception_v4", "0.1.0", [0, 1], weights="0", hardware="", notes={})


def test_figures_that_were_fitted_to_say_so(measured):
    for target in word_targets(measured, repeats=10):
        said = {row["name"]: row["data"].endswith("; threshold and calibration fitted on these patients") for row in target["metrics"]}
        assert {name for name, fitted in said.items() if fitted} == {"sensitivity", "specificity", "brier", "ece10"}


def test_figures_of_other_weights_say_so_wherever_they_stand(measured):
    for target in word_targets(measured, repeats=10, beyond=lambda folds: f"{folds}, not these weights"):
        assert all("; [0], not these weights" in row["data"] for row in target["metrics"])
        assert target["calibration"]["data"].endswith("; [0], not these weights")
        assert target["scores"]["data"].endswith("; [0], not these weights")


def _patients(count):
    return [PreparedPatient(str(i), {}, np.zeros(0), np.zeros(0), False) for i in range(count)]


def test_who_was_learned_from_is_said_of_these_very_weights():
    assert word_inclusion(_patients(42), _patients(22), CT_ICH, "1").startswith(
        "CT-ICH v1.0.0: 64 of 82 patients were at hand; these weights learned from 42, the 22 of fold 1 were held out; the other 18 took no part"
    )
    assert "learned from all 64, none was held out; the other 18" in word_inclusion(_patients(64), [], CT_ICH, "all")
    own = word_inclusion(_patients(5), _patients(2), name_cohort("Ourtown 2025"), "0")
    assert own.startswith("Ourtown 2025: all 7 patients were at hand; these weights learned from 5") and "82" not in own


def test_attribution_names_what_there_was():
    assert word_attribution(CT_ICH, has_teacher=False) == ["CT-ICH v1.0.0 (Hssayeni 2020, PhysioNet), CC BY 4.0"]
    assert [line.split()[0] for line in word_attribution(CT_ICH, has_teacher=True)] == ["CT-ICH", "Features"]
    assert word_attribution(name_cohort("Ourtown 2025"), has_teacher=False) == []
    with pytest.raises(InputError, match="no commas"):
        name_cohort("a, folds 0 of 1")


def test_forecasts_say_which_folds_answered_strokes(measured):
    """Folds whose answers were kept without their weights have answered no strokes."""
    several = Measured(measured.held_out, measured.strokes, [0, 1, 2], 3, [0])
    real, *forecasts = word_targets(several, repeats=10, beyond=lambda folds: f"{len(folds)} networks")
    assert real["scores"]["data"].endswith(", folds 0, 1, 2 of 3; 3 networks")
    assert all(one["scores"]["data"].endswith(", folds 0 of 3; 1 networks") for one in forecasts)
