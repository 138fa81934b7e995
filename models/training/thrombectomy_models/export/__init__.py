"""From trained weights to what the service runs: ONNX file, contract, golden vectors, card, Triton configuration."""
