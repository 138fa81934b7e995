"""One training run: stages of one-cycle AdamW, moving average of weights, checkpoints that a run resumes from.

A run directory holds ``settings.json``, ``log.csv`` (one line every ``LOG_EVERY`` steps), ``checkpoint.pt`` while it
runs and ``weights.pt`` at its end. The draws of a step depend on seed and step alone, so on one CPU and thread count
a run that was stopped and resumed ends in the same weights as one that was not.
"""

from __future__ import annotations

import copy
import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..contract import POOLING, WINDOWS
from ..errors import InputError
from ..networks import SliceNetwork
from ..recipe import normalise, window_channels
from .batches import Source
from .blood_maps import BloodMaps
from .loss import location_loss, masked_bce, pool_bags
from .origin import Origin
from .settings import Settings, Stage, write_settings

LOG_EVERY, CHECKPOINT_EVERY, CHECKPOINT_SECONDS, STATISTICS_PASSES = 20, 5, 60, 24
HEAD_SHARE = 0.1
PARTS = ("labels", "location", "cells", "somewhere", "teacher_answer", "teacher_map", "teacher_features")
"""Of the loss: classification, the last map, blood cell by cell where it is known and where it is not, and what the teacher says."""


def to_pixels(hu: Tensor, network: SliceNetwork) -> Tensor:
    """Windows and normalisation of the network's contract."""
    kind = network.kind
    return normalise(window_channels(hu, WINDOWS), list(kind.mean), list(kind.std)).contiguous(memory_format=torch.channels_last)


class Run:
    """State of one run; ``train`` goes on from the last checkpoint when there is one."""

    def __init__(
        self,
        directory: Path,
        settings: Settings,
        *,
        network: nn.Module | None = None,
        pupil: nn.Module | None = None,
        device: str = "cpu",
        mixed_precision: bool = True,
        origin: Origin | None = None,
    ) -> None:
        """:param network: start from this one instead of seeded initial weights
        :param origin: kept with the weights (train/origin.py); that of the checkpoint where there is one
        :param pupil: adds what a teacher says (train/teacher.py)
        :raises InputError: for a finished run, a checkpoint of other settings, or a device that is not there
        """
        self.directory, self.settings, self.device = directory, settings, check_device(device)
        if (directory / "weights.pt").exists():
            raise InputError("this run is finished; take another folder to run it again", file=directory / "weights.pt")
        directory.mkdir(parents=True, exist_ok=True)
        self.mixed = mixed_precision
        start = network or SliceNetwork(settings.network, seed=settings.seed)
        self.network = start.to(self.device, memory_format=torch.channels_last)
        self.pupil = None if pupil is None else pupil.to(self.device)
        self.average = copy.deepcopy(self.network)
        self.blood_maps = BloodMaps(self.network).to(self.device) if settings.blood_map_weight + settings.somewhere_weight > 0 else None
        beside = {"projection": None if self.pupil is None else self.pupil.projection, "blood_maps": self.blood_maps}
        self.beside = nn.ModuleDict({name: part for name, part in beside.items() if part is not None})
        groups = _parameter_groups(self.network, self.beside, settings.weight_decay)
        self.optimiser = torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.99))
        self.step, self.seconds, self.origin = 0, 0.0, origin
        self.weights = torch.tensor([1.0, settings.forecast_weight, settings.forecast_weight], device=self.device)
        if (directory / "checkpoint.pt").exists():
            self._restore()
        write_settings(settings, directory / "settings.json")

    def train(self, source: Source) -> SliceNetwork:
        """Runs what is left of the stages; returns the averaged network with settled batch-norm statistics.

        :raises InputError: when another process trains in the directory
        """
        with _lock(self.directory):
            return self._train(source)

    def _train(self, source: Source) -> SliceNetwork:
        total = sum(stage.steps for stage in self.settings.stages)
        log = self._open_log()
        sums, counted, saved = [0.0] * len(PARTS), 0, time.monotonic()
        with tqdm(total=total, initial=self.step, desc=self.settings.network, mininterval=10) as bar:
            while self.step < total:
                began = time.monotonic()
                stage, position = self._locate()
                parts = self._one_step(source, stage, position)
                self.seconds += time.monotonic() - began
                self.step += 1
                counted += 1
                sums = [a + b for a, b in zip(sums, parts, strict=True)]
                bar.update()
                if self.step % LOG_EVERY == 0:
                    log.write(",".join([str(self.step), str(stage.side_px), *(f"{s / counted:.4f}" for s in sums), f"{self.seconds:.0f}"]) + "\n")
                    log.flush()
                    sums, counted = [0.0] * len(PARTS), 0
                if self.step % CHECKPOINT_EVERY == 0 and time.monotonic() - saved >= CHECKPOINT_SECONDS:
                    self._save("checkpoint.pt")
                    saved = time.monotonic()
        log.close()
        self._settle(source)
        self._save("weights.pt")
        (self.directory / "checkpoint.pt").unlink(missing_ok=True)
        return self.average.eval()

    def _open_log(self) -> TextIO:
        file = self.directory / "log.csv"
        began = not file.exists()
        log = file.open("a")
        if began:
            log.write(",".join(["step", "side_px", *PARTS, "seconds"]) + "\n")
        return log

    def _locate(self) -> tuple[Stage, float]:
        done = self.step
        for stage in self.settings.stages:
            if done < stage.steps:
                return stage, done / stage.steps
            done -= stage.steps
        raise AssertionError("no stage is left")

    def _one_step(self, source: Source, stage: Stage, position: float) -> tuple[float, ...]:
        """Parts of the loss before their weights, in the order of ``PARTS``."""
        for group in self.optimiser.param_groups:
            group["lr"] = stage.peak_rate * one_cycle(position) * group["share"]
        source.seek(self.step)
        batch = source.draw(stage.side_px, stage.batch, self.device)
        pixels = to_pixels(batch.hu, self.network)
        self.network.train()
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.mixed):
            features = self.network.backbone.forward_features(pixels)
            logits, cam = self.network.forward_head(features)
            taught, mapped, alike = (logits.new_zeros(()),) * 3 if self.pupil is None else self.pupil(pixels, features, logits.float(), cam.float())
        scored = logits.float() if batch.bag is None else pool_bags(logits.float(), batch.bag, POOLING["k"])
        loss = masked_bce(scored, batch.labels, self.settings.label_smoothing, self.weights)
        place = location_loss(cam[:, 0].float(), batch.mask)
        slices = self.blood_maps is not None and batch.bag is None  # of whole studies nobody knows the place
        cells, somewhere = self.blood_maps(batch.mask, batch.labels) if slices else (loss.new_zeros(()),) * 2
        self.optimiser.zero_grad(set_to_none=True)
        rule = self.settings
        taught_all = rule.teacher_weight * taught + rule.map_weight * mapped + rule.feature_weight * alike
        placed_all = rule.location_weight * place + rule.blood_map_weight * cells + rule.somewhere_weight * somewhere
        (loss + placed_all + taught_all).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self._average()
        return tuple(float(part.detach()) for part in (loss, place, cells, somewhere, taught, mapped, alike))

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.settings.ema_decay, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)

    @torch.no_grad()
    def _settle(self, source: Source) -> None:
        """Batch-norm statistics of the averaged weights, as a plain mean over fresh batches at the network's own size."""
        norms = [m for m in self.average.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.weight.requires_grad]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        self.average.train()
        source.seek(self.step)
        for _ in range(STATISTICS_PASSES):
            batch = source.draw(self.average.kind.side_px, self.settings.stages[-1].batch, self.device)
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.mixed):
                self.average(to_pixels(batch.hu, self.average))
        self.average.eval()

    def _save(self, name: str) -> None:
        state = {"step": self.step, "seconds": self.seconds, "average": self.average.state_dict()}
        if self.origin is not None:
            state["origin"] = self.origin.to_state()
        if name == "checkpoint.pt":
            state |= {"settings": repr(self.settings), "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
            state["beside"] = self.beside.state_dict()
        beside = self.directory / (name + ".new")
        torch.save(state, beside)
        os.replace(beside, self.directory / name)

    def _restore(self) -> None:
        """:raises InputError: when the checkpoint is of other settings: steps of two recipes must not be mixed"""
        state = torch.load(self.directory / "checkpoint.pt", map_location="cpu", weights_only=True)
        if state.get("settings") != repr(self.settings):
            raise InputError("checkpoint of a run with other settings; take another folder, or delete it", file=self.directory / "checkpoint.pt")
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.beside.load_state_dict(state["beside"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.origin = Origin.of_state(state["origin"]) if "origin" in state else self.origin


def _lock(directory: Path) -> TextIO:
    """Held as long as the returned file is open: two processes would write one checkpoint.

    :raises InputError: when another process holds it
    """
    lock = (directory / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise InputError("another process trains here", file=directory) from error
    return lock


def check_device(name: str) -> torch.device:
    """:raises InputError: for a device this machine does not have"""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device {name!r} cannot be used here ({str(error).splitlines()[0]})") from error
    return device


def one_cycle(position: float, warm: float = 0.2) -> float:
    """Share of the peak rate at ``position`` 0-1 of a stage: linear up, cosine down to 1 %."""
    if position < warm:
        return 0.05 + 0.95 * position / warm
    return 0.01 + 0.99 * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * (position - warm) / (1 - warm))).item())


def _parameter_groups(network: nn.Module, beside: nn.Module, decay: float) -> list[dict]:
    """Weight decay for matrices and kernels only; the head at ``HEAD_SHARE`` of the rate.

    AdamW moves every weight by the rate, whatever its gradient: a logit is a sum over 1 000 to 2 000 features that are not
    negative, so at the rate of the kernels one step would move it by more than it may be wrong.
    """
    head = {id(p) for p in network.backbone.get_classifier().parameters()}
    everything = [*network.parameters(), *beside.parameters()]
    groups = []
    for share, chosen in ((1.0, [p for p in everything if id(p) not in head]), (HEAD_SHARE, [p for p in everything if id(p) in head])):
        groups += [
            {"params": [p for p in chosen if p.ndim > 1], "weight_decay": decay, "share": share},
            {"params": [p for p in chosen if p.ndim <= 1], "weight_decay": 0.0, "share": share},
        ]
    return groups
