"""Blood at its place, inside the network: a 1x1 head on two intermediate maps says for every cell whether it holds blood.

A slice's label is one answer for 90 000 pixels, and a small bleed moves it little; where the blood lies is known for painted
bleeds and, being nowhere, for slices without any, so these teach the middle layers cell by cell. The heads are not exported.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..networks import SliceNetwork

REDUCTIONS = (8, 16)
BLOOD_SHARE = 0.15
"""A cell holds blood when at least this share of it does."""


class BloodMaps(nn.Module):
    """Listens to the maps of ``network`` at a 8th and a 16th of the pixels' side; call after each forward pass."""

    def __init__(self, network: SliceNetwork) -> None:
        super().__init__()
        self.heard: dict[int, Tensor] = {}
        levels = {info["reduction"]: (info["module"], info["num_chs"]) for info in network.backbone.feature_info}
        self.heads = nn.ModuleDict({str(r): nn.Conv2d(levels[r][1], 1, 1) for r in REDUCTIONS})
        for reduction in REDUCTIONS:
            nn.init.zeros_(self.heads[str(reduction)].weight)
            network.backbone.get_submodule(levels[reduction][0]).register_forward_hook(self._listen(reduction))

    def _listen(self, reduction: int):
        def keep(module: nn.Module, given: tuple, answer: Tensor) -> None:
            if module.training:
                self.heard[reduction] = answer

        return keep

    def forward(self, mask: Tensor, labels: Tensor) -> Tensor:
        """:param mask: blood ``[b, h, w]``
        :param labels: ``[b, 3]``; a slice with a bleed and an empty mask has its blood somewhere: it is left out
        """
        known = (labels[:, 0] == 0) | (mask.flatten(1).amax(dim=1) > 0)
        losses = [_balanced_bce(self.heads[str(r)](self.heard.pop(r).float())[:, 0], mask, known) for r in REDUCTIONS]
        return torch.stack(losses).mean()


def _balanced_bce(logits: Tensor, mask: Tensor, known: Tensor) -> Tensor:
    """Mean over cells with blood plus mean over cells without, halved."""
    blood = functional.adaptive_avg_pool2d(mask[:, None], logits.shape[1:])[:, 0] >= BLOOD_SHARE
    loss = functional.binary_cross_entropy_with_logits(logits, blood.float(), reduction="none")
    each = [(loss * cells).sum() / cells.sum().clamp(min=1) for cells in (blood & known[:, None, None], ~blood & known[:, None, None])]
    return (each[0] + each[1]) / 2
