"""JavaScript and TypeScript, with JSX, in every dress that packages wear: sources, compiled files, bundles."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.code import ir
from driftseal.code._javascript_state import State
from driftseal.code._javascript_values import bound
from driftseal.code._lowering import Outcome, run, statements
from driftseal.code.base import FrontEnd
from driftseal.limits import Limits

if TYPE_CHECKING:
    from tree_sitter import Language

_TYPED: Final = (".ts", ".mts", ".cts")
_DECLARATIONS: Final = (".d.ts", ".d.mts", ".d.cts")
_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class JavaScript(FrontEnd):
    """See `FrontEnd`."""

    name: ClassVar[str] = "javascript"
    suffixes: ClassVar[frozenset[str]] = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"})

    def lower(self, data: bytes, path: str, limits: Limits) -> ir.Module:
        """See `FrontEnd.lower`. A file that only declares types has nothing to run and is empty."""
        state = State(limits)
        if path.lower().endswith(_DECLARATIONS):
            return _module(state, path, Outcome())
        from driftseal.code._javascript_grammar import GRAMMAR

        data = _utf8(data)
        outcome = run(state, GRAMMAR, _language(path.lower()), data, limits)
        top = state.functions[0]
        top.body = _with_namespaces(state, tuple(statements(outcome.value)))
        top.end_line = data.count(b"\n") + 1
        return _module(state, path, outcome)


def _utf8(data: bytes) -> bytes:
    """The file in the one encoding that is parsed; what cannot be decoded is replaced later, literal by literal."""
    for mark, encoding in _WIDE.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _language(path: str) -> Language:
    from tree_sitter import Language

    if path.endswith(_TYPED):
        from tree_sitter_typescript import language_typescript

        return Language(language_typescript())
    if path.endswith(".tsx"):
        from tree_sitter_typescript import language_tsx

        return Language(language_tsx())
    from tree_sitter_javascript import language

    return Language(language())


def _with_namespaces(state: State, body: ir.Block) -> ir.Block:
    """Objects that a bundler makes empty and fills later hold their members from the start."""
    for name in state.whole:
        for entry in state.namespaces[name].entries if name in state.namespaces else ():
            if isinstance(entry.key, ir.Const) and isinstance(entry.value, ir.Name):
                state.export(str(entry.key.value), entry.value.id)
    return tuple(_filled(state, each) for each in body) if state.namespaces else body


def _filled(state: State, each: ir.Stmt) -> ir.Stmt:
    if isinstance(each, ir.Assign) and len(each.targets) == 1 and each.value == ir.Mapping((), each.value.line, ""):
        target = each.targets[0]
        if isinstance(target, ir.Name) and target.id in state.namespaces:
            return each._replace(value=state.namespaces[target.id])
    return each


def _module(state: State, path: str, outcome: Outcome) -> ir.Module:
    return ir.Module(
        path=path,
        language=JavaScript.name,
        functions=tuple(_functions(state)),
        classes=tuple(state.classes),
        imports=tuple(_imports(state)),
        exports=tuple(state.exports),
        doc=state.functions[0].doc,
        errors=outcome.errors,
        complete=outcome.complete,
        reached=outcome.reached,
    )


def _functions(state: State) -> list[ir.Function]:
    """The drafts, now that what each is called is known; an outer one always comes before its inner ones."""
    longest = state.limits.name_chars
    made: list[ir.Function] = []
    shared = _shared(state)
    for number, draft in enumerate(state.functions):
        label = (draft.name or draft.label)[:longest]
        above = made[draft.outer].qualname if draft.outer > 0 else ""
        within = state.classes[draft.cls].name[:longest] if draft.cls >= 0 else ""
        # Cut at its head, since names in names would take as much space as there are functions times their depth.
        qualname = ".".join(part for part in (above, within, label) if part)[-state.limits.evidence_chars :]
        made.append(
            ir.Function(
                name=draft.name,
                qualname=qualname,
                params=draft.params,
                body=draft.body,
                decorators=draft.decorators,
                doc="" if not made else draft.doc,
                returns=draft.returns,
                cls=draft.cls,
                outer=draft.outer,
                static=draft.static,
                line=draft.line,
                end_line=draft.end_line,
                shared=tuple(shared.get(number, ())),
            )
        )
    return made


def _shared(state: State) -> dict[int, list[str]]:
    """Variables that functions set and do not declare, by the function."""
    found: dict[int, set[str]] = {}
    for number, name in state.assigned.keys() - state.declared:
        if number:  # what the top level sets is the file's
            found.setdefault(number, set()).add(name)
    for number, names in found.items():
        for param in state.functions[number].params:
            names.difference_update(bound(param.pattern) if param.pattern is not None else (param.name,))
    return {number: sorted(names) for number, names in found.items()}


def _imports(state: State) -> list[ir.Import]:
    """In order of the file; a name inside a function yields to the same one outside of all."""
    taken = {one.local for index, one in enumerate(state.imports) if index not in state.nested and one.local}
    assigned = (each for each in state.functions[0].body if isinstance(each, ir.Assign))
    taken |= {name for each in assigned for target in each.targets for name in bound(target)}
    found: dict[ir.Import, None] = {}
    for index, one in enumerate(state.imports):
        found[one._replace(local="") if index in state.nested and one.local in taken else one] = None
    return list(found)
