"""Folders of ours in which nobody else may write: what lies in others counts for nothing."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from driftseal import atomic


def make(folder: Path) -> None:
    """Make a folder that only we write in.

    Raises:
        OSError: it cannot be made, or others can write there.
    """
    atomic.make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not is_private(folder):
        raise PermissionError(f"{folder}: others can write there")


def is_private(folder: Path) -> bool:
    """Whether a folder is ours alone; raises ``OSError`` where there is none."""
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and is_own(status) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def is_own(status: os.stat_result) -> bool:
    """Whether a file belongs to the user that we run as."""
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()
