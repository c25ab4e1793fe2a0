"""Documents as people read them, written in half the time that the standard library takes."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii

from driftseal.model.item import Json


def indented(value: Json, margin: str = "\n") -> str:
    """What ``json.dumps`` writes with an indent of two and in ASCII; there only the form without an indent is fast."""
    if isinstance(value, dict) and value:
        inner = f"{margin}  "
        parts = [f"{encode_basestring_ascii(name)}: {indented(child, inner)}" for name, child in value.items()]
        return f"{{{inner}{f',{inner}'.join(parts)}{margin}}}"
    if isinstance(value, list) and value:
        inner = f"{margin}  "
        return f"[{inner}{f',{inner}'.join([indented(child, inner) for child in value])}{margin}]"
    return encode_basestring_ascii(value) if isinstance(value, str) else json.dumps(value)
