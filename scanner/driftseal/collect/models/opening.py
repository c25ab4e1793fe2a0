"""How one file of a model is opened, and what its first bytes say it is."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from driftseal.errors import TargetError
from driftseal.formats.blob import File


def opened(path: Path, name: str) -> BufferedReader:
    """A regular file, open to be read; a pipe or a device is never waited for.

    Raises:
        TargetError: it cannot be opened, or is no regular file; the message begins with ``name``.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else "no such path"
        raise TargetError(f"{name}: cannot be read: {reason}", hint="make it readable, or remove it") from cause
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise TargetError(f"{name}: not a regular file", hint="put a plain file there, or remove it")
    return os.fdopen(handle, "rb")


def format_of(path: Path) -> str:
    """The format that the first bytes of a file are of; empty where it is none of a model, or cannot be read."""
    from driftseal.observe import reading

    try:
        with opened(path, path.name) as file:
            return reading.format_of(File(file, os.fstat(file.fileno()).st_size))
    except (TargetError, OSError):
        return ""
