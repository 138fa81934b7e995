"""CSV tables as the readers take them: whatever is wrong is named by file and row, never by a traceback."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import InputError


def read_rows(path: Path, columns: set[str], rename: Callable[[str], str] = str) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number (the header is row 1) and cells of every row; cells are texts, empty where the row is short.

    Rows without a single filled cell, as spreadsheets leave them, are passed over.

    :param rename: a column's heading to its name, for tables whose headings vary
    :raises InputError: for a file that cannot be opened, is not UTF-8 CSV, lacks ``columns`` or has one twice, or has a row with
        more filled cells than headings
    """
    try:
        handle = path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})", file=path) from error
    number = 1
    with handle:
        try:
            reader = csv.DictReader(handle, restval="")
            reader.fieldnames = names = [rename(heading) for heading in reader.fieldnames or ()]
            if missing := columns - set(names):
                raise InputError(f"columns missing: {', '.join(sorted(missing))}", file=path, row=1)
            if twice := {name for name in columns if names.count(name) > 1}:
                raise InputError(f"columns that stand twice: {', '.join(sorted(twice))}", file=path, row=1)
            for row in reader:
                number = reader.line_num
                beyond = [cell for cell in row.pop(None, []) if cell.strip()]
                if beyond:
                    raise InputError(f"has {len(beyond)} cells more than the header", file=path, row=number)
                if any(cell.strip() for cell in row.values()):
                    yield number, row
        except UnicodeDecodeError as error:
            raise InputError("not UTF-8 text", file=path, row=number + 1) from error
        except csv.Error as error:
            raise InputError(f"not CSV ({error})", file=path, row=number + 1) from error
