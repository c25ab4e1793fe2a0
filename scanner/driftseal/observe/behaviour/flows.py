"""Where data goes within one function, and through the helpers that it calls: the names that carry what is followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from driftseal.code import ir
from driftseal.code.project import External, FunctionRef, ModuleRef
from driftseal.observe.behaviour.handed import poured, standing_for
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import below, text
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.observe.behaviour.whole import Code

_EACH: Final = frozenset({"forEach", "map", "flatMap"})
_ROUNDS: Final = 3
"""Times that a body is read until its names are known; loops feed back."""
_WORDS: Final = 40
"""Words of a command among which a path is looked for."""
_HELPERS: Final = 12
"""Helpers of helpers that are asked what they give back."""
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
_NOTHING: Final[Mapping[int, int]] = {}
_COPIERS: Final = frozenset({"copy", "copy2", "copyfile", "copyFile", "copyFileSync", "cp", "cpSync"})
_COMPARES: Final = frozenset({"==", "!=", "in", "not in", "<", ">", "<=", ">=", "is"})
_ADDS: Final = frozenset({"+", "or", "??", "%", "|"})
_DIGESTS: Final = frozenset({"digest", "hexdigest"})
_HASHERS: Final = frozenset({"createHash", "hashlib"})
_BEGINS: Final = frozenset({"startswith", "startsWith"})
_WRITES: Final = frozenset({"w", "a", "x"})
"""Modes of a file from which nothing is read."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is followed: where it comes in, and how surely it is carried on."""

    name: str
    origin: Callable[[Scope, Any], int | None]
    """The line where a node brings it in; None where it does not."""
    nodes: tuple[type, ...]
    """Kinds of nodes that may."""
    strict: bool = False
    """Carried by known carriers only."""
    members: bool = True
    """Whether what is a member of something that carries it does; what a method gives may in any case."""
    through: bool = True
    """Whether helpers that give it back bring it in, too."""
    words: frozenset[str] = frozenset()
    """Names of which one is spelled out wherever it comes in; none for no such names."""
    doing: frozenset[str] = frozenset()
    """Of these the name of a call shows one wherever it comes in; none for no such call."""
    into_files: bool = False
    """Whether what brings it in may put it into a file whose path it is given."""
    subject: str = ""
    """What a constant shows wherever it comes in; empty for no such constant."""


class Flow:
    """The names of one scope that carry what is followed."""

    def __init__(self, scope: Scope, kind: Kind) -> None:
        self._scope = scope
        self._kind = kind
        # Of most kinds nothing in a project brings anything in, and then no scope need be looked at. One that no helper
        # gives back is told by the scope alone.
        there = not kind.through or _anywhere(scope.code, kind)
        self._origins = _origins(scope, kind) if there else {}
        self.names: dict[str, int] = _at_top(scope, kind) | _handed(scope, kind) if there else {}
        """Names that carry it, with the line of the origin."""
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
            stack.extend(_carrying(self._scope, node, self._kind))
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
            if line is not None and _only_written(self._scope, node.value):
                return
            for target in (node.targets if kind is ir.Assign else (node.target,)) if line is not None else ():
                if not (self._kind.strict and type(target) is ir.Mapping):
                    self._bind(target, line or 0)
        elif kind is ir.Loop:
            if node.source is not None:
                self._each(node.targets, node.source)
        elif not self._kind.strict or not _chosen(node):
            for source in node.sources:
                self._each(node.targets, source)

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
        elif last in _COPIERS and len(node.args) > 1 and (line := self.line(node.args[0].value)) is not None:
            self._bind(node.args[1].value, line)
        if self._kind.into_files and id(node) in self._origins:
            for each in _places(self._scope, node, self._kind):
                self._bind(each, node.line)
        self._pours(node)
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
            if type(arg.value) is ir.Name:
                self._bind(arg.value, line)

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


def _carrying(scope: Scope, node: Any, followed: Kind) -> tuple[Any, ...]:
    """The parts of an expression that it carries on."""
    kind = type(node)
    if (kind is ir.Binary and node.op in _COMPARES) or (kind is ir.Call and _hashes(scope, node)):
        return ()
    if not followed.members and (kind is ir.Attr or (kind is ir.Call and type(node.callee) is ir.Attr)):
        return () if kind is ir.Attr else (node.callee.value, *(arg.value for arg in node.args))
    if followed.strict and (kind is ir.Attr or kind is ir.Index):
        # One variable is looked up by its name; a text or a list that is cut is as secret as before.
        cut = kind is ir.Index and type(node.key) is ir.Group
        return (node.value,) if cut or (kind is ir.Attr and says("carriers", node.name)) else ()
    if not followed.strict:
        return below(node)
    if kind is ir.Call and any(arg.spread for arg in node.args) and scope.name(node).endswith("format"):
        # ``template.format(**os.environ)`` takes what the template names, and no more.
        return tuple(arg.value for arg in node.args if not arg.spread)
    return () if _ends(scope, node) else below(node)


def _ends(scope: Scope, node: Any) -> bool:
    """Whether what comes out of an expression is another thing than what went in."""
    kind = type(node)
    if kind is ir.Call:
        return not says("carriers", scope.name(node))
    return (kind is ir.Binary and node.op not in _ADDS) or (kind is ir.Comprehension and _chosen(node))


def _only_written(scope: Scope, value: Any) -> bool:
    """``open(path, "wb")``: nothing is read from such a file, and functions open several by the same name."""
    if type(value) is not ir.Call or scope.name(value).rpartition(".")[2] != "open":
        return False
    return any(text(arg.value).rstrip("bt") in _WRITES for arg in value.args[:2])


def _hashes(scope: Scope, node: ir.Call) -> bool:
    """Of what was hashed nobody learns more than whether it is the same again."""
    given = type(node.callee) is ir.Attr and node.callee.name in _DIGESTS
    return given and not _HASHERS.isdisjoint(scope.name(node).split("."))


def _chosen(node: ir.Comprehension) -> bool:
    """``… if name.startswith(PREFIX)``: those that are meant for this program, not all of them."""
    return any(
        type(test) is ir.Call and type(test.callee) is ir.Attr and test.callee.name in _BEGINS for test in node.tests
    )


def _handed(scope: Scope, kind: Kind) -> dict[str, int]:
    """Parameters of a callback of a call that brings it in, ``get(url, (answer) => …)``; those whose default does."""
    given = _defaults(scope, kind)
    if given:
        return given
    taken = scope.code.taken(scope.path).get(scope.number)
    if taken is None or not kind.through:
        return {}
    outer = scope.code.owner(scope.path, scope.function.outer)
    line = kind.origin(outer, taken) if outer is not None and type(taken) in kind.nodes else None
    return {param.name: line for param in scope.function.params if param.name and line is not None}


def _defaults(scope: Scope, kind: Kind) -> dict[str, int]:
    found: dict[str, int] = {}
    for param in scope.defaults if kind.words else ():
        stack: list[Any] = [param.default]
        while stack:
            node = stack.pop()
            line = kind.origin(scope, node) if type(node) in kind.nodes else None
            if line is not None:
                found.setdefault(param.name, line)
            # One variable of the environment is a member of it, and not the whole.
            elif type(node) is not ir.Attr and type(node) is not ir.Index:
                stack.extend(below(node))
    return found


def _at_top(scope: Scope, kind: Kind) -> dict[str, int]:
    """Names of the file's top level that carry it, of those that a function uses and does not bind anew."""
    top = scope.code.owner(scope.path, 0) if scope.number else None
    if top is None or top is scope or not kind.through or not _direct(top, kind):
        return {}
    key = scope.path, kind.name
    known = scope.code.carried
    if key not in known:
        known[key] = {}  # What stands at the top does not carry itself.
        known[key] = Flow(top, kind).names
    given = _each_of(scope, known[key])
    if given:
        return given
    own = scope.assigned.keys() | {param.name for function in scope.functions for param in function.params}
    # From the function's own words, of which there are few: a bundle's top level binds thousands.
    return {name: known[key][name] for name in scope.words if name in known[key] and name not in own}


def _each_of(scope: Scope, carried: Mapping[str, int]) -> dict[str, int]:
    """Parameters of a function that is called for each of what a name at the top of the file carries."""
    taken = scope.code.taken(scope.path).get(scope.number) if carried else None
    callee = taken.callee if taken is not None else None
    on = callee.value if type(callee) is ir.Attr and callee.name in _EACH else None
    while type(on) is ir.Attr or type(on) is ir.Index:
        on = on.value
    line = carried.get(on.id) if type(on) is ir.Name else None
    return {param.name: line for param in scope.function.params if param.name and line is not None}


def _origins(scope: Scope, kind: Kind) -> dict[int, int]:
    found = dict(_direct(scope, kind))
    asks = kind.through
    for name, nodes in scope.own.items() if asks and scope.function.cls >= 0 else ():
        if _kept(scope, kind, name):
            found |= {id(node): node.line for node in nodes}
    for called, helper in scope.helped if asks else ():
        if gives(helper, kind) is not None or (kind.into_files and _filled(helper, kind)):
            found[id(called.call)] = called.call.line
    return found


def _filled(helper: Scope, kind: Kind) -> set[str]:
    """Parameters of a function that are paths of files into which it is put."""
    own = {param.name for param in helper.function.params if param.name}
    brought = _direct(helper, kind) if own else {}
    places = (each for call in helper.of(ir.Call) if id(call) in brought for each in _places(helper, call, kind))
    return own & {place.id for place in places}


def _places(scope: Scope, call: ir.Call, kind: Kind) -> list[ir.Name]:
    """Names in what a call that brings it in is given, of which one may be a path."""
    helper = scope.helper(call) if id(call) not in _direct(scope, kind) else None
    given = standing_for(call, helper, _filled(helper, kind)) if helper is not None else [a.value for a in call.args]
    found: list[ir.Name] = []
    waiting, left = list(given), _WORDS
    while waiting and left:
        left -= 1
        expr = waiting.pop()
        found += [expr] if type(expr) is ir.Name else []
        whole = scope.set_to(expr)
        waiting += whole.items if type(whole) is ir.Group else ()
        waiting += (whole.then, whole.otherwise) if type(whole) is ir.Choice else ()
    return found


def _direct(scope: Scope, kind: Kind) -> Mapping[int, int]:
    """Lines of the nodes of a scope that bring it in themselves."""
    known = scope.direct.get(kind.name)
    if known is None:
        known = scope.direct[kind.name] = _found(scope, kind) if _spelled(scope, kind) else _NOTHING
    return known


def _spelled(scope: Scope, kind: Kind) -> bool:
    """Whether the words of a scope let anything bring it in."""
    return (
        (not kind.words or not kind.words.isdisjoint(scope.words))
        and (not kind.doing or not kind.doing.isdisjoint(scope.doing))
        and (not kind.subject or kind.subject in scope.shown)
    )


def _found(scope: Scope, kind: Kind) -> Mapping[int, int]:
    asked = ((node, kind.origin(scope, node)) for node in scope.of(*kind.nodes))
    return {id(node): line for node, line in asked if line is not None}


def _brings(scope: Scope, kind: Kind) -> bool:
    """Whether a scope brings it in itself, or by what a parameter is by default."""
    return bool(_direct(scope, kind)) or (bool(scope.defaults) and bool(_defaults(scope, kind)))


def _anywhere(code: Code, kind: Kind) -> bool:
    """Whether anything in the project brings it in, so that helpers are worth asking."""
    if kind.name not in code.present:
        code.present[kind.name] = any(_brings(scope, kind) for scope in code.scopes)
    return code.present[kind.name]


def reached(code: Code, kind: Kind) -> frozenset[str]:
    """Files in which it may be: those that bring it in, and those that call functions of any of these.

    For whoever follows it through every function of a project: most files hold none of it.
    """
    found = code.reached.get(kind.name)
    if found is None:
        paths = dict.fromkeys(scope.path for scope in code.scopes if _brings(scope, kind))
        waiting = [*paths] if kind.through else []
        while waiting:
            further = code.callers.get(waiting.pop(), set()) - paths.keys()
            paths |= dict.fromkeys(further)
            waiting += further
        found = code.reached[kind.name] = frozenset(paths)
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
    direct = _direct(other, kind)
    if type(value) is ir.Name and value.id in _handed(other, kind):
        return True
    stack: list[Any] = [value]
    while stack:
        node = stack.pop()
        if id(node) in direct:
            return True
        helper = other.helper(node) if type(node) is ir.Call else None
        if helper is not None and helper is not scope and gives(helper, kind) is not None:
            return True
        stack.extend(_carrying(other, node, kind))
    return False


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
