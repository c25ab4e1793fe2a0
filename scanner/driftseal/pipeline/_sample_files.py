"""Files of models as examples of rules write them: bytes that a person can read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from driftseal.errors import RuleError
from driftseal.formats.blob import Bytes
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import ItemKind, Json
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.narrow import object_or_empty
from driftseal.observe import loading, reading
from driftseal.observe.files.base import Reading
from driftseal.snapshot import make_item, take

_TOKEN: Final = re.compile(
    r'#[^\n]*|\s+|(?P<hex>(?:[0-9a-fA-F]{2})+)(?:\*(?P<times>[0-9]+))?|"(?P<text>(?:[^"\\]|\\.)*)"'
)
_DIGITS: Final = 12
"""Of a number of repetitions that is read at all."""
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES: Final = {b"n": b"\n", b"t": b"\t"}
_WORDS: Final = frozenset({"name", "bytes", "text", "flagged", "signs"})
_DAY: Final = "2026-01-01T00:00:00Z"


def session(rule: Rule, given: Sequence[Json], limits: Limits) -> tuple[Session, Mapping[str, Mapping[str, Reading]]]:
    """A model of these files, and what each shows by target and item key.

    Raises:
        RuleError: one is not ``{name: …, bytes: …}``, ``{name: …, text: …}`` or ``{name: …, signs: …}``.
    """
    from driftseal.pipeline import _sample_signatures, signatures

    files = [_file(rule, one, limits) for one in given]
    found = loading.look(files, limits)
    items = [
        make_item(ItemKind.MODEL_FILE, one.name, {"sha256": one.sha256, "format": one.reading.format}) for one in files
    ]
    target = Target("model", "example", "example", "example")
    taken = take(target, items, origin=Origin.STATIC, collected_at=_DAY)
    shown = {f"{ItemKind.MODEL_FILE}:{name}": reading for name, reading in found.readings.items()}
    readings: signatures.Readings = {target.identity: shown}
    signed = {target.identity: signatures.in_files({one.name: one.text for one in files}, limits)}
    by = [object_or_empty(object_or_empty(one).get("signs")).get("by") for one in given]
    policy = _sample_signatures.policy(next((str(one) for one in by if one), ""))
    (taken,) = signatures.check((taken,), signed, readings, lambda: policy, _DAY, limits)
    return Session("example", (taken,)), readings


def _file(rule: Rule, given: Json, limits: Limits) -> loading.File:
    if not isinstance(given, dict):
        raise RuleError(f"{rule.source}: each of files is a mapping", hint="see docs/rules.md")
    name, written, text, signs = (given.get(word) for word in ("name", "bytes", "text", "signs"))
    ways = sum((isinstance(written, str), isinstance(text, str), isinstance(signs, dict)))
    if not isinstance(name, str) or ways != 1 or set(given) - _WORDS:
        raise RuleError(f"{rule.source}: file holds name and either bytes, text or signs", hint="see docs/rules.md")
    if isinstance(signs, dict):
        from driftseal.pipeline import _sample_signatures

        data = _sample_signatures.made(rule, signs)
    else:
        data = text.encode() if isinstance(text, str) else assemble(str(written), rule.source, limits)
    shown = reading.read(Bytes(data), PurePosixPath(name).name, limits)
    if isinstance(given.get("flagged"), str):
        shown = reading.flagged(shown, str(given["flagged"]))
    return loading.File(name, len(data), Digest.of(data).value, data, shown)


def assemble(written: str, source: str, limits: Limits) -> bytes:
    r"""Bytes out of pairs of hexadecimal digits, ``"text"`` (with ``\n``, ``\t``, ``\\``, ``\"``), ``00*8`` and ``#``.

    Raises:
        RuleError: it holds anything else, or makes more than ``limits.file_bytes``.
    """
    data = bytearray()
    at = 0
    while at < len(written):
        token = _TOKEN.match(written, at)
        if token is None:
            raise RuleError(f"{source}: neither hexadecimal nor a quoted text: {written[at : at + 20]!r}")
        at = token.end()
        if token["hex"] is not None:
            times = token["times"] or "1"
            if len(times) > _DIGITS or len(token["hex"]) // 2 * int(times) > limits.file_bytes - len(data):
                raise RuleError(f"{source}: an example makes more than {limits.file_bytes} bytes")
            data += bytes.fromhex(token["hex"]) * int(times)
        elif token["text"] is not None:
            data += _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), token["text"].encode())
    return bytes(data)
