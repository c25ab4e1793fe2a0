"""How the user has set up the Hugging Face Hub: the same variables and files that its own library reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from driftseal.collect.clients import paths
from driftseal.collect.registries import _addresses, _settings
from driftseal.collect.registries.base import Index
from driftseal.errors import TargetError
from driftseal.limits import Limits

_DEFAULT: Final = "https://huggingface.co/"
_ENDPOINT: Final = "HF_ENDPOINT"
_TOKENS: Final = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_CACHES: Final = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
_OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_TRUE: Final = frozenset({"1", "ON", "YES", "TRUE"})
_LONGEST: Final = 1024
"""Characters of a token; those of the Hub have forty, those of logins a few hundred."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where models are asked for, in whose name, and where they lie already."""

    index: Index
    """The token goes to its own origin alone."""
    token_from: str
    """The variable or file that holds the token, for messages; empty where there is none."""
    cache: Path
    """Folder of what the Hub's library downloaded, a folder in it for each model."""
    offline: bool
    """The user wants nothing to be asked; the cache is read instead."""


def read(environment: Mapping[str, str], home: Path, limits: Limits) -> Settings:
    """The settings in force.

    Raises:
        TargetError: one of them cannot be used. The message holds no token and no password.
    """
    url, given = _addresses.parse(environment.get(_ENDPOINT) or _DEFAULT, _ENDPOINT)
    own = _home(environment, home)
    asked = next((value for name in _OFFLINE if (value := environment.get(name))), "")
    offline = asked.upper() in _TRUE
    token, source = ("", "") if offline else _token(environment, own, home, limits)
    index = Index(url, _ENDPOINT, f"Bearer {token}" if token else given, _settings.bundle(environment, home, ""))
    cache = next((_place(value, home) for name in _CACHES if (value := environment.get(name))), own / "hub")
    return Settings(index, source, cache, offline)


def _home(environment: Mapping[str, str], home: Path) -> Path:
    if told := environment.get("HF_HOME"):
        return _place(told, home)
    return _place(environment.get("XDG_CACHE_HOME") or ".cache", home) / "huggingface"


def _place(path: str, home: Path) -> Path:
    """A relative one starts from the home: the folder that we stand in may be what is scanned, and no friend."""
    return home / path.removeprefix("~/")


def _token(environment: Mapping[str, str], own: Path, home: Path, limits: Limits) -> tuple[str, str]:
    """The token, and what holds it."""
    for name in _TOKENS:
        if told := environment.get(name, "").strip():
            return _checked(told, name), name
    if environment.get("HF_HUB_DISABLE_IMPLICIT_TOKEN", "").upper() in _TRUE:
        return "", ""
    told = environment.get("HF_TOKEN_PATH", "")
    path = _place(told, home) if told else own / "token"
    if not paths.is_file(path):
        return "", ""
    try:
        shown = f"~/{path.relative_to(home).as_posix()}"
    except ValueError:
        shown = path.as_posix()
    text = paths.read(path, shown, limits).decode("utf-8", "replace").strip()
    return (_checked(text, shown), shown) if text else ("", "")


def _checked(token: str, source: str) -> str:
    """What may stand in a header."""
    if len(token) > _LONGEST or not token.isascii() or not token.isprintable() or " " in token:
        raise TargetError(f"{source}: holds no token of the Hub", hint="log in again: hf auth login")
    return token
