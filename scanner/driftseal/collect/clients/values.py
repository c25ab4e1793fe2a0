"""Values of a configuration in one form: lists of texts, names with values, references told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.collect.clients import redact
from driftseal.model.item import Json

SHAPES: Final[Mapping[type, str]] = {str: "text", list: "list", dict: "object", type(None): "null"}


def source(reference: str) -> str:
    """Where a reference takes its value from: ``input``, ``file`` or ``environment``."""
    if input_id(reference):
        return "input"
    return "file" if reference.lstrip("${").startswith("file:") else "environment"


def input_id(reference: str) -> str:
    """The prompt that a reference names, ``${input:id}`` or ``${user_config.id}``; empty for any other."""
    bare = reference.strip("${}").strip()
    for mark in ("input:", "user_config.", "userInput:"):
        if bare.startswith(mark):
            return bare.removeprefix(mark)
    return ""


def texts(value: Json) -> list[str]:
    """A list of texts, numbers as text; a single text is a list of one."""
    if not isinstance(value, list):
        return [value] if isinstance(value, str) else []
    return [_text(entry) for entry in value if not isinstance(entry, dict | list)]


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value if isinstance(value, str) else str(value)[:400]


def pairs(value: Json) -> dict[str, str]:
    """Names with values: a map, a list of ``NAME=value``, or a list of objects with name and value."""
    return dict(_each_pair(value))


def _each_pair(value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, given in value.items():
            plain = given.get("value", given.get("default")) if isinstance(given, dict) else given
            yield name, _text(plain) if not isinstance(plain, dict | list) else "…"
    elif isinstance(value, list):
        for entry in value:
            if isinstance(entry, dict):
                yield from _named_pair(entry)
            elif isinstance(entry, str):
                mark = "=" if "=" in entry else ":"
                left, _, right = entry.partition(mark)
                yield (left.strip(), right.strip()) if mark in entry else (entry, f"${{{entry}}}")


def _named_pair(entry: dict[str, Json]) -> Iterator[tuple[str, str]]:
    name, value = entry.get("name", entry.get("key")), entry.get("value")
    if isinstance(name, str):
        yield name, _text(value) if isinstance(value, str | int) else f"${{{name}}}"


def shown_setting(value: Json, depth: int = 6) -> Json:
    """A permission as it stands, every text in it redacted, values of secret names gone."""
    if isinstance(value, str):
        return redact.redact(value)
    if depth == 0:
        return "…"
    if isinstance(value, list):
        return [shown_setting(entry, depth - 1) for entry in value]
    if isinstance(value, dict):
        return {
            redact.redact(key): redact.REDACTED
            if redact.is_secret_name(key) and isinstance(child, str) and child
            else shown_setting(child, depth - 1)
            for key, child in value.items()
        }
    return value
