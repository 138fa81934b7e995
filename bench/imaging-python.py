"""The pipeline most people would write in Python: pydicom, numpy, Pillow. One round per line read from stdin.

Usage: python imaging-python.py FOLDER TENSOR_FILE
FOLDER holds one subfolder per transfer syntax with the files of one series. Every line on stdin names a subfolder;
the answer is one line of JSON: milliseconds of processor time per slice for parse, decode, hu and tensor, and of the wall
clock for all of it. The last tensor is written to
TENSOR_FILE (float32, little endian), so that the caller can hold both pipelines to the same result.
"""

import io
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image

RECIPE = {
    "size": 299,
    "skull": 300,
    "tail": 0.01,
    "margin": 0.05,
    "tissue": (0, 90),
    "minimum": 0.1,
    "windows": [(40, 80), (80, 200), (40, 40)],
    "mean": 0.5,
    "std": 0.5,
}


def cut_tails(counts):
    cumulated = np.cumsum(counts)
    total = cumulated[-1]
    first = int(np.argmax(cumulated > RECIPE["tail"] * total))
    last = int(np.argmax(cumulated >= (1 - RECIPE["tail"]) * total))
    return first, last


def make_tensor(volume):
    skull = volume >= RECIPE["skull"]
    top, bottom = cut_tails(skull.sum(axis=(0, 2)))
    left, right = cut_tails(skull.sum(axis=(0, 1)))
    height, width = bottom - top + 1, right - left + 1
    side = math.ceil(max(height, width) * (1 + 2 * RECIPE["margin"]))
    top, left = math.floor(top + (height - side) / 2), math.floor(left + (width - side) / 2)
    rows, columns = volume.shape[1:]
    low_row, high_row = max(top, 0), min(top + side, rows)
    low_column, high_column = max(left, 0), min(left + side, columns)
    inside = volume[:, low_row:high_row, low_column:high_column]
    tissue = ((inside >= RECIPE["tissue"][0]) & (inside <= RECIPE["tissue"][1])).sum(axis=(1, 2)) / side**2
    slices = np.flatnonzero(tissue >= RECIPE["minimum"])
    size = RECIPE["size"]
    out = np.empty((len(slices), len(RECIPE["windows"]), size, size), np.float32)
    square = np.full((side, side), -1024, np.float32)
    for index, number in enumerate(slices):
        square[low_row - top : high_row - top, low_column - left : high_column - left] = np.clip(inside[number], -1024, 3071)
        resized = np.asarray(Image.fromarray(square, "F").resize((size, size), Image.BILINEAR))
        for channel, (level, width_hu) in enumerate(RECIPE["windows"]):
            value = np.clip((resized - (level - width_hu / 2)) / width_hu, 0, 1)
            out[index, channel] = (value - RECIPE["mean"]) / RECIPE["std"]
    return out


def run(files, tensor_file):
    wall = time.perf_counter()
    started = time.process_time()
    datasets = [pydicom.dcmread(io.BytesIO(file)) for file in files]
    parsed = time.process_time()
    arrays = [dataset.pixel_array for dataset in datasets]
    decoded = time.process_time()
    slices = []
    for dataset, array in zip(datasets, arrays):
        hu = array.astype(np.float32) * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
        if "PixelPaddingValue" in dataset:
            hu[array == dataset.PixelPaddingValue] = -1024
        slices.append((float(dataset.ImagePositionPatient[2]), np.clip(hu, -1024, 32767).astype(np.int16)))
    volume = np.stack([hu for _, hu in sorted(slices, key=lambda pair: pair[0])])
    measured = time.process_time()
    tensor = make_tensor(volume)
    ended = time.process_time()
    wall = time.perf_counter() - wall
    tensor.tofile(tensor_file)
    count = len(files)
    steps = zip(("parse", "decode", "hu", "tensor"), (parsed - started, decoded - parsed, measured - decoded, ended - measured))
    return {**{name: seconds * 1000 / count for name, seconds in steps}, "total": (ended - started) * 1000 / count, "wall": wall * 1000 / count}


def main():
    folder, tensor_file = Path(sys.argv[1]), sys.argv[2]
    studies = {path.name: [file.read_bytes() for file in sorted(path.iterdir())] for path in folder.iterdir() if path.is_dir()}
    print(json.dumps({"pydicom": pydicom.__version__, "numpy": np.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(studies[line.strip()], tensor_file)), flush=True)


if __name__ == "__main__":
    main()
