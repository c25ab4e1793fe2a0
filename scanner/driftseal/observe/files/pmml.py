"""PMML models: XML that parsers may expand and fetch for, with extensions that carry scripts. Nothing is expanded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen

if TYPE_CHECKING:
    from driftseal.model.item import Json

_ROOT: Final = re.compile(r"<(?:[\w.-]{1,40}:)?PMML[\s>/]|<!DOCTYPE\s{1,20}PMML\b", re.IGNORECASE)
# Each alternative begins unlike the others and gives nothing back, so that no character is read twice.
_TOKEN: Final = re.compile(
    r"(?P<comment><!--(?:[^-]|-(?!->))*+(?:-->|\Z))"
    r"|(?P<cdata><!\[CDATA\[(?P<raw>(?:[^\]]|\](?!\]>))*+)(?:\]\]>|\Z))"
    r"|(?P<declaration><!(?P<word>[A-Za-z]++)(?P<rest>[^<>\[]{0,400}+))"
    r"|(?P<instruction><\?(?P<target>[\w:.-]++)(?P<data>(?:[^?]|\?(?!>))*+))"
    r"|<(?P<closing>/?)(?P<tag>[A-Za-z_][\w:.-]*+)(?P<attributes>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>"
    r"|(?P<text>[^<]++)|<"
)
_ATTRIBUTE: Final = re.compile(r"""(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_SYSTEM: Final = re.compile(r"""\b(?:SYSTEM|PUBLIC)\b[^"']{0,50}["']([^"']{0,400})""", re.IGNORECASE)
_SCRIPT: Final = re.compile(
    r"Runtime\s{0,5}\.\s{0,5}getRuntime|ProcessBuilder|java\.lang\.|ScriptEngine|\bfunction\s{0,5}\(|\bnew\s{1,5}Function\b",
)
_SHOWN: Final = 200


class Pmml(Analyser):
    """Declarations before the root, instructions, and what extensions and function calls hold.

    Facts:
        pmml-document-type: a document type is declared (subject: the address that it names, or nothing).
        pmml-entity: an entity is declared (subject: the address that it names, or nothing).
        pmml-instruction: an instruction to programs that read it (subject: its target).
        pmml-include: an element includes another document (subject: its address).
        pmml-script: an element holds a script (subject: the element).
        pmml-foreign-function: a function is called by the name of a class (subject: the function).
        pmml-odd-encoding: it is not UTF-8 (subject: the encoding).

    Properties: ``models`` (elements whose name ends so), ``application``.
    """

    name: ClassVar[str] = "pmml"
    suffixes: ClassVar[frozenset[str]] = frozenset({".pmml"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        del blob
        text = head.decode(_encoding(head), "replace").lstrip("\ufeff \t\r\n")
        return text.startswith("<") and _ROOT.search(text) is not None

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if blob.size > budget.limits.file_bytes:
            yield Blank("the model is too large to be parsed (limits.file_bytes)")
        data = blob.read_at(0, min(blob.size, budget.limits.file_bytes))
        encoding = _encoding(data)
        if encoding != "utf-8":
            yield Fact("pmml-odd-encoding", f"it is written in {encoding}", subject=encoding)
        yield from _Model(data.decode(encoding, "replace"), budget).read()


def _encoding(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    return {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(data[:2], "utf-8")


class _Model:
    def __init__(self, text: str, budget: Budget) -> None:
        self._text = text
        self._budget = budget
        self._models: Counter[str] = Counter()
        self._open: list[str] = []
        """Elements around, of those that may hold scripts."""

    def read(self) -> Iterator[Seen]:
        """Facts in order of the document."""
        application = ""
        for token in _TOKEN.finditer(self._text):
            if not self._budget.spend():
                yield Blank("the model has more elements than are read (limits.file_steps)")
                break
            if token["declaration"]:
                yield from _declaration(token)
            elif token["target"] and token["target"].lower() != "xml":
                evidence = f"{token['target']} {token['data'][:_SHOWN]}"
                yield Fact("pmml-instruction", evidence, token.start(), subject=token["target"])
            elif token["tag"]:
                attributes = _attributes(token["attributes"])
                if token["tag"] == "Application":
                    application = f"{attributes.get('name', '')} {attributes.get('version', '')}".strip()
                yield from self._element(token, attributes)
            elif token["text"] or token["raw"]:
                yield from self._script(token["text"] or token["raw"], token.start())
        if application:
            yield Property("application", application)
        if self._models:
            told: dict[str, Json] = dict(sorted(self._models.items())[: _graph.LISTED])
            yield Property("models", told)

    def _element(self, token: re.Match[str], attributes: dict[str, str]) -> Iterator[Seen]:
        tag = token["tag"].rpartition(":")[2]
        if token["closing"]:
            if self._open and self._open[-1] == tag:
                self._open.pop()
            return
        if not token["attributes"].endswith("/"):
            self._open = [*self._open[-8:], tag] if tag in {"Extension", "script", "Script"} else self._open
        if tag.endswith("Model"):
            self._models[tag] += 1
        if tag == "include" and "href" in attributes:
            yield Fact("pmml-include", attributes["href"], token.start(), subject=attributes["href"])
        if tag.lower() == "script":
            yield Fact("pmml-script", token[0][:_SHOWN], token.start(), subject=tag)
        function = attributes.get("function", "")
        if tag == "Apply" and "." in function:
            yield Fact("pmml-foreign-function", f"{function} is called", token.start(), subject=function)
        for value in attributes.values() if tag == "Extension" else ():
            yield from self._holds(value, token.start(), tag)

    def _script(self, text: str, at: int) -> Iterator[Seen]:
        if self._open:
            yield from self._holds(text, at, self._open[-1])

    def _holds(self, text: str, at: int, tag: str) -> Iterator[Seen]:
        if _SCRIPT.search(text) or _graph.looks_like_code(text):
            yield Fact("pmml-script", text.strip()[:_SHOWN], at, subject=tag)


def _declaration(token: re.Match[str]) -> Iterator[Seen]:
    kind = {"doctype": "pmml-document-type", "entity": "pmml-entity"}.get(token["word"].lower())
    if kind:
        address = _SYSTEM.search(token["rest"])
        evidence = f"<!{token['word']}{token['rest'][:_SHOWN]}"
        yield Fact(kind, evidence, token.start(), subject=address[1] if address else "")


def _attributes(text: str) -> dict[str, str]:
    return {found[1]: found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(text)}
