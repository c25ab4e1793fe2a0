"""Where the files of a version lie: which of a server's interfaces lists them, and which sends their bytes.

Files that the server serves itself (``mlflow-artifacts:``) are asked for there. Of those in a store of somebody else,
the server lists what belongs to a logged model or a run, and fetches for us: no store is ever asked by us.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from driftseal.canonical import show
from driftseal.collect.mlflows.registered import Version, plain
from driftseal.collect.registries import _addresses
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.collect.mlflows.client import MlflowClient

_PROXY: Final = "mlflow-artifacts/artifacts"
_SERVED: Final = "/api/2.0/mlflow-artifacts/artifacts/"
_LOGGED: Final = re.compile(r"models:/(m-[0-9a-f]{32})")
_MODEL: Final = re.compile(r"m-[0-9a-f]{32}")
_RUN: Final = re.compile(r"[0-9a-zA-Z][\w-]{0,255}", re.ASCII)
_ODD: Final = re.compile("[\x00-\x1f\x7f\\\\\ud800-\udfff/]")
"""In the name of a file or folder: it would be asked for, or shown, as something else."""
_FOLDER: Final = "download it with: mlflow artifacts download -u models:/NAME/VERSION -d FOLDER, and scan the folder"


@dataclass(frozen=True, slots=True)
class Listed:
    """One file, as the server lists it."""

    path: str
    """Below the model's own folder."""
    size: int
    """-1 where the server tells none."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Something that the server lists and that is not asked for."""

    path: str
    why: str


class Shelf(ABC):
    """One of the interfaces."""

    client: MlflowClient
    """Speaks to the server that sends the bytes."""

    @abstractmethod
    def page(self, folder: str, token: str) -> Mapping[str, Json]:
        """One page of what lies in a folder, which is empty for the model's own.

        Raises:
            TargetError: it cannot be had.
        """

    @abstractmethod
    def address(self, path: str) -> str:
        """Where the bytes of a file are."""

    def place(self, folder: str) -> str:
        """What listed paths of this folder begin with."""
        return f"{folder}/" if folder else ""


class Proxied(Shelf):
    """Files that the server serves; it tells names without their folder."""

    def __init__(self, client: MlflowClient, root: str) -> None:
        self.client = client
        self._root = root

    def page(self, folder: str, token: str) -> Mapping[str, Json]:
        """See ``Shelf.page``."""
        return self.client.api(_PROXY, folder or "artifacts", path=_joined(self._root, folder), page_token=token)

    def address(self, path: str) -> str:
        """See ``Shelf.address``."""
        return self.client.address(f"api/2.0/{_PROXY}/{quote(_joined(self._root, path), errors='replace')}")

    def place(self, folder: str) -> str:
        """See ``Shelf.place``."""
        del folder
        return ""


class _Fetched(Shelf):
    """Files that the registry's server fetches for those who ask for a version's."""

    def __init__(self, client: MlflowClient, registry: MlflowClient, version: Version) -> None:
        self._client = client
        self.client = registry
        self._version = version

    def address(self, path: str) -> str:
        """See ``Shelf.address``."""
        version = self._version
        return self.client.address("model-versions/get-artifact", name=version.name, version=version.number, path=path)


class OfModel(_Fetched):
    """Files of a logged model of MLflow 3."""

    def __init__(self, client: MlflowClient, registry: MlflowClient, version: Version, model: str) -> None:
        super().__init__(client, registry, version)
        self._model = model

    def page(self, folder: str, token: str) -> Mapping[str, Json]:
        """See ``Shelf.page``."""
        path = f"mlflow/logged-models/{self._model}/artifacts/directories"
        return self._client.api(path, folder or "artifacts", artifact_directory_path=folder, page_token=token)


class OfRun(_Fetched):
    """Files in a folder of a run."""

    def __init__(self, client: MlflowClient, registry: MlflowClient, version: Version, root: str) -> None:
        super().__init__(client, registry, version)
        self._root = root

    def page(self, folder: str, token: str) -> Mapping[str, Json]:
        """See ``Shelf.page``."""
        path, run = _joined(self._root, folder), self._version.run
        return self._client.api("mlflow/artifacts/list", folder or "artifacts", run_id=run, path=path, page_token=token)

    def place(self, folder: str) -> str:
        """See ``Shelf.place``."""
        return f"{_joined(self._root, folder)}/"


def shelf(version: Version, registry: MlflowClient, tracking: MlflowClient) -> tuple[Shelf, str]:
    """Where the files of a version are listed, and the place that the registry says they lie at.

    Raises:
        TargetError: nowhere that can be asked, or the server does not answer.
    """
    about = f"{version.name}/{version.number}"
    answer = registry.api("mlflow/model-versions/get-download-uri", about, name=version.name, version=version.number)
    uri = text_or_empty(answer.get("artifact_uri"))
    place = plain(uri)
    root = _served(uri, tracking)
    if root is not None:
        return Proxied(tracking, root), place
    logged = _LOGGED.fullmatch(version.source)
    model = logged[1] if logged else version.model
    if _MODEL.fullmatch(model):
        return OfModel(tracking, registry, version, model), place
    if _RUN.fullmatch(version.run):
        run = text_or_empty(tracking.api("mlflow/artifacts/list", about, run_id=version.run).get("root_uri"))
        if run and uri.startswith(f"{run.rstrip('/')}/"):
            return OfRun(tracking, registry, version, uri[len(run.rstrip("/")) + 1 :].strip("/")), place
    raise TargetError(f"{about}: its files lie at {show(place[:300])}, which its server does not list", hint=_FOLDER)


def _served(uri: str, client: MlflowClient) -> str | None:
    """The folder of an address that the server itself serves; ``None`` for any other store.

    Raises:
        TargetError: another server serves it.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"mlflow-artifacts", "http", "https"}:
        return None
    own = urlsplit(client.index.url)
    if parts.scheme == "mlflow-artifacts":
        same = not parts.netloc or (parts.hostname, port) == (own.hostname, own.port)
        root = parts.path
    else:
        same = _addresses.origin(uri) == _addresses.origin(client.index.url) and _SERVED in parts.path
        root = parts.path.partition(_SERVED)[2]
    if not same:
        raise TargetError(
            f"its files lie at another server ({show(plain(uri)[:300])}), which was not asked",
            hint=f"set {client.index.setting} to that server if you trust it, or {_FOLDER}",
        )
    return root.strip("/")


def walk(shelf: Shelf, limits: Limits) -> Iterator[Listed | Unlisted]:
    """Every file, folder by folder, and what of the list is not asked for.

    Raises:
        TargetError: the first page cannot be had; that a further one cannot is told of its folder.
    """
    left = limits.remote_files
    open_: deque[tuple[str, int]] = deque([("", 0)])
    while open_:
        folder, depth = open_.popleft()
        try:
            for path, size in _folder(shelf, folder, limits):
                left -= 1
                if left < 0:
                    yield Unlisted(
                        folder or "artifacts",
                        f"more than {limits.remote_files} files and folders (limits.remote_files)",
                    )
                    return
                if why := _why_not(path, shelf.place(folder)):
                    yield Unlisted(show(path[: limits.name_chars]), why)
                    continue
                inside = _joined(folder, path.removeprefix(shelf.place(folder)))
                if size is not None:
                    yield Listed(inside, size)
                elif depth == limits.folder_depth:
                    yield Unlisted(inside, "folders are nested deeper than are looked at (limits.folder_depth)")
                else:
                    open_.append((inside, depth + 1))
        except TargetError as cause:
            if not folder:
                raise
            yield Unlisted(folder, f"{cause}; {cause.hint}" if cause.hint else str(cause))


def _folder(shelf: Shelf, folder: str, limits: Limits) -> Iterator[tuple[str, int | None]]:
    """Path and size of each file in a folder, page by page; no size for a folder."""
    token = ""
    for _ in range(limits.pages):
        answer = shelf.page(folder, token)
        for entry in map(object_or_empty, list_or_empty(answer.get("files"))):
            size = entry.get("file_size")
            # Empty files are listed without a size, as protobuf leaves zeros out.
            known = size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else -1
            yield text_or_empty(entry.get("path")), None if entry.get("is_dir") is True else known
        token = text_or_empty(answer.get("next_page_token"))
        if not token:
            return
    raise TargetError(f"{folder or 'its folder'}: more than {limits.pages} pages are listed (limits.pages)")


def _why_not(path: str, place: str) -> str:
    name = path.removeprefix(place)
    if not path.startswith(place) or not name or name in {".", ".."} or _ODD.search(name):
        return "is listed in a folder that cannot hold it; it was not asked for"
    return ""


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name
