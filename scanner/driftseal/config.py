"""``driftseal.toml``: the user's own settings, and whose settings count (DESIGN §5.4)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from driftseal.errors import ConfigError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.finding import Suppression
from driftseal.model.report import Threshold
from driftseal.model.rule import Confidence, Severity
from driftseal.narrow import refuse_unknown, to_table
from driftseal.records import dataclass

FILE_NAME: Final = "driftseal.toml"
_KEYS: Final = frozenset({"fail-on", "min-confidence", "rules", "suppress", "limits", "trust", "baselines"})
_SUPPRESS_KEYS: Final = frozenset({"rule", "reason", "until", "target", "item", "fingerprint"})
_LIMIT_NAMES: Final = frozenset(limit.name for limit in dataclasses.fields(Limits))
_MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Config:
    """Settings in force."""

    threshold: Threshold = field(default_factory=Threshold)
    limits: Limits = DEFAULT_LIMITS
    suppressions: tuple[Suppression, ...] = ()
    """Expired ones too; ``in_force`` tells which still count."""
    rules: tuple[Path, ...] = ()
    trust: Path | None = None
    """Trust policy file."""
    baselines: Path | None = None
    """Folder of baselines."""
    loosened: tuple[str, ...] = ()
    """Each limit or threshold that is weaker than our default, in words."""
    path: Path | None = None
    """The file that says so."""


def in_force(suppressions: Iterable[Suppression], today: str) -> tuple[Suppression, ...]:
    """Those whose last day has not passed; ``today`` is ``YYYY-MM-DD``."""
    return tuple(entry for entry in suppressions if entry.until >= today)


def find(start: Path) -> Path | None:
    """The nearest ``driftseal.toml``, or ``pyproject.toml`` with ``[tool.driftseal]``, upwards from a folder.

    The search ends at the git root, so that a checkout never takes settings from around it, and outside
    a checkout at the folder itself.

    Raises:
        ConfigError: a found file belongs to another user.
    """
    folder = start.resolve()
    root = _git_root(folder)
    while True:
        for name in (FILE_NAME, "pyproject.toml"):
            path = folder / name
            if path.is_file() and (name == FILE_NAME or _has_our_table(path)):
                check_owner(path)
                return path
        if root is None or folder == root:
            return None
        folder = folder.parent


def tree(folder: Path) -> Path:
    """The checkout that a folder belongs to; the folder itself outside of one. All of it is the scanned one's."""
    folder = folder.resolve()
    return _git_root(folder) or folder


def _git_root(folder: Path) -> Path | None:
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return None


def _has_our_table(path: Path) -> bool:
    # Most pyproject files are not about us: a broken one that does not name us is none of our business.
    return b"[tool.driftseal" in _read(path)


def check_owner(path: Path) -> None:
    """Refuse what was found, not named, and belongs to neither the user nor root.

    Raises:
        ConfigError: it does.
    """
    if not hasattr(os, "getuid"):
        return
    owner = path.stat().st_uid
    if owner not in {os.getuid(), 0}:
        raise ConfigError(
            f"{path}: belongs to another user, so its settings are not used",
            hint="name a file of your own with --config or --trust, or run with --isolated",
        )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as cause:
        raise ConfigError(
            f"{path}: cannot be read: {cause.strerror}", hint="make it readable, or name another with --config"
        ) from cause
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{path}: larger than {_MOST_BYTES} bytes")
    return data


def load(path: Path) -> Config:
    """Read one configuration file.

    Raises:
        ConfigError: unreadable, not TOML, or a key or value that does not exist; names it and offers the nearest.
    """
    try:
        document = tomllib.loads(_read(path).decode("utf-8"))
    except (ValueError, RecursionError) as cause:
        # Besides what TOML forbids: text that is no UTF-8, a number of too many digits, and nesting without end.
        raise ConfigError(f"{path}: not valid TOML: {cause}", hint="mend the syntax there") from cause
    try:
        given: Mapping[str, Any] = document
        if path.name == "pyproject.toml":
            given = to_table(to_table(document.get("tool", {}), "tool").get("driftseal", {}), "tool.driftseal")
        refuse_unknown(given, _KEYS, f"{path}")
        return _parse(given, path)
    except (TypeError, ValueError) as cause:
        raise ConfigError(f"{path}: {cause}") from cause


def _parse(given: Mapping[str, Any], path: Path) -> Config:
    default = Threshold()
    severity = Severity.parse(given.get("fail-on", str(default.severity)))
    confidence = Confidence.parse(given.get("min-confidence", str(default.confidence)))
    loosened = []
    if severity > default.severity:
        loosened.append(f"fail-on is {severity} instead of {default.severity}")
    if confidence > default.confidence:
        loosened.append(f"min-confidence is {confidence} instead of {default.confidence}")
    limits = _limits(given.get("limits", {}), path)
    loosened.extend(
        f"limits.{limit.name} is {getattr(limits, limit.name)} instead of {getattr(DEFAULT_LIMITS, limit.name)}"
        for limit in dataclasses.fields(Limits)
        if getattr(limits, limit.name) > getattr(DEFAULT_LIMITS, limit.name)
    )
    return Config(
        threshold=Threshold(severity, confidence),
        limits=limits,
        suppressions=tuple(_suppression(entry, path) for entry in given.get("suppress", [])),
        rules=tuple(path.parent / folder for folder in given.get("rules", [])),
        trust=_beside(path, given.get("trust")),
        baselines=_beside(path, given.get("baselines")),
        loosened=tuple(f"{text} ({path.name})" for text in loosened),
        path=path,
    )


def _beside(path: Path, name: object) -> Path | None:
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is no path")
    return path.parent / name


def _limits(given: object, path: Path) -> Limits:
    if not isinstance(given, dict):
        raise TypeError("limits is a table")
    refuse_unknown(given, _LIMIT_NAMES, f"{path}: limits")
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise ValueError(f"limits.{name} must be a number above 0")
        if isinstance(getattr(DEFAULT_LIMITS, name), int) and not isinstance(value, int):
            raise ValueError(f"limits.{name} must be a whole number")
    return dataclasses.replace(DEFAULT_LIMITS, **given)


def _suppression(given: object, path: Path) -> Suppression:
    if not isinstance(given, dict):
        raise TypeError("each suppress is a table")
    refuse_unknown(given, _SUPPRESS_KEYS, f"{path}: suppress")
    for key in ("rule", "reason", "until"):
        if not given.get(key):
            raise ValueError(f"a suppression needs {key!r}: what, why and until when")
    until = given["until"]
    day = until if isinstance(until, dt.date) else dt.date.fromisoformat(str(until))
    return Suppression(
        rule=str(given["rule"]),
        reason=str(given["reason"]).strip(),
        until=day.isoformat()[:10],
        target=str(given.get("target", "*")),
        item=str(given.get("item", "*")),
        fingerprint=str(given.get("fingerprint", "")),
        source=path.name,
    )
