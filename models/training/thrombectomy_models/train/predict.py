"""Prepared patients as a network's pixels, and a network's answers for them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..contract import WINDOWS
from ..networks import KINDS
from ..recipe import normalise, window_channels
from .loop import to_pixels
from .prepared import PreparedPatient


def draw_pixels(patients: list[PreparedPatient], network: str, count: int, seed: int = 0) -> Tensor:
    """``count`` slices of ``patients`` (all, where there are fewer) as the network's pixels."""
    hu = np.concatenate([p.hu[KINDS[network].side_px] for p in patients])
    return to_network_pixels(hu[np.random.default_rng(seed).choice(len(hu), min(count, len(hu)), replace=False)], network)


def to_network_pixels(hu: np.ndarray, network: str) -> Tensor:
    """Prepared HU ``[n, side, side]`` to ``[n, 3, side, side]`` under the network's windows and normalisation."""
    kind = KINDS[network]
    return normalise(window_channels(torch.from_numpy(hu).float(), WINDOWS), list(kind.mean), list(kind.std))


@torch.no_grad()
def predict(network: nn.Module, patient: PreparedPatient, *, mirror: bool = False, batch: int = 16) -> np.ndarray:
    """Logits ``[slices, views, 3]`` of one patient: as it is and, with ``mirror``, turned left to right.

    In fp32 whatever the run was trained in: the file that ships computes in fp32, and is calibrated on these answers.
    """
    network.eval()
    device = next(network.parameters()).device
    hu = torch.from_numpy(patient.hu[network.kind.side_px]).float()
    answers = []
    for part in hu.split(batch):
        views = (part, part.flip(2)) if mirror else (part,)
        with torch.backends.cudnn.flags(allow_tf32=False):
            logits = [network(to_pixels(view, network).to(device))[0].float().cpu() for view in views]
        answers.append(torch.stack(logits, dim=1))
    return torch.cat(answers).numpy()
