"""Where data goes within one function, and through the helpers that it calls: the names that carry what is followed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import External, FunctionRef, ModuleRef
from driftseal.observe.behaviour.carriers import carrying, chosen, only_written
from driftseal.observe.behaviour.followed import Kind, anywhere, by_default, direct, filled, places
from driftseal.observe.behaviour.handed import poured, standing_for
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import SELVES, listening, text
from driftseal.observe.behaviour.nodes import last as last_of
from driftseal.observe.behaviour.scopes import Called, Scope

_EACH: Final = frozenset({"forEach", "map", "flatMap", "then"})
_ROUNDS: Final = 3
"""Times that a body is read until its names are known; loops feed back."""
_HELPERS: Final = 12
"""Helpers of helpers that are asked what they give back."""
_PARAMETERS: Final = 8
"""Parameters of a helper that are asked for; who takes more is told what to do by most of them."""
_NAMES: Final = 256
_COLLECTORS: Final = frozenset(
    {
        "append",
        "push",
        "update",
        "set",
        "extend",
        "add",
        "write",
        "insert",
        "unshift",
        "concat",
        "setdefault",
        "writestr",
        "addfile",
        # archives, which read what they are told of
        *("file", "directory", "addFile", "addLocalFile", "addLocalFolder", "addFolder", "entry", "addBuffer"),
    }
)
_OF_KEYS: Final = frozenset({"secret-files", "settings-files"})
_LOGS_IN: Final = frozenset({"authorization", "x-api-key"})
_SAVES: Final = frozenset({"save", "tofile", "savefig", "export", "to_csv", "to_json", "write_to", "makefile"})
_BUFFERS: Final = frozenset({"BytesIO", "StringIO"})
_COPIERS: Final = frozenset({"copy", "copy2", "copyfile", "copyFile", "copyFileSync", "cp", "cpSync"})
_INTO: Final = {**dict.fromkeys(_COPIERS, (1, slice(1))), "assign": (0, slice(1, None))}
"""Functions that put some of their arguments into another one: its place, and theirs."""


class Flow:
    """The names of one scope that carry what is followed."""

    def __init__(self, scope: Scope, kind: Kind) -> None:
        self._scope = scope
        self._kind = kind
        # Of most kinds nothing in a project brings anything in, and then no scope need be looked at. One that no helper
        # gives back is told by the scope alone.
        there = not kind.through or anywhere(scope.code, kind)
        self._origins = _origins(scope, kind) if there else {}
        self.names: dict[str, int] = _at_top(scope, kind) | _handed(scope, kind) if there else {}
        """Names that carry it, with the line of the origin."""
        if kind.heard:
            self._hear()
        self._members: dict[tuple[str, str], int] = {}
        """Members of modules that do; what else a module holds is as it was."""
        if not self:
            return
        events = scope.of(ir.Assign, ir.Bind, ir.Loop, ir.Comprehension, ir.Call)
        events = sorted(events, key=lambda node: node.line)
        for _ in range(_ROUNDS):
            before = len(self.names) + len(self._members)
            for node in events:
                self._read(node)
            if len(self.names) + len(self._members) == before:
                break

    def __bool__(self) -> bool:
        return bool(self._origins) or bool(self.names)

    def begun(self, node: Any) -> int | None:
        """The line of a node that brings it in itself."""
        return self._origins.get(id(node))

    def line(self, expr: Any) -> int | None:
        """The origin's line, if an expression carries what came from there."""
        if not self:
            return None
        stack: list[Any] = [expr]
        count = 0
        while stack:
            count += 1
            node = stack.pop()
            found = self._origins.get(id(node))
            if found is None and type(node) is ir.Name:
                found = self.names.get(node.id)
            elif found is None and self._members and type(node) is ir.Attr and type(node.value) is ir.Name:
                found = self._members.get((node.value.id, node.name))
            if found is not None:
                self._scope.code.spend(count)
                return found
            stack.extend(carrying(self._scope, node, self._kind))
            if self._kind.strict and type(node) is ir.Call:
                stack.extend(_made_of(self._scope, node))
        self._scope.code.spend(count)
        return None

    def sent(self, called: Called) -> int | None:
        """The origin's line, if one of a call's arguments carries it."""
        return next((line for arg in called.call.args if (line := self.line(arg.value)) is not None), None)

    def _read(self, node: Any) -> None:
        kind = type(node)
        if kind is ir.Call:
            self._called(node)
        elif kind is ir.Assign or kind is ir.Bind:
            line = self.line(node.value)
            if line is not None and only_written(self._scope, node.value):
                return
            for target in (node.targets if kind is ir.Assign else (node.target,)) if line is not None else ():
                if not self._proves(target):
                    self._set(target, line or 0)
        elif kind is ir.Loop:
            if node.source is not None and not self._kind.whole:
                self._each(node.targets, node.source)
        elif not self._kind.strict or not chosen(node):
            for source in node.sources:
                self._each(node.targets, source)

    def _proves(self, target: Any) -> bool:
        """``headers.authorization = …``: a key of a file is there to log in by, and one head is not all of them."""
        key = target.key.value if type(target) is ir.Index and type(target.key) is ir.Const else None
        name = target.name if type(target) is ir.Attr else key
        if self._kind.subject not in _OF_KEYS or not isinstance(name, str) or name.lower() not in _LOGS_IN:
            return False
        return "headers" in self._scope.name(target)

    def _set(self, target: Any, line: int) -> None:
        if not self._kind.strict or type(target) is not ir.Mapping:
            self._bind(target, line)
            return
        for entry in target.entries:
            if says("carriers", text(entry.key)):  # ``{ stdout } = await run("env")``
                self._bind(entry.value, line)

    def _each(self, targets: tuple[ir.Expr, ...], source: ir.Expr) -> None:
        line = self.line(source)
        for target in targets if line is not None else ():
            self._bind(target, line or 0)

    def _called(self, node: ir.Call) -> None:
        last = (
            node.callee.name if type(node.callee) is ir.Attr else node.callee.id if type(node.callee) is ir.Name else ""
        )
        if type(node.callee) is ir.Attr and last in _COLLECTORS and type(node.callee.value) in {ir.Name, ir.Attr}:
            line = self.sent(Called("", node))
            if line is not None:
                self._bind(node.callee.value, line)
                self._wrapped(node.callee.value, line)
        elif last in _INTO and len(node.args) > 1:
            self._put(node, *_INTO[last])
        elif last in _SAVES and node.args:
            self._saved(node.callee, node.args[0].value)
        if self._kind.into_files and id(node) in self._origins:
            for each in places(self._scope, node, self._kind):
                self._bind(each, node.line)
        self._pours(node)
        self._given(node)

    def _saved(self, save: Any, into: Any) -> None:
        """``picture.save(buffer)``: what is kept in memory holds what was saved there."""
        made = self._scope.set_to(into) if type(into) is ir.Name and type(save) is ir.Attr else None
        line = self.line(save.value) if type(made) is ir.Call and last_of(made.callee) in _BUFFERS else None
        if line is not None:
            self._bind(into, line)

    def _given(self, node: ir.Call) -> None:
        """What functions get that a call is given, where the call brings in or carries what is followed."""
        closures = [arg.value for arg in node.args if type(arg.value) is ir.Closure]
        line = (
            self.line(node.callee) or self.sent(Called("", node)) or self._origins.get(id(node)) if closures else None
        )
        for closure in closures if line is not None else ():
            for param in self._scope.module.functions[closure.function].params:
                if param.name:
                    self.names.setdefault(param.name, line or 0)
                elif param.pattern is not None and not self._kind.strict:
                    self._bind(param.pattern, line or 0)

    def _put(self, node: ir.Call, into: int, what: slice) -> None:
        """``copyfile(here, there)``, ``Object.assign(report, whole)``: one argument gets what others carry."""
        given = (line for arg in node.args[what] if (line := self.line(arg.value)) is not None)
        if (line := next(given, None)) is not None:
            self._bind(node.args[into].value, line)

    def _hear(self) -> None:
        """What a listener gets that is set as a member: ``source.onmessage = (event) => …``."""
        for call in listening(self._scope.of(ir.Assign)):
            line = self._kind.origin(self._scope, call)
            for arg in call.args if line is not None else ():
                if type(arg.value) is ir.Closure:
                    for param in self._scope.module.functions[arg.value.function].params:
                        self._bind(ir.Name(param.name, call.line) if param.name else param.pattern, line or 0)

    def _pours(self, node: ir.Call) -> None:
        """``add(archive, name, text)``: a helper that puts one thing that it is given into another."""
        helper = self._scope.helper(node) if self.sent(Called("", node)) is not None else None
        if helper is None:
            return
        for into, what in poured(helper, _COLLECTORS):
            carried = (line for each in standing_for(node, helper, what) if (line := self.line(each)) is not None)
            line = next(carried, None)
            for each in standing_for(node, helper, {into}) if line is not None else ():
                self._bind(each, line or 0)
                self._wrapped(each, line or 0)

    def _wrapped(self, target: Any, line: int) -> None:
        """What an archive or a writer was opened on holds what is put into it."""
        opened = self._scope.assigned.get(target.id) if type(target) is ir.Name else None
        for arg in opened.args if type(opened) is ir.Call else ():
            place = arg.value.value if type(arg.value) is ir.Attr else arg.value  # ``open(made.name)``
            if type(place) is ir.Name:
                self._bind(place, line)

    def _bind(self, target: Any, line: int) -> None:
        stack = [target]
        while stack:
            target = stack.pop()
            member = None
            while type(target) is ir.Index or type(target) is ir.Attr:
                member, target = target, target.value
            if type(target) is ir.Name and type(member) is ir.Attr and self._is_module(target.id):
                self._members.setdefault((target.id, member.name), line)
            elif type(target) is ir.Name:
                if target.id not in {"self", "this"}:
                    self.names.setdefault(target.id, line)
            elif type(target) is ir.Group:
                stack.extend(target.items)
            elif type(target) is ir.Mapping:
                stack.extend(entry.value for entry in target.entries)

    def _is_module(self, name: str) -> bool:
        if name in self._scope.assigned:
            return False
        known = self._scope.code.project.named(self._scope.path, name)
        return isinstance(known, ModuleRef) or (isinstance(known, External) and not known.symbols)


def _handed(scope: Scope, kind: Kind) -> dict[str, int]:
    """Parameters of a callback of a call that brings it in, ``get(url, (answer) => …)``; those whose default does."""
    given = by_default(scope, kind)
    if given:
        return given
    taken = scope.code.taken(scope.path).get(scope.number) if kind.through else None
    outer = scope.code.owner(scope.path, scope.function.outer)
    if taken is None and kind.through:
        outer, taken = scope.code.heard(scope.path).get(scope.number, (None, None))
    line = kind.origin(outer, taken) if outer is not None and type(taken) in kind.nodes else None
    return {param.name: line for param in scope.function.params if param.name and line is not None}


def _at_top(scope: Scope, kind: Kind) -> dict[str, int]:
    """Names of the file's top level that carry it, of those that a function uses and does not bind anew."""
    top = scope.code.owner(scope.path, 0) if scope.number else None
    if top is None or top is scope or not kind.through or not direct(top, kind):
        return {}
    key = scope.path, kind.name
    known = scope.code.carried
    if key not in known:
        known[key] = None  # What stands at the top does not carry itself.
        known[key] = Flow(top, kind)
    flow = known[key]
    if flow is None:
        return {}
    given = _each_of(scope, flow)
    if given:
        return given
    own = scope.assigned.keys() | {param.name for function in scope.functions for param in function.params}
    # From the function's own words, of which there are few: a bundle's top level binds thousands.
    return {name: flow.names[name] for name in scope.words if name in flow.names and name not in own}


def _each_of(scope: Scope, flow: Flow) -> dict[str, int]:
    """Parameters of a function that gets what stands at the top of the file: each of a list, an answer in time."""
    taken = scope.code.taken(scope.path).get(scope.number) if flow else None
    callee = taken.callee if taken is not None else None
    line = flow.line(callee.value) if type(callee) is ir.Attr and callee.name in _EACH else None
    return {param.name: line for param in scope.function.params if param.name and line is not None}


def _origins(scope: Scope, kind: Kind) -> dict[int, int]:
    found = dict(direct(scope, kind))
    asks = kind.through
    for name, nodes in scope.own.items() if asks and scope.function.cls >= 0 else ():
        if _kept(scope, kind, name):
            found |= {id(node): node.line for node in nodes}
    for called, helper in scope.helped if asks else ():
        if gives(helper, kind) is not None or (kind.into_files and filled(helper, kind)):
            found[id(called.call)] = called.call.line
    for starter, called in scope.started if asks else ():
        # ``await to_thread(ask, plan)`` gives what ``ask(plan)`` does.
        itself = ir.Call in kind.nodes and kind.origin(scope, called.call) is not None
        if itself or id(called.call) in found:
            found[id(starter)] = starter.line
    return found


def _kept(scope: Scope, kind: Kind, name: str) -> bool:
    """Whether a field of the same object was set to it in another method."""
    known = scope.code.field(scope.path, scope.function.cls, name)
    if known is not None and known[0] is not scope and _set_to(known[0], kind, known[1], scope):
        return True
    return any(
        other is not scope and _added(other, kind, value)
        for other, value in scope.code.added(scope.path, scope.function.cls, name)
    )


def _added(scope: Scope, kind: Kind, value: ir.Expr) -> bool:
    """Whether what is put into a field carries it: ``this.parts.push(text)``."""
    key = FunctionRef(scope.path, scope.number), kind.name
    known = scope.code.filling
    if key not in known:
        known[key] = None  # A field that is filled from itself brings nothing in by that.
        known[key] = Flow(scope, kind)
    flow = known[key]
    return flow is not None and flow.line(value) is not None


def _set_to(other: Scope, kind: Kind, value: ir.Expr, scope: Scope) -> bool:
    """Whether what another method sets a field to carries it."""
    own = direct(other, kind)
    if type(value) is ir.Name and value.id in _handed(other, kind):
        return True
    stack: list[Any] = [value]
    while stack:
        node = stack.pop()
        if id(node) in own:
            return True
        helper = other.helper(node) if type(node) is ir.Call else None
        if helper is not None and helper is not scope and gives(helper, kind) is not None:
            return True
        stack.extend(carrying(other, node, kind))
    return False


def _made_of(scope: Scope, call: ir.Call) -> list[ir.Expr]:
    """The arguments of which a function of the project makes what it gives back."""
    helper = scope.helper(call)
    if helper is None:
        return []
    names = (param.name for param in helper.function.params[:_PARAMETERS] if param.name not in SELVES)
    return standing_for(call, helper, {name for name in names if name and gives(helper, _parameter(name)) is not None})


@lru_cache(_NAMES)
def _parameter(name: str) -> Kind:
    """What a function is given under a name."""

    def origin(_: Scope, node: ir.Name) -> int | None:
        return node.line if node.id == name else None

    return Kind(f"given {name}", origin, (ir.Name,), strict=True, through=False, whole=True)


def gives(helper: Scope, kind: Kind) -> int | None:
    """The line where a function gives back what is followed; None where it does not."""
    known = helper.gives
    if kind.name not in known:
        known[kind.name] = None  # One that calls itself gives nothing back by that.
        if len(helper.code.asking) >= _HELPERS:
            return None
        helper.code.asking.append(helper)
        returns = [node for node in helper.of(ir.Return) if node.value is not None]
        returns += [node for node in helper.of(ir.Unary) if node.op == "yield"]
        flow = Flow(helper, kind) if returns else None
        if flow:
            known[kind.name] = next((each.line for each in returns if flow.line(each.value) is not None), None)
        helper.code.asking.pop()
    return known[kind.name]
