"""The first format of torch: five pickles, then the numbers of all tensors, each with its count in front."""

from __future__ import annotations

from typing import Final

from driftseal.formats._pickle_events import Event, Persistent, Stop
from driftseal.formats._pickle_values import Container, Global, Value, items_of, size_of
from driftseal.formats.blob import Blob

MAGIC: Final = 0x1950A86A20F9469CFC6C
_STREAMS: Final = 5
"""Magic number, protocol, facts about the writer's machine, the object, the keys of its storages."""
_KEY: Final = 2
"""Place of a storage's key in what is asked for: ``('storage', type, key, …)``."""
_COUNT: Final = 8
_SIZES: Final = {
    "Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1, "Byte": 1,
    "Bool": 1, "ComplexDouble": 16, "ComplexFloat": 8, "QInt8": 1, "QUInt8": 1, "QInt32": 4, "Untyped": 1,
}  # fmt: skip


class Legacy:
    """Follows the streams of one file, to tell where its tensors end."""

    def __init__(self) -> None:
        self._results: list[Value] = []
        self._storages: dict[str, int] = {}

    def see(self, event: Event) -> None:
        """Take note of one event."""
        if isinstance(event, Stop):
            self._results.append(event.result)
        elif isinstance(event, Persistent):
            told = items_of(event.what)
            if len(told) > _KEY and isinstance(told[1], Global) and isinstance(told[_KEY], str):
                self._storages[told[_KEY]] = _SIZES.get(told[1].name.removesuffix("Storage"), 0)

    def behind(self, blob: Blob, offset: int) -> int:
        """Where the next stream may begin, given that the last one ended at ``offset``."""
        if len(self._results) != _STREAMS or self._results[0] != MAGIC:
            return offset
        keys = self._results[-1]
        if not isinstance(keys, Container) or keys.count != len(keys.items):
            # More tensors than are kept of the list: each of those that were asked for has its numbers.
            order = sorted(self._storages)
        else:
            order = [key for key in keys.items if isinstance(key, str)]
        for key in order:
            count = int.from_bytes(blob.read_at(offset, _COUNT), "little")
            size = _COUNT + count * self._storages.get(key, 0)
            if size_of(count) is None or offset + size > blob.size:
                return offset
            offset += size
        return offset
