"""Joins what the idioms find: one entry a declaration, with its schema, its handler and the prefix of its server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from importlib import import_module
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, names_in
from driftseal.code.project import FunctionRef, Project
from driftseal.model.item import ItemKind, Json
from driftseal.observe.built import is_built
from driftseal.observe.tools import classes, decorators, dynamic, instructions, literals, mounts, registrations
from driftseal.observe.tools.annotations import is_context
from driftseal.observe.tools.declared import Declared, Draft, Dynamic, Found, Handles
from driftseal.observe.tools.dispatch import Dispatch
from driftseal.observe.tools.schemas import Schemas
from driftseal.observe.tools.sites import Sites

_IDIOMS: Final[tuple[Callable[[Sites], Iterator[Draft]], ...]] = (
    decorators.find,
    registrations.find,
    literals.find,
    classes.find,
)
_OWN: Final = frozenset({"csharp", "go", "java", "rust"})
"""Languages whose idioms are their own, in a file of that name, which is imported where there is source of it."""
_OBJECTS: Final = frozenset({"args", "arguments", "params", "input", "request", "req", "options", "opts", "parameters"})


def find(project: Project) -> Found:
    """Tools, prompts, resources and instructions that a project declares, and the places that make more at run time."""
    sites = Sites(project)
    every = list(_drafts(sites))
    known = {(draft.spot.path, draft.line) for draft in every}
    drafts = _merged(every)
    names = frozenset(draft.name for draft in drafts)
    join = _Join(sites, Dispatch(sites, names), mounts.prefixes(sites))
    drafts += _readable(sites, join.dispatch, drafts)
    declared = sorted((join.declared(draft) for draft in drafts), key=lambda one: (one.path, one.line, one.name))
    return Found(tuple(declared), tuple(sorted(_dynamic(sites, known), key=lambda one: (one.path, one.line))))


def _readable(sites: Sites, dispatch: Dispatch, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """What a low-level server reads whose resources are listed at run time: any that a client names."""
    if any(draft.kind is ItemKind.RESOURCE_TEMPLATE for draft in drafts):
        return
    for ref in dispatch.readers[:1]:
        line = sites.project.function(ref).line
        spot = Spot(ref.path, 0, ir.Closure(ref.number, line))
        yield Draft(ItemKind.RESOURCE_TEMPLATE, "{uri}", spot, line, "reader")


def _drafts(sites: Sites) -> Iterator[Draft]:
    modules = sites.project.modules
    yield from instructions.find(sites)
    for idiom in _IDIOMS:
        yield from (draft for draft in idiom(sites) if modules[draft.spot.path].language not in _OWN)
    for language in sorted({module.language for module in modules.values()} & _OWN):
        own: Callable[[Sites], Iterator[Draft]] = import_module(f"driftseal.observe.tools.{language}").find
        yield from own(sites)


def _dynamic(sites: Sites, known: AbstractSet[tuple[str, int]]) -> Iterator[Dynamic]:
    modules = sites.project.modules
    yield from (one for one in dynamic.find(sites, known) if modules[one.path].language not in _OWN)
    if any(module.language == "go" for module in modules.values()):
        from driftseal.observe.tools import go

        yield from go.dynamic(sites)


def _merged(drafts: Sequence[Draft]) -> list[Draft]:
    """One draft where several idioms tell of one thing, with what each of them knows; two servers have a thing each."""
    known: dict[tuple[ItemKind, str], list[Draft]] = {}
    for draft in _authoritative(drafts):
        others = known.setdefault((draft.kind, draft.name), [])
        for index, other in enumerate(others):
            if (other.server != draft.server and other.server and draft.server) or _is_copy(draft, other):
                continue
            if other.description == draft.description or None in {other.description, draft.description}:
                others[index] = _fuller(other, draft)
                break
        else:
            others.append(draft)
    return [draft for others in known.values() for draft in others]


def _is_copy(one: Draft, other: Draft) -> bool:
    """Whether one of two was built from the other: written alike, and only one of them where such things are put."""
    return one.how == other.how and is_built(one.spot.path) != is_built(other.spot.path)


def _authoritative(drafts: Sequence[Draft]) -> list[Draft]:
    """Without those that another tells better: the call of a helper, when the helper says what becomes of it."""
    helped = {(draft.kind, draft.name) for draft in drafts if draft.how == "helper" and draft.description is not None}
    return [draft for draft in drafts if draft.how != "wrapper" or (draft.kind, draft.name) not in helped]


def _fuller(one: Draft, other: Draft) -> Draft:
    more, less = (one, other) if _weight(one) >= _weight(other) else (other, one)
    return replace(
        more,
        description=more.description if more.description is not None else less.description,
        schema=more.schema or less.schema,
        annotations=more.annotations or less.annotations,
        title=more.title or less.title,
        handler=more.handler or less.handler,
        signature=more.signature or less.signature,
        server=more.server or less.server,
        runs=more.runs or less.runs,
        written=more.written if more.written is not None else less.written,
        extra=more.extra or less.extra,
    )


def _weight(draft: Draft) -> int:
    return sum(part is not None for part in (draft.description, draft.schema, draft.handler, draft.signature))


class _Join:
    """Works out the rest of one draft after another."""

    def __init__(self, sites: Sites, dispatch: Dispatch, prefixes: dict[str, str]) -> None:
        self._sites = sites
        self.dispatch = dispatch
        self._prefixes = prefixes
        self._schemas = Schemas(sites)

    def declared(self, draft: Draft) -> Declared:
        handles = self._handles(draft)
        hints = self._schemas.literal(draft.annotations) if draft.annotations is not None else None
        annotations: Json = {**(hints if isinstance(hints, dict) else {}), **draft.extra} or None
        prefix = self._prefixes.get(draft.server) if draft.kind in {ItemKind.TOOL, ItemKind.PROMPT} else None
        return Declared(
            kind=draft.kind,
            name=f"{prefix}_{draft.name}" if prefix is not None else draft.name,
            description=draft.description,
            schema=draft.written if draft.written is not None else self._schemas.of(draft.schema, draft.signature),
            annotations=annotations,
            title=draft.title,
            handler=handles.function,
            parameters=handles.parameters,
            fields=handles.fields,
            path=draft.spot.path,
            line=draft.line,
            how=draft.how,
            server=draft.server,
            around=self._around(handles.function),
        )

    def _around(self, handler: FunctionRef | None) -> Handles | None:
        wrapper = self._sites.wrappers.get(handler) if handler is not None else None
        return self._parameters(wrapper, several=False) if wrapper is not None else None

    def _handles(self, draft: Draft) -> Handles:  # noqa: PLR0911  # a line a way to find out
        if draft.runs is not None:
            return draft.runs
        own = self._sites.function(draft.handler) if draft.handler is not None else None
        if own is not None:
            behind = self._sites.behind(own, draft.spot)
            if behind is not None:
                return self._parameters(behind, several=draft.signature is not None)
            return self._parameters(own, several=draft.signature is not None)
        if draft.kind is ItemKind.RESOURCE:
            return Handles()
        if draft.kind is ItemKind.RESOURCE_TEMPLATE:
            reader = self.dispatch.reader(draft.spot.path)
            return self._parameters(reader, several=True) if reader is not None else Handles()
        found = self.dispatch.handler(draft.name, draft.spot.path)
        if found is None:
            return Handles()
        return self._parameters(found[0], several=True)

    def _parameters(self, ref: FunctionRef, *, several: bool) -> Handles:
        """The parameters of a handler; ``several`` of them carry arguments, else the first does."""
        function = self._sites.project.function(ref)
        params = [param for param in function.params if not is_context(param)]
        python = self._sites.project.modules[ref.path].language == "python"
        if not several and not python:
            params = params[:1]
        names: list[str] = []
        for param in params:
            names += [param.name] if param.name else _members(param.pattern)
        whole = [name for name in names if name in _OBJECTS]
        if whole and (python or several):
            return Handles(ref, tuple(whole), fields=True)
        plain = bool(params) and params[0].pattern is None and not python and not several
        return Handles(ref, tuple(names), fields=plain)


def _members(pattern: ir.Expr | None) -> Iterator[str]:
    """Members of an argument that a parameter takes apart, by the names that callers give them."""
    if not isinstance(pattern, ir.Mapping):
        yield from names_in(pattern)
        return
    for entry in pattern.entries:
        if isinstance(entry.key, ir.Const) and isinstance(entry.key.value, str):
            yield entry.key.value
        else:
            yield from names_in(entry.value)
