"""Semgrep's JSON as findings and gaps. It quotes what was scanned, so it is as hostile as that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from driftseal import canonical
from driftseal.errors import DriftsealError, FormatError, RuleError
from driftseal.limits import Limits
from driftseal.model.finding import Finding, Location, Match, Region
from driftseal.model.item import Gap, ItemKind, Json
from driftseal.model.rule import Confidence, Rule, Severity, Status
from driftseal.model.target import Target
from driftseal.observe import secrets

PREFIX: Final = "semgrep:"
"""Before every rule id, so that no rule of ours can be taken for one of semgrep's."""
_SEVERITIES: Final[Mapping[str, Severity]] = {
    "CRITICAL": Severity.CRITICAL,
    "ERROR": Severity.HIGH,
    "HIGH": Severity.HIGH,
    "WARNING": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "INFO": Severity.LOW,
    "LOW": Severity.LOW,
}
_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_CWE: Final = re.compile(r"CWE-\d{1,5}")
_SHOWN_FILES: Final = 3
_ADVICE: Final = "Read what the rule says of this place, and mend it there or in the rule."
VALIDATE: Final = "see: semgrep scan --validate --config DIR"
_NAMELESS: Final = "an error without a name"
_NO_GAP: Final = frozenset(
    {"analysis_failed_parser_or_internal_error", "excluded_by_config", "irrelevant_rule", "wrong_language"}
)
"""Why semgrep leaves a file out where no rule is for it, or where its errors tell of it already."""


def read(
    document: Json, root: Path, target: Target, limits: Limits, *, prefix: str = ""
) -> tuple[tuple[Finding, ...], tuple[Gap, ...]]:
    """Findings in the order of their places, and what semgrep could not look at.

    Raises:
        FormatError: this is not what semgrep writes.
        RuleError: a rule is malformed, which semgrep itself passes over where others are well.
    """
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        raise FormatError("semgrep wrote something that is no report of its own")
    refused = _refused(document)
    if refused:
        raise RuleError(f"semgrep refuses a rule: {canonical.show(refused[: limits.evidence_chars])}", hint=VALIDATE)
    reader = _Reader(root, target, limits, prefix)
    found = list(filter(None, map(reader.finding, _entries(document, "results"))))
    gaps = (*reader.gaps(), *_gaps(document, root, target, limits))
    return tuple(sorted(found, key=_place)), gaps


def complaint(written: bytes, limits: Limits) -> str:
    """What a report tells of the rules; empty if it is no report, or they are well."""
    with suppress(DriftsealError):
        document = canonical.parse_json(written, "semgrep", limits).value
        return _refused(document) if isinstance(document, dict) else ""
    return ""


def _refused(document: Mapping[str, Json]) -> str:
    """The first error that is of no file; empty if there is none."""
    for error in _entries(document, "errors"):
        if error.get("level") == "error" and not error.get("path"):
            return " ".join(_text(error, "message").split()) or _NAMELESS
    return ""


def _place(finding: Finding) -> tuple[str, Region, str]:
    return finding.match.location.uri, finding.match.location.region, finding.rule.id


class _Reader:
    """Reads results one by one; remembers rules and files, since both come again."""

    def __init__(self, root: Path, target: Target, limits: Limits, prefix: str) -> None:
        self._root = root
        self._target = target
        self._limits = limits
        self._prefix = prefix
        self._rules: dict[str, Rule] = {}
        self._lines: tuple[str, tuple[str, ...]] = ("", ())
        self._counts: Counter[tuple[str, str]] = Counter()
        self._outside = 0

    def finding(self, result: Mapping[str, Json]) -> Finding | None:
        """The finding that a result stands for; none for a place outside of the tree, or one too many."""
        extra = _object(result, "extra")
        uri = _inside(_text(result, "path"), self._root)
        if uri is None:
            self._outside += 1
            return None
        rule = self._rule(_text(result, "check_id"), extra)
        self._counts[rule.id, uri] += 1
        if self._counts[rule.id, uri] > self._limits.matches:
            return None
        region = _region(result)
        where = Location(self._target.identity, f"{ItemKind.SOURCE_FILE}:{uri}", "", self._prefix + uri, region)
        message = " ".join(_text(extra, "message").split())
        return Finding(rule, self._target, Match(rule.id, where, self._code(uri, region), self._safe(message)))

    def gaps(self) -> Iterator[Gap]:
        """What was left out here."""
        for (rule_id, uri), count in self._counts.items():
            if count > self._limits.matches:
                why = f"{rule_id} matches {count} times, of which {self._limits.matches} are told (limits.matches)"
                yield Gap(self._target.reference, uri, why)
        if self._outside:
            yield Gap(self._target.reference, "semgrep", f"{self._outside} results lie outside of what was scanned")

    def _rule(self, check_id: str, extra: Mapping[str, Json]) -> Rule:
        name = PREFIX + (_ODD.sub("-", check_id).strip("-")[: self._limits.name_chars] or "unnamed")
        if name not in self._rules:
            about = _object(extra, "metadata")
            message = " ".join(_text(extra, "message").split())
            self._rules[name] = Rule(
                id=name,
                title=self._safe(_text(about, "title") or name.removeprefix(PREFIX).replace("-", " ")),
                status=Status.STABLE,
                severity=_SEVERITIES.get(_text(extra, "severity").upper(), Severity.INFO),
                confidence=_confidence(about),
                detector="semgrep",
                applies_to=frozenset({ItemKind.SOURCE_FILE}),
                match={},
                description=self._safe(_text(about, "description") or message),
                remediation=self._safe(_text(about, "remediation") or _ADVICE),
                false_positives=(),
                taxonomies=_weaknesses(about),
                references=tuple(url[:200] for url in _texts(about, "references") if url.startswith("https://"))[:10],
            )
        return self._rules[name]

    def _code(self, uri: str, region: Region) -> str:
        """The offending lines, as far as evidence goes, without credentials that stand in them."""
        if self._lines[0] != uri:
            self._lines = (uri, _lines(self._root, uri, self._limits))
        lines = self._lines[1][max(0, region.start_line - 1) : region.end_line]
        code = "\n".join(islice((line[: self._limits.evidence_chars] for line in lines), 20))
        return self._safe(code.strip())

    def _safe(self, text: str) -> str:
        shown = text[: self._limits.evidence_chars * 4]
        for found in reversed(list(secrets.find(shown))):
            shown = shown[: found.start] + secrets.mask(shown[found.start : found.end]) + shown[found.end :]
        return shown[: self._limits.evidence_chars]


def _gaps(document: Mapping[str, Json], root: Path, target: Target, limits: Limits) -> Iterator[Gap]:
    """One gap a reason: a tree may hold thousands of files that semgrep reads in part."""
    files: dict[str, dict[str, str]] = {}
    for reason, entry, said in (*_failed(document), *_skipped(document)):
        where = _inside(_text(entry, "path"), root) or "semgrep"
        files.setdefault(reason[: limits.name_chars], {}).setdefault(where, " ".join(said.split()))
    for reason, places in files.items():
        (first, said), *rest = places.items()
        others = [place[: limits.name_chars] for place, _ in rest]
        more = f"; also {', '.join(others[:_SHOWN_FILES])}" if others else ""
        more += f" and {len(others) - _SHOWN_FILES} more" if len(others) > _SHOWN_FILES else ""
        why = said.replace(f"{root}/", "")[: limits.evidence_chars]
        yield Gap(target.reference, first, f"semgrep: {reason}: {why}{more}")


def _failed(document: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json], str]]:
    for error in _entries(document, "errors"):
        kind = error.get("type")
        name = kind[0] if isinstance(kind, list) and kind else kind
        yield (name if isinstance(name, str) else _NAMELESS), error, _text(error, "message")


def _skipped(document: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json], str]]:
    for entry in _entries(document.get("paths"), "skipped"):
        reason = _text(entry, "reason") or _NAMELESS
        if reason not in _NO_GAP:
            yield reason.replace("_", " "), entry, _text(entry, "details")


def _lines(root: Path, uri: str, limits: Limits) -> tuple[str, ...]:
    path = root / uri if root.is_dir() else root
    try:
        with path.open("rb") as file:
            data = file.read(limits.code_file_bytes)
    except OSError:
        # It is gone or closed by now; the place is told without its text.
        return ()
    return tuple(data.decode("utf-8", "replace").split("\n"))


def _inside(path: str, root: Path) -> str | None:
    """The path relative to the root; none where it leads out of it."""
    if not path or "\0" in path:
        return None
    place = Path(path)
    if place == root:
        return root.name
    try:
        within = place.relative_to(root)
    except ValueError:
        return None
    return None if ".." in within.parts else within.as_posix()


def _region(result: Mapping[str, Json]) -> Region:
    start, end = _object(result, "start"), _object(result, "end")
    first = _number(start, "line")
    return Region(first, _number(start, "col"), max(first, _number(end, "line")), _number(end, "col"))


def _confidence(about: Mapping[str, Json]) -> Confidence:
    with suppress(ValueError):
        return Confidence.parse(_text(about, "confidence").lower())
    return Confidence.MEDIUM


def _weaknesses(about: Mapping[str, Json]) -> Mapping[str, tuple[str, ...]]:
    named = (found[0] for text in _texts(about, "cwe") for found in _CWE.finditer(text))
    ids = tuple(islice(dict.fromkeys(named), 10))
    return {"cwe": ids} if ids else {}


def _entries(given: Json | Mapping[str, Json], key: str) -> Iterator[Mapping[str, Json]]:
    listed = given.get(key) if isinstance(given, Mapping) else None
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict):
            yield entry


def _object(given: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = given.get(key)
    return value if isinstance(value, dict) else {}


def _text(given: Mapping[str, Json], key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""


def _texts(given: Mapping[str, Json], key: str) -> tuple[str, ...]:
    value = given.get(key)
    listed = value if isinstance(value, list) else [value]
    return tuple(entry for entry in listed if isinstance(entry, str))


def _number(given: Mapping[str, Json], key: str) -> int:
    value = given.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0
