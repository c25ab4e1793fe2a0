"""Python's pickles of all protocols: what loading one would import, call and change.

Facts, whose subject is the name that matters (``os.system``) and whose evidence is the call as Python would write it:

- ``pickle-dangerous-call``: something runs programs or code, or reaches files or the network, and is called.
- ``pickle-dangerous-import``: the same, imported and not called in sight.
- ``pickle-import-indirection``: what fetches other names (``pkgutil.resolve_name``, ``operator.attrgetter``,
  ``getattr`` of anything but a plain attribute of a known class, ``functools.partial`` of an unknown function).
- ``pickle-dunder-path``: a name that goes through ``__globals__``, ``__class__`` and the like; a state that sets such.
- ``pickle-dotted-path``: a name that goes through a module or an object of another (``abc.sys.modules``).
- ``pickle-computed-call``: what is called is itself the result of a call.
- ``pickle-unknown-import``: a name that stands in no list of harmless ones.
- ``pickle-unknown-call-suspicious-argument``: an unlisted name is called with a command, code, an address or a file.
- ``pickle-unusual-call``: a harmless function, or a class's constructor, is called, which its library's pickles do not.
- ``pickle-changes-global``: something is put into a module, class or function.
- ``pickle-changes-unknown``: something is put into an object that nothing here makes.
- ``pickle-code``: functions or classes are made out of bytecode that the pickle brings along (dill, cloudpickle).
- ``pickle-extension-code``: a name is imported by number (EXT1, EXT2, EXT4).
- ``pickle-imports-scanner``: a scanner of pickles is imported.
- ``pickle-nested``: text or bytes are a pickle again; it is read as a file within the file where it can be.
- ``pickle-broken-with-imports``: a stream that imports more than harmless names ends in an error, after they ran.
- ``pickle-broken``: another stream ends in an error.
- ``pickle-expands``: values are shared so often that writing, comparing or hashing them takes for ever.
- ``pickle-trailing-data``: bytes behind a stream are no stream, nor padding, nor what torch or joblib put there.

Properties: ``imports``, every imported name, sorted; ``streams``, how many there are.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats import pickle
from driftseal.formats.blob import Blob, Bytes
from driftseal.model.item import Json
from driftseal.observe.files._pickle_judge import Judge
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Property, Seen

_LONGEST_TEXT: Final = 1 << 24
_IMPORTS: Final = 500


class Pickle(Analyser):
    """Streams of opcodes, bare in a file."""

    name: ClassVar[str] = "pickle"
    suffixes: ClassVar[frozenset[str]] = frozenset(
        {".pkl", ".pickle", ".p", ".dill", ".joblib", ".pt", ".pth", ".ckpt"}
    )

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        # The sign of a ZIP file asks for an object by name, which ends a plain reader of pickles at once.
        return head[:1] in pickle.FIRST and not head.startswith(b"PK\x03\x04") and pickle.is_pickle(blob)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:  # noqa: ARG002 - names tell nothing of pickles
        """See ``Analyser.read``."""
        imports: set[str] = set()
        streams = 0
        judge = Judge(budget.limits)
        for event in pickle.events(blob, budget.limits.pickle_values, budget.spend):
            if isinstance(event, pickle.Start):
                streams += 1
            elif isinstance(event, pickle.Import):
                imports.add(event.what.path)
            elif isinstance(event, pickle.Pickled):
                yield from _inside(event, blob)
            yield from judge.judge(event)
            # The last one holds all values of its stream, which are not needed to the end of the file.
            del event
        yield from judge.rest()
        told: list[Json] = [*sorted(imports)[:_IMPORTS]]
        yield Property("imports", told)
        yield Property("streams", streams)


def _inside(event: pickle.Pickled, blob: Blob) -> Iterator[Embedded | Blank]:
    """The pickle inside a string, as a file of its own."""
    what = event.what
    if isinstance(what, pickle.Long):
        part = blob.part(what.offset, what.size)
        if event.how == "raw" and what.kind == "bytes":
            yield Embedded(f"pickle@{event.offset}", part, "pickle")
            return
        if what.size > _LONGEST_TEXT:
            yield Blank(f"a pickle in {event.how} at byte {event.offset} is too long to decode")
            return
        data = part.read_at(0, what.size)
        if what.kind == "str" and event.how == "raw":
            data = _one_byte_each(data)
    else:
        data = what.encode("latin-1", "replace") if isinstance(what, str) else what
    if event.how == "base64":
        data = base64.b64decode(data.translate(_URL_SAFE)[: len(data) // 4 * 4] + b"===")
    elif event.how == "hex":
        data = _unhex(data.replace(b"\\x", b""))
    # Without magic, a text that only begins like one, an entry of a vocabulary say, is none.
    if data[:1] == b"\x80" or pickle.is_pickle(Bytes(data)):
        yield Embedded(f"pickle@{event.offset}", Bytes(data), "pickle")


_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def _one_byte_each(data: bytes) -> bytes:
    """Bytes that were written as text, of which each became a character."""
    return data.decode("utf-8", "replace").encode("latin-1", "replace")


def _unhex(data: bytes) -> bytes:
    try:
        return binascii.unhexlify(data[: len(data) // 2 * 2])
    except binascii.Error:
        return b""
