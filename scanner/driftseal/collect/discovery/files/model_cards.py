"""Model and dataset cards: what the front matter of a README says of a model's base and of its data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _models
from driftseal.collect.discovery.files._models import HUB
from driftseal.collect.discovery.files._packages import basename
from driftseal.formats import frontmatter
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json

_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{1,60}")


class ModelCards(FileFinder):
    """See the module."""

    name: ClassVar[str] = "model_cards"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"readme.md", "modelcard.md", "model_card.md"}

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``."""
        return size <= limits.slow_text_bytes

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if not source.data.startswith(b"---") or not any(key in source.data for key in (b"base_model", b"datasets")):
            return
        document = frontmatter.parse(source.data, source.path, source.limits)
        card = document.value
        if not isinstance(card, dict):
            return
        # The card is that of a model, whose files are told elsewhere; what it is made from is told here.
        for pointer, text in _listed(card, "base_model"):
            model = _models.hub(text)
            if model is not None:
                yield _models.sighting(model, line=document.line(pointer), symbol="base_model")
        for pointer, text in _listed(card, "datasets"):
            found = _models.hub(text)
            name = found.id if found is not None else text if _PLAIN.fullmatch(text) else ""
            if name:
                content: dict[str, Json] = {"provider": HUB, "id": name}
                yield Sighting(
                    ItemKind.DATASET, f"{HUB}:{name}", content, line=document.line(pointer), symbol="datasets"
                )


def _listed(card: Mapping[str, Json], key: str) -> Iterator[tuple[str, str]]:
    """Every text of a member that may be one or a list, with its pointer."""
    value = card.get(key)
    if isinstance(value, str):
        yield f"/{key}", value
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, str):
            yield f"/{key}/{index}", entry
