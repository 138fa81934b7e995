"""Blood at its place, inside the network: a 1x1 head on two intermediate maps says for every cell whether it holds blood.

A slice's label is one answer for 90 000 pixels, and a small bleed moves it little; where the blood lies is known for painted
bleeds and, being nowhere, for slices without any, so these teach the middle layers cell by cell. A real bleed has no mask: there
the slice's bloodiest cells answer for it, as they do for a slice without any (multiple instances). The heads are not exported.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..networks import SliceNetwork

REDUCTIONS = (8, 16)
BLOOD_SHARE = 0.15
"""A cell holds blood when at least this share of it does."""
BLOODIEST_SHARE = 0.01
"""Of a slice's cells: these answer for the slice."""


class BloodMaps(nn.Module):
    """Listens to the maps of ``network`` at a 8th and a 16th of the pixels' side; call after each forward pass."""

    def __init__(self, network: SliceNetwork) -> None:
        super().__init__()
        self.heard: dict[int, Tensor] = {}
        levels = {info["reduction"]: (info["module"], info["num_chs"]) for info in network.backbone.feature_info}
        self.heads = nn.ModuleDict({str(r): nn.Conv2d(levels[r][1], 1, 1) for r in REDUCTIONS})
        self.answers = nn.ModuleDict({str(r): nn.Linear(1, 1) for r in REDUCTIONS})
        for answer in self.answers.values():
            nn.init.ones_(answer.weight)
        for reduction in REDUCTIONS:
            nn.init.zeros_(self.heads[str(reduction)].weight)
            network.backbone.get_submodule(levels[reduction][0]).register_forward_hook(self._listen(reduction))

    def _listen(self, reduction: int):
        def keep(module: nn.Module, given: tuple, answer: Tensor) -> None:
            if module.training:
                self.heard[reduction] = answer

        return keep

    def forward(self, mask: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Losses of the cells whose blood is known, and of slices by their bloodiest cells.

        :param mask: blood ``[b, h, w]``
        :param labels: ``[b, 3]``; a slice with a bleed and an empty mask has its blood somewhere
        """
        known = (labels[:, 0] == 0) | (mask.flatten(1).amax(dim=1) > 0)
        maps = [self.heads[str(r)](self.heard.pop(r).float())[:, 0] for r in REDUCTIONS]
        cells = torch.stack([_balanced_bce(logits, mask, known) for logits in maps]).mean()
        slices = [self.answers[str(r)](bloodiest(logits)[:, None])[:, 0] for r, logits in zip(REDUCTIONS, maps, strict=True)]
        labelled = ~torch.isnan(labels[:, 0])
        somewhere = [functional.binary_cross_entropy_with_logits(one[labelled], labels[labelled, 0]) for one in slices]
        return cells, torch.stack(somewhere).mean() if labelled.any() else cells.new_zeros(())


def _balanced_bce(logits: Tensor, mask: Tensor, known: Tensor) -> Tensor:
    """Mean over cells with blood plus mean over cells without, halved."""
    blood = functional.adaptive_avg_pool2d(mask[:, None], logits.shape[1:])[:, 0] >= BLOOD_SHARE
    loss = functional.binary_cross_entropy_with_logits(logits, blood.float(), reduction="none")
    each = [(loss * cells).sum() / cells.sum().clamp(min=1) for cells in (blood & known[:, None, None], ~blood & known[:, None, None])]
    return (each[0] + each[1]) / 2


def bloodiest(logits: Tensor) -> Tensor:
    """Mean ``[b]`` of each slice's largest cells of ``logits [b, r, c]``."""
    cells = logits.flatten(1)
    return cells.topk(max(1, round(BLOODIEST_SHARE * cells.shape[1])), dim=1).values.mean(dim=1)
