"""The package that a launch command would fetch: by which runner, which version, fixed or not."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import dropwhile
from typing import Final

from driftseal.records import dataclass
from driftseal.regexes import regex

_COMMAND_FLAGS: Final = frozenset({"-c", "-lc", "-ic", "-command"})
_SHELLS: Final = dict.fromkeys(("sh", "bash", "zsh", "dash", "powershell", "pwsh"), _COMMAND_FLAGS) | {
    "cmd": frozenset({"/c", "/k"})
}
_WRAPPERS: Final = frozenset({"sudo", "exec", "time", "nice", "xvfb-run", "doppler", "dotenvx", "op"})
_NPX: Final = (
    ("npx",), ("bunx",), ("pnpx",), ("npm", "exec"), ("npm", "x"), ("pnpm", "dlx"), ("pnpm", "exec"), ("yarn", "dlx"),
    ("bun", "x"), ("corepack", "npx"),
)  # fmt: skip
_UVX: Final = (("uvx",), ("uv", "tool", "run"), ("uv", "x"), ("pipx", "run"))
_DOCKER: Final = (("docker", "run"), ("podman", "run"), ("nerdctl", "run"), ("docker", "container", "run"))
_DENO: Final = (("deno", "run"), ("deno",))
_DNX: Final = (("dnx",), ("dotnet", "tool", "exec"))
_GO: Final = (("go", "run"),)
_NPM_NAME: Final = regex(r"(?:@[A-Za-z0-9~-][\w.~-]*/)?[A-Za-z0-9~-][\w.~-]*")
_PYPI_NAME: Final = regex(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[\w,. -]*\])?")
_EXACT: Final = regex(r"v?\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.+-]*)?")
_EXACT_PYPI: Final = regex(r"v?\d+(?:\.\d+)*(?:[-_.]?(?:a|b|rc|alpha|beta|post|dev)[-_.]?\d*)*(?:\+[\w.]+)?")
_COMMIT: Final = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_IMAGE: Final = regex(r"[a-z0-9][\w.-]*(?::\d+)?(?:/[a-z0-9][\w.-]*)*(?::[\w][\w.-]*)?(?:@[a-z0-9]+:[0-9a-f]{32,})?")
_NPX_VALUED: Final = frozenset(
    {"--registry", "--cache", "--prefix", "-w", "--workspace", "--node-options", "--loglevel"}
)
_UVX_VALUED: Final = frozenset(
    {"--python", "-p", "--index", "--default-index", "--index-url", "-i", "--extra-index-url", "--with", "-w",
     "--with-editable", "--with-requirements", "--directory", "--project", "--config-file", "--cache-dir", "-c",
     "--constraints", "--overrides", "--exclude-newer", "--find-links", "-f", "--env-file", "--pip-args"}
)  # fmt: skip
_DOCKER_BARE: Final = frozenset(
    {"--rm", "-i", "-t", "-it", "-ti", "--interactive", "--tty", "-d", "--detach", "--init", "--privileged", "-P",
     "--read-only", "--publish-all", "--no-healthcheck", "--oom-kill-disable", "--quiet", "-q", "--sig-proxy"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """What a runner installs."""

    runner: str
    type: str
    """As in a package URL: npm, pypi, docker, nuget, golang; ``generic`` for a repository, a URL or a folder."""
    name: str
    version: str | None
    """As it stands: exact, a range, a tag or a digest."""
    pinned: bool
    """The version names one content: exact for a registry, a digest for an image, a commit for a repository."""


def recognise(command: str, args: Sequence[str]) -> Package | None:
    """The package of a command line; ``None`` where no runner is known in it."""
    words = [_stem(command), *args]
    if not args and " " in command.strip():
        words = _split(command)
    for _ in range(3):
        unwrapped = _unwrap(words)
        if unwrapped is None:
            break
        words = unwrapped
    for forms, read in ((_NPX, _npx), (_UVX, _uvx), (_DOCKER, _docker), (_DENO, _deno), (_DNX, _dnx), (_GO, _go)):
        for form in forms:
            if tuple(words[: len(form)]) == form:
                return read(" ".join(form), words[len(form) :])
    return None


def package_flags(command: str) -> frozenset[str]:
    """The short flags by which this runner is told its package; with other programs they may well be passwords."""
    return frozenset({"-p"}) if _stem(command) in {"npx", "pnpx", "bunx", "npm", "pnpm", "yarn"} else frozenset()


def _stem(command: str) -> str:
    name = command.strip().replace("\\", "/").rpartition("/")[2].lower()
    return re.sub(r"\.(?:cmd|exe|ps1|bat)\Z", "", name)


def _split(text: str) -> list[str]:
    try:
        words = shlex.split(text[:10_000])
    except ValueError:
        return [text]
    return [_stem(words[0]), *words[1:]] if words else [text]


def _unwrap(words: list[str]) -> list[str] | None:
    """What a shell, ``cmd /c`` or ``env`` in front would run."""
    head, first, rest = words[0], words[1].lower() if words[1:] else "", words[2:]
    if head in _SHELLS and first in _SHELLS[head] and rest:
        return _split(rest[0]) if len(rest) == 1 or head != "cmd" else [_stem(rest[0]), *rest[1:]]
    if head == "env":
        rest = list(dropwhile(lambda word: "=" in word or word.startswith("-"), words[1:]))
    elif head in _WRAPPERS and "--" in words:
        rest = words[words.index("--") + 1 :]
    else:
        return None
    return [_stem(rest[0]), *rest[1:]] if rest else None


def _operand(words: list[str], valued: frozenset[str], naming: frozenset[str]) -> str:
    """The package that an option names, else the first word that is no option or an option's value."""
    index = 0
    while index < len(words):
        word = words[index]
        name, equals, value = word.partition("=")
        if name in naming:
            return value if equals else (words[index + 1] if index + 1 < len(words) else "")
        if word == "--":
            return words[index + 1] if index + 1 < len(words) else ""
        if not word.startswith("-") or word == "-":
            return word
        index += 2 if name in valued and not equals else 1
    return ""


def _npx(runner: str, words: list[str]) -> Package | None:
    spec = _operand(words, _NPX_VALUED, frozenset({"-p", "--package"}))
    if not spec:
        return None
    at = spec.find("@", 1)
    name, version = (spec, None) if at < 0 else (spec[:at], spec[at + 1 :])
    if _NPM_NAME.fullmatch(name):
        return Package(runner, "npm", name, version or None, bool(version and _EXACT.fullmatch(version)))
    return _elsewhere(runner, spec)


def _uvx(runner: str, words: list[str]) -> Package | None:
    spec = _operand(words, _UVX_VALUED, frozenset({"--from", "--spec"}))
    if not spec:
        return None
    found = re.fullmatch(r"([^=<>!~@;]+)(==|@|[<>!~]=?|===)?([^;]*)", spec)
    name = _PYPI_NAME.fullmatch(found[1].strip()) if found else None
    if found is None or name is None or "://" in spec:
        return _elsewhere(runner, spec)
    sign, version = found[2] or "", found[3].strip()
    shown = version if sign in {"==", "===", "@"} else f"{sign}{version}"
    exact = sign in {"==", "===", "@"} and _EXACT_PYPI.fullmatch(version) is not None
    # PEP 503: names differ in case and punctuation alone are one name.
    return Package(runner, "pypi", re.sub(r"[-_.]+", "-", name[1]).lower(), shown or None, exact)


def _elsewhere(runner: str, spec: str) -> Package:
    """A repository, a URL or a folder in place of a registry's package."""
    bare, _, fragment = spec.partition("#")
    before, at, ref = bare.rpartition("@")
    if at and "/" not in ref and "/" in before.partition("://")[2]:
        bare = before
    else:
        ref = ""
    version = fragment if fragment and "=" not in fragment else ref
    return Package(runner, "generic", bare, version or None, _COMMIT.fullmatch(version) is not None)


def _docker(runner: str, words: list[str]) -> Package | None:
    index = 0
    while index < len(words):
        word = words[index]
        if not word.startswith("-"):
            if not _IMAGE.fullmatch(word):
                return None
            bare, _, digest = word.partition("@")
            name, colon, tag = bare.rpartition(":")
            if not colon or "/" in tag:
                name, tag = bare, ""
            return Package(runner, "docker", name, digest or tag or None, bool(digest))
        is_bare = word in _DOCKER_BARE or "=" in word or re.fullmatch(r"-[itdPq]{2,}", word) is not None
        index += 1 if is_bare else 2
    return None


def _deno(runner: str, words: list[str]) -> Package | None:
    for word in words:
        for scheme, kind in (("npm:", "npm"), ("jsr:", "generic")):
            if word.startswith(scheme):
                spec = word.removeprefix(scheme).lstrip("/")
                at = spec.find("@", 1)
                name, version = (spec, None) if at < 0 else (spec[:at], spec[at + 1 :].partition("/")[0])
                return Package(runner, kind, name, version or None, bool(version and _EXACT.fullmatch(version)))
        if word.startswith(("https://", "http://")):
            return _elsewhere(runner, word)
    return None


def _dnx(runner: str, words: list[str]) -> Package | None:
    spec = _operand(words, frozenset({"--source", "--version", "--add-source"}), frozenset())
    name, _, version = spec.partition("@")
    given = _operand(words, frozenset(), frozenset({"--version"})) if "--version" in words else ""
    version = version or given
    return Package(runner, "nuget", name, version or None, bool(_EXACT.fullmatch(version))) if name else None


def _go(runner: str, words: list[str]) -> Package | None:
    spec = _operand(words, frozenset({"-C", "-mod", "-tags"}), frozenset())
    name, at, version = spec.partition("@")
    if not at or "." not in name:
        return None
    return Package(
        runner, "golang", name, version or None, bool(_EXACT.fullmatch(version) or _COMMIT.fullmatch(version))
    )
