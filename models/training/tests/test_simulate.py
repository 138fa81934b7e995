"""Simulated lesions: where the mask says, as dense as the parameters say, and labelled by the written rule."""

import numpy as np
import pytest
from scipy import ndimage

from thrombectomy_models.simulate.bleeds import find_blood, paint_bleed, paint_distractor
from thrombectomy_models.simulate.head import make_head
from thrombectomy_models.simulate.intracranial import find_intracranial
from thrombectomy_models.simulate.parameters import millimetres_per_pixel, read_parameters
from thrombectomy_models.simulate.stroke import draw_bleed_probability, find_territory, paint_stroke


@pytest.fixture(scope="module")
def head():
    made = make_head(np.random.default_rng(4), 12, 160, 160, noise_hu=2.0)
    return made, find_intracranial(made.hu, millimetres_per_pixel(160))


def test_inside_of_the_skull_is_found(head):
    made, inside = head
    assert len(inside.slices) >= 8
    overlap = (inside.mask & made.brain).sum() / inside.mask.sum()
    assert overlap > 0.95


@pytest.mark.parametrize("kind", ["epidural", "subdural", "intraparenchymal"])
def test_bleed_is_dense_inside_its_mask_and_nowhere_else(head, kind):
    made, inside = head
    rng = np.random.default_rng(8)
    painted, mask, name = next(found for _ in range(10) if (found := paint_bleed(rng, made.hu, inside, kind))[1].any())
    rule = read_parameters()["bleed"]["hu"]
    assert name == kind
    assert not (mask & ~inside.mask).any()
    core = painted[mask]
    assert np.median(core) > np.median(made.hu[mask]) + 5  # slivers thinner than a pixel share it with tissue
    assert np.median(core) < rule["high"] + 5
    away = ~mask & ~np.pad(inside.mask, 0)
    assert np.array_equal(painted[away], made.hu[away])


def test_blood_in_thin_sulci_has_a_place(head):
    made, inside = head
    hu = made.hu.copy()
    sulci = np.zeros_like(inside.mask)
    sulci[:, :, ::9] = True
    hu[sulci & inside.mask] = 5
    rng = np.random.default_rng(8)
    found = [mask for _ in range(10) if (mask := paint_bleed(rng, hu, inside, "subarachnoid")[1]).any()]
    assert len(found) >= 5
    smooth = ndimage.gaussian_filter(hu.astype(np.float32), (0, 1.2, 1.2))
    assert all(np.median(smooth[mask]) < read_parameters()["bleed"]["subarachnoid"]["belowHu"] for mask in found)


def test_a_trace_of_blood_is_no_bleed():
    assert not find_blood(np.full((1, 4, 4), 0.1)).any()


def test_distractor_stays_inside_the_skull(head):
    made, inside = head
    painted = paint_distractor(np.random.default_rng(2), made.hu, inside)
    changed = painted != made.hu
    assert changed.any()
    assert not (changed & ~inside.mask).any()


def test_worse_collaterals_darken_more_tissue(head):
    made, inside = head
    truths = [paint_stroke(np.random.default_rng(seed), made.hu, inside) for seed in range(24)]
    poor = [mask.sum() for _, mask, truth in truths if truth.poor_collaterals]
    good = [mask.sum() for _, mask, truth in truths if not truth.poor_collaterals]
    assert np.mean(poor) > 1.5 * np.mean(good)


def test_stroke_stays_on_one_side(head):
    made, inside = head
    territory = find_territory(inside, left_side=True)
    columns = np.nonzero(territory)[2]
    middle = np.nonzero(inside.mask)[2].mean()
    assert columns.min() > middle - 3


def test_bleed_odds_follow_the_cited_ratios():
    rule = read_parameters()["stroke"]["afterEvt"]

    def odds(points, poor):
        p = draw_bleed_probability(points, poor)
        return p / (1 - p)

    assert odds(5, True) / odds(4, True) == pytest.approx(rule["oddsPerPointLost"])
    assert odds(4, False) / odds(4, True) == pytest.approx(rule["goodCollateralOdds"])
    assert draw_bleed_probability(rule["meanPointsLost"], True) == pytest.approx(rule["baseRate"])


def test_same_seed_same_lesion(head):
    made, inside = head
    first, second = (paint_bleed(np.random.default_rng(3), made.hu, inside)[0] for _ in range(2))
    assert np.array_equal(first, second)
