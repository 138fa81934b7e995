"""JSON that a person can read from top to bottom: lists of numbers, and lists of those, stand on one line."""

import json
import re
from pathlib import Path

from .errors import InputError

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|null"
_FLAT = re.compile(rf"\[\s*((?:{_NUMBER})(?:,\s*(?:{_NUMBER}))*)\s*\]")
_NESTED = re.compile(r"\[\s*(\[[^\[\]{}\"]*\](?:,\s*\[[^\[\]{}\"]*\])*)\s*\]")


def dump_readable(document: object) -> str:
    """The document as JSON, indented by two, with a newline at its end; parses to the same value."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    for pattern in (_FLAT, _NESTED):
        text = pattern.sub(lambda found: "[" + re.sub(r"\s*\n\s*", " ", found.group(1)).strip() + "]", text)
    return text + "\n"


def read_json(file: Path) -> object:
    """:raises InputError: with the file and the line, when it cannot be read or is no JSON"""
    try:
        return json.loads(file.read_text())
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg})", file=file, row=error.lineno) from error
