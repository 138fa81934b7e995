"""An fp16 or fp32 version of a network as int8, for bench/inference.ts: `quantize.py SOURCE DESTINATION PIXELS N C H W`.

The form is the training package's (U8S8 QDQ per channel, `thrombectomy_models.export.int8`), the calibration is not: PIXELS
(float32) comes from two procedural heads, so the file is there for its speed; what it does to logits stands in the
bench's table and is no statement about a released int8 version. Prints one line of JSON.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "training"))


def to_fp32(source: Path, destination: Path) -> None:
    """Folds the casts of fp16 storage, which is exact, so that the quantizer sees fp32 weights."""
    import onnx
    from onnx import TensorProto, numpy_helper

    model = onnx.load(str(source))
    graph = model.graph
    weights = {weight.name: weight for weight in graph.initializer}
    nodes = []
    for node in graph.node:
        stored = weights.get(node.input[0]) if node.op_type == "Cast" else None
        if stored is None or stored.data_type != TensorProto.FLOAT16:
            nodes.append(node)
            continue
        graph.initializer.append(numpy_helper.from_array(numpy_helper.to_array(stored).astype("float32"), node.output[0]))
        graph.initializer.remove(stored)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, str(destination))


def main() -> None:
    source, destination = Path(sys.argv[1]), Path(sys.argv[2])
    shape = [int(word) for word in sys.argv[4:8]]
    try:
        import numpy as np
        from thrombectomy_models.export.int8 import quantize_int8
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    full = destination.with_suffix(".fp32.onnx")
    to_fp32(source, full)
    pixels = np.fromfile(sys.argv[3], dtype="<f4").reshape(shape)
    quantize_int8(full, destination, pixels, per_channel=not source.parent.parent.name.startswith("mobilenetv3"))
    full.unlink()
    print(json.dumps({"bytes": destination.stat().st_size}))


main()
