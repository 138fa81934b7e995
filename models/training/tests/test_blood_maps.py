"""Middle layers learn blood at its place: where it is known, and nowhere else."""

import math

import pytest
import torch

from thrombectomy_models.networks import KINDS, SliceNetwork
from thrombectomy_models.train.blood_maps import BloodMaps, _balanced_bce, bloodiest
from thrombectomy_models.train.loop import HEAD_SHARE, _parameter_groups

BLEED, NONE = [1.0, math.nan, math.nan], [0.0, math.nan, math.nan]


def _mask():
    mask = torch.zeros(1, 64, 64)
    mask[0, 8:24, 8:24] = 1
    return mask


def test_saying_blood_where_it_is_loses_less_than_saying_it_elsewhere():
    right = torch.full((1, 8, 8), -4.0)
    right[0, 1:3, 1:3] = 4
    known = torch.tensor([True])
    assert _balanced_bce(right, _mask(), known) < 0.1 < _balanced_bce(right.flip(2), _mask(), known)


@pytest.mark.parametrize(("label", "mask", "moves"), [(BLEED, torch.zeros(1, 64, 64), False), (NONE, torch.zeros(1, 64, 64), True), (BLEED, _mask(), True)])
def test_a_bleed_whose_place_is_unknown_moves_nothing(label, mask, moves):
    network = SliceNetwork("mobilenetv3_small_100", seed=1).train()
    maps = BloodMaps(network)
    network(torch.rand(1, 3, 64, 64))
    maps(mask, torch.tensor([label]))[0].backward()
    assert any(head.bias.grad.abs().sum() > 0 for head in maps.heads.values()) == moves


@pytest.mark.parametrize(("label", "pushes"), [(BLEED, -1), (NONE, 1)])
def test_the_bloodiest_cells_answer_for_a_slice_whose_blood_has_no_place(label, pushes):
    network = SliceNetwork("mobilenetv3_small_100", seed=1).train()
    maps = BloodMaps(network)
    network(torch.rand(2, 3, 64, 64))
    maps(torch.zeros(2, 64, 64), torch.tensor([label, label]))[1].backward()
    assert all(head.bias.grad * pushes > 0 for head in maps.heads.values())


def test_slices_without_a_label_say_nothing_about_their_bloodiest_cells():
    network = SliceNetwork("mobilenetv3_small_100", seed=1).train()
    maps = BloodMaps(network)
    network(torch.rand(2, 3, 64, 64))
    somewhere = maps(torch.zeros(2, 64, 64), torch.full((2, 3), math.nan))[1]
    assert somewhere == 0 and not somewhere.requires_grad


def test_the_bloodiest_cells_are_the_largest_and_at_least_one():
    logits = torch.zeros(2, 20, 20)
    logits[0, 3, :4] = 8
    logits[1, 0, 0] = 8
    assert bloodiest(logits).tolist() == [8.0, 2.0]
    assert bloodiest(logits[:, :3, :5]).tolist() == [0.0, 8.0]


@pytest.mark.parametrize("name", KINDS)
def test_every_network_has_the_two_maps(name):
    network = SliceNetwork(name, seed=1).train()
    maps = BloodMaps(network)
    with torch.no_grad():
        network(torch.rand(2, 3, 96, 96))
        sides = {reduction: heard.shape[2] for reduction, heard in maps.heard.items()}
    assert sides[8] > sides[16] > 1


@pytest.mark.parametrize("name", ["mobilenetv3_small_100", "tf_efficientnet_lite0", "densenet169"])
def test_a_new_head_leaves_every_answer_open(name):
    network = SliceNetwork(name, seed=1).train()
    with torch.no_grad():
        assert network(torch.rand(4, 3, 96, 96))[0].abs().max() < 1


def test_every_parameter_is_in_one_group_and_the_head_moves_slower():
    network = SliceNetwork("mobilenetv3_small_100", seed=1)
    maps = BloodMaps(network)
    groups = _parameter_groups(network, maps, 0.05)
    grouped = [id(p) for group in groups for p in group["params"]]
    assert sorted(grouped) == sorted(id(p) for p in [*network.parameters(), *maps.parameters()])
    assert {group["share"] for group in groups if any(p is network.backbone.classifier.weight for p in group["params"])} == {HEAD_SHARE}
    assert all(p.ndim == 1 for group in groups if group["weight_decay"] == 0 for p in group["params"])
