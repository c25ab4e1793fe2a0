"""Files of models as examples of rules write them: bytes that a person can read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from driftseal.errors import RuleError
from driftseal.formats.blob import Bytes
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import ItemKind, Json
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.observe import reading
from driftseal.observe.files.base import Reading
from driftseal.snapshot import make_item, take

_TOKEN: Final = re.compile(
    r'#[^\n]*|\s+|(?P<hex>(?:[0-9a-fA-F]{2})+)(?:\*(?P<times>[0-9]+))?|"(?P<text>(?:[^"\\]|\\.)*)"'
)
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES: Final = {b"n": b"\n", b"t": b"\t"}
_WORDS: Final = frozenset({"name", "bytes", "text"})
_DAY: Final = "2026-01-01T00:00:00Z"


def session(
    rule: Rule, given: Mapping[str, Json], limits: Limits
) -> tuple[Session, Mapping[str, Mapping[str, Reading]]]:
    """A model of one file, and what that shows by target and item key.

    Raises:
        RuleError: ``given`` is not ``{name: …, bytes: …}`` or ``{name: …, text: …}``.
    """
    name, written, text = given.get("name"), given.get("bytes"), given.get("text")
    if not isinstance(name, str) or isinstance(written, str) == isinstance(text, str) or set(given) - _WORDS:
        raise RuleError(f"{rule.source}: file holds name and either bytes or text", hint="see docs/rules.md")
    data = text.encode() if isinstance(text, str) else assemble(str(written), rule.source)
    shown = reading.read(Bytes(data), name, limits)
    item = make_item(ItemKind.MODEL_FILE, name, {"sha256": Digest.of(data).value, "format": shown.format})
    target = Target("model", name, name, "example")
    taken = take(target, [item], origin=Origin.STATIC, collected_at=_DAY)
    return Session("example", (taken,)), {target.identity: {item.key: shown}}


def assemble(written: str, source: str) -> bytes:
    r"""Bytes out of pairs of hexadecimal digits, ``"text"`` (with ``\n``, ``\t``, ``\\``, ``\"``), ``00*8`` and ``#``.

    Raises:
        RuleError: it holds anything else.
    """
    data = bytearray()
    at = 0
    while at < len(written):
        token = _TOKEN.match(written, at)
        if token is None:
            raise RuleError(f"{source}: neither hexadecimal nor a quoted text: {written[at : at + 20]!r}")
        at = token.end()
        if token["hex"] is not None:
            data += bytes.fromhex(token["hex"]) * int(token["times"] or 1)
        elif token["text"] is not None:
            data += _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), token["text"].encode())
    return bytes(data)
