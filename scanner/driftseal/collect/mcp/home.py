"""A home folder that a started server may do what it likes with, and the veil over where it lies."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Final

VEIL: Final = "/home/of-this-server"
"""Stands in items for the temporary home, whose name is another in each run and would look like drift."""
_VEIL: Final = VEIL.encode()


class Home:
    """An empty folder, kept over the sessions of one probe, so that a server's own state is seen to count.

    Made when it is first asked for: a server at a URL never has one.
    """

    @cached_property
    def path(self) -> Path:
        """The folder, with a ``tmp`` inside."""
        path = Path(os.path.realpath(tempfile.mkdtemp(prefix="home-")))
        (path / "tmp").mkdir()
        return path

    @cached_property
    def _spellings(self) -> tuple[bytes, ...]:
        """The path as it stands in JSON text: backslashes are doubled, and PHP for one escapes slashes too."""
        real = json.dumps(str(self.path))[1:-1]
        return real.encode(), real.replace("/", "\\/").encode()

    def hide(self, data: bytes) -> bytes:
        """What the server sent, with its home veiled."""
        for spelling in self._spellings:
            data = data.replace(spelling, _VEIL)
        return data

    def reveal(self, data: bytes) -> bytes:
        """What we send, with the veil lifted: a URI that the server gave must find its way back."""
        return data.replace(_VEIL, self._spellings[0])

    def remove(self) -> None:
        """Delete the folder; what a hostile server made undeletable stays, links are not followed."""
        if "path" in vars(self):
            shutil.rmtree(self.path, ignore_errors=True)
