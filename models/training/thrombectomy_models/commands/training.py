"""Runs: one, many, or one on a cohort of your own."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from ..errors import InputError
from .options import add_command, parse_folds


def register(commands) -> None:
    trained = {"device": "cpu", "fp32": False}
    add_command(
        commands, "train", train, "one run: a network (or the teacher) on one fold or on all", workspace=True, settings=True, fold=True, start=False, **trained
    )
    add_command(
        commands,
        "campaign",
        campaign,
        "the teacher and several networks on several folds, side by side; goes on where it was stopped",
        workspace=True,
        settings=True,
        runs=True,
        **trained,
        workers=1,
        minutes=None,
    )
    add_command(
        commands,
        "train-cohort",
        train_cohort,
        "one run on a cohort CSV with study labels and DICOM folders",
        cohort=True,
        run=True,
        settings=True,
        start_weights=False,
        fold=False,
        folds=3,
        **trained,
    )
    add_command(
        commands, "adopt", adopt, "a released version as the finished run that it came from", workspace=True, model=True, settings=True, fold=True
    )


def train(options: argparse.Namespace) -> None:
    from ..train.cross_validation import Workspace, train_network
    from ..train.settings import read_settings

    workspace, settings = Workspace(Path(options.workspace)), read_settings(Path(options.settings))
    train_network(workspace, settings, options.fold, start=options.start, device=options.device, mixed_precision=not options.fp32)


def campaign(options: argparse.Namespace) -> None:
    from dataclasses import asdict

    from ..train.campaign import plan_campaign, run_campaign
    from ..train.cross_validation import Workspace

    workspace = Workspace(Path(options.workspace))
    waves = plan_campaign(workspace, [Path(file) for file in options.settings.split(",")], options.runs.split(","))
    common = {"device": options.device, "mixed_precision": not options.fp32, "workers": options.workers, "minutes": options.minutes}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that running processes are stopped, too
    failed = []
    for outcome in run_campaign(workspace, waves, **common):
        print(json.dumps(asdict(outcome)), flush=True)
        failed += [outcome.log] if outcome.state == "failed" else []
    if failed:
        raise InputError(f"{len(failed)} of the runs failed", file=failed[0])


def train_cohort(options: argparse.Namespace) -> None:
    from ..train.cohort_run import train_on_cohort
    from ..train.settings import read_settings

    fold = None if options.fold is None else parse_folds(options.fold)[0]
    common = {"start": options.start_weights, "device": options.device, "mixed_precision": not options.fp32, "fold": fold, "folds": options.folds}
    print(json.dumps(train_on_cohort(Path(options.cohort), Path(options.run), read_settings(Path(options.settings)), **common), indent=2))


def adopt(options: argparse.Namespace) -> None:
    from ..train.adopted_run import adopt_version
    from ..train.cross_validation import Workspace
    from ..train.settings import read_settings

    print(adopt_version(Workspace(Path(options.workspace)), Path(options.model), options.fold, read_settings(Path(options.settings))))
