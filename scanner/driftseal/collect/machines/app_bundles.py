"""Applications of macOS, from the property list of each bundle."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final
from xml.parsers.expat import ExpatError

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _programs, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder

_SUFFIX: Final = ".app"
_BROKEN: Final = (
    ExpatError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What the reader of the standard library raises for lists that are none."""


class AppBundles(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "app_bundles"
    sought: ClassVar[str] = "applications"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``. The bundle's identifier counts; its name only where that is unknown."""
        ids = _tables.named("bundle")
        titles = {program.title.casefold(): program for program in _tables.programs()}
        for folder in machine.find(_tables.places("installed", "bundle", platform=machine.platform)):
            for bundle in machine.entries(folder):
                if bundle.path.suffix.casefold() != _SUFFIX:
                    continue
                spot = bundle.child("Contents", "Info.plist")
                about = _properties(machine, spot)
                program, sure = ids.get(_text(about, "CFBundleIdentifier").casefold()), _programs.CERTAIN
                if program is None and about:
                    program, sure = titles.get(bundle.path.stem.casefold()), _programs.INSTALLED
                    # Where an identifier is known, another program that is called alike is another program.
                    program = program if program is not None and not program.names.get("bundle") else None
                if program is not None:
                    version = _text(about, "CFBundleShortVersionString")
                    yield _programs.sighting(
                        machine, program, spot, by="application bundle", version=version, sure=sure
                    )


def _properties(machine: Machine, spot: Spot) -> Mapping[str, Any]:
    data = machine.read(spot)
    if data is None:
        return {}
    if len(data) > machine.limits.document_bytes:
        machine.gap(spot, f"larger than {machine.limits.document_bytes} bytes (limits.document_bytes)")
        return {}
    try:
        value = plistlib.loads(data)
    except _BROKEN:
        machine.gap(spot, "no property list")
        return {}
    return value if isinstance(value, dict) else {}


def _text(about: Mapping[str, Any], key: str) -> str:
    value = about.get(key)
    return value if isinstance(value, str) else ""
