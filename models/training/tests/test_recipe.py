"""The tensor recipe of models/README.md, step by step."""

import numpy as np
import pytest

from thrombectomy_models.contract import CROP, SLICES, describe_input
from thrombectomy_models.recipe import Square, Unusable, choose_slices, crop_square, find_head_square, prepare, resize_hu


def test_square_bounds_the_skull_with_its_margin():
    hu = np.full((2, 100, 120), -1000, np.int16)
    hu[:, 20:60, 30:100] = 500
    rule = CROP | {"tailFraction": 0.0, "marginFraction": 0.1}
    assert find_head_square(hu, rule) == Square(top=-2, left=23, side=84)


def test_tail_fraction_ignores_a_few_dense_pixels_far_off():
    hu = np.full((1, 200, 200), -1000, np.int16)
    hu[0, 80:120, 80:120] = 500
    hu[0, 0, 0] = 2000
    square = find_head_square(hu, CROP | {"marginFraction": 0.0})
    assert square.top == 80
    assert square.side == 40


def test_volume_without_bone_is_no_head():
    with pytest.raises(Unusable, match="not-head"):
        find_head_square(np.zeros((1, 32, 32), np.int16), CROP)


def test_pixels_outside_the_image_are_air():
    cropped = crop_square(np.full((1, 4, 4), 40, np.int16), Square(-1, -1, 6))
    assert cropped[0, 0].tolist() == [-1024] * 6
    assert cropped[0, 1].tolist() == [-1024, 40, 40, 40, 40, -1024]


def test_stack_without_tissue_is_a_partial_brain():
    with pytest.raises(Unusable, match="partial-brain"):
        choose_slices(np.full((3, 10, 10), -1000, np.int16), SLICES)


def test_resize_is_the_normalised_triangle_filter():
    rng = np.random.default_rng(3)
    image = rng.integers(-100, 100, (1, 23, 23)).astype(np.int16)
    weights = np.zeros((7, 23))
    scale = 23 / 7
    for i in range(7):
        centre = (i + 0.5) * scale
        weights[i] = np.clip(1 - np.abs((np.arange(23) + 0.5 - centre) / scale), 0, None)
    weights /= weights.sum(axis=1, keepdims=True)
    expected = weights @ image[0] @ weights.T
    assert np.abs(resize_hu(image, 7, 7)[0] - expected).max() < 1e-3


def test_windows_and_normalisation_of_a_flat_slice():
    hu = np.full((1, 64, 64), 40, np.int16)
    hu[:, 0, :] = hu[:, -1, :] = hu[:, :, 0] = hu[:, :, -1] = 1000
    recipe = describe_input("inception_v4") | {"crop": CROP | {"tailFraction": 0.0, "marginFraction": 0.0}}
    centre = prepare(hu, recipe).tensor[0, :, 150, 150]
    expected = [(0.5 - 0.5) / 0.5, (60 / 200 - 0.5) / 0.5, (0.5 - 0.5) / 0.5]
    assert centre == pytest.approx(expected, abs=1e-6)
