"""Where programs keep things on each platform: patterns of the table become places, told without their owner."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from driftseal.collect.base import Context
from driftseal.records import dataclass

_FIELD: Final = re.compile(r"\{([A-Za-z_]+)(?:\|([^{}]*))?\}")
_DRIVE: Final = re.compile(r"[A-Za-z]:/")
_OWN: Final = 2
"""Folders at the beginning of a system path that links may not lead out of: ``/usr/share``, ``/opt/homebrew``."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A file or a folder."""

    path: Path
    base: Path
    """No link leads out of this."""
    told: str
    """What evidence says: from the home, a variable or a folder of the system; never who owns it."""

    def child(self, *names: str) -> Spot:
        """Something in this folder."""
        return Spot(self.path.joinpath(*names), self.base, "/".join((self.told, *names)))


def resolve(pattern: str, context: Context, system: Path) -> tuple[Spot, tuple[str, ...]] | None:
    """The folder that a pattern begins with, and the names below it; nothing where its variable is not set.

    ``system`` is where the folders of the system begin.
    """
    head, *rest = _split(pattern)
    home = context.home
    if head == "~":
        return Spot(home, home, "~"), tuple(rest)
    field = _FIELD.fullmatch(head)
    if field is None:
        return _of_system(pattern, system)
    variable, default = _meaning(field[1], field[2] or "", context)
    on_windows = context.platform == "win32"
    # Windows tells variables of any case, and Python all of them in upper case.
    value = context.environment.get(variable.upper() if on_windows else variable, "") if variable else ""
    if not value:
        return resolve("/".join((default, *rest)), context, system) if default else None
    path = Path(value.replace("\\", "/") if on_windows else value)
    if not path.is_absolute():
        # The folder that we stand in may be anybody's; a relative path is one of the home.
        path = home / path
    if path.is_relative_to(home):
        return Spot(home, home, "~"), (*path.relative_to(home).parts, *rest)
    return Spot(path, path, f"${variable}"), tuple(rest)


def _split(pattern: str) -> list[str]:
    """Names of a path; a field at its beginning is one, whatever is in it."""
    field = _FIELD.match(pattern)
    if field is None:
        return pattern.split("/")
    return [field[0], *pattern[field.end() :].strip("/").split("/")] if field.end() < len(pattern) else [field[0]]


def _of_system(pattern: str, system: Path) -> tuple[Spot, tuple[str, ...]] | None:
    drive = _DRIVE.match(pattern)
    if drive is None and not pattern.startswith("/"):
        return None
    names = [name for name in pattern[drive.end() if drive else 0 :].split("/") if name]
    fixed = next((at for at, name in enumerate(names) if "*" in name), len(names))
    own = min(fixed, _OWN)
    # On Windows the drive counts, unless the folders of the system were put elsewhere.
    root = Path(drive[0]) if drive and system == Path("/") else system
    base = root.joinpath(*names[:own])
    return Spot(base, base, "/".join(("...", *names[:own]))), tuple(names[own:])


def _meaning(name: str, default: str, context: Context) -> tuple[str, str]:
    """The variable behind a field, and the pattern for when it is not set."""
    platform = context.platform
    if name == "cache":
        return "XDG_CACHE_HOME", "~/.cache"
    if name == "data":
        return ("XDG_DATA_HOME", "~/.local/share") if platform != "darwin" else ("", "~/.local/share")
    if name in {"config", "appdata", "local"}:
        if platform == "win32" and name != "config":
            return ("APPDATA", "~/AppData/Roaming") if name == "appdata" else ("LOCALAPPDATA", "~/AppData/Local")
        if platform == "darwin" and name != "config":
            return "", "~/Library/Application Support"
        return "XDG_CONFIG_HOME", "~/.config"
    return name, default
