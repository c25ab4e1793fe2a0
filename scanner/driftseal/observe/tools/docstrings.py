"""What of a docstring a framework shows to models: all of it, or what stands above its first section.

The package ``fastmcp`` cuts the sections off (and describes the parameters with them); the server of the MCP SDK does
not.
"""

from __future__ import annotations

import inspect
from typing import Final

from driftseal.regexes import regex

_TITLE: Final = regex(r"\w[\w -]*:(?: +\S.*)?\s*\Z")
_PARAMETERS: Final = frozenset({"args", "arguments", "params", "parameters"})
_ITEM: Final = regex(r"(\s+)\*{0,2}(\w+)(?: \([^)]{0,200}\))?: ?(.*)\Z")
_CUTTING: Final = "fastmcp"
"""The package whose servers cut sections off."""


def documents(framework: str) -> bool:
    """Whether a framework takes docstrings apart: sections off the description, and onto the parameters."""
    return framework.split(".", maxsplit=1)[0] == _CUTTING


def shown(doc: str, framework: str) -> str | None:
    """The description that a framework, by the module that it is imported from, makes of a docstring."""
    if not documents(framework):
        return doc or None
    lines = inspect.cleandoc(doc).split("\n")
    start = next(iter(_sections(lines)), None)
    return "\n".join(lines[:start]).strip() or None


def parameters(doc: str) -> dict[str, str]:
    """What a docstring's section on parameters says of each."""
    lines = inspect.cleandoc(doc).split("\n")
    start = next((at for at in _sections(lines) if lines[at].split(":")[0].lower() in _PARAMETERS), None)
    told: dict[str, str] = {}
    name, indent = "", 0
    for line in lines[start + 1 :] if start is not None else ():
        if line.strip() and not line.startswith(" "):
            break
        item = _ITEM.match(line)
        if item is not None and (not indent or len(item[1]) == indent):
            indent, name = len(item[1]), item[2]
            told[name] = item[3]
        elif name and line.strip():
            told[name] = f"{told[name]} {line.strip()}".strip()
    return told


def _sections(lines: list[str]) -> list[int]:
    """Lines that are titles of sections: a blank line above, an indented one below, not in a fence of code."""
    found: list[int] = []
    fenced = False
    for at, line in enumerate(lines):
        if line.lstrip(" ").startswith("```"):
            fenced = not fenced
        elif not fenced and at + 1 < len(lines) and _TITLE.match(line):
            above = at == 0 or not lines[at - 1].strip()
            if above and lines[at + 1].startswith(" ") and lines[at + 1].strip():
                found.append(at)
    return found
