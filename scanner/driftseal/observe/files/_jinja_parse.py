"""The syntax tree of a Jinja template that is not nested absurdly deep. Nothing is compiled or rendered."""

from __future__ import annotations

import warnings
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

BRACKETS: Final = 24
"""Brackets within brackets; each takes fourteen calls of the parser."""
BLOCKS: Final = 40
"""Blocks within blocks; each takes five."""
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_BLOCKS: Final = frozenset({"if", "for", "macro", "call", "filter", "block", "with", "generation", "autoescape"})
_PREFIXES: Final = frozenset({"-", "+", "not"})
_SPACE: Final = frozenset({"whitespace", "comment", "comment_begin", "comment_end"})


class Refused(Exception):
    """No template, or one that is nested too deep to be parsed."""


class _Generation(Extension):
    """``{% generation %}``, by which trainers mark what the assistant says."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it so

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """See ``Extension.parse``."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def parse(source: str) -> nodes.Template:
    """The syntax tree.

    Raises:
        Refused: there is none.
    """
    environment = Environment(  # noqa: S701 - nothing is rendered, so there is nothing to escape
        extensions=[_Generation, "jinja2.ext.loopcontrols", "jinja2.ext.do", "jinja2.ext.i18n"]
    )
    try:
        with warnings.catch_warnings():
            # Python warns of "\d" in a string, which is the template author's affair.
            warnings.simplefilter("ignore")
            _refuse_deep(environment, source)
            return environment.parse(source)
    except TemplateSyntaxError as cause:
        raise Refused(f"line {cause.lineno}: {cause.message}") from cause
    except ValueError as cause:
        raise Refused("a number with thousands of digits") from cause
    except RecursionError as cause:
        raise Refused("nested too deep") from cause


def _refuse_deep(environment: Environment, source: str) -> None:
    """Judge by tokens whether the parser, which calls itself for every level, may have the source."""
    brackets = blocks = prefixes = 0
    in_tag, first = False, False
    for _, kind, text in environment.lexer.tokeniter(source, None):
        if kind in _SPACE:
            continue
        if kind in {"block_begin", "variable_begin"}:
            brackets, prefixes, in_tag, first = 0, 0, kind == "block_begin", True
            continue
        brackets += (text in _OPENING) - (text in _CLOSING)
        prefixes = prefixes + 1 if text in _PREFIXES else 0
        if in_tag and first and kind == "name":
            blocks += (text in _BLOCKS) - (text.removeprefix("end") in _BLOCKS and text.startswith("end"))
        first = False
        if brackets > BRACKETS or prefixes > BRACKETS or blocks > BLOCKS:
            raise Refused("nested too deep")
