"""A home folder that a started server may do what it likes with, and the veil over where it lies."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

VEIL: Final = "/home/of-this-server"
"""Stands in items for the temporary home, whose name is another in each run and would look like drift."""


class Home:
    """An empty folder, kept over the sessions of one probe, so that a server's own state is seen to count."""

    def __init__(self) -> None:
        self.path = Path(os.path.realpath(tempfile.mkdtemp(prefix="home-")))
        (self.path / "tmp").mkdir()
        # As it stands in JSON text: backslashes are doubled, and PHP for one escapes slashes too.
        real = json.dumps(str(self.path))[1:-1]
        self._real = real.encode()
        self._escaped = real.replace("/", "\\/").encode()
        self._veil = VEIL.encode()

    def hide(self, data: bytes) -> bytes:
        """What the server sent, with its home veiled."""
        return data.replace(self._real, self._veil).replace(self._escaped, self._veil)

    def reveal(self, data: bytes) -> bytes:
        """What we send, with the veil lifted: a URI that the server gave must find its way back."""
        return data.replace(self._veil, self._real)

    def remove(self) -> None:
        """Delete the folder; what a hostile server made undeletable stays, links are not followed."""
        shutil.rmtree(self.path, ignore_errors=True)
