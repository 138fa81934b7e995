"""A released version back into a network that can learn on: undoes what the exporter folded.

In the ONNX file every batch norm that follows a convolution is folded into it. Here the kernel gets the length of an
initial one, the norm the statistics of real slices, and gain and offset what is left, so that the answers stay those
of the file (the rounding to fp16 stays in). A hospital goes on from the shipped file; no checkpoint is needed.
"""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import TensorProto, numpy_helper
from torch import Tensor, nn

from ..contract import read_contract
from ..errors import InputError
from ..networks import SliceNetwork

FOLDED_BIAS, HEAD_KERNEL = ".weight_bias", "(head)"
Norm = nn.modules.batchnorm._BatchNorm


def unfold_version(directory: str | Path, pixels: Tensor) -> SliceNetwork:
    """The network of ``models/<network>/<version>``, able to learn.

    :param pixels: ``[n, 3, h, w]`` slices of training patients, from which the norms take their statistics
    :raises InputError: when the file is not this project's export of its network
    """
    contract = read_contract(directory)
    file = Path(directory) / contract["model"]["file"]
    values = read_initializers(file)
    network = SliceNetwork(contract["network"]).eval()
    if HEAD_KERNEL in values:
        values |= {name: values[HEAD_KERNEL] for name, p in network.named_parameters() if p is network.backbone.get_classifier().weight}
    pairs = _pair_norms(network, pixels[:1])
    folded = {name: norm for name, norm in pairs.items() if name + FOLDED_BIAS in values}
    _load(network, values, folded, file)
    _give_statistics(network, folded, pixels)
    return network


def read_initializers(file: Path) -> dict[str, Tensor]:
    """Weights of an ONNX file by their name in the network, fp16 storage undone.

    The exporter stores equal tensors once and leaves out biases that are all zero, so a bias is read from its node.
    """
    graph = onnx.load(str(file)).graph
    floats = [i for i in graph.initializer if i.data_type in (TensorProto.FLOAT, TensorProto.FLOAT16)]
    values = {i.name.removesuffix("_half"): torch.from_numpy(numpy_helper.to_array(i).astype("float32")) for i in floats}
    for node in graph.node:
        if node.op_type not in ("Conv", "Gemm") or node.input[1] not in values:
            continue
        name, weight = node.input[1].removesuffix(".weight"), values[node.input[1]]
        if len(node.input) == 2:
            values.setdefault(f"{name}.bias", torch.zeros(len(weight)))
        elif node.input[2] in values:
            values.setdefault(f"{name}.bias", values[node.input[2]])
            values.setdefault(name + FOLDED_BIAS, values[node.input[2]])
    head = next((node for node in graph.node if node.op_type == "Conv" and "cam" in node.output), None)
    return values if head is None else values | {HEAD_KERNEL: values[head.input[1]][:, :, 0, 0]}


def _pair_norms(network: nn.Module, pixels: Tensor) -> dict[str, Norm]:
    """Name of each convolution -> the norm that takes its output."""
    made: dict[int, tuple[str, Tensor]] = {}
    pairs: dict[str, Norm] = {}
    hooks = []
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(lambda _m, _i, out, name=name: made.__setitem__(id(out), (name, out))))
        elif isinstance(module, Norm):
            hooks.append(module.register_forward_pre_hook(lambda m, given: pairs.__setitem__(made[id(given[0])][0], m) if id(given[0]) in made else None))
    with torch.no_grad():
        network(pixels)
    for hook in hooks:
        hook.remove()
    return pairs


def _load(network: nn.Module, values: dict[str, Tensor], folded: dict[str, Norm], file: Path) -> None:
    names = {id(module): name for name, module in network.named_modules()}
    without = {f"{names[id(norm)]}.{part}" for norm in folded.values() for part in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")}
    state = network.state_dict()
    missing = [n for n in state if n not in without and not n.endswith("num_batches_tracked") and (n not in values or values[n].shape != state[n].shape)]
    if missing:
        raise InputError(f"not this project's export: {missing[0]} is missing or of another shape ({len(missing)} such)", file=file)
    network.load_state_dict({n: values[n] for n in state if n in values and n not in without}, strict=False)
    with torch.no_grad():
        for name, norm in folded.items():
            norm.running_mean.zero_()
            norm.running_var.fill_(1 - norm.eps)
            norm.weight.fill_(1)
            norm.bias.copy_(values[name + FOLDED_BIAS])


@torch.no_grad()
def _give_statistics(network: nn.Module, folded: dict[str, Norm], pixels: Tensor) -> None:
    """One pass gives the mean and spread before every norm; then kernel, gain and offset change together."""
    modules = dict(network.named_modules())
    seen: dict[str, tuple[Tensor, Tensor]] = {}
    hooks = [modules[n].register_forward_hook(lambda _m, _i, out, n=n: seen.__setitem__(n, (out.mean((0, 2, 3)), out.var((0, 2, 3))))) for n in folded]
    network(pixels)
    for hook in hooks:
        hook.remove()
    for name, norm in folded.items():
        mean, variance = seen[name]
        conv = modules[name]
        fan_out = conv.weight.shape[0] * conv.weight[0, 0].numel() // conv.groups
        wanted = (2 / fan_out * conv.weight[0].numel()) ** 0.5
        scale = wanted / conv.weight.flatten(1).norm(dim=1).clamp(min=1e-6)
        conv.weight.mul_(scale.view(-1, 1, 1, 1))
        norm.running_mean.copy_(mean * scale)
        norm.running_var.copy_(variance * scale**2)
        norm.weight.copy_((norm.running_var + norm.eps).sqrt() / scale)
        norm.bias.add_(mean)
