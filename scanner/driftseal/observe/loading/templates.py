"""Chat templates of one model that lie in several places, of which each loader takes another one.

Facts, each of the file whose template is told:

- ``template-says-more``: it adds a sentence that the same model's template in another file does not (subject: it).
- ``template-differs``: it differs from that in another file in some other way (subject: that file).
- ``named-template-says-more``: a template under a name of its own adds a sentence that the default one does not
  (subject: the name and the sentence).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from driftseal.limits import Limits
from driftseal.observe.files.base import Fact
from driftseal.observe.loading.base import File, Files, Told

_STATED: Final = "template"
_TEXTS: Final = "template-text"
_DEFAULT: Final = frozenset({"", "chat_template", "chat_template.default", "tokenizer.chat_template"})
"""Ways to the template that is used where no name is given."""
_EXTRA: Final = "additional_chat_templates"
"""The folder of further templates, each named after its file."""
_BREAK: Final = re.compile(r"[\n\r]+|(?<=[.!?;:])\s+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_SENTENCE: Final = 4
"""Words from which on something is said, and no mere mark set."""
_SPACE: Final = re.compile(r"\s+")
_TOLD: Final = 20
_COMPARED: Final = 8
"""Different templates of one model that are compared with one another."""
_SENTENCES: Final = 200
"""Sentences of one template that are looked for in another."""
_SEARCHED: Final = 1 << 16
"""Characters of a template that are searched for a sentence; in a larger one only whole sentences are known."""


@dataclass(frozen=True, slots=True)
class _Template:
    file: str
    path: str
    name: str
    """Empty for the default one."""
    source: str
    """With single blanks, in small letters."""
    sentences: tuple[str, ...]
    known: frozenset[str]
    """The sentences, written as the source is."""


def find(files: Files, limits: Limits) -> Iterator[Told]:
    """See the module."""
    del limits
    distinct: dict[tuple[str, str], _Template] = {}
    for one in (one for file in files.values() for one in _of_file(file)):
        distinct.setdefault((one.name, one.source), one)
    found = list(islice(distinct.values(), _COMPARED))
    defaults = [one for one in found if not one.name]
    for one in defaults:
        yield from _against(one, [other for other in defaults if other.file != one.file])
    for one in found:
        if one.name and defaults:
            for said in islice(_more(one, defaults), _TOLD):
                shown = f"{one.name} says: {said}"
                yield Told(one.file, Fact("named-template-says-more", shown, 0, one.path, f"{one.name}: {said}"))


def _of_file(file: File) -> Iterator[_Template]:
    texts = {one.path: one.value for one in file.reading.properties if one.name == _TEXTS}
    for one in file.reading.properties:
        if one.name == _STATED and isinstance(one.value, str):
            told = texts.get(one.path)
            parts = [str(text) for text in told] if isinstance(told, list) else []
            said = tuple(part for text in parts for part in _BREAK.split(text) if len(_WORD.findall(part)) >= _SENTENCE)
            name = _name(file.name, one.path)
            yield _Template(file.name, one.path, name, _plain(one.value), said, frozenset(map(_plain, said)))


def _name(file: str, path: str) -> str:
    if posixpath.basename(posixpath.dirname(file)) == _EXTRA:
        return posixpath.splitext(posixpath.basename(file))[0]
    return "" if path in _DEFAULT else path.rpartition(".")[2] or path


def _against(one: _Template, others: list[_Template]) -> Iterator[Told]:
    told: set[str] = set()
    for other in others:
        if one.source == other.source:
            continue
        more = list(islice(_more(one, [other]), _TOLD))
        for said in more:
            if said not in told:
                told.add(said)
                shown = f"not in {other.file}: {said}"
                yield Told(one.file, Fact("template-says-more", shown, 0, one.path, said))
        if not more and other.file > one.file:
            yield Told(
                one.file, Fact("template-differs", f"differs from that of {other.file}", 0, one.path, other.file)
            )


def _more(one: _Template, others: list[_Template]) -> Iterator[str]:
    """Sentences that only this template adds."""
    for sentence in one.sentences[:_SENTENCES]:
        plain = _plain(sentence)
        if not any(
            plain in other.known or (len(other.source) <= _SEARCHED and plain in other.source) for other in others
        ):
            yield sentence.strip()


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()
