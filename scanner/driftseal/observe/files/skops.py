"""skops: the ``schema.json`` of a ``.skops`` file, whose nodes say which types are made and which functions called."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files import _graph
from driftseal.observe.files._pickle_names import Tier, tier
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen
from driftseal.observe.words import vocabulary

if TYPE_CHECKING:
    from driftseal.model.item import Json

_LOOKED: Final = 1 << 22


class Skops(Analyser):
    """Every node, judged by the lists that pickles are judged by.

    Facts:
        skops-dangerous-name: a node names what runs commands, code or other functions (subject: ``module.name``).
        skops-unknown-name: a node names what stands in no list (subject: ``module.name``).
        skops-method: a node binds a method of an object (subject: the method).
        skops-foreign-operator: a node for operators names another module (subject: ``module.name``).
        skops-duplicate-key: a node holds a name twice (subject: the name).
        skops-unparsable: it is no JSON.

    Properties: ``types`` (how often each stands in it), ``skops`` (the version).
    """

    name: ClassVar[str] = "skops"

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        if not head.lstrip().startswith(b"{"):
            return False
        data = head if len(head) == blob.size else blob.read_at(0, _LOOKED)
        return b'"__loader__"' in data and b'"__module__"' in data

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if blob.size > budget.limits.file_bytes:
            yield Blank("the schema is too large to be parsed (limits.file_bytes)")
            return
        twice: dict[str, None] = {}
        try:
            root: Json = json.loads(blob.read_at(0, blob.size), object_pairs_hook=lambda pairs: _object(pairs, twice))
        except (ValueError, RecursionError) as cause:
            yield Fact("skops-unparsable", str(cause))
            yield Blank(f"the schema is no JSON that can be read: {cause}")
            return
        for key in twice:
            yield Fact("skops-duplicate-key", f"{key} stands twice in one node", subject=key)
        yield from _Schema(budget).walk(root)
        version = root.get("_skops_version") if isinstance(root, dict) else None
        if isinstance(version, str):
            yield Property("skops", version)


def _object(pairs: list[tuple[str, Json]], twice: dict[str, None]) -> Json:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            twice[key] = None
        seen.add(key)
    # Of a doubled name no reader's choice is known: all of its values are walked.
    return {**found, "#": [value for _, value in pairs]}


class _Schema:
    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._types: Counter[str] = Counter()
        self._told: set[tuple[str, str]] = set()

    def walk(self, root: Json) -> Iterator[Seen]:
        """Facts in the order of the document."""
        left: list[Json] = [root]
        while left and self._budget.spend():
            value = left.pop()
            if isinstance(value, dict):
                yield from self._node(value)
                left.extend(reversed(value.values()))
            elif isinstance(value, list):
                left.extend(reversed(value))
        if self._types:
            told: dict[str, Json] = dict(sorted(self._types.items())[: _graph.LISTED])
            yield Property("types", told)

    def _node(self, node: Mapping[str, Json]) -> Iterator[Seen]:
        module, name, loader = (_text(node, key) for key in ("__module__", "__class__", "__loader__"))
        content = node.get("content")
        held = content if isinstance(content, dict) else {}
        if loader and name:
            self._types[f"{module}.{name}"] += 1
            yield from self._named(module, name)
        if loader == "OperatorFuncNode" and module not in {"operator", "_operator"}:
            yield from self._fact("skops-foreign-operator", f"{module}.{name}", f"{module}.{name}")
        if loader == "MethodNode":
            method = _text(held, "func")
            yield from self._fact("skops-method", f"the method {method}", method)
        for place in (held, node):
            path, function = _text(place, "module_path"), _text(place, "function")
            if function:
                yield from self._named(path, function)

    def _named(self, module: str, name: str) -> Iterator[Seen]:
        full = f"{module}.{name}"
        found = tier(module, name)
        if found.harmless or full.lower() in vocabulary("skops", "plain"):
            return
        fact = "skops-unknown-name" if found is Tier.UNKNOWN else "skops-dangerous-name"
        yield from self._fact(fact, full, full)

    def _fact(self, name: str, evidence: str, subject: str) -> Iterator[Fact]:
        if (name, subject) not in self._told:
            self._told.add((name, subject))
            yield Fact(name, evidence, subject=subject)


def _text(node: Mapping[str, Json], key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""
