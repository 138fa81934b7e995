"""An MLServer runtime that serves one of our ONNX files with Python's ONNX Runtime: an independent server of the
Open Inference Protocol for test/integration/inference-mlserver*.test.ts. `memory_for_slices` in its settings makes it run
out of memory as ONNX Runtime does for more."""

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class OnnxNetwork(MLModel):
    async def load(self) -> bool:
        parameters = self.settings.parameters
        self.session = onnxruntime.InferenceSession(parameters.uri, providers=["CPUExecutionProvider"])
        self.memory_for_slices = parameters.extra["memory_for_slices"]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pixels = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        if len(pixels) > self.memory_for_slices:
            raise RuntimeError("bfc_arena.cc: Failed to allocate memory for requested buffer of size 419430400")
        names = [output.name for output in payload.outputs]
        answers = self.session.run(names, {payload.inputs[0].name: pixels})
        outputs = [NumpyCodec.encode_output(name, answer) for name, answer in zip(names, answers)]
        return InferenceResponse(model_name=self.name, outputs=outputs)
