"""DenseNet169, without reference weights, goes the whole way too: learn, export, parity, contract, and back again."""

import numpy as np
import pytest
import torch

from thrombectomy_models.contract import read_contract
from thrombectomy_models.export.onnx_file import open_session, run_onnx
from thrombectomy_models.export.release import release
from thrombectomy_models.train.batches import BatchSource
from thrombectomy_models.train.cross_validation import Workspace, go_on_from, prepare_workspace, split
from thrombectomy_models.train.loop import Run
from thrombectomy_models.train.predict import draw_pixels
from thrombectomy_models.train.settings import Settings, Stage


@pytest.fixture(scope="module")
def kept(ct_ich, tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thrombectomy_models.train.cross_validation.BLEED_STUDIES", 1)
        patch.setattr("thrombectomy_models.train.cross_validation.STROKE_STUDIES", 0)
        prepare_workspace(ct_ich, workspace, folds=2, seed=1)
    return split(workspace, "0")[0]


def learn(name, kept, directory):
    settings = Settings(name, (Stage(96, 2, 2, 1e-4),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thrombectomy_models.train.loop.STATISTICS_PASSES", 1)
        return Run(directory, settings, mixed_precision=False).train(BatchSource(kept, None, settings))


def test_densenet169_learns_is_released_and_can_go_on(kept, tmp_path):
    directory = release(learn("densenet169", kept, tmp_path / "run"), "0.9.0", tmp_path)
    contract = read_contract(directory)
    assert contract["training"]["export"]["parityMaximumDifference"] <= 1e-4
    assert (contract["outputs"]["cam"]["rows"], contract["input"]["heightPx"]) == (7, 224)
    pixels = draw_pixels(kept, "densenet169", 2, seed=1)
    with torch.no_grad():
        answers = go_on_from(directory, "densenet169", kept).eval()(pixels)[0].numpy()
    expected = run_onnx(open_session(directory / "model.onnx"), pixels.numpy())[0]
    assert np.abs(answers - expected).max() < 1e-3 * max(1, np.abs(expected).max())
