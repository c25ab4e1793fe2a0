"""Rules and lists: YAML data under ``rules/``, read safely, checked, never executed."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from driftseal import canonical, resources
from driftseal.errors import RuleError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.digest import Digest
from driftseal.model.item import ItemKind, Json
from driftseal.model.rule import Confidence, Rule, Sample, Severity, Status
from driftseal.records import dataclass

_DOCUMENTS: Final = 2
"""The rule, then its examples."""
DATA_FOLDERS: Final = frozenset({"lists", "schema", "models", "semgrep", "pickle", "inventory"})
"""Of ``rules/``: what rules and collectors look things up in."""
_REQUIRED: Final = frozenset(
    {"id", "title", "severity", "confidence", "detector", "match", "description", "remediation", "taxonomies"}
)
_KEYS: Final = _REQUIRED | {"status", "applies_to", "false_positives", "references"}
_SUFFIX: Final = ".yaml"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every rule in force."""

    rules: tuple[Rule, ...]
    """Sorted by id."""
    digest: Digest
    """Over the bytes of all rule files."""

    @property
    def version(self) -> str:
        """Short name of exactly these rules."""
        return self.digest.value[:12]

    def get(self, rule_id: str) -> Rule:
        """The rule of this id.

        Raises:
            RuleError: there is none; the hint offers the nearest.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        known = [rule.id for rule in self.rules]
        near = difflib.get_close_matches(rule_id, known, 1) or [name for name in known if rule_id and rule_id in name]
        raise RuleError(
            f"no rule {rule_id!r}", hint=f"did you mean {near[0]!r}?" if near else "see: driftseal rules list"
        )

    def of(self, detector: str) -> tuple[Rule, ...]:
        """The rules of one detector."""
        return tuple(rule for rule in self.rules if rule.detector == detector)


def load(extra: Sequence[Path] = ()) -> Rulebook:
    """Our rules, then those of the user's folders; a user's rule of one of our ids is an error.

    Raises:
        RuleError: a file is malformed; the message names it.
    """
    rules: dict[str, Rule] = {}
    hashed = hashlib.sha256()
    known = resources.parsed("rules")
    for root in (resources.folder("rules"), *extra):
        if not root.is_dir():
            raise RuleError(f"{root}: no such folder of rules")
        for name, path in _files(root):
            with open(path, "rb") as file:  # noqa: PTH123 - a path object for each of five hundred takes as long as this
                data = file.read()
            hashed.update(name.encode() + b"\0" + data)
            rule = _parse_rule(resources.first_document(data, name, known), name)
            if rule.id in rules:
                raise RuleError(f"{name}: rule {rule.id!r} stands already in {rules[rule.id].source}")
            rules[rule.id] = rule
    ordered = tuple(rules[key] for key in sorted(rules))
    return Rulebook(ordered, Digest("sha256", hashed.hexdigest()))


def samples(rule: Rule, extra: Sequence[Path] = ()) -> Rule:
    """The rule with its positive and negative examples, which a scan never reads.

    They are the second YAML document of the rule's file.

    Raises:
        RuleError: the examples are missing or malformed.
    """
    for root in (resources.folder("rules"), *extra):
        path = root / rule.source
        if path.is_file():
            from driftseal import yamltext

            documents = list(yamltext.documents(path.read_bytes(), rule.source, DEFAULT_LIMITS))
            if len(documents) != _DOCUMENTS or not isinstance(documents[1], dict):
                break
            given = documents[1]
            if set(given) - {"positives", "negatives"}:
                break
            return replace(
                rule,
                positives=tuple(_samples(given.get("positives"), rule)),
                negatives=tuple(_samples(given.get("negatives"), rule)),
            )
    raise RuleError(f"{rule.source}: no examples", hint="add a second document with positives: and negatives:")


def _samples(given: Json, rule: Rule) -> Iterator[Sample]:
    if not isinstance(given, list) or not given:
        raise RuleError(f"{rule.source}: a rule needs at least one positive and one negative example")
    for entry in given:
        if not isinstance(entry, dict) or set(entry) != {"description", "input"}:
            raise RuleError(f"{rule.source}: an example has exactly description: and input:")
        description, content = entry["description"], entry["input"]
        if not isinstance(description, str) or not isinstance(content, dict):
            raise RuleError(f"{rule.source}: an example's description is text and its input a mapping")
        yield Sample(description, content)


@cache
def load_list(name: str) -> Json:
    """The data of ``rules/lists/<name>.yaml``.

    Raises:
        RuleError: there is no such list, or it is malformed.
    """
    return resources.document("lists", name)


def rule_files(root: Path) -> list[Path]:
    """The files below a folder of rules that hold one each, sorted; the others are data for them."""
    return [Path(path) for _, path in _files(root)]


def _files(root: Path) -> list[tuple[str, str]]:
    """Their names below the folder with forward slashes, and their paths."""
    found: list[tuple[tuple[str, ...], str]] = []
    for folder, folders, names in os.walk(root):
        above = Path(folder).relative_to(root).parts
        if not above:
            folders[:] = [name for name in folders if name not in DATA_FOLDERS]
        found += [((*above, name), os.path.join(folder, name)) for name in names if name.endswith(_SUFFIX)]  # noqa: PTH118 - as in `load`
    return [("/".join(parts), path) for parts, path in sorted(found)]


def _parse_rule(given: Json, name: str) -> Rule:
    if not isinstance(given, dict):
        raise RuleError(f"{name}: a rule is a mapping")
    for key in given:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            raise RuleError(f"{name}: unknown key {key!r}", hint=f"did you mean {near[0]!r}?" if near else "")
    missing = sorted(_REQUIRED - given.keys())
    if missing:
        raise RuleError(f"{name}: {missing[0]!r} is missing")
    stem = name.rpartition("/")[2].removesuffix(_SUFFIX)
    if given["id"] != stem:
        raise RuleError(f"{name}: the id is {given['id']!r}, the file's name says {stem!r}")
    try:
        return Rule(
            id=stem,
            title=_text(given, "title"),
            status=Status(str(given.get("status", "stable"))),
            severity=Severity.parse(_text(given, "severity")),
            confidence=Confidence.parse(_text(given, "confidence")),
            detector=_text(given, "detector"),
            applies_to=frozenset(ItemKind(kind) for kind in _texts(given.get("applies_to", []))),
            match=_mapping(given["match"]),
            description=_text(given, "description"),
            remediation=_text(given, "remediation"),
            false_positives=_texts(given.get("false_positives", [])),
            taxonomies={key: _texts(value) for key, value in _mapping(given["taxonomies"]).items()},
            references=_texts(given.get("references", [])),
            source=name,
        )
    except ValueError as cause:
        raise RuleError(f"{name}: {cause}") from cause


def _text(given: Mapping[str, Json], key: str) -> str:
    value = given[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be text")
    return value.strip()


def _texts(value: Json) -> tuple[str, ...]:
    found = [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else None
    if found is None or not isinstance(value, list) or len(found) < len(value):
        raise ValueError(f"expected a list of texts, got {canonical.compact(value)[:60]}")
    return tuple(found)


def _mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise ValueError("expected a mapping")
    return value
