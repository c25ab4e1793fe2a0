"""What a revision of the Hub's leads to: the branch or tag itself, every tag, and who made the commit when.

Nothing of it belongs to the files, and a moved tag is a change even while the branch that is loaded stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from driftseal.canonical import parse_json
from driftseal.collect.models.hub import Revision, Wanted
from driftseal.collect.models.remote import why
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty

if TYPE_CHECKING:
    from driftseal.collect.models.hub_client import HubClient

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_KINDS: Final = ("branches", "tags")
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class History:
    """Where a revision comes from, as the Hub tells it."""

    said: Mapping[str, Json] = field(repr=False)
    problems: tuple[tuple[str, str], ...]
    """What could not be asked, and why."""


def history(asked: Wanted, revision: Revision, client: HubClient, limits: Limits) -> History:
    """What leads to the commit. Of one that was named by its digest no reference is told: none of them is used."""
    said: dict[str, Json] = {}
    problems: list[tuple[str, str]] = []
    base = f"{client.index.url}api/models/{quote(revision.name)}"
    if asked.revision != revision.commit:
        try:
            answer = _asked(client, f"{base}/refs", "refs", limits)
        except TargetError as cause:
            problems.append(("refs", f"its branches and tags could not be listed: {why(cause, 'refs')}"))
        else:
            told = object_or_empty(answer)
            said |= _refs(told, asked.revision, revision.commit, limits)
            if any(len(list_or_empty(told.get(kind))) > limits.items for kind in _KINDS):
                problems.append(("refs", f"has more than {limits.items} branches or tags (limits.items)"))
    try:
        answer = _asked(client, f"{base}/commits/{revision.commit}?limit=1", "commits", limits)
    except TargetError as cause:
        problems.append(("commits", f"its history could not be asked for: {why(cause, 'commits')}"))
    else:
        said |= _last(answer, revision.commit, limits)
    return History(said, tuple(problems))


def _asked(client: HubClient, url: str, name: str, limits: Limits) -> Json:
    """The answer; nothing where a server that stands for the Hub does not know the question."""
    body = client.known(url, name, _JSON)
    return parse_json(body, name, limits).value if body is not None else None


def _refs(answer: Mapping[str, Json], wanted: str, commit: str, limits: Limits) -> Iterator[tuple[str, Json]]:
    """The reference that the revision was, where one fits the commit; and every tag with its commit."""
    branches, tags = (dict(_named(answer, kind, limits)) for kind in _KINDS)
    for kind, known in (("heads", branches), ("tags", tags)):
        if known.get(wanted) == commit:
            yield "ref", f"refs/{kind}/{wanted}"
            break
    if answer:
        told: dict[str, Json] = dict(sorted(tags.items()))
        yield "tags", told


def _named(answer: Mapping[str, Json], kind: str, limits: Limits) -> Iterator[tuple[str, str]]:
    for entry in list_or_empty(answer.get(kind))[: limits.items]:
        one = object_or_empty(entry)
        name, commit = text_or_empty(one.get("name")), text_or_empty(one.get("targetCommit"))
        if name and len(name) <= limits.evidence_chars and _COMMIT.fullmatch(commit):
            yield name, commit


def _last(answer: Json, commit: str, limits: Limits) -> dict[str, Json]:
    """Date, title and authors of the commit."""
    for entry in list_or_empty(answer)[:1]:
        one = object_or_empty(entry)
        if one.get("id") != commit:
            break
        people = (text_or_empty(object_or_empty(who).get("user")) for who in list_or_empty(one.get("authors")))
        authors = [name[: limits.name_chars] for name in people if name][: limits.listed_places]
        title = text_or_empty(one.get("title"))[: limits.evidence_chars]
        return {"last_commit": {"date": text_or_empty(one.get("date"))[:40], "title": title, "authors": [*authors]}}
    return {}
