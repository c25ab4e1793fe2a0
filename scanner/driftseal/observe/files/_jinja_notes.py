"""What is kept while a template is walked: what its names hold, what its branches hang on, and what was odd."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from typing import Any, Final

from jinja2 import nodes

from driftseal.observe.files._jinja_values import HOLE, Value
from driftseal.observe.words import vocabulary

Visit = Generator[nodes.Node, Value, Value]
Noted = tuple[str, str, str, int]
"""Fact, evidence, subject, line."""

_READ: Final = 1024
"""Characters of a text that are looked at each time it is used."""
_SHOWN: Final = 400
SAID: Final = 3
"""Words that a template adds because of other words, before it is told."""
CONTENT: Final = frozenset({"content", "text", "contents"})
MESSAGES: Final = frozenset({"message", "messages", "conversation", "conversations", "prompt", "history", "msg"})
_MARKUP: Final = re.compile(r"<[^<>]{0,60}>|\[[^\[\]]{0,60}\]|\{[^{}]{0,60}\}|/\w+")
_WORD: Final = re.compile(r"[^\W\d]{2,}")
_FORMATS: Final = re.compile(r"\{\w{0,40}(?:[.\[]\w{0,40}\]?){0,10}?[.\[]__")
"""A replacement field that asks for an attribute or entry with two underscores."""
_MANGLED: Final = re.compile(r"_[A-Za-z]\w*__\w")


def words(text: str) -> int:
    """Words of a text that are said rather than marked up."""
    return len(_WORD.findall(_MARKUP.sub(" ", text[:_READ])))


def _said_words(text: str) -> set[str]:
    return set(_WORD.findall(_MARKUP.sub(" ", text[:_READ].lower())))


class Notes:
    """The state of one walk, and the few judgements that statements, expressions and calls share."""

    def __init__(self) -> None:
        self.noted: list[Noted] = []
        self.texts: dict[str, None] = {}
        self._names: dict[str, Value] = {}
        self._members: dict[str, Value] = {}
        """What the last ``namespace(…)`` began with."""
        self._keyed: list[str] = []
        """What the branches around depend on, outermost first."""
        self._rounds: list[int] = []
        """Rounds of the loops around."""
        self._range = 1
        """Numbers in the last ``range(…)``."""
        self._line = 1

    def _each(self, below: Iterable[nodes.Node]) -> Generator[nodes.Node, Value, list[Value]]:
        found = []
        for node in below:
            found.append((yield node))  # noqa: PERF401 - a comprehension cannot yield
        return found

    def _note(self, fact: str, evidence: str, subject: str = "") -> None:
        shown, about = (text[:_SHOWN].replace(HOLE, "…") for text in (evidence, subject))
        self.noted.append((fact, shown, about, self._line))

    def _said(self, text: str) -> None:
        if self._keyed and words(text) >= SAID:
            self._added(self._keyed[-1], text)

    def _added(self, trigger: str, text: str) -> None:
        if _said_words(text) <= _said_words(trigger):
            # What was there is said once more.
            return
        self._note("template-branches-on-content", f"{trigger} adds: {' '.join(text[:_SHOWN].split())}", trigger)

    def _keep(self, text: str) -> None:
        if _WORD.search(text):
            self.texts[text] = None

    def _judge_text(self, text: str) -> None:
        if text.strip() in vocabulary("templates", "special-names") or _FORMATS.search(text):
            self._escape(f"the text {text!r}", text)

    def _escape(self, evidence: str, subject: str) -> None:
        self._note("template-escapes-sandbox", evidence, subject)

    def _attribute(self, name: str, how: str) -> None:
        """One attribute that is asked for, however."""
        for part in name[:_READ].replace(HOLE, ".").split("."):
            if part.startswith("__") or _MANGLED.match(part) or part.lower() in vocabulary("templates", "escapes"):
                self._escape(f"{how} {name[:_SHOWN]}", part)
                return

    def _looked_up(self, table: dict[Any, Any]) -> None:
        for trigger, said in table.items():
            if words(str(trigger)) and isinstance(said, str) and words(said) >= SAID:
                self._added(str(trigger), said)


def member(source: Value, name: str) -> Value:
    """``source.name``: content of a message, or something else of it that is nobody's words."""
    if name in CONTENT:
        return Value(content=True, keyed=source.keyed)
    return Value(keyed=source.keyed)


def dotted(node: nodes.Node) -> str:
    """``name`` or ``name.attribute``; empty for anything else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.NSRef):
        return f"{node.name}.{node.attr}"
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return ""
