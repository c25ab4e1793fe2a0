"""Prompts that stand in code, or that code fetches from where they are kept: by digest, never their text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _tables
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.sites import chain
from driftseal.model.item import ItemKind, Json
from driftseal.observe import words

LIST: Final = "ai-agents"
_CHARS: Final = 80
"""Shorter ones ask a person for a word, or are put together elsewhere."""
_SYSTEM_CHARS: Final = 20
"""Of what is given as the system's own words."""
_PROSE: Final = 8
"""Words that a text has at least which somebody has written for a model."""
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_ROLES: Final = {"system": "system", "developer": "system", "user": "user", "human": "user"}
_ALSO: Final = (["instructions"], ["instruction"], ["preamble"], ("instructions",), ("instruction",), ("preamble",))
_SURE: Final = 0.85
_LIKELY: Final = 0.7


class _Prompt(NamedTuple):
    spot: Spot
    symbol: str
    role: str
    sure: float


class PromptFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "prompts"
    words: ClassVar[frozenset[bytes]] = frozenset(
        {
            b"system_prompt",
            b"systemprompt",
            b"system prompt",
            b"systemmessage",
            b"system_message",
            b"system_instruction",
        }
        | {
            b"prompt_template",
            b"prompttemplate",
            b"hub.pull",
            b"get_prompt(",
            b"getprompt(",
            b"pull_prompt",
            b"pullprompt(",
        }
        | {b"_prompt =", b"_prompt: str", b"_prompt=", b'prompt = """', b'prompt = f"""', b"prompt = `", b"prompt: `"}
        | {b"prompt = ", b"prompt: ", b"instruction =", b"instructions", b"preamble", b"system("}
        | {b'"system"', b"'system'", b"chatprompt", b"instructions=", b"instructions:", b"instructions =", b"backstory"}
    )

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        asking = Asking(code, path)
        seen: set[int] = set()
        used: dict[str, int] = {}
        for prompt in (*_named(code, asking), *_called(code, asking), *_messages(code, path)):
            text = _text(code, prompt.spot)
            line = getattr(prompt.spot.expr, "line", 0)
            least = _SYSTEM_CHARS if prompt.role == "system" and prompt.sure == _SURE else _CHARS
            if len(text) < least or len(_WORD.findall(text[: 40 * _CHARS])) < min(_PROSE, least // 5) or line in seen:
                continue
            seen.add(line)
            used[prompt.symbol] = used.get(prompt.symbol, 0) + 1
            symbol = prompt.symbol if used[prompt.symbol] == 1 else f"{prompt.symbol}#{used[prompt.symbol]}"
            content: dict[str, Json] = {
                "sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
                "length": len(text),
                "symbol": symbol,
            }
            if prompt.role:
                content["role"] = prompt.role
            sure = round(prompt.sure * asking.weight(path), 2)
            yield Sighting(ItemKind.PROMPT_FILE, f"{path}:{symbol}", content, line=line, symbol=symbol, confidence=sure)
        yield from _fetched(code, asking)


def _text(code: Code, spot: Spot) -> str:
    """The text of a prompt; where something is put into it later, with a mark in its place."""
    whole = code.constants.text(spot)
    if whole is not None:
        return whole
    led = code.constants.follow(spot)
    if isinstance(led.expr, ir.Text):
        return "".join(code.constants.text(led.at(part)) or "{}" for part in led.expr.parts)
    if isinstance(led.expr, ir.Binary) and led.expr.op in {"+", "%"}:
        return _text(code, led.at(led.expr.left)) + (_text(code, led.at(led.expr.right)) or "{}")
    if (
        isinstance(led.expr, ir.Call)
        and isinstance(led.expr.callee, ir.Attr)
        and last_name(led.expr.callee) == "format"
    ):
        return _text(code, led.at(led.expr.callee.value))
    return ""


def _named(code: Code, asking: Asking) -> Iterator[_Prompt]:
    """What is written down under a name that says prompt; names that only hand one on are told where it is written."""
    table = _tables.mapping(LIST)["prompts"]
    names, wanted, others = (frozenset(table[key]) for key in ("names", "words", "others"))
    path = asking.path
    for named in code.index.of(path).named:
        parts = words.split(named.name)
        is_prompt = named.name.lower() in names or (not wanted.isdisjoint(parts) and others.isdisjoint(parts))
        # Whoever speaks to models also has instructions for them; others have some for people.
        is_prompt = is_prompt or (parts[-1:] in _ALSO and asking.speaks and others.isdisjoint(parts))
        if is_prompt and _is_written(named.value):
            symbol = code.index.symbol(path, named.scope)
            full = f"{symbol}.{named.name}" if symbol and not symbol.endswith(named.name) else named.name
            role = "system" if not {"system", "instructions", "instruction"}.isdisjoint(parts) else ""
            yield _Prompt(named.spot, full, role, _SURE if wanted & set(parts) else _LIKELY)


def _is_written(expr: ir.Expr) -> bool:
    """Whether a text is written here, and not one that was named before."""
    if isinstance(expr, ir.Binary):
        return expr.op in {"+", "%"} and (_is_written(expr.left) or _is_written(expr.right))
    if isinstance(expr, ir.Call):
        # ``dedent("…")`` and ``"…".format(…)``.
        inner = [arg.value for arg in expr.args[:1]]
        inner += [expr.callee.value] if isinstance(expr.callee, ir.Attr) else []
        return any(map(_is_written, inner))
    return isinstance(expr, (ir.Const, ir.Text))


def _called(code: Code, asking: Asking) -> Iterator[_Prompt]:
    table = _tables.mapping(LIST)["prompts"]["calls"]
    for site in code.index.of(asking.path).calls:
        parts = chain(site.call.callee)
        for name, told in table.items():
            wanted = tuple(name.split("."))
            if parts[-len(wanted) :] == wanted:
                for spot in asking.arguments(site, tuple(told["at"])):
                    if not isinstance(spot.expr, (ir.Name, ir.Attr)):
                        symbol = code.index.symbol(asking.path, site.scope) or last_name(site.call.callee)
                        yield _Prompt(spot, symbol, told["role"], _SURE)


def _messages(code: Code, path: str) -> Iterator[_Prompt]:
    """``{"role": "system", "content": …}`` and ``("system", …)``."""
    sites = code.index.of(path)
    for mapping, scope in sites.mappings:
        spot = Spot(path, scope, mapping)
        role, content = (code.constants.entry(spot, key) for key in ("role", "content"))
        told = code.constants.text(role) or ""
        if content is not None and _ROLES.get(told) == "system" and not isinstance(content.expr, (ir.Name, ir.Attr)):
            yield _Prompt(content, code.index.symbol(path, scope) or "messages", "system", _SURE)
    for group, scope in sites.groups:
        first = group.items[0] if len(group.items) == 2 else None  # noqa: PLR2004  # a role and what it says
        if (
            isinstance(first, ir.Const)
            and str(first.value) in {"system", "human"}
            and not isinstance(group.items[1], ir.Name)
        ):
            symbol = code.index.symbol(path, scope) or "messages"
            yield _Prompt(Spot(path, scope, group.items[1]), symbol, _ROLES[str(first.value)], _SURE)


def _fetched(code: Code, asking: Asking) -> Iterator[Sighting]:
    table = _tables.mapping(LIST)["prompts"]
    sources = tuple(table["fetched_from"])
    for site in code.index.of(asking.path).calls:
        parts = chain(site.call.callee)
        for name, keeper in table["fetched"].items():
            wanted = tuple(name.split("."))
            sure = asking.sure(site, sources) if parts[-len(wanted) :] == wanted else 0.0
            for spot in asking.arguments(site, (0, "name", "prompt_name")) if sure else ():
                told = code.constants.text(spot)
                if told:
                    content: dict[str, Json] = {"symbol": told}
                    sure = round(sure * asking.weight(asking.path), 2)
                    yield Sighting(
                        ItemKind.PROMPT_FILE,
                        f"{keeper}:{told}",
                        content,
                        line=site.call.line,
                        symbol=told,
                        confidence=sure,
                    )
