"""What runs and versions are worth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..contract import POOLING
from ..errors import InputError
from .options import add_command


def register(commands) -> None:
    add_command(
        commands,
        "evaluate",
        evaluate,
        "figures on a folder in CT-ICH's layout (--data), or of all three targets on a cohort (--cohort), as JSON",
        data=False,
        cohort=False,
        split=False,
        model=True,
        limit=None,
        threads=2,
        repeats=1000,
    )
    add_command(commands, "table", table, "networks x targets, DeLong, curves", workspace=True, networks=True, out=True, pooling=POOLING["rule"])
    add_command(commands, "explain", explain, "does the map point at simulated bleeds", workspace=True, model=True, fold=True)
    add_command(commands, "fit", fit, "does a run learn, or remember? AUC on its own patients and on others", workspace=True, network=True, fold=True)
    add_command(commands, "quantize", quantize, "int8 and fp16 against fp32 on real slices", workspace=True, network=True, fold=True, slices=100)


def evaluate(options: argparse.Namespace) -> None:
    from ..evaluation.cohort_command import evaluate_cohort
    from ..evaluation.command import evaluate_ct_ich

    if (options.data is None) == (options.cohort is None):
        raise InputError("evaluate needs --data or --cohort, one of them")
    if options.split is not None and options.cohort is None:
        raise InputError("--split is of a cohort: --data has no splits")
    common = {"limit": options.limit, "threads": options.threads, "repeats": options.repeats}
    if options.cohort is not None:
        result = evaluate_cohort(options.cohort, options.model, split=options.split, **common)
    else:
        result = evaluate_ct_ich(options.data, options.model, **common)
    print(json.dumps(result, indent=2))


def table(options: argparse.Namespace) -> None:
    from ..evaluation.pooling import named_pooling
    from ..evaluation.report import write_report
    from ..train.cross_validation import Workspace

    write_report(Workspace(Path(options.workspace)), options.networks.split(","), Path(options.out), named_pooling(options.pooling))


def explain(options: argparse.Namespace) -> None:
    from ..evaluation.report import explain_model
    from ..train.cross_validation import Workspace

    print(json.dumps(explain_model(Workspace(Path(options.workspace)), Path(options.model), options.fold), indent=2))


def fit(options: argparse.Namespace) -> None:
    from ..evaluation.fit import measure_fit
    from ..train.cross_validation import Workspace

    print(json.dumps(measure_fit(Workspace(Path(options.workspace)), options.network, options.fold), indent=2))


def quantize(options: argparse.Namespace) -> None:
    from ..evaluation.report import compare_storages
    from ..train.cross_validation import Workspace

    print(json.dumps(compare_storages(Workspace(Path(options.workspace)), options.network, options.fold, options.slices), indent=2))
