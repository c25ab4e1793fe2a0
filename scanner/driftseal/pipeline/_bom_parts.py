"""Components, services and how they hang together, gathered target by target, then joined and linked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from driftseal.model.bom import Citation, Component, Service
from driftseal.model.item import Item, ItemKind
from driftseal.model.observation import Capability, RelationKind
from driftseal.model.report import Report
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.pipeline import _bom_inventory, _bom_models, _bom_services, _bom_skills
from driftseal.pipeline._bom_items import PROVIDED, component, package
from driftseal.pipeline._bom_join import Draft, join
from driftseal.pipeline._bom_links import Answering, Index, linked
from driftseal.pipeline._bom_names import ROOT, Names
from driftseal.pipeline._bom_whole import Whole

if TYPE_CHECKING:
    from driftseal.observe.files.base import Reading

Readings = Mapping[str, Mapping[str, "Reading"]]
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,}")
"""Names that mean one credential wherever they stand; a header of one server is not that of another."""


class Parts:
    """Everything that targets tell of, until it is joined."""

    def __init__(self, report: Report, readings: Readings) -> None:
        self.names = Names(snapshot.target for snapshot in report.snapshots)
        self.citations: list[Citation] = []
        self.models: dict[str, str] = {}
        """Reference of the draft of each target that is a model, by the target's identity."""
        self._readings = readings
        self._drafts: list[Draft] = []
        self._services: dict[str, Service] = {}
        self._index = Index()
        self._needs: dict[str, set[str]] = {ROOT: set()}
        self._gives: dict[str, set[str]] = {}
        self._capabilities: dict[tuple[str, str], list[Capability]] = {}
        for capability in report.capabilities:
            self._capabilities.setdefault((capability.target, capability.item), []).append(capability)
        self._mentions: dict[str, set[str]] = {}
        for relation in report.relations:
            if relation.kind is RelationKind.REFERS_TO:
                self._mentions.setdefault(relation.source, set()).add(relation.destination)
        for snapshot in report.snapshots:
            self._add(snapshot)

    # --- one target --------------------------------------------------------------------------

    def _add(self, snapshot: Snapshot) -> None:
        if snapshot.target.kind in _bom_inventory.KINDS:
            self._add_inventory(snapshot)
        elif _bom_models.is_model(snapshot) and not _bom_services.is_service(snapshot):
            self._add_model(snapshot)
        else:
            self._add_server_or_texts(snapshot)

    def _add_inventory(self, snapshot: Snapshot) -> None:
        folder = snapshot.target.reference.partition("#")[0]
        prefix = "" if folder in {".", ""} else f"{folder}:"
        for item in snapshot.items:
            if item.kind is ItemKind.SERVICE:
                service = _bom_services.spoken_to(item, snapshot)
                self._serve(service, ROOT)
                if (installed := package(item, snapshot, self.names)) is not None:
                    self._put(installed, service.ref, item, snapshot)
                continue
            base = self._base(item, snapshot)
            for draft in _bom_inventory.drafts(item, base, prefix) if base is not None else ():
                self._put(draft, ROOT, item, snapshot)

    def _add_model(self, snapshot: Snapshot) -> None:
        identity = snapshot.target.identity
        parts: list[Component] = []
        others: list[Draft] = []
        for item in snapshot.items:
            base = self._base(item, snapshot)
            if base is not None and item.kind is ItemKind.MODEL_FILE:
                parts.append(_bom_models.file(item, base))
            elif base is not None and item.kind is not ItemKind.MODEL:
                others.append(Draft(_bom_skills.document(item, base), owner=_bom_models.ref(snapshot, self.names)))
        draft, told = _bom_models.with_files(snapshot, self.names, self._readings.get(identity, {}), tuple(parts))
        self.models[identity] = draft.component.ref
        refs = []
        for name in told.datasets:
            made = _bom_inventory.of_card(name, draft.component, self.names.item(identity, f"dataset:{name}"))
            refs.append(made.component.ref)
            others.append(made)
        for other in others:
            self._put(other, ROOT, None, snapshot)
        if draft.component.card is not None:
            card = replace(draft.component.card, datasets=tuple(refs))
            draft = replace(draft, component=replace(draft.component, card=card))
        self._put(draft, ROOT, None, snapshot)
        self._needs.setdefault(draft.component.ref, set()).update(part.ref for part in parts)
        self._cite(snapshot, draft.component.ref, told.by)

    def _cite(self, snapshot: Snapshot, ref: str, by: Mapping[str, str]) -> None:
        """Which file, or which registry, states the fields of a model."""
        fields: dict[str, list[str]] = {}
        for name, file in by.items():
            fields.setdefault(file, []).append(name)
        hub = _bom_services.SOURCES.get(snapshot.target.kind, "") if snapshot.origin is Origin.PUBLISHED else ""
        for file, names in sorted(fields.items()):
            at = self.names.item(snapshot.target.identity, f"{ItemKind.MODEL_FILE}:{file}") if file else hub
            note = "as a file of the model states" if file else "as the registry of the model states"
            self.citations.append(Citation((ref,), at, note, tuple(sorted(names))))

    def _add_server_or_texts(self, snapshot: Snapshot) -> None:
        owner = ROOT
        if _bom_services.is_service(snapshot):
            owner = self.names.service(snapshot.target.identity)
            self._serve(_bom_services.service(snapshot, owner), ROOT)
        # A package item knows more than the launch that names the same package.
        has_package = any(item.kind is ItemKind.PACKAGE for item in snapshot.items)
        telling = ItemKind.PACKAGE if has_package else ItemKind.LAUNCH
        heads = _bom_skills.heads(snapshot.items)
        files: dict[str, list[Item]] = {}
        for item in snapshot.items:
            head = _bom_skills.head_of(item, heads)
            if head is not None:
                files.setdefault(head.key, []).append(item)
                continue
            if item.kind is telling and (installed := package(item, snapshot, self.names)) is not None:
                self._put(installed, owner, item, snapshot)
        heads_by_key = {item.key: item for item in heads.values()}
        for item in snapshot.items:
            base = self._base(item, snapshot)
            if base is None or _bom_skills.head_of(item, heads) is not None:
                continue
            if item.key in heads_by_key:
                self._add_skill(item, base, files.get(item.key, []), snapshot)
            else:
                self._put(self._plain(item, base), owner, item, snapshot)

    def _plain(self, item: Item, base: Component) -> Draft:
        if item.kind is ItemKind.CREDENTIAL and _VARIABLE.fullmatch(item.name):
            return _bom_inventory.credential(item.name, base)
        if item.kind in {ItemKind.AGENT, ItemKind.PROMPT_FILE, ItemKind.SKILL}:
            return Draft(_bom_skills.document(item, base))
        return Draft(_bom_skills.file(item, base) if item.kind is ItemKind.SOURCE_FILE else base)

    def _add_skill(self, item: Item, base: Component, files: Sequence[Item], snapshot: Snapshot) -> None:
        parts = []
        for file in files:
            made = self._base(file, snapshot)
            if made is not None:
                parts.append(_bom_skills.file(file, made))
        self._put(Draft(_bom_skills.skill(item, base, files, tuple(parts))), ROOT, item, snapshot)
        self._needs.setdefault(base.ref, set()).update(part.ref for part in parts)

    def _base(self, item: Item, snapshot: Snapshot) -> Component | None:
        identity = snapshot.target.identity
        part = component(item, snapshot, self.names, self._capabilities.get((identity, item.key), ()))
        mentions = self._mentions.get(f"{identity}|{item.key}", ())
        if part is None or not mentions:
            return part
        told = " ".join(sorted(map(self.names.told, mentions)))
        return replace(part, properties={**part.properties, "driftseal:refersTo": told})

    def _put(self, draft: Draft, owner: str, item: Item | None, snapshot: Snapshot) -> None:
        self._drafts.append(draft)
        ref = draft.component.ref
        if item is not None:
            self._index.add(str(item.kind), item.name, snapshot.target.identity, ref)
            self._index.want(ref, draft.wants, snapshot.target.identity)
        links = self._gives if item is not None and item.kind in PROVIDED and owner != ROOT else self._needs
        links.setdefault(draft.owner or owner, set()).add(ref)

    def _serve(self, service: Service, owner: str) -> None:
        known = self._services.get(service.ref)
        self._services[service.ref] = service if known is None else _bom_services.merged(known, service)
        self._needs.setdefault(owner, set()).add(service.ref)
        self._needs.setdefault(service.ref, set())
        self._index.add("server" if service.kind == "server" else "provider", service.name, "", service.ref)

    # --- everything --------------------------------------------------------------------------

    def joined(self) -> Whole:
        """All of it, each thing once, every link leading somewhere."""
        joined = join(self._drafts)
        for source, kind, name, identity in self._index.wants:
            for ref in self._index.find(kind, name, identity):
                self._needs.setdefault(source, set()).add(ref)
        components = {ref: linked(part, joined) for ref, part in joined.components.items()}
        answering = Answering(self._services.values())
        for ref, part in components.items():
            # An adapter is of no use without the model that it adapts; a model that was trained further is.
            needed = {one.ref for one in part.ancestors if one.ref and one.relation == "adapter"}
            self._needs.setdefault(ref, set()).update(needed, answering.models(part))
        for ref, part in components.items():
            for service in answering.opened(part):
                self._needs.setdefault(service, set()).add(ref)
        return Whole(components, answering.services(), joined, self._needs, self._gives)
