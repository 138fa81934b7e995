"""The five networks answer logits and maps, and the maps are what they claim to be."""

import pytest
import torch

from thrombectomy_models.networks import KINDS, SliceNetwork


@pytest.mark.parametrize("name", [n for n in KINDS if not n.startswith("mobilenetv3")])
def test_mean_of_the_map_plus_bias_is_the_logit(name):
    network = SliceNetwork(name, seed=1).eval()
    pixels = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        logits, cam = network(pixels)
        expected = network.backbone.forward_head(network.backbone.forward_features(pixels))
    assert cam.shape[:2] == (1, 3)
    scale = max(1.0, float(expected.abs().max()))
    assert (cam.mean(dim=(2, 3)) + network.backbone.get_classifier().bias - expected).abs().max() < 1e-4 * scale
    assert (logits - expected).abs().max() < 1e-4 * scale


def test_mobilenet_map_is_grad_cam():
    network = SliceNetwork("mobilenetv3_small_100", seed=1).eval()
    pixels = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(2)) * 3
    features = network.backbone.forward_features(pixels).detach().requires_grad_()
    logits = network.backbone.forward_head(features)
    own_logits, cam = network(pixels)
    assert torch.allclose(logits, own_logits, atol=1e-6)
    for target in range(3):
        (gradient,) = torch.autograd.grad(logits[:, target].sum(), features, retain_graph=True)
        expected = torch.einsum("nc,nchw->nhw", gradient.sum(dim=(2, 3)), features)
        assert torch.allclose(cam[:, target], expected, atol=1e-5)


def test_same_seed_same_weights():
    first, second = (SliceNetwork("mobilenetv3_small_100", seed=5).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_unknown_network_is_named():
    with pytest.raises(ValueError, match="resnet18"):
        SliceNetwork("resnet18")
