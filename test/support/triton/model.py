"""Stands where NVIDIA Triton's ONNX Runtime backend would: a Python-based backend, so that Triton's core takes our
config.pbtxt as it is (backend "onnxruntime") and runs model.onnx with Python's ONNX Runtime. Requests that the dynamic
batcher put together are run as one batch, as the real backend does. `TEST_MEMORY_FOR_SLICES` in the environment makes it
run out of memory for more."""

import os

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

MEMORY_FOR_SLICES = int(os.environ.get("TEST_MEMORY_FOR_SLICES", "1000"))


class TritonPythonModel:
    def initialize(self, args):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        file = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def execute(self, requests):
        inputs = [triton.get_input_tensor_by_name(request, "pixels").as_numpy() for request in requests]
        slices = [len(pixels) for pixels in inputs]
        if sum(slices) > MEMORY_FOR_SLICES:
            text = "bfc_arena.cc: Failed to allocate memory for requested buffer of size 419430400"
            return [triton.InferenceResponse(error=triton.TritonError(text)) for _ in requests]
        names = ["logits", "cam"]
        answers = self.session.run(names, {"pixels": np.concatenate(inputs)})
        cuts = np.cumsum(slices)[:-1]
        per_request = zip(*(np.split(answer, cuts) for answer in answers))
        return [
            triton.InferenceResponse([triton.Tensor(name, np.ascontiguousarray(part)) for name, part in zip(names, parts)])
            for parts in per_request
        ]
