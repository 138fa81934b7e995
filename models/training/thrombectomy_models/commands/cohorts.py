"""Cohorts: counted, converted, prepared."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from .options import add_command


def register(commands) -> None:
    add_command(commands, "report", report, "counts of a cohort, before anything is trained", data=False, cohort=False, workspace=False)
    add_command(commands, "cq500-cohort", cq500_cohort, "a cohort CSV from CQ500's folders and reads.csv", data=True, labels=True, out=True)
    add_command(commands, "prepare", prepare, "slices, simulated lesions, folds, leakage checks", data=True, workspace=True, folds=3, workers=1)


def report(options: argparse.Namespace) -> None:
    from ..data.cohort import read_cohort
    from ..data.ct_ich import read_ct_ich
    from ..data.report import report_cohort, report_ct_ich
    from ..train.cross_validation import Workspace

    if options.cohort:
        print(report_cohort(read_cohort(options.cohort)))
    elif options.data:
        folds = Workspace(Path(options.workspace)).read_folds() if options.workspace else None
        print(report_ct_ich(read_ct_ich(options.data), folds))
    else:
        raise InputError("report needs --data or --cohort")


def cq500_cohort(options: argparse.Namespace) -> None:
    from ..data.cq500_cohort import write_cq500_cohort

    print(f"{write_cq500_cohort(options.data, options.labels, options.out)} scans")


def prepare(options: argparse.Namespace) -> None:
    from ..train.cross_validation import Workspace, prepare_workspace

    dealt = prepare_workspace(options.data, Workspace(Path(options.workspace)), options.folds, workers=options.workers)
    print(f"{len(dealt)} patients in {options.folds} folds")
