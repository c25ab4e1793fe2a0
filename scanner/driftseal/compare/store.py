"""Where baselines lie: one folder a target, read within bounds, replaced whole or not at all.

``<slug>/`` holds ``snapshot.json``, ``statement.json`` and one ``*.sigstore.json`` for each signature;
``<slug>/pending/`` holds the same for a baseline that still waits for signatures. Every write builds a complete new
folder beside the old one (``.new-<slug>``), puts the old one aside (``.old-<slug>``) and renames the new one into its
place. Whoever is killed on the way leaves the old folder, or the new one, or the old one put aside, which readers
then take. Who looks, decides and then writes does all three while ``alone``, so that two of them lose nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from driftseal import atomic
from driftseal.compare import _folder
from driftseal.compare._folder import Folder
from driftseal.errors import LimitExceeded, TrustError
from driftseal.limits import Limits
from driftseal.model.trust import SignedBaseline

_SNAPSHOT: Final = "snapshot.json"
_STATEMENT: Final = "statement.json"
_BUNDLE: Final = ".sigstore.json"
_PENDING: Final = "pending"
_NEW: Final = ".new-"
_OLD: Final = ".old-"
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}-[0-9a-f]{16}")
_BUNDLE_NAME: Final = re.compile(r"[A-Za-z0-9@+._-]{1,100}\.sigstore\.json")
_READABLE: Final = 60
_LOOKS: Final = 5
"""So often a baseline is looked at again that was replaced while it was read."""


def slug(identity: str) -> str:
    """The folder's name for a target's identity: readable, the same on every file system, never shared by two.

    Lower-case ASCII, digits and ``._-``, then 16 hexadecimal digits of the identity's SHA-256.
    """
    readable = re.sub(r"[^a-z0-9._]+", "-", identity.lower()).strip("-._")[:_READABLE].rstrip("-._")
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable or 'target'}-{digest}"


@dataclass(frozen=True, slots=True)
class _Files:
    """One baseline as it lies on disk."""

    snapshot: bytes
    payload: bytes
    bundles: Mapping[str, bytes]

    def named(self) -> Iterator[tuple[str, bytes]]:
        yield _SNAPSHOT, self.snapshot
        yield _STATEMENT, self.payload
        yield from sorted(self.bundles.items())


class Store:
    """The baselines below one folder. Nothing in them is believed before their signatures are checked."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @staticmethod
    def slug(identity: str) -> str:
        """See ``slug``."""
        return slug(identity)

    def list(self) -> tuple[str, ...]:
        """Slugs of every baseline in force, sorted; damaged ones too, so that ``load`` can say what is wrong.

        Raises:
            TrustError: the folder is a link or no folder.
            LimitExceeded: it holds more than ``Limits.baselines``.
        """
        return tuple(name for name in self._slugs() if self._is_in_force(name))

    def list_pending(self) -> tuple[str, ...]:
        """Slugs of every baseline that waits for signatures, sorted."""
        return tuple(
            name
            for name in self._slugs()
            if any(os.path.lexists(self.root / folder / _PENDING) for folder in (name, _OLD + name))
        )

    def load(self, name: str, limits: Limits) -> SignedBaseline | None:
        """The baseline in force; ``None`` where there is none.

        Raises:
            TrustError: the folder holds a link, a device or a file that does not belong there, or lacks one that does.
            LimitExceeded: a file is larger than ``limits.file_bytes``, all of them are larger than
                ``limits.baseline_bytes``, or there are more than ``limits.bundles``.
        """
        return _signed(name, self._read(name, "", limits))

    def load_pending(self, name: str, limits: Limits) -> SignedBaseline | None:
        """The baseline that waits for signatures; ``None`` where there is none. Raises as ``load``."""
        return _signed(name, self._read(name, _PENDING, limits))

    @contextmanager
    def alone(self, limits: Limits) -> Iterator[None]:
        """Keep other writers out while the block runs. Readers need not wait: they find the old or the new one.

        Raises:
            TrustError: others kept it for too long, or the folder cannot be written.
        """
        self._check_root()
        with ExitStack() as held:
            try:
                held.enter_context(atomic.alone(self.root, limits.lock_seconds))
            except OSError as cause:
                raise TrustError(
                    f"{self.root}: cannot be written: {cause.strerror}", hint="wait for the other run, then try again"
                ) from cause
            yield

    def write_current(self, name: str, *, snapshot: bytes, payload: bytes, bundles: Mapping[str, bytes]) -> None:
        """Put a baseline in force, in one step. What waits for signatures stays as it is."""
        self._replace(name, _Files(snapshot, payload, bundles), self._read(name, _PENDING, _ALL))

    def write_pending(self, name: str, *, snapshot: bytes, payload: bytes, bundles: Mapping[str, bytes]) -> None:
        """Store a baseline that waits for signatures, in one step. The one in force stays as it is."""
        self._replace(name, self._read(name, "", _ALL), _Files(snapshot, payload, bundles))

    def promote(self, name: str) -> None:
        """Put what waits in force, in one step.

        Raises:
            TrustError: nothing waits there.
        """
        waiting = self._read(name, _PENDING, _ALL)
        if waiting is None:
            raise TrustError(f"{name}: nothing is pending", hint="see: driftseal baseline list")
        self._replace(name, waiting, None)

    # --- reading -------------------------------------------------------------------------------

    def _slugs(self) -> tuple[str, ...]:
        self._check_root()
        try:
            with os.scandir(self.root) as entries:
                found = [entry.name for entry in islice(entries, _ALL.baselines + 1)]
        except FileNotFoundError:
            return ()
        except OSError as cause:
            raise TrustError(f"{self.root}: cannot be listed: {cause.strerror}") from cause
        if len(found) > _ALL.baselines:
            raise LimitExceeded(
                f"{self.root}: holds more than {_ALL.baselines} entries", hint="remove what is no baseline"
            )
        return tuple(sorted({name for entry in found if _SLUG.fullmatch(name := entry.removeprefix(_OLD))}))

    def _check_root(self) -> None:
        if self.root.is_symlink():
            raise TrustError(f"{self.root}: is a link", hint="name the folder itself with --baselines")

    def _is_in_force(self, name: str) -> bool:
        """Whether there is more of it than what is pending. What cannot be looked into is no absence."""
        for folder in (self.root / name, self.root / (_OLD + name)):
            if folder.is_symlink():
                return True
            try:
                with os.scandir(folder) as entries:
                    return any(entry.name != _PENDING for entry in entries)
            except FileNotFoundError:
                continue
            except OSError:
                return True
        return False

    def _folders(self, name: str) -> Iterator[Path]:
        """Where to look, in turn. The first is asked again last: a writer may have finished meanwhile."""
        for folder in (name, _OLD + name, name):
            yield self.root / folder

    def _read(self, name: str, below: str, limits: Limits) -> _Files | None:
        _check_slug(name)
        self._check_root()
        for _ in range(_LOOKS):
            before = self._stamp(name)
            try:
                files = self._look(name, below, limits)
            except TrustError:
                # Files vanish under a reader's hands while a writer replaces their folder; nothing else is excused.
                if self._stamp(name) == before:
                    raise
                continue
            if files is not None or self._stamp(name) == before:
                return files
        return self._look(name, below, limits)

    def _stamp(self, name: str) -> tuple[int, int] | None:
        """Tells one folder from the one that takes its place."""
        try:
            status = (self.root / name).lstat()
        except OSError:
            return None
        return status.st_ino, status.st_ctime_ns

    def _look(self, name: str, below: str, limits: Limits) -> _Files | None:
        for folder in self._folders(name):
            with Folder.opened(folder) as opened:
                if opened is None:
                    continue
                if not below:
                    return _files(opened, limits)
                with Folder.opened(folder / below, opened) as inner:
                    return _files(inner, limits) if inner else None
        return None

    # --- writing -------------------------------------------------------------------------------

    def _replace(self, name: str, current: _Files | None, pending: _Files | None) -> None:
        _check_slug(name)
        new, old, place = self.root / (_NEW + name), self.root / (_OLD + name), self.root / name
        try:
            atomic.make_folder(self.root)
            _folder.remove(new)
            if not place.exists() and old.exists():
                # An earlier writer was killed between its two renames.
                old.rename(place)
            _build(new, current)
            if pending is not None:
                _build(new / _PENDING, pending)
            atomic.sync(new)
            _folder.remove(old)
            if place.exists():
                place.rename(old)
            new.rename(place)
            atomic.sync(self.root)
            _folder.remove(old)
        except OSError as cause:
            raise TrustError(
                f"{self.root / name}: cannot be written: {cause.strerror}",
                hint="see who owns the folder, and that the disk is not full",
            ) from cause


_ALL: Final = Limits()
"""What we wrote ourselves is read back under the bounds that others read it under."""


def _files(folder: Folder, limits: Limits) -> _Files | None:
    """What lies in one folder; ``None`` for one that holds nothing but what is pending."""
    names = [name for name in folder.names(limits.bundles + len((_SNAPSHOT, _STATEMENT, _PENDING))) if name != _PENDING]
    if not names:
        return None
    for name in names:
        if name not in {_SNAPSHOT, _STATEMENT} and not _BUNDLE_NAME.fullmatch(name):
            raise TrustError(f"{folder.path / name}: does not belong to a baseline", hint="remove it")
    read = {_SNAPSHOT: b"", _STATEMENT: b""}
    left = limits.baseline_bytes
    for name in dict.fromkeys((*read, *names)):
        read[name] = folder.read(name, limits)
        left -= len(read[name])
        if left < 0:
            raise LimitExceeded(f"{folder.path}: larger than {limits.baseline_bytes} bytes")
    snapshot, payload = read.pop(_SNAPSHOT), read.pop(_STATEMENT)
    return _Files(snapshot, payload, read)


def _build(folder: Path, files: _Files | None) -> None:
    folder.mkdir()
    if files is None:
        return
    for name, data in files.named():
        if name not in {_SNAPSHOT, _STATEMENT} and not _BUNDLE_NAME.fullmatch(name):
            raise TrustError(f"{name[:100]!r}: no name of a bundle", hint="names end in .sigstore.json")
        _folder.write(folder / name, data)
    atomic.sync(folder)


def _signed(name: str, files: _Files | None) -> SignedBaseline | None:
    return SignedBaseline(name, files.payload, files.bundles, files.snapshot) if files else None


def _check_slug(name: str) -> None:
    if not _SLUG.fullmatch(name):
        raise TrustError(f"{name[:100]!r}: no name of a baseline", hint="see: driftseal baseline list")
