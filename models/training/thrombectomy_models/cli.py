"""The commands, in the order in which a cohort's weights come to be.

Bad input ends a command with exit code 2 and one line naming file and row; nothing half-written stays behind.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from .errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 done, 2 bad input."""
    options = _parser().parse_args(arguments)
    try:
        options.action(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="thrombectomy_models", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    _add(commands, "report", _report, "counts of a cohort, before anything is trained", data=False, cohort=False, workspace=False)
    _add(commands, "cq500-cohort", _cq500_cohort, "a cohort CSV from CQ500's folders and reads.csv", data=True, labels=True, out=True)
    _add(commands, "prepare", _prepare, "slices, simulated lesions, folds, leakage checks", data=True, workspace=True, folds=3)
    _add(
        commands,
        "train",
        _train,
        "one run: a network (or the teacher) on one fold or on all",
        workspace=True,
        settings=True,
        fold=True,
        start=False,
        device="cpu",
        fp32=False,
    )
    _add(
        commands,
        "campaign",
        _campaign,
        "the teacher and several networks on several folds, side by side; goes on where it was stopped",
        workspace=True,
        settings=True,
        runs=True,
        device="cpu",
        fp32=False,
        workers=1,
        minutes=None,
    )
    _add(
        commands,
        "train-cohort",
        _train_cohort,
        "one run on a cohort CSV with study labels and DICOM folders",
        cohort=True,
        run=True,
        settings=True,
        start_weights=False,
        fold=False,
        folds=3,
        device="cpu",
        fp32=False,
    )
    _add(
        commands,
        "release",
        _release,
        "export a finished run with the figures of its folds",
        workspace=True,
        network=True,
        version=True,
        weights="all",
        runs=True,
        hardware=True,
        notes=False,
        models=False,
        storage="fp16",
    )
    _add(commands, "untrained", _untrained, "export seeded initial weights, marked untrained", network=True, version=True, models=False)
    _add(
        commands,
        "evaluate",
        _evaluate,
        "slice and patient AUC on a folder in CT-ICH's layout, as JSON",
        data=True,
        model=True,
        limit=None,
        threads=2,
        repeats=1000,
    )
    _add(commands, "table", _table, "networks x targets, DeLong, curves", workspace=True, networks=True, out=True)
    _add(commands, "explain", _explain, "does the map point at simulated bleeds", workspace=True, model=True, fold=True)
    _add(commands, "fit", _fit, "does a run learn, or remember? AUC on its own patients and on others", workspace=True, network=True, fold=True)
    _add(commands, "quantize", _quantize, "int8 and fp16 against fp32 on real slices", workspace=True, network=True, fold=True, slices=100)
    _add(commands, "card", _card, "print MODEL_CARD.md of a version", model=True)
    return parser


HELP = {
    "data": "folder in CT-ICH's (or CQ500's) layout",
    "labels": "folder of CQ500's reads.csv",
    "cohort": "cohort CSV (see README)",
    "workspace": "folder of prepared data and runs",
    "settings": "settings JSON of the run (of a campaign: several, with commas)",
    "fold": "number of the held-out fold, or all",
    "start_weights": "go on from this weights.pt or released version",
    "folds": "into how many folds patients are dealt",
    "start": "go on from this weights.pt, released version, or fold's finished weights",
    "model": "directory models/<network>/<version>",
    "storage": "fp16, or int8 with its own calibration",
    "weights": "which run is exported: a fold, or all",
    "runs": "folds whose held-out answers are reported, or that a campaign runs (there also all), e.g. 0,1,2",
    "workers": "how many runs at a time",
    "minutes": "stop after so many; the same command goes on",
    "notes": "JSON file of notes for the contract",
    "limit": "take only so many patients",
}


def _add(commands, name: str, action, text: str, **options) -> None:
    """``True``: required; ``False``: optional (``fp32`` is a switch); anything else is the default and its type."""
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(action=action)
    for option, default in options.items():
        flag, described = "--" + option.replace("_", "-"), HELP.get(option)
        if option == "fp32":
            parser.add_argument(flag, action="store_true", help="no mixed precision")
        elif isinstance(default, bool):
            parser.add_argument(flag, required=default, help=described)
        else:
            kind = _count if default is None or isinstance(default, int) else str
            parser.add_argument(flag, default=default, type=kind, help=described)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _report(options: argparse.Namespace) -> None:
    from .data.cohort import read_cohort
    from .data.ct_ich import read_ct_ich
    from .data.report import report_cohort, report_ct_ich
    from .train.cross_validation import Workspace

    if options.cohort:
        print(report_cohort(read_cohort(options.cohort)))
    elif options.data:
        folds = Workspace(Path(options.workspace)).read_folds() if options.workspace else None
        print(report_ct_ich(read_ct_ich(options.data), folds))
    else:
        raise InputError("report needs --data or --cohort")


def _cq500_cohort(options: argparse.Namespace) -> None:
    from .data.cq500_cohort import write_cq500_cohort

    print(f"{write_cq500_cohort(options.data, options.labels, options.out)} scans")


def _prepare(options: argparse.Namespace) -> None:
    from .train.cross_validation import Workspace, prepare_workspace

    dealt = prepare_workspace(options.data, Workspace(Path(options.workspace)), options.folds)
    print(f"{len(dealt)} patients in {options.folds} folds")


def _train(options: argparse.Namespace) -> None:
    from .train.cross_validation import Workspace, train_network
    from .train.settings import read_settings

    workspace, settings = Workspace(Path(options.workspace)), read_settings(Path(options.settings))
    train_network(workspace, settings, options.fold, start=options.start, device=options.device, mixed_precision=not options.fp32)


def _campaign(options: argparse.Namespace) -> None:
    from dataclasses import asdict

    from .train.campaign import plan_campaign, run_campaign
    from .train.cross_validation import Workspace

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


def _train_cohort(options: argparse.Namespace) -> None:
    from .train.cohort_run import train_on_cohort
    from .train.settings import read_settings

    fold = None if options.fold is None else _parse_folds(options.fold)[0]
    common = {"start": options.start_weights, "device": options.device, "mixed_precision": not options.fp32, "fold": fold, "folds": options.folds}
    print(json.dumps(train_on_cohort(Path(options.cohort), Path(options.run), read_settings(Path(options.settings)), **common), indent=2))


def _release(options: argparse.Namespace) -> None:
    from .assemble import release_network
    from .contract import MODELS_DIRECTORY
    from .train.cross_validation import Workspace

    notes = _read_notes(Path(options.notes)) if options.notes else {}
    models = Path(options.models) if options.models else MODELS_DIRECTORY
    workspace, folds = Workspace(Path(options.workspace)), _parse_folds(options.runs)
    common = {"weights": options.weights, "hardware": options.hardware, "notes": notes, "models": models, "storage": options.storage}
    print(release_network(workspace, options.network, options.version, folds, **common))


def _read_notes(file: Path) -> dict[str, str]:
    try:
        notes = json.loads(file.read_text())
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg})", file=file, row=error.lineno) from error
    if not isinstance(notes, dict) or not all(isinstance(v, str) for v in notes.values()):
        raise InputError("notes are an object of texts", file=file)
    return notes


def _parse_folds(text: str) -> list[int]:
    folds = text.split(",")
    if not all(fold.isdigit() for fold in folds) or len(set(folds)) < len(folds):
        raise InputError(f"{text!r} are not different fold numbers such as 0,1,2")
    return [int(fold) for fold in folds]


def _untrained(options: argparse.Namespace) -> None:
    from .export.release import release_untrained

    print(release_untrained(options.network, options.version, Path(options.models) if options.models else None))


def _evaluate(options: argparse.Namespace) -> None:
    from .evaluation.command import evaluate_ct_ich

    result = evaluate_ct_ich(options.data, options.model, limit=options.limit, threads=options.threads, repeats=options.repeats)
    print(json.dumps(result, indent=2))


def _table(options: argparse.Namespace) -> None:
    from .evaluation.report import write_report
    from .train.cross_validation import Workspace

    write_report(Workspace(Path(options.workspace)), options.networks.split(","), Path(options.out))


def _explain(options: argparse.Namespace) -> None:
    from .evaluation.report import explain_model
    from .train.cross_validation import Workspace

    print(json.dumps(explain_model(Workspace(Path(options.workspace)), Path(options.model), options.fold), indent=2))


def _fit(options: argparse.Namespace) -> None:
    from .evaluation.fit import measure_fit
    from .train.cross_validation import Workspace

    print(json.dumps(measure_fit(Workspace(Path(options.workspace)), options.network, options.fold), indent=2))


def _quantize(options: argparse.Namespace) -> None:
    from .evaluation.report import compare_storages
    from .train.cross_validation import Workspace

    print(json.dumps(compare_storages(Workspace(Path(options.workspace)), options.network, options.fold, options.slices), indent=2))


def _card(options: argparse.Namespace) -> None:
    from .contract import read_contract
    from .export.model_card import write_card

    print(write_card(read_contract(options.model)), end="")
