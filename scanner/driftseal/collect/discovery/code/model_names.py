"""Models that are named by what holds them: a field, an option, a variable, or a text with a provider before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _names, _tables
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.files import _keys
from driftseal.model.item import ItemKind, Json
from driftseal.observe import words

_HELD: Final = 0.8
_PREFIXED: Final = 0.75
_CHOICE: Final = 0.45
"""One of many that somebody may choose: a guess."""
_HUB: Final = 0.6
"""No loader is seen to be given it."""
_CATALOGUE: Final = 12
"""Models named by one file, by their names alone, above which it is a catalogue."""
_CHARS: Final = 120
_DECLARING: Final = frozenset({"string", "stringvar", "stringp", "stringvarp", "add_argument", "option", "add_option"})
"""Functions that declare an option of the command line, in lower case."""
_SHORT: Final = 3
"""Characters of names that other things have as well."""
_OWN: Final = ("@cf/", "@hf/", "accounts/fireworks/")
"""What only names of one provider begin with."""
_AZURE: Final = "deployment"
_OWNED: Final = frozenset({"into", "to_string", "to_owned"})
"""What Rust makes a text its own with."""


class ModelNameFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "model_names"
    words: ClassVar[frozenset[bytes]] = frozenset(
        {
            b"gpt-",
            b"claude-",
            b"gemini-",
            b"mistral",
            b"command-r",
            b"text-embedding-",
            b"openai",
            b"anthropic",
            b"google_genai",
        }
        | {
            b"bedrock",
            b"groq",
            b"ollama",
            b"openrouter",
            b"vertex_ai",
            b"deepseek",
            b"grok-",
            b"o3-mini",
            b"o4-mini",
            b"dall-e",
        }
        | {b"@cf/", b"@hf/", b"accounts/fireworks/", b"llama-3", b"voyage-", b"sonar-", b"gemma"}
    )
    pattern = (
        r"""api\.replicate\.com/|googleapis\.com/|azure\.com/openai|fal\.run/|amazonaws\.com/model|"""
        r"""huggingface\.co/|["']--[a-z_-]*model|"""
        r"""(?:model|repo_id|checkpoint)\w*["']?\s*[:=][^\n]{0,120}["'][a-z0-9][\w.-]{1,40}/[\w.-]*[0-9][\w.-]*["']"""
    )

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        seen: dict[tuple[str, int], Sighting] = {}
        for sighting in (
            *_by_name(code, Asking(code, path)),
            *_by_prefix(code, path),
            *_at_address(code, path),
            *_flagged(code, path),
            *_declared(code, path),
        ):
            seen.setdefault((sighting.name, sighting.line), sighting)
        # Whoever names so many lists what there is, not what is used.
        listed = len({sighting.name for sighting in seen.values()}) > _CATALOGUE
        weight = Asking.weight(path)
        for sighting in seen.values():
            sure = min(sighting.confidence, _CHOICE) if listed else sighting.confidence
            yield replace(sighting, confidence=round(sure * weight, 2))


def _by_name(code: Code, asking: Asking) -> Iterator[Sighting]:
    for named in code.index.of(asking.path).named:
        sure = _held(named.name)
        for text in _texts(named.value) if sure else ():
            if isinstance(text.value, str) and len(text.value) <= _CHARS:
                found = _names.prefixed(text.value, sure=False) or _names.family(text.value)
                if found is not None and _AZURE in words.split(named.name):
                    # What people call a deployment says whose it is, whatever model they call it after.
                    yield _sighting(_names.Id("azure", text.value), text, named.name, sure)
                elif found is not None:
                    # ``o1`` is also a part of a machine: alone it takes a file that speaks to models.
                    weak = len(text.value) <= _SHORT and not asking.speaks
                    yield _sighting(found, text, named.name, min(sure, _CHOICE) if weak else sure)
                elif (
                    _is_of_hub(text.value)
                    and (told := _names.alike(text.value)) is not None
                    and id(text) not in asking.given
                ):
                    yield _sighting(told, text, named.name, min(sure, _HUB))


def _at_address(code: Code, path: str) -> Iterator[Sighting]:
    """Addresses of files of the Hub, and those at which one model is asked."""
    for text, scope in code.index.of(path).texts:
        if isinstance(text.value, str) and text.value.startswith("https://"):
            found = _names.at_address(text.value)
            if found is not None:
                yield _sighting(found, text, code.index.symbol(path, scope), _HELD)


def _declared(code: Code, path: str) -> Iterator[Sighting]:
    """Defaults of options whose name comes first: ``flag.String("judge-model", "claude-…", "…")``."""
    for site in code.index.of(path).calls:
        texts = [arg.value for arg in site.call.args if arg.name in {"", "default"} and isinstance(arg.value, ir.Const)]
        if last_name(site.call.callee).lower() not in _DECLARING or len(texts) < 2:  # noqa: PLR2004  # a name, a default
            continue
        name = str(texts[0].value)
        for text in texts[1:] if _held(name.lstrip("-")) == _HELD else ():
            found = _names.family(text.value) if isinstance(text.value, str) else None
            if found is not None:
                yield _sighting(found, text, name, _HELD)


def _flagged(code: Code, path: str) -> Iterator[Sighting]:
    """Arguments of commands: ``["fit.py", "--model_name_or_path", BASE]``."""
    for group, scope in code.index.of(path).groups:
        for flag, value in pairwise(group.items):
            name = str(flag.value) if isinstance(flag, ir.Const) else ""
            if not name.startswith("--") or not _keys.load().is_held(_keys.plain(name)):
                continue
            for told in code.values.of(Spot(path, scope, value)):
                found = _names.prefixed(told.text, sure=False) or _names.family(told.text)
                found = found or (_names.hub(told.text) if _is_of_hub(told.text) else None)
                if found is not None and isinstance(told.spot.expr, ir.Const):
                    yield _sighting(found, told.spot.expr, name, _HUB)


def _by_prefix(code: Code, path: str) -> Iterator[Sighting]:
    for text, scope in code.index.of(path).texts:
        if isinstance(text.value, str) and len(text.value) <= _CHARS and (":" in text.value or "/" in text.value):
            own = text.value.startswith(_OWN)
            found = _names.family(text.value) if own else _names.prefixed(text.value, sure=False)
            if found is not None:
                yield _sighting(found, text, code.index.symbol(path, scope), _PREFIXED)


def _is_of_hub(text: str) -> bool:
    """Whether ``ORG/NAME`` reads like a model: with a size, a version or a hyphen, and no path around it."""
    _, slash, name = text.partition("/")
    return bool(slash) and "-" in name and any(map(str.isdigit, name)) and "/" not in name


def _held(name: str) -> float:
    """How sure it is that something of this name holds the name of a model that is used."""
    table = _tables.models()
    parts = words.split(name)
    if table.others.isdisjoint(parts):
        return 0.0 if table.names.isdisjoint(parts) else _HELD
    return _CHOICE if {"models", "supported", "available"} & set(parts) else 0.0


def _texts(expr: ir.Expr) -> Iterator[ir.Const]:
    """The texts that an expression is, or may be where nothing else is set."""
    if isinstance(expr, ir.Const):
        yield expr
    elif isinstance(expr, ir.Choice):
        yield from _texts(expr.then)
        yield from _texts(expr.otherwise)
    elif isinstance(expr, ir.Binary) and expr.op in {"or", "??"}:
        yield from _texts(expr.left)
        yield from _texts(expr.right)
    elif isinstance(expr, ir.Group):
        for item in expr.items:
            yield from _texts(item)
    elif isinstance(expr, ir.Call) and expr.args:
        # Its default: ``Field(default="…")``, ``os.environ.get("NAME", "…")``, ``Setting("a.b", getenv("NAME", "…"))``.
        told = next((arg.value for arg in expr.args if arg.name == "default"), expr.args[-1].value)
        if isinstance(told, (ir.Const, ir.Call)):
            yield from _texts(told)
    elif isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr) and last_name(expr.callee) in _OWNED:
        yield from _texts(expr.callee.value)


def _sighting(found: _names.Id, text: ir.Const, symbol: str, sure: float) -> Sighting:
    content: dict[str, Json] = {"provider": found.provider, "id": found.name}
    if found.provider not in {"ollama", "huggingface"}:
        content["hosted"] = True
    return Sighting(
        ItemKind.MODEL,
        f"{found.provider}:{found.name}",
        content,
        line=text.line,
        symbol=symbol,
        confidence=round(sure, 2),
    )
