"""Completeness for programs."""

from __future__ import annotations

import json
from typing import Final

from driftseal.bom.profiles.base import ProfileFormat
from driftseal.canonical import show
from driftseal.model.item import Json
from driftseal.model.profile import Completeness, Row, Status

_SCHEMA: Final = "driftseal-completeness/1"


class JsonProfile(ProfileFormat):
    """See `ProfileFormat`. Everything that lacks something is listed, with its reference."""

    name = "json"

    def render(self, told: Completeness) -> str:
        """See `ProfileFormat.render`."""
        document: dict[str, Json] = {
            "schema": _SCHEMA,
            "profile": told.profile.name,
            "title": told.profile.title,
            "source": told.profile.source,
            "tool": {"name": "driftseal", "version": told.tool_version},
            "timestamp": told.timestamp,
            "name": show(told.name),
            "summary": {str(status): told.number(status) for status in Status},
            "elements": [_element(row) for row in told.rows],
        }
        return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _element(row: Row) -> Json:
    element = row.element
    return {
        "id": element.id,
        "section": element.section,
        "title": element.title,
        "of": str(element.of),
        "status": str(row.status),
        "filled": row.filled,
        "total": row.total,
        "lacking": [{"ref": show(ref), "name": show(name)} for ref, name in row.lacking],
        "supply": [{"who": str(who), "how": how} for who, how in element.supply.items()],
    }
