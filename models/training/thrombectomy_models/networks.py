"""The five networks of Zhang et al. 2025 and a small sixth, each with three heads over slices and its map in the graph.

The sixth, EfficientNet-Lite0, is no network of that paper: it is the one whose public ImageNet weights a package
ships, so it teaches the others and stands beside them as comparator (train/teacher.py).

A network takes ``pixels [n, 3, h, w]`` and answers ``logits [n, 3]`` and ``cam [n, 3, r, c]``. For the
networks that end in "global average pool, linear" the map is the class activation map: its mean plus the
head's bias is the logit. MobileNetV3 has a nonlinear layer between pool and head; there the map is Grad-CAM in
closed form, so no gradient is needed at run time.
"""

from __future__ import annotations

from dataclasses import dataclass

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from .targets import TARGETS

HALF, IMAGENET_MEAN, IMAGENET_STD = (0.5, 0.5, 0.5), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

HEAD_SPREAD = 0.01


@dataclass(frozen=True)
class NetworkKind:
    """What is fixed for a network before anything is trained."""

    name: str
    display_name: str
    side_px: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    citation: str


KINDS = {
    kind.name: kind
    for kind in (
        NetworkKind("densenet169", "DenseNet169", 224, IMAGENET_MEAN, IMAGENET_STD, "Huang 2017, arXiv 1608.06993"),
        NetworkKind("inception_resnet_v2", "InceptionResNetV2", 299, HALF, HALF, "Szegedy 2017, arXiv 1602.07261"),
        NetworkKind("inception_v4", "InceptionV4", 299, HALF, HALF, "Szegedy 2017, arXiv 1602.07261"),
        NetworkKind("mobilenetv3_small_100", "MobileNetV3Small", 224, IMAGENET_MEAN, IMAGENET_STD, "Howard 2019, arXiv 1905.02244"),
        NetworkKind("tf_efficientnet_lite0", "EfficientNet-Lite0", 224, HALF, HALF, "Tan 2019, arXiv 1905.11946"),
        NetworkKind("legacy_seresnet101", "SEResNet101", 224, IMAGENET_MEAN, IMAGENET_STD, "Hu 2018, arXiv 1709.01507"),
    )
}


class SliceNetwork(nn.Module):
    """A timm backbone with one logit per target and slice, and the map each logit came from."""

    def __init__(self, name: str, seed: int | None = None) -> None:
        super().__init__()
        if name not in KINDS:
            raise ValueError(f"unknown network {name}; known: {', '.join(KINDS)}")
        if seed is not None:
            torch.manual_seed(seed)
        self.kind = KINDS[name]
        self.backbone = timm.create_model(name, pretrained=False, num_classes=len(TARGETS))
        head = self.backbone.get_classifier()
        # timm draws MobileNet's and EfficientNet's heads from +-1/sqrt(outputs): for three outputs the first logits are +-8
        nn.init.normal_(head.weight, std=HEAD_SPREAD)
        nn.init.zeros_(head.bias)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        return self.forward_head(self.backbone.forward_features(pixels))

    def forward_head(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and maps of the backbone's last feature map ``[n, channels, r, c]``."""
        if self.kind.name.startswith("mobilenetv3"):
            return self._forward_nonlinear_head(features)
        head = self.backbone.get_classifier()
        cam = functional.conv2d(features, head.weight[:, :, None, None].to(features.dtype))
        return cam.mean(dim=(2, 3)) + head.bias, cam

    def _forward_nonlinear_head(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Grad-CAM without a gradient: alpha = (head * hardswish'(z)) @ conv_head, z = conv_head(mean(features))."""
        net = self.backbone
        z = net.conv_head(features.mean(dim=(2, 3), keepdim=True)).flatten(1)
        logits = net.classifier(functional.hardswish(z))
        slope = ((2 * z + 3) / 6).masked_fill(z <= -3, 0.0).masked_fill(z >= 3, 1.0)
        weighted = slope[:, None, :] * net.classifier.weight[None]
        alpha = torch.matmul(weighted, net.conv_head.weight.flatten(1))
        return logits, torch.einsum("ntc,nchw->nthw", alpha, features)


def count_parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
