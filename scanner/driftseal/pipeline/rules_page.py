"""``docs/rules.md``: what is looked for, made from the rules themselves so that it cannot lie.

Write it anew with ``python -m driftseal.pipeline.rules_page > docs/rules.md``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.model.rule import Rule
from driftseal.rulebook import Rulebook

_CHAPTERS: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("Poisoned texts", "What descriptions, schemas, prompts and instructions tell the model to do."),
    "unicode": ("Hidden text", "Text that a person does not see, or reads differently than the model."),
    "shadowing": ("Shadowing", "What servers that meet in one conversation do to each other's tools."),
    "manifest": ("Manifests that lie", "What definitions claim of themselves against what they say elsewhere."),
    "launch": ("Launch, reach and approvals", "How servers are started and reached, and what clients let them do."),
    "protocol": ("Protocol", "What servers do that their specification forbids or never needs."),
    "drift": ("Drift", "How bad a change against the approved baseline is."),
}
_TAXONOMIES: Final[Mapping[str, str]] = {
    "owasp-mcp": "OWASP MCP Top 10",
    "owasp-llm": "OWASP LLM Top 10",
    "owasp-agentic": "OWASP Agentic Top 10",
    "atlas": "MITRE ATLAS",
    "cwe": "CWE",
    "safe-mcp": "SAFE-MCP",
}
_SPECIAL: Final = re.compile(r"([\\`*_<>|\[\]])")


def render(book: Rulebook) -> str:
    """The page, as Markdown: a table of all rules, then a section for each.

    Raises:
        RuleError: a rule cites an id that ``rules/lists/taxonomies.yaml`` does not hold.
    """
    return "\n".join(_page(book)) + "\n"


def _page(book: Rulebook) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "<!-- Made by scanner/driftseal/pipeline/rules_page.py from the files in rules/. Change those. -->"
    yield ""
    yield (
        f"driftseal ships {len(book.rules)} rules. `driftseal rules show ID` prints one, `driftseal rules test` runs"
        " their examples. By default findings of severity medium and above, at confidence medium and above, fail a run"
        " (`--fail-on`)."
    )
    chapters = _chapters(book.rules)
    for detector, rules in chapters.items():
        title, about = _CHAPTERS.get(detector, (detector.capitalize(), ""))
        yield from ("", f"## {title}", "", *([about, ""] if about else []))
        yield from ("| Rule | Severity | Confidence | What it finds |", "| --- | --- | --- | --- |")
        for rule in rules:
            yield f"| [{rule.id}](#{rule.id}) | {rule.severity} | {rule.confidence} | {_plain(rule.title)} |"
        for rule in rules:
            yield from _section(rule)


def _chapters(rules: Sequence[Rule]) -> Mapping[str, list[Rule]]:
    """Rules by detector in the order of the page, the gravest first in each."""
    detectors = sorted({rule.detector for rule in rules} - _CHAPTERS.keys())
    chapters: dict[str, list[Rule]] = {detector: [] for detector in (*_CHAPTERS, *detectors)}
    for rule in sorted(rules, key=lambda rule: (-rule.severity, -rule.confidence, rule.id)):
        chapters[rule.detector].append(rule)
    return {detector: found for detector, found in chapters.items() if found}


def _section(rule: Rule) -> Iterator[str]:
    yield from (
        "",
        f"### {rule.id}",
        "",
        f"**{_plain(rule.title)}.** Severity {rule.severity}, confidence {rule.confidence}.",
    )
    yield from ("", _plain(rule.description), "", f"*What to do:* {_plain(rule.remediation)}")
    if rule.false_positives:
        yield from ("", "*False alarms:*", "")
        yield from (f"- {_plain(text)}" for text in rule.false_positives)
    cited = [
        f"{_TAXONOMIES.get(name, name)}: {', '.join(_cited(name, ids))}" for name, ids in rule.taxonomies.items() if ids
    ]
    if cited:
        yield from ("", "*Taxonomies:*", "")
        yield from (f"- {line}" for line in cited)
    if rule.references:
        yield from ("", "*References:*", "")
        yield from (f"- <{reference}>" for reference in rule.references)


def _cited(taxonomy: str, ids: Sequence[str]) -> Iterator[str]:
    listed = rulebook.load_list("taxonomies")
    names: Json = listed.get(taxonomy) if isinstance(listed, dict) else None
    for cited in ids:
        name = names.get(cited) if isinstance(names, dict) else None
        if not isinstance(name, str):
            raise RuleError(f"taxonomy {taxonomy!r} has no {cited!r}", hint="see rules/lists/taxonomies.yaml")
        yield f"{cited} {_plain(name)}"


def _plain(text: str) -> str:
    """Text of a rule inside Markdown: on one line, with nothing that marks it up."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    sys.stdout.write(render(rulebook.load()))
