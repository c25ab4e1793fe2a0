"""Where configurations lie on each platform, how a path is told to people, and how a file is read without harm."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from driftseal.collect.base import Context
from driftseal.collect.clients.table import Place
from driftseal.errors import LimitExceeded, TargetError
from driftseal.limits import Limits
from driftseal.regexes import regex

_FIELD: Final = regex(r"\{([A-Za-z_]+)(?:\|((?:[^{}]|\{[a-z]+\})*))?\}")
_DEEPEST_STARS: Final = 4
"""Folders that ``**`` stands for."""


def machine(place: Place, context: Context) -> Iterator[Path]:
    """The files of a place that exist for this user; links are followed, since the home is the user's own."""
    if place.on and context.platform not in place.on:
        return
    pattern = _expand(place.pattern, context).replace("\\", "/")
    if pattern.startswith("~/"):
        pattern = f"{context.home.as_posix()}/{pattern[2:]}"
    fixed, star, rest = _split(pattern)
    if not star:
        path = Path(pattern)
        if _exists(path):
            yield path
        return
    yield from _glob(Path(fixed), rest.split("/"))


def _split(pattern: str) -> tuple[str, bool, str]:
    parts = pattern.split("/")
    for index, part in enumerate(parts):
        if "*" in part:
            return "/".join(parts[:index]) or "/", True, "/".join(parts[index:])
    return pattern, False, ""


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        # It may be there; reading it tells why it cannot be read.
        return True
    return True


def _glob(folder: Path, parts: list[str], stars: int = _DEEPEST_STARS) -> Iterator[Path]:
    head, rest = parts[0], parts[1:]
    if head == "**":
        yield from _glob(folder, rest)
        for entry in _entries(folder) if stars else []:
            if entry.is_dir(follow_symlinks=False) and entry.name not in {".git", "node_modules"}:
                yield from _glob(folder / entry.name, parts, stars - 1)
    elif "*" in head:
        for entry in _entries(folder):
            if fnmatchcase(entry.name, head):
                yield from _glob(folder / entry.name, rest) if rest else iter((folder / entry.name,))
    elif rest:
        yield from _glob(folder / head, rest)
    elif _exists(folder / head):
        yield folder / head


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _expand(pattern: str, context: Context) -> str:
    return _FIELD.sub(lambda found: _field(found[1], found[2], context), pattern)


def _field(name: str, default: str | None, context: Context) -> str:
    environment, home, platform = context.environment, context.home.as_posix(), context.platform
    dot_config = (environment.get("XDG_CONFIG_HOME") if platform == "linux" else None) or f"{home}/.config"
    if name in {"appdata", "local"} and platform == "darwin":
        return f"{home}/Library/Application Support"
    if name == "appdata" and platform == "win32":
        return environment.get("APPDATA") or f"{home}/AppData/Roaming"
    if name == "local" and platform == "win32":
        return environment.get("LOCALAPPDATA") or f"{home}/AppData/Local"
    if name in {"config", "appdata", "local"}:
        return dot_config
    return environment.get(name) or _expand(default or "", context)


# --- telling ---------------------------------------------------------------------------------


def absolute(path: Path, context: Context) -> Path:
    """The path with ``~`` and relative parts filled in from the context; links stay."""
    text = path.as_posix()
    if text == "~" or text.startswith("~/"):
        path = context.home / text[2:]
    return Path(os.path.normpath(context.root / path))


def shown(path: Path, context: Context) -> str:
    """What a person types for it: relative to the working directory, else from the home, else in full."""
    for base, before in ((context.root, ""), (context.home, "~/")):
        try:
            return before + path.relative_to(base).as_posix()
        except ValueError:
            continue
    return path.as_posix()


def lasting(path: Path, context: Context) -> str:
    """The path as an identity holds it, from the home where it lies there, whatever the working directory is."""
    try:
        return f"~/{path.relative_to(context.home).as_posix()}"
    except ValueError:
        return path.as_posix()


def is_file(path: Path) -> bool:
    """Whether a file lies there; text that can be no path names none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder lies there; text that can be no path names none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


# --- reading ---------------------------------------------------------------------------------


def read(path: Path, name: str, limits: Limits) -> bytes:
    """The bytes of a regular file; a pipe or a device is never waited for.

    Raises:
        TargetError: it cannot be read, or is no regular file; the message begins with ``name``.
        LimitExceeded: larger than ``limits.file_bytes``.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else "no such path"
        raise TargetError(f"{name}: cannot be read: {reason}", hint="make it readable, or remove it") from cause
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise TargetError(f"{name}: not a regular file", hint="put a plain file there, or remove it")
        # Asking for more than the file holds sets that much memory aside, half a millisecond for each file.
        most = limits.file_bytes + 1
        with os.fdopen(os.dup(handle), "rb") as stream:
            data = stream.read(min(about.st_size + 1, most))
            if len(data) > about.st_size:
                data += stream.read(most - len(data))
    except OSError as cause:
        raise TargetError(f"{name}: cannot be read: {cause.strerror}", hint="make it readable") from cause
    finally:
        os.close(handle)
    if len(data) > limits.file_bytes:
        raise LimitExceeded(
            f"{name}: larger than {limits.file_bytes} bytes",
            hint="raise limits.file_bytes if this file is meant to be that large",
        )
    return data
