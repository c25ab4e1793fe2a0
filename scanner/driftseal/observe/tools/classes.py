"""Classes that are tools: a name and a description as fields, and a method that runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.model.item import ItemKind
from driftseal.observe.tools._calls import SCHEMA_KEYS
from driftseal.observe.tools._names import is_name
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Sites

_NAMES: Final = ("name", "toolName", "tool_name", "NAME", "getName", "get_name")
_DESCRIPTIONS: Final = (
    "description",
    "toolDescription",
    "tool_description",
    "DESCRIPTION",
    "getDescription",
    "get_description",
)
_METHODS: Final = (
    "execute",
    "run",
    "_run",
    "call",
    "handle",
    "invoke",
    "handler",
    "_execute",
    "run_tool",
    "apply",
    "__call__",
)
_MORE: Final = (
    "inputSchema",
    "input_schema",
    "args_schema",
    "argsShape",
    "paramsSchema",
    "getInputSchema",
    "get_input_schema",
)
_BASES: Final = 8
"""Classes that one class is derived from, one after another."""


def find(sites: Sites) -> Iterator[Draft]:
    """Every class whose objects are tools; each of its objects where the name is given to them."""
    for path, module in sites.project.modules.items():
        for number, cls in enumerate(module.classes):
            ref = ClassRef(path, number)
            if not _may_be(sites, ref):
                continue
            alone = Spot(path, 0, ir.Call(ir.ClassValue(number, cls.line), (), cls.line, new=True))
            draft = _draft(sites, alone, cls)
            if draft is not None:
                yield draft
            else:
                yield from _objects(sites, ref, cls)


def _objects(sites: Sites, ref: ClassRef, cls: ir.Class) -> Iterator[Draft]:
    """``new Tool("name", "text", …)``, for a class of this project."""
    if not cls.name or "tool" not in cls.name.lower():
        return
    for site in sites.constants.calls.get(cls.name, ()):
        for turn in sites.turns(site):
            callee = turn.expr.callee if isinstance(turn.expr, ir.Call) else turn.expr
            made = sites.constants.follow(turn.at(callee)).expr
            if isinstance(made, ir.ClassValue) and made.cls == ref.number:
                draft = _draft(sites, turn, cls)
                if draft is not None:
                    yield draft


def _may_be(sites: Sites, ref: ClassRef) -> bool:
    """Whether a class or one above it speaks of a description at all."""
    for _ in range(_BASES):
        cls = sites.project.cls(ref)
        functions = sites.project.modules[ref.path].functions
        named = {one.name for one in cls.fields} | {functions[number].name for number in cls.methods}
        if not named.isdisjoint(_DESCRIPTIONS) or not sites.constants.own(ref).keys().isdisjoint(_DESCRIPTIONS):
            return True
        above = sites.constants.follow(Spot(ref.path, 0, cls.bases[0])) if cls.bases else None
        if above is None or not isinstance(above.expr, ir.ClassValue):
            return False
        ref = ClassRef(above.path, above.expr.cls)
    return False


def _draft(sites: Sites, made: Spot, cls: ir.Class) -> Draft | None:
    name = _text(sites, made, _NAMES)
    described = _text(sites, made, _DESCRIPTIONS)
    if name is None or not is_name(name):
        return None
    runs = next((found for method in _METHODS if (found := _member(sites, made, method)) is not None), None)
    schema = next((found for key in (*SCHEMA_KEYS, *_MORE) if (found := _member(sites, made, key)) is not None), None)
    called = cls.name.lower().endswith("tool") or any("tool" in last_name(base).lower() for base in cls.bases)
    if not (described is not None and (schema is not None or (called and runs is not None))):
        return None
    signature = runs.expr if runs is not None and schema is None else None
    return Draft(
        kind=ItemKind.TOOL,
        name=name,
        spot=made,
        line=made.expr.line,
        how="class",
        description=described,
        schema=schema,
        annotations=_member(sites, made, "annotations"),
        title=_text(sites, made, ("title",)),
        handler=runs,
        signature=FunctionRef(runs.path, signature.function) if runs and isinstance(signature, ir.Closure) else None,
    )


def _member(sites: Sites, made: Spot, name: str) -> Spot | None:
    """A field, a property's value or a method of an object."""
    return sites.constants.member(made, name)


def _text(sites: Sites, made: Spot, names: tuple[str, ...]) -> str | None:
    for name in names:
        text = sites.constants.text(_member(sites, made, name))
        if text is not None:
            return text
    return None
