"""Batches: drawn by class; flipped, turned, scaled, shifted in HU, blurred and noised on the device that trains.

A batch is HU float32 ``[b, side, side]``, labels ``[b, 3]`` in 0-1 with NaN where unknown (masked in the loss,
never guessed), and a mask of blood ``[b, side, side]`` (zero where the place is unknown).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..errors import InputError
from ..recipe import AIR_HU
from .pool import SIDE, Pool
from .prepared import PreparedPatient
from .settings import Settings

CPU = torch.device("cpu")
NO_BLOOD = np.zeros((SIDE, SIDE), np.uint8)


@dataclass
class Batch:
    """Tensors of one step. With ``bag`` (study number of each slice) the labels belong to studies, not to slices."""

    hu: Tensor
    labels: Tensor
    mask: Tensor
    bag: Tensor | None = None


class Source:
    """Endless batches whose randomness comes from ``seek``: the same seed and step draw the same batch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rng = np.random.default_rng(settings.seed)
        self.augmenter = Augmenter(settings.augment, self.rng)

    def seek(self, step: int) -> None:
        """Go to ``step`` before its batch is drawn (the generator is shared with the augmenter, so its state is set)."""
        self.rng.bit_generator.state = np.random.default_rng([self.settings.seed, step]).bit_generator.state

    def draw(self, side: int, count: int, device: torch.device = CPU) -> Batch:
        """``count`` slices at ``side`` pixels, on ``device``."""
        raise NotImplementedError


class BatchSource(Source):
    """Batches from real and simulated slices of the training patients."""

    def __init__(self, patients: list[PreparedPatient], pool: Pool | None, settings: Settings) -> None:
        super().__init__(settings)
        self.hu = np.concatenate([patient.hu[SIDE] for patient in patients])
        self.labels = np.concatenate([patient.labels for patient in patients])
        owner = np.concatenate([np.full(len(p.labels), i) for i, p in enumerate(patients)])
        self.groups = [_by_patient(self.labels == 1, owner), _by_patient(self.labels == 0, owner)]
        self.level_weight = _weigh_levels(np.concatenate([np.linspace(0, 1, len(p.labels)) for p in patients]), self.labels)
        self.pool = pool
        if pool is not None:
            bleeds = (pool.ich == 1) & (pool.kind != "distractor")
            self.pool_rows = [np.flatnonzero(bleeds), np.flatnonzero(pool.kind == "distractor"), np.flatnonzero(pool.kind == "stroke")]
            self.bleed_kinds = [self.pool_rows[0][pool.kind[self.pool_rows[0]] == kind] for kind in np.unique(pool.kind[bleeds])]

        self.shares = self._share_out()

    def _share_out(self) -> np.ndarray:
        """The mix of the settings among the sorts of slices that there are.

        :raises InputError: when there is no slice with, or none without, a bleed
        """
        rows = [*self.groups, *(self.pool_rows if self.pool is not None else ([], [], []))]
        mix = np.array(self.settings.mix) * [len(sort) > 0 for sort in rows]
        if mix[0] + mix[2] == 0 or mix[1] + mix[3] + mix[4] == 0:
            raise InputError("the training patients have no slice with, or none without, a bleed")
        return mix / mix.sum()

    def draw(self, side: int, count: int, device: torch.device = CPU) -> Batch:
        images, labels, masks = [], [], []
        for group, number in enumerate(self._split(count)):
            for _ in range(number):
                image, label, mask = self._draw_real(group) if group < 2 else self._draw_simulated(group - 2)
                images.append(image)
                labels.append(label)
                masks.append(mask)
        hu, mask = (torch.from_numpy(np.stack(drawn)).to(device).float() for drawn in (images, masks))
        turned, place = self.augmenter.apply(hu, mask, side)
        return Batch(turned, torch.tensor(labels, device=device), place)

    def _split(self, count: int) -> np.ndarray:
        mix = self.shares * count
        whole = np.floor(mix).astype(int)
        rest = mix - whole
        if count > whole.sum():
            np.add.at(whole, self.rng.choice(len(mix), count - whole.sum(), p=rest / rest.sum(), replace=False), 1)
        return whole

    def _draw_real(self, group: int) -> tuple[np.ndarray, list[float], np.ndarray]:
        rows = self.groups[group][self.rng.integers(len(self.groups[group]))]
        matched = group == 1 and self.rng.uniform() < self.settings.level_matching
        row = self.rng.choice(rows, p=self.level_weight[rows] / self.level_weight[rows].sum()) if matched else self.rng.choice(rows)
        return self.hu[row], [float(self.labels[row]), math.nan, math.nan], NO_BLOOD

    def _draw_simulated(self, group: int) -> tuple[np.ndarray, list[float], np.ndarray]:
        rows = self.pool_rows[group]
        if group == 0:
            rows = self.bleed_kinds[self.rng.integers(len(self.bleed_kinds))]
        row = self.rng.choice(rows)
        pool = self.pool
        labels = [float(pool.ich[row]), float(pool.evt[row]), float(pool.poor[row])]
        return pool.hu[row], labels, pool.read_mask(np.array([row]))[0]


def _by_patient(chosen: np.ndarray, owner: np.ndarray) -> list[np.ndarray]:
    """Rows of each patient that has any: patients are drawn first, so that a long scan weighs no more than a short."""
    return [rows for i in np.unique(owner[chosen]) if len(rows := np.flatnonzero(chosen & (owner == i)))]


def _weigh_levels(level: np.ndarray, labels: np.ndarray, bins: int = 10) -> np.ndarray:
    """Per slice: how often bleeds lie at its level (0 lowest scored slice, 1 highest), never zero."""
    which = np.minimum((level * bins).astype(int), bins - 1)
    share = np.bincount(which, weights=labels, minlength=bins) / np.maximum(np.bincount(which, minlength=bins), 1)
    return share[which] + 0.01


class Augmenter:
    """Random geometry and intensity. ``rule`` is ``Settings.augment``; geometry moves image and mask together."""

    def __init__(self, rule: dict[str, float], rng: np.random.Generator) -> None:
        self.rule, self.rng = rule, rng

    def apply(self, hu: Tensor, mask: Tensor, side: int) -> tuple[Tensor, Tensor]:
        """HU and mask ``[b, 299, 299]`` to ``[b, side, side]``."""
        both = torch.stack([hu - AIR_HU, mask], 1)
        if side <= SIDE // 2 + 11:
            both = functional.avg_pool2d(both, 2, ceil_mode=True)
        grid = functional.affine_grid(self._draw_affine(len(hu)).to(hu.device), [len(hu), 2, side, side], align_corners=False)
        both = functional.grid_sample(both, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        return self._change_intensity(both[:, 0] + AIR_HU), both[:, 1]

    def _uniform(self, low: float, high: float, count: int) -> Tensor:
        return torch.from_numpy(self.rng.uniform(low, high, count)).float()

    def _draw_affine(self, count: int) -> Tensor:
        rule = self.rule
        angle = self._uniform(-1, 1, count) * math.radians(rule["rotation_deg"])
        zoom = torch.exp(self._uniform(-1, 1, count) * rule["scale"])
        stretch = torch.exp(self._uniform(-0.3, 0.3, count) * rule["scale"])
        flip = torch.where(self._uniform(0, 1, count) < 0.5, -1.0, 1.0)
        cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
        reach = rule["shift"] * 2
        across = torch.stack([cos * flip * stretch, -sin, self._uniform(-reach, reach, count)], 1)
        down = torch.stack([sin * flip * stretch, cos, self._uniform(-reach, reach, count)], 1)
        return torch.stack([across, down], 1)

    def _change_intensity(self, image: Tensor) -> Tensor:
        rule, count = self.rule, len(image)

        def draw(low: float, high: float) -> Tensor:
            return self._uniform(low, high, count).to(image.device).view(-1, 1, 1)

        if rule["blur"] > 0:
            blurred = functional.avg_pool2d(image[:, None], 3, 1, 1)[:, 0]
            amount = (draw(0, 1) < rule["blur"]).float() * draw(0.2, 0.9)
            image = image + amount * (blurred - image)
        image = image * (1 + draw(-1, 1) * rule["hu_scale"]) + draw(-1, 1) * rule["hu_shift"]
        generator = torch.Generator(image.device).manual_seed(int(self.rng.integers(2**62)))
        noise = torch.randn(image.shape, generator=generator, device=image.device)
        return (image + noise * draw(0, 1) ** 2 * rule["noise_hu"]).clamp(AIR_HU, 3071)
