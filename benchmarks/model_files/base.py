"""What a case is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PICKLE, OTHER = "pickle", "other"
HOSTILE, HONEST = "hostile", "honest"


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled model: a file, or a folder of files."""

    kind: str
    """The class of attack, or of honest file, that it stands for."""
    name: str
    """Of its file, and of its folder where it has several."""
    label: str
    family: str
    files: Mapping[str, bytes] = field(repr=False)

    def write(self, folder: Path) -> Path:
        """Put it below the folder; returns what to scan."""
        home = folder / self.label / self.family / re.sub(r"[^\w.-]+", "-", self.kind)
        single = len(self.files) == 1
        if not single:
            home /= self.name
        for path, data in self.files.items():
            file = home / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists():
                raise ValueError(f"two cases are called {file.relative_to(folder)}")
            file.write_bytes(data)
        return home / next(iter(self.files)) if single else home


def hostile(kind: str, name: str, data: bytes, family: str = PICKLE) -> Case:
    """One file that does harm, or was made to mislead."""
    return Case(kind, name, HOSTILE, family, {name: data})


def honest(kind: str, name: str, data: bytes, family: str = PICKLE) -> Case:
    """One file that does not."""
    return Case(kind, name, HONEST, family, {name: data})
