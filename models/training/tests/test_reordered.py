"""Averages moved to where they are cheap: the answer stays, the work shrinks."""

import onnx
import pytest
import torch
from torch import nn

from thrombectomy_models.errors import InputError
from thrombectomy_models.export.int8 import quantize_trained
from thrombectomy_models.export.onnx_file import export_onnx
from thrombectomy_models.export.reordered import SqueezedFirst, reorder
from thrombectomy_models.networks import SliceNetwork

SIDE = 96


def make_settled(name, side=SIDE):
    """Seeded weights whose batch norms have seen something: with fresh ones an exchange of order could not go wrong."""
    network, pixels = SliceNetwork(name, seed=3), torch.randn(4, 3, side, side, generator=torch.manual_seed(3))
    with torch.no_grad():
        network.train()(pixels)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.bias, -0.2, 0.2)
    return network.eval(), pixels


@pytest.mark.parametrize("name", ["inception_v4", "inception_resnet_v2", "legacy_seresnet101", "mobilenetv3_small_100"])
def test_answers_and_maps_stay(name):
    network, pixels = make_settled(name)
    with torch.no_grad():
        before, after = network(pixels), reorder(network)(pixels)
    for old, new in zip(before, after, strict=True):
        assert (old - new).abs().max() < 1e-4 * max(1, float(old.abs().max()))


def test_inception_averages_what_it_has_projected(tmp_path):
    network, _ = make_settled("inception_v4")
    export_onnx(reorder(network), SIDE, tmp_path / "model.onnx")
    graph = onnx.load(str(tmp_path / "model.onnx")).graph
    makers = {name: node.op_type for node in graph.node for name in node.output}
    averages = [node for node in graph.node if node.op_type == "AveragePool"]
    assert len(averages) == 14
    assert {makers[node.input[0]] for node in averages} == {"Conv"}


def test_every_gate_is_computed_from_the_narrow_map_and_the_network_itself_is_left_alone():
    network, _ = make_settled("legacy_seresnet101")
    blocks = [module for module in reorder(network).modules() if isinstance(module, SqueezedFirst)]
    assert len(blocks) == 3 + 4 + 23 + 3
    assert all(block.gate[0].in_features == block.expand.in_channels for block in blocks)
    assert not any(isinstance(module, SqueezedFirst) for module in network.modules())


def test_what_int8_leaves_in_fp32_of_a_residual_network_with_gates(tmp_path):
    network, pixels = make_settled("legacy_seresnet101", 224)
    quantize_trained(network, tmp_path / "int8.onnx", pixels[:2])
    graph = onnx.load(str(tmp_path / "int8.onnx")).graph
    makers = {name: node.op_type for node in graph.node for name in node.output}
    fed = {kind: [makers.get(node.input[0]) for node in graph.node if node.op_type == kind] for kind in ("Add", "Relu")}
    weights = [makers.get(node.input[1]) for node in graph.node if node.op_type == "Conv"]
    last_stage = 3 * 3 + 1
    assert (weights.count("DequantizeLinear"), weights.count("Cast")) == (3 * 30 + 3, 1 + last_stage + 1)
    assert (fed["Add"].count("DequantizeLinear"), len(fed["Add"])) == (30, 33 + 1), "33 blocks, and the bias of the answer"
    assert "DequantizeLinear" not in fed["Relu"], "a map is rounded before it is cut at zero"
    assert not any(makers.get(name) == "DequantizeLinear" for node in graph.node if node.op_type == "Gemm" for name in node.input)


def test_a_reordering_that_changes_the_answer_is_refused(tmp_path, monkeypatch):
    network, pixels = make_settled("mobilenetv3_small_100", 224)
    monkeypatch.setattr("thrombectomy_models.export.int8.reorder", lambda _: SliceNetwork("mobilenetv3_small_100", seed=4))
    with pytest.raises(InputError, match="differ by"):
        quantize_trained(network, tmp_path / "int8.onnx", pixels)
    assert not (tmp_path / "int8.onnx").exists()
