"""The same function in a cheaper order: what is averaged is averaged where it has fewest channels.

An average over positions and a 1x1 convolution are both linear, one over positions and one over channels, so they can be
exchanged (batch norms in eval mode are part of the convolution). Two blocks have them the dear way round:

* Inception's pooling branch averages 3x3 neighbourhoods of all channels and then projects them to a quarter or fewer.
* Squeeze and excitation averages the expanded map. Averaging what goes into the expansion leaves a quarter of the channels,
  and expansion and first layer of the gate become one small matrix.

In int8 these averages cost more than their arithmetic, since ONNX Runtime has no fast kernel for them (ADR 0076). For the
same reason SENet's stem takes its maximum first and cuts at zero afterwards: then the maximum is taken in fp32.
"""

from __future__ import annotations

import copy

import torch
from timm.models.senet import SEModule
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class SqueezedFirst(nn.Module):
    """A bottleneck with squeeze and excitation whose gate is computed from what enters the last convolution."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.narrow = nn.Sequential(
            fuse_conv_bn_eval(block.conv1, block.bn1), nn.ReLU(), fuse_conv_bn_eval(block.conv2, block.bn2), nn.ReLU()
        )
        self.expand = fuse_conv_bn_eval(block.conv3, block.bn3)
        self.downsample = block.downsample
        gate = block.se_module
        self.gate = nn.Sequential(join_linear(self.expand, gate.fc1), nn.ReLU(), to_linear(gate.fc2), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        narrow = self.narrow(x)
        gate = self.gate(narrow.mean(dim=(2, 3)))
        return torch.relu(self.expand(narrow) * gate[:, :, None, None] + shortcut)


def to_linear(convolution: nn.Conv2d) -> nn.Linear:
    """A 1x1 convolution as it acts on one position."""
    linear = nn.Linear(convolution.in_channels, convolution.out_channels)
    linear.weight.data = convolution.weight.data[:, :, 0, 0]
    linear.bias.data = convolution.bias.data
    return linear


def join_linear(first: nn.Conv2d, second: nn.Conv2d) -> nn.Linear:
    """``second(first(x))`` of two 1x1 convolutions, as one matrix (multiplied in float64)."""
    a, b = to_linear(first), to_linear(second)
    joined = nn.Linear(a.in_features, b.out_features)
    joined.weight.data = (b.weight.data.double() @ a.weight.data.double()).float()
    joined.bias.data = (b.weight.data.double() @ a.bias.data.double() + b.bias.data.double()).float()
    return joined


def reorder(network: nn.Module) -> nn.Module:
    """A copy of ``network`` in eval mode that answers the same (fp32 rounding apart); blocks of neither kind stay as they are."""
    copied = copy.deepcopy(network).eval()
    for parent in list(copied.modules()):
        for name, child in parent.named_children():
            if is_pooled_projection(child):
                pool, projection = child
                setattr(parent, name, nn.Sequential(fuse_conv_bn_eval(projection.conv, projection.bn), pool, projection.bn.act))
            elif is_squeezed_bottleneck(child):
                setattr(parent, name, SqueezedFirst(child))
            elif isinstance(child, nn.MaxPool2d) and ends_in_relu(getattr(parent, "layer0", None)):
                setattr(parent, name, nn.Sequential(child, nn.ReLU()))
                parent.layer0 = nn.Sequential(*list(parent.layer0)[:-1])
    return copied


def ends_in_relu(stem: nn.Module | None) -> bool:
    """SENet's stem, behind which it takes a maximum."""
    return isinstance(stem, nn.Sequential) and isinstance(stem[-1], nn.ReLU)


def is_pooled_projection(module: nn.Module) -> bool:
    """Average of neighbours that exist (a constant stays a constant, so the bias may come before it), then a 1x1 convolution."""
    if not isinstance(module, nn.Sequential) or len(module) != 2 or not isinstance(module[0], nn.AvgPool2d):
        return False
    convolution = getattr(module[1], "conv", None)
    return not module[0].count_include_pad and convolution is not None and is_pointwise(convolution)


def is_squeezed_bottleneck(module: nn.Module) -> bool:
    gate = getattr(module, "se_module", None)
    return isinstance(gate, SEModule) and hasattr(module, "conv3") and is_pointwise(module.conv3)


def is_pointwise(convolution: nn.Conv2d) -> bool:
    return convolution.kernel_size == (1, 1) and convolution.stride == (1, 1) and convolution.padding == (0, 0) and convolution.groups == 1
