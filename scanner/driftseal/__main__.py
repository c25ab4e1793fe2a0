"""The command's entry: answers ``--version`` before anything else is imported."""

from __future__ import annotations

import os
import sys

from driftseal import __version__

_OBJECTS_BETWEEN_COLLECTIONS = 1_000_000
_COLLECTIONS_BETWEEN_FULL_ONES = 1000
_SECONDS_AT_ONCE = 0.0005


def run() -> int:
    """Run the command line; returns the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"driftseal {__version__}\n")
        return 0
    import gc

    # A run is short, holds much and leaves hardly any cycles: looking for them often costs a tenth of its time. What
    # is no longer young is the code of a project, which is kept to the end.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, _COLLECTIONS_BETWEEN_FULL_ONES)
    # A thread that hashes asks for the interpreter once for each piece, and would wait ten times as long by default.
    sys.setswitchinterval(_SECONDS_AT_ONCE)
    if sys.argv[1:2] == ["scan"]:
        from driftseal.collect.models import hashing

        hashing.ahead(sys.argv[2:])
    from driftseal.cli import _dispatch

    return _dispatch.main(sys.argv[1:])


def entry() -> None:
    """Run the command line and end the process, without taking apart what it held: that takes a tenth of a run."""
    code = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody reads, or a disk is full: Python says so as it ends.
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    entry()
