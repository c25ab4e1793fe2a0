"""Which versions were seen before, so that an older signed baseline cannot come back (rollback).

The file lies outside of what is scanned: in the user's state folder, one for each policy, checkout and branch, or where
``--state`` says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from driftseal import atomic, canonical
from driftseal.errors import ConfigError, FormatError, LimitExceeded
from driftseal.limits import KIB, Limits
from driftseal.model.digest import Digest
from driftseal.model.trust import Approved, TrustPolicy

_SCHEMA: Final = "driftseal-state/1"
_HEAD_BYTES: Final = 4 * KIB


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest version of one target that was verified here."""

    version: int
    statement: Digest


def _nothing() -> Mapping[str, Seen]:
    return {}


@dataclass(frozen=True, slots=True)
class State:
    """Target identity → what was seen of it."""

    seen: Mapping[str, Seen] = field(default_factory=_nothing)

    def remembering(self, approved: Approved) -> State:
        """The state after a baseline was verified; never goes back."""
        known = self.seen.get(approved.target)
        if known is not None and known.version >= approved.version:
            return self
        return replace(self, seen={**self.seen, approved.target: Seen(approved.version, approved.statement)})


def default_path(environment: Mapping[str, str], platform: str, *, policy: TrustPolicy, root: Path) -> Path:
    """The state file of this policy, checkout and branch in the user's state folder."""
    home = _absolute(environment, "HOME") or _absolute(environment, "USERPROFILE") or Path.home()
    if platform == "win32":
        folder = (_absolute(environment, "LOCALAPPDATA") or home / "AppData" / "Local") / "driftseal" / "state"
    elif platform == "darwin":
        folder = home / "Library" / "Application Support" / "driftseal" / "state"
    else:
        folder = (_absolute(environment, "XDG_STATE_HOME") or home / ".local" / "state") / "driftseal"
    parts = "\0".join((str(policy.digest), str(root.resolve()), _branch(root.resolve())))
    return folder / f"{hashlib.sha256(parts.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"


def _absolute(environment: Mapping[str, str], name: str) -> Path | None:
    """A folder that a variable names. A relative one would lie in whatever is scanned, so it counts for nothing."""
    path = Path(environment.get(name, ""))
    return path if path.is_absolute() else None


def _branch(root: Path) -> str:
    """What ``HEAD`` of the checkout names, without running git; empty outside of one."""
    for folder in (root, *root.parents):
        git = folder / ".git"
        if git.is_file():
            # A worktree: a file that names the folder.
            pointer = _head(git)
            git = folder / pointer.removeprefix("gitdir:").strip() if pointer.startswith("gitdir:") else git
        if git.is_dir():
            return _head(git / "HEAD")
    return ""


def _head(path: Path) -> str:
    try:
        # Whoever ships the folder may have put a pipe there, which would keep us waiting.
        if not path.is_file():
            return ""
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES).decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return ""


def load(path: Path, limits: Limits) -> State:
    """Read a state file; an empty state where there is none yet.

    Raises:
        ConfigError: it is damaged. It is not ignored then, since that would let versions go back.
    """
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path}: is no file", hint="name another one with --state")
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except FileNotFoundError:
        return State()
    except OSError as cause:
        raise ConfigError(f"{path}: cannot be read: {cause.strerror}") from cause
    try:
        return _parse(canonical.parse_json(data, str(path), limits))
    except (FormatError, LimitExceeded, KeyError, TypeError, ValueError) as cause:
        raise ConfigError(
            f"{path}: a damaged state file: {cause}",
            hint="restore it; deleting it means that older baselines pass until they are seen anew",
        ) from cause


def _parse(parsed: canonical.Parsed) -> State:
    if parsed.duplicate_keys:
        raise ValueError(f"it names {parsed.duplicate_keys[0]!r} twice")
    value = parsed.value
    if not isinstance(value, dict) or value.get("schema") != _SCHEMA or not isinstance(value["targets"], dict):
        raise ValueError("not a state file")
    seen = {}
    for identity, entry in value["targets"].items():
        version = entry["version"] if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise TypeError("expected version and statement")
        seen[identity] = Seen(version, Digest.parse(str(entry["statement"])))
    return State(seen)


def remember(path: Path, approved: Sequence[Approved], limits: Limits) -> None:
    """Add what was verified to a state file, while others may do the same: what they add is kept.

    Raises:
        ConfigError: it is damaged, or cannot be written.
    """
    try:
        with atomic.alone(path.parent, limits.lock_seconds):
            known = state = load(path, limits)
            for one in approved:
                state = state.remembering(one)
            if state is not known:
                save(path, state)
    except OSError as cause:
        raise _unwritable(path, cause) from cause


def save(path: Path, state: State) -> None:
    """Write a state file as a whole.

    Raises:
        ConfigError: it cannot be written; then rollback protection would silently end.
    """
    targets = {
        identity: {"version": seen.version, "statement": str(seen.statement)} for identity, seen in state.seen.items()
    }
    text = json.dumps({"schema": _SCHEMA, "targets": targets}, indent=1, sort_keys=True) + "\n"
    try:
        atomic.write(path, text.encode("utf-8"))
    except OSError as cause:
        raise _unwritable(path, cause) from cause


def _unwritable(path: Path, cause: OSError) -> ConfigError:
    return ConfigError(f"{path}: cannot be written: {cause.strerror}", hint="name another one with --state")
