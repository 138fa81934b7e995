"""Many runs on one machine: the teacher of every fold first, then the networks, some processes side by side.

A GPU is lent by the hour and a run uses a fraction of it, so runs share it. Each is the ``train`` command in a process
of its own with its output in ``train.log``: one that fails or is stopped by the clock takes no other with it, and the same
campaign given again goes on where it was.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .cross_validation import ALL, Workspace, is_finished
from .settings import read_settings
from .teacher import TEACHER

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Planned:
    """One run to come."""

    settings: Path
    network: str
    fold: str


@dataclass(frozen=True)
class Outcome:
    """``state``: ``finished``, ``was-finished``, ``stopped`` (by the clock; resumes) or ``failed`` (see ``log``)."""

    network: str
    fold: str
    state: str
    minutes: float
    log: str


def plan_campaign(workspace: Workspace, settings: Iterable[Path], folds: list[str]) -> list[list[Planned]]:
    """Runs in two waves, since a network's teacher must have ended before it begins.

    :raises InputError: for a network or fold named twice, an unknown fold, a teacher that is neither planned nor there, or a
        finished run that was told other settings
    """
    known = {str(fold) for fold in workspace.read_folds().values()} | {ALL}
    if not set(folds) <= known or len(set(folds)) < len(folds):
        raise InputError(f"folds {folds} are not each one of {sorted(known)}", file=workspace.root / "folds.json")
    read = [(Path(file), read_settings(Path(file))) for file in settings]
    networks = [one.network for _, one in read]
    if len(set(networks)) < len(networks):
        raise InputError(f"a network is named twice: {', '.join(sorted(networks))}")
    for fold in folds:
        wants = [one.network for _, one in read if one.has_teacher and not is_finished(workspace.run(one.network, fold), fold)]
        if wants and TEACHER not in networks and not is_finished(workspace.run(TEACHER, fold), fold):
            raise InputError(f"{wants[0]} wants a teacher: name settings of {TEACHER} too", file=workspace.run(TEACHER, fold))
    for _, one in read:
        for run in (run for fold in folds if is_finished(run := workspace.run(one.network, fold), fold)):
            if read_settings(run / "settings.json") != one:
                raise InputError("finished with other settings; take another workspace, or delete it", file=run / "settings.json")
    waves = ([one for one in read if one[1].network == TEACHER], [one for one in read if one[1].network != TEACHER])
    return [[Planned(file, one.network, fold) for file, one in wave for fold in folds] for wave in waves if wave]


def run_campaign(
    workspace: Workspace, waves: list[list[Planned]], *, device: str = "cpu", mixed_precision: bool = True, workers: int = 1, minutes: float | None = None
) -> Iterator[Outcome]:
    """Outcomes as they come. After ``minutes``, or an interrupt, running processes are stopped and no other is begun."""
    deadline = math.inf if minutes is None else time.monotonic() + 60 * minutes
    stop = threading.Event()
    switches = ["--device", device, *([] if mixed_precision else ["--fp32"])]
    threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))}
    for wave in waves:
        pool = ThreadPoolExecutor(workers)
        try:
            for done in as_completed([pool.submit(_run_one, workspace, one, switches, threads, deadline, stop) for one in wave]):
                yield done.result()
        except BaseException:
            stop.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _run_one(workspace: Workspace, one: Planned, switches: list[str], threads: dict[str, str], deadline: float, stop: threading.Event) -> Outcome:
    directory, began = workspace.run(one.network, one.fold), time.monotonic()
    log = directory / "train.log"

    def end(state: str) -> Outcome:
        return Outcome(one.network, one.fold, state, round((time.monotonic() - began) / 60, 1), str(log))

    if is_finished(directory, one.fold):
        return end("was-finished")
    if began >= deadline:
        return end("stopped")
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "thrombectomy_models", "train", "--workspace", str(workspace.root), "--settings", str(one.settings)]
    with (
        log.open("a") as output,
        subprocess.Popen([*command, "--fold", one.fold, *switches], stdout=output, stderr=output, env=os.environ | threads) as process,
    ):
        while process.poll() is None:
            if stop.wait(POLL_SECONDS) or time.monotonic() > deadline:
                process.kill()
                return end("stopped")
    return end("finished" if process.returncode == 0 else "failed")
