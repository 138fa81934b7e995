"""CQ500 as a cohort file: the unzipped folders and the readers' majority joined into the one format every command takes."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from ..errors import InputError
from .cohort import REQUIRED
from .cq500 import find_series, read_labels

COVARIATES = ("batch", "votes")


def write_cq500_cohort(root: str | Path, labels: str | Path, out: str | Path) -> int:
    """Write ``out`` (CSV) with one row a scan that has both a plain series and reads; returns how many.

    Only ``ich-present`` is known. ``split`` stays empty: CQ500 is for testing, or for cross-validation.

    :raises InputError: for missing folders, reads or no scan in both; nothing is written then
    """
    destination, reads = Path(out), {read.name: read for read in read_labels(labels)}
    found = {name: folder for name, folder in find_series(root).items() if name in reads}
    if not found:
        raise InputError("no scan below has a row in reads.csv", file=root)
    beside = destination.with_name(destination.name + ".new")
    with beside.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow([*REQUIRED, *COVARIATES])
        for name, folder in sorted(found.items()):
            place = os.path.relpath(folder, destination.parent)
            writer.writerow([name, name, place, "", reads[name].majority["ICH"], "", "", reads[name].batch, reads[name].votes["ICH"]])
    os.replace(beside, destination)
    return len(found)
