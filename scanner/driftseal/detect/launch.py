"""Risks of how servers are started and reached, and of what clients let them do unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from driftseal.detect import _rules
from driftseal.detect._spot import Spot
from driftseal.detect.base import Detector
from driftseal.detect.launches import approvals, command, containers, packages, reach
from driftseal.errors import RuleError
from driftseal.limits import Limits
from driftseal.model.finding import Match
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session
from driftseal.observe.observations import Observations
from driftseal.regexes import regex

_OWNER: Final = regex(r"(?:io\.github\.|github\.com[/:]|github:)([\w-]+)/")
"""Who makes a package, by where its source is."""
_NAME: Final = regex(r"(?:@[\w.-]+/)?[\w.-]*")
"""The name of a package, with what it asks for left off."""
_LAUNCH_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Json]], Iterator[Spot]]]] = {
    "unpinned-package": packages.unpinned,
    "package-from-elsewhere": packages.from_elsewhere,
    "foreign-index": packages.foreign_index,
    "package-looks-like-known": packages.looks_like_known,
    "image-floating": containers.image_floating,
    "image-by-tag": containers.image_by_tag,
    "container-escapes": containers.escapes,
    "engine-mounted": containers.engine_mounted,
    "host-mounted": containers.host_mounted,
    "host-network": containers.host_network,
    "temporary-folder": reach.temporary,
    "relative-program": reach.relative,
    "broad-folder": reach.broad_folder,
    "sensitive-folder": reach.sensitive_folder,
    "inline-secret": reach.inline_secret,
    "plain-http": reach.plain_http,
    "metadata-service": reach.metadata_service,
    "passing-host": reach.passing_host,
    "disguised-host": reach.disguised_host,
    "headers-helper": reach.headers_helper,
}
_PERMISSION_CHECKS: Final[Mapping[str, Callable[[Item], Iterator[Spot]]]] = {
    "approves-everything": approvals.everything,
    "approves-powerful": approvals.powerful,
    "approves-named": approvals.named,
    "broad-scope": approvals.broad_scope,
}


class Launch(Detector):
    """Rules look at launch and permission items in one of three ways.

    ``match.check`` names a check of ours. ``match.command_line`` is a list of RE2 patterns that are searched in each
    word of the command line and then in all of it, joined by blanks. ``match.variables`` is a list of RE2 patterns, one
    of which a variable's whole name fits.
    """

    name = "launch"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`.

        Raises:
            RuleError: a rule names a check that there is none of, or its pattern is none.
        """
        for rule in rules:
            _validate(rule)
        own = _own_packages(sessions, seen)
        for session in sessions:
            for snapshot, item in session.items():
                if item.kind is ItemKind.LAUNCH or item.kind is ItemKind.PERMISSION:
                    for rule in rules:
                        spots = list(_spots(rule, item, seen.limits))
                        for spot in spots[: seen.limits.matches]:
                            yield _of_its_own(rule, spot, own).match(rule, snapshot, item, seen.limits)


def _own_packages(sessions: Sequence[Session], seen: Observations) -> frozenset[str]:
    """Names of the packages whose source is looked at, and the scopes of those who make them: ``@owner/``."""
    programs = (seen.program(each.target.identity) for session in sessions for each in session.snapshots)
    documents = (one for program in programs if program is not None for one in program.metadata.values())
    described = (each for one in documents if isinstance(one, dict) for each in (one, one.get("project")))
    named = [each for each in described if isinstance(each, dict) and each.get("name")]
    owners = (_OWNER.search(f"{each.get('mcpName', '')} {each.get('repository', '')}".lower()) for each in named)
    return frozenset((*(str(each["name"]) for each in named), *(f"@{one[1]}/" for one in owners if one is not None)))


def _of_its_own(rule: Rule, spot: Spot, own: frozenset[str]) -> Spot:
    """Less sure where a package brings along how it is started itself: its makers choose the version anyway."""
    name = _NAME.match(spot.evidence)[0]  # type: ignore[index]  # matches any text
    scope = name.partition("/")[0] + "/"
    if rule.match.get("check") != "unpinned-package" or own.isdisjoint((name, scope)):
        return spot
    return replace(spot, confidence=Confidence.LOW)


def _validate(rule: Rule) -> None:
    check = rule.match.get("check")
    known = (*_LAUNCH_CHECKS, *_PERMISSION_CHECKS)
    if check is None and not (_rules.texts(rule, "command_line") or _rules.texts(rule, "variables")):
        raise RuleError(f"{rule.source}: match has none of check, command_line, variables")
    if check is not None and check not in known:
        raise RuleError(f"{rule.source}: match.check is none of {', '.join(known)}")
    for word in ("command_line", "variables"):
        for pattern in _rules.texts(rule, word):
            _compiled(pattern, rule.source)


def _spots(rule: Rule, item: Item, limits: Limits) -> Iterator[Spot]:
    check = str(rule.match.get("check", ""))
    if item.kind is ItemKind.PERMISSION:
        if check in _PERMISSION_CHECKS:
            yield from _PERMISSION_CHECKS[check](item)
        return
    if not isinstance(item.content, dict):
        return
    if check in _LAUNCH_CHECKS:
        yield from _LAUNCH_CHECKS[check](item.content)
    patterns = _rules.texts(rule, "command_line")
    if patterns:
        yield from _in_line([_compiled(pattern, rule.source) for pattern in patterns], item.content, limits)
    for pattern in _rules.texts(rule, "variables"):
        for index, name in enumerate(packages.environment(item.content)):
            if _compiled(pattern, rule.source).fullmatch(_encodable(name)):
                yield Spot(f"/env/{index}", name, f"the variable {name} is set for the server")


def _in_line(patterns: Sequence[Any], launch: Mapping[str, Json], limits: Limits) -> Iterator[Spot]:
    """The first match in each word; one in the whole line only where no word has one."""
    line = [(word.pointer, _encodable(word.text[: limits.view_bytes])) for word in command.line(launch)]
    found = False
    for pointer, text in line:
        match = next(filter(None, (pattern.search(text) for pattern in patterns)), None)
        if match is not None:
            found = True
            yield Spot(pointer, match[0], f"the command line holds {match[0]!r}", match.span())
    if not found and len(line) > 1:
        joined = " ".join(text for _, text in line)[: limits.view_bytes]
        match = next(filter(None, (pattern.search(joined) for pattern in patterns)), None)
        if match is not None:
            yield Spot("/args", match[0], f"the command line holds {match[0]!r}")


def _encodable(text: str) -> str:
    """RE2 reads UTF-8, which cannot carry lone surrogates; each becomes one other character, so places stay."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@cache
def _compiled(pattern: str, source: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as cause:
        raise RuleError(f"{source}: the pattern {pattern!r} is none: {cause}") from cause
