"""The loop learns, resumes where it stopped, masks what is unknown, and keeps held-out patients out."""

import fcntl
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from thrombectomy_models.cli import main
from thrombectomy_models.data.cohort import Study
from thrombectomy_models.data.dicom_volume import read_dicom_folder
from thrombectomy_models.data.patient_digest import digest_volume
from thrombectomy_models.errors import InputError, LeakageError
from thrombectomy_models.export.onnx_file import open_session, run_onnx
from thrombectomy_models.networks import SliceNetwork
from thrombectomy_models.simulate.head import make_head
from thrombectomy_models.train.batches import Augmenter, BatchSource
from thrombectomy_models.train.cohort_run import split_studies
from thrombectomy_models.train.cross_validation import Workspace, go_on_from, prepare_workspace, read_weights, split, train_network
from thrombectomy_models.train.loop import Run, one_cycle
from thrombectomy_models.train.loss import location_loss, masked_bce, pool_bags
from thrombectomy_models.train.origin import read_origin
from thrombectomy_models.train.pool import read_pool
from thrombectomy_models.train.predict import draw_pixels
from thrombectomy_models.train.prepared import read_prepared
from thrombectomy_models.train.settings import Settings, Stage, read_settings

from .conftest import write_dicom

SMALL = Settings("mobilenetv3_small_100", (Stage(64, 2, 8, 1e-3), Stage(96, 2, 8, 1e-3)), blood_map_weight=1.0)


@pytest.fixture(scope="module")
def workspace(ct_ich, tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    prepare_workspace(ct_ich, workspace, folds=2, seed=1)
    return workspace


def test_folds_keep_patients_and_their_simulated_slices_apart(workspace):
    kept, held = split(workspace, "0")
    assert not {p.patient for p in kept} & {p.patient for p in held}
    pool = read_pool(workspace.pool, [p.patient for p in kept])
    assert set(pool.patient) <= {p.patient for p in kept}


def test_pool_labels_only_what_was_simulated(workspace):
    pool = read_pool(workspace.pool, list(workspace.read_folds()))
    strokes = pool.kind == "stroke"
    assert strokes.any()
    assert not np.isnan(pool.poor[strokes]).any()
    assert np.isnan(pool.poor[~strokes]).all()
    assert pool.read_mask(np.flatnonzero(pool.ich == 1)).any(axis=(1, 2)).all()


def test_run_leaves_held_out_answers_of_its_fold_only(workspace):
    train_network(workspace, SMALL, "0", mixed_precision=False)
    with np.load(workspace.run(SMALL.network, "0") / "oof.npz") as answers:
        assert set(answers.files) == {p for p, fold in workspace.read_folds().items() if fold == 0}
        assert all(np.isfinite(answers[p]).all() for p in answers.files)


def test_stopped_and_resumed_run_ends_in_the_same_weights(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("thrombectomy_models.train.loop.CHECKPOINT_EVERY", 2)
    monkeypatch.setattr("thrombectomy_models.train.loop.CHECKPOINT_SECONDS", 0)
    kept, _ = split(workspace, "0")
    Run(tmp_path / "whole", SMALL, mixed_precision=False).train(BatchSource(kept, None, SMALL))
    _stop_after(3, tmp_path / "stopped", kept)
    again = Run(tmp_path / "stopped", SMALL, mixed_precision=False)
    assert again.step == 2
    again.train(BatchSource(kept, None, SMALL))
    whole, resumed = (read_weights(tmp_path / name) for name in ("whole", "stopped"))
    start = SliceNetwork(SMALL.network, seed=SMALL.seed).state_dict()
    # Equal bit by bit on most machines; rounding alone stays far below a hundredth of the way that was travelled.
    assert _distance(whole, resumed) < 0.01 * _distance(whole, start)
    assert not (tmp_path / "stopped" / "checkpoint.pt").exists()


def _distance(one, other):
    learned = [name for name in one if name.endswith(("weight", "bias"))]
    return math.sqrt(sum(float((one[name] - other[name]).double().square().sum()) for name in learned))


def _stop_after(steps, directory, kept):
    run = Run(directory, SMALL, mixed_precision=False)
    one_step = run._one_step

    def stop_or_step(*arguments):
        if run.step == steps:
            raise KeyboardInterrupt
        return one_step(*arguments)

    run._one_step = stop_or_step
    with pytest.raises(KeyboardInterrupt):
        run.train(BatchSource(kept, None, SMALL))


def test_checkpoint_of_other_settings_and_finished_run_are_refused(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("thrombectomy_models.train.loop.CHECKPOINT_EVERY", 1)
    monkeypatch.setattr("thrombectomy_models.train.loop.CHECKPOINT_SECONDS", 0)
    kept, _ = split(workspace, "0")
    _stop_after(1, tmp_path, kept)
    with pytest.raises(InputError, match=r"checkpoint\.pt: checkpoint of a run with other settings"):
        Run(tmp_path, replace(SMALL, seed=9))
    (tmp_path / "checkpoint.pt").rename(tmp_path / "weights.pt")
    with pytest.raises(InputError, match=r"weights\.pt: this run is finished"):
        Run(tmp_path, SMALL)


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    run = Run(tmp_path, SMALL)
    with (tmp_path / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another process trains here"):
            run.train(None)


def test_going_on_from_another_fold_is_leakage(workspace):
    with pytest.raises(LeakageError, match="weights of run 1 learned from patients that fold 0 holds out"):
        train_network(workspace, SMALL, "0", start="1", mixed_precision=False)


def test_device_that_is_not_there_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="device 'abacus' cannot be used here"):
        Run(tmp_path / "run", SMALL, device="abacus")
    assert not (tmp_path / "run").exists()


def test_answers_lost_between_end_and_writing_are_given_again(workspace):
    settings = replace(SMALL, seed=3)
    twin = Workspace(workspace.root / "twin")
    twin.root.mkdir()
    for name in ("prepared", "pool", "folds.json"):
        (twin.root / name).symlink_to(workspace.root / name)
    train_network(twin, settings, "1", mixed_precision=False)
    file = twin.run(SMALL.network, "1") / "oof.npz"
    first = {name: values.copy() for name, values in np.load(file).items()}
    file.unlink()
    train_network(twin, settings, "1", mixed_precision=False)
    again = dict(np.load(file))
    assert again.keys() == first.keys()
    for name, values in again.items():  # a convolution may add up in another order where memory is laid out otherwise
        np.testing.assert_allclose(values, first[name], rtol=1e-4, atol=1e-4)


def test_run_goes_on_from_a_released_version(workspace, small_model):
    kept, _ = split(workspace, "0")
    network = go_on_from(small_model, SMALL.network, kept)
    pixels = draw_pixels(kept, SMALL.network, 3, seed=4)
    with torch.no_grad():
        answers = network.eval()(pixels)[0].numpy()
    assert np.abs(answers - run_onnx(open_session(small_model / "model.onnx"), pixels.numpy())[0]).max() < 1e-3
    with pytest.raises(InputError, match="these are weights of mobilenetv3_small_100, wanted is densenet169"):
        go_on_from(small_model, "densenet169", kept)


def test_unknown_labels_move_nothing():
    logits = torch.zeros(2, 3, requires_grad=True)
    labels = torch.tensor([[1.0, math.nan, math.nan], [0.0, math.nan, 1.0]])
    masked_bce(logits, labels, 0.0, torch.ones(3)).backward()
    assert logits.grad[:, 1].tolist() == [0, 0]
    assert logits.grad[0, 2] == 0
    assert logits.grad[1, 2] < 0


def test_location_loss_wants_the_peak_in_the_blood():
    mask = torch.zeros(1, 8, 8)
    mask[0, :2, :2] = 1
    right, wrong = torch.zeros(1, 4, 4), torch.zeros(1, 4, 4)
    right[0, 0, 0] = wrong[0, 3, 3] = 9.0
    assert location_loss(right, mask) < 0.1 < location_loss(wrong, mask)
    assert location_loss(right, torch.zeros(1, 8, 8)) == 0


def test_study_logit_is_the_mean_of_the_largest():
    logits = torch.tensor([[1.0], [5.0], [3.0], [-2.0]])
    assert pool_bags(logits, torch.tensor([0, 0, 0, 1]), 2).tolist() == [[4.0], [-2.0]]


def test_mask_moves_with_the_image():
    rule = {"rotation_deg": 20, "scale": 0.15, "shift": 0.05, "hu_shift": 0, "hu_scale": 0, "noise_hu": 0, "blur": 0}
    hu = torch.full((4, 299, 299), -1024.0)
    hu[:, 60:110, 150:220] = 0
    mask = (hu == 0).float()
    image, moved = Augmenter(rule, np.random.default_rng(1)).apply(hu, mask, 128)
    assert ((image > -512).float() - (moved > 0.5).float()).abs().mean() < 0.001


def test_one_cycle_rises_and_falls():
    rates = [one_cycle(x) for x in (0.0, 0.2, 0.6, 1.0)]
    assert rates[0] < rates[2] < rates[1] == pytest.approx(1.0)
    assert rates[3] == pytest.approx(0.01)


def test_settings_with_an_unknown_key_are_refused(tmp_path):
    file = tmp_path / "settings.json"
    file.write_text('{"network": "inception_v4", "stages": [{"side_px": 64, "steps": 1, "batch": 2, "peak_rate": 0.1}], "speed": 3}')
    with pytest.raises(InputError, match="speed"):
        read_settings(file)


def test_cohort_of_dicom_studies_trains_and_is_measured(tmp_path, capsys):
    lines = ["patient,study,folder,split,ich-present,ich-after-evt,poor-collaterals"]
    for index in range(6):
        hu = make_head(np.random.default_rng(index), 6, 64, 64).hu
        write_dicom(tmp_path / f"s{index}", hu)
        lines.append(f"p{index},s{index},s{index},{'train' if index < 4 else 'test'},{index % 2},,{(index + 1) % 2}")
    (tmp_path / "cohort.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "settings.json").write_text(
        json.dumps({"network": "mobilenetv3_small_100", "stages": [{"side_px": 64, "steps": 2, "batch": 16, "peak_rate": 0.001}]})
    )
    code = main(
        ["train-cohort", "--cohort", str(tmp_path / "cohort.csv"), "--run", str(tmp_path / "run"), "--settings", str(tmp_path / "settings.json"), "--fp32"]
    )
    figures = json.loads(capsys.readouterr().out)
    assert code == 0
    assert figures["test"]["ich-present"]["positives"] == 1
    assert figures["test"]["ich-after-evt"] == {"positives": 0, "negatives": 0, "auc": None}
    volumes = [digest_volume(read_dicom_folder(tmp_path / f"s{index}").hu) for index in range(4)]
    assert read_origin(tmp_path / "run" / "weights.pt").learned_from == tuple(sorted(volumes))


def test_cohort_without_splits_is_dealt_into_stratified_folds(tmp_path):
    rows = [Study(f"p{i // 2}", f"s{i}", tmp_path, "", (float(i // 2 % 2), math.nan, math.nan), {}) for i in range(24)]
    tested = [[s for s in split_studies(rows, fold, 3, tmp_path) if s.split == "test"] for fold in range(3)]
    assert sorted(s.study for part in tested for s in part) == sorted(s.study for s in rows)
    assert [sum(s.labels[0] for s in part) for part in tested] == [4, 4, 4]
    assert all(len({s.patient for s in part}) == 4 for part in tested)
    with pytest.raises(InputError, match="fold 3 of 3"):
        split_studies(rows, 3, 3, tmp_path)


@pytest.mark.parametrize(("change", "message"), [({"mix": [1, 1, 0, 0, 0]}, "mix must be five shares"), ({"stages": []}, "a run needs at least one stage")])
def test_settings_that_cannot_run_are_refused(tmp_path, change, message):
    file = tmp_path / "settings.json"
    good = {"network": "inception_v4", "stages": [{"side_px": 64, "steps": 1, "batch": 2, "peak_rate": 0.1}]}
    file.write_text(json.dumps(good | change))
    with pytest.raises(InputError, match=f"settings.json: {message}"):
        read_settings(file)


def test_every_settings_file_of_the_package_is_valid():
    from pathlib import Path

    files = sorted((Path(__file__).parents[1] / "settings").rglob("*.json"))
    assert len(files) >= 9
    assert {read_settings(f).network for f in files} >= {"inception_v4", "legacy_seresnet101", "densenet169", "inception_resnet_v2", "mobilenetv3_small_100"}


def test_prepared_patients_hold_the_recipe_sizes(workspace):
    for patient in read_prepared(workspace.prepared):
        assert patient.hu[299].shape[1:] == (299, 299)
        assert patient.hu[224].shape == (len(patient.labels), 224, 224)
