"""Annotations against code: what a client lets pass without asking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from driftseal.detect.claims.promise import Breach
from driftseal.detect.claims.view import View
from driftseal.model.observation import Label
from driftseal.model.rule import Confidence
from driftseal.observe import topics, words

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed

_CHANGING: Final = frozenset({"PUT", "PATCH", "DELETE"})
"""A POST often only asks: searches, GraphQL, calls of procedures."""
_RUNS: Final = frozenset({"command", "argv", "code"})


def read_only_changes(view: View, key: str) -> Iterator[Breach]:
    """``readOnlyHint: true`` on a tool whose code writes or deletes."""
    if view.promises[key].hint("readOnlyHint") is True:
        for deed in view.deeds[key]:
            verb = "" if deed.common else _changes(deed)
            if verb:
                yield _breach(deed, "readOnlyHint", "true", verb, _surety(view, key, deed))


def read_only_executes(view: View, key: str) -> Iterator[Breach]:
    """``readOnlyHint: true`` on a tool whose code runs what its caller gives it."""
    if view.promises[key].hint("readOnlyHint") is True:
        for deed in view.deeds[key]:
            if not deed.common and deed.chosen & _RUNS and deed.label in {Label.RUNS_PROGRAMS, Label.RUNS_CODE}:
                yield _breach(deed, "readOnlyHint", "true", "runs what its caller gives it", None)


def harmless_deletes(view: View, key: str) -> Iterator[Breach]:
    """``destructiveHint: false`` on a tool whose code deletes."""
    promise = view.promises[key]
    if promise.hint("destructiveHint") is False and promise.hint("readOnlyHint") is not True:
        for deed in view.deeds[key]:
            if not deed.common and _deletes(deed):
                surety = Confidence.LOW if _tidies(view, key, deed) or _takes_back(view, key, deed) else None
                yield _breach(deed, "destructiveHint", "false", "deletes", surety)


def closed_reaches_out(view: View, key: str) -> Iterator[Breach]:
    """``openWorldHint: false`` on a tool whose code talks to whatever host its caller names, or to a foreign one."""
    if view.promises[key].hint("openWorldHint") is not False:
        return
    for deed in view.deeds[key]:
        if deed.label is not Label.NETWORK or deed.common:
            continue
        if "ssrf" in deed.chosen:
            yield _breach(deed, "openWorldHint", "false", "asks whatever address its caller names", None)
        elif view.foreign_hosts(key, deed):
            verb = f"talks to {view.foreign_hosts(key, deed)[0]}"
            yield _breach(deed, "openWorldHint", "false", verb, Confidence.LOW)


def _changes(deed: Deed) -> str:
    """What a deed changes, in words; empty where it changes nothing that lasts."""
    if deed.label is Label.DELETES_FILES and "path-delete" in deed.chosen:
        return "deletes files"
    if deed.label is Label.WRITES_FILES and not topics.shows("innocent_calls", deed.api):
        fixed = bool(deed.what) and not topics.shows("innocent_paths", deed.what)
        return "writes files" if "path-write" in deed.chosen or fixed else ""
    if deed.label is Label.DATABASE and topics.shows("changing_statements", deed.what):
        return "changes a database"
    if deed.label is Label.NETWORK and deed.what in _CHANGING:
        return f"sends {deed.what} requests"
    return ""


def _surety(view: View, key: str, deed: Deed) -> Confidence | None:
    """Who writes where nobody decides, or into a cache by the function's name, may keep a state of its own.

    And who writes where a parameter openly says that it is put has told of it: ``saveTo`` of a screenshot.
    """
    own = deed.label is Label.WRITES_FILES and ("path-write" not in deed.chosen or view.puts(key, deed))
    return Confidence.LOW if own or _tidies(view, key, deed) else None


def _tidies(view: View, key: str, deed: Deed) -> bool:
    """Whether it looks after what is the tool's own: a cache, an index, a temporary file that it makes."""
    temporary = deed.label is Label.DELETES_FILES and any("temp" in each.api.lower() for each in view.deeds[key])
    return temporary or _is_housekeeping(deed)


def _takes_back(view: View, key: str, deed: Deed) -> bool:
    """Whether a tool that makes things deletes by the client of tools that openly delete.

    It is often what it has made itself, where the rest fails.
    """
    verb, _ = words.action(words.split(view.promises[key].item.name))
    if deed.label is not Label.NETWORK or verb not in words.vocabulary("actions", "makes"):
        return False
    place = deed.path, deed.line
    open_about_it = (
        one
        for one, promise in view.promises.items()
        if promise.hint("destructiveHint") is not False and promise.hint("readOnlyHint") is not True
    )
    return any(place == (each.path, each.line) for one in open_about_it for each in view.deeds[one])


def _is_housekeeping(deed: Deed) -> bool:
    """Whether the function or the statement is by its words about logs, caches, indices and the like."""
    named = "_".join(words.split(deed.function.rpartition(".")[2]))
    statement = deed.what if deed.label is Label.DATABASE else ""
    return topics.shows("innocent_paths", named) or topics.shows("own_tables", statement)


def _deletes(deed: Deed) -> bool:
    return (
        (deed.label is Label.DELETES_FILES and "path-delete" in deed.chosen)
        or (deed.label is Label.DATABASE and _deletes_rows(deed.what))
        or (deed.label is Label.NETWORK and deed.what == "DELETE")
    )


def _deletes_rows(statement: str) -> bool:
    return topics.shows("deleting_statements", statement) and not topics.shows("cleared_rows", statement)


def _breach(deed: Deed, hint: str, value: str, verb: str, confidence: Confidence | None) -> Breach:
    why = f"{hint} is {value}, yet the code {verb}: {deed.shown}"
    return Breach(deed, f"/annotations/{hint}", f"{hint}: {value}", why, confidence)
