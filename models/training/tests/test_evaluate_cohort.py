"""``evaluate --cohort``: the three targets of a site's own cohort, each where its label is known; intervals resample patients."""

import json
import shutil

import numpy as np
import pytest

from thrombectomy_models.cli import main
from thrombectomy_models.contract import read_contract
from thrombectomy_models.data.cohort import Study
from thrombectomy_models.data.patient_digest import digest_volume, word_learned_from
from thrombectomy_models.evaluation.answering import Answered
from thrombectomy_models.evaluation.cohort_summary import summarise_cohort
from thrombectomy_models.evaluation.study import StudyAnswer
from thrombectomy_models.simulate.head import make_head
from thrombectomy_models.targets import TARGETS

from .conftest import write_dicom

HEADER = "patient,study,folder,split,ich-present,ich-after-evt,poor-collaterals,age\n"
ROWS = ("a,s1,s1,test,1,1,,70", "a,s2,s2,test,0,,,70", "b,s3,s3,test,1,0,,60", "c,s4,s4,test,0,0,1,50", "d,s5,s5,test,0,1,,40")


def head(study, slices=6):
    return make_head(np.random.default_rng(int(study[1:])), slices, 96, 96).hu


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    root = tmp_path_factory.mktemp("scans")
    for study in ("s1", "s2", "s3", "s4", "s5"):
        write_dicom(root / study, head(study))
    return root


@pytest.fixture
def cohort(scans, tmp_path):
    shutil.copytree(scans, tmp_path / "c")
    (tmp_path / "c" / "cohort.csv").write_text(HEADER + "\n".join(ROWS) + "\n")
    return tmp_path / "c" / "cohort.csv"


def _run(*options):
    return main(["evaluate", *map(str, options), "--repeats", "20"])


def _evaluate(cohort, model, capsys, *options):
    assert _run("--cohort", cohort, "--model", model, *options) == 0
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def test_each_target_is_measured_where_its_label_is_known(cohort, small_model, capsys):
    result, said = _evaluate(cohort, small_model, capsys)
    assert (result["studies"], result["patients"], result["splits"]) == (5, 4, {"test": 5})
    targets = result["targets"]
    assert list(targets) == list(TARGETS)
    assert {one["evidenceLevel"] for one in targets.values()} == {"untrained"}
    counts = {name: (one["study"]["positives"], one["study"]["negatives"], one["unknown"]) for name, one in targets.items()}
    assert counts == {"ich-present": (2, 3, 0), "ich-after-evt": (2, 2, 1), "poor-collaterals": (1, 0, 4)}
    assert targets["ich-present"]["patients"] == {"positives": 2, "negatives": 3}
    assert 0 <= targets["ich-present"]["study"]["auc"]["value"] <= 1
    low, high = targets["ich-after-evt"]["study"]["auc"]["interval"]
    assert low <= targets["ich-after-evt"]["study"]["auc"]["value"] <= high
    assert "warning" not in said


def test_target_with_fewer_than_two_patients_of_a_kind_has_counts_and_no_figure(cohort, small_model, capsys):
    cohort.write_text(HEADER + "\n".join((*ROWS[:2], "a,s3,s3,test,1,0,,60", *ROWS[3:])) + "\n")
    one = _evaluate(cohort, small_model, capsys)[0]["targets"]["ich-present"]
    assert (one["study"]["positives"], one["patients"]["positives"]) == (2, 1)  # two studies of one patient
    assert {(f["value"], f["interval"]) for f in one["study"]["metrics"].values()} == {(None, None)}
    assert one["study"]["outsideBand"]["sensitivity"] == {"value": None, "interval": None}


@pytest.mark.parametrize("copies", [1, 4])
def test_more_studies_of_the_same_patients_do_not_narrow_an_interval(small_model, copies):
    """Patients whose answers are known; each study stands ``copies`` times."""
    contract = read_contract(small_model)
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 10)
    logits = truth + rng.normal(0, 1, 20)
    studies, answered = [], []
    for patient in range(20):
        for copy in range(copies):
            studies.append(Study(f"p{patient:02d}", f"p{patient:02d}-{copy}", None, "", (float(truth[patient]), np.nan, np.nan), {}))
            pooled = np.full(3, logits[patient])
            answered.append(Answered(StudyAnswer(studies[-1].study, [0], pooled[None], pooled, 1 / (1 + np.exp(-pooled)))))
    auc = summarise_cohort(contract, studies, answered, 300)["targets"]["ich-present"]["study"]["auc"]
    single = [studies[::copies], answered[::copies]]
    assert auc == summarise_cohort(contract, *single, 300)["targets"]["ich-present"]["study"]["auc"]
    assert auc["interval"][1] - auc["interval"][0] > 0.2


def test_only_the_rows_of_a_split_are_read(cohort, small_model, capsys):
    cohort.write_text(HEADER + "\n".join((*ROWS[:4], "d,s5,s5,train,0,1,,40")) + "\n")
    shutil.rmtree(cohort.parent / "s5")
    (cohort.parent / "s5").mkdir()
    result, _ = _evaluate(cohort, small_model, capsys, "--split", "test")
    assert (result["studies"], result["split"], result["refused"]) == (4, "test", {})
    _, said = _evaluate(cohort, small_model, capsys)
    assert "warning: rows of several splits are measured together (test, train)" in said


def test_study_that_cannot_be_read_is_refused_and_the_others_are_measured(cohort, small_model, capsys):
    shutil.rmtree(cohort.parent / "s1")
    (cohort.parent / "s1").mkdir()
    result, said = _evaluate(cohort, small_model, capsys)
    assert list(result["refused"]) == ["s1"] and "no axial CT series" in result["refused"]["s1"]
    refused = {name: (one["refusedPositives"], one["refusedNegatives"]) for name, one in result["targets"].items()}
    assert refused == {"ich-present": (1, 0), "ich-after-evt": (1, 0), "poor-collaterals": (0, 0)}
    assert result["targets"]["ich-present"]["study"]["positives"] == 1
    assert "warning: 1 studies were not scored: s1" in said


def test_same_pixels_under_two_patients_are_named(cohort, small_model, capsys):
    shutil.rmtree(cohort.parent / "s4")
    write_dicom(cohort.parent / "s4", head("s1"), reverse=True)
    result, said = _evaluate(cohort, small_model, capsys)
    assert result["samePixels"] == [["s1", "s4"]]
    assert "the same pixels stand under two patients, so intervals are too narrow: s1 = s4" in said


def test_a_few_patients_bring_all_their_studies(cohort, small_model, capsys):
    result, _ = _evaluate(cohort, small_model, capsys, "--limit", "1")
    assert (result["patients"], result["studies"]) == (1, 2)


def _say(model, tmp_path, **field):
    copy = shutil.copytree(model, tmp_path / "version")
    contract = json.loads((copy / "contract.json").read_text())
    contract["training"] |= field
    if not field:
        del contract["training"]["learnedFrom"]
    (copy / "contract.json").write_text(json.dumps(contract))
    return copy


def test_patients_learned_from_are_recognised_by_any_of_their_studies(cohort, small_model, tmp_path, capsys):
    version = _say(small_model, tmp_path, learnedFrom=word_learned_from([digest_volume(head("s2"))], [digest_volume(head("s4"))]))
    result, said = _evaluate(cohort, version, capsys)
    assert result["learnedFrom"] == {"known": True, "patients": 1, "calibratedOn": 1, "of": 4}
    targets = result["targets"]
    assert targets["ich-present"]["validation"] == {"ranking": "partly learned from", "calls": "partly learned from"}
    assert targets["ich-after-evt"]["learnedFrom"] == {"known": True, "patients": 0, "calibratedOn": 1, "of": 4}  # s2 has no such label
    assert targets["ich-after-evt"]["validation"] == {"ranking": "held-out", "calls": "partly learned from"}
    assert targets["poor-collaterals"]["validation"] == {"ranking": "held-out", "calls": "apparent"}
    assert "warning: the version learned from 1 of the 4 patients measured" in said
    assert "warning: calibration and threshold were fitted on 1 of the 4 patients measured" in said


def test_version_that_does_not_say_whom_it_learned_from_is_unknown_and_not_held_out(cohort, small_model, tmp_path, capsys):
    result, said = _evaluate(cohort, _say(small_model, tmp_path), capsys)
    assert result["learnedFrom"] == {"known": False, "patients": None, "calibratedOn": None, "of": 4}
    assert {one["validation"]["ranking"] for one in result["targets"].values()} == {"unknown"}
    assert "warning: this version does not say whom it learned from" in said


def test_nothing_is_called_external(cohort, small_model, capsys):
    assert "external" not in json.dumps(_evaluate(cohort, small_model, capsys)[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "needs --data or --cohort, one of them"),
        (("--data", "{}", "--cohort", "{}"), "needs --data or --cohort, one of them"),
        (("--data", "{}", "--split", "test"), "--split is of a cohort"),
        (("--cohort", "{}", "--split", "holdout"), "--split is 'holdout', allowed are train, validation, test"),
        (("--cohort", "{}", "--split", "train"), "cohort.csv: no row has the split train"),
    ],
)
def test_options_that_do_not_fit_end_with_a_reason(cohort, small_model, capsys, options, message):
    assert _run(*(option.format(cohort) for option in options), "--model", small_model) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("a,s1,s1,test,1,1,,70", "b,s2,s2,test,yes,,,70"), "cohort.csv, row 3: ich-present is 'yes'"),
        (("a,s1,gone,test,1,1,,70",), "cohort.csv, row 2: folder 'gone' does not exist"),
        (("a,s1,s1,test,,,,70",), "cohort.csv: none of these rows has a known label"),
    ],
)
def test_bad_cohort_is_named_before_anything_is_scored(cohort, small_model, capsys, rows, message):
    cohort.write_text(HEADER + "\n".join(rows) + "\n")
    assert _run("--cohort", cohort, "--model", small_model) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


def test_cohort_of_which_nothing_can_be_scored_ends_with_the_reasons(cohort, small_model, capsys):
    for study in ("s1", "s2", "s3", "s4", "s5"):
        shutil.rmtree(cohort.parent / study)
        (cohort.parent / study).mkdir()
    assert _run("--cohort", cohort, "--model", small_model) == 2
    captured = capsys.readouterr()
    assert "could score no study: s1" in captured.err and captured.out == ""


def test_real_study_is_answered_as_a_cohort(shared_data, small_model, tmp_path, capsys):
    folder = shared_data / "head-ct-dicom" / "ge-human-ncct-tilt"
    (tmp_path / "cohort.csv").write_text(HEADER + f"a,s1,{folder},,0,,,\n")
    result, _ = _evaluate(tmp_path / "cohort.csv", small_model, capsys)
    assert result["targets"]["ich-present"]["study"]["negatives"] == 1
    assert result["targets"]["ich-present"]["study"]["auc"] == {"value": None, "interval": None}
