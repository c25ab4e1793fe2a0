"""What a tool says that it is for, against where its code goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from driftseal.detect.claims.promise import Breach, against
from driftseal.detect.claims.view import View
from driftseal.model.observation import Label
from driftseal.model.rule import Confidence
from driftseal.observe import topics

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed

_ACTS: Final = {
    Label.PERSISTS: "plants something that runs or is read later",
    Label.DELETES_FILES: "deletes files",
    Label.RUNS_PROGRAMS: "starts a program",
    Label.WRITES_FILES: "writes files",
}
"""The gravest first."""

_PUBLIC: Final = frozenset({"co", "com", "org", "net", "ac", "gov", "edu", "or", "ne"})
"""Second labels below which domains are registered, as in ``co.uk``."""
_KNOWN: Final = 5
"""Places that a message names as what the tool is for."""


def sends(view: View, key: str) -> Iterator[Breach]:
    """A tool whose words stay on this machine, and whose code sends something away."""
    for deed in _away(view, key):
        if view.carries(key, deed):
            yield _breach(view, key, deed, f"the code sends to {_where(deed)}", _known(view, key, deed))


def looks_up(view: View, key: str) -> Iterator[Breach]:
    """A tool whose words stay on this machine, and whose code asks another one for something."""
    for deed in _away(view, key):
        if not view.carries(key, deed):
            # Much that is looked up is never called so: holidays, coordinates, rates.
            surety = _known(view, key, deed) if view.computes(key) else Confidence.LOW
            yield _breach(view, key, deed, f"the code talks to {_where(deed)}", surety)


def acts(view: View, key: str) -> Iterator[Breach]:
    """A tool that computes, whose code writes, deletes, starts programs or plants something."""
    if not view.computes(key) or view.promises[key].speaks_of("acting"):
        return
    for deed in sorted(view.deeds[key], key=lambda deed: list(_ACTS).index(deed.label) if deed.label in _ACTS else 9):
        if deed.label in _ACTS and not view.is_business(deed) and not _innocent(deed):
            vague = deed.label is Label.WRITES_FILES and not deed.what and not deed.chosen
            confidence = Confidence.LOW if vague else None
            yield _breach(view, key, deed, f"the code {_ACTS[deed.label]}: {deed.shown}", confidence)


def senses(view: View, key: str) -> Iterator[Breach]:
    """A tool whose code looks at the clipboard or the screen without a word of it."""
    promise = view.promises[key]
    if promise.speaks_of("clipboard-or-screen") or topics.speaks_of("clipboard-or-screen", promise.about):
        return
    for deed in view.deeds[key]:
        if deed.label in {Label.CLIPBOARD, Label.SCREEN} and not deed.common:
            thing = "clipboard" if deed.label is Label.CLIPBOARD else "screen"
            yield _breach(view, key, deed, f"the code uses the {thing}: {deed.shown}", None)


def recipients(view: View, key: str) -> Iterator[Breach]:
    """A tool that talks to one place by what it says, whose code also sends to another that nobody names."""
    if view.computes(key):
        return
    network = [deed for deed in view.deeds[key] if deed.label is Label.NETWORK and (deed.hosts or deed.chosen)]
    strangers = [deed for deed in network if view.carries(key, deed) and view.foreign_hosts(key, deed)]
    # Of two strangers nobody knows which one the tool is for; what is only asked is rather that.
    known = [deed for deed in network if deed not in strangers][:_KNOWN]
    for deed in strangers:
        beside = [each for each in known if not set(each.hosts) & set(deed.hosts)]
        if any(_one_house(mine, other) for each in known for mine in deed.hosts for other in each.hosts):
            continue
        if beside and not deed.common:
            hosts = dict.fromkeys(host for each in beside for host in each.hosts)
            elsewhere = ", ".join(hosts) or "an address that its caller chooses"
            # A service that is asked for something helps the tool; one that is told something does not.
            doubt = Confidence.LOW if view.asks(deed) else None
            why = f"the code also sends to {view.foreign_hosts(key, deed)[0]}, beside {elsewhere}"
            yield _breach(view, key, deed, why, doubt)


def _one_house(first: str, second: str) -> bool:
    """Whether two hosts belong to one domain, which is nobody's who lets everyone have a name below it."""
    one, other = (host.lower().split(".") for host in (first, second))
    common = 3 if one[-2:-1] and one[-2] in _PUBLIC else 2
    house = ".".join(one[-common:])
    return len(one) >= common and one[-common:] == other[-common:] and not topics.shows("shared_hosts", house)


def _away(view: View, key: str) -> Iterator[Deed]:
    """Requests that leave this machine, of a tool whose words stay on it; only computing rules out any at all."""
    computes, kept = view.computes(key), view.promises[key].kept_here
    if not computes and not kept and not view.stays(key):
        return
    for deed in view.deeds[key]:
        near = bool(deed.hosts) and all(topics.shows("near_hosts", host) for host in deed.hosts)
        # A tool of a service need not name it where the others do; one that computes has no business there.
        told = bool(deed.hosts) and not any(
            computes or not view.is_home(host) for host in view.foreign_hosts(key, deed)
        )
        # Who says that something is kept here sends it nowhere, be it a place of the server's own.
        told = (told or view.is_business(deed)) and not (kept and view.carries(key, deed))
        leaves = deed.label is Label.NETWORK and not near and not told
        if leaves and (computes or deed.hosts):
            yield deed


def _where(deed: Deed) -> str:
    return deed.hosts[0] if deed.hosts else f"the network ({deed.shown})"


def _known(view: View, key: str, deed: Deed) -> Confidence | None:
    if not deed.hosts:
        return Confidence.LOW
    return None if view.computes(key) else Confidence.MEDIUM


def _innocent(deed: Deed) -> bool:
    return deed.label in {Label.WRITES_FILES, Label.DELETES_FILES} and (
        topics.shows("innocent_calls", deed.api) or topics.shows("innocent_paths", deed.what)
    )


def _breach(view: View, key: str, deed: Deed, why: str, confidence: Confidence | None) -> Breach:
    pointer, promise = view.promises[key].says()
    return Breach(deed, pointer, promise, against(promise, why), confidence)
