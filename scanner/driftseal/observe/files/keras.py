"""Keras configurations: the JSON in ``.keras``, HDF5 and saved models that names what a loader makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen

if TYPE_CHECKING:
    from driftseal.model.item import Json

_LOOKED: Final = 1 << 22
"""Bytes in which recognizing a configuration looks for its marks."""
_ESCAPED: Final = re.compile(r"\\u00(3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])", re.IGNORECASE)
_MARKS: Final = ('"keras', '"layers"', '"registered_name"', '"module"', '"Lambda"', '"function', '"build_config"')
_STARTS: Final = (b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{", b"\0\0", b" ", b"\n", b"\r", b"\t")


class Keras(Analyser):
    """A configuration with ``class_name`` and ``config``, reached by its marks or by the hint ``keras``.

    Facts:
        keras-lambda: a ``Lambda`` layer, at any depth (subject: its name).
        keras-operator-layer: a layer that calls an operator by name (subject: its name).
        keras-marshalled-code: code of Python in base64 (subject: the names in it).
        keras-foreign-module: an object of a module that is not Keras's (subject: ``module.class``).
        keras-dangerous-function: it names a function that loads, downloads or lifts protections (subject: it).
        keras-odd-function: it names a function of Keras that does more than compute (subject: it).
        keras-named-function: it names a function of the loading program (subject: it).
        keras-custom-class: an object of a class that the loading program registers (subject: ``package>class``).
        keras-unknown-class: an object of a class that Keras does not bring, without a module (subject: the class).
        keras-unknown-function: a loss or metric by a name that Keras does not bring (subject: the name).
        keras-torch-module: a layer that unpickles a torch module (subject: its name).
        keras-reads-file: a layer opens a file (subject: its path).
        keras-duplicate-key: an object holds a name twice, of which readers take different ones (subject: the name).
        keras-escaped-letters: plain letters are written as escapes.
        keras-odd-encoding: a byte order mark, or not UTF-8 (subject: the encoding).
        keras-unparsable: it is no JSON.

    Properties: ``classes`` (how often each class stands in it), ``keras`` (the version).
    """

    name: ClassVar[str] = "keras"

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        if not head.startswith(_STARTS):
            return False
        data = head if len(head) == blob.size else blob.read_at(0, _LOOKED)
        text = data.decode(json.detect_encoding(data), "replace").lstrip("\ufeff \n\r\t")
        if not text.startswith("{"):
            return False
        text = _unescaped(text)
        return '"class_name"' in text and '"config"' in text and any(mark in text for mark in _MARKS)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if blob.size > budget.limits.file_bytes:
            yield Blank("the configuration is too large to be parsed (limits.file_bytes)")
            return
        data = blob.read_at(0, blob.size)
        encoding = json.detect_encoding(data)
        if encoding != "utf-8":
            yield Fact("keras-odd-encoding", f"it is written in {encoding}", subject=encoding)
        text = data.decode(encoding, "replace")
        if _ESCAPED.search(text):
            yield Fact("keras-escaped-letters", "plain letters are written as escapes")
        twice: dict[str, None] = {}
        try:
            # Keras writes NaN and Infinity as Python does, so that they are no fault here.
            root: Json = json.loads(text.rstrip("\0"), object_pairs_hook=lambda pairs: _object(pairs, twice))
        except RecursionError:
            yield Fact("keras-unparsable", "nested too deep")
            yield Blank("the configuration is nested too deep")
            return
        except ValueError as cause:
            yield Fact("keras-unparsable", str(cause))
            yield Blank(f"the configuration is no JSON: {cause}")
            return
        for key in twice:
            yield Fact("keras-duplicate-key", f"{key} stands twice in one object", subject=key)
        from driftseal.observe.files._keras_walk import Config

        yield from Config(budget).walk(root)
        version = root.get("keras_version") if isinstance(root, dict) else None
        if isinstance(version, str):
            yield Property("keras", version)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _object(pairs: list[tuple[str, Json]], twice: dict[str, None]) -> dict[str, Json]:
    """An object that keeps every value, the further ones of a doubled name under ``name#2``."""
    found: dict[str, Json] = {}
    copies: dict[str, int] = {}
    for name, value in pairs:
        key = name
        if name in found:
            twice[name] = None
            copies[name] = copies.get(name, 1) + 1
            key = f"{name}#{copies[name]}"
        found[key] = value
    return found
