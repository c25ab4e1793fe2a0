"""A project with its scopes, made once for all families, and the bound on how much of it is looked at."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from driftseal.code import ir
from driftseal.code.defaults import Defaults
from driftseal.code.project import ClassRef, FunctionRef, Project, ValueRef, top_level
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.observe.behaviour import nodes, settings_tables
from driftseal.observe.behaviour.inner import outer
from driftseal.observe.behaviour.lists import subjects
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.taint.models import Model, load

if TYPE_CHECKING:
    from driftseal.observe.behaviour.flows import Flow
    from driftseal.observe.behaviour.promises import Tool
    from driftseal.observe.behaviour.relays import Relay
    from driftseal.observe.behaviour.stores import Outlet, Place

_OF_PEOPLE: Final = frozenset({"personal-folders"})
_ADDS: Final = frozenset({"append", "push", "extend", "add", "unshift", "set", "write"})
_BETWEEN: Final = 50_000
"""Nodes that are looked at between two looks at the clock."""
_AT_ONCE: Final = 32
"""Scopes that are looked at between two looks at the clock."""
_TABLES: Final = 8
"""Tables beside a file that it reads, and that are looked at."""
_NESTED: Final = 12
"""Functions nested in one that are read as part of it; one with more is taken for a whole file."""


class Code:
    """A project as families read it."""

    getters: frozenset[str] | None = None
    """Names of functions that look up the variable which they are given, once `environment.asks` was asked."""

    def __init__(self, project: Project, metadata: Mapping[str, Json], limits: Limits) -> None:
        self.project = project
        self.defaults = Defaults(project)
        self.metadata = metadata
        self.asking: list[Scope] = []
        """Functions that are being asked what they give back, each called by the one before."""
        self.filling: dict[tuple[FunctionRef, str], Flow | None] = {}
        """What functions put into fields, by kind: asked once, or those of one class ask in every order."""
        self.reached: dict[str, frozenset[str]] = {}
        """Files in which what is followed may be, by its kind, once `followed.reached` was asked for them."""
        self.present: dict[str, bool] = {}
        """Whether anything in the project brings in what is followed, by its kind."""
        self.sends: dict[tuple[FunctionRef, int], bool] = {}
        """Whether functions send something out, by how many helpers further were looked into."""
        self.stores: dict[Place, Outlet] | None = None
        """Places whose content is sent to a fixed host, once `stores.stores` was asked for them."""
        self.tools: tuple[Tool, ...] | None = None
        """What tools tell of themselves, once `promises.tools` was asked for them."""
        self.read: Sequence[tuple[Scope, int, Json]] | None = None
        """Tables in files beside the code, once `tables.tables` was asked for them."""
        self.tables: frozenset[str] | None = None
        """Names of tables in which descriptions are looked up, once `exchanged.tables` was asked for them."""
        self.relays: dict[FunctionRef, Relay] | None = None
        """Functions that send on what they are handed, once `relays.relays` was asked for them."""
        self._left = limits.behaviour_steps
        self._room = limits.behaviour_nodes
        self._left_out = False
        self._until = time.thread_time() + limits.behaviour_seconds
        self._unasked = 0
        self._by_ref: dict[FunctionRef, Scope] = {}
        self._taken: dict[str, Mapping[int, ir.Call]] = {}
        self._owners: dict[str, Mapping[int, int]] = {}
        self._fields: dict[str, dict[tuple[int, str], tuple[Scope, ir.Expr]]] = {}
        self._added: dict[str, dict[tuple[int, str], list[tuple[Scope, ir.Expr]]]] = {}
        self._files: dict[str, list[Scope]] = {}
        self._made: dict[ClassRef, list[tuple[Scope, ir.Call]]] | None = None
        self._remote: dict[str, bool] = {}
        self._recorded: dict[str, frozenset[str]] = {}
        self.carried: dict[tuple[str, str], Flow | None] = {}
        """Where what is followed goes at the top level of a file, by path and kind."""
        self.folding: set[tuple[str, int, str]] = set()
        """Fields of which it is being asked whether they are constant: file, class and name."""
        self._members: dict[str, dict[str, str]] = {}
        self._tops: dict[str, Mapping[str, ir.Expr]] = {}
        self._texts: dict[str, tuple[ir.Const, ...]] = {}
        self._told: dict[str, Mapping[str, frozenset[str]]] = {}
        self._shown: dict[int, frozenset[str]] = {}
        self._models: dict[tuple[str, str], Model | None] = {}
        self._kinds: dict[tuple[str, str], frozenset[str]] = {}
        for path, module in project.modules.items():
            self._add(path, module)

    @property
    def scopes(self) -> Iterator[Scope]:
        """Every scope, in the order of files and lines; no further ones once no time is left."""
        waiting = iter(self._by_ref.values())
        while (some := [*islice(waiting, _AT_ONCE)]) and self._in_time():
            yield from some

    @cached_property
    def _heard(self) -> dict[str, Mapping[int, tuple[Scope, ir.Call]]]:
        return {}

    @cached_property
    def callers(self) -> Mapping[str, set[str]]:
        """By each file the other ones that call functions of it."""
        found: dict[str, set[str]] = {}
        for scope in self.scopes:
            for _, helper in scope.helped:
                if helper.path != scope.path:
                    found.setdefault(helper.path, set()).add(scope.path)
        return found

    def spend(self, steps: int) -> bool:
        """Whether so many nodes may still be looked at, by their number and by the time that is left."""
        self._left -= steps
        self._unasked += steps
        if self._unasked > _BETWEEN:
            self._unasked = 0
            self._in_time()
        return self._left >= 0

    def _in_time(self) -> bool:
        if time.thread_time() > self._until:
            self._left = min(self._left, -1)
        return self._left >= 0

    def hold(self, count: int) -> bool:
        """Whether so many nodes of one scope may be kept; a scope for which no room is left is left out."""
        held = count <= self._room
        self._room -= count if held else 0
        self._left_out |= not held
        return held

    @property
    def goes_on(self) -> bool:
        """Whether there is time left, and steps."""
        return self._left >= 0

    @property
    def complete(self) -> bool:
        """Whether no bound was ever reached."""
        return self.goes_on and not self._left_out

    def model(self, language: str, name: str) -> Model | None:
        """What is known of a function by its full name."""
        key = language, name
        if key not in self._models:
            self._models[key] = load(language).call(name) if name else None
        return self._models[key]

    def kinds(self, language: str, name: str) -> frozenset[str]:
        """Kinds of sinks that a function is."""
        key = language, name
        found = self._kinds.get(key)
        if found is None:
            model = self.model(language, name)
            found = self._kinds[key] = (
                frozenset(sink.kind for sink in model.sinks) if model is not None else frozenset()
            )
        return found

    def members(self, path: str) -> Mapping[str, str]:
        """Which names of a file stand for a member: ``e`` for ``env`` in ``{ env: e } = process``, or imported so."""
        if path not in self._members:
            found = {name: value.name for name, value in self.top(path).items() if isinstance(value, ir.Attr)}
            imports = self.project.modules[path].imports
            self._members[path] = found | {each.local: each.symbol for each in imports if each.symbol}
        return self._members[path]

    def top(self, path: str) -> Mapping[str, ir.Expr]:
        """What the names at the top level of a file are first set to."""
        if path not in self._tops:
            found: dict[str, ir.Expr] = {}
            body = self.project.modules[path].functions[0].body
            for name, value in top_level(body):
                found.setdefault(name, value)
            for statement in (each for each in body if isinstance(each, ir.Assign)):
                for target in statement.targets:
                    for name, value in nodes.bound(target, statement.value):
                        found.setdefault(name, value)
            self._tops[path] = {**found, **self._beside(path, found)}
        return self._tops[path]

    def _beside(self, path: str, found: Mapping[str, ir.Expr]) -> Mapping[str, ir.Expr]:
        """Small tables in files beside a file that it reads or imports by name."""
        texts = self.project.texts
        if texts is None:
            return {}
        reads = [(name, value) for name, value in found.items() if settings_tables.is_read(value)]
        read = {name: settings_tables.read(path, value, texts) for name, value in reads[:_TABLES]}
        named = [each for each in self.project.modules[path].imports if each.module.endswith(".json")]
        for each in named[:_TABLES]:
            read.setdefault(each.local, settings_tables.of_file(path, each.module, each.line, texts))
        return {name: table for name, table in read.items() if table is not None}

    def top_texts(self, path: str) -> tuple[ir.Const, ...]:
        """Constant texts that names at the top level of a file are set to."""
        if path not in self._texts:
            self._texts[path] = tuple(each for value in self.top(path).values() for each in nodes.strings(value))
        return self._texts[path]

    def told(self, path: str) -> Mapping[str, frozenset[str]]:
        """Names at the top level of a file with the subjects that their constant texts and joined paths show."""
        if path not in self._told:
            found = {name: shown for name, value in self.top(path).items() if (shown := self._shown_by(path, value))}
            for each in self.project.modules[path].imports:
                ref = self.project.named(path, each.local) if each.symbol else None
                # Of a table a file takes one entry or another.
                if isinstance(ref, ValueRef) and ref.path != path and type(ref.value) is not ir.Mapping:
                    found[each.local] = self._shown_by(ref.path, ref.value)
            self._told[path] = {name: shown for name, shown in found.items() if shown}
        return self._told[path]

    def _shown_by(self, path: str, value: ir.Expr) -> frozenset[str]:
        """The subjects that a value at the top of a file shows, asked once for whoever imports it."""
        known = self._shown.get(id(value))
        if known is None:
            shown: set[str] = set()
            whole = nodes.fold(value) if isinstance(value, (ir.Call, ir.Binary, ir.Text)) else None
            shown |= subjects(whole) if whole else frozenset()
            held = list(self._held_by(path, value))
            beyond = outer(held)
            for node in held:
                given = node.value if type(node) is ir.Const else nodes.path(node) or nodes.listed(node)
                told = subjects(given) if given and isinstance(given, str) else frozenset()
                shown |= told - _OF_PEOPLE if id(node) in beyond else told
            known = self._shown[id(value)] = frozenset(shown)
        return known

    def _held_by(self, path: str, value: ir.Expr) -> Iterator[Any]:
        """The nodes of an expression, and of its functions: ``names.map((name) => join(home, name, "a.json"))``."""
        functions = self.project.modules[path].functions
        for node in nodes.walk(value):
            yield node
            for arg in node.args if type(node) is ir.Call else ():
                body = functions[arg.value.function].body if isinstance(arg.value, ir.Closure) else ()
                if len(body) == 1 and isinstance(body[0], ir.Return):
                    yield from nodes.walk(body)

    def logs_elsewhere(self, path: str) -> bool:
        """Whether a file sends its log to another machine."""
        if path not in self._remote:
            self._remote[path] = any("remote-logs" in scope.doing for scope in self.of_file(path))
        return self._remote[path]

    def recorded(self, path: str, keeps: Callable[[Scope], set[str]]) -> frozenset[str]:
        """Names of a file to which its functions add what they are given, as ``keeps`` tells of each."""
        if path not in self._recorded:
            self._recorded[path] = frozenset(name for scope in self.of_file(path) for name in keeps(scope))
        return self._recorded[path]

    def taken(self, path: str) -> Mapping[int, ir.Call]:
        """Functions that a call at the top of a file or of a large function takes as they stand, with the call."""
        if path not in self._taken:
            found: dict[int, ir.Call] = {}
            for scope in self.of_file(path):
                for node in (*scope.of(ir.Call), *nodes.listening(scope.of(ir.Assign))):
                    for arg in node.args:
                        if type(arg.value) is ir.Closure:
                            found[arg.value.function] = node
            self._taken[path] = found
        return self._taken[path]

    def heard(self, path: str) -> Mapping[int, tuple[Scope, ir.Call]]:
        """Functions of a file that a call takes by their names, ``channel.on("message", answer)``, and where."""
        if path not in self._heard:
            functions = self.project.modules[path].functions
            numbers = {each.name: number for number, each in enumerate(functions) if number and not each.outer}
            found: dict[int, tuple[Scope, ir.Call]] = {}
            for scope in self.of_file(path) if numbers else ():
                for node in (*scope.of(ir.Call), *nodes.listening(scope.of(ir.Assign))):
                    for arg in node.args if type(node.callee) is ir.Attr else ():
                        if type(arg.value) is ir.Name and arg.value.id in numbers:
                            found.setdefault(numbers[arg.value.id], (scope, node))
            self._heard[path] = found
        return self._heard[path]

    def owner(self, path: str, number: int) -> Scope | None:
        """The scope as a part of which a function is read."""
        return self._by_ref.get(FunctionRef(path, self._owners[path].get(number, number)))

    def field(self, path: str, cls: int, name: str) -> tuple[Scope, ir.Expr] | None:
        """What a field of an object is set to in the methods of its class or in its body, and in which of them."""
        if path not in self._fields:
            # Of all classes at once: a bundle holds thousands, and each would go over all of its functions.
            found: dict[tuple[int, str], tuple[Scope, ir.Expr]] = {}
            for scope in self.of_file(path):
                for node in scope.of(ir.Assign):
                    for target in node.targets:
                        if (
                            type(target) is ir.Attr
                            and type(target.value) is ir.Name
                            and target.value.id in nodes.SELVES
                        ):
                            found.setdefault((scope.function.cls, target.name), (scope, node.value))
            top = self._by_ref.get(FunctionRef(path, 0))
            for number, each in enumerate(self.project.modules[path].classes if top is not None else ()):
                for one in each.fields:
                    if one.value is not None and top is not None:
                        found.setdefault((number, one.name), (top, one.value))
            self._fields[path] = found
        return self._fields[path].get((cls, name))

    def added(self, path: str, cls: int, name: str) -> Sequence[tuple[Scope, ir.Expr]]:
        """What methods put into a field of their object: ``this.parts.push(text)``, ``self.seen[key] = text``."""
        if path not in self._added:
            found: dict[tuple[int, str], list[tuple[Scope, ir.Expr]]] = {}
            for scope in self.of_file(path):
                for node in scope.of(ir.Call) if scope.function.cls >= 0 else ():
                    on = node.callee.value if type(node.callee) is ir.Attr and node.callee.name in _ADDS else None
                    if type(on) is ir.Attr and type(on.value) is ir.Name and on.value.id in nodes.SELVES:
                        into = found.setdefault((scope.function.cls, on.name), [])
                        into.extend((scope, arg.value) for arg in node.args)
                for set_to in scope.of(ir.Assign) if scope.function.cls >= 0 else ():
                    for target in set_to.targets:
                        on = target.value if type(target) is ir.Index else None
                        if type(on) is ir.Attr and type(on.value) is ir.Name and on.value.id in nodes.SELVES:
                            found.setdefault((scope.function.cls, on.name), []).append((scope, set_to.value))
            self._added[path] = found
        return self._added[path].get((cls, name), ())

    def made(self, ref: ClassRef) -> Sequence[tuple[Scope, ir.Call]]:
        """Where objects of a class are made, by its name."""
        if self._made is None:
            self._made = {}
            for scope in self._by_ref.values():
                for node in scope.of(ir.Call):
                    plain = type(node.callee) is ir.Name and (node.new or node.callee.id[:1].isupper())
                    known = self.project.named(scope.path, node.callee.id) if plain else None
                    if isinstance(known, ClassRef):
                        self._made.setdefault(known, []).append((scope, node))
        return self._made.get(ref, ())

    def of_file(self, path: str) -> Sequence[Scope]:
        """The scopes of one file."""
        if not self._files:
            for scope in self._by_ref.values():
                self._files.setdefault(scope.path, []).append(scope)
        return self._files.get(path, ())

    def methods(self, path: str, cls: int) -> tuple[Scope, ...]:
        """The methods of one class."""
        module = self.project.modules[path]
        refs = (FunctionRef(path, number) for number in module.classes[cls].methods)
        return tuple(scope for ref in refs if (scope := self._by_ref.get(ref)) is not None)

    def scope(self, ref: FunctionRef) -> Scope | None:
        """The scope that a function opens; None for one that is read as a part of another."""
        return self._by_ref.get(ref)

    def _add(self, path: str, module: ir.Module) -> None:
        functions = module.functions
        weight = Counter(function.outer for function in functions)
        owner = {0: 0}
        inner: dict[int, list[int]] = {0: []}
        for index in range(1, len(functions)):
            chain = [index]
            while chain[-1] not in owner:
                outer = functions[chain[-1]].outer
                if outer <= 0 or weight[outer] > _NESTED:
                    owner[chain[-1]] = chain[-1]
                    inner.setdefault(chain[-1], [])
                    break
                chain.append(outer)
            for each in chain:
                owner[each] = owner[chain[-1]]
            if owner[index] != index:
                inner[owner[index]].append(index)
        self._owners[path] = owner
        for index in sorted(inner):
            self._by_ref[FunctionRef(path, index)] = Scope(self, path, index, tuple(inner[index]))
