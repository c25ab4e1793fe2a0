"""A function with what is nested in it, as families read it: nodes by kind, calls by their full names, constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Ref, ValueRef
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.lists import subjects
from driftseal.observe.behaviour.scope import rows
from driftseal.observe.behaviour.scope.lines import Lines
from driftseal.observe.behaviour.scope.names import PARTS, SELVES
from driftseal.observe.behaviour.started import STARTERS, started
from driftseal.observe.taint.models import Model

if TYPE_CHECKING:
    from driftseal.observe.behaviour.whole import Code


_Answer = TypeVar("_Answer")


class Called(NamedTuple):
    """One call."""

    name: str
    """Full, as the models of libraries spell it; the written one where nobody knows better."""
    call: ir.Call


class Scope(Lines):
    """One function with its calls, and those of its helpers."""

    def __init__(self, code: Code, path: str, number: int, inner: tuple[int, ...]) -> None:
        super().__init__(code, path, number, inner)
        self.reasons: dict[int, str] = {}
        """What tests depend on, by the identity of their nodes."""
        self.direct: dict[str, Mapping[int, int]] = {}
        """Lines of the nodes that bring in what is followed, by its kind and the identity of the nodes."""
        self.answers: dict[Callable[[Scope], Any], Any] = {}
        """What was asked of this scope `once`, by what was asked."""
        self.gives: dict[str, int | None] = {}
        """Lines at which it gives back what is followed, by its kind; None where it does not."""
        self._helpers: dict[int, Scope | None] = {}

    @cached_property
    def calls(self) -> tuple[Called, ...]:
        """Every call with its name, also those that others start."""
        return (*(Called(self.name(node), node) for node in self.of(ir.Call)), *self.by_others)

    @cached_property
    def by_others(self) -> tuple[Called, ...]:
        """Calls that others start: in threads, timers, at the end of the process."""
        return tuple(called for _, called in self.started)

    @cached_property
    def started(self) -> tuple[tuple[ir.Call, Called], ...]:
        """As above, each after the call that starts it."""
        calls = self.of(ir.Call) if not STARTERS.isdisjoint(self.words) else ()
        made = ((node, started(node)) for node in calls)
        return tuple((node, Called(self.name(call), call)) for node, call in made if call is not None)

    @cached_property
    def helped(self) -> tuple[tuple[Called, Scope], ...]:
        """Every call of a function of this project, with that function: most calls are of none."""
        asked = ((called, self.helper(called.call)) for called in self.calls)
        return tuple((called, helper) for called, helper in asked if helper is not None)

    @cached_property
    def commands(self) -> tuple[tuple[Called, str], ...]:
        """Every call that runs a command, with its command line as far as that is constant."""
        wanted = ("command", "argv")
        return tuple(
            (called, self.command(called.call)) for called in self.calls if self.kinds(called).intersection(wanted)
        )

    @cached_property
    def doing(self) -> Mapping[str, Sequence[Called]]:
        """The calls by the subjects that their names show."""
        found: dict[str, list[Called]] = {}
        for called in self.calls:
            for subject in subjects(called.name) if called.name else ():
                found.setdefault(subject, []).append(called)
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its calls: asked before each call is asked."""
        return frozenset([called.name for called in self.calls])

    @cached_property
    def lasts(self) -> frozenset[str]:
        """How they end."""
        return frozenset([name.rpartition(".")[2] for name in self.names])

    @cached_property
    def sinks(self) -> frozenset[str]:
        """Kinds of sinks that its calls are."""
        return frozenset[str]().union(*map(self.kinds, self.calls))

    @cached_property
    def by_call(self) -> Mapping[int, Called]:
        """The calls by the identity of their nodes."""
        return {id(called.call): called for called in self.calls}

    @cached_property
    def shown(self) -> frozenset[str]:
        """Subjects that constants and joined paths show, in this scope or by names of the file's top level."""
        texts = {str(each.value) for each in self.constants}
        texts |= {self.path_of(node) for node in self.of(ir.Call, ir.Binary) if nodes.joins(node)}
        texts |= {self.path_of(node) for node in self.of(ir.Text) if _names_a_place(node)}
        texts.update(*self.by_row.values())
        found = {subject for each in texts for subject in subjects(each)}
        told = self.code.told(self.path)
        return frozenset(found).union(*(told[name] for name in told.keys() & self.words))

    @cached_property
    def by_row(self) -> Mapping[int, tuple[str, ...]]:
        """What texts and paths become for each row of a table that is gone through, by the identity of their nodes."""
        return rows.by_row(self)

    def model(self, called: Called) -> Model | None:
        """What is known of what is called."""
        return self.code.model(self.module.language, called.name)

    def kinds(self, called: Called) -> frozenset[str]:
        """Kinds of sinks that a call is."""
        found = self.code.kinds(self.module.language, called.name)
        # A function of the program's own may be called ``open`` as well.
        own = bool(found) and "." not in called.name and self.helper(called.call) is not None
        return frozenset() if own else found

    def helper(self, call: ir.Call) -> Scope | None:
        """The function of this project that is called, where it can be told."""
        key = id(call)
        if key not in self._helpers:
            self._helpers[key] = self._helper(call)
        return self._helpers[key]

    def _helper(self, call: ir.Call) -> Scope | None:
        ref: Ref | None = None
        callee = call.callee
        if isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name) and callee.value.id in SELVES:
            own = self.function.cls
            ref = self.code.project.method(ClassRef(self.path, own), callee.name) if own >= 0 else None
        if ref is None and isinstance(callee, (ir.Name, ir.Attr)):
            ref = self.code.project.resolve(self.path, callee)
        if ref is None and isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name):
            # An object that was made a few lines above.
            made = self.assigned.get(callee.value.id)
            if isinstance(made, ir.Call):
                ref = self.code.project.resolve(self.path, ir.Attr(made, callee.name, callee.line))
        if ref is None and isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name):
            ref = self._of_param(callee.value.id, callee.name)
        if ref is None and isinstance(callee, ir.Name) and isinstance(self.set_to(callee), ir.Closure):
            ref = FunctionRef(self.path, self.set_to(callee).function)
        if ref is None and isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name):
            ref = self._of_chain(callee)
        found = self.code.scope(ref) if isinstance(ref, FunctionRef) else None
        return found if found is not self else None

    def _of_chain(self, callee: ir.Attr) -> Ref | None:
        """A method of what a chain gives that begins with a new object: ``new Channel().open()`` is one still."""
        known = self.code.project.named(self.path, callee.value.id) if isinstance(callee.value, ir.Name) else None
        if not isinstance(known, ValueRef):
            return None
        made = known.value
        for _ in range(PARTS):
            if not isinstance(made, ir.Call) or made.new or not isinstance(made.callee, ir.Attr):
                break
            made = made.callee.value
        if not isinstance(made, ir.Call) or made is known.value:
            return None
        return self.code.project.resolve(known.path, ir.Attr(made, callee.name, callee.line))

    def _of_param(self, name: str, method: str) -> Ref | None:
        """The method of a parameter whose type is a class of this project."""
        given = (param.annotation for function in self.functions for param in function.params if param.name == name)
        for annotation in given:
            cls = self.code.project.named(self.path, annotation) if annotation.isidentifier() else None
            if isinstance(cls, ClassRef):
                return self.code.project.method(cls, method)
        return None

    def fact(self, name: str, line: int, evidence: str, *related: tuple[int, str]) -> Fact:
        """A fact of this scope's file."""
        places = tuple(Related(self.path, at, what) for at, what in related)
        return Fact(name, self.path, line, nodes.quoted(evidence), places)


def once(question: Callable[[Scope], _Answer]) -> Callable[[Scope], _Answer]:
    """A question that families ask of the same scope again and again, answered once."""

    @wraps(question)
    def asked(scope: Scope) -> _Answer:
        known = scope.answers
        if asked not in known:
            known[asked] = question(scope)
        return known[asked]  # type: ignore[no-any-return]  # what this question gave

    return asked


def _names_a_place(node: ir.Text) -> bool:
    """Whether a text that is put together may be a path: a constant part has a slash, another part is a name."""
    parts = node.parts
    slash = any(type(part) is ir.Const and isinstance(part.value, str) and "/" in part.value for part in parts)
    return slash and any(type(part) is ir.Name for part in parts)
