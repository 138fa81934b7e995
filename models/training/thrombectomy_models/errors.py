"""The one error that bad input raises: it names the file and, where there is one, the row."""

from __future__ import annotations

from pathlib import Path


class InputError(Exception):
    """Something given to a command cannot be used. The message is meant for the person who gave it."""

    def __init__(self, message: str, *, file: str | Path | None = None, row: int | None = None) -> None:
        self.file = None if file is None else Path(file)
        self.row = row
        place = "" if file is None else f"{file}: " if row is None else f"{file}, row {row}: "
        super().__init__(place + message)


class LeakageError(InputError):
    """The same patient (or the same pixels) stands on both sides of a split: no figure from it would hold."""
