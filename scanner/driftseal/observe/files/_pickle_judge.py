"""Turns what happens in a pickle into facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from driftseal.formats import pickle
from driftseal.limits import Limits
from driftseal.observe.files import _pickle_names as names
from driftseal.observe.files._pickle_calls import fact_of, is_guarded, is_metaclass, is_quiet, loads_pickle, machinery
from driftseal.observe.files._pickle_names import Tier
from driftseal.observe.files.base import Blank, Fact

_IMPORTED: Final = {
    Tier.UNKNOWN: "pickle-unknown-import",
    Tier.CODE: "pickle-code",
    Tier.INDIRECTION: "pickle-import-indirection",
    Tier.DOTTED: "pickle-dotted-path",
    Tier.DUNDER: "pickle-dunder-path",
    Tier.DANGEROUS: "pickle-dangerous-import",
    Tier.SCANNER: "pickle-imports-scanner",
}
_REPLACES: Final = {"pickle-dangerous-import": "pickle-dangerous-call"}
"""Facts that say nothing more where another tells of the same name."""


class Judge:
    """One file's streams, in order."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._told: set[tuple[str, str]] = set()
        self._counts: Counter[str] = Counter()
        self._imports: dict[str, Fact] = {}
        """Imports of the stream that are told when it is known whether they are called."""
        self._calls: dict[str, pickle.Call] = {}
        """The first call of each of them."""
        self._pickled: dict[int, pickle.Pickled] = {}
        """Strings of the stream that are pickles, and that nothing has asked for yet."""
        self._untold: Counter[str] = Counter()
        self._judged = 0
        """Calls of names that are not known to be harmless."""

    def judge(self, event: pickle.Event) -> Iterable[Fact | Blank]:
        """What one event shows."""
        if isinstance(event, pickle.Call):
            return () if self._is_plain(event) else self._call(event)
        if isinstance(event, pickle.Change):
            # A state that an object is given, as most are: nothing is told of it.
            plain = event.target.__class__ is pickle.Call and not machinery(event.state)
            return () if plain else self._change(event)
        if isinstance(event, pickle.Import):
            self._import(event.what)
            return ()
        if isinstance(event, pickle.Broken):
            return self._broken(event)
        return self._end() if isinstance(event, pickle.Stop) else self._other(event)

    def rest(self) -> Iterator[Fact | Blank]:
        """What is left when the file has ended."""
        yield from self._end()
        if self._judged > self._limits.pickle_calls:
            more = self._judged - self._limits.pickle_calls
            yield Blank(f"the arguments of {more} more calls are not looked at (limits.pickle_calls)")
        for name, count in self._untold.items():
            yield Blank(f"{count} more of {name} are not told (limits.file_facts)")

    def _import(self, what: pickle.Global) -> None:
        kind = names.tier(what.module, what.name)
        if what.odd:
            kind = Tier.DUNDER
        if not kind.harmless and not is_guarded(what):
            self._imports.setdefault(what.path, Fact(_IMPORTED[kind], what.path, what.offset, subject=what.path))

    def _is_plain(self, call: pickle.Call) -> bool:
        """Whether a call is one of the many of which nothing is told, whatever it is given."""
        callee = call.callee
        if not isinstance(callee, pickle.Global) or pickle.Global in map(type, pickle.items_of(call.args)):
            return False
        imported = self._imports.get(callee.path)
        if imported is None:
            return is_quiet(callee.module, callee.name, call.opcode)
        if imported.name != _IMPORTED[Tier.UNKNOWN] or callee.path not in self._calls:
            return False
        over = self._judged >= self._limits.pickle_calls
        self._judged += over
        return over

    def _call(self, call: pickle.Call) -> Iterator[Fact]:
        callee = call.callee
        if not isinstance(callee, pickle.Global) and self._counts["pickle-computed-call"] >= self._limits.file_facts:
            self._untold["pickle-computed-call"] += 1
            return
        subject = callee.path if isinstance(callee, pickle.Global) else pickle.shown(callee, self._limits.name_chars)
        if subject in self._imports:
            self._calls.setdefault(subject, call)
        loaded = loads_pickle(call)
        self._pickled.pop(id(loaded), None)
        for one in pickle.items_of(call.args):
            # What is harmless with the right arguments gets them from elsewhere now.
            if isinstance(one, pickle.Global) and is_guarded(one) and not is_metaclass(one, call):
                yield from self._tell("pickle-import-indirection", one.path, one.offset, call)
        if self._is_worth_a_look(subject) and (name := fact_of(call)):
            yield from self._tell(name, subject, call.offset, call)

    def _is_worth_a_look(self, subject: str) -> bool:
        """Whether a call's arguments may tell something new; looking at those of very many takes too long."""
        imported = self._imports.get(subject)
        if imported is None or imported.name != _IMPORTED[Tier.UNKNOWN]:
            return ("pickle-unusual-call", subject) not in self._told
        self._judged += 1
        return self._judged <= self._limits.pickle_calls

    def _change(self, event: pickle.Change) -> Iterator[Fact]:
        target = event.target
        if isinstance(target, pickle.Global):
            yield from self._tell("pickle-changes-global", target.path, event.offset, self._filled(event))
        elif not isinstance(target, pickle.Call):
            subject = pickle.shown(target, self._limits.name_chars)
            yield from self._tell("pickle-changes-unknown", subject, event.offset, self._filled(event))
        if key := machinery(event.state):
            yield from self._tell("pickle-dunder-path", key, event.offset, self._filled(event))

    def _filled(self, event: pickle.Change) -> str:
        return f"{event.opcode} {pickle.shown(event.state, self._limits.evidence_chars)}"

    def _broken(self, event: pickle.Broken) -> Iterator[Fact | Blank]:
        name = "pickle-broken-with-imports" if self._imports else "pickle-broken"
        yield from self._end()
        if not event.ours:
            yield from self._tell(name, event.why, event.offset, event.why)
        yield Blank(f"the pickle cannot be followed beyond byte {event.offset}: {event.why}")

    def _other(self, event: pickle.Event) -> Iterator[Fact]:
        if isinstance(event, pickle.Extension):
            yield from self._tell("pickle-extension-code", str(event.code), event.offset, f"extension {event.code}")
        elif isinstance(event, pickle.Pickled):
            self._pickled[id(event.what)] = event
        elif isinstance(event, pickle.Expands):
            yield from self._tell("pickle-expands", "", event.offset, f"{event.values} values written out in full")
        elif isinstance(event, pickle.Trailing):
            yield from self._tell("pickle-trailing-data", "", event.offset, f"{event.size} bytes behind the pickle")

    def _end(self) -> Iterator[Fact]:
        """Tell of the imports of the stream that has ended, and of pickles in strings that torch does not read."""
        for nested in self._pickled.values():
            shown = pickle.shown(nested.what, self._limits.name_chars)
            yield from self._tell("pickle-nested", f"{nested.how}@{nested.offset}", nested.offset, shown)
        self._pickled.clear()
        for path, fact in self._imports.items():
            if (_REPLACES.get(fact.name, fact.name), path) in self._told:
                continue
            call = self._calls.get(path)
            yield from self._tell(fact.name, path, fact.offset, path if call is None else call)
        self._imports.clear()
        self._calls.clear()

    def _tell(self, name: str, subject: str, offset: int, evidence: str | pickle.Call) -> Iterator[Fact]:
        """A fact, once for each subject."""
        if (name, subject) in self._told:
            return
        if self._counts[name] >= self._limits.file_facts:
            self._untold[name] += 1
            return
        self._told.add((name, subject))
        self._counts[name] += 1
        if isinstance(evidence, pickle.Call):
            evidence = pickle.shown(evidence, self._limits.evidence_chars)
        yield Fact(name, evidence, offset, subject=subject)
