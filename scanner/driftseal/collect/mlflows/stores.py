"""What MLflow keeps on this machine, told in the members that its servers answer with; nothing of it is trusted."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftseal import yamltext
from driftseal.canonical import show
from driftseal.collect.clients import paths
from driftseal.collect.mlflows.absent import Absent
from driftseal.errors import FormatError, TargetError
from driftseal.formats import sqlite
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty, text_or_empty

if TYPE_CHECKING:
    from driftseal.collect.mlflows.places import Place

_META: Final = "meta.yaml"
_MODELS: Final = "models"
_VERSION: Final = re.compile(r"version-([1-9][0-9]{0,9})")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_LATEST: Final = "latest"
"""An alias that every model has: of its highest number."""
_GONE: Final = "Deleted_Internal"
_SAID: Final = (
    *("name", "version", "description", "run_id", "run_link", "model_id", "status", "source"),
    *("current_stage", "storage_location"),
)
_WORKSPACE: Final = "default"


class Store(ABC):
    """Where models are registered, and runs told."""

    root: Path
    """The folder that all of it lies in."""

    @abstractmethod
    def version(self, name: str, number: str) -> Mapping[str, Json]:
        """What is said of a version, with its tags, its aliases and ``storage_location``.

        Raises:
            Absent: there is none.
            TargetError: it cannot be read.
        """

    @abstractmethod
    def alias(self, name: str, alias: str) -> str:
        """The number that an alias leads to; empty where there is none.

        Raises:
            TargetError: it cannot be read.
        """

    @abstractmethod
    def files_of_run(self, run: str) -> str:
        """Where files of a run lie; empty where it is not known.

        Raises:
            TargetError: it cannot be read.
        """


def opened(place: Place, name: str, workspace: str, limits: Limits) -> Store:
    """The store at a place, which is shown as ``name``.

    Raises:
        TargetError: there is none.
    """
    if place.database:
        return _Database(place.path, name, workspace or _WORKSPACE, limits)
    if not paths.is_folder(place.path):
        raise TargetError(f"{place.setting}: no folder lies at {show(name)}", hint="see whether the path is right")
    return _Folder(place.path, name, limits)


class _Folder(Store):
    """A folder ``mlruns``: a file of facts for each thing, tags and aliases as files beside it."""

    def __init__(self, root: Path, name: str, limits: Limits) -> None:
        self.root = root
        self._name = name
        self._limits = limits

    def version(self, name: str, number: str) -> Mapping[str, Json]:
        """See ``Store.version``."""
        folder = f"{_MODELS}/{name}"
        told = self._facts(f"{folder}/version-{number}")
        if told.get("current_stage") == _GONE:
            raise Absent(name)
        # As numbers in YAML, and as text in what servers answer.
        said = {key: told[key] for key in _SAID if isinstance(told.get(key), str)}
        if type(told.get("version")) is int:
            said["version"] = str(told["version"])
        aliases = [one for one in self._names(f"{folder}/aliases") if self.alias(name, one) == number]
        tags = f"{folder}/version-{number}/tags"
        return {
            **said,
            "aliases": list[Json](aliases),
            "tags": [{"key": key, "value": self._text(f"{tags}/{key}")} for key in self._names(tags)],
        }

    def alias(self, name: str, alias: str) -> str:
        """See ``Store.alias``."""
        folder = f"{_MODELS}/{name}"
        if alias.lower() == _LATEST:
            numbers = [int(found[1]) for one in self._names(folder) if (found := _VERSION.fullmatch(one))]
            return str(max(numbers, default=""))
        if alias in {".", ".."} or "\\" in alias or not self._is_there(f"{folder}/aliases/{alias}"):
            return ""
        number = self._text(f"{folder}/aliases/{alias}").strip()
        return number if _NUMBER.fullmatch(number) else ""

    def files_of_run(self, run: str) -> str:
        """See ``Store.files_of_run``."""
        for experiment in self._names(""):
            if experiment != _MODELS and self._is_there(f"{experiment}/{run}/{_META}"):
                return text_or_empty(self._facts(f"{experiment}/{run}").get("artifact_uri"))
        return ""

    def _facts(self, folder: str) -> Mapping[str, Json]:
        name = f"{folder}/{_META}"
        if not self._is_there(name):
            raise Absent(name)
        return object_or_empty(next(yamltext.documents(self._bytes(name), name, self._limits), None))

    def _text(self, name: str) -> str:
        return self._bytes(name).decode("utf-8", "replace")

    def _bytes(self, name: str) -> bytes:
        path = self.root / name
        if not is_inside(path, self.root):
            raise TargetError(f"{name}: a link leads out of the store", hint="put the file itself there")
        return paths.read(path, name, self._limits)

    def _is_there(self, name: str) -> bool:
        return paths.is_file(self.root / name)

    def _names(self, folder: str) -> list[str]:
        """What lies in a folder, as many names as lists may hold."""
        path = self.root / folder
        try:
            if not path.is_dir() or not is_inside(path, self.root):
                return []
            names = sorted(one.name for one, _ in zip(path.iterdir(), range(self._limits.items + 1), strict=False))
        except OSError as cause:
            raise TargetError(f"{folder}: cannot be read: {cause.strerror}", hint="make it readable") from cause
        if len(names) > self._limits.items:
            raise TargetError(f"{folder}: holds more than {self._limits.items} entries (limits.items)")
        return names


class _Database(Store):
    """A database of SQLite."""

    def __init__(self, path: Path, name: str, workspace: str, limits: Limits) -> None:
        self.root = path.parent
        self._path = path
        self._name = name
        self._workspace = workspace
        self._limits = limits

    def version(self, name: str, number: str) -> Mapping[str, Json]:
        """See ``Store.version``."""
        of = {"name": name, "version": number}
        told = next(iter(self._rows("model_versions", _SAID, of)), {})
        if not told or told.get("current_stage") == _GONE:
            raise Absent(name)
        tags = [dict[str, Json](row) for row in self._rows("model_version_tags", ("key", "value"), of)]
        aliases: list[Json] = [row["alias"] for row in self._rows("registered_model_aliases", ("alias",), of)]
        return {**{key: value for key, value in told.items() if value}, "aliases": aliases, "tags": list[Json](tags)}

    def alias(self, name: str, alias: str) -> str:
        """See ``Store.alias``."""
        if alias.lower() == _LATEST:
            told = self._rows("model_versions", ("version", "current_stage"), {"name": name})
            there = [row.get("version", "") for row in told if row.get("current_stage") != _GONE]
            return max((one for one in there if _NUMBER.fullmatch(one)), key=int, default="")
        told = self._rows("registered_model_aliases", ("version",), {"name": name, "alias": alias})
        number = told[0]["version"] if told else ""
        return number if _NUMBER.fullmatch(number) else ""

    def files_of_run(self, run: str) -> str:
        """See ``Store.files_of_run``."""
        told = self._rows("runs", ("artifact_uri",), {"run_uuid": run})
        return told[0]["artifact_uri"] if told else ""

    def _rows(self, table: str, columns: tuple[str, ...], where: Mapping[str, str]) -> list[dict[str, str]]:
        wanted = {**where, "workspace": self._workspace}
        found = sqlite.rows(self._path, self._name, table, columns, wanted, self._limits)
        if any(len(row) < len(columns) for row in found) and table != "model_versions":
            raise FormatError(f"{self._name}: {table} has other columns", hint="update driftseal")
        return found


def is_inside(path: Path, root: Path) -> bool:
    """Whether a path, its links followed, lies in a folder."""
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve(strict=True))
    except (OSError, RuntimeError, ValueError):
        return False
