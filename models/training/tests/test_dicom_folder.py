"""A folder of DICOM slices: thin ones become the service's slabs, wrapped HU are undone, what is broken is named by its file."""

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest

from thrombectomy_models.data import slabs
from thrombectomy_models.data.dicom_volume import read_dicom_folder
from thrombectomy_models.errors import InputError
from thrombectomy_models.simulate.head import make_head

from .conftest import write_dicom

LIMITS = Path(__file__).resolve().parents[3] / "src" / "imaging" / "volume" / "geometry-limits.json"


@pytest.fixture
def folder(tmp_path):
    return write_dicom(tmp_path / "a", make_head(np.random.default_rng(1), 6, 48, 48).hu)


def _change(folder, change, names="*.dcm"):
    for file in sorted(folder.glob(names)):
        dataset = pydicom.dcmread(file)
        change(dataset)
        dataset.save_as(file)


def test_limits_are_those_of_the_service():
    limits = json.loads(LIMITS.read_text())
    assert (slabs.SLAB_BELOW_MM, slabs.SLAB_MM) == (limits["slabBelowSpacingMm"]["value"], limits["slabThicknessMm"]["value"])


def test_slices_of_one_millimetre_become_slabs_of_five():
    hu = np.repeat(np.arange(12, dtype=np.int16)[:, None, None] * 10, 4, axis=1)
    made, at = slabs.make_slabs(hu, np.arange(12) * 1.0)
    # cells reach from -0.5 to 11.5 mm: two slabs of five; what is left over is dropped, as in placement.ts
    assert made[:, 0, 0].tolist() == [20, 70]
    assert at.tolist() == [2, 7]


def test_slice_over_an_edge_gives_each_slab_its_share():
    made, at = slabs.make_slabs(np.array([[[0]], [[100]], [[200]], [[300]], [[400]]], np.int16), np.arange(5) * 2.0)
    # 2 mm cells from -1 to 9 mm: the third lies half in each slab (weights 410, 410, 205)
    assert made.ravel().tolist() == [80, 320]
    assert at.tolist() == [1.5, 6.5]


def test_thin_series_is_read_as_slabs_and_a_thick_one_as_it_is(folder, tmp_path):
    assert not read_dicom_folder(folder).slabs

    def closer(dataset):
        dataset.ImagePositionPatient = [0, 0, float(dataset.ImagePositionPatient[2]) / 5]

    _change(folder, closer)
    volume = read_dicom_folder(folder)
    assert volume.slabs and volume.hu.shape == (1, 48, 48)


def test_signed_values_that_wrapped_in_twelve_unsigned_bits_are_undone(tmp_path):
    """CQ500: air is stored as 3096 with an intercept of 0."""
    hu = make_head(np.random.default_rng(1), 6, 48, 48).hu.clip(-1000, 2000)
    folder = write_dicom(tmp_path / "a", hu)

    def wrap(dataset):
        values = dataset.pixel_array.astype(int) - 1024
        dataset.BitsStored, dataset.HighBit, dataset.RescaleIntercept = 12, 11, 0
        dataset.PixelData = np.where(values < 0, values + 4096, values).astype("<u2").tobytes()

    _change(folder, wrap)
    assert np.array_equal(read_dicom_folder(folder).hu, hu)


def test_padding_is_outside_the_field_of_view(folder):
    def pad(dataset):
        dataset.add_new("PixelPaddingValue", "US", 1024 + 40)

    before = read_dicom_folder(folder).hu
    _change(folder, pad)
    assert np.array_equal(read_dicom_folder(folder).hu, np.where(before == 40, -1024, before))


def _no_numbers(dataset):
    dataset["ImagePositionPatient"].value = None


def _two_numbers(dataset):
    dataset.ImageOrientationPatient = [1, 0]


def _empty_slope(dataset):
    dataset.RescaleSlope = None


def _short_pixels(dataset):
    dataset.PixelData = dataset.PixelData[:100]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_numbers, r"002\.dcm: ImagePositionPatient is not 3 numbers"),
        (_two_numbers, r"002\.dcm: ImageOrientationPatient is not 6 numbers"),
        (_empty_slope, r"002\.dcm: RescaleSlope is not 1 number$"),
        (_short_pixels, r"002\.dcm: pixels cannot be decoded"),
    ],
)
def test_broken_slice_is_named_by_its_file(folder, spoil, message):
    _change(folder, spoil, "002.dcm")
    with pytest.raises(InputError, match=message):
        read_dicom_folder(folder)
