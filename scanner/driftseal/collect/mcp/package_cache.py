"""Packages of servers, installed into the user's cache before one is started.

Installing runs no code of a package: npm without life-cycle scripts, pip from wheels alone. Installers run in
the user's own environment, secrets and all, so none may meet what was installed before: a wheel may hold a ``.pth``
file, which Python runs whenever it starts, or replace the interpreter that pip would call. Each installation
is therefore a new folder, and comes in force, in one step, only when it is complete:

``<registry>/<package>-<digest>/current`` names the folder beside it that holds the latest installation.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from driftseal import atomic
from driftseal.collect.base import Context
from driftseal.errors import TargetError
from driftseal.limits import Limits

_CURRENT: Final = "current"
_INSTALLED: Final = re.compile(r"installed-[0-9a-f]{16}")
_TAIL: Final = 2048
"""Bytes of an installer's last words that are read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package of a registry, the program of it, and that program's arguments."""

    registry: str
    """``npm`` or ``pypi``."""
    name: str
    version: str
    """Exact version; empty when it is not pinned to one."""
    requirement: str
    """As the registry's installer takes it."""
    program: str
    """Empty: the package's own."""
    args: tuple[str, ...]


def cache_folder(environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """Where installed packages are kept; safe to delete."""
    if platform == "win32":
        root = _absolute(environment, "LOCALAPPDATA") or home / "AppData" / "Local"
    elif platform == "darwin":
        root = home / "Library" / "Caches"
    else:
        root = _absolute(environment, "XDG_CACHE_HOME") or home / ".cache"
    return root / "driftseal" / "packages"


def _absolute(environment: Mapping[str, str], name: str) -> Path | None:
    """A folder that a variable names. A relative one would lie in whatever is scanned, so it counts for nothing."""
    path = Path(environment.get(name, ""))
    return path if path.is_absolute() else None


def installed(package: Wanted, context: Context) -> Path:
    """The folder that holds the installed package.

    A pinned version is installed once. An unpinned one is asked for anew, though not more often than
    every ``limits.install_seconds``; where the registry cannot be reached, the last installed one serves.

    Raises:
        TargetError: it cannot be installed and never was, or others can write where it would be kept.
    """
    digest = hashlib.sha256(f"{package.registry} {package.requirement}".encode()).hexdigest()[:32]
    readable = re.sub(r"[^a-z0-9.]+", "-", package.requirement.lower()).strip("-.")[:60]
    folder = _private(context, package.registry, f"{readable}-{digest}")
    if found := _usable(package, folder, context.limits):
        return found
    try:
        with atomic.alone(folder, context.limits.install_seconds):
            return _usable(package, folder, context.limits) or _renewed(package, folder, context)
    except OSError as cause:
        raise TargetError(f"{package.name}: cannot be kept in {folder}: {cause.strerror}") from cause


def _private(context: Context, *names: str) -> Path:
    """A folder below the cache that nobody but the user can write to: what lies there is started."""
    folder = cache_folder(context.environment, context.home, context.platform)
    try:
        atomic.make_folder(folder.parent.parent)
        for place in (folder.parent, folder, *(folder.joinpath(*names[: count + 1]) for count in range(len(names)))):
            place.mkdir(mode=0o700, exist_ok=True)
            _refuse_shared(place)
    except OSError as cause:
        raise TargetError(f"{folder}: cannot be used: {cause.strerror}", hint="see who owns it") from cause
    return folder.joinpath(*names)


def _refuse_shared(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise TargetError(f"{folder}: is a link, which packages are not started through", hint="remove it")
    if not hasattr(os, "getuid"):
        return
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise TargetError(
            f"{folder}: others can write there, so nothing of it is started",
            hint="remove it; it is made anew for you alone",
        )


def _usable(package: Wanted, folder: Path, limits: Limits) -> Path | None:
    """The installation in force, while it need not be renewed."""
    found = _in_force(folder)
    if found is None or package.version:
        return found
    age = time.time() - (folder / _CURRENT).stat().st_mtime
    return found if 0 <= age < limits.install_seconds else None


def _in_force(folder: Path) -> Path | None:
    try:
        name = (folder / _CURRENT).read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    place = folder / name
    return place if _INSTALLED.fullmatch(name) and place.is_dir() and not place.is_symlink() else None


def _renewed(package: Wanted, folder: Path, context: Context) -> Path:
    before = _in_force(folder)
    # Whoever started the one in force may still run it. What is older, or was left by somebody killed, goes.
    for entry in list(folder.iterdir()):
        if _INSTALLED.fullmatch(entry.name) and entry != before:
            _remove(entry)
    place = folder / f"installed-{secrets.token_hex(8)}"
    try:
        place.mkdir(mode=0o700)
        for command in _installer(package, place):
            _run(command, folder, context)
    except BaseException as cause:
        _remove(place)
        if before is None or not isinstance(cause, TargetError):
            raise
        if context.notice is not None:
            context.notice(f"{package.requirement}: the one installed before is used, since {cause}")
        return before
    atomic.write(folder / _CURRENT, place.name.encode("ascii"))
    return place


def _remove(folder: Path) -> None:
    # What cannot be removed now lies there unused, and is tried again next time.
    with suppress(OSError, RecursionError):
        shutil.rmtree(folder)


def _installer(package: Wanted, place: Path) -> Iterator[list[str]]:
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None or not Path(npm).is_absolute():
            # A relative one would be a program of whatever is scanned.
            raise TargetError(f"{package.name}: npm is needed to install it", hint="install Node.js")
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        yield [npm, "install", "--ignore-scripts", *quiet, "--prefix", str(place), "--", package.requirement]
        return
    # Isolated (-I): else Python would look for venv and pip in the folder that we stand in.
    ours = [sys.executable, "-I", "-m"]
    # An environment of its own: the server must not meet our packages, nor we its.
    yield [*ours, "venv", "--without-pip", str(place)]
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [*ours, "pip", "--python", str(python), "install", "--disable-pip-version-check", "--quiet"]
    yield [*pip, "--only-binary=:all:", "--", package.requirement]


def _run(command: list[str], folder: Path, context: Context) -> None:
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(  # noqa: S603  # a list of arguments, names checked, consent given
                command,
                # Not in what is scanned: installers take a file there for a package, and its settings for the user's.
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                timeout=context.limits.install_seconds,
                # The user's own environment: registries and proxies are set there, and no code of the package runs.
                env=dict(context.environment),
                check=False,
            )
        except subprocess.TimeoutExpired as cause:
            raise TargetError(f"{command[-1]}: not installed within {context.limits.install_seconds:g} s") from cause
        if done.returncode:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
            lines = [line.strip() for line in errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
            # Installers tell much; the last line that speaks of an error says what is wrong.
            told = next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "")
            raise TargetError(f"{command[-1]}: cannot be installed: {told[:300]}")
