"""Files that lie beside others of the same purpose and load in another way.

Facts: ``companion-pickle``, of a pickle beside weights that nothing runs in (subject: those weights).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from driftseal.limits import Limits
from driftseal.observe.files.base import Fact
from driftseal.observe.loading.base import Files, Told

_SAFE: Final = (".safetensors", ".gguf", ".onnx")
_PICKLES: Final = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})


def find(files: Files, limits: Limits) -> Iterator[Told]:
    """``companion-pickle``."""
    del limits
    safe = {posixpath.dirname(name): name for name in sorted(files, reverse=True) if name.endswith(_SAFE)}
    for name, file in files.items():
        beside = safe.get(posixpath.dirname(name))
        if beside is None or posixpath.splitext(name)[1].lower() not in _PICKLES:
            continue
        if "pickle" in {file.reading.format, *file.reading.formats.values()}:
            shown = f"a pickle beside {posixpath.basename(beside)}"
            yield Told(name, Fact("companion-pickle", shown, subject=posixpath.basename(beside)))
