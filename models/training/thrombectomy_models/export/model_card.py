"""MODEL_CARD.md, generated from the contract alone: the card can say nothing that the contract does not."""

from __future__ import annotations

import re

TARGET_TEXT = {
    "ich-present": "Hemorrhage is visible on this CT",
    "ich-after-evt": "Any intracranial hemorrhage within 24-36 h after thrombectomy (forecast)",
    "poor-collaterals": "Poor collaterals, predicted from the non-contrast CT (experimental)",
}


def write_card(contract: dict) -> str:
    """Markdown of the card."""
    parts = [
        f"# {contract['displayName']} {contract['version']}",
        "Generated from `contract.json` (`thrombectomy_models card` prints it again); edit the contract's sources, not this file.",
        _facts(contract),
        "## What each output is worth",
        *(_target(target) for target in contract["targets"]),
        "## Training",
        _training(contract["training"]),
        "## Source attributes (ONC HTI-1)",
        "\n".join(f"- **{_words(name)}**: {text}" for name, text in contract["attributes"].items()),
        "## Licence",
        f"Weights: {contract['licence']['weights']}. " + " ".join(f"{line.rstrip('.')}." for line in contract["licence"]["attribution"]),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(contract: dict) -> str:
    model, recipe = contract["model"], contract["input"]
    windows = ", ".join(f"{w['name']} {w['levelHu']}/{w['widthHu']}" for w in recipe["windows"])
    return "\n".join(
        [
            f"- Architecture: `{contract['architecture']['name']}` (timm {contract['architecture']['libraryVersion']}), {contract['architecture']['parameters']:,} parameters",
            f"- File: {model['bytes']:,} bytes, stored as {model['storage']}, SHA-256 `{model['sha256']}`",
            f"- Input: slices of {recipe['heightPx']} x {recipe['widthPx']} px, windows (level/width HU) {windows}",
            f"- Study logit: {_pooling(contract['pooling'])}",
        ]
    )


def _pooling(pooling: dict) -> str:
    largest = f"mean of the {pooling['k']} largest slice logits"
    if "neighbourWeight" not in pooling:
        return largest
    side = pooling["neighbourWeight"]
    return f"{largest}, each averaged with its neighbours (weights {side}, {1 - 2 * side}, {side})"


def _target(target: dict) -> str:
    lines = [f"### `{target['target']}`: {TARGET_TEXT[target['target']]}", "", f"Evidence level: **{target['evidenceLevel']}**."]
    lines.append(f"Calibration: {target['calibration']['method']}. Threshold {target['threshold']['probability']:.3f} ({target['threshold']['rule']}).")
    band = target["abstentionBand"]
    lines.append(f"Called neither way between {band['lower']:.3f} and {band['upper']:.3f}.")
    if not target["metrics"]:
        return "\n".join([*lines, "", "No metric has been measured."])
    lines += ["", "| metric | unit | value | interval | validation | positives / negatives | data |", "| --- | --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *(_metric(metric) for metric in target["metrics"])])


def _metric(metric: dict) -> str:
    value = "not available" if metric["value"] is None else f"{metric['value']:.3f}"
    interval = "-"
    if "interval" in metric:
        low, high = metric["interval"]
        interval = f"{low:.3f} to {high:.3f} ({metric.get('coverage', 0.95):.0%})"
    counts = f"{metric['positives']} / {metric['negatives']}"
    return f"| {metric['name']} | {metric['unit']} | {value} | {interval} | {metric['validation']} | {counts} | {metric.get('data', '-')} |"


def _training(training: dict) -> str:
    lines = [f"Hardware: {training['hardware']}. Minutes: {training['durationMinutes']:g}. Code: {training['code']}."]
    for data in training["data"]:
        lines.append(
            f"- {data['name']} ({data['kind']}): {data['patients']} patients, {data['slices']} slices, for {', '.join(data['targets'])}. {data['citation']}. Licence: {data['licence']}"
        )
    if not training["data"]:
        lines.append("- No data: the weights are the seeded initial values.")
    for name, note in training.get("notes", {}).items():
        lines.append(f"- {_words(name)}: {note}")
    return "\n".join(lines)


def _words(name: str) -> str:
    words = re.sub(r"([A-Z])", lambda match: " " + match[1].lower(), name)
    return words[0].upper() + words[1:]
