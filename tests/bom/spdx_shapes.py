"""Holds SPDX documents against the SHACL model of SPDX 3.0.1, without a network: spdx_shapes.py DOCUMENT…

Runs where ``spdx3-validate`` and ``spdx-python-model`` are installed. The former takes the model and the JSON-LD
context from spdx.org; here both are made from the latter's classes, which were generated from that model and hold its
classes, cardinalities, types, patterns and individuals. One line for each violation; nothing is wrong without one.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

model: Any = importlib.import_module("spdx_python_model.bindings.v3_0_1.model")
core: Any = importlib.import_module("spdx3_validate.core")
versions: Any = importlib.import_module("spdx3_validate.spdx_versions")
rdf: Any = importlib.import_module("rdflib")
OWL, RDF, RDFS, SH, XSD = rdf.OWL, rdf.RDF, rdf.RDFS, rdf.SH, rdf.XSD
KINDS = {"BlankNode": SH.BlankNode, "IRI": SH.IRI, "BlankNodeOrIRI": SH.BlankNodeOrIRI}
DATA_TYPES = {
    "StringProp": XSD.string,
    "AnyURIProp": XSD.anyURI,
    "DateTimeStampProp": XSD.dateTimeStamp,
    "DateTimeProp": XSD.dateTime,
    "NonNegativeIntegerProp": XSD.nonNegativeInteger,
    "PositiveIntegerProp": XSD.positiveInteger,
    "IntegerProp": XSD.integer,
    "BooleanProp": XSD.boolean,
    "FloatProp": XSD.decimal,
}


def classes() -> Iterator[Any]:
    """Every class of the model."""
    ahead = [model.SHACLObject]
    while ahead:
        for one in ahead.pop().__subclasses__():
            if one._TYPE:
                yield one
            ahead.append(one)


def properties(one: Any) -> Iterator[Any]:
    """What a class has and no class above it."""
    above = {iri for base in one.__bases__ for iri in getattr(base, "_OBJ_IRI_PROPS", {})}
    yield from (prop for iri, prop in one._OBJ_IRI_PROPS.items() if iri not in above and prop.compact)


def type_of(prop: Any) -> tuple[Any, bool]:
    """What a property holds, and whether it holds a list of it."""
    # A class learns the types of its properties when its first object is made.
    told = prop.prop or prop.reg()
    return getattr(told, "prop", told), hasattr(told, "prop")


def context() -> dict[str, Any]:
    """What short names in a document mean."""
    told: dict[str, Any] = {"type": "@type", "spdxId": "@id"}
    for one in classes():
        told[one._COMPACT_TYPE or one.__name__] = one._TYPE
        for prop in properties(one):
            inner, _ = type_of(prop)
            entry: dict[str, Any] = {"@id": prop.iri}
            name = type(inner).__name__
            if name in DATA_TYPES:
                entry["@type"] = str(DATA_TYPES[name])
            else:
                entry["@type"] = "@vocab"
                entry["@context"] = {short: iri for iri, short in inner.context}
            told[prop.compact] = entry
    return told


def shapes() -> Any:
    """The constraints of the model."""
    graph = rdf.Graph()
    for one in classes():
        node = rdf.URIRef(one._TYPE)
        graph.add((node, RDF.type, OWL.Class))
        graph.add((node, RDF.type, SH.NodeShape))
        graph.add((node, SH.nodeKind, KINDS[one.NODE_KIND.name]))
        for base in one.__bases__:
            if getattr(base, "_TYPE", None):
                graph.add((node, RDFS.subClassOf, rdf.URIRef(base._TYPE)))
        for iri in one.NAMED_INDIVIDUALS.values():
            graph.add((rdf.URIRef(iri), RDF.type, OWL.NamedIndividual))
            graph.add((rdf.URIRef(iri), RDF.type, node))
        for prop in properties(one):
            graph.add((node, SH.property, shape(graph, prop)))
        if one.IS_ABSTRACT:
            abstract(graph, node)
    return graph


def shape(graph: Any, prop: Any) -> Any:
    """The constraint on one property."""
    node = rdf.BNode()
    inner, many = type_of(prop)
    graph.add((node, SH.path, rdf.URIRef(prop.iri)))
    if prop.min_count:
        graph.add((node, SH.minCount, rdf.Literal(prop.min_count)))
    most = prop.max_count or (None if many else 1)
    if most:
        graph.add((node, SH.maxCount, rdf.Literal(most)))
    name = type(inner).__name__
    if name in DATA_TYPES:
        graph.add((node, SH.datatype, DATA_TYPES[name]))
        graph.add((node, SH.nodeKind, SH.Literal))
    elif name == "EnumProp":
        graph.add((node, SH.nodeKind, SH.IRI))
        listed = rdf.BNode()
        rdf.collection.Collection(graph, listed, [rdf.URIRef(iri) for iri, _ in inner.context])
        graph.add((node, SH["in"], listed))
    else:
        graph.add((node, SH["class"], rdf.URIRef(inner.cls._TYPE)))
        graph.add((node, SH.nodeKind, KINDS[inner.cls.NODE_KIND.name]))
    if inner.pattern:
        graph.add((node, SH.pattern, rdf.Literal(inner.pattern)))
    return node


def abstract(graph: Any, node: Any) -> None:
    """Nothing may be of an abstract class itself."""
    on_type, not_it = rdf.BNode(), rdf.BNode()
    graph.add((node, SH.property, on_type))
    graph.add((on_type, SH.path, RDF.type))
    graph.add((on_type, SH["not"], not_it))
    graph.add((not_it, SH.hasValue, node))


def violations(document: Any, constraints: Any, meaning: dict[str, Any]) -> list[str]:
    """What is wrong with one document."""
    graph = rdf.Graph()
    graph.parse(data=json.dumps({**document, "@context": meaning}), format="json-ld")
    found = set(graph.subjects(RDF.type))
    nodes = [node for node in document["@graph"] if rdf.URIRef(node.get("spdxId", "")) not in found]
    if len(nodes) > 1:
        return [f"no element in RDF: {node}" for node in nodes]
    version = versions.find_version(document["@context"])
    told = [" ".join(text.split()) for text in core.check_graph(graph, constraints, version, True)]
    # The classes do not tell who made the model's own individuals, and when; the document does not say so either.
    return [text for text in told if f"Focus Node: <{version.rdf_base}" not in text]


if __name__ == "__main__":
    constraints, meaning = shapes(), context()
    for path in sys.argv[1:]:
        read = json.loads(Path(path).read_text(encoding="utf-8"))
        try:
            model.JSONLDDeserializer().deserialize_data(read, model.SHACLObjectSet())
        except (TypeError, ValueError) as cause:
            sys.stdout.write(f"{path}: cannot be read: {cause}\n")
        for violation in violations(read, constraints, meaning):
            sys.stdout.write(f"{path}: {violation}\n")
