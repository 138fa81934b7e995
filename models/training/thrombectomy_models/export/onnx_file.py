"""Write a network as ONNX with fp16 storage and fp32 arithmetic, and hold it against PyTorch.

Large weights are stored as float16 and cast to float32 in the graph; ONNX Runtime folds the casts when it
loads the file, so the arithmetic is fp32 throughout and the file is half as large. The weights are rounded
*before* the comparison with PyTorch, so what is compared is the exporter, not the rounding.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from ..errors import InputError

OPSET = 20
LARGE_WEIGHT_VALUES = 256
MAXIMUM_FILE_BYTES = 97 * 1024 * 1024
MAXIMUM_PARITY_DIFFERENCE = 1e-4


def export_onnx(network: torch.nn.Module, side_px: int, path: Path) -> None:
    """fp32 ONNX with a free batch size; ``network`` is put into eval mode."""
    network.eval()
    example = torch.zeros(2, 3, side_px, side_px)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["pixels"],
            output_names=["logits", "cam"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("batch", min=1, max=512)}},
            verbose=False,
        )
    program.save(str(path), external_data=False)


def store_half(source: Path, destination: Path) -> None:
    """Rewrite large float32 initializers as float16 followed by a Cast; drops doc strings and trace metadata.

    Scales of quantized weights are no weights and stay as they are.
    """
    model = onnx.load(str(source))
    graph = model.graph
    scales = {name for node in graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear") for name in node.input}
    casts, kept = [], []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < LARGE_WEIGHT_VALUES or weight.name in scales:
            kept.append(weight)
            continue
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise InputError(f"weight {weight.name} does not fit float16", file=source)
        half = numpy_helper.from_array(values.astype(np.float16), name=f"{weight.name}_half")
        kept.append(half)
        casts.append(helper.make_node("Cast", [half.name], [weight.name], name=f"{weight.name}_cast", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    for node in nodes:
        node.doc_string = ""
        del node.metadata_props[:]
    del graph.initializer[:], graph.node[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    del model.metadata_props[:], graph.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, str(destination))


def open_session(path: Path, threads: int = 2) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_onnx(session: onnxruntime.InferenceSession, pixels: np.ndarray, batch: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """``logits [n, 3]`` and ``cam [n, 3, r, c]`` of float32 ``pixels [n, 3, h, w]``."""
    parts = [session.run(["logits", "cam"], {"pixels": pixels[i : i + batch]}) for i in range(0, len(pixels), batch)]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def measure_parity(network: torch.nn.Module, path: Path, pixels: np.ndarray) -> float:
    """Largest absolute difference of the logits between PyTorch and ONNX Runtime on ``pixels``."""
    network.eval()
    with torch.no_grad():
        expected = network(torch.from_numpy(pixels))[0].numpy()
    return float(np.abs(run_onnx(open_session(path), pixels)[0] - expected).max())


def check_parity(network: torch.nn.Module, path: Path, pixels: np.ndarray) -> float:
    """The difference that ``measure_parity`` finds.

    :raises InputError: when it exceeds ``MAXIMUM_PARITY_DIFFERENCE``
    """
    difference = measure_parity(network, path, pixels)
    if difference > MAXIMUM_PARITY_DIFFERENCE:
        raise InputError(f"ONNX and PyTorch differ by {difference:.2e}, allowed is {MAXIMUM_PARITY_DIFFERENCE:.0e}", file=path)
    return difference


def adds_maps(graph: onnx.GraphProto) -> bool:
    """True for residual networks: some sum is of two computed maps, none of them a weight."""
    weights = {one.name for one in graph.initializer}
    weights |= {name for node in graph.node if node.op_type in ("Cast", "DequantizeLinear") and node.input[0] in weights for name in node.output}
    return any(node.op_type == "Add" and not weights & set(node.input) for node in graph.node)
