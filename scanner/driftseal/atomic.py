"""Replacing a file of ours as a whole, and being the only one who writes: never half, and nothing lost."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_PAUSE: Final = 0.02
"""Seconds between two looks at a lock."""
_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_NO_LOCKS: Final = frozenset({errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
"""What file systems without locks answer, such as some that lie on a network."""


def write(path: Path, data: bytes) -> None:
    """Write a file beside its place, flush it to the disk, and move it there; the umask says who may read it.

    The draft has a name that nobody can foresee and is made anew, so that no link lying in wait is
    followed; a link at ``path`` itself is replaced, not followed. Missing folders are made.

    Raises:
        OSError: it cannot be written; nothing has changed then.
    """
    make_folder(path.parent)
    draft = path.with_name(f".{path.name[:100]}.{os.urandom(8).hex()}.part")
    descriptor = os.open(draft, _NEW, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    # The file is in its place already; that its name lasts is all that can still fail.
    with suppress(OSError):
        sync(path.parent)


def make_folder(folder: Path) -> None:
    """A folder with all above it, which outlasts a loss of power.

    Raises:
        OSError: it cannot be made.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        with suppress(OSError):
            sync(place.parent)


def sync(folder: Path) -> None:
    """Make the names in a folder last; a platform that cannot open folders does so by itself.

    Raises:
        OSError: the disk did not take them.
    """
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def alone(folder: Path, seconds: float) -> Iterator[None]:
    """Keep others out of a folder of ours, in this process and beside it, while the block runs.

    The kernel keeps the lock, on the folder itself: it ends with its holder, however that one ends, and leaves
    nothing to be cleared away. Missing folders are made. Only who asks for the lock is kept out.

    Raises:
        OSError: the folder cannot be opened, or others kept it for ``seconds``.
    """
    make_folder(folder)
    descriptor = _opened(folder)
    try:
        until = time.monotonic() + seconds
        while not _locked(descriptor):
            if time.monotonic() > until:
                raise OSError(errno.EBUSY, f"another run has kept it for {seconds:g} s")
            time.sleep(_PAUSE)
        yield
    finally:
        # Closing ends the lock.
        os.close(descriptor)


def _opened(folder: Path) -> int:
    if sys.platform == "win32":
        # Folders cannot be locked there.
        return os.open(folder / ".lock", os.O_RDWR | os.O_CREAT)
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as cause:
        if cause.errno in _BUSY:
            return False
        if cause.errno in _NO_LOCKS:
            # Writers there still see what was changed under them, save in the blink between look and write.
            return True
        raise
    return True
