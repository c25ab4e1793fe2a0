"""``driftseal init``: settings to start from, and what to do next."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from driftseal import __version__, config
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode, UsageError
from driftseal.limits import DEFAULT_LIMITS

_SETTINGS: Final = f"""\
# Settings of driftseal for this repository. Flags and the environment count before them; --isolated ignores them.
# What stands behind a # is an example; settings that are not named keep their defaults.

# Findings and drift of this severity or worse fail: info, low, medium, high or critical …
fail-on = "medium"
# … if we are this sure of them: low, medium or high.
min-confidence = "medium"

# Folders with rules of your own, from here.
# rules = ["security/rules"]

# What is let pass. It stays visible in every report, needs a reason, and counts no more after its last day.
# [[suppress]]
# rule = "unpinned-package"
# item = "launch:*"
# reason = "the internal registry serves only reviewed versions"
# until = 2099-12-31

# Bounds on what is read. One above its default is told in every report.
# [limits]
# items = {DEFAULT_LIMITS.items}
"""

_NEXT: Final = f"""\
next:
  driftseal scan                            # what is configured here; starts and contacts nothing
  driftseal keygen ~/driftseal.pem          # your key; keep it out of the repository
  export DRIFTSEAL_TRUST=~/trust.toml       # who may approve; whoever changes baselines must not change it
  driftseal trust add YOU ~/driftseal.pem.pub
  driftseal baseline approve --start --key ~/driftseal.pem
  driftseal drift --live                    # nightly: is everything still what was approved?

in .pre-commit-config.yaml:
  repos:
    - repo: https://github.com/driftseal/driftseal
      rev: v{__version__}
      hooks:
        - id: driftseal
"""


class Init(Command):
    """See `Command`."""

    name = "init"
    summary = "write driftseal.toml to start from, and say what to do next"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="where to (default: here)")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        folder = Path(args.folder)
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such folder", hint="make it first, or name one that is there")
        known = config.find(folder)
        if known is not None and known.parent == folder.resolve():
            raise UsageError(f"{known}: holds settings already", hint="edit them; settings are never overwritten")
        path = folder / config.FILE_NAME
        try:
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(_SETTINGS)
        except FileExistsError:
            raise UsageError(f"{path}: is there already", hint="move it away; it is never overwritten") from None
        except OSError as cause:
            raise UsageError(f"{path}: cannot be written: {cause.strerror}") from cause
        console.note(f"wrote {path}\n\n{_NEXT.rstrip()}")
        return ExitCode.CLEAN
