"""Which versions were seen before, so that an older signed baseline cannot come back (rollback).

The file lies outside of what is scanned: in the user's state folder, one for each policy, checkout and branch, or where
``--state`` says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from driftseal import atomic, canonical
from driftseal.errors import ConfigError, FormatError, LimitExceeded
from driftseal.limits import KIB, Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
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
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    if platform == "win32":
        folder = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "driftseal" / "state"
    elif platform == "darwin":
        folder = home / "Library" / "Application Support" / "driftseal" / "state"
    else:
        folder = Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state") / "driftseal"
    parts = "\0".join((str(policy.digest), str(root.resolve()), _branch(root.resolve())))
    return folder / f"{hashlib.sha256(parts.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"


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
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except FileNotFoundError:
        return State()
    except OSError as cause:
        raise ConfigError(f"{path}: cannot be read: {cause.strerror}") from cause
    try:
        return _parse(canonical.parse_json(data, str(path), limits).value)
    except (FormatError, LimitExceeded, KeyError, TypeError, ValueError) as cause:
        raise ConfigError(
            f"{path}: a damaged state file: {cause}",
            hint="restore it; deleting it means that older baselines pass until they are seen anew",
        ) from cause


def _parse(value: Json) -> State:
    if not isinstance(value, dict) or value.get("schema") != _SCHEMA or not isinstance(value["targets"], dict):
        raise ValueError("not a state file")
    seen = {}
    for identity, entry in value["targets"].items():
        if not isinstance(entry, dict) or not isinstance(entry["version"], int):
            raise TypeError("expected version and statement")
        seen[identity] = Seen(entry["version"], Digest.parse(str(entry["statement"])))
    return State(seen)


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
        raise ConfigError(
            f"{path}: cannot be written: {cause.strerror}", hint="name another one with --state"
        ) from cause
