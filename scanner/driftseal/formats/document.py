"""A structured text file from outside, whatever it is written in."""

from __future__ import annotations

from driftseal.formats.base import Document
from driftseal.limits import Limits


def read(data: bytes, name: str, limits: Limits) -> Document:
    """Parse by the file's name: JSON with comments, TOML, YAML, Markdown with front matter, or an IDE's XML.

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
    if suffix == "xml":
        from driftseal.formats import intellij

        return intellij.parse(data, name, limits)
    from driftseal.formats import jsonc

    return jsonc.parse(data, name, limits)
