"""Slice logits to a study logit: the same cases as the service's (test/unit/assessment/pooling.test.ts)."""

import json

import numpy as np
import pytest

from thrombectomy_models.cli import main
from thrombectomy_models.contract import MODELS_DIRECTORY, read_contract
from thrombectomy_models.errors import InputError
from thrombectomy_models.evaluation.pooling import NEIGHBOURS, named_pooling, pool_study, settle_slices
from thrombectomy_models.evaluation.study import Model
from thrombectomy_models.train.cross_validation import Workspace, split

from .conftest import PIPELINE_NETWORK, release_command, resample_less

CASES = json.loads((MODELS_DIRECTORY / "pooling-cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_shared_cases(case):
    logits = np.array(case["logits"], dtype=float)
    assert settle_slices(logits, case["indexes"], case["pooling"]) == pytest.approx(np.array(case["slices"]))
    assert pool_study(logits, case["indexes"], case["pooling"]) == pytest.approx(np.array(case["study"]))


def test_float32_stays_float32_and_the_input_is_left_alone():
    logits = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert settle_slices(logits, [0, 1], NEIGHBOURS).dtype == np.float32
    assert logits.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_unknown_rule_is_named_with_the_known_ones():
    with pytest.raises(InputError, match="no pooling rule 'mean', but top-k-mean, top-k-mean-of-neighbours"):
        named_pooling("mean")


def test_released_rule_is_the_one_its_figures_rest_on_and_its_file_answers_by(trained, tmp_path, monkeypatch, capsys):
    resample_less(monkeypatch)
    command = [*release_command(trained, "0"), "--models", str(tmp_path)]
    assert main([*command, "--pooling", "median"]) == 2
    assert "no pooling rule 'median'" in capsys.readouterr().err
    assert main([*command, "--pooling", NEIGHBOURS["rule"]]) == 0
    directory = tmp_path / PIPELINE_NETWORK / "0.9.0"
    contract = read_contract(directory)
    assert contract["pooling"] == NEIGHBOURS
    assert "each averaged with its neighbours (weights 0.25, 0.5, 0.25)" in (directory / "MODEL_CARD.md").read_text()

    held = sorted(split(Workspace(trained), "0")[1], key=lambda p: p.patient)
    with np.load(trained / f"{PIPELINE_NETWORK}-0" / "oof.npz") as raw:
        logits = [pool_study(raw[p.patient][:, 0, 0][:, None], p.indexes, NEIGHBOURS)[0] for p in held]
    calibration = contract["targets"][0]["calibration"]
    expected = 1 / (1 + np.exp(-(calibration["slope"] * np.array(logits) + calibration["intercept"])))
    assert contract["targets"][0]["scores"]["probabilities"] == pytest.approx(expected.tolist(), abs=1e-3)

    head = np.full((3, 96, 96), -1024, dtype=np.int16)
    head[:, 8:88, 8:88], head[:, 12:84, 12:84], head[1, 40:50, 40:50] = 900, 35, 80
    answer = Model(directory).answer("made up", head)
    assert answer.indexes == [0, 1, 2]
    raw = Model(directory)
    raw.contract = contract | {"pooling": {"rule": "top-k-mean", "k": 3}}
    assert answer.logits == pytest.approx(settle_slices(raw.answer("made up", head).logits, [0, 1, 2], NEIGHBOURS), abs=1e-5)
