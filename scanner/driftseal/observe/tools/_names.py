"""Which words of code say that something is a tool, and which texts can be a tool's name."""

from __future__ import annotations

import re
from typing import Final

from driftseal.model.item import ItemKind

_NAME: Final = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9_$.:/-]{0,127}\Z")
_PLAIN: Final = frozenset(
    {"tool", "addtool", "registertool", "definetool", "createtool", "servertool", "mcptool", "maketool", "declaretool"}
)
_OTHER_VERBS: Final = (
    *("get", "call", "find", "remove", "has", "is", "invoke", "execute", "run", "use", "log", "track", "unregister"),
    *("enable", "disable", "delete", "update", "list", "handle", "on", "emit", "send", "record", "validate", "check"),
    *("parse", "format", "render", "filter", "resolve", "load", "convert", "allow", "deny", "should", "can", "set"),
    *("match", "test", "describe", "report", "notify", "trigger", "dispatch", "measure", "trace", "request", "lookup"),
)


def is_name(text: object) -> bool:
    """Whether a text can be the name of a tool or prompt."""
    return isinstance(text, str) and _NAME.match(text) is not None


def declares(callee: str) -> ItemKind | None:  # noqa: PLR0911  # one case a line, in order
    """What a function of this name declares; None if it only deals with what others declare."""
    low = callee.lower().replace("_", "")
    if low in _PLAIN:
        return ItemKind.TOOL
    if any(low.startswith(verb) and len(low) > len(verb) for verb in _OTHER_VERBS):
        return None
    if "tool" in low:
        return ItemKind.TOOL
    if low in {"prompt", "addprompt", "registerprompt", "mcpprompt", "defineprompt", "createprompt"}:
        return ItemKind.PROMPT
    if low in {"resourcetemplate", "addresourcetemplate", "registerresourcetemplate"}:
        return ItemKind.RESOURCE_TEMPLATE
    if low in {"resource", "addresource", "registerresource", "mcpresource", "defineresource"}:
        return ItemKind.RESOURCE
    return None


def is_plain(callee: str) -> bool:
    """Whether a function of this name declares a tool for sure, so that its name alone is enough."""
    return callee.lower().replace("_", "") in _PLAIN
