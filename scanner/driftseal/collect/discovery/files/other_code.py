"""Source of languages that are not lowered, Kotlin, Swift, Ruby, PHP …: told from texts and what stands before them.

Comments are left out, and a text counts by its form together with the name that it is given, as in configurations.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple
from urllib.parse import urlsplit

from driftseal.collect.discovery import _tables, mentions
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.code import _names
from driftseal.collect.discovery.code import _tables as names
from driftseal.collect.discovery.files import _models
from driftseal.collect.discovery.files._lines import Lines
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json
from driftseal.observe import words

_SLASHED: Final = (
    ".kt",
    ".kts",
    ".swift",
    ".scala",
    ".dart",
    ".groovy",
    ".cpp",
    ".cc",
    ".h",
    ".hpp",
    ".m",
    ".mm",
    ".zig",
)
_HASHED: Final = (".rb", ".ex", ".exs", ".r", ".jl", ".cr", ".rake")
_BOTH: Final = (".php",)
_STRING: Final = (
    r'"""(?P<three>(?:[^"]|"(?!""))*+)(?:"""|\Z)'
    r"|<<[~-]?[\"']?(?P<mark>[A-Z_]{2,20})(?![A-Z_])"
    r'|"(?P<double>(?:[^"\\\n]|\\.)*+)"'
    r"|'(?P<single>(?:[^'\\\n]|\\.)*+)'"
    # What never ends is passed over where it is long, so that it is not read again from each quote in it.
    r"""|"(?:[^"\\\n]|\\.){200}(?:[^"\\\n]|\\.)*+|'(?:[^'\\\n]|\\.){200}(?:[^'\\\n]|\\.)*+"""
)
_CLOSING: Final = re.compile(r"^[ \t]*+([A-Z_]{2,20})\b", re.MULTILINE)
"""A line that ends a text which stands behind its mark."""
_SLASHES: Final = re.compile(rf"//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|{_STRING}", re.DOTALL)
_HASHES: Final = re.compile(rf"#[^\n]*|{_STRING}", re.DOTALL)
_EITHER: Final = re.compile(rf"//[^\n]*|#(?!\[)[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|{_STRING}", re.DOTALL)
_NAME: Final = re.compile(
    r"([A-Za-z_]\w{0,60})[\"']?(?:[ \t]*:[ \t]*[\w.?<>]+)?[ \t]*(?:=>|[:=(])[ \t]*(?:\w+\()?(?:\"|')?$"
)
_COMPARED: Final = re.compile(r"(?:[=!]=|\bcase|\bwhen|contains\(|hasPrefix\(|start_?[wW]ith\??\(|include\?\()[ \t]*$")
_READ: Final = re.compile(
    r"(?:env|environ|environment|environment_variable|secrets?|config|propert(?:y|ies)|settings?|credentials?|key"
    r"|fetch|get|require|var)\??!?\]?[ \t]*[\[({]?[\[(][ \t]*$",
    re.IGNORECASE,
)
_SPEAKS: Final = re.compile(
    r"openai|anthropic|claude|gemini|ollama|mistral|langchain|llm|huggingface|bedrock|cohere|groq|deepseek|openrouter"
    r"|prism|koog",
    re.IGNORECASE,
)
_IMPORT: Final = re.compile(r"^[ \t]*+import[ \t]++([A-Za-z_][\w.]{2,120})", re.MULTILINE)
_PROSE: Final = 8
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_CHARS: Final = 120
_PROMPT: Final = 80
_BEFORE: Final = 100
_SHORT: Final = 3
_HELD: Final = 0.75
_LIKELY: Final = 0.65
_HUB: Final = 0.6
_ASKED: Final = ("/v1", "/v2", "/api", "/openai", "/chat", "/models")


class _Text(NamedTuple):
    value: str
    name: str
    """What it is given to, where that is told before it."""
    line: int
    compared: bool
    read: bool
    """Whether it is what something is asked for: ``ENV["NAME"]``, ``getenv("NAME")``."""


class OtherCode(FileFinder):
    """See the module."""

    name: ClassVar[str] = "other_code"
    technique: ClassVar[str] = "source-code-analysis"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        low = path.lower()
        return low.endswith((*_SLASHED, *_HASHED, *_BOTH)) and not low.endswith(".gradle.kts")

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``."""
        return size <= min(limits.discovery_file_bytes, limits.slow_text_bytes)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if not _SPEAKS.search(source.text):
            return
        yield from mentions.weighed(one for text in _texts(source) for one in _told(text, source.path))
        if source.path.endswith((".kt", ".scala", ".groovy")):
            yield from _imports(source.text)


def _texts(source: Source) -> Iterator[_Text]:
    low = source.path.lower()
    pattern = _SLASHES if low.endswith(_SLASHED) else _HASHES if low.endswith(_HASHED) else _EITHER
    lines = Lines(source.text)
    for start, value in _strings(source.text, pattern):
        before = source.text[max(0, start - _BEFORE) : start].rpartition("\n")[2]
        named = _NAME.search(before)
        compared, read = (pattern.search(before) is not None for pattern in (_COMPARED, _READ))
        yield _Text(value, named[1] if named else "", lines.at(start), compared, read)


def _strings(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Where each string stands, and what it holds; empty ones are left out."""
    ends: dict[str, list[int]] = {}
    for closing in _CLOSING.finditer(text) if "<<" in text else ():
        ends.setdefault(closing[1], []).append(closing.start())
    at = 0
    while found := pattern.search(text, at):
        at = found.end()
        value = next((found[part] for part in ("double", "single", "three") if found[part] is not None), None)
        if found["mark"] is not None:
            known = ends.get(found["mark"], [])
            number = bisect_right(known, at)
            # Without an end it is something else: ``stream << NAME``.
            if number == len(known):
                continue
            value = text[at : known[number]].partition("\n")[2].removesuffix("\n")
            at = known[number]
        if value:
            yield found.start(), value


def _told(text: _Text, path: str) -> Iterator[Sighting]:
    if len(text.value) <= _CHARS and "\n" not in text.value:
        model, sure = _model(text)
        if model is not None:
            yield _models.sighting(model, line=text.line, symbol=text.name, confidence=sure)
        sure = mentions.READ if text.read else mentions.MENTIONED
        yield from _models.credential(text.value, line=text.line, symbol=text.name, confidence=sure)
        yield from _service(text)
    parts = words.split(text.name)
    if "prompt" in parts and len(text.value) >= _PROMPT and len(_WORD.findall(text.value[: 40 * _PROMPT])) >= _PROSE:
        content: dict[str, Json] = {
            "sha256": hashlib.sha256(text.value.encode("utf-8", "surrogatepass")).hexdigest(),
            "length": len(text.value),
            "symbol": text.name,
        }
        if "system" in parts:
            content["role"] = "system"
        name = f"{path}:{text.name}"
        yield Sighting(ItemKind.PROMPT_FILE, name, content, line=text.line, symbol=text.name, confidence=_HELD)


def _model(text: _Text) -> tuple[_models.Model | None, float]:
    if text.compared:
        return None, 0.0
    table = names.models()
    parts = set(words.split(text.name))
    held = not table.names.isdisjoint(parts) and table.others.isdisjoint(parts)
    found = _names.prefixed(text.value, sure=False) or _names.family(text.value) or _names.at_address(text.value)
    if found is not None and (held or len(text.value) > _SHORT):
        return _models.Model(*found), _HELD if held else _LIKELY
    # A repository of the Hub has a size or a version in its name, and something that says that it is a model.
    hub = _models.hub(text.value) if held or text.name in {"id", "repo", "repoId", "hubId"} else None
    shaped = hub is not None and "/" in hub.id and "-" in hub.id and any(map(str.isdigit, hub.id.rpartition("/")[2]))
    return (hub, _HUB) if shaped else (None, 0.0)


def _service(text: _Text) -> Iterator[Sighting]:
    told = _models.endpoint(text.value) if text.value.startswith("https://") else ""
    parts = urlsplit(told)
    known = _tables.providers().by_host(parts.hostname or "") if told else None
    if known is not None and any(mark in parts.path for mark in _ASKED):
        content: dict[str, Json] = {"provider": known.key, "role": known.role, "endpoint": told}
        content["base_url_source"] = "code"
        yield Sighting(ItemKind.SERVICE, known.key, content, line=text.line, symbol=text.name, confidence=_LIKELY)


def _imports(text: str) -> Iterator[Sighting]:
    seen: set[str] = set()
    for found in _IMPORT.finditer(text):
        known = _tables.imported("maven", found[1])
        if known is not None and known.name and known.certain and known.name not in seen:
            seen.add(known.name)
            content: dict[str, Json] = {"ecosystem": "maven", "package": known.name, "role": known.role}
            line = text.count("\n", 0, found.start(1)) + 1
            content["imported"] = True
            yield Sighting(
                ItemKind.FRAMEWORK, f"maven:{known.name}", content, line=line, symbol=found[1], confidence=0.9
            )
