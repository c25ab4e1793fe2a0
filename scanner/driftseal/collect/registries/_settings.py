"""The user's own settings of npm and pip, as far as they say where a registry lies and how it is trusted."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from driftseal.errors import TargetError
from driftseal.limits import Limits

_VARIABLE: Final = re.compile(r"\$\{([^${}?]+)(\?)?\}")
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def npm(environment: Mapping[str, str], home: Path, limits: Limits) -> dict[str, str]:
    """Settings of the user's ``.npmrc``, with those of the environment laid over them."""
    place = _variable(environment, "npm_config_userconfig")
    settings: dict[str, str] = {}
    for line in _text(_place(place or ".npmrc", home), limits).splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith(("#", ";")):
            settings[_filled(key.strip(), environment)] = _filled(_unquoted(value.strip()), environment)
    for key in ("registry", "cafile"):
        if value := _variable(environment, f"npm_config_{key}"):
            settings[key] = value
    return settings


def pip(environment: Mapping[str, str], home: Path, limits: Limits) -> dict[str, str]:
    """Settings of the user's ``pip.conf``, with those of the environment laid over them."""
    settings: dict[str, str] = {}
    for place in _pip_files(environment, home):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(_text(place, limits))
        except configparser.Error:
            # What the parser says quotes the line, which may hold a password.
            raise TargetError(f"{place}: is no settings file of pip", hint="mend it; pip config list") from None
        for section in ("global", "download", "install"):
            if parser.has_section(section):
                settings |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    for key in ("index-url", "cert"):
        if value := environment.get(f"PIP_{key.upper().replace('-', '_')}"):
            settings[key] = value
    return settings


def bundle(environment: Mapping[str, str], home: Path, own: str, *further: str) -> str:
    """The file of certificates that counts: the installer's own setting, else the usual variables."""
    path = own or next((value for name in (*_BUNDLES, *further) if (value := environment.get(name))), "")
    return str(_place(path, home)) if path else ""


def _place(path: str, home: Path) -> Path:
    """A relative one starts from the home: the folder that we stand in may be what is scanned, and no friend."""
    return home / path.removeprefix("~/")


def _pip_files(environment: Mapping[str, str], home: Path) -> list[Path]:
    """From the one that counts least; pip knows these places on Linux, macOS and Windows."""
    named = environment.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    config = environment.get("XDG_CONFIG_HOME", "")
    roaming = environment.get("APPDATA", "")
    return [
        home / ".pip" / "pip.conf",
        home / "pip" / "pip.ini",
        _place(config or ".config", home) / "pip" / "pip.conf",
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        *([_place(roaming, home) / "pip" / "pip.ini"] if roaming else []),
        *([_place(named, home)] if named else []),
    ]


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper()) or ""


def _filled(text: str, environment: Mapping[str, str]) -> str:
    """With ``${NAME}`` replaced as npm does: an unknown one stays, unless a ``?`` makes it empty."""
    return _VARIABLE.sub(lambda found: environment.get(found[1], "" if found[2] else found[0]), text)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _text(path: Path, limits: Limits) -> str:
    """What a file of the user's own says; nothing where there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(limits.metadata_bytes + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""
    except OSError as cause:
        raise TargetError(f"{path}: cannot be read: {cause.strerror}", hint="see who may read it") from cause
    if len(data) > limits.metadata_bytes:
        raise TargetError(f"{path}: larger than {limits.metadata_bytes} bytes", hint="see what the file is")
    return data.decode("utf-8-sig", "replace")
