"""An MLServer runtime that serves one of our ONNX files with Python's ONNX Runtime: an independent server of the
Open Inference Protocol for test/integration/inference-mlserver.test.ts."""

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class OnnxNetwork(MLModel):
    async def load(self) -> bool:
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pixels = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        names = [output.name for output in payload.outputs]
        answers = self.session.run(names, {payload.inputs[0].name: pixels})
        outputs = [NumpyCodec.encode_output(name, answer) for name, answer in zip(names, answers)]
        return InferenceResponse(model_name=self.name, outputs=outputs)
