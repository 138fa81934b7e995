"""What training minimises: masked cross-entropy per target, and a term that pulls the map onto known blood."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def masked_bce(logits: Tensor, labels: Tensor, smoothing: float, weights: Tensor) -> Tensor:
    """Mean binary cross-entropy over the known labels (NaN is unknown); ``weights`` per target ``[3]``."""
    known = ~torch.isnan(labels)
    soft = torch.where(known, labels, torch.zeros_like(labels)) * (1 - 2 * smoothing) + smoothing
    loss = functional.binary_cross_entropy_with_logits(logits, soft, reduction="none")
    scale = known * weights
    return (loss * scale).sum() / scale.sum().clamp(min=1e-6)


def location_loss(cam: Tensor, mask: Tensor) -> Tensor:
    """-log of the softmax mass of ``cam [b, r, c]`` inside the blood of ``mask [b, h, w]``; slices without mask are left out."""
    cells = (functional.adaptive_max_pool2d(mask[:, None], cam.shape[1:])[:, 0] > 0.5).flatten(1)
    known = cells.any(dim=1)
    inside = functional.log_softmax(cam.flatten(1), dim=1).masked_fill(~cells & known[:, None], float("-inf"))
    return -(torch.logsumexp(inside, dim=1) * known).sum() / known.sum().clamp(min=1)


def pool_bags(logits: Tensor, bag: Tensor, k: int) -> Tensor:
    """Slice logits ``[n, 3]`` to study logits ``[bags, 3]``: mean of the ``k`` largest of every study."""
    studies = [logits[bag == index] for index in torch.unique(bag)]
    return torch.stack([one.topk(min(k, len(one)), dim=0).values.mean(dim=0) for one in studies])
