"""Plug-ins of JetBrains IDEs and Android Studio, from the descriptor in one of their archives."""

from __future__ import annotations

import html
import os
import re
import zlib
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _judge, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.errors import TargetError
from driftseal.formats import xml
from driftseal.formats import zip as zip_format
from driftseal.formats.blob import File
from driftseal.model.item import ItemKind, Json

_STORE: Final = "jetbrains-marketplace"
_DESCRIPTOR: Final = "META-INF/plugin.xml"
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE[^>\[]{0,400}>")
"""Older descriptors name their document type, which means nothing to their readers."""
_ARCHIVES: Final = 40
"""Archives of one plug-in that are opened; the descriptor stands in one of the first, the one that is called alike."""
_STORED, _DEFLATED = 0, 8


class JetBrains(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "jetbrains"
    sought: ClassVar[str] = "plug-ins of JetBrains IDEs"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for folder in machine.find(_tables.places("jetbrains", platform=machine.platform)):
            for plugin in machine.entries(folder):
                if plugin.path.suffix == ".jar":
                    found = _described(machine, plugin)
                    archives = [plugin]
                else:
                    archives = _archives(machine, plugin)
                    found = next((one for jar in archives if (one := _described(machine, jar)) is not None), None)
                if found is not None:
                    yield from _judged(machine, found, plugin)


def _archives(machine: Machine, plugin: Spot) -> list[Spot]:
    """Those of one plug-in, the likeliest first."""
    jars = [jar for jar in machine.entries(plugin.child("lib")) if jar.path.suffix == ".jar"]
    name = plugin.path.name.casefold()
    jars.sort(key=lambda jar: (name not in jar.path.name.casefold(), jar.path.name))
    return jars[:_ARCHIVES]


def _described(machine: Machine, jar: Spot) -> xml.Element | None:
    """The descriptor in an archive; nothing where it holds none. One that cannot be read is a gap."""
    stream = machine.opened(jar)
    if stream is None:
        return None
    with stream:
        blob = File(stream, os.fstat(stream.fileno()).st_size)
        if blob.size > machine.limits.archive_bytes:
            machine.gap(jar, f"larger than {machine.limits.archive_bytes} bytes (limits.archive_bytes)")
            return None
        members = zip_format.read(blob, machine.limits).members
        member = next((one for one in members if one.name == _DESCRIPTOR and one.central is not None), None)
        header = member.central if member is not None else None
        if member is None or header is None:
            return None
        most = machine.limits.slow_text_bytes
        packed = blob.read_at(member.start, min(header.packed, most))
    try:
        data = _unpacked(packed, header.method, most)
        return xml.parse(_DOCTYPE.sub(b"", data, count=1), _DESCRIPTOR, machine.limits)
    except (TargetError, zlib.error) as cause:
        machine.gap(jar, f"its descriptor cannot be read: {cause}")
        return None


def _unpacked(packed: bytes, method: int, most: int) -> bytes:
    if method == _STORED:
        return packed
    if method == _DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)
    raise TargetError("packed in a way that such archives do not use")


def _judged(machine: Machine, found: xml.Element, plugin: Spot) -> Iterator[Sighting]:
    told: dict[str, str] = {}
    for child in found.children:
        told.setdefault(child.tag, machine.text(html.unescape(child.text)))
    title = told.get("name", "")
    # A descriptor without an id goes by its name.
    id_ = told.get("id") or title
    verdict = _judge.surest(
        (_judge.by_id("jetbrains_plugins", id_), _judge.by_words(title, told.get("description", "")))
    )
    if verdict is None or not id_:
        return
    content: dict[str, Json] = {
        "store": _STORE,
        "id": id_,
        "title": title or id_,
        "version": told.get("version", ""),
        "role": verdict.role,
    }
    name = f"{_STORE}:{id_}"
    yield Sighting(ItemKind.EXTENSION, name, content, confidence=verdict.confidence, path=plugin.told)
