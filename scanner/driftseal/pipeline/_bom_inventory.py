"""What code, manifests and machines name as parts of AI, kind by kind; see ``Sighting`` for what their items hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Final

from driftseal.model.bom import Component, Reference
from driftseal.model.digest import Digest
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.pipeline import _bom_hubs, _bom_named, _bom_packages, _bom_use
from driftseal.pipeline._bom_items import named
from driftseal.pipeline._bom_join import Draft, of_package
from driftseal.pipeline._bom_names import portable
from driftseal.pipeline._bom_words import texts, told_with, words

KINDS: Final = frozenset({"inventory", "machine"})
"""The target kinds whose items these are."""
_FRAMEWORKS: Final = frozenset({"framework"})
"""Roles that call the code that uses them; anything else is a library."""
_PLACES: Final = 20_000
"""Places that all versions of one package together are told with."""
_SHA256: Final = re.compile("[0-9a-f]{64}")
_COMMIT: Final = re.compile("[0-9a-f]{40}")


def drafts(item: Item, base: Component, prefix: str) -> Iterator[Draft]:
    """The component of an item, and those that it names. ``prefix`` is the folder that it was found from."""
    make = _MAKERS.get(item.kind)
    content = item.content if isinstance(item.content, dict) else {}
    if make is None:
        yield Draft(base, (base.kind, prefix + item.name))
    elif item.kind in _PLACED:
        # Their names are paths or names of one project: those of two projects are two things.
        for draft in make(item, content, base):
            yield draft if draft.thing else replace(draft, thing=(base.kind, portable(prefix + item.name)))
    else:
        yield from make(item, content, base)


def _model(item: Item, _: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    yield _bom_named.named(item, base)


def _dataset(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    provider = text_or_empty(content.get("provider"))
    id_ = text_or_empty(content.get("id")) or item.name
    yield dataset(base, provider, id_, text_or_empty(content.get("revision")), text_or_empty(content.get("split")))


def dataset(base: Component, provider: str, id_: str, revision: str = "", split: str = "") -> Draft:
    """A dataset by its name; no type of package URL is for datasets, and that of models would name another thing."""
    on_hub = provider == _bom_hubs.HUB
    group, _, name = id_.rpartition("/") if on_hub else ("", "", id_)
    version = revision if _COMMIT.fullmatch(revision) else ""
    told = {
        "driftseal:dataset:provider": provider,
        "driftseal:dataset:revision": revision if revision != version else "",
        "driftseal:dataset:split": split,
        "hf:repoType": "dataset" if on_hub else "",
    }
    page = f"{_bom_hubs.HUB_PAGE}/datasets/{id_}"
    component = replace(
        base,
        name=portable(name) or "dataset",
        group=portable(group),
        publisher=portable(group),
        version=version,
        links=(Reference("distribution", page),) if on_hub and re.fullmatch(r"[\w./-]+", id_, re.ASCII) else (),
        properties=told_with(base, told),
    )
    return Draft(component, ("dataset", portable(provider), portable(id_)), version)


def of_card(name: str, model: Component, ref: str) -> Draft:
    """A dataset that a model's card names, as ids of the Hugging Face Hub."""
    base = Component(
        ref=ref,
        kind=str(ItemKind.DATASET),
        type="data",
        name=name,
        data_type="dataset",
        tags=("dataset",),
        properties={"driftseal:item:kind": str(ItemKind.DATASET)},
        evidence=model.evidence,
    )
    return replace(dataset(base, _bom_hubs.HUB, name), rank=2, owner=model.ref)


def _framework(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    """One component for each version that is pinned somewhere; what states no version may be about any of them."""
    pinned = object_or_empty(content.get("pinned_at"))
    if len(pinned) <= 1:
        yield _package(item, content, base, text_or_empty(content.get("version")))
        return
    # Thousands of places beside each of thousands of versions would be millions.
    most = max(_PLACES // len(pinned), 1)
    every = {place for places in pinned.values() for place in texts(places)}
    found: dict[str, list[tuple[int, Evidence]]] = {}
    for number, one in enumerate(base.evidence):
        place = f"{one.uri}:{one.line}"
        found.setdefault(place if place in every else "", []).append((number, one))
    for version, places in pinned.items():
        own = [one for place in texts(places) for one in found.get(place, ())[:most]][:most]
        evidence = tuple(one for _, one in sorted((*own, *found.get("", ())[: most - len(own)]), key=itemgetter(0)))
        own_base = replace(base, ref=f"{base.ref}@{version}", evidence=evidence)
        # What one place asks for is not what another one does.
        yield _package(item, {**content, "requirement": ""}, own_base, version)


def _package(item: Item, content: Mapping[str, Json], base: Component, version: str) -> Draft:
    ecosystem, package = text_or_empty(content.get("ecosystem")), text_or_empty(content.get("package"))
    package = package or item.name.partition(":")[2]
    role = text_or_empty(content.get("role"))
    group, name = named(package, ":" if ecosystem == "maven" else "/")
    told = {
        "driftseal:package:role": role,
        "driftseal:package:ecosystem": ecosystem,
        "driftseal:package:requirement": text_or_empty(content.get("requirement")),
        "driftseal:package:imported": "true" if content.get("imported") is True else "",
        "driftseal:package:pinned": "true" if version else "",
    }
    return of_package(
        replace(
            base,
            type="framework" if role in _FRAMEWORKS else "library",
            name=name or "package",
            group=group,
            version=portable(version),
            purl=_bom_packages.of_registry(ecosystem, package, version),
            tags=tuple(sorted({*base.tags, role} - {""})),
            properties=told_with(base, told),
        )
    )


def _agent(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    wants = [("model", text_or_empty(content.get("model")))]
    wants += [("framework", text_or_empty(content.get("framework")))]
    for key, kind in (("tools", "tool"), ("prompts", "prompt"), ("servers", "server")):
        wants += [(kind, one) for one in texts(content.get(key))]
    told = {
        "driftseal:agent:framework": text_or_empty(content.get("framework")),
        "driftseal:agent:model": text_or_empty(content.get("model")),
        "driftseal:agent:tools": " ".join(texts(content.get("tools"))),
        "driftseal:agent:prompts": " ".join(texts(content.get("prompts"))),
        "driftseal:agent:servers": " ".join(texts(content.get("servers"))),
    }
    component = replace(base, name=portable(item.name) or "agent", properties=told_with(base, told))
    yield Draft(component, wants=tuple(want for want in wants if want[1]))


def _prompt(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    del item
    digest = text_or_empty(content.get("sha256"))
    told = {
        "driftseal:prompt:role": text_or_empty(content.get("role")),
        "driftseal:prompt:symbol": text_or_empty(content.get("symbol")),
        "driftseal:prompt:length": str(content.get("length") or ""),
        "driftseal:digestOf": "text" if digest else "",
    }
    digests = (Digest("sha256", digest),) if _SHA256.fullmatch(digest) else ()
    yield Draft(replace(base, digests=digests, mime="text/plain", properties=told_with(base, told)))


def _credential(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    told = {
        "driftseal:credential:provider": text_or_empty(content.get("provider")),
        "driftseal:credential:source": text_or_empty(content.get("source")),
        "driftseal:credential:usedBy": words(content.get("used_by")),
    }
    yield credential(item.name, replace(base, properties=told_with(base, told)))


def credential(name: str, base: Component) -> Draft:
    """A credential by the name of its variable or header, whoever asks for it."""
    return Draft(base, ("credential", portable(name)))


_MAKERS: Final[Mapping[ItemKind, Callable[[Item, Mapping[str, Json], Component], Iterator[Draft]]]] = {
    ItemKind.MODEL: _model,
    ItemKind.DATASET: _dataset,
    ItemKind.FRAMEWORK: _framework,
    ItemKind.AGENT: _agent,
    ItemKind.PROMPT_FILE: _prompt,
    ItemKind.CREDENTIAL: _credential,
    ItemKind.CI_STEP: _bom_use.ci_step,
    ItemKind.EXTENSION: _bom_use.extension,
    ItemKind.APPLICATION: _bom_use.application,
}
_PLACED: Final = frozenset({ItemKind.AGENT, ItemKind.PROMPT_FILE, ItemKind.CI_STEP})
