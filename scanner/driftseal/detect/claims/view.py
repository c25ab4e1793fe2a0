"""One server as the checks see it: what each tool promises, does, and where its data goes."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code.walk import below
from driftseal.detect import _purpose
from driftseal.detect.claims.promise import Promise, server_names, server_words
from driftseal.model.item import ItemKind
from driftseal.model.observation import Label
from driftseal.model.rule import Confidence
from driftseal.model.snapshot import Snapshot
from driftseal.observe import topics

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed
    from driftseal.observe.program import Program
    from driftseal.observe.taint.flows import Flow

_TELLING: Final = 3
"""Letters of a word that names a host rather than stands in it by chance."""
_SENDING: Final = frozenset({"POST", "PUT", "PATCH"})


def _tests(node: object) -> list[ir.Expr]:
    """Expressions of which a node takes nothing but whether they are set."""
    if type(node) is ir.If or type(node) is ir.Choice:
        return [node.test]
    if type(node) is ir.Unary and node.op in {"!", "not"}:
        return [node.value]
    if type(node) is not ir.Call:
        return []
    if type(node.callee) is ir.Name and node.callee.id in {"Boolean", "any", "all", "bool"}:
        return [arg.value for arg in node.args]
    # ``[process.env.ONE_KEY, process.env.OTHER_KEY].filter(Boolean)``
    tried = [arg.value for arg in node.args]
    counts = any(type(each) is ir.Name and each.id == "Boolean" for each in tried)
    return [node.callee.value] if counts and type(node.callee) is ir.Attr else []


def _reads(node: object, variable: str) -> bool:
    if type(node) is ir.Attr:
        return node.name == variable
    given = [node.key] if type(node) is ir.Index else [arg.value for arg in node.args] if type(node) is ir.Call else []
    return any(type(each) is ir.Const and each.value == variable for each in given)


class View:
    """What several checks ask about one server."""

    def __init__(self, snapshot: Snapshot, program: Program, deeds: Mapping[str, Sequence[Deed]]) -> None:
        server, called = server_words(snapshot, program), server_names(snapshot, program)
        self._modules = program.project.modules
        self.promises = {
            item.key: Promise(item, server, called) for item in snapshot.items if item.kind is ItemKind.TOOL
        }
        self.deeds = {key: deeds.get(key, ()) for key in self.promises}
        self._schemas = {key: one.schema for key, one in program.declared.items()}
        self.flows: dict[str, list[Flow]] = {key: [] for key in self.promises}
        for flow in program.flows.flows:
            if flow.tool in self.flows and flow.confidence >= Confidence.MEDIUM:
                self.flows[flow.tool].append(flow)
        self._sources: Counter[tuple[str, int]] | None = None
        self._business: frozenset[tuple[str, int]] | None = None
        self._read: dict[str, frozenset[str]] = {}
        reached = [
            {host for deed in own for host in deed.hosts}
            for key, own in self.deeds.items()
            if not self.computes(key) and not self.stays(key)
        ]
        self._hosts = Counter(host for hosts in reached for host in hosts)
        self._open = sum(map(bool, reached))
        """Tools that say that they reach out, and do."""

    def computes(self, key: str) -> bool:
        """See `Promise.computes`."""
        return self.promises[key].computes

    def stays(self, key: str) -> bool:
        """See `Promise.stays`."""
        return self.promises[key].stays

    def is_common(self, flow: Flow) -> bool:
        """Whether what is read there reaches most of the tools, so that it is the server's rather than one tool's."""
        if self._sources is None:
            self._sources = Counter(
                place for own in self.flows.values() for place in {(each.source.path, each.source.line) for each in own}
            )
        count = self._sources[flow.source.path, flow.source.line]
        return count > 1 and count * 2 > len(self.promises)

    def is_business(self, deed: Deed) -> bool:
        """Whether tools that promise more than to stay here do the same at this place."""
        if self._business is None:
            self._business = frozenset(
                (each.path, each.line)
                for key, own in self.deeds.items()
                if not self.computes(key) and not self.stays(key)
                for each in own
            )
        return (deed.path, deed.line) in self._business

    def foreign_hosts(self, key: str, deed: Deed) -> tuple[str, ...]:
        """Hosts of a deed that neither the tool nor its server names, and that not most of its tools talk to."""
        return tuple(
            host
            for host in deed.hosts
            if not topics.shows("near_hosts", host)
            and not topics.shows("telemetry_hosts", host)
            and not self.promises[key].names(host)
            and not any(word in host for word in self._keys(key))
            and (self._hosts[host] <= 1 or self._hosts[host] * 2 <= len(self.promises))
        )

    def is_home(self, host: str) -> bool:
        """Whether it is where most of those tools go that say that they reach out."""
        return self._hosts[host] > 1 and self._hosts[host] * 2 > self._open

    def _keys(self, key: str) -> frozenset[str]:
        """Telling words of the variables that a tool reads: whoever has a key for a service is there to use it."""
        if key not in self._read:
            names = (deed.what.lower() for deed in self.deeds[key] if deed.label is Label.READS_ENVIRONMENT)
            self._read[key] = frozenset(word for name in names for word in name.split("_") if len(word) > _TELLING)
        return self._read[key]

    def asks(self, deed: Deed) -> bool:
        """Whether a request is one for an answer that somebody takes, rather than one that only tells something."""
        module = self._modules.get(deed.path)
        if deed.what in _SENDING or module is None:
            return False
        around = (each for each in module.functions if each.line <= deed.line <= each.end_line)
        unheard = (node.value for each in around for node in below(each.body) if type(node) is ir.Do)
        return not any(
            call.line == deed.line
            for value in unheard
            if isinstance(call := value.value if isinstance(value, ir.Unary) else value, ir.Call)
        )

    def only_asked(self, deed: Deed) -> bool:
        """Whether of a variable nothing is taken but whether it is set: ``Boolean(process.env.KEY)``."""
        module = self._modules.get(deed.path)
        around = [each for each in module.functions if each.line <= deed.line <= each.end_line] if module else []
        nodes = [node for each in around for node in below(each.body)]
        asked = {id(inside) for node in nodes for test in _tests(node) for inside in below(test)}
        reads = [node for node in nodes if getattr(node, "line", 0) == deed.line and _reads(node, deed.what)]
        return bool(reads) and all(id(node) in asked for node in reads)

    def puts(self, key: str, deed: Deed) -> bool:
        """Whether what is written there lies where a parameter openly says that it is put."""
        places = [
            flow.source
            for flow in self.flows[key]
            if flow.sink.kind == "path-write" and (flow.sink.path, flow.sink.line) == (deed.path, deed.line)
        ]
        schema = self._schemas.get(key)
        return any(source.kind == "parameter" and _purpose.is_place(schema, source.name) for source in places)

    def imports(self, deed: Deed, word: str) -> bool:
        """Whether a file like that in which something is done, or one beside it, uses a library named by a word."""
        beside = posixpath.dirname(deed.path)
        near = (module for path, module in self._modules.items() if path.startswith(beside))
        packages = {each.module.partition(".")[0].lower() for module in near for each in module.imports}
        return any(package.partition("_")[0] == word for package in packages)

    def carries(self, key: str, deed: Deed) -> bool:
        """Whether a request takes something with it: a method that sends, or data that is known to go there."""
        return deed.label is Label.NETWORK and (
            deed.what in _SENDING
            or any(
                flow.sink.kind == "outward" and (flow.sink.path, flow.sink.line) == (deed.path, deed.line)
                for flow in self.flows[key]
            )
        )
