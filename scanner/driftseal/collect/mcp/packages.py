"""Servers that a package runner would fetch and start in one go are installed first, then started (DESIGN §5.4).

Installing runs no code of the package: npm without life-cycle scripts, pip from wheels alone. What is then
started is the program that the runner would have started, without the runner, so that a temporary
home does not mean a new download each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from driftseal.collect.base import Context
from driftseal.collect.mcp.spec import StdioSpec
from driftseal.errors import TargetError

_NPM_NAME: Final = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")
_PYPI_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9,._ -]*\])?")
_EXACT: Final = re.compile(r"\d+(?:\.\d+)*[0-9A-Za-z.+_-]*")
_NPX: Final = (("npx",), ("bunx",), ("pnpx",), ("npm", "exec"), ("pnpm", "dlx"), ("yarn", "dlx"), ("bun", "x"))
_UVX: Final = (("uvx",), ("uv", "tool", "run"), ("uv", "x"), ("pipx", "run"))
_VALUED: Final = frozenset(
    {"--python", "-p", "--index", "--index-url", "--extra-index-url", "--with", "--registry", "--cache"}
)
"""Options of a runner that take a value of their own."""
_COMPLETE: Final = ".driftseal-complete"
_PAUSE: Final = 0.05
"""Seconds between two looks at a lock."""
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


def wanted(command: str, args: Sequence[str]) -> Wanted | None:
    """What a runner's command line would fetch and start; ``None`` when it is no such command line.

    Packages from git, a URL or a folder are none: they have no registry to install from.
    """
    words = [_stem(command), *args]
    if words[0] == "cmd" and len(words) > 1 and words[1].lower() == "/c":
        words = [_stem(words[2]) if len(words) > 2 else "", *words[3:]]  # noqa: PLR2004  # cmd /c PROGRAM
    for forms, read in ((_NPX, _read_npx), (_UVX, _read_uvx)):
        for form in forms:
            if tuple(words[: len(form)]) == form:
                return read(words[len(form) :])
    return None


def _stem(command: str) -> str:
    name = command.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return re.sub(r"\.(?:cmd|exe|ps1|bat)$", "", name)


def _options(words: Sequence[str], package_flags: frozenset[str]) -> tuple[str, list[str]] | None:
    """The package that an option names, and the words from the first positional one on."""
    package = ""
    rest = list(words)
    while rest:
        word = rest[0]
        name, equals, value = word.partition("=")
        if word == "--":
            return package, rest[1:]
        if not word.startswith("-"):
            return package, rest
        if name in {"-c", "--call"}:
            return None
        if name in package_flags:
            package = value if equals else (rest[1] if len(rest) > 1 else "")
            rest = rest[1 if equals else 2 :]
        else:
            rest = rest[2 if name in _VALUED and not equals else 1 :]
    return None


def _read_npx(words: Sequence[str]) -> Wanted | None:
    found = _options(words, frozenset({"-p", "--package"}))
    if found is None or not (found[0] or found[1]):
        return None
    package, rest = found
    spec, program = (package, rest[0] if rest else "") if package else (rest[0], "")
    at = spec.find("@", 1)
    name, version = (spec, "") if at < 0 else (spec[:at], spec[at + 1 :])
    if not _NPM_NAME.fullmatch(name):
        return None
    if version and not re.fullmatch(r"[0-9A-Za-z.^~*+_-]+", version):
        return None
    exact = version if _EXACT.fullmatch(version) and version.count(".") > 1 else ""
    return Wanted("npm", name, exact, spec, program, tuple(rest[1:]))


def _read_uvx(words: Sequence[str]) -> Wanted | None:
    found = _options(words, frozenset({"--from", "--spec"}))
    if found is None or not found[1]:
        return None
    package, rest = found
    spec = package or rest[0]
    name, _, version = spec.replace("@", "==", 1).partition("==") if "@" not in spec[:1] else (spec, "", "")
    if not _PYPI_NAME.fullmatch(name.strip()):
        return None
    if version and not _EXACT.fullmatch(version.strip()) and version.strip() != "latest":
        return None
    exact = version.strip() if version.strip() != "latest" else ""
    requirement = f"{name.strip()}=={exact}" if exact else name.strip()
    program = re.sub(r"\[.*", "", rest[0].replace("@", "==", 1).partition("==")[0])
    return Wanted("pypi", name.strip(), exact, requirement, program, tuple(rest[1:]))


def prepare(spec: StdioSpec, context: Context) -> StdioSpec:
    """The same server without its package runner: installed into the user's cache, started directly.

    A command line that is no runner's is given back as it is.

    Raises:
        TargetError: the package cannot be installed, or holds no such program.
    """
    package = wanted(spec.command, spec.args)
    if package is None:
        return spec
    context.progress(f"installing {package.requirement}")
    folder = installed(package, context)
    program = _npm_program(package, folder) if package.registry == "npm" else _pypi_program(package, folder)
    return replace(spec, command=str(program), args=package.args)


def cache_folder(environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """Where installed packages are kept; safe to delete."""
    if platform == "win32":
        root = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        root = home / "Library" / "Caches"
    else:
        root = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    return root / "driftseal" / "packages"


def installed(package: Wanted, context: Context) -> Path:
    """The folder that holds the installed package.

    A pinned version is installed once. An unpinned one is asked for anew each time, since that is what the
    runner would do; where the registry cannot be reached, the last installed one serves.

    Raises:
        TargetError: it cannot be installed and never was.
    """
    key = hashlib.sha256(f"{package.registry} {package.requirement}".encode()).hexdigest()[:12]
    readable = re.sub(r"[^a-z0-9.]+", "-", package.requirement.lower()).strip("-")[:60]
    folder = cache_folder(context.environment, context.home, context.platform) / package.registry / f"{readable}-{key}"
    complete = folder / _COMPLETE
    if package.version and complete.is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder, context.limits.install_seconds):
        if package.version and complete.is_file():
            return folder
        try:
            for command in _installer(package, folder):
                _run(command, context)
        except TargetError:
            # The last installed one serves; a half installed one never does.
            if not complete.is_file():
                raise
        complete.touch()
    return folder


@contextmanager
def _alone(folder: Path, seconds: float) -> Iterator[None]:
    """Keep others from installing into a folder, in this process and beside it."""
    lock = folder.with_name(f"{folder.name}.lock")
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            with suppress(FileNotFoundError):
                # Whoever was killed while installing leaves a lock that nobody will take away.
                if time.time() - lock.stat().st_mtime > seconds:
                    lock.unlink()
            time.sleep(_PAUSE)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _installer(package: Wanted, folder: Path) -> Iterator[list[str]]:
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise TargetError(f"{package.name}: npm is needed to install it", hint="install Node.js")
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        yield [npm, "install", "--ignore-scripts", *quiet, "--prefix", str(folder), package.requirement]
        return
    # An environment of its own: the server must not meet our packages, nor we its.
    yield [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check", "--quiet"]
    yield [*pip, "--upgrade", "--only-binary=:all:", package.requirement]


def _run(command: list[str], context: Context) -> None:
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(  # noqa: S603  # a list of arguments, names checked, consent given
                command,
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


def _npm_program(package: Wanted, folder: Path) -> Path:
    links = folder / "node_modules" / ".bin"
    name = package.program
    if not name:
        manifest = folder / "node_modules" / package.name / "package.json"
        try:
            programs = json.loads(manifest.read_bytes()).get("bin")
        except (OSError, ValueError, AttributeError) as cause:
            raise TargetError(f"{package.name}: its package.json cannot be read") from cause
        short = package.name.rsplit("/", 1)[-1]
        names = list(programs) if isinstance(programs, dict) else [short]
        # As npx does: the package's own name, else the only program there is.
        name = short if short in names else names[0] if names else ""
    program = links / (f"{name}.cmd" if sys.platform == "win32" else name)
    if not name or program.parent != links or not program.exists():
        raise TargetError(f"{package.name}: installed, but holds no program {name or package.name!r}")
    return program


def _pypi_program(package: Wanted, folder: Path) -> Path:
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    program = scripts / (f"{package.program}.exe" if sys.platform == "win32" else package.program)
    if program.parent != scripts or not program.exists():
        raise TargetError(f"{package.name}: installed, but holds no program {package.program!r}")
    return program
