"""Reading on a machine without harm: nothing is followed out of its place, and size, number and time are bounded."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Final

from driftseal import canonical
from driftseal.canonical import show
from driftseal.collect.base import Context
from driftseal.collect.clients import paths, redact
from driftseal.collect.discovery.walk import Unseen
from driftseal.collect.machines._places import Spot, resolve
from driftseal.collect.models import opening
from driftseal.errors import LimitExceeded, TargetError
from driftseal.formats import jsonc
from driftseal.model.item import Json

_SYSTEM: Final = Path("/")
_LEADS_OUT: Final = "a link that leads out of its folder; it is not followed"


class Machine:
    """What a finder looks through. ``begin`` gives each its own time and number of entries."""

    def __init__(
        self, context: Context, *, system: Path = _SYSTEM, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``system`` is where the folders of the system begin; ``clock`` tells seconds."""
        self.platform = context.platform
        self.limits = context.limits
        self._context = context
        self._system = system
        self._clock = clock
        self._bases: dict[Path, str] = {}
        self._unseen: dict[Unseen, None] = {}
        self._more = 0
        self._deadline = 0.0
        self._left = 0

    def begin(self) -> None:
        """A finder's own bounds."""
        self._deadline = self._clock() + self.limits.machine_seconds
        self._left = self.limits.files

    def unseen(self) -> Iterator[Unseen]:
        """What could not be looked at, in order."""
        yield from sorted(self._unseen, key=lambda one: (one.path, one.why))
        if self._more:
            yield Unseen("machine", f"{self._more} further gaps of its kinds (limits.machine_gaps)")

    def gap(self, spot: Spot, why: str) -> None:
        """Something that could not be looked at."""
        self.gap_at(spot.told, why)

    def gap_at(self, told: str, why: str) -> None:
        """The same by its name."""
        one = Unseen(show(told), why)
        if len(self._unseen) < self.limits.machine_gaps:
            self._unseen[one] = None
        elif one not in self._unseen:
            self._more += 1

    # --- finding -----------------------------------------------------------------------------

    def find(self, patterns: Iterable[str]) -> Iterator[Spot]:
        """Everything that these patterns name and that is there, each once.

        Raises:
            LimitExceeded: the finder's time or number of entries is used up. So do all methods that follow.
        """
        seen: set[Path] = set()
        for pattern in patterns:
            start = resolve(pattern, self._context, self._system)
            if start is None:
                continue
            for spot in self._below(*start):
                if spot.path not in seen:
                    seen.add(spot.path)
                    yield spot

    def _below(self, spot: Spot, names: tuple[str, ...]) -> Iterator[Spot]:
        if not names:
            if self.is_there(spot):
                yield spot
        elif "*" not in names[0]:
            yield from self._below(spot.child(names[0]), names[1:])
        else:
            for entry in self.entries(spot):
                if fnmatchcase(entry.path.name, names[0]):
                    yield from self._below(entry, names[1:])

    def is_there(self, spot: Spot) -> bool:
        """Whether anything lies there, a link too."""
        self._tick()
        try:
            spot.path.lstat()
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return False
        except OSError as cause:
            self.gap(spot, f"cannot be looked at: {cause.strerror}")
            return False
        return True

    def is_folder(self, spot: Spot) -> bool:
        """Whether a folder lies there, or a link to one that does not lead out."""
        return paths.is_folder(spot.path) and self._inside(spot)

    def entries(self, spot: Spot) -> list[Spot]:
        """What a folder holds, by name; nothing where there is none."""
        if not self.is_there(spot) or not paths.is_folder(spot.path) or not self._inside(spot):
            return []
        most = self.limits.machine_entries
        try:
            with os.scandir(spot.path) as listing:
                names = [entry.name for entry in islice(listing, most + 1)]
        except OSError as cause:
            self.gap(spot, f"cannot be listed: {cause.strerror}")
            return []
        if len(names) > most:
            self.gap(spot, f"more than {most} entries (limits.machine_entries)")
        self._left -= len(names)
        if self._left < 0:
            raise LimitExceeded(f"more than {self.limits.files} folder entries (limits.files)")
        return [spot.child(name) for name in sorted(names[:most])]

    def folders(self, spot: Spot) -> list[Spot]:
        """The folders in a folder."""
        return [entry for entry in self.entries(spot) if self.is_folder(entry)]

    def size(self, spot: Spot) -> int:
        """Bytes of a regular file, behind a link too; -1 for what is none, or leads out of its place."""
        self._tick()
        try:
            status = spot.path.stat()
        except (OSError, ValueError):
            return -1
        if stat.S_ISDIR(status.st_mode) or not self._inside(spot):
            return -1
        if not stat.S_ISREG(status.st_mode):
            self.gap(spot, "not a regular file")
            return -1
        return status.st_size

    # --- reading -----------------------------------------------------------------------------

    def read(self, spot: Spot) -> bytes | None:
        """A file's bytes; ``None`` where there is none, or where it cannot be read, which is a gap."""
        if not self.is_there(spot) or not self._inside(spot):
            return None
        most = self.limits.machine_file_bytes
        try:
            if spot.path.stat().st_size > most:
                self.gap(spot, f"larger than {most} bytes (limits.machine_file_bytes)")
                return None
            return paths.read(spot.path, spot.told, self.limits)
        except TargetError as cause:
            self.gap(spot, str(cause).removeprefix(f"{spot.told}: "))
        except OSError as cause:
            self.gap(spot, f"cannot be read: {cause.strerror}")
        return None

    def opened(self, spot: Spot) -> BufferedReader | None:
        """A file to be read in parts; ``None`` as ``read`` does."""
        if not self.is_there(spot) or not self._inside(spot):
            return None
        try:
            return opening.opened(spot.path, spot.told)
        except TargetError as cause:
            self.gap(spot, str(cause).removeprefix(f"{spot.told}: "))
            return None

    def json(self, spot: Spot) -> Json:
        """A file's value, with comments or without; ``None`` as ``read`` does, and where it is no JSON."""
        data = self.read(spot)
        return self.parsed(spot, lambda: jsonc.parse(data, spot.told, self.limits).value) if data is not None else None

    def strict_json(self, spot: Spot) -> Json:
        """The same of what no person writes."""
        data = self.read(spot)
        if data is None:
            return None
        return self.parsed(spot, lambda: canonical.parse_json(data, spot.told, self.limits).value)

    def parsed(self, spot: Spot, parse: Callable[[], Json]) -> Json:
        """What parsing gives; a file that cannot be parsed is a gap."""
        self._tick()
        try:
            return parse()
        except TargetError as cause:
            self.gap(spot, str(cause).removeprefix(f"{spot.told}: ").removeprefix(f"{spot.told}:"))
            return None

    def _inside(self, spot: Spot) -> bool:
        """Whether a path leads, by whatever links, to something below its base."""
        base = self._bases.get(spot.base)
        if base is None:
            base = self._bases[spot.base] = os.path.realpath(spot.base)
        real = os.path.realpath(spot.path)
        if real == base or real.startswith(base.rstrip(os.sep) + os.sep):
            return True
        self.gap(spot, _LEADS_OUT)
        return False

    def _tick(self) -> None:
        if self._clock() > self._deadline:
            raise LimitExceeded(f"no time was left after {self.limits.machine_seconds:g} s (limits.machine_seconds)")

    # --- telling -----------------------------------------------------------------------------

    def text(self, value: Json) -> str:
        """A name or a version as items hold it: one line, bounded, without what looks like a secret."""
        if not isinstance(value, str):
            return ""
        return redact.redact(" ".join(value[: self.limits.evidence_chars].split()))[: self.limits.name_chars]

    def texts(self, value: Json) -> list[Json]:
        """The texts of a list, each once and in order, with a bound on their number."""
        listed = value if isinstance(value, list) else []
        told = sorted({text for one in listed[: self.limits.files] if (text := self.text(one))})
        most = self.limits.file_facts
        further = [f"… {len(told) - most} further"] if len(told) > most else []
        return [*told[:most], *further]
