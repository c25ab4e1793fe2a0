"""What every command does, and the two places it may write to."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import stat
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, TextIO

from driftseal import atomic, canonical
from driftseal.errors import ExitCode, UsageError
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Console:
    """``stdout`` is the document, ``stderr`` is for people."""

    # Python has no stream where the shell closed one (`>&-`): nobody reads it then.
    stdout: TextIO = field(default_factory=lambda: sys.stdout or io.StringIO())
    stderr: TextIO = field(default_factory=lambda: sys.stderr or io.StringIO())

    @property
    def color(self) -> bool:
        """Whether the document may be coloured: a terminal, and nobody said no (https://no-color.org)."""
        return self.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    @property
    def unicode(self) -> bool:
        """Whether the document's encoding carries more than ASCII."""
        return (self.stdout.encoding or "utf-8").lower().replace("-", "").startswith("utf")

    @property
    def width(self) -> int:
        """Columns to write for."""
        return shutil.get_terminal_size((100, 40)).columns if self.stdout.isatty() else 100

    def document(self, text: str, output: str | None = None) -> None:
        """Write the document to standard output, or to a file that is either complete or not there."""
        if output in {None, "-"}:
            # A terminal of another encoding gets escapes, never a crash.
            encoding = self.stdout.encoding or "utf-8"
            try:
                self.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
                self.stdout.flush()
            except BrokenPipeError:
                raise
            except OSError as cause:
                # What is left in the buffer would fail once more at the end, in Python's own words.
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())
                raise UsageError(f"standard output: cannot be written: {cause.strerror}") from cause
            return
        path = Path(str(output))
        data = text.encode("utf-8", "backslashreplace")
        try:
            if _is_stream(path):
                path.write_bytes(data)
            elif not path.parent.is_dir():
                raise UsageError(f"{path.parent}: no such folder", hint="make it, or name another --output")
            else:
                atomic.write(path, data)
        except BrokenPipeError:
            raise
        except OSError as cause:
            raise UsageError(f"{path}: cannot be written: {cause.strerror}", hint="name another --output") from cause

    def note(self, text: str) -> None:
        """Tell people something; what came from outside is escaped here."""
        self.stderr.write(canonical.show(text, multiline=True) + "\n")

    def error(self, message: str, hint: str) -> None:
        """Tell people what went wrong and what to do."""
        # One line each: a name from outside must not look like a message of ours.
        self.note("error: " + canonical.show(message))
        if hint:
            self.note("  hint: " + canonical.show(hint))

    def progress(self, text: str) -> None:
        """Show what is going on, in one line that the next one replaces; only to a person at a terminal."""
        if self.stderr.isatty():
            columns = shutil.get_terminal_size((80, 24)).columns
            self.stderr.write("\r\x1b[K" + canonical.show(text)[: columns - 1])
            self.stderr.flush()

    def end_progress(self) -> None:
        """Leave no half line behind."""
        if self.stderr.isatty():
            self.stderr.write("\r\x1b[K")
            self.stderr.flush()


def _is_stream(path: Path) -> bool:
    """Whether a path is written to and never replaced: ``/dev/stdout``, a device, a pipe."""
    if path.absolute().parts[:2] in {("/", "dev"), ("/", "proc")}:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


class Command(ABC):
    """One command; its file's stem is its name."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line for ``driftseal --help``, without a full stop."""
    description: ClassVar[str] = ""
    """More, for the command's own help."""
    actions: ClassVar[Mapping[str, Callable[[], Command]]] = MappingProxyType({})
    """Commands of their own by the word behind this one; a target of that name is written ``./WORD``."""

    @abstractmethod
    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    @abstractmethod
    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """Call one function of the pipeline and hand on what it gives.

        Raises:
            DriftsealError: told to the user by the dispatcher, with its exit code.
        """
