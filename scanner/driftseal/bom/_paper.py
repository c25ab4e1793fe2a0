"""A tree for people: wrapped to the screen, coloured or plain, bounded, and always safe to print."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from driftseal.bom.base import View
from driftseal.canonical import show

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

Words: TypeAlias = "str | tuple[str, str]"
"""Text as it stands, with a style of `rich` or without."""

STRONG: Final = "bold"
FAINT: Final = "dim"
GOOD: Final = "green"
WARNING: Final = "yellow"
WORST: Final = "bold red"
_NARROWEST: Final = 40
_PLAINER: Final = str.maketrans({"…": "..."})


class _Ascii(io.StringIO):
    """What `rich` asks for the characters that it may draw lines with."""

    encoding = "ascii"


class Paper:
    """Makes branches. Whatever is added is made visible here, so that nobody can forget to."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.left_out = 0
        """Entries that there was no room for."""
        self._entries = 0

    def tree(self, words: Iterable[Words]) -> Tree:
        """A new tree."""
        from rich.tree import Tree

        return Tree(self._visible(words), guide_style=FAINT)

    def branch(self, above: Tree, words: Iterable[Words]) -> Tree:
        """One entry below another, unless it says nothing; what there is no room for is counted."""
        from rich.tree import Tree

        text = self._visible(words)
        below = Tree(text, guide_style=FAINT)
        if not text.plain.strip():
            return below
        self._entries += 1
        if self._entries > self.view.limits.tree_lines:
            self.left_out += 1
        else:
            above.children.append(below)
        return below

    def more(self, above: Tree, number: int) -> None:
        """Say that so many entries are left out, if they are."""
        if number > 0:
            self.left_out += number
            self.branch(above, [(f"… and {number} more", FAINT)])

    def said(self, text: str) -> str:
        """Text from outside in one line, cut to what a person reads."""
        most = self.view.limits.evidence_chars
        shown = " ".join(show(text[: most + 1]).split())
        shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
        if self.view.unicode or shown.isascii():
            return shown
        return "".join(c if c.isascii() else f"\\u{{{ord(c):x}}}" for c in shown.translate(_PLAINER))

    def text(self, tree: Tree) -> str:
        """The tree in lines, each ending in a line feed."""
        file = io.StringIO() if self.view.unicode else _Ascii()
        console = self._console(file)
        console.print(tree)
        return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())

    def _console(self, file: io.StringIO) -> Console:
        from rich.console import Console

        return Console(
            file=file,
            width=max(self.view.width, _NARROWEST),
            color_system="standard" if self.view.color else None,
            force_terminal=self.view.color,
            no_color=not self.view.color,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},
        )

    def _visible(self, words: Iterable[Words]) -> Text:
        from rich.text import Text

        text = Text()
        for word in words:
            said, style = word if isinstance(word, tuple) else (word, "")
            lead, trail = said[: len(said) - len(said.lstrip(" "))][:2], " " if said.endswith(" ") else ""
            text.append(f"{lead}{self.said(said)}{trail}", style or None)
        return text
