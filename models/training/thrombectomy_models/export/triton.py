"""``config.pbtxt``: how NVIDIA Triton serves the same file (ONNX Runtime backend, dynamic batching, warm-up)."""

from __future__ import annotations

PREFERRED_BATCHES, MAXIMUM_BATCH, MAXIMUM_QUEUE_DELAY_US = (8, 16, 32), 64, 2000
# One slice, and the most the service sends in one call (src/inference/open-inference-run.ts).
WARM_BATCHES = (1, 16)


def write_config(contract: dict) -> str:
    """Text of ``config.pbtxt`` for ``contract``. Not run against a Triton server by this project's tests."""
    pixels, cam = contract["input"], contract["outputs"]["cam"]
    count = len(contract["targets"])
    dims = f"[ {len(pixels['windows'])}, {pixels['heightPx']}, {pixels['widthPx']} ]"
    tensor = f'inputs {{ key: "pixels" value {{ data_type: TYPE_FP32 dims: {dims} random_data: true }} }}'
    runs = ",\n".join(f'  {{ name: "batch-{size}" batch_size: {size} {tensor} }}' for size in WARM_BATCHES)
    return f"""# Generated from contract.json ({contract["network"]} {contract["version"]}); see docs/gpu-node.md
name: "{contract["network"]}"
backend: "onnxruntime"
max_batch_size: {MAXIMUM_BATCH}
input [
  {{ name: "pixels" data_type: TYPE_FP32 dims: {dims} }}
]
output [
  {{ name: "logits" data_type: TYPE_FP32 dims: [ {count} ] }},
  {{ name: "cam" data_type: TYPE_FP32 dims: [ {count}, {cam["rows"]}, {cam["columns"]} ] }}
]
dynamic_batching {{
  preferred_batch_size: [ {", ".join(map(str, PREFERRED_BATCHES))} ]
  max_queue_delay_microseconds: {MAXIMUM_QUEUE_DELAY_US}
}}
model_warmup [
{runs}
]
"""
