"""What the source of a server declares: its tools, prompts and resources, read without running it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from driftseal.code.constants import Spot
from driftseal.code.project import FunctionRef
from driftseal.model.item import ItemKind, Json
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Handles:
    """What runs when a tool is called."""

    function: FunctionRef | None = None
    parameters: tuple[str, ...] = ()
    """Names in the function that carry the tool's arguments; of an object that it takes apart, those of its members."""
    fields: bool = False
    """Whether those names are objects that hold the arguments, rather than the arguments."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One tool, prompt, resource or template that the code declares."""

    kind: ItemKind
    name: str
    """Of a resource or template its URI."""
    description: str | None
    """None where there is none, and where it is no constant."""
    schema: Json
    """JSON Schema of the input, None where nobody can say."""
    annotations: Json
    title: str | None
    handler: FunctionRef | None
    parameters: tuple[str, ...]
    """See `Handles`."""
    fields: bool
    path: str
    line: int
    how: str
    """The idiom by which it was found."""
    server: str
    """Where the server object that it is added to is made, as ``path:line``; empty where nobody says."""
    around: Handles | None = None
    """What the project wraps the handler in, which sees the arguments first."""

    @property
    def handles(self) -> Handles:
        """What runs when it is called."""
        return Handles(self.handler, self.parameters, self.fields)


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A place that makes tools at run time, from what is not in the code."""

    path: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """The static manifest of one project."""

    declared: tuple[Declared, ...]
    """By path and line."""
    dynamic: tuple[Dynamic, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """Something declared, before schemas are worked out, handlers looked for and mounts applied."""

    kind: ItemKind
    name: str
    spot: Spot
    """Where it stands; its expression has the line."""
    line: int
    how: str
    description: str | None = None
    schema: Spot | None = None
    """The expression that says what the input is, in any dialect."""
    annotations: Spot | None = None
    title: str | None = None
    handler: Spot | None = None
    signature: FunctionRef | None = None
    """The function whose parameters say what the input is, where nothing else does."""
    server: str = ""
    runs: Handles | None = None
    """What runs it, where the idiom works that out itself."""
    written: Json = None
    """The schema, where the idiom works it out itself."""
    extra: Mapping[str, Json] = field(default_factory=dict)
    """Annotations that are given one by one."""
