"""The loop learns, resumes where it stopped, masks what is unknown, and keeps held-out patients out."""

import json
import math

import numpy as np
import pytest
import torch

from thrombectomy_models.cli import main
from thrombectomy_models.errors import InputError
from thrombectomy_models.simulate.head import make_head
from thrombectomy_models.train.batches import Augmenter, BatchSource
from thrombectomy_models.train.cross_validation import Workspace, prepare_workspace, split, train_network
from thrombectomy_models.train.loop import Run, one_cycle
from thrombectomy_models.train.loss import location_loss, masked_bce, pool_bags
from thrombectomy_models.train.pool import read_pool
from thrombectomy_models.train.prepared import read_prepared
from thrombectomy_models.train.settings import Settings, Stage, read_settings

from .conftest import write_dicom

SMALL = Settings("mobilenetv3_small_100", (Stage(64, 2, 8, 1e-3), Stage(96, 2, 8, 1e-3)))


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


def test_resumed_run_goes_on_at_its_step(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("thrombectomy_models.train.loop.CHECKPOINT_EVERY", 2)
    kept, _ = split(workspace, "0")
    source = BatchSource(kept, None, SMALL)
    broken = Run(tmp_path, SMALL, mixed_precision=False)
    steps = broken._one_step
    monkeypatch.setattr(broken, "_one_step", lambda *a: steps(*a) if broken.step < 3 else (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        broken.train(source)
    again = Run(tmp_path, SMALL, mixed_precision=False)
    assert again.step == 2
    assert all(torch.equal(a, b) for a, b in zip(again.network.state_dict().values(), _state_at(tmp_path).values(), strict=True))
    again.train(source)
    assert again.step == 4
    assert (tmp_path / "weights.pt").exists()
    assert not (tmp_path / "checkpoint.pt").exists()


def _state_at(directory):
    return torch.load(directory / "checkpoint.pt", weights_only=True)["network"]


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
    (tmp_path / "settings.json").write_text(json.dumps({"network": "mobilenetv3_small_100", "stages": [{"side_px": 64, "steps": 2, "batch": 16, "peak_rate": 0.001}]}))
    code = main(["train-cohort", "--cohort", str(tmp_path / "cohort.csv"), "--run", str(tmp_path / "run"), "--settings", str(tmp_path / "settings.json"), "--fp32"])
    figures = json.loads(capsys.readouterr().out)
    assert code == 0
    assert figures["test"]["ich-present"]["positives"] == 1
    assert figures["test"]["ich-after-evt"] == {"positives": 0, "negatives": 0, "auc": None}
    assert (tmp_path / "run" / "weights.pt").exists()


def test_every_settings_file_of_the_package_is_valid():
    from pathlib import Path

    files = sorted((Path(__file__).parents[1] / "settings").glob("*.json"))
    assert len(files) >= 9
    assert {read_settings(f).network for f in files} >= {"inception_v4", "legacy_seresnet101", "densenet169", "inception_resnet_v2", "mobilenetv3_small_100"}


def test_prepared_patients_hold_the_recipe_sizes(workspace):
    for patient in read_prepared(workspace.prepared):
        assert patient.hu[299].shape[1:] == (299, 299)
        assert patient.hu[224].shape == (len(patient.labels), 224, 224)
