"""Whom of the measured patients a version learned from, by the digests in its contract, and what its figures are therefore worth.

``held-out`` is the most that is said: patients of the hospital that trained are never called external here, and of others it cannot
be seen that they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..data.patient_digest import RULE

UNKNOWN = "unknown"


def compare_patients(contract: dict, seen: Mapping[str, frozenset[str]]) -> dict:
    """``learnedFrom`` and ``validation`` of figures on the patients ``seen`` (digests of their slices).

    ``ranking`` is that of auc and auprc, which the weights alone decide; ``calls`` of everything that threshold or calibration decide.
    """
    said = contract["training"].get("learnedFrom")
    if said is None or said["rule"] != RULE:
        return {
            "learnedFrom": {"known": False, "patients": None, "calibratedOn": None, "of": len(seen)},
            "validation": {"ranking": UNKNOWN, "calls": UNKNOWN},
        }
    learned, fitted = ({name for name, slices in seen.items() if slices & set(said[kind])} for kind in ("volumes", "calibratedOn"))
    return {
        "learnedFrom": {"known": True, "patients": len(learned), "calibratedOn": len(fitted), "of": len(seen)},
        "validation": {"ranking": _word(len(learned), len(seen)), "calls": _word(len(learned | fitted), len(seen))},
    }


def _word(count: int, total: int) -> str | None:
    if not total:
        return None
    return "held-out" if count == 0 else "apparent" if count == total else "partly learned from"


def word_learned(learned: dict) -> list[str]:
    """One line for each thing that a reader of the figures must know.

    :param learned: ``learnedFrom`` of ``compare_patients``
    """
    if not learned["known"]:
        return ["this version does not say whom it learned from; whether from these patients cannot be told"]
    texts = {
        "patients": "the version learned from {} of the {} patients measured; no figure over them is held-out",
        "calibratedOn": "calibration and threshold were fitted on {} of the {} patients measured; there only auc and auprc can be held-out",
    }
    return [text.format(learned[name], learned["of"]) for name, text in texts.items() if learned[name]]
