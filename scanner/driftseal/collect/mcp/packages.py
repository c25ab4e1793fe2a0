"""Servers that a package runner would fetch and start in one go are installed first, then started (DESIGN §5.4).

What is started is the program that the runner would have started, without the runner, so that a temporary
home does not mean a new download each time.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from driftseal import canonical
from driftseal.collect.base import Context
from driftseal.collect.mcp.package_cache import Wanted, installed
from driftseal.collect.mcp.spec import StdioSpec
from driftseal.errors import FormatError, LimitExceeded, TargetError
from driftseal.limits import Limits

# A name or version that begins otherwise is an option, or a path below the folder that we stand in.
_NPM_NAME: Final = re.compile(r"(?:@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*")
_NPM_VERSION: Final = re.compile(r"[0-9A-Za-z^~*][0-9A-Za-z.^~*+_-]*")
_ARCHIVE: Final = re.compile(r"\.(?:whl|zip|tgz|tbz|tlz|txz|tar(?:\.[a-z0-9]+)?)$", re.IGNORECASE)
"""Installers take such a name for a file."""
_PYPI_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9,._ -]*\])?")
_EXACT: Final = re.compile(r"\d++(?:\.\d++)*+[0-9A-Za-z.+_-]*+")
_NPX: Final = (("npx",), ("bunx",), ("pnpx",), ("npm", "exec"), ("pnpm", "dlx"), ("yarn", "dlx"), ("bun", "x"))
_UVX: Final = (("uvx",), ("uv", "tool", "run"), ("uv", "x"), ("pipx", "run"))
_VALUED: Final = frozenset(
    {"--python", "-p", "--index", "--index-url", "--extra-index-url", "--with", "--registry", "--cache"}
)
"""Options of a runner that take a value of their own."""


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
    if not _NPM_NAME.fullmatch(name) or _ARCHIVE.search(spec):
        return None
    if version and not _NPM_VERSION.fullmatch(version):
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
    if not _PYPI_NAME.fullmatch(name.strip()) or _ARCHIVE.search(spec.strip()):
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
    limits = context.limits
    program = _npm_program(package, folder, limits) if package.registry == "npm" else _pypi_program(package, folder)
    return replace(spec, command=str(program), args=package.args)


def _npm_program(package: Wanted, folder: Path, limits: Limits) -> Path:
    links = folder / "node_modules" / ".bin"
    name = package.program or _npm_default(package, folder / "node_modules" / package.name / "package.json", limits)
    program = links / (f"{name}.cmd" if sys.platform == "win32" else name)
    # A link there leads to a file of the package; one that leads out of the folder is none of npm's.
    inside = program.resolve().is_relative_to(folder.resolve())
    if not name or program.parent != links or not inside or not program.is_file():
        raise TargetError(f"{package.name}: installed, but holds no program {name or package.name!r}")
    return program


def _npm_default(package: Wanted, manifest: Path, limits: Limits) -> str:
    """The program that npx takes where none is named: the package's own name, else the only one there is."""
    try:
        with manifest.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
        said = canonical.parse_json(data, manifest.name, limits).value
    except (OSError, FormatError, LimitExceeded) as cause:
        raise TargetError(f"{package.name}: its package.json cannot be read") from cause
    programs = said.get("bin") if isinstance(said, dict) else None
    short = package.name.rsplit("/", 1)[-1]
    names = list(programs) if isinstance(programs, dict) else [short]
    return short if short in names else names[0] if names else ""


def _pypi_program(package: Wanted, folder: Path) -> Path:
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    program = scripts / (f"{package.program}.exe" if sys.platform == "win32" else package.program)
    if program.parent != scripts or not program.is_file():
        raise TargetError(f"{package.name}: installed, but holds no program {package.program!r}")
    return program
