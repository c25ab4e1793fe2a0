"""Files of blocks with braces, as Terraform and Bicep write them: each pair of key and value, and what it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

ENDINGS: Final = (".tf", ".tofu", ".tfvars", ".hcl", ".bicep")
_PAIR: Final = re.compile(r"[ \t]*+[\"']?([A-Za-z_][\w.-]{0,100})[\"']?[ \t]*+[:=](?!=)[ \t]*+(.*)")
_ENTRY: Final = re.compile(r"[ \t]*+(\"[^\"]++\"|'[^']++'),?")
"""A text of a list whose key stands on a line above."""
_OPENS: Final = re.compile(r"[ \t]*+(?:[\"']?([A-Za-z_][\w.-]{0,100})[\"']?)?([^{=:\[]*+)[:=]?[^{}]*+[\[{(]++[ \t]*")
_LABEL: Final = re.compile(r"[\"']([^\"']{1,200})[\"']")
_TEXT: Final = re.compile(r"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'")
_COMMENT: Final = re.compile(r"(?:^|[ \t])(?:#|//).*")
_HEREDOC: Final = re.compile(r"<<[-~]?([A-Za-z_]\w{0,40})[ \t]*$")
_DEEPEST: Final = 64


class Block(NamedTuple):
    """What stands around a pair."""

    kind: str
    """Its first word, or the key that it is the value of."""
    labels: tuple[str, ...]
    line: int
    above: Block | None


class Pair(NamedTuple):
    """A key and what stands behind it on its line."""

    key: str
    value: str
    line: int
    block: Block | None


def pairs(text: str) -> Iterator[Pair]:
    """Every pair, in the order of the file; comments and texts of several lines are left out."""
    block: Block | None = None
    depth, deeper, until, listed = 0, 0, "", ""
    for number, whole in enumerate(text.split("\n"), start=1):
        if until:
            until = "" if whole.strip() == until else until
            continue
        bare = _TEXT.sub('""', whole)
        line = whole if "#" not in bare and "//" not in bare else _uncommented(whole)
        bare = _TEXT.sub('""', line)
        found = _ENTRY.fullmatch(line.rstrip()) or _PAIR.fullmatch(line.rstrip())
        if found is not None and found.lastindex == 1:
            yield Pair(listed, found[1], number, block)
        elif found is not None:
            listed = found[1]
            yield Pair(found[1], found[2], number, block)
        opened = bare.count("{") - bare.count("}")
        if opened > 0 and depth < _DEEPEST:
            named = _OPENS.match(line)
            kind = (named[1] or "") if named is not None else ""
            block = Block(kind, tuple(_LABEL.findall(named[2])) if named is not None else (), number, block)
            depth, deeper = depth + 1, deeper + opened - 1
        elif opened > 0:
            deeper += opened
        for _ in range(max(-opened, 0)):
            if deeper:
                deeper -= 1
            elif block is not None:
                block, depth = block.above, depth - 1
        heredoc = _HEREDOC.search(line)
        until = heredoc[1] if heredoc is not None else ""


def _uncommented(line: str) -> str:
    """A line without its comment; what looks like one in a text is none."""
    kept = list(line)
    for found in _TEXT.finditer(line):
        kept[found.start() : found.end()] = "x" * (found.end() - found.start())
    comment = _COMMENT.search("".join(kept))
    return line[: comment.start()] if comment is not None else line
