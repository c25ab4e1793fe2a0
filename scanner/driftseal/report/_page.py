"""Lines for people: wrapped to the screen, coloured or plain, and always safe to print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from driftseal.model.rule import Severity
from driftseal.report._reveal import cut, reveal
from driftseal.report.base import Screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Words: TypeAlias = "str | tuple[str, str]"
"""Text as it stands, with a style of `rich` or without."""

INSET: Final = 12
"""Column in which text beside a badge begins."""
STRONG: Final = "bold"
FAINT: Final = "dim"
MATCHED: Final = "bold red underline"
REMOVED: Final = "red"
ADDED: Final = "green"
_HIDDEN: Final = "bold magenta"
_SEVERITY: Final = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_BADGE: Final = 10
_NARROWEST: Final = 40
_PIECES_CUT_AT: Final = 4
"""Last resort: no piece of a line is longer than this many times ``limits.evidence_chars``."""


def badge(severity: Severity) -> tuple[Words, Words]:
    """The severity as a word, and what fills it up to a fixed width."""
    word = str(severity).upper()
    return (word, _SEVERITY[severity]), " " * (_BADGE - len(word))


class Page:
    """Collects lines. Whatever is added is made visible here, so that nobody can forget to."""

    def __init__(self, screen: Screen) -> None:
        from io import StringIO

        from rich.console import Console

        self.screen = screen
        self.width = max(screen.width, _NARROWEST)
        self._console: Console = Console(
            file=StringIO(), width=self.width, color_system=None, markup=False, highlight=False, emoji=False
        )
        self._lines: list[Text] = []

    def add(self, words: Iterable[Words], *, indent: int = 0, hang: int = 0) -> None:
        """One paragraph. Lines after its first are set in by ``hang`` columns more."""
        from rich.text import Text

        width = max(self.width - indent - hang, _NARROWEST // 2)
        text = self._visible(words)
        # Only the first line has what stands in the hang, so it is set apart before the rest is wrapped.
        lead, body = text.divide([hang]) if text.plain[:hang].isascii() and len(text) > hang else (Text(), text)
        for number, line in enumerate(body.wrap(self._console, width)):
            line.rstrip()
            start = Text(" " * indent).append_text(lead) if not number else Text(" " * (indent + hang))
            self._lines.append(start.append_text(line))

    def blank(self) -> None:
        """An empty line, unless one stands there already or nothing does."""
        from rich.text import Text

        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def name(self, text: str) -> str:
        """A name, path or reference, no longer than a person reads."""
        return cut(text, self.screen.limits.name_chars)

    def __str__(self) -> str:
        lines = self._lines[:-1] if self._lines and not self._lines[-1].plain else self._lines
        return "".join(f"{self._colored(line) if self.screen.color else line.plain}\n" for line in lines)

    def _visible(self, words: Iterable[Words]) -> Text:
        from rich.text import Text

        most = self.screen.limits.evidence_chars * _PIECES_CUT_AT
        text = Text()
        for word in words:
            said, style = word if isinstance(word, tuple) else (word, "")
            for piece in reveal(cut(said, most), unicode=self.screen.unicode):
                text.append(piece.text, _HIDDEN if piece.hidden else style or None)
        return text

    def _colored(self, line: Text) -> str:
        from rich.color import ColorSystem
        from rich.segment import Segment

        return "".join(
            segment.style.render(segment.text, color_system=ColorSystem.STANDARD) if segment.style else segment.text
            for segment in Segment.simplify(line.render(self._console))
        )
