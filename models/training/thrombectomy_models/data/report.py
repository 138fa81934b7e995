"""The data report: counts per split, target and fold before anything is trained on."""

from __future__ import annotations

import math
from collections import Counter

from ..targets import TARGETS
from .cohort import Study
from .ct_ich import LabelledVolume
from .ct_ich_labels import BLEED_COLUMNS


def report_ct_ich(volumes: list[LabelledVolume], folds: dict[str, int] | None = None) -> str:
    """Markdown: patients and slices with each kind of bleed; patients per fold where folds are given."""
    slices = sum(len(v.labels) for v in volumes)
    bleeds = [v for v in volumes if v.has_bleed]
    lines = [
        f"{len(volumes)} patients ({len(bleeds)} with a bleed), {slices} slices ({sum(int(v.labels.sum()) for v in volumes)} with a bleed).",
        "",
        "| bleed | patients | slices |",
        "| --- | --- | --- |",
    ]
    for name in BLEED_COLUMNS:
        lines.append(f"| {name} | {sum(bool(v.subtypes[name].any()) for v in volumes)} | {sum(int(v.subtypes[name].sum()) for v in volumes)} |")
    if folds:
        lines += ["", "| fold | patients | with a bleed |", "| --- | --- | --- |"]
        for fold in sorted(set(folds.values())):
            members = [v for v in volumes if folds[v.patient] == fold]
            lines.append(f"| {fold} | {len(members)} | {sum(v.has_bleed for v in members)} |")
    return "\n".join(lines) + "\n"


def report_cohort(studies: list[Study]) -> str:
    """Markdown: per split the patients, studies, and known labels of every target."""
    lines = ["| split | patients | studies | " + " | ".join(f"{t} (1 / 0 / unknown)" for t in TARGETS) + " |", "|" + " --- |" * (3 + len(TARGETS))]
    for split in sorted({study.split for study in studies}):
        members = [study for study in studies if study.split == split]
        cells = [split or "cross-validation", str(len({s.patient for s in members})), str(len(members))]
        for index in range(len(TARGETS)):
            counts = Counter("unknown" if math.isnan(s.labels[index]) else str(int(s.labels[index])) for s in members)
            cells.append(f"{counts['1']} / {counts['0']} / {counts['unknown']}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
