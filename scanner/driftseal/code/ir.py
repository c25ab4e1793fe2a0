"""The intermediate form of source code: one small vocabulary for every language.

Front ends lower files to it, and everything that reads code works on it alone. It keeps what data flows and calls
depend on and drops the rest: types but for their text, operators' precedence, comments. What a front end does not know
becomes `Other` with its parts, so that data is followed through it.

Nodes are never changed once they are made; they are not frozen because millions of them are. ``line`` counts from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar, dataclass_transform

from driftseal.records import compared, shown

_C = TypeVar("_C")


@dataclass_transform()
def node(cls: type[_C]) -> type[_C]:
    """A record of its annotated fields, compared by them."""
    # To compile how each kind is compared and shown takes twice the time that it takes to make the classes.
    made: Any = dataclass(slots=True, eq=False, repr=False)(cls)
    names = [each.name for each in fields(made)]
    for name, method in {**compared(names), "__repr__": shown(names)}.items():
        setattr(made, name, method)
    return made  # type: ignore[no-any-return]  # the class that came in, with slots


class Node:
    """An expression or a statement."""

    __slots__ = ()

    def _replace(self, **changes: Any) -> Self:
        """The same node with other fields, as named tuples do it."""
        return replace(self, **changes)  # type: ignore[type-var]  # every node is a dataclass


# --- expressions -----------------------------------------------------------------------------


@node
class Const(Node):
    """A literal: a string as it reads, a number, a truth value, or None for null, undefined and None."""

    value: str | int | float | bool | None
    line: int


@node
class Name(Node):
    """A variable, function, class or module by its name. ``self`` and ``this`` are names too."""

    id: str
    line: int


@node
class Attr(Node):
    """``value.name``; optional chaining, ``->`` and ``::`` are the same."""

    value: Expr
    name: str
    line: int


@node
class Index(Node):
    """``value[key]``; of a slice the key is a `Group` of its bounds."""

    value: Expr
    key: Expr
    line: int


class Arg(NamedTuple):
    """One argument of a call; ``name`` is empty for a positional one, ``spread`` holds for ``*a`` and ``**a``."""

    name: str
    value: Expr
    spread: bool


@node
class Call(Node):
    """A call, a ``new``, a JSX element or a macro."""

    callee: Expr
    args: tuple[Arg, ...]
    line: int
    new: bool


@node
class Text(Node):
    """A string put together in place: f-string, template literal, format macro. Literal parts are `Const`."""

    parts: tuple[Expr, ...]
    line: int
    tag: Expr | None
    """Of a tagged template: the function that is called with the parts."""


@node
class Binary(Node):
    """Two operands. ``op`` in Python's spelling: ``+ % == != < in not in is and or ?? instanceof``."""

    op: str
    left: Expr
    right: Expr
    line: int


@node
class Unary(Node):
    """``not``, ``-``, ``~``, ``await``, ``yield``, ``typeof``, ``delete``, ``&``, ``*``, ``?`` of Rust."""

    op: str
    value: Expr
    line: int


@node
class Group(Node):
    """A list, tuple, set, array; a spread element is a `Unary` with ``*``."""

    items: tuple[Expr, ...]
    line: int


class Entry(NamedTuple):
    """One member of a mapping; ``key`` is None for a spread mapping."""

    key: Expr | None
    value: Expr


@node
class Mapping(Node):
    """A dict, an object literal, a struct literal. A bare name as key is a `Const`."""

    entries: tuple[Entry, ...]
    line: int
    type: str
    """Of a struct literal: its type as written."""


@node
class Closure(Node):
    """A function as a value: lambda, arrow function, function expression or local definition."""

    function: int
    """Index into ``Module.functions``."""
    line: int


@node
class ClassValue(Node):
    """A class as a value."""

    cls: int
    """Index into ``Module.classes``."""
    line: int


@node
class Choice(Node):
    """``then if test else otherwise``."""

    test: Expr
    then: Expr
    otherwise: Expr
    line: int


@node
class Bind(Node):
    """An assignment inside an expression; its value is the value bound."""

    target: Expr
    value: Expr
    line: int


@node
class Comprehension(Node):
    """A list, set, dict or generator comprehension. Of a dict the element is a `Group` of key and value."""

    element: Expr
    targets: tuple[Expr, ...]
    sources: tuple[Expr, ...]
    tests: tuple[Expr, ...]
    line: int


@node
class Other(Node):
    """Anything else, with the expressions inside it."""

    parts: tuple[Expr, ...]
    line: int


Expr: TypeAlias = (
    "Const | Name | Attr | Index | Call | Text | Binary | Unary | Group | Mapping | Closure | ClassValue | Choice"
    " | Bind | Comprehension | Other"
)

# --- statements ------------------------------------------------------------------------------


@node
class Assign(Node):
    """``target = value``; several targets share the value. A `Group` or `Mapping` as target takes it apart.

    In a `Mapping` target the key is what is read and the value what is bound; a `Bind` inside a target has a default.
    A ``with`` or ``using`` is an assignment followed by its body.
    """

    targets: tuple[Expr, ...]
    value: Expr
    line: int
    adds: bool
    """``+=`` and the like: the old value stays a part of the new."""
    type: str = ""
    """What the target is said to be, of one name, where a language leaves it to the writer to say so."""


@node
class Do(Node):
    """An expression for its effect."""

    value: Expr
    line: int


@node
class Return(Node):
    """What a function gives back; a ``yield`` as well."""

    value: Expr | None
    line: int


@node
class Raise(Node):
    """``raise``, ``throw``, ``panic!``; also a call that never comes back, where a front end knows it."""

    value: Expr | None
    line: int


@node
class If(Node):
    """A branch; ``switch``, ``match`` and ``when`` become chains of these, comparing with ``==``."""

    test: Expr
    then: Block
    otherwise: Block
    line: int


@node
class Loop(Node):
    """``for`` over a source, which binds targets; or ``while``, with a test and no source."""

    targets: tuple[Expr, ...]
    source: Expr | None
    test: Expr | None
    body: Block
    line: int


class Handler(NamedTuple):
    """One ``except`` or ``catch``."""

    types: tuple[str, ...]
    name: str
    body: Block


@node
class Try(Node):
    """``try`` with its handlers; ``else`` stands at the end of the body."""

    body: Block
    handlers: tuple[Handler, ...]
    final: Block
    line: int


@node
class Leave(Node):
    """``break`` or ``continue``."""

    line: int


Stmt: TypeAlias = "Assign | Do | Return | Raise | If | Loop | Try | Leave"
Block: TypeAlias = "tuple[Stmt, ...]"

# --- definitions -----------------------------------------------------------------------------


class Param(NamedTuple):
    """One parameter. One that is taken apart in place has a pattern, and ``name`` is empty."""

    name: str
    annotation: str
    """Its type as written; empty where there is none."""
    default: Expr | None
    rest: str
    """``*`` for further positional arguments, ``**`` for named ones, else empty."""
    pattern: Expr | None
    line: int
    decorators: tuple[Expr, ...] = ()
    """Annotations and attributes, of languages that have them on parameters."""


class Function(NamedTuple):
    """A function, a method, a lambda; or a module's top level, which is the first of its functions."""

    name: str
    qualname: str
    """With the classes and functions around it, joined by dots."""
    params: tuple[Param, ...]
    body: Block
    decorators: tuple[Expr, ...]
    """Attributes and annotations of other languages too."""
    doc: str
    """Docstring or doc comment, its markers taken off."""
    returns: str
    """Type as written."""
    cls: int
    """Index of the class whose method it is, -1 for none."""
    outer: int
    """Index of the function around it, -1 for none; the top level is around all that is not nested deeper."""
    static: bool
    """A method that is called without an object."""
    line: int
    end_line: int
    shared: tuple[str, ...] = ()
    """Variables that it sets and that are not its own, but those of a function around it or of the file."""


class Field(NamedTuple):
    """One field of a class, with what it is set to in the class's body."""

    name: str
    annotation: str
    value: Expr | None
    decorators: tuple[Expr, ...]
    doc: str
    line: int


class Class(NamedTuple):
    """A class, struct, interface, enum or trait implementation."""

    name: str
    bases: tuple[Expr, ...]
    fields: tuple[Field, ...]
    methods: tuple[int, ...]
    """Indices into ``Module.functions``."""
    decorators: tuple[Expr, ...]
    doc: str
    line: int
    end_line: int


class Import(NamedTuple):
    """A name that a file gets from elsewhere, wherever in the file it says so."""

    local: str
    """The name here; ``*`` for everything."""
    module: str
    """As written: ``os.path``, ``.helpers``, ``./util.js``, ``@scope/pkg``, ``node:fs``."""
    symbol: str
    """What of it: empty for the module itself, ``default`` for a default export."""
    line: int


class Export(NamedTuple):
    """A name that a file hands out. Front ends of languages without exports leave it out."""

    name: str
    """``default`` for the default export, ``*`` for everything of ``module``."""
    local: str
    """The name here; of a re-export, the name in ``module``."""
    module: str
    """For a re-export, where it comes from; else empty."""


class Module(NamedTuple):
    """One file."""

    path: str
    """Relative to the project's root, with forward slashes."""
    language: str
    functions: tuple[Function, ...]
    """The first is the top level."""
    classes: tuple[Class, ...]
    imports: tuple[Import, ...]
    exports: tuple[Export, ...]
    doc: str
    errors: int
    """Places that the grammar could not make sense of."""
    complete: bool
    """Whether all of the file was lowered; a budget may have ended it."""
    reached: int = -1
    """Bytes that were lowered before a budget ended it."""
