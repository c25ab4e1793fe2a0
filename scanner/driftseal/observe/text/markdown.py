"""Where a passage of a Markdown document stands: in a block of code, below which heading."""

from __future__ import annotations

from typing import Final

from driftseal.regexes import regex

_FENCE: Final = regex(r"(?m)^[ \t>]*(?:```|~~~)[ \t]*([\w+#.-]*)")
_HEADING: Final = regex(r"(?m)^#{1,6}[ \t]+(.+)$|^(.+)\n(?:={3,}|-{3,})[ \t]*$")
_PROSE: Final = frozenset({"", "markdown", "md", "mdx", "plaintext", "prompt", "text", "txt"})
"""What blocks are called that may hold words for a model as well as code."""


def is_code(text: str, at: int) -> bool:
    """Whether a passage stands in a block that says which language it is written in."""
    language = None
    for fence in _FENCE.finditer(text, 0, at):
        language = fence.group(1).lower() if language is None else None
    return language is not None and language not in _PROSE


def heading(text: str, at: int) -> str:
    """The heading below which a passage stands; empty where there is none. Lines of code may be taken for one."""
    found = ""
    for each in _HEADING.finditer(text, 0, at):
        found = each.group(1) or each.group(2)
    return found.strip()
