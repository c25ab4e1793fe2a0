"""What a started server finds in its environment: little of ours, and no secret that was not named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from driftseal import rulebook
from driftseal.collect.base import Context
from driftseal.collect.mcp import secrets
from driftseal.collect.mcp.spec import StdioSpec
from driftseal.errors import TargetError

PLACEHOLDER: Final = "placeholder"
PLACEHOLDER_URL: Final = "https://placeholder.invalid"

# ${X}, ${X:-default}, ${env:X}, ${input:x}, ${user_config.x}, ${{ secrets.X }}, {env:X}, {file:x}, $X, %X%
_REFERENCE: Final = re.compile(
    r"\$\{\{?[^{}]{1,200}\}\}?|\{(?:env|file|input):[^{}]{1,200}\}|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%"
)
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?=\W*\Z)|[A-Za-z_]\w*(?=:-)")
_FROM_WINDOWS: Final = (
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "PROGRAMFILES",
    "NUMBER_OF_PROCESSORS",
)


@dataclass(frozen=True, slots=True)
class Launch:
    """The command as it is started."""

    args: tuple[str, ...] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    placeholders: tuple[str, ...]
    """Names of variables that were given a placeholder, or nothing."""
    secrets: tuple[str, ...] = field(repr=False)
    """Values that must not be seen in anything the server says."""


def launch(spec: StdioSpec, context: Context, home: Path) -> Launch:
    """The arguments and the whole environment of a server: PATH, a home of its own, and what is configured.

    A configured value that looks secret or was left unexpanded gives way to a placeholder, unless its
    variable is in ``Consent.env``. A real value goes to a server that the user typed, and to a configured one
    only where its configuration names the variable: nobody else's server is handed the token. What the
    user typed (``spec.named``) is meant as it stands.

    With ``Consent.unattended`` a configured value that decides which code runs is left out.

    Raises:
        TargetError: a variable of ``Consent.env`` that this server wants is not set.
    """
    env = _surroundings(context, home)
    placeholders: list[str] = []
    private: set[str] = set()
    for name, configured in spec.env.items():
        if context.consent.unattended and not spec.named and _loads_code(name):
            placeholders.append(name)
            continue
        value = _expand(configured, context)
        meant = spec.named or name in context.consent.env or value != configured
        if name.upper() == "PATH":
            # An extended PATH names ours, which the server has already.
            value = configured if not _REFERENCE.search(configured) else env["PATH"]
        elif _REFERENCE.search(value) or (not meant and _is_secret(name, value)):
            placeholders.append(name)
            value = PLACEHOLDER_URL if name.upper().endswith(("URL", "URI", "ENDPOINT", "HOST")) else PLACEHOLDER
        elif meant:
            private.add(value)
        env[name] = value
    for name in context.consent.env:
        if spec.named or _asks_for(spec, name):
            env[name] = _own(name, context)
            private.add(env[name])
    args = spec.args if spec.named else secrets.hide_arguments(spec.args)
    private.update(old for old, new in zip(spec.args, secrets.hide_arguments(spec.args), strict=True) if old != new)
    return Launch(
        tuple(_expand(argument, context) for argument in args),
        env,
        tuple(name for name in placeholders if name not in context.consent.env),
        tuple(sorted(private)),
    )


def _loads_code(name: str) -> bool:
    """Whether a variable's value decides which code runs; baselines hold names alone, so nobody approved the value."""
    return any(re.fullmatch(pattern, name, re.IGNORECASE) for pattern in _code_loading())


@cache
def _code_loading() -> tuple[str, ...]:
    given = rulebook.load_list("code-loading")
    patterns = given.get("patterns") if isinstance(given, dict) else None
    return tuple(str(pattern) for pattern in patterns) if isinstance(patterns, list) else ()


def _asks_for(spec: StdioSpec, name: str) -> bool:
    if name in spec.env:
        return True
    texts = (*spec.env.values(), *spec.args)
    return any(_name_of(found) == name for text in texts for found in _REFERENCE.finditer(text))


def _own(name: str, context: Context) -> str:
    value = context.environment.get(name)
    if value is None:
        raise TargetError(f"--env: variable {name} is not set", hint="export it first")
    return value


def _name_of(reference: re.Match[str]) -> str:
    name = _NAME.search(reference[0])
    return name[0] if name is not None else ""


def _is_secret(name: str, value: str) -> bool:
    return secrets.is_secret_name(name) or secrets.is_secret_value(value)


def _surroundings(context: Context, home: Path) -> dict[str, str]:
    ours = context.environment
    env = {"PATH": ours.get("PATH", "/usr/local/bin:/usr/bin:/bin"), "HOME": str(home)}
    temporary = str(home / "tmp")
    if context.platform == "win32":
        env |= {name: ours[name] for name in _FROM_WINDOWS if name in ours}
        env |= dict.fromkeys(("USERPROFILE", "APPDATA", "LOCALAPPDATA"), str(home))
        env |= {"TEMP": temporary, "TMP": temporary}
    else:
        env |= {"TMPDIR": temporary, "LANG": "C.UTF-8"}
        for kind, folder in (
            ("CONFIG", ".config"),
            ("CACHE", ".cache"),
            ("DATA", ".local/share"),
            ("STATE", ".local/state"),
        ):
            env[f"XDG_{kind}_HOME"] = str(home / folder)
    return env


def _expand(value: str, context: Context) -> str:
    """Replace references to variables that the user lets through; leave all others as they stand."""

    def real(found: re.Match[str]) -> str:
        name = _name_of(found)
        return _own(name, context) if name in context.consent.env else found[0]

    return _REFERENCE.sub(real, value)
