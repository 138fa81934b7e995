"""What a teacher hands on: its answer for the slice, the same at every place, and the direction of its features."""

import pytest
import torch

from thrombectomy_models.networks import SliceNetwork
from thrombectomy_models.train.teacher import TEACHER, Pupil, Teacher, TeacherForPixels, to_cells

HALF = (0.5, 0.5, 0.5)


@pytest.fixture(scope="module")
def taught():
    teacher = TeacherForPixels(Teacher(pretrained=False, seed=1), HALF, HALF)
    pixels = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(2)) * 2 - 1
    return Pupil(teacher, 1280), pixels, *teacher(pixels)


def test_a_cell_says_what_the_head_would_say_of_that_place_alone():
    network = SliceNetwork(TEACHER, seed=1).eval()
    with torch.no_grad():
        logits, cam = network(torch.rand(2, 3, 96, 96))
    assert torch.allclose(to_cells(logits, cam), cam[:, :1] + network.backbone.get_classifier().bias[0], atol=1e-4)


def test_a_pupil_that_answers_as_the_teacher_does_at_every_place_loses_least(taught):
    pupil, pixels, logit, cells, features = taught
    logits, cam = logit.repeat(1, 3), cells.repeat(1, 3, 1, 1)
    slice_loss, cell_loss, _ = pupil(pixels, features, logits, cam)
    elsewhere = cam.roll(1, dims=3) + torch.tensor([3.0, -3.0, 0.0]).view(1, 1, 1, 3)
    moved_slice, moved_cells, _ = pupil(pixels, features, logits, elsewhere)
    assert moved_slice == pytest.approx(float(slice_loss))
    assert moved_cells > cell_loss + 0.1


def test_a_pupil_with_another_grid_is_compared_on_its_own(taught):
    pupil, pixels, logit, _, _ = taught
    for loss in pupil(pixels, torch.rand(2, 1280, 2, 2), logit.repeat(1, 3), torch.rand(2, 3, 2, 2)):
        assert torch.isfinite(loss)


def test_the_teacher_sees_pixels_at_their_own_side_but_never_above_its_own(taught):
    teacher = taught[0].teacher
    assert teacher(torch.rand(1, 3, 96, 96))[2].shape[2:] == (3, 3)
    assert teacher(torch.rand(1, 3, 299, 299))[2].shape[2:] == (7, 7)
