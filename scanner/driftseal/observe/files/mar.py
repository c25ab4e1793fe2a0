"""TorchServe archives: the manifest in ``MAR-INF`` that says which code serves the model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen

if TYPE_CHECKING:
    from driftseal.model.item import Json

_CODE: Final = ("handler", "modelFile", "serializedFile", "requirementsFile", "extraFiles", "envelope")
_PLAIN: Final = frozenset(
    {"image_classifier", "image_segmenter", "object_detector", "text_classifier", "base_handler", "default_handler"}
)
"""Handlers that TorchServe brings itself."""


class Mar(Analyser):
    """``MANIFEST.json`` of a ``.mar`` file; the files that it names are members of the same archive.

    Facts:
        mar-handler: code of the archive handles every request (subject: the file, with its function).
        mar-path-escapes: a file that it names lies outside of the archive (subject: the path).
        mar-installs: packages are installed before the model is served (subject: the file that lists them).
        mar-unparsable: it is no JSON.

    Property: ``served`` (the model's name, version and files).
    """

    name: ClassVar[str] = "mar"

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        data = head.lstrip()
        known = b'"archiverVersion"' in data or b'"createdOn"' in data or b'"handler"' in data
        return data.startswith(b"{") and blob.size <= len(head) and known and b'"model"' in data

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        try:
            root: Json = json.loads(blob.read_at(0, min(blob.size, budget.limits.file_bytes)))
        except (ValueError, RecursionError) as cause:
            yield Fact("mar-unparsable", str(cause))
            yield Blank(f"the manifest is no JSON that can be read: {cause}")
            return
        model = root.get("model") if isinstance(root, dict) else None
        if not isinstance(model, dict):
            return
        yield Property("served", {key: value for key, value in model.items() if isinstance(value, str)})
        for key in _CODE:
            given = model.get(key)
            for value in given.split(",") if isinstance(given, str) else ():
                yield from _file(key, value.strip())


def _file(key: str, value: str) -> Iterator[Seen]:
    why = _graph.why_escapes(value)
    if why:
        yield Fact("mar-path-escapes", f"{key}: {value} {why}", subject=value)
    if key in {"handler", "envelope"} and value and value.lower() not in _PLAIN:
        yield Fact("mar-handler", f"{value} handles every request", subject=value)
    if key == "requirementsFile" and value:
        yield Fact("mar-installs", f"the packages of {value} are installed", subject=value)
