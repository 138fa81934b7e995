"""int8 beside fp16: made with ONNX Runtime's static quantization and measured on real slices, not assumed.

U8S8 QDQ, per channel, with weights of 7 bits: x64 CPUs without VNNI add two products in 16 bits and saturate where weights
use all 8, so the same file would answer otherwise on another machine (ONNX Runtime, "Quantize ONNX models", reduce_range).
int8 shifts logits, so `release --storage int8` calibrates on the answers of the int8 file itself.

Some layers stay in fp32 (ADR 0029): the first and last convolution everywhere; in networks that add their maps to each
other also those sums, whose few large values leave eight bits too few for the rest, and the gates of squeeze and excitation.
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
from .onnx_file import export_onnx, open_session, run_onnx

QUANTIZATION_SLICES = 128


def quantize_trained(network: SliceNetwork, destination: Path, pixels: Tensor) -> None:
    """int8 file of ``network``; ranges of activations from ``pixels`` of training patients."""
    full = destination.with_suffix(".full.onnx")
    export_onnx(network, network.kind.side_px, full)
    # MobileNetV3's map reshapes a weight inside the graph; ONNX Runtime 1.30 cannot do that with per-channel scales
    quantize_int8(full, destination, pixels.numpy(), per_channel=not network.kind.name.startswith("mobilenetv3"))
    full.unlink()


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
        op_types_to_quantize=["Conv"] if adds_maps(graph) else None,
    )
    prepared.unlink()


def adds_maps(graph: onnx.GraphProto) -> bool:
    """True for residual networks: some sum is of two computed maps, none of them a weight."""
    weights = {one.name for one in graph.initializer}
    return any(node.op_type == "Add" and not weights & set(node.input) for node in graph.node)


def find_full_precision(graph: onnx.GraphProto) -> list[str]:
    """Names of the first and last convolution, and of the gates: convolutions of what was pooled to one value a channel."""
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    makers = {name: node for node in graph.node for name in node.output}

    def is_pooled(name: str) -> bool:
        maker = makers.get(name)
        if maker is None or maker.op_type in ("ReduceMean", "GlobalAveragePool"):
            return maker is not None
        return maker.op_type in ("Conv", "Relu", "HardSwish", "HardSigmoid", "Sigmoid") and is_pooled(maker.input[0])

    return [node.name for node in convolutions if node in (convolutions[0], convolutions[-1]) or is_pooled(node.input[0])]


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
