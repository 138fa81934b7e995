"""No way around the folds: another deal under finished runs, weights given by path, versions of other folds."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

from thrombectomy_models.cli import main
from thrombectomy_models.errors import LeakageError
from thrombectomy_models.evaluation.held_out import read_held_out
from thrombectomy_models.train.cross_validation import Workspace, prepare_workspace, split, start_network, train_network
from thrombectomy_models.train.origin import Origin, read_origin
from thrombectomy_models.train.prepared import read_digests, read_prepared
from thrombectomy_models.train.settings import read_settings

from .conftest import PIPELINE_NETWORK as NETWORK
from .conftest import resample_less


@pytest.fixture
def workspace(released, tmp_path):
    """The pipeline's workspace with its finished run of fold 0."""
    return Workspace(shutil.copytree(released, tmp_path / "w", ignore=shutil.ignore_patterns("data", "int8")))


@pytest.fixture
def settings(released):
    return read_settings(released / "settings.json")


def _start(workspace, settings, place, fold):
    return start_network(workspace, settings, str(place), fold, *split(workspace, fold))


def test_prepare_leaves_the_deal_of_finished_runs_alone(ct_ich, tmp_path, monkeypatch):
    monkeypatch.setattr("thrombectomy_models.train.cross_validation.BLEED_STUDIES", 1)
    monkeypatch.setattr("thrombectomy_models.train.cross_validation.STROKE_STUDIES", 1)
    workspace = Workspace(tmp_path)
    prepare_workspace(ct_ich, workspace, folds=3)
    dealt = prepare_workspace(ct_ich, workspace, folds=2)  # nobody learned yet
    workspace.run(NETWORK, "0").mkdir()
    assert prepare_workspace(ct_ich, workspace, folds=2) == dealt
    with pytest.raises(LeakageError, match=f"{NETWORK}-0 belong to another deal"):
        prepare_workspace(ct_ich, workspace, folds=3)
    assert workspace.read_folds() == dealt


def test_answers_of_patients_that_the_fold_does_not_hold_out_are_refused(workspace):
    patients = read_prepared(workspace.prepared)
    assert len(read_held_out(workspace, NETWORK, [0], patients).patients) == 17
    dealt = workspace.read_folds()
    moved = next(patient for patient, fold in dealt.items() if fold == 1)
    (workspace.root / "folds.json").write_text(json.dumps(dealt | {moved: 0}))
    with pytest.raises(LeakageError, match="not those that fold 0 holds out"):
        read_held_out(workspace, NETWORK, [0], patients)


def test_run_keeps_who_was_held_out_and_what_it_went_on_from(workspace, settings):
    first = read_origin(workspace.run(NETWORK, "0") / "weights.pt")
    kept, held = split(workspace, "0")
    assert first == Origin("0", tuple(sorted(p.patient for p in held)), learned_from=_digests(workspace, kept))
    train_network(workspace, settings, "all", start="0", mixed_precision=False)
    everybody = _digests(workspace, [*kept, *held])
    assert read_origin(workspace.run(NETWORK, "all") / "weights.pt") == Origin("all", (), start="0", learned_from=everybody)


def _digests(workspace, patients):
    return tuple(sorted(read_digests(workspace.prepared, [p.patient for p in patients])))


def test_weights_of_another_fold_are_refused_by_path_too(workspace, settings):
    weights = workspace.run(NETWORK, "0") / "weights.pt"
    with pytest.raises(LeakageError, match="weights of fold 0 may have learned from patient"):
        _start(workspace, settings, weights, "1")
    _start(workspace, settings, weights, "0")
    _start(workspace, settings, weights, "all")


def test_weights_of_unknown_origin_go_on_only_where_nobody_is_held_out(workspace, settings):
    weights = workspace.root / "from-before.pt"
    state = torch.load(workspace.run(NETWORK, "0") / "weights.pt", weights_only=True)
    torch.save({name: value for name, value in state.items() if name != "origin"}, weights)
    with pytest.raises(LeakageError, match="says not whom it learned from"):
        _start(workspace, settings, weights, "0")
    _start(workspace, settings, weights, "all")


def test_released_version_goes_on_only_on_the_fold_that_it_held_out(workspace, settings, small_model):
    version = workspace.root / "fp16" / NETWORK / "0.9.0"
    _start(workspace, settings, version, "0")
    _start(workspace, settings, version, "all")
    _start(workspace, settings, small_model, "1")  # seeded initial weights learned from nobody
    with pytest.raises(LeakageError, match="not of fold 1 alone"):
        _start(workspace, settings, version, "1")
    swapped = {patient: 1 - fold for patient, fold in workspace.read_folds().items()}
    (workspace.root / "folds.json").write_text(json.dumps(swapped))
    with pytest.raises(LeakageError, match="not the patients it held out"):
        _start(workspace, settings, version, "0")


def test_finished_runs_from_before_are_still_taken(workspace, tmp_path, monkeypatch):
    """As written before the origin was kept: step, seconds, average."""
    resample_less(monkeypatch)
    run = workspace.run(NETWORK, "0")
    state = torch.load(run / "weights.pt", weights_only=True)
    torch.save({name: state[name] for name in ("step", "seconds", "average")}, run / "weights.pt")
    assert read_origin(run / "weights.pt") == Origin()
    assert main(["fit", "--workspace", str(workspace.root), "--network", NETWORK, "--fold", "0"]) == 0
    assert main(["table", "--workspace", str(workspace.root), "--networks", NETWORK, "--out", str(tmp_path / "report")]) == 0
    assert "held-out (folds [0])" in (tmp_path / "report" / "table.md").read_text()
    named = ["--network", NETWORK, "--version", "0.9.1", "--weights", "0", "--runs", "0", "--hardware", "test", "--models", str(tmp_path / "models")]
    assert main(["release", "--workspace", str(workspace.root), *named]) == 0


def test_origin_survives_a_stop(workspace, settings, tmp_path, monkeypatch):
    from thrombectomy_models.train.batches import BatchSource
    from thrombectomy_models.train.loop import Run

    monkeypatch.setattr("thrombectomy_models.train.loop.CHECKPOINT_EVERY", 1)
    monkeypatch.setattr("thrombectomy_models.train.loop.CHECKPOINT_SECONDS", 0)
    kept, _ = split(workspace, "0")
    settings = replace(settings, mix=(0.5, 0.5, 0, 0, 0))
    run = Run(tmp_path / "run", settings, mixed_precision=False, origin=Origin("0", ("a",), start="x"))
    one_step = run._one_step

    def stop_at_the_second(*arguments):
        if run.step >= 1:
            raise KeyboardInterrupt
        return one_step(*arguments)

    run._one_step = stop_at_the_second
    with pytest.raises(KeyboardInterrupt):
        run.train(BatchSource(kept, None, settings))
    assert Run(tmp_path / "run", settings, mixed_precision=False, origin=Origin("0", ("a",))).origin == Origin("0", ("a",), start="x")
