"""How every command takes its options: one name means the same everywhere."""

from __future__ import annotations

import argparse

from ..errors import InputError

HELP = {
    "data": "folder in CT-ICH's (or CQ500's) layout",
    "labels": "folder of CQ500's reads.csv",
    "cohort": "cohort CSV (see README)",
    "split": "only the rows of this split of the cohort: train, validation or test",
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
    "workers": "how many runs, or patients of `prepare`, at a time",
    "minutes": "stop after so many; the same command goes on",
    "notes": "JSON file of notes for the contract",
    "limit": "take only so many patients",
    "cross_validated": "all folds, e.g. 0,1,2: rows with the recipe's cross-validated AUC beside the figures of one fold",
    "cohort_name": "of whom the figures are; CT-ICH v1.0.0 where nothing is said",
    "pooling": "how slice logits become a study's: top-k-mean, or top-k-mean-of-neighbours",
    "answers": "files that `keep-answers` wrote, with commas",
    "note": "what else a reader of these rows must know",
}
SWITCHES = {"fp32": "no mixed precision", "replace": "release a version again that is there already"}


def add_command(commands, name: str, action, text: str, **options) -> None:
    """``True``: required; ``False``: optional (or a switch); anything else is the default and its type."""
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(action=action)
    for option, default in options.items():
        flag, described = "--" + option.replace("_", "-"), HELP.get(option)
        if option in SWITCHES:
            parser.add_argument(flag, action="store_true", help=SWITCHES[option])
        elif isinstance(default, bool):
            parser.add_argument(flag, required=default, help=described)
        else:
            kind = positive_count if default is None or isinstance(default, int) else str
            parser.add_argument(flag, default=default, type=kind, help=described)


def positive_count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def parse_folds(text: str) -> list[int]:
    folds = text.split(",")
    if not all(fold.isdigit() for fold in folds) or len(set(folds)) < len(folds):
        raise InputError(f"{text!r} are not different fold numbers such as 0,1,2")
    return [int(fold) for fold in folds]
