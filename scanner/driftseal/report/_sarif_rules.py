"""Rules and the taxonomies that they cite, as SARIF tells them once for a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from driftseal import rulebook
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.model.rule import Confidence, Rule, Severity

LEVEL: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORE: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.0",
}
"""GitHub's ``security-severity``: critical above 9.0, high from 7.0, medium from 4.0, low from 0.1."""
_PRECISION: Final = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
_TITLES: Final = {
    "owasp-mcp": "OWASP MCP Top 10",
    "owasp-llm": "OWASP Top 10 for LLM Applications",
    "owasp-agentic": "OWASP Top 10 for Agentic Applications",
    "atlas": "MITRE ATLAS",
    "cwe": "CWE",
    "safe-mcp": "SAFE-MCP",
}

_REVIEW: Final = "Review what changed and who approved the baseline; approve anew only what you have read."


class Taxonomies:
    """Those that the rules of one run cite, each with the ids that are cited."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        cited: dict[str, set[str]] = {}
        for rule in rules:
            for name, ids in rule.taxonomies.items():
                cited.setdefault(name, set()).update(ids)
        self._cited = {name: sorted(ids) for name, ids in sorted(cited.items())}

    def components(self) -> list[Json]:
        """Tool components (SARIF, section 3.19), one a taxonomy."""
        known = rulebook.load_list("taxonomies")
        return [
            {
                "name": name,
                "fullName": _TITLES.get(name, name),
                "isComprehensive": False,
                "taxa": [{"id": id_, **_named(known, name, id_)} for id_ in ids],
            }
            for name, ids in self._cited.items()
        ]

    def references(self) -> list[Json]:
        """References to the components, by place."""
        return [{"name": name, "index": number} for number, name in enumerate(self._cited)]

    def relationships(self, rule: Rule) -> list[Json]:
        """What one rule cites (section 3.53)."""
        places = {name: number for number, name in enumerate(self._cited)}
        return [
            {
                "target": {
                    "id": id_,
                    "index": self._cited[name].index(id_),
                    "toolComponent": {"name": name, "index": places[name]},
                },
                "kinds": ["superset"],
            }
            for name, ids in sorted(rule.taxonomies.items())
            for id_ in sorted(set(ids))
        ]


def _named(known: Json, taxonomy: str, id_: str) -> dict[str, Json]:
    names = known.get(taxonomy) if isinstance(known, dict) else None
    name = names.get(id_) if isinstance(names, dict) else None
    return {"shortDescription": {"text": name}} if isinstance(name, str) else {}


def descriptor(rule: Rule, taxonomies: Taxonomies, limits: Limits) -> dict[str, Json]:
    """One rule (SARIF, section 3.49) with the properties that GitHub code scanning reads."""
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.description},
        "help": {"text": _help(rule, heading="{}:"), "markdown": _help(rule, heading="## {}")},
        "defaultConfiguration": {"level": LEVEL[rule.severity]},
        "relationships": taxonomies.relationships(rule),
        "properties": {
            "tags": _tags(rule.taxonomies)[: limits.sarif_tags],
            "precision": _PRECISION[rule.confidence],
            "security-severity": _SCORE[rule.severity],
        },
    }


def bare_descriptor(rule_id: str, title: str, severity: Severity) -> dict[str, Json]:
    """A rule of which nothing more is known than what a change or a verification says."""
    return {
        "id": rule_id,
        "name": "".join(word.capitalize() for word in rule_id.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": f"{title}. {_REVIEW}", "markdown": f"{title}.\n\n{_REVIEW}"},
        "defaultConfiguration": {"level": LEVEL[severity]},
        "properties": {"tags": ["security", "mcp"], "precision": "high", "security-severity": _SCORE[severity]},
    }


def _help(rule: Rule, *, heading: str) -> str:
    parts = [rule.description, heading.format("What to do"), rule.remediation]
    for title, entries in (("When it is no problem", rule.false_positives), ("See also", rule.references)):
        if entries:
            parts += [heading.format(title), "\n".join(f"- {text}" for text in entries)]
    return "\n\n".join(parts)


def _tags(taxonomies: Mapping[str, tuple[str, ...]]) -> list[Json]:
    tags = ["security", "mcp"]
    for name, ids in sorted(taxonomies.items()):
        # GitHub knows weaknesses by this form of tag, in lower case.
        tags += [f"external/{name}/{id_.lower() if name == 'cwe' else id_}" for id_ in ids]
    return [*tags]
