"""What a tool says of itself, and what its server is about."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.rule import Confidence
from driftseal.model.snapshot import Snapshot
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe import topics, words
from driftseal.regexes import regex

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed
    from driftseal.observe.program import Program

_WORD: Final = regex(r"[^\W_]{2,}")
_READ: Final = 20_000
"""Characters of what one tool says that are looked at."""
_LEAD: Final = 200
"""Characters of a description in which it says what it is for."""
_QUOTED: Final = 100
"""Characters of a promise that a message quotes."""
_TABLES: Final = ("project", "package")


class Breach(NamedTuple):
    """One deed against one promise."""

    deed: Deed
    pointer: str
    """JSON pointer of the promise in the tool's definition."""
    promise: str
    """As it stands there."""
    why: str
    """One sentence."""
    confidence: Confidence | None = None
    also: tuple[Deed, ...] = ()
    """Further deeds that make it worse."""


def against(promise: str, why: str) -> str:
    """One sentence on what the code does and the promise does not say."""
    short = promise if len(promise) <= _QUOTED else f"{promise[:_QUOTED].rstrip()}…"
    return f"«{short}» says nothing of it, yet {why}"


class Promise:
    """One tool's words."""

    def __init__(self, item: Item, server: frozenset[str], called: frozenset[str]) -> None:
        self.item = item
        self.server = server
        """Words of the server's and its package's name and description, and of its instructions."""
        self.called = called
        """Without its instructions, which speak of much besides."""
        self._spoken: dict[str, bool] = {}

    @cached_property
    def about(self) -> str:
        """What the server is about, as a text."""
        return " ".join(sorted(self.server))

    @cached_property
    def content(self) -> dict[str, Json]:
        """The definition; empty where it is none."""
        return self.item.content if isinstance(self.item.content, dict) else {}

    @cached_property
    def purpose(self) -> str:
        """Its name taken apart, its title and how its description starts: what it is for."""
        titles = (self.content.get("title"), object_or_empty(self.content.get("annotations")).get("title"))
        description = text_or_empty(self.content.get("description"))[:_LEAD]
        return "\n".join((" ".join(words.split(self.item.name)), *map(text_or_empty, titles), description))

    @cached_property
    def text(self) -> str:
        """Everything that the tool says: its name taken apart, title, description, parameters with theirs."""
        return "\n".join(self._texts())[:_READ]

    def _texts(self) -> Iterator[str]:
        yield " ".join(words.split(self.item.name))
        yield text_or_empty(self.content.get("title"))
        yield text_or_empty(object_or_empty(self.content.get("annotations")).get("title"))
        yield text_or_empty(self.content.get("description"))
        properties = object_or_empty(object_or_empty(self.content.get("inputSchema")).get("properties"))
        for name, about in properties.items():
            yield " ".join(words.split(name))
            yield text_or_empty(object_or_empty(about).get("description"))

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words in lower case, and the server's."""
        return frozenset(word.lower() for word in _WORD.findall(self.text)) | self.server

    def hint(self, name: str) -> Json:
        """The value of an annotation; ``None`` where it is not set."""
        return object_or_empty(self.content.get("annotations")).get(name)

    def speaks_of(self, topic: str) -> bool:
        """Whether the tool has a word of a topic."""
        if topic not in self._spoken:
            self._spoken[topic] = topics.speaks_of(topic, self.text)
        return self._spoken[topic]

    @cached_property
    def computes(self) -> bool:
        """Whether it promises what needs nothing but its arguments, and nothing else."""
        about = f"{self.purpose}\n{' '.join(sorted(self.called))}"
        return topics.speaks_of("computing", about) and not self.speaks_of("network")

    @cached_property
    def stays(self) -> bool:
        """Whether neither the tool nor its server has a word of anything beyond this machine."""
        return not self.speaks_of("network") and not topics.speaks_of("network", self.about)

    @cached_property
    def kept_here(self) -> bool:
        """Whether the tool says in so many words that what it is given is kept on this machine."""
        return topics.shows("kept_here", self.purpose) and not topics.shows("sent_on", self.text)

    def names(self, host: str) -> bool:
        """Whether the tool or its server names a host, by its domain or by what that is called after."""
        said = self.text.lower()
        parts = [part for part in host.lower().split(".")[:-1] if part not in _GENERIC]
        return host in said or any(
            part in said or part in self.server or any(word in part for word in self.server if len(word) > _TELLING)
            for part in parts
            if len(part) > 2  # noqa: PLR2004  # ``co`` in ``co.uk``
        )

    def says(self) -> tuple[str, str]:
        """Where it says what it is for, and in which words: the first line of its description, or its name."""
        description = text_or_empty(self.content.get("description")).strip()
        return ("/description", description.split("\n", 1)[0]) if description else ("/name", self.item.name)


_GENERIC: Final = frozenset(
    {"www", "api", "apis", "app", "cdn", "com", "net", "org", "gateway", "rest", "data", "v1", "dev", "cloud"}
)
_TELLING: Final = 4
"""Letters of a word that names a host rather than stands in it by chance."""


def server_words(snapshot: Snapshot, program: Program) -> frozenset[str]:
    """What a server is about, in the words of its name, its package and its instructions."""
    return _told(snapshot, program, frozenset({ItemKind.SERVER, ItemKind.INSTRUCTIONS, ItemKind.PACKAGE}))


def server_names(snapshot: Snapshot, program: Program) -> frozenset[str]:
    """What a server is called, in the words of its name and its package."""
    return _told(snapshot, program, frozenset({ItemKind.SERVER, ItemKind.PACKAGE}))


def _told(snapshot: Snapshot, program: Program, kinds: frozenset[ItemKind]) -> frozenset[str]:
    texts = [snapshot.target.name]
    for item in snapshot.items:
        if item.kind in kinds:
            about = object_or_empty(item.content)
            texts += [item.name, *(text_or_empty(about.get(key)) for key in ("name", "title", "text", "description"))]
    for path, document in program.metadata.items():
        if posixpath.dirname(path) in {"", "package", "src"} or path.count("/") <= 1:
            whole = object_or_empty(document)
            for about in (whole, *(object_or_empty(whole.get(table)) for table in _TABLES)):
                texts += [text_or_empty(about.get("name")), text_or_empty(about.get("description"))]
    tokens = {token for text in texts for token in _WORD.findall(text[:_READ])}
    # k8s is a word of its own.
    found = {part for token in tokens for part in (token.lower(), *words.split(token))}
    return frozenset(found - _ABOUT)


_ABOUT: Final = frozenset(
    {"mcp", "server", "servers", "model", "context", "protocol", "the", "and", "for", "with", "example"}
)
"""Words of any server."""
