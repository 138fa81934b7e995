"""From slice logits to a study logit, as ``pooling`` of a contract says; ``models/pooling-cases.json`` holds both halves to the same numbers.

A bleed reaches the slices above and below, an artefact mostly does not: ``top-k-mean-of-neighbours`` averages each slice with its
neighbours (ADR 0077) before the largest are taken.
"""

from __future__ import annotations

import numpy as np

from ..contract import POOLING
from ..errors import InputError

NEIGHBOURS = {"rule": "top-k-mean-of-neighbours", "k": POOLING["k"], "neighbourWeight": 0.25}
RULES = {pooling["rule"]: pooling for pooling in (POOLING, NEIGHBOURS)}


def named_pooling(rule: str) -> dict:
    """:raises InputError: when there is no such rule"""
    if rule not in RULES:
        raise InputError(f"no pooling rule {rule!r}, but {', '.join(RULES)}")
    return RULES[rule]


def settle_slices(logits: np.ndarray, indexes: np.ndarray, pooling: dict) -> np.ndarray:
    """Slice logits as they count: each averaged with its scored neighbours where the rule asks for it.

    :param logits: ``[n, ...]``
    :param indexes: ``[n]`` ascending positions of these slices in the volume; a neighbour is one position away
    :return: ``[n, ...]``; at an end, or beside a slice that is not scored, the weights that are there are scaled to 1
    """
    if "neighbourWeight" not in pooling or not len(logits):
        return logits
    indexes, side = np.asarray(indexes), pooling["neighbourWeight"]
    adjacent = np.diff(indexes) == 1
    weights = np.full(len(indexes), 1 - 2 * side)
    total = logits * (1 - 2 * side)
    for to, where in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        beside = side * adjacent
        total[to] = total[to] + logits[where] * beside.reshape(-1, *[1] * (logits.ndim - 1))
        weights[to] = weights[to] + beside
    return (total / weights.reshape(-1, *[1] * (logits.ndim - 1))).astype(logits.dtype)


def pool_slices(logits: np.ndarray, k: int) -> np.ndarray:
    """Mean of the ``k`` largest per target; of all where fewer are scored."""
    return np.sort(logits, axis=0)[-k:].mean(axis=0)


def pool_study(logits: np.ndarray, indexes: np.ndarray, pooling: dict) -> np.ndarray:
    """``[n, targets]`` slice logits to ``[targets]``."""
    return pool_slices(settle_slices(logits, indexes, pooling), pooling["k"])
