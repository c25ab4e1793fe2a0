"""Functions that are put into a table somewhere else than where it is written: by what registers them.

``@handler("x")`` over their definition, ``register("x", run)``, ``TABLE["x"] = run``, ``this.routes.set("x", run)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from driftseal.code import ir, walk
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, Project
from driftseal.observe.taint.bodies import CONSTRUCTORS, last, set_on_this
from driftseal.observe.taint.denoted import SELF, Denoted

_PUTS: Final = frozenset({"add", "append", "insert", "push", "put", "set", "setdefault"})
_MOST: Final = 256
"""Functions of one table, and places at which something is put into it."""
_MADE: Final = 32
"""Places at which objects of one class are made."""
_LISTENS: Final = ("addListener", "on", "once", "prependListener")
_LIFESPAN: Final = "lifespan"
_PARTS: Final = 16
"""Members of an object that are looked at."""
_WRITES: Final = frozenset({ir.Assign, ir.Call})

Table: TypeAlias = "tuple[str | ClassRef, str]"
"""A variable of a file by that file's path, or a member of the objects of a class."""


_MESSAGE: Final = "message of a thread"
"""Among events, what no event is called."""
_PORTS: Final = frozenset({"parentPort"})


def _of_thread(call: ir.Call) -> bool:
    on = call.callee.value if isinstance(call.callee, ir.Attr) else None
    name = on.name if isinstance(on, ir.Attr) else on.id if isinstance(on, ir.Name) else ""
    return name in _PORTS and len(call.args) > 1


class Entry(NamedTuple):
    """What is in a table: a function, an object of a class, or a function that is a part of an object."""

    name: str
    part: str
    """The member of the object that the function is; empty of what is in the table itself."""
    ref: FunctionRef | Instance


class _Put(NamedTuple):
    """One place at which something is put into a table."""

    ref: FunctionRef
    key: ir.Expr | None
    value: ir.Expr


class Registered:
    """What is in the tables of a project that are empty where they are written."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._denoted = Denoted(project)
        self._known: dict[Table, tuple[Entry, ...]] = {}
        self._injected: dict[Table, Instance | None] = {}
        self._defaults: dict[Table, str | None] = {}
        self._events: dict[str, tuple[FunctionRef, ...]] = {}
        self._outside: frozenset[str] | None = None
        self._lifespans: tuple[FunctionRef, ...] | None = None
        self._written: dict[str, Mapping[Table, list[_Put]]] = {}
        self._decorated: dict[str, list[tuple[FunctionRef, ir.Expr]]] | None = None
        self._called: dict[str, list[tuple[FunctionRef, ir.Call]]] | None = None

    def of_variable(self, path: str, value: ir.Expr) -> tuple[Entry, ...]:
        """What is in the table that a variable at the top of a file is set to."""
        module = self._project.modules[path]
        assigned = (each for each in module.functions[0].body if isinstance(each, ir.Assign) and each.value is value)
        names = [target.id for each in assigned for target in each.targets if isinstance(target, ir.Name)]
        return self._of((path, names[0])) if names else ()

    def of_member(self, cls: ClassRef, name: str) -> tuple[Entry, ...]:
        """What is in a table that objects of a class hold."""
        return self._of((cls, name))

    def injected(self, cls: ClassRef, name: str) -> Instance | None:
        """What objects of a class are given that they keep under a name, where all who make one give the same kind.

        ``new Server(new Store())``, whose constructor says ``this.store = store``.
        """
        if (cls, name) not in self._injected:
            found = set(islice(self._given_to(cls, name), _MOST))
            self._injected[cls, name] = found.pop() if len(found) == 1 else None
        return self._injected[cls, name]

    def _kept_from(self, cls: ClassRef, name: str) -> tuple[int, str] | None:
        """Place, without the object itself, and name of the argument of a constructor that is kept under a name."""
        made = next(filter(None, (self._project.method(cls, each) for each in CONSTRUCTORS)), None)
        function = self._project.function(made) if isinstance(made, FunctionRef) else None
        params = [param.name for param in function.params if param.name not in SELF] if function is not None else []
        for each in walk.of({ir.Assign}, function.body) if function is not None else ():
            kept = (one.name for one in each.targets if isinstance(one, ir.Attr) and last(one.value) in SELF)
            if isinstance(each.value, ir.Name) and each.value.id in params and name in kept:
                return params.index(each.value.id), each.value.id
        return None

    def _given_to(self, cls: ClassRef, name: str) -> Iterator[Instance]:
        kept = self._kept_from(cls, name)
        if kept is None:
            return
        place, param = kept
        for at, call in islice(self._calls().get(self._project.cls(cls).name, ()), _MADE):
            named = next((arg.value for arg in call.args if arg.name == param), None)
            given = named or (call.args[place].value if place < len(call.args) else None)
            if given is not None and self._project.resolve(at.path, call.callee) == cls:
                yield from (one for one in self._denoted.of(at, given) if isinstance(one, Instance))

    def by_default(self, cls: ClassRef, name: str) -> str | None:
        """The text that objects of a class hold under a name where nobody who makes one, or calls it, says otherwise.

        ``def __init__(self, binary="kubectl")``, which says ``self.binary = binary``.
        """
        if (cls, name) not in self._defaults:
            self._defaults[cls, name] = self._default(cls, name)
        return self._defaults[cls, name]

    def _default(self, cls: ClassRef, name: str) -> str | None:
        kept = self._kept_from(cls, name)
        made = next(filter(None, (self._project.method(cls, each) for each in CONSTRUCTORS)), None)
        if kept is None or not isinstance(made, FunctionRef):
            return None
        place, called = kept
        param = next(each for each in self._project.function(made).params if each.name == called)
        text = _text(param.default) if param.default is not None else None
        functions = self._project.modules[cls.path].functions
        others = (each for each in self._project.cls(cls).methods if FunctionRef(cls.path, each) != made)
        if not text or any(name in set_on_this(functions[each].body) for each in others):
            return None
        if name in self._set_from_outside():
            return None
        calls = islice(self._calls().get(self._project.cls(cls).name, ()), _MADE)
        given = (
            (at, call) for at, call in calls if place < len(call.args) or any(_gives(arg, called) for arg in call.args)
        )
        return None if any(self._project.resolve(at.path, call.callee) == cls for at, call in given) else text

    def _set_from_outside(self) -> frozenset[str]:
        """Members that anybody sets of an object that is not their own: ``client.base = url``."""
        if self._outside is None:
            bodies = (self._project.function(ref).body for ref in self._project.functions())
            targets = (target for body in bodies for each in walk.of({ir.Assign}, body) for target in each.targets)
            members = (each for each in targets if isinstance(each, ir.Attr) and last(each.value) not in SELF)
            self._outside = frozenset(each.name for each in members)
        return self._outside

    def derived(self, base: ClassRef) -> Sequence[ClassRef]:
        """The classes that name another one above them."""
        return self._denoted.derived(base)

    def listening(self, event: str) -> tuple[FunctionRef, ...]:
        """Functions that were asked to be called for an event of this name: ``bus.on("deploy", run)``."""
        if event not in self._events:
            calls = [each for verb in _LISTENS for each in self._calls().get(verb, ())]
            given = ((at, call) for at, call in calls if len(call.args) > 1 and _text(call.args[0].value) == event)
            found = (one for at, call in given for one in self._denoted.of(at, call.args[1].value))
            self._events[event] = tuple(dict.fromkeys(each for each in found if isinstance(each, FunctionRef)))
        return self._events[event]

    def at_work(self) -> tuple[FunctionRef, ...]:
        """Functions that threads of the project call with what they are sent: ``parentPort.on("message", run)``."""
        if _MESSAGE not in self._events:
            calls = [each for verb in _LISTENS for each in self._calls().get(verb, ())]
            on = ((at, call) for at, call in calls if _of_thread(call) and _text(call.args[0].value) == "message")
            found = (one for at, call in on for one in self._denoted.of(at, call.args[1].value))
            self._events[_MESSAGE] = tuple(dict.fromkeys(each for each in found if isinstance(each, FunctionRef)))
        return self._events[_MESSAGE]

    def lifespans(self) -> tuple[FunctionRef, ...]:
        """Functions that make what a server holds while it runs: ``FastMCP("orders", lifespan=connect)``."""
        if self._lifespans is None:
            calls = (each for name in sorted(self._calls()) for each in self._calls()[name])
            given = ((at, arg.value) for at, call in calls for arg in call.args if arg.name == _LIFESPAN)
            found = (one for at, value in islice(given, _MADE) for one in self._denoted.of(at, value))
            self._lifespans = tuple(dict.fromkeys(one for one in found if isinstance(one, FunctionRef)))
        return self._lifespans

    def _of(self, table: Table) -> tuple[Entry, ...]:
        if table not in self._known:
            path = table[0] if isinstance(table[0], str) else table[0].path
            puts = self._writes(path).get(table, [])
            found = (each for put in puts[:_MOST] for each in self._put(put))
            self._known[table] = tuple(dict.fromkeys(islice(found, _MOST)))
        return self._known[table]

    def _writes(self, path: str) -> Mapping[Table, list[_Put]]:
        """What a file puts into tables, walked over once."""
        if path not in self._written:
            found: dict[Table, list[_Put]] = {}
            for number, function in enumerate(self._project.modules[path].functions):
                ref = FunctionRef(path, number)
                for node in walk.of(_WRITES, function.body):
                    for holder, key, value in _taken_in(node):
                        table = self._table(ref, holder)
                        if table is not None:
                            found.setdefault(table, []).append(_Put(ref, key, value))
            self._written[path] = found
        return self._written[path]

    def _table(self, ref: FunctionRef, holder: ir.Expr) -> Table | None:
        if isinstance(holder, ir.Name):
            return ref.path, holder.id
        own = isinstance(holder, ir.Attr) and isinstance(holder.value, ir.Name) and holder.value.id in SELF
        cls = self._denoted.around(ref) if own else None
        return (cls, holder.name) if cls is not None and isinstance(holder, ir.Attr) else None

    def _put(self, put: _Put) -> Iterator[Entry]:
        """What one place puts into its table, whoever calls it."""
        if isinstance(put.value, ir.Mapping):
            for entry in put.value.entries[:_PARTS]:
                if isinstance(entry.key, ir.Const):
                    for one in self._value(put, entry.value):
                        yield one._replace(part=_text(entry.key))
        else:
            yield from self._value(put, put.value)

    def _value(self, put: _Put, value: ir.Expr) -> Iterator[Entry]:
        function = self._project.function(put.ref)
        params = [param.name for param in function.params]
        given = self._handed_on(put.ref, value)
        if isinstance(given, ir.Name) and given.id in params:
            yield from self._given(put.ref, function, params.index(given.id))
            return
        for one in self._denoted.of(put.ref, value):
            yield Entry(_text(put.key), "", one)

    def _handed_on(self, at: FunctionRef, value: ir.Expr) -> ir.Expr:
        """What a closure does nothing but call: ``(raw) => run(schema.parse(raw))``; of anything else itself."""
        if not isinstance(value, ir.Closure):
            return value
        body = self._project.modules[at.path].functions[value.function].body
        last = body[0] if len(body) == 1 else None
        made = last.value if isinstance(last, (ir.Return, ir.Do)) else None
        made = made.value if isinstance(made, ir.Unary) and made.op == "await" else made
        return made.callee if isinstance(made, ir.Call) and isinstance(made.callee, ir.Name) else value

    def _given(self, ref: FunctionRef, function: ir.Function, place: int) -> Iterator[Entry]:
        """What a function is given: the functions that it decorates, and what it is called with."""
        inside = function.outer > 0
        maker = FunctionRef(ref.path, function.outer) if inside else ref
        name = self._project.function(maker).name
        for decorated, mark in self._decorators().get(name, ()):
            call = mark if isinstance(mark, ir.Call) else None
            callee = mark.callee if isinstance(mark, ir.Call) else mark
            if inside == (call is not None) and self._is(decorated, callee, maker):
                own = self._project.function(decorated).name
                told = _text(call.args[0].value) if call is not None and call.args else ""
                yield Entry(told or own, "", decorated)
        if inside:
            return
        bound = function.cls >= 0 and bool(function.params) and function.params[0].name in SELF
        place -= bound
        for at, call in self._calls().get(name, ()):
            if len(call.args) > place >= 0 and self._is(at, call.callee, maker):
                for one in self._denoted.of(at, call.args[place].value):
                    yield Entry(_text(call.args[0].value), "", one)

    def _is(self, at: FunctionRef, callee: ir.Expr, maker: FunctionRef) -> bool:
        """Whether a callee is a function, as far as its name tells."""
        if not isinstance(callee, ir.Attr) or not isinstance(callee.value, ir.Name):
            return self._project.resolve(at.path, callee) == maker
        if callee.value.id in SELF:
            cls = self._denoted.around(at)
            return cls is not None and self._project.method(cls, callee.name) == maker
        ref = self._project.resolve(at.path, callee)
        if ref is not None and not isinstance(ref, External):
            return ref == maker
        # Of an object that is known by a variable alone, the name of the method tells.
        return self._project.function(maker).cls >= 0

    def _decorators(self) -> Mapping[str, list[tuple[FunctionRef, ir.Expr]]]:
        """Every function that is decorated, by the last name of what decorates it."""
        if self._decorated is None:
            self._decorated = {}
            for ref in self._project.functions():
                for mark in self._project.function(ref).decorators:
                    name = last(mark.callee if isinstance(mark, ir.Call) else mark)
                    self._decorated.setdefault(name, []).append((ref, mark))
        return self._decorated

    def _calls(self) -> Mapping[str, list[tuple[FunctionRef, ir.Call]]]:
        """Every call of the project by the last name of what is called."""
        if self._called is None:
            self._called = {}
            for ref in self._project.functions():
                for call in self._project.calls(ref):
                    if isinstance(call, ir.Call) and call.args:
                        self._called.setdefault(last(call.callee), []).append((ref, call))
        return self._called


def _gives(arg: ir.Arg, name: str) -> bool:
    return arg.spread or arg.name == name


def _taken_in(node: ir.Node) -> Iterator[tuple[ir.Expr, ir.Expr | None, ir.Expr]]:
    """Table, name and value of what a statement or a call puts somewhere."""
    if isinstance(node, ir.Assign) and not node.adds:
        for target in node.targets:
            if isinstance(target, ir.Index):
                yield target.value, target.key, node.value
    elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _PUTS and node.args:
        yield node.callee.value, node.args[0].value if len(node.args) > 1 else None, node.args[-1].value


def _text(key: ir.Expr | None) -> str:
    return key.value if isinstance(key, ir.Const) and isinstance(key.value, str) else ""
