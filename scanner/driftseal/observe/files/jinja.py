"""Chat templates: Jinja that turns messages into the text a model reads. Parsed, folded, never rendered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen

if TYPE_CHECKING:
    from driftseal.model.item import Json

_FACTS: Final = 100
"""Facts of one template that are told."""


class Jinja(Analyser):
    """A template, reached by the hint ``jinja`` or by its name; first bytes say nothing of it.

    Facts:
        template-escapes-sandbox: it reaches for Python behind its values: attributes with two underscores however
            spelled (subject: the attribute), ``attr`` with a name that is not known before, functions taken as values,
            calls of what an expression gives.
        template-calls-method: a method that no honest template calls (subject: its name).
        template-computes-name: it chooses a test by a name that is not known before.
        template-computes-call: it calls what a list of its own holds (subject: the list).
        template-formats-unknown: ``str.format`` of a text that is not known before.
        template-includes-file: it reads another template (subject: which).
        template-branches-on-content: words in a message make it add words of its own (subject: the trigger).
        template-rewrites-content: it replaces words of messages by others (subject: the new ones).
        template-unbounded-loop: what it says itself runs for very long or fills memory.
        template-unparsable: no template, so no loader would render it either.

    Properties: ``template`` (its source) and ``template-text`` (the texts that it adds, for rules on texts).
    """

    name: ClassVar[str] = "jinja"
    suffixes: ClassVar[frozenset[str]] = frozenset({".jinja", ".jinja2", ".j2"})
    named: ClassVar[bool] = True

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        del head, blob
        return False

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if blob.size > budget.limits.document_bytes:
            yield Blank("the template is too large to be parsed (limits.document_bytes)")
            return
        data = blob.read_at(0, blob.size)
        source = data.decode("utf-8", "replace")
        yield Property("template", source)
        from driftseal.observe.files import _jinja_parse, _jinja_walk

        try:
            tree = _jinja_parse.parse(source)
        except _jinja_parse.Refused as cause:
            yield Fact("template-unparsable", str(cause))
            yield Blank(f"the template cannot be parsed: {cause}")
            return
        walk = _jinja_walk.Walk(budget)
        if not walk.walk(tree):
            yield Blank("the template takes too many steps (limits.file_steps)")
        starts = list(accumulate((len(line) for line in data.splitlines(keepends=True)), initial=0))
        for fact, evidence, subject, line in walk.lines()[:_FACTS]:
            yield Fact(fact, _plain(evidence), starts[min(line, len(starts)) - 1], subject=_plain(subject))
        texts: list[Json] = [_plain(text) for text in walk.texts]
        if texts:
            yield Property("template-text", texts)


def _plain(text: str) -> str:
    """The same without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
