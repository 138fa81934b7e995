"""Versions: exported, from a run or from initial weights."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..contract import POOLING
from ..errors import InputError
from ..readable_json import read_json
from .options import add_command, parse_folds


def register(commands) -> None:
    add_command(
        commands,
        "release",
        release,
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
        cross_validated=False,
        cohort_name=False,
        pooling=POOLING["rule"],
        replace=False,
    )
    add_command(
        commands,
        "cross-validate-rows",
        cross_validate_rows,
        "a released version's contract and card with the cross-validated AUC of its recipe; nothing else of it changes",
        workspace=True,
        model=True,
        runs=True,
        note="",
    )
    add_command(
        commands,
        "record-patients",
        record_patients,
        "digests of the patients learned from into the contract of a version of before (trained from random weights), checked by its figures",
        workspace=True,
        model=True,
    )
    add_command(
        commands,
        "keep-answers",
        keep,
        "what finished runs answered on their held-out patients, as small files without labels, pixels or names",
        workspace=True,
        network=True,
        runs=True,
        hardware=True,
        out=True,
    )
    add_command(commands, "take-answers", take, "such files as runs without weights, for cross-validate-rows", workspace=True, answers=True)
    add_command(
        commands, "untrained", untrained, "export seeded initial weights, marked untrained", network=True, version=True, models=False, replace=False
    )
    add_command(commands, "card", card, "print MODEL_CARD.md of a version", model=True)


def release(options: argparse.Namespace) -> None:
    from ..assemble import release_network
    from ..contract import MODELS_DIRECTORY
    from ..evaluation.pooling import named_pooling
    from ..train.cross_validation import Workspace
    from ..training_words import name_cohort

    notes = read_notes(Path(options.notes)) if options.notes else {}
    models = Path(options.models) if options.models else MODELS_DIRECTORY
    workspace, folds = Workspace(Path(options.workspace)), parse_folds(options.runs)
    common = {"weights": options.weights, "hardware": options.hardware, "notes": notes, "models": models, "storage": options.storage}
    common["cross_validated"] = parse_folds(options.cross_validated) if options.cross_validated else None
    common |= {"cohort": name_cohort(options.cohort_name), "replace": options.replace, "pooling": named_pooling(options.pooling)}
    print(release_network(workspace, options.network, options.version, folds, **common))


def cross_validate_rows(options: argparse.Namespace) -> None:
    from ..cross_validated import add_cross_validated
    from ..train.cross_validation import Workspace

    print(add_cross_validated(Workspace(Path(options.workspace)), Path(options.model), parse_folds(options.runs), note=options.note))


def record_patients(options: argparse.Namespace) -> None:
    from ..recorded_patients import record_patients as record
    from ..train.cross_validation import Workspace

    print(record(Workspace(Path(options.workspace)), Path(options.model)))


def keep(options: argparse.Namespace) -> None:
    from ..train.cross_validation import Workspace
    from ..train.kept_answers import keep_answers

    for fold in parse_folds(options.runs):
        print(keep_answers(Workspace(Path(options.workspace)), options.network, str(fold), options.hardware, Path(options.out)))


def take(options: argparse.Namespace) -> None:
    from ..train.cross_validation import Workspace
    from ..train.kept_answers import take_answers

    for file in options.answers.split(","):
        print(take_answers(Workspace(Path(options.workspace)), Path(file)))


def read_notes(file: Path) -> dict[str, str]:
    notes = read_json(file)
    if not isinstance(notes, dict) or not all(isinstance(v, str) for v in notes.values()):
        raise InputError("notes are an object of texts", file=file)
    return notes


def untrained(options: argparse.Namespace) -> None:
    from ..export.release import release_untrained

    print(release_untrained(options.network, options.version, Path(options.models) if options.models else None, replace=options.replace))


def card(options: argparse.Namespace) -> None:
    from ..contract import read_contract
    from ..export.model_card import write_card

    print(write_card(read_contract(options.model)), end="")
