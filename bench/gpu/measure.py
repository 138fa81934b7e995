"""A GPU node in figures, in one command, with torch and onnxruntime-gpu (timm and numpy beside them) and nothing else:

    python bench/gpu/measure.py [--models models] [--slices 32] [--rounds 20] [--device cuda|cpu] [--kinds NAME ...]

Every network of models/ensemble.json on one study of random pixels, from pixels in memory to logits in memory, copies
included: median and 95th percentile, and studies a second back to back. Beside each: the floor of the arithmetic, the
network's multiply-adds at the rate that a large matrix product reaches on this very device in the same precision. The ONNX
Runtime kinds run the committed files and are held to the CPU's logits; the PyTorch kinds have seeded weights and are there
for speed only. What a machine cannot run is named and left out.
"""

import argparse
import json
import math
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import numpy as np

MATRIX = {"cuda": 8192, "cpu": 1024}
GPU_KINDS = ["ort-cuda-fp32", "ort-cuda-tf32", "ort-tensorrt-fp32", "ort-tensorrt-fp16", "torch-fp32", "torch-tf32", "torch-fp16", "torch-fp16-compiled"]
CPU_KINDS = ["ort-cpu", "torch-fp32", "torch-compiled"]


class Missing(Exception):
    """This machine cannot run that kind."""


def precision_of(kind: str) -> str:
    return next((name for name in ("fp16", "tf32") if name in kind), "fp32")


def open_onnx(path: Path, kind: str, cache: str):
    import onnxruntime

    tf32 = {"use_tf32": str(int("tf32" in kind))}
    tensorrt = {"trt_fp16_enable": str("fp16" in kind), "trt_engine_cache_enable": "True", "trt_engine_cache_path": cache}
    wanted = {"ort-cuda": [("CUDAExecutionProvider", tf32)], "ort-tensorrt": [("TensorrtExecutionProvider", tensorrt), ("CUDAExecutionProvider", tf32)]}
    providers = next((value for start, value in wanted.items() if kind.startswith(start)), []) + [("CPUExecutionProvider", {})]
    if providers[0][0] not in onnxruntime.get_available_providers():
        raise Missing(f"onnxruntime without {providers[0][0]}")
    session = onnxruntime.InferenceSession(str(path), providers=providers)
    if session.get_providers()[0] != providers[0][0]:
        raise Missing(f"{providers[0][0]} did not start")
    return lambda pixels: session.run(["logits", "cam"], {"pixels": pixels})[0]


def open_torch(name: str, kind: str, device: str):
    import timm
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise Missing("no CUDA device")
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = "tf32" in kind
    dtype = torch.float16 if "fp16" in kind else torch.float32
    network = timm.create_model(name, pretrained=False, num_classes=3).eval().to(device, dtype=dtype, memory_format=torch.channels_last)
    if kind.endswith("compiled"):
        network = torch.compile(network, mode="max-autotune" if device == "cuda" else "default")

    def run(pixels):
        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to(device, dtype=dtype).to(memory_format=torch.channels_last)
            return network(batch).float().cpu().numpy()

    return run


def count_macs(name: str, side: int) -> float:
    """Multiply-adds of one slice."""
    import timm
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        network, pixels = timm.create_model(name, pretrained=False, num_classes=3).eval(), torch.empty(1, 3, side, side)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(pixels)
    return counter.get_total_flops() / 2


def measure_peak(device: str, precision: str) -> float:
    """Multiply-adds a second of a large square matrix product, best of five."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise Missing("no CUDA device")
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    size = MATRIX[device]
    dtype = torch.float16 if precision == "fp16" else torch.float32
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(6):
        started = time.perf_counter()
        c = a @ b
        c[0, 0].item()
        best = min(best, time.perf_counter() - started)
    return size**3 / best


def measure(run, pixels, rounds: int) -> dict:
    answer = run(pixels)
    for _ in range(min(rounds, 3)):
        run(pixels)
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run(pixels)
        times.append(time.perf_counter() - started)
    return {"median": statistics.median(times), "p95": sorted(times)[math.ceil(0.95 * rounds) - 1], "mean": sum(times) / rounds, "logits": answer}


def versions(device: str) -> str:
    import torch

    names = [f"python {sys.version.split()[0]}", f"torch {torch.__version__}"]
    for package in ("onnxruntime", "timm"):
        try:
            names.append(f"{package} {__import__(package).__version__}")
        except ImportError:
            names.append(f"no {package}")
    return ", ".join([torch.cuda.get_device_name() if device == "cuda" and torch.cuda.is_available() else device, *names])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, default=Path(__file__).resolve().parents[2] / "models")
    parser.add_argument("--slices", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--kinds", nargs="+")
    parser.add_argument("--cache", default="/tmp/tensorrt-engines")
    words = parser.parse_args()
    print(versions(words.device), flush=True)
    print(f"{words.slices} slices in one batch, {words.rounds} rounds\n")
    print("| network | kind | ms a study, median (p95) | studies/s | floor ms | of the floor | p off by |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    peaks: dict[str, float] = {}
    both: dict[str, float] = {}
    networks = json.loads((words.models / "ensemble.json").read_text())["networks"]
    for each in networks:
        folder = words.models / each["network"] / each["version"]
        contract = json.loads((folder / "contract.json").read_text())
        side, name = contract["input"]["heightPx"], contract["architecture"]["name"]
        pixels = np.random.default_rng(0).uniform(-1, 1, (words.slices, 3, side, side)).astype(np.float32)
        reference = open_onnx(folder / "model.onnx", "ort-cpu", words.cache)(pixels[:4])
        for kind in words.kinds or (GPU_KINDS if words.device == "cuda" else CPU_KINDS):
            try:
                run = open_onnx(folder / "model.onnx", kind, words.cache) if kind.startswith("ort") else open_torch(name, kind, words.device)
                found = measure(run, pixels, words.rounds)
                precision = precision_of(kind)
                if precision not in peaks:
                    peaks[precision] = measure_peak(words.device, precision)
                floor = count_macs(name, side) * words.slices / peaks[precision]
            except (Missing, ImportError, RuntimeError) as error:
                print(f"| {name} | {kind} | left out: {str(error).splitlines()[0]} | | | | |", flush=True)
                continue
            off = "other weights"
            if kind.startswith("ort"):
                off = f"{np.abs(1 / (1 + np.exp(-found['logits'][:4])) - 1 / (1 + np.exp(-reference))).max():.1e}"
            both[kind] = both.get(kind, 0.0) + found["mean"]
            cells = [f"{found['median'] * 1000:.1f} ({found['p95'] * 1000:.1f})", f"{1 / found['mean']:.1f}", f"{floor * 1000:.2f}", f"{found['median'] / floor:.1f}x", off]
            print(f"| {name} | {kind} | {' | '.join(cells)} |", flush=True)
    for kind, seconds in both.items():
        print(f"| all networks, one after the other | {kind} | {seconds * 1000:.1f} | {1 / seconds:.1f} | | | |")
    for precision, peak in peaks.items():
        print(f"matrix product, {precision}: {2 * peak / 1e12:.2f} Tflop/s")


main()
