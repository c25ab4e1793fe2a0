"""What we sent in confidence is blotted out of what comes back: a server may repeat our headers in a tool's text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from driftseal.canonical import Parsed, leaves, show
from driftseal.limits import Limits
from driftseal.model.item import Json

BLOT: Final = "[hidden]"
_BETWEEN: Final = re.compile(r"[\s;,]+")


class Redaction:
    """Knows the secrets of one connection."""

    def __init__(self, secrets: Iterable[str], limits: Limits) -> None:
        self._limits = limits
        self._words: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """From now on these are blotted out too, and each of their words: ``Bearer X`` hides ``X``."""
        found = set(self._words)
        for secret in secrets:
            parts = [secret, *_BETWEEN.split(secret)]
            parts += [part.partition("=")[2] for part in parts]
            found.update(part for part in parts if len(part) >= self._limits.shortest_secret)
        # Longest first, so that no part of a longer one stays.
        self._words = tuple(sorted(found, key=lambda word: (-len(word), word)))

    def text(self, text: str) -> str:
        """Text from outside, fit for a message: blotted, escaped, cut short."""
        return show(self._blot(text)[: self._limits.evidence_chars])

    def message(self, parsed: Parsed, raw: bytes) -> tuple[Parsed, bytes]:
        """A message and its bytes; the same ones where no secret stands in any of its strings and keys."""
        if not self._words or not any(self._blot(text) != text for _, text, _ in leaves(parsed.value)):
            return parsed, raw
        value = self._rebuild(parsed.value)
        return replace(parsed, value=value), json.dumps(value).encode("ascii")

    def _blot(self, text: str) -> str:
        for word in self._words:
            text = text.replace(word, BLOT)
        return text

    def _rebuild(self, value: Json) -> Json:
        if isinstance(value, str):
            return self._blot(value)
        if isinstance(value, list):
            return [self._rebuild(child) for child in value]
        if isinstance(value, dict):
            return {self._blot(key): self._rebuild(child) for key, child in value.items()}
        return value
