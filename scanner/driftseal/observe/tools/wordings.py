"""Every text that an expression may amount to: what a model reads may hang on a switch, a date or a branch.

They are told apart in turns. In each turn whatever has several alternatives (a choice, a variable that is set more than
once, a table that is asked for something unknown, a function that gives back several things) takes the one of that
number, so that each alternative is met in one turn at least, without all of their combinations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Constant, Spot, last_name
from driftseal.code.project import Project
from driftseal.observe.tools._bodies import all_given_back, mentions
from driftseal.observe.tools.values import Values

_MOST: Final = 8
"""Wordings of one text, and values of one variable, that are told apart."""
_SPACES: Final = 2
"""In a text that says something, rather than where it is kept."""
_DECODES: Final = frozenset(
    {"b64decode", "atob", "from", "fromhex", "unhexlify", "decode", "decompress", "unquote", "decodeURIComponent"}
    | {"unescape", "inflateSync", "gunzipSync", "loads", "parse"}
)
"""What these are given is text in disguise, which whoever judges the text sees through."""
_NESTED: Final = 12
"""Blocks in blocks in which a variable is looked for."""


class _Set(NamedTuple):
    """A statement that sets a variable."""

    value: ir.Expr
    line: int
    sure: bool
    """Whether it stands under no condition."""
    goes_on: bool
    """Whether the old value is a part of the new."""


class Wordings(Values):
    """Values of one project, with every wording of its texts."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._turn = 0
        self._ways = 0
        """Turns that there are to take, as far as is known; 0 while nobody asks for wordings."""
        self._settings: dict[tuple[str, int], dict[str, list[_Set]]] = {}

    def wording(self, spot: Spot | None) -> str | None:
        """See `Constants.wording`; several wordings one below the other, without those that are parts of others."""
        found: dict[str, None] = {}
        self._turn, self._ways = 0, 1
        while self._turn < min(self._ways, _MOST):
            text = super().wording(spot)
            found |= {text: None} if text is not None else {}
            self._turn += 1
        self._turn = self._ways = 0
        whole = [one for one in found if not any(one in other for other in found if other != one)]
        return "\n".join(whole) or None

    def _fold(self, spot: Spot, depth: int) -> Constant:
        others = self._alternatives(spot, depth) if self._ways and depth > 0 else ()
        self._ways = max(self._ways, len(others)) if others else self._ways
        # In the first turn all is as ever, but for variables at the top of a file: of those the first value is taken.
        own = bool(others) and (self._turn > 0 or (isinstance(spot.expr, ir.Name) and others[0].scope == 0))
        value = None if own else super()._fold(spot, depth)
        if value is None and others:
            value = self._fold(others[min(self._turn, len(others) - 1)], depth - 1)
        value = super()._fold(spot, depth) if value is None and own else value
        if value is None and self._fills and depth > 0:
            return self._cut(spot, depth) or self._put_through(spot, depth)
        return value

    def _put_through(self, spot: Spot, depth: int) -> str | None:
        """What is given to a function that nobody knows may come out: ``_("…")``, ``Template("…").substitute(…)``."""
        call = spot.expr
        if not isinstance(call, ir.Call):
            return None
        given = [arg.value for arg in call.args]
        given += [call.callee.value] if isinstance(call.callee, ir.Attr) else []
        texts = (self._fold(spot.at(each), depth - 1) for each in given if not isinstance(each, ir.Closure))
        least = 0 if last_name(call.callee) in _DECODES else _SPACES
        return next((text for text in texts if isinstance(text, str) and text.count(" ") >= least), None)

    def _cut(self, spot: Spot, depth: int) -> str | None:
        """``text[::-1]``, or some part of a text: all of it, since less is hardly what models are meant to read."""
        expr = spot.expr
        if not isinstance(expr, ir.Index) or not isinstance(expr.key, ir.Group):
            return None
        text = self._fold(spot.at(expr.value), depth - 1)
        if not isinstance(text, str):
            return None
        return text[::-1] if -1 in [self._fold(spot.at(each), depth - 1) for each in expr.key.items] else text

    def _returned(self, body: ir.Block) -> ir.Expr | None:
        first = super()._returned(body)
        if not self._ways or first is None:
            return first
        every = [first, *(one for one in all_given_back(body) if one is not first)]
        self._ways = max(self._ways, len(every))
        return every[min(self._turn, len(every) - 1)]

    def _alternatives(self, spot: Spot, depth: int) -> Sequence[Spot]:
        expr = spot.expr
        if isinstance(expr, ir.Choice):
            open_ = self.truth(spot.at(expr.test), depth - 1) is None
            return (spot.at(expr.then), spot.at(expr.otherwise)) if open_ else ()
        if isinstance(expr, ir.Binary):
            return (spot.at(expr.left), spot.at(expr.right)) if expr.op in {"or", "??"} else ()
        if isinstance(expr, ir.Name):
            return self._values_of(spot, expr)
        if isinstance(expr, ir.Index):
            return self._held(spot, expr.value, expr.key, depth)
        if isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr) and expr.callee.name == "get" and expr.args:
            rest = tuple(spot.at(arg.value) for arg in expr.args[1:])
            held = self._held(spot, expr.callee.value, expr.args[0].value, depth)
            return (*held, *rest) if held else ()
        return ()

    def _held(self, spot: Spot, table: ir.Expr, key: ir.Expr, depth: int) -> Sequence[Spot]:
        """What a table holds, where nobody knows for what it is asked."""
        whole = self._follow(spot.at(table), depth - 1)
        if not isinstance(whole.expr, ir.Mapping) or self._fold(spot.at(key), depth - 1) is not None:
            return ()
        return [whole.at(entry.value) for entry in whole.expr.entries[:_MOST]]

    # --- variables --------------------------------------------------------------------------

    def _values_of(self, spot: Spot, name: ir.Name) -> Sequence[Spot]:
        """What a variable may be set to where it is read, in order."""
        if spot.given is not None and name.id in spot.given:
            return ()
        home = self._home_of(spot.path, spot.scope, name.id)
        if home is None:
            return ()
        path, scope, called = home
        until = name.line if (path, scope) == (spot.path, spot.scope) and name.line else None
        given = spot.given if path == spot.path else None
        found: list[Spot] = []
        for each in self._set_in(path, scope).get(called, ()):
            if until is not None and each.line > until:
                break
            new = [Spot(path, scope, each.value, given)]
            if each.goes_on:
                new = [Spot(path, scope, each.value, {**(given or {}), called: old}) for old in found]
            found = (new if each.sure else found + new)[:_MOST]
        return found

    def _home_of(self, path: str, scope: int, name: str) -> tuple[str, int, str] | None:
        """The file, function and name of a variable that is set somewhere more than once."""
        functions = self.project.modules[path].functions
        while scope > 0:
            if any(param.name == name for param in functions[scope].params):
                return None
            if name in self._set_in(path, scope):
                return path, scope, name
            scope = functions[scope].outer
        if name in self._set_in(path, 0):
            return path, 0, name
        for imported in self.project.modules[path].imports:
            source = self.project.paths.find(path, imported.module) if imported.local == name else None
            if source is not None:
                return (source, 0, imported.symbol) if imported.symbol in self._set_in(source, 0) else None
        return None

    def _set_in(self, path: str, scope: int) -> dict[str, list[_Set]]:
        """What the variables of a function are set to, of those that are set more than once."""
        key = path, scope
        if key not in self._settings:
            every: dict[str, list[_Set]] = {}
            for name, each in _settings(self.project.modules[path].functions[scope].body, sure=True):
                every.setdefault(name, []).append(each)
            self._settings[key] = {name: sets for name, sets in every.items() if len(sets) > 1}
        return self._settings[key]


def _settings(body: ir.Block, *, sure: bool, depth: int = _NESTED) -> Iterator[tuple[str, _Set]]:
    for each in body:
        if isinstance(each, ir.Assign):
            for target in each.targets:
                if isinstance(target, ir.Name):
                    value = ir.Binary("+", target, each.value, each.line) if each.adds else each.value
                    yield target.id, _Set(value, each.line, sure, mentions(value, target.id))
        elif isinstance(each, ir.Do) and isinstance(each.value, ir.Bind) and isinstance(each.value.target, ir.Name):
            name, value = each.value.target.id, each.value.value
            yield name, _Set(value, each.line, sure, mentions(value, name))
        for block in _blocks(each) if depth else ():
            yield from _settings(block, sure=False, depth=depth - 1)


def _blocks(each: ir.Stmt) -> Sequence[ir.Block]:
    if isinstance(each, ir.If):
        return each.then, each.otherwise
    if isinstance(each, ir.Loop):
        return (each.body,)
    return (each.body, *(one.body for one in each.handlers), each.final) if isinstance(each, ir.Try) else ()
