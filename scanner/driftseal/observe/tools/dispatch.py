"""Which function runs a tool of a low-level server, whose one handler looks at the name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.code.walk import below
from driftseal.observe.tools.sites import Branch, Sites
from driftseal.regexes import regex

_ASIDE: Final = frozenset(
    {"parse", "safeParse", "log", "info", "debug", "error", "warn", "print", "validate", "get", "Error"}
)

_DRESSING: Final = frozenset(
    {"stringify", "dumps", "TextContent", "CallToolResult", "String", "str", "dict", "list", "toString", "join", "map"}
    | {"keys", "entries", "model_dump", "model_dump_json", "items", "push", "append", "format", "isArray", "includes"}
)
"""What a branch does to the arguments and the answer of the function that does its work."""
_ASKED: Final = regex(r"(?:is|has|assert|check|ensure|validate|verify)(?:[A-Z_]|$)")
"""How names of functions begin that look at the arguments, and do no work."""


class _Request(NamedTuple):
    """One kind of request, as those who serve it name it."""

    schema: str
    method: str
    decorators: frozenset[str]


_CALLS: Final = _Request("CallTool", "tools/call", frozenset({"call_tool", "callTool"}))
_READS: Final = _Request("ReadResource", "resources/read", frozenset({"read_resource", "readResource"}))


class Dispatch:
    """Looks up handlers by the names of tools."""

    def __init__(self, sites: Sites, names: frozenset[str]) -> None:
        self._sites = sites
        self._branches: dict[str, list[Branch]] = {}
        for branch in sites.branches:
            value = sites.constants.text(Spot(branch.path, branch.scope, branch.value))
            if value in names and value is not None:
                self._branches.setdefault(value, []).append(branch)
        self._keyed: dict[str, list[Spot]] = {}
        for site in sites.mappings:
            self._table(site.spot, names)
        self._fallbacks = tuple(self._serving(_CALLS))
        self.readers: tuple[FunctionRef, ...] = tuple(dict.fromkeys(self._serving(_READS)))
        """Functions that are asked for resources by their URIs."""

    def _table(self, whole: Spot, names: frozenset[str]) -> None:
        if not isinstance(whole.expr, ir.Mapping):
            return
        for entry in whole.expr.entries:
            key = entry.key
            if isinstance(entry.value, (ir.Closure, ir.Name, ir.Attr, ir.Call)) and key is not None:
                name = key.value if isinstance(key, ir.Const) else self._sites.constants.text(whole.at(key))
                if isinstance(name, str) and name in names:
                    self._keyed.setdefault(name, []).append(whole.at(entry.value))

    def _serving(self, request: _Request) -> Iterator[FunctionRef]:
        """Functions that are called for every request of one kind."""
        for site in self._sites.calls:
            call = site.node
            if isinstance(call, ir.Call) and last_name(call.callee) == "setRequestHandler" and len(call.args) > 1:
                asked = last_name(call.args[0].value)
                method = self._sites.constants.text(site.spot.at(call.args[0].value))
                wanted = request.schema in asked or method == request.method
                found = self._sites.function(site.spot.at(call.args[1].value)) if wanted else None
                if found is not None:
                    yield found
        for ref in self._sites.project.functions():
            for decorator in self._sites.project.function(ref).decorators:
                callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
                if last_name(callee) in request.decorators:
                    yield ref

    def reader(self, path: str) -> FunctionRef | None:
        """The function that reads whatever resource a low-level server is asked for."""
        return next(iter(sorted(self.readers, key=lambda one: one.path != path)), None)

    def handler(self, name: str, path: str) -> tuple[FunctionRef, tuple[str, ...] | None] | None:
        """The function that runs a tool, with the names of its parameters that carry arguments where that is told."""
        for branch in sorted(self._branches.get(name, ()), key=lambda one: (one.path != path, -_likely(one))):
            found = self._branch(branch)
            if found is not None:
                return found, None
        for spot in self._keyed.get(name, ()):
            found = self._sites.function(spot)
            if found is not None:
                return found, None
        for ref in sorted(self._fallbacks, key=lambda one: one.path != path):
            return ref, None
        return None

    def _branch(self, branch: Branch) -> FunctionRef | None:
        given_back = _given_back(branch.then)
        named = ((call, last_name(call.callee)) for call in _calls(branch.then))
        calls = [
            call for call, name in named if name not in _ASIDE and (id(call) in given_back or not _ASKED.match(name))
        ]
        resolved = [(call, self._sites.function(Spot(branch.path, branch.scope, call.callee))) for call in calls]
        functions = list(dict.fromkeys(found for call, found in resolved if found is not None and not _fixed(call)))
        works = any(found is None and last_name(call.callee) not in _DRESSING for call, found in resolved)
        here = FunctionRef(branch.path, branch.scope) if branch.scope and _likely(branch) else None
        if here is not None and (works or len(functions) > 1):
            # The branch does the work itself, with helpers: one that checks a path, say, is not the tool.
            return here
        if here is not None and any(found is not None and _told(call, branch) for call, found in resolved):
            # Given words of its own beside the arguments, it serves many tools: it runs a program, say.
            return here
        return functions[0] if functions else here


def _fixed(call: ir.Call) -> bool:
    """Whether a call is given constants alone, so that the arguments of the tool are none of its."""
    names = (
        node for node in below(tuple(ir.Do(arg.value, call.line) for arg in call.args)) if isinstance(node, ir.Name)
    )
    return bool(call.args) and all(name.id.isupper() for name in names)


def _told(call: ir.Call, branch: Branch) -> bool:
    """Whether a call is given constant texts other than the tool's name."""
    name = branch.value.value if isinstance(branch.value, ir.Const) else None
    given = (arg.value for arg in call.args if not arg.name)
    return any(isinstance(value, ir.Const) and isinstance(value.value, str) and value.value != name for value in given)


def _given_back(block: ir.Block) -> frozenset[int]:
    """Calls whose results are answers, whatever they are called: ``return respond(await service.verify(args))``."""
    answers = (node for node in below(block) if isinstance(node, ir.Return) and node.value is not None)
    return frozenset(id(node) for answer in answers for node in below(answer.value) if isinstance(node, ir.Call))


def _likely(branch: Branch) -> bool:
    """Whether what is compared is called a name."""
    return "name" in last_name(branch.subject).lower() or "tool" in last_name(branch.subject).lower()


def _calls(block: ir.Block) -> Iterator[ir.Call]:
    """Calls in a block, the outer ones first, in order."""
    return (node for node in below(block) if isinstance(node, ir.Call))
