"""Documents of reports that tests put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bom.documents import problems
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.model.report import Report, Threshold
from driftseal.pipeline.bom import build
from report.sample import NOW


def text_of(report: Report, version: str = "1.7") -> str:
    return CycloneDx(version).render(build(report, root_name="demo"))


def bom_of(report: Report, version: str = "1.7") -> Any:
    return json.loads(text_of(report, version))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings(child)


def only(*snapshots: Any, **more: Any) -> Report:
    return Report("bom", "0.1.0", "0" * 12, NOW, Threshold(), snapshots=snapshots, **more)


def written(found: Report, version: str = "1.7") -> Any:
    """The document of a report, with which nothing is wrong."""
    document = bom_of(found, version)
    assert problems(document) == []
    return document


def needs(document: Any) -> dict[str, list[str]]:
    """What everything depends on, by reference."""
    return {row["ref"]: row["dependsOn"] for row in document["dependencies"]}
