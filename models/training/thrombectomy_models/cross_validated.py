"""Cross-validated figures of a recipe, beside the figures of the weights that ship.

Weights of one fold can only carry the figures of that fold. How the recipe does on all folds is worth knowing too, and is not a
figure of these weights: so it stands in rows of its own that say so, and nothing is calibrated or chosen on it.
"""

from __future__ import annotations

import os
from pathlib import Path

from .contract import check_contract, read_contract, write_json_atomically
from .errors import InputError, LeakageError
from .evaluation.bootstrap import REPEATS
from .evaluation.held_out import read_held_out
from .export.model_card import write_card
from .metric_rows import word_patient_auc, word_slice_auc
from .train.cross_validation import Workspace, check_told_alike
from .train.kept_answers import find_origin, has_answers
from .train.origin import A_VERSION, word_origins
from .train.prepared import read_prepared
from .train.released_fold import check_repeated, read_fold

VALIDATION = "cross-validated"
FULL_PRECISION = "answered in fp32, not by int8 files"


def word_recipe(count: int) -> str:
    return f"{count} network{'s' if count != 1 else ''} of this recipe, not these weights"


def find_origins(workspace: Workspace, network: str, folds: list[int], known: dict[int, str] | None = None) -> str:
    """In words, which folds' networks were adopted from a version; empty where none was.

    :param known: by fold the version that it is, where the run itself does not name it
    """
    adopted = {fold: find_origin(workspace.run(network, str(fold))).adopted for fold in folds}
    return word_origins({fold: (known or {}).get(fold, version) if version == A_VERSION else version for fold, version in adopted.items()})


def word_cross_validated(
    workspace: Workspace, network: str, folds: list[int], whose: str, pooling: dict, *, note: str = "", known: dict[int, str] | None = None, repeats: int = REPEATS
) -> list[dict]:
    """The rows ``auc`` per patient and per slice over all folds; uncalibrated logits of the folds' networks under ``pooling`` put together.

    :param whose: patients of which cohort
    :param note: what else a reader must know
    :raises InputError: when ``folds`` are not all there are, one has not ended, or they were told different settings
    """
    dealt = workspace.read_folds()
    every = sorted(set(dealt.values()))
    if sorted(folds) != every:
        raise InputError(f"cross-validated are all folds, {every}, not {sorted(folds)}", file=workspace.root / "folds.json")
    runs = {fold: workspace.run(network, str(fold)) for fold in every}
    for fold, run in runs.items():
        if not has_answers(run, str(fold)):
            raise InputError("no finished run here", file=run)
    check_told_alike(list(runs.values()))
    held = read_held_out(workspace, network, every, read_prepared(workspace.prepared, list(dealt)), pooling)
    scope = f"{whose}, folds {', '.join(map(str, every))} of {len(every)}"
    data = "; ".join(part for part in (scope, word_recipe(len(every)), find_origins(workspace, network, every, known), note) if part)
    return [word(held, VALIDATION, data, repeats) for word in (word_patient_auc, word_slice_auc)]


def add_cross_validated(workspace: Workspace, directory: Path, folds: list[int], *, note: str = "", repeats: int = REPEATS) -> Path:
    """Rewrite ``contract.json`` and ``MODEL_CARD.md`` of a released version with these rows; rows of an earlier call are replaced.

    Weights, calibration, threshold, scores and every other row stay as they are.

    :raises InputError: when the version's figures are not those of one fold
    :raises LeakageError: when that fold's run here answers differently from the version: it is another network, or other patients
    """
    contract = read_contract(directory)
    target, network = contract["targets"][0], contract["network"]
    fold, total = read_fold(target)
    if fold is None:
        raise InputError("its figures are not those of one fold: weights of all patients carry cross-validated ones already", file=directory)
    dealt = workspace.read_folds()
    if total != len(set(dealt.values())):
        raise LeakageError(f"{directory}: its fold is one of {total}, here are {len(set(dealt.values()))}")
    held = read_held_out(workspace, network, [int(fold)], read_prepared(workspace.prepared, list(dealt)), contract["pooling"])
    check_repeated(directory, target, held.truth, held.pooled, same_arithmetic=contract["model"]["storage"] != "int8")
    whose = target["scores"]["data"].rpartition(", folds ")[0]
    note = "; ".join(part for part in (FULL_PRECISION if contract["model"]["storage"] == "int8" else "", note) if part)
    rows = word_cross_validated(workspace, network, folds, whose, contract["pooling"], note=note, known={int(fold): contract["version"]}, repeats=repeats)
    target["metrics"] = [row for row in target["metrics"] if row["validation"] != VALIDATION] + rows
    file = directory / "contract.json"
    check_contract(contract, file)
    card = directory / "MODEL_CARD.md.new"
    card.write_text(write_card(contract))
    write_json_atomically(file, contract)
    os.replace(card, directory / "MODEL_CARD.md")
    return directory
