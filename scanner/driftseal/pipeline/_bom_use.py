"""What runs models and agents: CI steps, extensions of browsers and editors, programs of a machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from driftseal.model.bom import Component
from driftseal.model.item import Item, Json
from driftseal.narrow import text_or_empty
from driftseal.pipeline import _bom_packages
from driftseal.pipeline._bom_items import named
from driftseal.pipeline._bom_join import Draft, of_package
from driftseal.pipeline._bom_names import portable
from driftseal.pipeline._bom_words import texts, told_with, words

_COMMIT: Final = re.compile("[0-9a-f]{40}")
_ACTION: Final = re.compile(
    r"([A-Za-z0-9][\w.-]{0,99})/([A-Za-z0-9][\w.-]{0,99})(?:/[\w.-]{1,100}){0,5}@([\w./-]{1,100})"
)
"""Owner, repository, folder and revision of a GitHub action."""
_EXTENSION: Final = re.compile(r"([A-Za-z0-9][\w-]{0,99})\.([A-Za-z0-9][\w.-]{0,99})")
_EDITORS: Final = frozenset({"vscode", "vscode-marketplace", "openvsx", "open-vsx"})
"""Stores of which there is a type of package URL."""
_OPEN_VSX: Final = frozenset({"openvsx", "open-vsx"})
"""What it holds under a name need not be what Microsoft's marketplace, which the type means, holds under it."""


def ci_step(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    """A step of a CI workflow, and the action that it uses."""
    del item
    uses, version = text_or_empty(content.get("uses")), text_or_empty(content.get("version"))
    told = {
        "driftseal:ci:uses": uses,
        "driftseal:ci:version": version,
        "driftseal:ci:runs": text_or_empty(content.get("runs")),
        "driftseal:ci:env": " ".join(texts(content.get("env"))),
        "driftseal:ci:permissions": words(content.get("permissions")),
    }
    yield Draft(replace(base, properties=told_with(base, told)))
    found = _ACTION.fullmatch(uses if "@" in uses else f"{uses}@{version}")
    if found is not None:
        owner, repository, ref = found.groups()
        action = replace(
            base,
            ref=f"{base.ref}/action",
            kind="package",
            type="application",
            data_type="",
            name=repository,
            group=owner,
            version=ref,
            purl=_bom_packages.purl("github", repository, ref, namespace=owner),
            tags=("ci-action",),
            properties={
                "driftseal:item:kind": "package",
                "driftseal:package:pinned": "true" if _COMMIT.fullmatch(ref) else "false",
            },
        )
        yield replace(of_package(action), owner=base.ref)


def extension(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    """An extension of a browser, an editor or an IDE."""
    store, id_ = text_or_empty(content.get("store")), text_or_empty(content.get("id"))
    id_ = id_ or item.name.partition(":")[2] or item.name
    version = text_or_empty(content.get("version"))
    editor = _EXTENSION.fullmatch(id_) if store in _EDITORS else None
    told = {
        "driftseal:extension:store": store,
        "driftseal:extension:id": id_,
        "driftseal:extension:role": text_or_empty(content.get("role")),
        "driftseal:extension:permissions": words(content.get("permissions")),
        "driftseal:extension:hosts": words(content.get("hosts")),
    }
    component = replace(
        base,
        name=portable(text_or_empty(content.get("title")) or (editor[2] if editor else id_)),
        group=editor[1] if editor else "",
        publisher=editor[1] if editor else "",
        version=portable(version),
        purl=_editor_purl(editor[1], editor[2], version, store) if editor else "",
        properties=told_with(base, told),
    )
    yield Draft(component, ("extension", portable(store), portable(id_)), version)


def _editor_purl(publisher: str, name: str, version: str, store: str) -> str:
    elsewhere = {"repository_url": "https://open-vsx.org"} if store in _OPEN_VSX else None
    return _bom_packages.purl("vscode-extension", name, version, namespace=publisher, qualifiers=elsewhere)


def application(item: Item, content: Mapping[str, Json], base: Component) -> Iterator[Draft]:
    """A program on this machine that runs models or agents, and the package that it was installed from."""
    told = {
        "driftseal:application:role": text_or_empty(content.get("role")),
        "driftseal:application:installedBy": text_or_empty(content.get("installed_by")),
    }
    version = portable(text_or_empty(content.get("version")))
    title = portable(text_or_empty(content.get("title")) or item.name)
    component = replace(base, name=title, version=version, properties=told_with(base, told))
    yield Draft(component, ("application", title), version)
    installed = _bom_packages.package_of(item)
    if installed is not None and installed.purl:
        group, name = named(installed.name)
        package = replace(
            base,
            ref=f"{base.ref}/package",
            kind="package",
            name=name,
            group=group,
            version=installed.version,
            purl=installed.purl,
            tags=("program-package",),
            properties={"driftseal:item:kind": "package", "driftseal:package:pinned": "true"},
            # Places that tell of the program alone do not tell what it came in.
            evidence=tuple(at for at in base.evidence if at.symbol) or base.evidence,
        )
        yield replace(of_package(package), owner=base.ref)
