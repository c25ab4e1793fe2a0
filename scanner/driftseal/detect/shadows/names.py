"""Tools of one name, or of names that look alike, on several servers of one session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from driftseal.detect import _rules
from driftseal.detect._spot import Spot
from driftseal.detect.shadows.references import Meeting, Seen
from driftseal.limits import Limits
from driftseal.model.item import Item, ItemKind
from driftseal.model.rule import Confidence
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import lookalike, words
from driftseal.observe.lookalike import Likeness
from driftseal.observe.mentions import is_distinctive

_Owner = tuple[Snapshot, Item]
_FEWEST: Final = 3
"""So many tools in common make two servers copies of each other rather than two that share a name."""
_TELLING_WORDS: Final = 2
_FEWEST_TELLING: Final = 2
"""Of these, so many with names of their own: every database has list_tables."""
_SHARE: Final = 0.8


def shared_name(meeting: Meeting) -> Iterator[Seen]:
    """A telling name that two servers give to their tools: the model, or the client, picks one."""
    session, seen = meeting.session, meeting.seen
    for name, owners in _several(session, seen.limits).items():
        if not _is_generic(name):
            yield from _each(owners, f"{name!r} is offered by {len(owners)} servers")


def shared_generic_name(meeting: Meeting) -> Iterator[Seen]:
    """An everyday name that two servers give to their tools."""
    session, seen = meeting.session, meeting.seen
    for name, owners in _several(session, seen.limits).items():
        if _is_generic(name):
            yield from _each(owners, f"{name!r} is offered by {len(owners)} servers")


def same_server_twice(meeting: Meeting) -> Iterator[Seen]:
    """Two servers with the same tools, word for word."""
    session, seen = meeting.session, meeting.seen
    yield from _copies(session, seen.limits, alike=True)


def copied_server(meeting: Meeting) -> Iterator[Seen]:
    """Two servers whose tools have the same names and other definitions."""
    session, seen = meeting.session, meeting.seen
    yield from _copies(session, seen.limits, alike=False)


def drawn_alike(meeting: Meeting) -> Iterator[Seen]:
    """Two tools whose names are drawn alike and are not the same, on one server or on two."""
    session, seen = meeting.session, meeting.seen
    groups: dict[str, list[_Owner]] = {}
    for snapshot, item in _tools(session):
        groups.setdefault(lookalike.drawn(item.name), []).append((snapshot, item))
    # Every pair of a group is compared, so groups are bounded as matches are.
    for owners in groups.values():
        yield from _resembling(owners[: seen.limits.matches], frozenset({Likeness.DRAWN}), across=False)


def near_name(meeting: Meeting) -> Iterator[Seen]:
    """Tools of two servers whose names differ by case, separators, a filler, a version number or one letter."""
    session, seen = meeting.session, meeting.seen
    if len(session.snapshots) < 2:  # noqa: PLR2004  # two servers need a second one
        return
    spelled: dict[str, list[_Owner]] = {}
    typos: dict[str, list[_Owner]] = {}
    for snapshot, item in _tools(session):
        if not is_distinctive(item.name) or _is_generic(item.name):
            continue
        spelled.setdefault(lookalike.spelled(item.name), []).append((snapshot, item))
        for key in lookalike.typo_keys(item.name):
            typos.setdefault(key, []).append((snapshot, item))
    for owners in spelled.values():
        yield from _resembling(owners[: seen.limits.matches], frozenset({Likeness.SPELLED}), across=True)
    told: set[frozenset[str]] = set()
    for owners in typos.values():
        for found in _resembling(owners[: seen.limits.matches], frozenset({Likeness.TYPO}), across=True):
            pair = frozenset((found.item.name, found.spot.message))
            if pair not in told:
                told.add(pair)
                yield found


def _tools(session: Session) -> Iterator[_Owner]:
    for snapshot, item in session.items():
        if item.kind is ItemKind.TOOL:
            yield snapshot, item


def _is_generic(name: str) -> bool:
    parts = words.split(name)
    if "_".join(parts) in words.vocabulary("steering", "generic_names"):
        return True
    return len(parts) < _TELLING_WORDS or (len(parts) == _TELLING_WORDS and words.action(parts)[1] == "reads")


def _owners(session: Session, limits: Limits) -> Mapping[str, list[_Owner]]:
    """Tool name → one owner a server, in the order of the session."""
    owners: dict[str, dict[str, _Owner]] = {}
    for snapshot, item in _tools(session):
        owners.setdefault(item.name, {}).setdefault(snapshot.target.identity, (snapshot, item))
    return {name: list(by_server.values())[: limits.matches] for name, by_server in owners.items()}


def _several(session: Session, limits: Limits) -> Mapping[str, list[_Owner]]:
    """Names on several servers, those of servers that are copies of each other left out: that is told once."""
    pairs = frozenset(_copied_pairs(session, limits))
    found = {}
    for name, owners in _owners(session, limits).items():
        left = [
            owner
            for owner in owners
            if any(
                frozenset((owner[0].target.identity, other[0].target.identity)) not in pairs
                for other in owners
                if other is not owner
            )
        ]
        if len(left) > 1:
            found[name] = left
    return found


def _copied_pairs(session: Session, limits: Limits) -> Iterator[frozenset[str]]:
    """Pairs of servers, most of whose tools have the same names."""
    sizes: Counter[str] = Counter()
    common: Counter[frozenset[str]] = Counter()
    telling: Counter[frozenset[str]] = Counter()
    for name, owners in _owners(session, limits).items():
        servers = [snapshot.target.identity for snapshot, _ in owners]
        sizes.update(servers)
        pairs = [frozenset(pair) for pair in combinations(servers, 2)]
        common.update(pairs)
        if not _is_generic(name):
            telling.update(pairs)
    for pair, count in common.items():
        if (
            count >= _FEWEST
            and telling[pair] >= _FEWEST_TELLING
            and count >= _SHARE * min(sizes[server] for server in pair)
        ):
            yield pair


def _copies(session: Session, limits: Limits, *, alike: bool) -> Iterator[Seen]:
    snapshots = {snapshot.target.identity: snapshot for snapshot in session.snapshots}
    digests = {
        identity: {item.name: item.digest for item in snapshot.items if item.kind is ItemKind.TOOL}
        for identity, snapshot in snapshots.items()
    }
    for pair in sorted(_copied_pairs(session, limits), key=sorted):
        one, other = sorted(pair)
        common = digests[one].keys() & digests[other].keys()
        differing = sorted(name for name in common if digests[one][name] != digests[other][name])
        if alike is not bool(differing):
            for here, there in ((one, other), (other, one)):
                tool = _tool(snapshots[here], differing[0] if differing else min(common))
                words_ = f"{len(differing)} of {len(common)} defined in other words" if differing else "word for word"
                message = f"{len(common)} tools are those of {snapshots[there].target.name!r}, {words_}"
                related = (_rules.place(snapshots[there], _tool(snapshots[there], tool.name), "/name"),)
                yield Seen(snapshots[here], tool, Spot("/name", tool.name, message, related=related))


def _tool(snapshot: Snapshot, name: str) -> Item:
    return next(item for item in snapshot.items if item.kind is ItemKind.TOOL and item.name == name)


def _each(owners: Sequence[_Owner], message: str) -> Iterator[Seen]:
    """The same on every side, since nothing tells who was there first."""
    for snapshot, item in owners:
        related = tuple(_rules.place(*other, "/name") for other in owners if other[0] is not snapshot)
        yield Seen(snapshot, item, Spot("/name", item.name, message, related=related))


def _resembling(owners: Sequence[_Owner], kinds: frozenset[Likeness], *, across: bool) -> Iterator[Seen]:
    for (snapshot, item), (other, twin) in combinations(owners, 2):
        if across and snapshot.target.identity == other.target.identity:
            continue
        kind = lookalike.likeness(item.name, twin.name)
        if kind not in kinds:
            continue
        confidence = Confidence.LOW if lookalike.is_plural(item.name, twin.name) else None
        for (here, mine), (there, theirs) in (((snapshot, item), (other, twin)), ((other, twin), (snapshot, item))):
            # The one in plain letters is the victim of the other.
            if kind is Likeness.DRAWN and mine.name.isascii() and not theirs.name.isascii():
                continue
            message = f"{mine.name!r} is {kind} to {theirs.name!r} of {there.target.name!r}"
            related = (_rules.place(there, theirs, "/name"),)
            yield Seen(here, mine, Spot("/name", mine.name, message, related=related, confidence=confidence))
