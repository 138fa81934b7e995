"""int8 beside fp16: made with ONNX Runtime's static quantization and measured on real slices, not assumed.

U8S8 QDQ, per channel, with weights of 7 bits: x64 CPUs without VNNI add two products in 16 bits and saturate where weights
use all 8, so the same file would answer otherwise on another machine (ONNX Runtime, "Quantize ONNX models", reduce_range).
int8 shifts logits, so `release --storage int8` calibrates on the answers of the int8 file itself.

Some layers stay in fp32 (ADR 0029, 0076): the first and last convolution everywhere; in networks that add their maps to each other,
where one rounding is carried through all later sums, also the layers of the gates of squeeze and excitation and the last stage.
Averages are taken where they are cheap before anything is quantized (`reordered.py`, ADR 0076).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor

from ..networks import SliceNetwork
from .onnx_file import adds_maps, check_parity, export_onnx, open_session, run_onnx, store_half
from .reordered import reorder

QUANTIZATION_SLICES, PARITY_SLICES = 128, 2
RESIDUAL_OPERATORS = ["Conv", "Relu", "Mul", "Add"]
"""``Relu`` together with its convolution, so that a map is rounded once, after the cut at zero."""


def quantize_trained(network: SliceNetwork, destination: Path, pixels: Tensor) -> None:
    """int8 file of ``network``; ranges of activations from ``pixels`` of training patients.

    :raises InputError: when the reordered network does not answer as ``network`` does
    """
    full, quantized = destination.with_suffix(".full.onnx"), destination.with_suffix(".quantized.onnx")
    export_onnx(reorder(network), network.kind.side_px, full)
    check_parity(network, full, pixels[:PARITY_SLICES].numpy())
    # MobileNetV3's map reshapes a weight inside the graph; ONNX Runtime 1.30 cannot do that with per-channel scales
    quantize_int8(full, quantized, pixels.numpy(), per_channel=not network.kind.name.startswith("mobilenetv3"))
    store_half(quantized, destination)
    full.unlink()
    quantized.unlink()


class SliceReader(CalibrationDataReader):
    """Feeds calibration pixels one slice at a time."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.slices: Iterator[dict] = iter({"pixels": pixels[i : i + 1]} for i in range(len(pixels)))

    def get_next(self) -> dict | None:
        return next(self.slices, None)


def quantize_int8(source: Path, destination: Path, pixels: np.ndarray, *, per_channel: bool = True) -> None:
    """:param source: fp32 ONNX file; ``pixels`` float32 ``[n, 3, h, w]`` of training patients"""
    prepared = destination.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    graph = onnx.load(str(prepared)).graph
    quantize_static(
        str(prepared),
        str(destination),
        SliceReader(pixels),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=per_channel,
        reduce_range=True,
        calibrate_method=CalibrationMethod.MinMax,
        nodes_to_exclude=find_full_precision(graph),
        op_types_to_quantize=RESIDUAL_OPERATORS if adds_maps(graph) else None,
    )
    prepared.unlink()


def find_full_precision(graph: onnx.GraphProto) -> list[str]:
    """Names of the first and last convolution and the gates; of all of the last stage where the network adds its maps."""
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    kept = [convolutions[0], convolutions[-1], *find_gates(graph)]
    if adds_maps(graph):
        kept += find_last_stage(graph)
    return [node.name for node in kept]


def find_gates(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Convolutions of what was pooled to one value a channel."""
    makers = {name: node for node in graph.node for name in node.output}

    def is_pooled(name: str) -> bool:
        maker = makers.get(name)
        if maker is None or maker.op_type in ("ReduceMean", "GlobalAveragePool"):
            return maker is not None
        return maker.op_type in ("Conv", "Relu", "HardSwish", "HardSigmoid", "Sigmoid") and is_pooled(maker.input[0])

    return [node for node in graph.node if node.op_type == "Conv" and is_pooled(node.input[0])]


def find_last_stage(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Everything from the last halving of the maps on; the shortcut of a block is halved from the same map as the block.

    Where parallel branches are halved from different maps the cut goes through their block, which costs a rounding or two.
    """
    nodes = list(graph.node)
    halving = [node for node in nodes if node.op_type == "Conv" and max(read_strides(node)) > 1]
    if not halving:
        return []
    return nodes[min(nodes.index(node) for node in halving if node.input[0] == halving[-1].input[0]) :]


def read_strides(convolution: onnx.NodeProto) -> list[int]:
    return next((list(one.ints) for one in convolution.attribute if one.name == "strides"), [1])


@dataclass(frozen=True)
class Deviation:
    """Of sigmoid probabilities of ich-present against fp32, over slices; ``flips`` cross 0.5."""

    mean: float
    maximum: float
    flips: int
    slices: int


def measure_deviation(reference: Path, other: Path, pixels: np.ndarray, target: int = 0) -> Deviation:
    first, second = (1 / (1 + np.exp(-run_onnx(open_session(path), pixels)[0][:, target])) for path in (reference, other))
    gap = np.abs(first - second)
    return Deviation(float(gap.mean()), float(gap.max()), int(((first >= 0.5) != (second >= 0.5)).sum()), len(gap))
