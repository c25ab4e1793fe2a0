"""HDF5 files, as Keras keeps models in: the configuration in an attribute, and links that lead to other files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.formats import hdf5, hdf5_dense
from driftseal.formats.blob import Blob
from driftseal.formats.hdf5 import Hdf5, Link, Malformed, Message
from driftseal.observe.files import _graph
from driftseal.observe.files._hdf5_attributes import Attribute, attribute
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen

if TYPE_CHECKING:
    from driftseal.model.item import Json

_CONFIGS: Final = frozenset({"model_config", "training_config", "layer_config", "config"})
_TOLD: Final = frozenset({"keras_version", "backend"})
_SHOWN: Final = 200
_VIRTUAL: Final = 3


class HDF5(Analyser):
    """Walks every object that links lead to, without reading what datasets hold.

    Facts:
        hdf5-external-link: a name stands for an object of another file (subject: that file).
        hdf5-external-storage: a dataset's data lies in another file (subject: that file).
        hdf5-virtual-dataset: a dataset is put together of others, in other files where it says so (subject: the first).
        hdf5-damaged: a structure is not what the format says.

    Configurations of Keras are handed to ``keras``, pickles in attributes to ``pickle``.
    Properties: ``keras`` and ``backend`` as the file says them, ``objects`` (how many were seen).
    """

    name: ClassVar[str] = "hdf5"
    suffixes: ClassVar[frozenset[str]] = frozenset({".h5", ".hdf5", ".hdf", ".he5"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return head.startswith(hdf5.SIGNATURE) or (blob.size > len(head) and hdf5.start_of(blob) >= 0)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        try:
            file = Hdf5(blob, budget.spend)
        except Malformed as cause:
            yield Fact("hdf5-damaged", str(cause))
            yield Blank(f"not read: {cause}")
            return
        yield from _Walk(file).read()
        if budget.steps < 0:
            yield Blank("the file has more objects than are read (limits.file_steps)")


class _Walk:
    def __init__(self, file: Hdf5) -> None:
        self._file = file
        self._seen: set[int] = set()

    def read(self) -> Iterator[Seen]:
        left = [("", self._file.root)]
        while left:
            name, address = left.pop()
            if address in self._seen:
                continue
            self._seen.add(address)
            try:
                for message in self._file.messages(address):
                    yield from self._message(name, message, left)
            except Malformed as cause:
                yield Fact("hdf5-damaged", f"{name or '/'}: {cause}", address)
                yield Blank(f"{name or '/'} was not read to its end: {cause}")
        yield Property("objects", len(self._seen))

    def _message(self, name: str, message: Message, left: list[tuple[str, int]]) -> Iterator[Seen]:
        if message.flags & 2:
            yield Blank(f"{name or '/'}: a message that is kept elsewhere is not followed")
        elif message.kind in {hdf5.LINK, hdf5.SYMBOL_TABLE}:
            yield from self._links(name, message, left)
        elif message.kind == hdf5.EXTERNAL_FILES:
            yield from self._external(name, message)
        elif message.kind == hdf5.LAYOUT:
            yield from self._layout(name, message)
        elif message.kind == hdf5.ATTRIBUTE:
            found = attribute(self._file, message)
            if isinstance(found, Blank):
                yield Blank(f"{name or '/'}: {found.why}")
            else:
                yield from self._attribute(name, found)
        elif message.kind in {hdf5.LINK_INFO, hdf5.ATTRIBUTE_INFO}:
            yield from self._dense(name, message, left)

    def _links(self, name: str, message: Message, left: list[tuple[str, int]]) -> Iterator[Seen]:
        yield from self._follow(name, self._file.links(message), message.at, left)

    def _follow(self, name: str, links: Iterable[Link], at: int, left: list[tuple[str, int]]) -> Iterator[Seen]:
        for link in links:
            path = f"{name}/{link.name}"
            if link.file:
                yield Fact("hdf5-external-link", f"{path} lies in {link.file}", at, subject=link.file)
            elif link.target:
                left.append((path, link.target))

    def _dense(self, name: str, message: Message, left: list[tuple[str, int]]) -> Iterator[Seen]:
        """Links or attributes in a fractal heap, if they are there."""
        links = message.kind == hdf5.LINK_INFO
        at = 2 + ((8 if links else 2) if message.data[1:2] and message.data[1] & 1 else 0)
        heap = self._file.address(message.data, at)
        if heap and not links:
            yield Blank(f"{name or '/'}: its attributes lie in a fractal heap")
        elif heap:
            found, all_ = hdf5_dense.links(self._file, heap)
            yield from self._follow(name, found, message.at, left)
            if not all_:
                yield Blank(f"{name or '/'}: not all of its links were found")

    def _external(self, name: str, message: Message) -> Iterator[Seen]:
        data, step = message.data, self._file.length_size
        heap = self._file.address(data, 8)
        for slot in range(8 + self._file.offset_size, len(data) - 3 * step + 1, 3 * step):
            file = self._file.heap_text(heap, self._file.number(data, slot, step))
            if file:
                yield Fact("hdf5-external-storage", f"{name} keeps its data in {file}", message.at, subject=file)

    def _layout(self, name: str, message: Message) -> Iterator[Seen]:
        if message.data[:1] != b"\x04" or message.data[1:2] != bytes([_VIRTUAL]):
            return
        collection = self._file.address(message.data, 2)
        index = self._file.number(message.data, 2 + self._file.offset_size, 4)
        file = ""
        if collection:
            entries = self._file.heap_object(collection, index).read_at(1 + self._file.length_size, _graph.TEXT)
            file = entries.split(b"\0")[0].decode("utf-8", "replace")
        yield Fact("hdf5-virtual-dataset", f"{name} is put together of {file or 'others'}", message.at, subject=file)

    def _attribute(self, name: str, found: Attribute) -> Iterator[Seen]:
        head = found.value.read_at(0, _graph.TEXT)
        path = f"{name}/{found.name}".strip("/")
        if found.name in _TOLD:
            value: Json = head[:_SHOWN].rstrip(b"\0").decode("utf-8", "replace")
            yield Property("keras" if found.name == "keras_version" else found.name, value)
        elif found.name in _CONFIGS or b'"class_name"' in head:
            yield Embedded(path, found.value, "keras")
        elif found.value.size > 1 and self._may_be_pickle(found.value, head):
            yield Embedded(path, found.value)

    def _may_be_pickle(self, value: Blob, head: bytes) -> bool:
        """Whether an attribute ends as pickles do, whose readers stop at a full stop."""
        end = value.read_at(max(value.size - 64, 0), 64).rstrip(b"\0")
        return end.endswith(b".") and head[:1] in b"\x80(c}])IVSFNKMJ"
