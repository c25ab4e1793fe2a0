"""Digests that discovery takes from one run to the next, so that gigabytes of weights are read once and not daily.

They serve discovery alone. Whatever is compared with a baseline, signed or scanned reads the bytes: whoever may write
to a disk beside its file system can put other bytes behind the same inode, size and time.

One file for each version of driftseal lies in the user's cache folder, and is safe to delete. What is not of its form,
or lies where others may write, counts for nothing. An entry is named after device, inode, size and time of the last
change of the inode, which programs cannot set; a file that changed a moment ago is not kept, since it may change again
within the same tick of the file system's clock.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from driftseal import __version__, atomic, canonical
from driftseal.collect import _private
from driftseal.collect.models.opening import opened
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json

_KEY: Final = re.compile(r"[0-9]{1,20}(?:-[0-9]{1,20}){3}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SETTLED: Final = 2_000_000_000
"""Nanoseconds after which a changed file gets another time; the coarsest file systems count in two seconds."""
_TELLING: Final = os.name != "nt"
"""On Windows that time is the one at which the file was made, so nothing is kept there."""
_THREADS: Final = 2
_AHEAD: Final = 32
"""Files whose digest is still being computed when a further one is begun."""


def place(environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """The file of this version in the user's cache folder."""
    from driftseal.collect.mcp.package_cache import cache_folder

    return cache_folder(environment, home, platform).parent / "digests" / f"{__version__}.json"


class Digests:
    """Use as a context manager: what was computed is kept at its end."""

    def __init__(self, path: Path, limits: Limits, *, clock: Callable[[], int] = time.time_ns) -> None:
        """``path`` is where they are kept, see ``place``; ``clock`` tells nanoseconds since 1970."""
        self._path = path
        self._limits = limits
        self._clock = clock
        self._known: dict[str, str] = {}
        self._used: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._known = _load(self._path, self._limits)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._used.items() <= self._known.items():
            return
        # Another run may have added some meanwhile. Those that were used last are kept longest.
        kept = {**_load(self._path, self._limits), **self._known}
        kept = {**{key: value for key, value in kept.items() if key not in self._used}, **self._used}
        entries = dict(list(kept.items())[-self._limits.cached_digests :])
        with suppress(OSError):
            # Without a cache all that is lost is time.
            _private.make(self._path.parent)
            # Not canonical, since the order says which were used last.
            atomic.write(self._path, json.dumps({"version": __version__, "digests": entries}).encode())

    def digest_of(self, path: Path) -> Digest:
        """SHA-256 of a file, which is read only where it is not known.

        Raises:
            TargetError: it cannot be read, or changes while it is.
        """
        (found,) = self.digests_of((path,))
        if isinstance(found, TargetError):
            raise found
        return found

    def digests_of(self, paths: Iterable[Path]) -> Iterator[Digest | TargetError]:
        """The same of many, in their order, on two threads: the failure of one is told in its place."""
        waiting: deque[Future[tuple[str, str]]] = deque()
        with ThreadPoolExecutor(_THREADS) as pool:
            for path in paths:
                waiting.append(pool.submit(self._look, path))
                while len(waiting) > _AHEAD:
                    yield self._joined(waiting.popleft())
            while waiting:
                yield self._joined(waiting.popleft())

    def _look(self, path: Path) -> tuple[str, str]:
        """The digest, and the name to keep it under; that is empty where it may change unseen."""
        name = path.name
        try:
            with opened(path, name) as file:
                before = os.fstat(file.fileno())
                known = self._known.get(_key(before))
                if known is not None:
                    return known, _key(before)
                begun = self._clock()
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                if _key(os.fstat(file.fileno())) != _key(before):
                    raise TargetError(f"{name}: it changed while it was read", hint="look at it again")
        except OSError as cause:
            raise TargetError(
                f"{name}: cannot be read: {cause.strerror}", hint="see whether its disk is well"
            ) from cause
        settled = _TELLING and before.st_ctime_ns < begun - _SETTLED
        return digest, _key(before) if settled else ""

    def _joined(self, found: Future[tuple[str, str]]) -> Digest | TargetError:
        try:
            digest, key = found.result()
        except TargetError as cause:
            return cause
        if key:
            self._used[key] = digest
        return Digest("sha256", digest)


def _key(status: os.stat_result) -> str:
    return f"{status.st_dev}-{status.st_ino}-{status.st_size}-{status.st_ctime_ns}"


def _load(path: Path, limits: Limits) -> dict[str, str]:
    """What an earlier run kept; nothing where others may have written it."""
    try:
        if not _private.is_private(path.parent) or path.is_symlink():
            return {}
        with opened(path, path.name) as file:
            data = file.read(limits.file_bytes + 1) if _private.is_own(os.fstat(file.fileno())) else b""
        value = canonical.parse_json(data, path.name, limits).value
    except (TargetError, OSError):
        return {}
    return _entries(value, limits) if len(data) <= limits.file_bytes else {}


def _entries(value: Json, limits: Limits) -> dict[str, str]:
    """All of them, or none where anything is not of the form."""
    if not isinstance(value, dict) or value.keys() != {"version", "digests"} or value["version"] != __version__:
        return {}
    told = value["digests"]
    if not isinstance(told, dict) or len(told) > limits.cached_digests:
        return {}
    known = {
        key: digest
        for key, digest in told.items()
        if _KEY.fullmatch(key) and isinstance(digest, str) and _SHA256.fullmatch(digest)
    }
    return known if len(known) == len(told) else {}
