"""Secrets in what a server is started with, and the complaints of one that misses them.

What a secret looks like is judged by ``collect/clients/redact.py``, so that what is not shown is not sent either.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from driftseal import rulebook
from driftseal.collect.clients import redact
from driftseal.errors import RuleError


def is_secret_name(name: str) -> bool:
    """Whether a variable, header or option of this name holds a secret: ``API_KEY``, ``--auth-token``."""
    return redact.is_secret_name(name)


def is_secret_value(value: str) -> bool:
    """Whether this text holds a secret, whatever it is called."""
    return redact.is_secret_value(value)


def hide_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """Arguments fit to be shown and handed on, with their secrets taken out."""
    return tuple(redact.arguments(arguments)[0])


def speaks_of_credentials(text: str) -> bool:
    """Whether an error text complains about missing or refused credentials."""
    lowered = text.lower()
    return any(word in lowered for word in _complaints())


@cache
def _complaints() -> tuple[str, ...]:
    data = rulebook.load_list("secrets")
    words = data.get("complaints") if isinstance(data, dict) else None
    if not isinstance(words, list):
        raise RuleError("rules/lists/secrets.yaml: complaints is a list")
    return tuple(str(word) for word in words)
