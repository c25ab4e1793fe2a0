"""A structured text file from outside, whatever it is written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from driftseal.limits import Limits
from driftseal.model.item import Json


def _no_line(_: str) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Document:
    """Its value as JSON, what is odd about it, and where its parts stand."""

    value: Json = field(repr=False)
    duplicate_keys: tuple[str, ...] = ()
    """Names that one object holds twice. The further value is kept under ``name#2``."""
    line: Callable[[str], int] = field(default=_no_line, repr=False)
    """Line from 1 of the value at a JSON pointer; 0 where none can be told."""


def read(data: bytes, name: str, limits: Limits) -> Document:
    """Parse by the file's name: JSON with comments, TOML, YAML, or Markdown with front matter.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not what its name says; ``line`` says where.
    """
    suffix = name.rpartition(".")[2].casefold()
    if suffix == "toml":
        from driftseal.formats import toml

        return toml.parse(data, name, limits)
    if suffix in {"yaml", "yml"}:
        from driftseal.formats import yaml

        return yaml.parse(data, name, limits)
    if suffix in {"md", "mdc", "markdown"}:
        from driftseal.formats import frontmatter

        return frontmatter.parse(data, name, limits)
    from driftseal.formats import jsonc

    return jsonc.parse(data, name, limits)
