"""Models by the names that hubs and registries know them by: package URLs, pages, and what one model is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlsplit

from driftseal.model.bom import Ancestor, Reference
from driftseal.pipeline import _bom_packages
from driftseal.pipeline._bom_names import nameless, portable

HUB: Final = "huggingface"
HUB_PAGE: Final = "https://huggingface.co"
OLLAMA: Final = "ollama"
MLFLOW: Final = "mlflow"
COMMIT: Final = re.compile("[0-9a-f]{40}")
ID: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
"""``organisation/name`` on the Hugging Face Hub."""


def thing(provider: str, id_: str) -> tuple[str, str, str]:
    """What is one model wherever it is named. An Ollama model without a tag is the one that is tagged «latest»."""
    tagged = f"{id_}:latest" if provider == OLLAMA and ":" not in id_.rpartition("/")[2] else id_
    return "model", portable(provider), portable(tagged)


def purl(provider: str, id_: str, version: str, page: str) -> str:
    """The package URL of a model; empty for hubs that have none. ``page`` is one of its registry."""
    if provider == HUB and ID.fullmatch(id_):
        namespace, _, name = id_.partition("/")
        return _bom_packages.purl(HUB, name, version if COMMIT.fullmatch(version) else "", namespace=namespace)
    if provider == MLFLOW and id_:
        at = urlsplit(page)
        qualifiers = {"repository_url": f"{at.scheme}://{at.netloc}"} if at.netloc else {}
        return _bom_packages.purl(MLFLOW, id_, version, qualifiers=qualifiers)
    return ""


def links(provider: str, id_: str, version: str) -> Iterator[Reference]:
    """The pages of a model."""
    if provider == HUB and ID.fullmatch(id_):
        yield Reference("model-card", f"{HUB_PAGE}/{id_}")
        yield Reference("distribution", f"{HUB_PAGE}/{id_}/tree/{quote(version or 'main', safe='')}")


def ancestor(name: str, relation: str, *, sure: bool) -> Ancestor:
    """What a model was made from; ``sure`` where the name is one of the hub, and no path that looks like it."""
    return Ancestor(portable(nameless(name)), relation, purl(HUB, name, "", "") if sure else "")
