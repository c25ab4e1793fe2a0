"""A bill of materials of which an attacker wrote every text."""

from __future__ import annotations

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
    Reference,
    Service,
    Unseen,
    Vulnerability,
)
from driftseal.model.item import Evidence


def hostile_bom(text: str) -> Bom:
    """One component with a part, one service, and one of everything that is said of them."""
    evidence = (Evidence(text, text, 1, text, text, 0.5),)
    card = ModelCard(
        text, text, text, text, (text,), (text,), (text,), (Metric(text, text, text),), (text,), (text,), {text: text}
    )
    properties = {text: text, "driftseal:model:provider": text, "driftseal:model:pinned": "false"}
    part, component, service = (f"{text}{number}" for number in range(3))
    whole = Component(
        ref=component, kind="model", type=text, name=text, version=text, group=text, purl=text, publisher=text,
        supplier=text, description=text, data_type=text, mime=text, external=True,
        licences=(Licence(text, text, text),), ancestors=(Ancestor(text, text, text, text),),
        card=card, links=(Reference(text, text),),
        parts=(Component(ref=part, kind=text, type=text, name=text, evidence=evidence),),
        tags=(text,), properties=properties, evidence=evidence,
    )  # fmt: skip
    found = Vulnerability(
        ref=text, id=text, source=text, severity=text, description=text, detail=text, recommendation=text, cwes=(),
        affects=(component, service), references=((text, text),), properties={text: text},
    )  # fmt: skip
    answers = Service(
        ref=service, name=text, kind="server", group=text, provider=text, version=text, description=text,
        endpoints=(text,), trust_zone=text, flows=(Flow(text, text, text),), tags=(text,), properties=properties,
        evidence=evidence,
    )  # fmt: skip
    return Bom(
        root=Component(ref="root", kind="system", type="application", name=text),
        timestamp=text,
        tool_version=text,
        components=(whole,),
        services=(answers,),
        dependencies=(
            Dependency("root", (component, service)),
            Dependency(component, (part,)),
            Dependency(service, (component,), (component,)),
        ),
        vulnerabilities=(found,),
        annotations=(Annotation(text, (component,), text, text),),
        compositions=(Composition(text, (component,)), Composition("incomplete", (service,))),
        citations=(Citation((component,), text, text),),
        unseen=(Unseen(component, text, text), Unseen("root", text, text)),
    )
