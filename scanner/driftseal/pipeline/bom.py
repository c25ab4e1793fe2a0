"""A report becomes a bill of materials, neutral to the specification that it will be written in.

Items are drafts of components first (``_bom_items``, ``_bom_models``, ``_bom_inventory``, ``_bom_skills``); those that
tell of one thing are joined (``_bom_join``), then linked (``_bom_parts``), then spoken of (``_bom_remarks``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from driftseal.collect.base import Context, Discovery
from driftseal.model.bom import Bom, Component
from driftseal.model.report import Report
from driftseal.pipeline import _bom_services
from driftseal.pipeline._bom_homes import without_homes
from driftseal.pipeline._bom_names import ROOT
from driftseal.pipeline._bom_parts import Parts, Readings
from driftseal.pipeline._bom_remarks import Remarks
from driftseal.pipeline._bom_root import name_of, rebased

__all__ = ["build", "name_of", "rebased", "remembering"]

_NONE: Final[Readings] = MappingProxyType({})


@contextmanager
def remembering(context: Context) -> Iterator[Context]:
    """The context with digests of large files from earlier runs, for a list that nobody judges, signs or compares.

    What was read anew is remembered at the end.
    """
    from driftseal.collect.models import digests

    place = digests.place(context.environment, context.home, context.platform)
    with digests.Digests(place, context.limits) as known:
        yield replace(context, discover=replace(context.discover or Discovery(), digest_of=known.digest_of))


def build(report: Report, *, root_name: str, readings: Readings = _NONE) -> Bom:
    """The bill of materials of everything that the report looked at; the same report gives the same ``Bom``.

    No absolute path, user or host name enters it, and every reference in it leads somewhere. ``readings`` is what was
    read of the files of models, by the identity of their target and the key of their item; see ``Context.readings``.
    """
    parts = Parts(report, readings)
    whole = parts.joined()
    sources = _bom_services.sources(report.snapshots)
    remarks = Remarks(report, parts, whole)
    known = whole.refs | {source.ref for source in sources} | {""}
    made = Bom(
        root=Component(ref=ROOT, kind="system", type="application", name=root_name),
        timestamp=report.started_at,
        tool_version=report.tool_version,
        components=tuple(whole.components.values()),
        services=tuple(whole.services.values()),
        sources=sources,
        dependencies=whole.dependencies(),
        vulnerabilities=tuple(remarks.vulnerabilities()),
        annotations=tuple(remarks.annotations()),
        compositions=tuple(remarks.compositions()),
        citations=tuple(cited for cited in dict.fromkeys(remarks.citations()) if cited.attributed_to in known),
        unseen=tuple(remarks.unseen()),
    )
    return without_homes(made)
