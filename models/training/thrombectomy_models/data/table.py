"""CSV tables as the readers take them: whatever is wrong is named by file and row, never by a traceback."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError


def read_rows(path: Path, columns: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number (the header is row 1) and cells of every row; cells are texts, empty where the row is short.

    :raises InputError: for a file that cannot be opened, is not UTF-8 CSV, lacks ``columns``, or has a row with too many cells
    """
    try:
        handle = path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})", file=path) from error
    number = 1
    with handle:
        try:
            reader = csv.DictReader(handle, restval="")
            missing = columns - set(reader.fieldnames or ())
            if missing:
                raise InputError(f"columns missing: {', '.join(sorted(missing))}", file=path, row=1)
            for number, row in enumerate(reader, start=2):
                if None in row:
                    raise InputError(f"has {len(row[None])} cells more than the header", file=path, row=number)
                yield number, row
        except UnicodeDecodeError as error:
            raise InputError("not UTF-8 text", file=path, row=number + 1) from error
        except csv.Error as error:
            raise InputError(f"not CSV ({error})", file=path, row=number + 1) from error
