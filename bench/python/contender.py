"""One contender of bench/inference.ts: runs networks on request, one line of JSON in, one line of JSON out.

    contender.py KIND --threads 2 --batch 4 --models models --network NAME/VERSION ... --input FILE

FILE holds float32 pixels per network, ``FILE.<network>``. ``onnxruntime`` runs the service's own ONNX file; the torch
contenders run the timm network the file was exported from, with seeded weights: they are there for speed only. The CUDA
kinds time a study from pixels in memory to logits in memory, copies included.
"""

import argparse
import json
import os
import resource
import sys
import time

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def say(**message) -> None:
    print(json.dumps(message), flush=True)


def load_onnxruntime(path: str, threads: int):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda pixels: session.run(["logits", "cam"], {"pixels": pixels})[0]


def load_onnxruntime_cuda(path: str):
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise ImportError("onnxruntime without CUDA")
    session = onnxruntime.InferenceSession(path, providers=["CUDAExecutionProvider"])
    return lambda pixels: session.run(["logits", "cam"], {"pixels": pixels})[0]


def load_torch_cuda(name: str, half: bool, compiled: bool):
    import timm
    import torch

    if not torch.cuda.is_available():
        raise ImportError("no CUDA device")
    torch.manual_seed(0)
    dtype = torch.float16 if half else torch.float32
    network = timm.create_model(name, pretrained=False, num_classes=3).eval()
    network = network.to("cuda", dtype=dtype, memory_format=torch.channels_last)
    network = torch.compile(network, mode="max-autotune") if compiled else network

    def run(pixels):
        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to("cuda", dtype=dtype).to(memory_format=torch.channels_last)
            return network(batch).float().cpu().numpy()

    return run


def load(kind: str, name: str, path: str, threads: int):
    if kind == "onnxruntime":
        return load_onnxruntime(path, threads)
    if kind == "onnxruntime-cuda":
        return load_onnxruntime_cuda(path)
    if kind.startswith("cuda"):
        return load_torch_cuda(name, half="fp16" in kind, compiled=kind.endswith("compiled"))
    return load_torch(name, threads, kind == "torch-bf16")


KINDS = ["onnxruntime", "torch-fp32", "torch-bf16", "onnxruntime-cuda", "cuda-fp32", "cuda-fp16", "cuda-fp16-compiled"]


def computes_bf16() -> bool:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = file.read()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def load_torch(name: str, threads: int, bf16: bool):
    import timm
    import torch

    if bf16 and not computes_bf16():
        raise ImportError("this CPU emulates bf16, a tenth as fast as fp32")
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = timm.create_model(name, pretrained=False, num_classes=3).eval()
    if bf16:
        network = network.to(memory_format=torch.channels_last)

    def run(pixels):
        batch = torch.from_numpy(pixels)
        with torch.inference_mode():
            if not bf16:
                return network(batch).numpy()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return network(batch.to(memory_format=torch.channels_last)).float().numpy()

    return run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--network", action="append", required=True)
    parser.add_argument("--input", required=True)
    words = parser.parse_args()
    try:
        import numpy as np

        networks, inputs = {}, {}
        for each in words.network:
            name, version = each.split("/")
            folder = os.path.join(words.models, name, version)
            with open(os.path.join(folder, "contract.json"), encoding="utf-8") as file:
                recipe = json.load(file)["input"]
            pixels = np.fromfile(f"{words.input}.{name}", dtype="<f4")
            inputs[name] = pixels.reshape(-1, len(recipe["windows"]), recipe["heightPx"], recipe["widthPx"])
            networks[name] = load(words.kind, name, os.path.join(folder, "model.onnx"), words.threads)
            networks[name](inputs[name][: words.batch])
    except ImportError as error:
        say(missing=str(error))
        return
    versions = {name: sys.modules[name].__version__ for name in ("onnxruntime", "torch", "timm") if name in sys.modules}
    say(ready=True, versions=versions)
    for line in sys.stdin:
        name = json.loads(line)["run"]
        pixels, run = inputs[name], networks[name]
        started = time.perf_counter()
        answers = [run(pixels[at : at + words.batch]) for at in range(0, len(pixels), words.batch)]
        ms = (time.perf_counter() - started) * 1000
        logits = np.concatenate(answers).ravel().astype(float).tolist()
        say(ms=ms, logits=logits, residentMb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


main()
