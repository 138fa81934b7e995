"""Small data that every test can afford: a folder in CT-ICH's layout, DICOM studies, an exported network."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from thrombectomy_models.cli import main
from thrombectomy_models.cross_validated import word_cross_validated
from thrombectomy_models.data.ct_ich_labels import BLEED_COLUMNS
from thrombectomy_models.evaluation.table import make_row
from thrombectomy_models.export.release import release_untrained
from thrombectomy_models.simulate.head import make_head
from thrombectomy_models.target_words import word_targets

PIPELINE_NETWORK = "mobilenetv3_small_100"
SHARED_DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("no shared data beside the checkout")
    return SHARED_DATA


def write_ct_ich(root: Path, patients: dict[int, bool], slices: int = 5) -> Path:
    """Procedural heads as 8-bit windows; patients marked True have a dense square on one slice."""
    root.mkdir(parents=True, exist_ok=True)
    rows = []
    for patient, bleeds in patients.items():
        hu = make_head(np.random.default_rng(patient), slices, 96, 96).hu.astype(np.float32)
        if bleeds:
            hu[2, 40:58, 30:48] = 70
        for name, low, width in (("brain", -20, 120), ("bone", -900, 3200)):
            folder = root / "patients" / f"{patient:03d}" / name
            folder.mkdir(parents=True)
            for index, image in enumerate(hu, start=1):
                grey = np.clip((image - low) / width * 255, 0, 255).astype(np.uint8)
                Image.fromarray(grey).save(folder / f"{index}.jpg", quality=95)
        for index in range(1, slices + 1):
            positive = int(bleeds and index == 3)
            rows.append([patient, index, 0, positive, 0, 0, 0, 1 - positive, 0])
    with (root / "labels.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["patient", "slice", *BLEED_COLUMNS, "no_hemorrhage", "fracture"])
        writer.writerows(rows)
    return root


def write_dicom(folder: Path, hu: np.ndarray, *, reverse: bool = False) -> Path:
    """A plain axial series; ``reverse`` names the files against their positions."""
    folder.mkdir(parents=True, exist_ok=True)
    series = generate_uid()
    for index, image in enumerate(hu):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        name = folder / f"{len(hu) - index if reverse else index:03d}.dcm"
        dataset = FileDataset(str(name), {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        dataset.SeriesInstanceUID, dataset.Modality, dataset.ImageType = series, "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.Rows, dataset.Columns = image.shape
        dataset.PixelSpacing, dataset.ImageOrientationPatient = [0.9, 0.9], [1, 0, 0, 0, 1, 0]
        dataset.ImagePositionPatient = [0, 0, 5.0 * index]
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
        dataset.PixelData = (image.astype(np.int32) + 1024).clip(0, 65535).astype("<u2").tobytes()
        dataset.save_as(name, enforce_file_format=True)
    return folder


@pytest.fixture(scope="session")
def ct_ich(tmp_path_factory) -> Path:
    return write_ct_ich(tmp_path_factory.mktemp("ct-ich"), {1: True, 2: False, 3: True, 4: False})


@pytest.fixture(scope="session")
def small_model(tmp_path_factory) -> Path:
    """An untrained MobileNetV3Small as a version directory of its own."""
    return release_untrained("mobilenetv3_small_100", "0.0.1", tmp_path_factory.mktemp("models"))


def resample_less(patch: pytest.MonkeyPatch) -> None:
    """Intervals from a few resamples: their arithmetic is tested elsewhere, and a thousand take a minute."""
    patch.setattr("thrombectomy_models.assemble.word_targets", partial(word_targets, repeats=30))
    patch.setattr("thrombectomy_models.assemble.word_cross_validated", partial(word_cross_validated, repeats=30))
    patch.setattr("thrombectomy_models.evaluation.report.make_row", partial(make_row, repeats=30))


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """34 procedural patients (10 with a dense square) in two folds, one short run on fold 0."""
    root = tmp_path_factory.mktemp("pipeline")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thrombectomy_models.train.cross_validation.BLEED_STUDIES", 1)
        patch.setattr("thrombectomy_models.train.cross_validation.STROKE_STUDIES", 1)
        data = write_ct_ich(root / "data", {i: i <= 10 for i in range(1, 35)}, slices=4)
        assert main(["prepare", "--data", str(data), "--workspace", str(root), "--folds", "2"]) == 0
    settings = {"network": PIPELINE_NETWORK, "stages": [{"side_px": 64, "steps": 6, "batch": 8, "peak_rate": 0.001}], "forecast_weight": 0.2}
    (root / "settings.json").write_text(json.dumps(settings))
    assert main(["train", "--workspace", str(root), "--settings", str(root / "settings.json"), "--fold", "0", "--fp32"]) == 0
    return root


@pytest.fixture(scope="session")
def released(trained):
    with pytest.MonkeyPatch.context() as patch:
        resample_less(patch)
        patch.setattr("thrombectomy_models.calibration.ranks", lambda *_: True)  # six steps rank nobody: flat would not show whose answers were fitted
        for storage in ("fp16", "int8"):
            assert main([*release_command(trained, "0"), "--models", str(trained / storage), "--storage", storage]) == 0
    return trained


def release_command(root, weights):
    named = ["--network", PIPELINE_NETWORK, "--version", "0.9.0", "--weights", weights, "--runs", "0", "--hardware", "test"]
    return ["release", "--workspace", str(root), *named]
