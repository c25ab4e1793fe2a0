"""A folder of small files, read without following links and written so that it survives a crash."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from driftseal.errors import LimitExceeded, TrustError
from driftseal.limits import Limits

_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
# A FIFO in place of a file must not make us wait for its other end.
_READ: Final = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_BY_HANDLE: Final = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
"""Whether a folder can be held open, so that all its files come from the same one even while it is replaced."""


class Folder:
    """One folder that is no link, held open while it is read where the platform can do that."""

    def __init__(self, path: Path, handle: int | None) -> None:
        self.path = path
        self._handle = handle

    @classmethod
    @contextmanager
    def opened(cls, path: Path, parent: Folder | None = None) -> Iterator[Self | None]:
        """The folder, or ``None`` where there is none.

        Raises:
            TrustError: it is a link or no folder.
        """
        handle = None
        try:
            if _BY_HANDLE:
                within = None if parent is None else parent._handle  # noqa: SLF001  # the same class
                flags = os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW
                handle = os.open(path if within is None else path.name, flags, dir_fd=within)
            elif not stat.S_ISDIR(path.lstat().st_mode):
                raise TrustError(f"{path}: is no plain folder", hint="remove it")
        except FileNotFoundError:
            yield None
            return
        except OSError as cause:
            raise TrustError(f"{path}: is no plain folder ({cause.strerror})", hint="remove it") from cause
        try:
            yield cls(path, handle)
        finally:
            if handle is not None:
                os.close(handle)

    def names(self, most: int) -> tuple[str, ...]:
        """Names of all that lies in it, sorted.

        Raises:
            LimitExceeded: more than ``most``.
        """
        found = []
        with os.scandir(self.path if self._handle is None else self._handle) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) > most:
                    raise LimitExceeded(
                        f"{self.path}: holds more than {most} files", hint="remove what does not belong"
                    )
        return tuple(sorted(found))

    def read(self, name: str, limits: Limits) -> bytes:
        """The bytes of a plain file in it.

        Raises:
            TrustError: it is a link, a device, a folder or not there.
            LimitExceeded: larger than ``limits.file_bytes``.
        """
        place = self.path / name
        try:
            if self._handle is None:
                if not stat.S_ISREG(place.lstat().st_mode):
                    raise TrustError(f"{place}: is no plain file", hint="remove it")
                descriptor = os.open(place, _READ)
            else:
                descriptor = os.open(name, _READ, dir_fd=self._handle)
        except OSError as cause:
            raise TrustError(f"{place}: is no plain file ({cause.strerror})", hint="remove or restore it") from cause
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise TrustError(f"{place}: is no plain file", hint="remove it")
            data = file.read(limits.file_bytes + 1)
        if len(data) > limits.file_bytes:
            raise LimitExceeded(f"{place}: larger than {limits.file_bytes} bytes")
        return data


def write(path: Path, data: bytes) -> None:
    """A new file whose bytes are on the disk when this returns."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def remove(path: Path) -> None:
    """A folder of ours with what lies in it; a link is removed, never followed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        path.unlink()
        return
    try:
        shutil.rmtree(path)
    except RecursionError as cause:
        # A shipped folder may be nested without end; it is left to its owner.
        raise OSError(errno.ELOOP, "nested too deeply to be removed") from cause
