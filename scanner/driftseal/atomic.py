"""Replacing a file of ours as a whole: readers find the old one or the new one, never half of either."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file beside its place, flush it to the disk, and move it there.

    The draft has a name that nobody can foresee and is made anew, so that no link lying in wait is
    followed; a link at ``path`` itself is replaced, not followed. Missing folders are made.

    Raises:
        OSError: it cannot be written; nothing has changed then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft = Path(name)
        draft.chmod(mode)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
