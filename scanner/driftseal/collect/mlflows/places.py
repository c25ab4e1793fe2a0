"""Stores of MLflow on this machine that the user's own environment names: a folder ``mlruns``, or a SQLite database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from driftseal.collect.base import Context
from driftseal.collect.clients import paths
from driftseal.collect.mlflows.settings import REGISTRY, TRACKING
from driftseal.errors import TargetError
from driftseal.records import dataclass

_SQLITE: Final = ("sqlite:///", "sqlite+pysqlite:///")
_DRIVE: Final = 1
"""Length of what stands before the colon of a path on Windows."""


@dataclass(frozen=True, slots=True)
class Place:
    """One store."""

    path: Path
    database: bool
    setting: str
    """The variable that names it."""


def read(context: Context) -> tuple[Place, Place] | None:
    """Where models are registered, and where runs and logged models are told; ``None`` where these are servers.

    Raises:
        TargetError: one of both is a server and the other is not, or a setting names no place on this machine.
    """
    environment: Mapping[str, str] = context.environment
    told = {name: environment.get(name, "").strip() for name in (TRACKING, REGISTRY)}
    found = {name: _place(value, name, context) for name, value in told.items() if value}
    known = [place for place in found.values() if place is not None]
    if not known:
        return None
    if len(known) < len(found):
        raise TargetError(
            f"one of {TRACKING} and {REGISTRY} names a server and the other a store on this machine",
            hint="let both name the same kind of thing, or scan the folder of the model",
        )
    registry = found.get(REGISTRY) or known[0]
    return registry, found.get(TRACKING) or registry


def _place(told: str, setting: str, context: Context) -> Place | None:
    before = next((one for one in _SQLITE if told.lower().startswith(one)), "")
    if before:
        path = unquote(told[len(before) :].partition("?")[0])
        if not path or path == ":memory:":
            raise TargetError(f"{setting}: names a database in memory", hint=f"set {setting} to a file")
        return Place(paths.absolute(Path(path), context), database=True, setting=setting)
    scheme = told.partition(":")[0].lower() if ":" in told else ""
    if scheme == "file":
        try:
            parts = urlsplit(told)
        except ValueError as cause:
            raise TargetError(f"{setting}: names no folder", hint=f"set {setting} to a folder") from cause
        if parts.netloc not in {"", "localhost"}:
            raise TargetError(f"{setting}: names a folder of another machine", hint=f"set {setting} to a folder here")
        return Place(paths.absolute(Path(unquote(parts.path)), context), database=False, setting=setting)
    if len(scheme) > _DRIVE or told.lower() in {"databricks", "uc"}:
        return None
    return Place(paths.absolute(Path(told), context), database=False, setting=setting)
