"""Which words of code say that something is a tool, and which texts can be a tool's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.model.item import ItemKind
from driftseal.regexes import regex

_NAME: Final = regex(r"[A-Za-z0-9_$][A-Za-z0-9_$.:/-]{0,127}\Z")
_PLAIN: Final = frozenset(
    {"tool", "addtool", "registertool", "definetool", "createtool", "servertool", "mcptool", "maketool", "declaretool"}
)
_OTHER_VERBS: Final = (
    *("get", "call", "find", "remove", "has", "is", "invoke", "execute", "run", "use", "log", "track", "unregister"),
    *("enable", "disable", "delete", "update", "list", "handle", "on", "emit", "send", "record", "validate", "check"),
    *("parse", "format", "render", "filter", "resolve", "load", "convert", "allow", "deny", "should", "can", "set"),
    *("match", "test", "describe", "report", "notify", "trigger", "dispatch", "measure", "trace", "request", "lookup"),
)
_WORD: Final = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MAKING: Final = frozenset(
    {"register", "add", "define", "create", "make", "build", "new", "declare", "mcp", "server", "expose", "publish"}
)
"""Words that a function's name begins with that makes a tool in some way of its own: ``registerToolWithLog``."""
_OTHERS: Final[Mapping[str, ItemKind]] = {
    **dict.fromkeys(
        ("prompt", "addprompt", "registerprompt", "mcpprompt", "defineprompt", "createprompt"), ItemKind.PROMPT
    ),
    **dict.fromkeys(
        ("resourcetemplate", "addresourcetemplate", "registerresourcetemplate"), ItemKind.RESOURCE_TEMPLATE
    ),
    **dict.fromkeys(
        ("resource", "addresource", "registerresource", "mcpresource", "defineresource"), ItemKind.RESOURCE
    ),
}


def is_name(text: object) -> bool:
    """Whether a text can be the name of a tool or prompt."""
    return isinstance(text, str) and _NAME.match(text) is not None


def declares(callee: str) -> ItemKind | None:
    """What a function of this name declares; None if it only deals with what others declare."""
    low = callee.lower().replace("_", "")
    if low in _PLAIN:
        return ItemKind.TOOL
    if any(low.startswith(verb) and len(low) > len(verb) for verb in _OTHER_VERBS):
        return None
    words = [word.lower() for word in _WORD.findall(callee)]
    if words and "tool" in words and (words[-1] == "tool" or words[0] in _MAKING):
        return ItemKind.TOOL
    return _OTHERS.get(low)


def is_plain(callee: str) -> bool:
    """Whether a function of this name declares a tool for sure, so that its name alone is enough."""
    return callee.lower().replace("_", "") in _PLAIN
