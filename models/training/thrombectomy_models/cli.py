"""The commands, in the order in which a cohort's weights come to be.

Bad input ends a command with exit code 2 and one line naming file and row; nothing half-written stays behind.
"""

from __future__ import annotations

import argparse
import sys

from .commands import cohorts, measures, releases, training
from .errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 done, 2 bad input."""
    parser = argparse.ArgumentParser(prog="thrombectomy_models", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for group in (cohorts, training, releases, measures):
        group.register(commands)
    options = parser.parse_args(arguments)
    try:
        options.action(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
