"""Datasets that code loads by their name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Final

from driftseal import rulebook
from driftseal.code.constants import last_name
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _names
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.sites import Site, chain
from driftseal.errors import RuleError
from driftseal.model.item import ItemKind, Json
from driftseal.records import dataclass

_LIST: Final = "ai-datasets"
_LOADED_FROM: Final = frozenset(
    {"json", "csv", "text", "parquet", "arrow", "pandas", "imagefolder", "audiofolder", "webdataset"}
)
"""Formats that ``load_dataset`` reads files of: no datasets."""


@dataclass(frozen=True, slots=True)
class _Loader:
    calls: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    places: tuple[int | str, ...]
    provider: str
    hub: bool
    only: Mapping[str, str]


class DatasetFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "datasets"
    words: ClassVar[frozenset[bytes]] = frozenset(
        {
            b"load_dataset",
            b"hf_hub",
            b"dataset_download",
            b"snapshot_download",
            b"hf_hub_download",
            b"tensorflow_datasets",
            b"msdataset",
        }
        | {b"fetch_openml", b"dataset_load", b"pull_dataset", b"clone_public_dataset"}
    )

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        asking = Asking(code, path)
        for site in code.index.of(path).calls:
            for loader in _loaders().get(last_name(site.call.callee), ()):
                yield from _of_call(code, asking, site, loader)


def _of_call(code: Code, asking: Asking, site: Site, loader: _Loader) -> Iterator[Sighting]:
    parts = chain(site.call.callee)
    if not any(parts[-len(call) :] == call for call in loader.calls):
        return
    sure = asking.sure(site, loader.sources)
    if not sure or any(_text(code, asking, site, key) != value for key, value in loader.only.items()):
        return
    for spot in asking.arguments(site, loader.places):
        for value in code.values.of(spot):
            if not _is_name(value.text, hub=loader.hub):
                continue
            content: dict[str, Json] = {"provider": loader.provider, "id": value.text}
            for key in ("revision", "split"):
                told = _text(code, asking, site, key)
                if told:
                    content[key] = told
            yield Sighting(
                ItemKind.DATASET,
                f"{loader.provider}:{value.text}",
                content,
                line=value.line or site.call.line,
                symbol=value.name or code.index.symbol(site.path, site.scope),
                confidence=round(sure * value.sure * asking.weight(value.spot.path), 2),
                path=value.spot.path,
            )


def _is_name(text: str, *, hub: bool) -> bool:
    if not hub:
        return _names.hosted(text)
    if text in _LOADED_FROM or _names.is_file(text):
        return False
    # The first datasets of the Hub have no organisation.
    return _names.hub(text) is not None or ("/" not in text and _names.hosted(text))


def _text(code: Code, asking: Asking, site: Site, name: str) -> str:
    return next((text for spot in asking.arguments(site, (name,)) if (text := code.constants.text(spot))), "")


@cache
def _loaders() -> Mapping[str, tuple[_Loader, ...]]:
    given = rulebook.load_list(_LIST)
    if not isinstance(given, list):
        raise RuleError(f"rules/lists/{_LIST}.yaml is no list")
    found: dict[str, list[_Loader]] = {}
    for entry in given:
        loader = _loader(entry)
        for call in loader.calls:
            found.setdefault(call[-1], []).append(loader)
    return {name: tuple(loaders) for name, loaders in found.items()}


def _loader(entry: Any) -> _Loader:
    return _Loader(
        calls=tuple(tuple(call.split(".")) for call in entry["calls"]),
        sources=tuple(entry.get("from", ())),
        places=tuple(entry["id"]),
        provider=entry["provider"],
        hub=entry["shape"] == "hub",
        only=entry.get("only", {}),
    )
