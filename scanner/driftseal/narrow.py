"""A parsed value as the type that its reader needs.

``to_…`` is for what must be right, such as settings, our own files and signed ones: anything else raises.
``…_or_empty`` is for what servers and other people's files say, where a member of the wrong type is as good as none.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Final

from driftseal.errors import ConfigError
from driftseal.model.item import Json

_NAMES: Final = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def to_object(value: Json) -> dict[str, Json]:
    """The object that this is.

    Raises:
        TypeError: it is none. Here as below the message names the type that was found, never the value.
    """
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, not {_name(value)}")
    return value


def to_list(value: Json, most: int) -> list[Json]:
    """The list that this is.

    Raises:
        TypeError: it is none.
        ValueError: it is longer than ``most``.
    """
    if not isinstance(value, list):
        raise TypeError(f"expected a list, not {_name(value)}")
    if len(value) > most:
        raise ValueError(f"a list of {len(value)} is longer than {most}")
    return value


def to_text(value: Json) -> str:
    """The text that this is.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"expected text, not {_name(value)}")
    return value


def object_or_empty(value: Json) -> Mapping[str, Json]:
    """The object that this is, or one without members."""
    return value if isinstance(value, dict) else {}


def list_or_empty(value: Json) -> list[Json]:
    """The list that this is, or one without entries."""
    return value if isinstance(value, list) else []


def text_or_empty(value: Json) -> str:
    """The text that this is, or none."""
    return value if isinstance(value, str) else ""


def texts_among(value: Json) -> list[str]:
    """The texts of a list; its other entries are left out."""
    return [entry for entry in list_or_empty(value) if isinstance(entry, str)]


def to_table(value: object, name: str) -> Mapping[str, object]:
    """A setting that is a table.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, dict):
        raise TypeError(f"{name} is a table")
    return value


def to_array(value: object, name: str) -> list[object]:
    """A setting that is a list.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, list):
        raise TypeError(f"{name} is a list")
    return value


def refuse_unknown(given: Collection[str], known: frozenset[str], where: str) -> None:
    """Let no key pass that nothing reads.

    Raises:
        ConfigError: there is one; its hint offers the nearest that is known.
    """
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            raise ConfigError(
                f"{where}: unknown key {key!r}",
                hint=f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known))}",
            )


def why(cause: KeyError | TypeError | ValueError) -> str:
    """What is wrong with a document, in words: a missing member's own message is its bare name."""
    return f"it has no {cause}" if isinstance(cause, KeyError) else str(cause)


def _name(value: Json) -> str:
    return _NAMES.get(type(value), type(value).__name__)
