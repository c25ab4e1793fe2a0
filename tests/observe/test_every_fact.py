"""Whatever an analyser of model files can say, a rule weighs; what no rule weighs has its reason here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import driftseal
from driftseal import resources, rulebook

PACKAGE = Path(driftseal.__file__).parent
SPEAKING = ("observe/files", "observe/loading", "formats")
"""Folders of all that makes facts of files, or names what it found for those who do."""
KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
WORDS = {"script", "torchscript"}
"""Facts of one word, which no pattern tells from other words."""
MADE = {"coreml": ("custom-layer", "custom-model")}
"""Facts whose names are put together of a format and of what it found."""
NO_FACTS = {
    "encodings of text": {"iso-8859-1", "iso8859-1", "latin-1", "utf-16", "utf-16-be", "utf-16-le", "utf-8"}
    | {"utf-8-sig"},
    "properties, which drift and the AI-BOM tell": {"associated-files", "external-files", "metadata-names"}
    | {"producer-version", "template-text"},
    "told as gaps, which no rule makes better or worse": {"content-not-present"},
    "members of bills of materials": {"bom-ref"},
    "kinds of sinks in rules/models": {"path-delete", "path-write"},
    "kinds of what CoreML names, told as coreml-linked-model": {"linked-file", "linked-path"},
}
"""Words that look like names of facts, by what they are instead."""


def spoken() -> Iterator[tuple[str, str]]:
    """Every word in the code that is written as names of facts are, with the file that says it."""
    paths = [path for folder in SPEAKING for path in sorted((PACKAGE / folder).glob("*.py"))]
    for path in (*paths, PACKAGE / "observe" / "reading.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            known = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
            if known and isinstance(node, ast.Constant) and KEBAB.fullmatch(str(node.value)):
                yield str(node.value), path.name


def listed() -> set[str]:
    """Names of lists under rules/lists, and of the groups in them."""
    stems = [path.stem for path in sorted((resources.folder("rules") / "lists").glob("*.yaml"))]
    groups = {str(key) for stem in stems for key in (rulebook.load_list(stem) or {})}  # type: ignore[union-attr]  # mappings
    return {*stems, *groups}


def weighed() -> set[str]:
    return {
        str(fact)
        for rule in rulebook.load().of("model_files")
        for facts in [rule.match.get("facts")]
        for fact in (facts if isinstance(facts, list) else [facts])
    }


def test_every_fact_that_analysers_can_tell_is_weighed_by_a_rule() -> None:
    made = {f"{before}-{name}": name for before, names in MADE.items() for name in names}
    others = {word for words in NO_FACTS.values() for word in words} | set(made.values())
    known = weighed() | others | listed()
    assert {(word, where) for word, where in spoken() if word not in known} == set()


def test_what_counts_as_no_fact_is_said_somewhere_and_weighed_nowhere() -> None:
    said = {word for word, _ in spoken()}
    others = {word for words in NO_FACTS.values() for word in words}
    assert others - said == set()
    assert others & weighed() == set()


def test_rules_weigh_only_what_some_analyser_can_tell() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in (*SPEAKING, "observe", "collect", "collect/images", "collect/models", "collect/mlflow")
        for path in sorted((PACKAGE / folder).glob("*.py"))
    )
    made = {f"{before}-{name}" for before, names in MADE.items() for name in names}
    formats = {f"{name}-damaged" for name in ("coreml", "onnx", "tensorflow", "mlmodel")}
    said = {word for word, _ in spoken()} | WORDS | made | formats
    unsaid = {fact for fact in weighed() - said if f'"{fact}"' not in source}
    # What signatures beside a model show is put together of a word and how they stand.
    assert {fact for fact in unsaid if not fact.startswith("signature-")} == set()
