"""A bill of materials with what the reports of other tests have nothing of, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from driftseal.model.bom import (
    Ancestor,
    Annotation,
    Bom,
    Citation,
    Component,
    Composition,
    Dependency,
    Flow,
    Licence,
    Metric,
    ModelCard,
    Service,
    Unseen,
    Vulnerability,
)
from driftseal.model.digest import Digest
from driftseal.model.item import Evidence

PURL = "pkg:generic/t@2"
AT = "2026-01-01T00:00:00Z"


def model(**more: Any) -> Component:
    return Component(ref="model/m", kind="model", type="machine-learning-model", name="m", **more)


def bom(*parts: Component, **more: Any) -> Bom:
    root = Component(ref="root", kind="system", type="application", name="demo")
    return Bom(root, AT, "0.1.0", parts, **more)


def everything_else() -> Bom:
    """A finding, a service, a card, a licence that SPDX does not know, and the like."""
    service = Service(
        ref="service/s", name="s", provider="Acme", version="1", endpoints=("https://a.example/v1",),
        authenticated=True, crosses_trust_boundary=True, trust_zone="remote",
        flows=(Flow("outbound", "unknown", "prompts"),), evidence=(Evidence("a.py", line=3),),
    )  # fmt: skip
    finding = Vulnerability(
        ref="finding/1", id="R1", source="driftseal", severity="high", description="Poison.", detail="It says so.",
        recommendation="Remove it.", cwes=(1427,), affects=("model/m",), references=(("owasp-llm", "LLM01"),),
        properties={"driftseal:finding:confidence": "high"},
    )  # fmt: skip
    card = ModelCard(
        task="chat", family="llama", datasets=("data/d",), metrics=(Metric("f1", "0.8", "squad"),),
        use_cases=("Talk.",), limitations=("No maths.",), facts={"contextLength": "8192", "languages": "en"},
    )  # fmt: skip
    licence = Licence(name="llama3.2", url="https://example.com/licence")
    return bom(
        model(licences=(licence,), external=True, supplier="Acme", card=card, ancestors=(Ancestor("a/b", "finetune"),)),
        Component(ref="data/d", kind="dataset", type="data", data_type="dataset", name="d", group="acme"),
        Component(ref="agent/a", kind="agent", type="application", name="a", digests=(Digest("sha512", "0" * 128),)),
        Component(ref="item/t", kind="tool", type="data", data_type="definition", name="t", version="2", purl=PURL),
        dependencies=(
            Dependency("root", ("model/m", "data/d", "agent/a", "item/t", "service/s")),
            Dependency("model/m"),
            Dependency("data/d"),
            Dependency("agent/a", ("item/t", "model/m")),
            Dependency("item/t"),
            Dependency("service/s"),
        ),
        services=(service,),
        vulnerabilities=(finding, replace(finding, ref="finding/2", accepted="known; until 2026-12-31")),
        annotations=(Annotation("drift/1", ("model/m",), "It changed.", AT),),
        compositions=(Composition("complete", ("model/m",)), Composition("incomplete", ("data/d",))),
        citations=(Citation(("model/m",), "", "as its card states", ("card.task",)),),
        unseen=(Unseen("model/m", "weights", "too large"),),
    )
