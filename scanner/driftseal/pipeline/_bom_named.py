"""Models that code and configurations name, without their files."""

from __future__ import annotations

import posixpath

from driftseal.model.bom import Component
from driftseal.model.item import Item, Json
from driftseal.narrow import text_or_empty
from driftseal.pipeline import _bom_card, _bom_hubs, _bom_providers
from driftseal.pipeline._bom_hubs import COMMIT, HUB, ID, MLFLOW, OLLAMA
from driftseal.pipeline._bom_join import Draft
from driftseal.pipeline._bom_names import endpoint, portable


def named(item: Item, base: Component) -> Draft:
    """A model that code or a configuration names; see ``Sighting``."""
    content = item.content if isinstance(item.content, dict) else {}
    provider = text_or_empty(content.get("provider"))
    id_ = text_or_empty(content.get("id")) or item.name.partition(":")[2] or item.name
    revision = text_or_empty(content.get("revision"))
    version = revision if COMMIT.fullmatch(revision) else ""
    if provider == MLFLOW:
        id_, version = _registered(id_, revision)
    hosted = content.get("hosted") is True
    on_hub = provider == HUB and ID.fullmatch(id_) is not None
    group, _, name = id_.rpartition("/") if on_hub else ("", "", id_)
    base_model = text_or_empty(content.get("base"))
    task = text_or_empty(content.get("task"))
    properties = {
        "driftseal:model:provider": provider,
        "driftseal:model:revision": revision if revision != version else "",
        "driftseal:model:pinned": ("true" if version else "false") if on_hub else "",
        "driftseal:model:remoteCode": "true" if content.get("remote_code") is True else "",
        "driftseal:model:endpoint": endpoint(text_or_empty(content.get("endpoint"))),
        "driftseal:model:files": " ".join(portable(one) for one in _texts(content.get("files"))),
        "driftseal:model:size": str(content.get("size") or ""),
        "driftseal:ollama:ref": id_ if provider == OLLAMA else "",
    }
    component = Component(
        ref=base.ref,
        kind=str(item.kind),
        type="machine-learning-model",
        name=portable(name) or "model",
        group=group,
        version=version,
        purl=_bom_hubs.purl(provider, id_, version, ""),
        publisher=group or (_bom_providers.maker(id_) if hosted else ""),
        supplier=_bom_providers.title(provider) if hosted else "",
        external=hosted,
        ancestors=(_bom_hubs.ancestor(base_model, "", sure=provider == HUB),) if base_model else (),
        card=_bom_card.of_task(task),
        links=tuple(_bom_hubs.links(provider, id_, version)),
        tags=("hosted-model", "model") if hosted else ("model",),
        properties={**base.properties, **{key: value for key, value in properties.items() if value}},
        evidence=base.evidence,
    )
    local = provider in {"", "file", "local", "path"}
    thing = _bom_hubs.thing("file", posixpath.normpath(id_)) if local else _bom_hubs.thing(provider, id_)
    return Draft(component, thing, version)


def _registered(id_: str, revision: str) -> tuple[str, str]:
    """Name and version of ``models:/name/3``."""
    name, slash, version = id_.removeprefix("models:/").rpartition("/")
    if slash and version.isdecimal():
        return name, version
    return id_.removeprefix("models:/"), revision if revision.isdecimal() else ""


def _texts(value: Json) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
