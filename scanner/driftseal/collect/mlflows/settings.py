"""Which MLflow servers the user's own environment names, and with what the user signs in there."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from driftseal.collect.clients import paths
from driftseal.collect.registries import _addresses, _settings
from driftseal.collect.registries.base import Index
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.records import dataclass

TRACKING: Final = "MLFLOW_TRACKING_URI"
REGISTRY: Final = "MLFLOW_REGISTRY_URI"
_CERTIFICATES: Final = "MLFLOW_TRACKING_SERVER_CERT_PATH"
_FILE: Final = "~/.mlflow/credentials"
_SCHEMES: Final = frozenset({"http", "https"})
_FOLDER: Final = "download the model with MLflow, and scan its folder"


@dataclass(frozen=True, slots=True)
class Servers:
    """Where models are registered and where their files are listed; most often one server is both."""

    registry: Index
    tracking: Index
    workspace: str = ""
    """The part of a shared server that the user works in."""


def read(environment: Mapping[str, str], home: Path, limits: Limits) -> Servers:
    """The servers as the user has set them.

    Raises:
        TargetError: none is set, or what is set is no address that can be asked. No message holds credentials.
    """
    told = environment.get(TRACKING, "").strip()
    registered = environment.get(REGISTRY, "").strip()
    if not told and not registered:
        raise TargetError(
            f"{TRACKING} is not set, so there is no MLflow server to ask", hint=f"set {TRACKING} to its address"
        )
    authorization = _authorization(environment, home, limits)
    own = _settings.bundle(environment, home, environment.get(_CERTIFICATES, ""))
    tracking = _index(told or registered, TRACKING if told else REGISTRY, authorization, own)
    registry = _index(registered, REGISTRY, authorization, own) if registered else tracking
    return Servers(registry, tracking, environment.get("MLFLOW_WORKSPACE", "").strip())


def _index(told: str, setting: str, authorization: str, certificates: str) -> Index:
    scheme = told.partition(":")[0].lower() if ":" in told else ""
    if scheme.startswith("databricks") or scheme == "uc" or told.lower().startswith("databricks"):
        raise TargetError(f"{setting}: names a workspace of Databricks, which is not asked", hint=_FOLDER)
    if scheme not in _SCHEMES:
        raise TargetError(
            f"{setting}: names a database or store that only MLflow itself reads, and no server",
            hint=f"start one over it (mlflow server --backend-store-uri …) and set {setting} to it, or {_FOLDER}",
        )
    url, given = _addresses.parse(told, setting)
    authorization = authorization or given
    parts = urlsplit(url)
    if authorization and parts.scheme == "http" and not _addresses.is_loopback(parts.hostname or ""):
        raise TargetError(
            f"{setting}: is asked without encryption, and credentials are not sent so",
            hint=f"set {setting} to an address with https, or unset the credentials",
        )
    return Index(url, setting, authorization, certificates)


def _authorization(environment: Mapping[str, str], home: Path, limits: Limits) -> str:
    """As MLflow's own client signs in: with a name and a password, else with a token."""
    stored = _stored(home, limits)
    user, password = (
        environment.get(f"MLFLOW_TRACKING_{name.upper()}") or stored.get(f"mlflow_tracking_{name}", "")
        for name in ("username", "password")
    )
    if user and password:
        return _addresses.basic(user, password)
    token = environment.get("MLFLOW_TRACKING_TOKEN", "").strip()
    return f"Bearer {token}" if token else ""


def _stored(home: Path, limits: Limits) -> Mapping[str, str]:
    """What the user keeps for MLflow in a file of the home.

    Raises:
        TargetError: it cannot be read. The message does not quote it, since it holds a password.
    """
    place = home / ".mlflow" / "credentials"
    if not paths.is_file(place):
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(paths.read(place, _FILE, limits).decode("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError):
        raise TargetError(f"{_FILE}: is no list of settings", hint="mend it, or remove it") from None
    return dict(parser["mlflow"]) if parser.has_section("mlflow") else {}
