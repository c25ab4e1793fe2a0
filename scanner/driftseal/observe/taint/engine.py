"""Reads functions until nothing new becomes known: callees before their callers, each a bounded number of times."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from driftseal.code.project import ClassRef, FunctionRef, Project
from driftseal.limits import Limits
from driftseal.observe.taint import bodies, callees, evaluate, interpret, lookup, prototypes, shared
from driftseal.observe.taint.frame import ANY, Frame
from driftseal.observe.taint.models import Models
from driftseal.observe.taint.registered import Registered
from driftseal.observe.taint.shared import Shared
from driftseal.observe.taint.summary import Summary
from driftseal.observe.taint.values import CLEAN, Value, deep, join

_CLOCKED: Final = 500
"""Steps between two looks at the clock."""
_ROUNDS: Final = 6
"""Times that one function is read."""
_NOTHING: Final = Summary()


class Engine:
    """One project being read. See `driftseal.observe.taint.frame.Library`."""

    def __init__(
        self,
        project: Project,
        models: Mapping[str, Models],
        limits: Limits,
        watched: Mapping[tuple[ClassRef | FunctionRef, str], AbstractSet[str]] | None = None,
    ) -> None:
        """``watched``: see `Library.watched`; who puts something there is told as if it reached a sink."""
        self.project = project
        self.watched = watched or {}
        self.registered = Registered(project)
        self.complete = True
        self._models = models
        self._depth = limits.code_depth
        self._steps = limits.taint_steps
        self._ends = time.thread_time() + limits.taint_seconds
        self._unclocked = _CLOCKED
        self.summaries: dict[FunctionRef, Summary] = {}
        self._signs: dict[FunctionRef, object] = {}
        self._readers: dict[object, set[FunctionRef]] = {}
        self._rounds: dict[FunctionRef, int] = {}
        self._order: dict[FunctionRef, int] = {}
        """When functions were read for the first time."""
        self._foreseen: set[FunctionRef] = set()
        """Functions whose callees were looked for."""
        self._wanted: list[FunctionRef] = []
        self._dirty: dict[FunctionRef, None] = {}
        self._members: dict[tuple[ClassRef, str], Value] = {}
        self._writers: dict[ClassRef, Mapping[str, tuple[FunctionRef, ...]]] = {}
        self._refusing: dict[FunctionRef, bool] = {}
        self._climbing: dict[FunctionRef, frozenset[str]] = {}
        self._called: dict[FunctionRef, frozenset[int]] = {}
        self._bound: dict[FunctionRef, frozenset[str]] = {}
        self._shared: dict[str, Shared] = {}
        self._asking: set[tuple[ClassRef, str]] = set()
        self._entered: set[FunctionRef] = set()
        """Functions that others call than the project."""
        self._given: set[tuple[FunctionRef, int]] = set()
        self._methods: dict[str, tuple[FunctionRef, ...]] | None = None

    def settle(self, refs: Iterable[FunctionRef]) -> None:
        """Read these functions, which others call, and all that they lead to."""
        stack = list(refs)
        self._entered.update(stack)
        while stack:
            ref = stack.pop()
            if ref not in self.summaries or ref in self._dirty:
                ahead = self._callees(ref)
                if ahead:
                    stack.append(ref)
                    stack += ahead
                    continue
                wanted = self._read(ref)
                if wanted:
                    # Once its callees are known, it is read again if they do anything that matters.
                    stack.append(ref)
                    stack += wanted
            if not stack:
                # Those first that were read first: a function mostly comes after what it calls.
                stack = sorted(self._dirty, key=self._order.__getitem__, reverse=True)

    def _callees(self, ref: FunctionRef) -> list[FunctionRef]:
        """What is best read before a function is read for the first time, the last first."""
        if ref in self._foreseen or self._steps <= 0:
            return []
        self._foreseen.add(ref)
        found = callees.callees(self.project, ref, self.spend)
        return [each for each in reversed(found) if each not in self.summaries and each not in self._foreseen]

    def _read(self, ref: FunctionRef) -> list[FunctionRef]:
        """Read one function; what is to be read next, the last first."""
        self._dirty.pop(ref, None)
        self._rounds[ref] = self._rounds.get(ref, 0) + 1
        self._order.setdefault(ref, len(self._order))
        if self._rounds[ref] > _ROUNDS or self._steps <= 0:
            self.complete = self.complete and self._steps > 0
            return []
        self._wanted = []
        models = self._models.get(self.project.modules[ref.path].language)
        if models is None:
            return []
        frame = Frame(self, ref, models, self._depth, evaluate.evaluate)
        summary = interpret.read(frame)
        self.complete = self.complete and frame.complete
        sign = summary.sign()
        wanted = [each for each in dict.fromkeys(self._wanted) if each not in self.summaries and each != ref]
        self.summaries[ref] = summary
        if self._signs.get(ref, _SIGN) != sign:
            self._changed(ref)
        self._signs[ref] = sign
        return wanted

    def _changed(self, key: object) -> None:
        for reader in self._readers.get(key, ()):
            if self._rounds.get(reader, 0) < _ROUNDS:
                self._dirty[reader] = None

    # --- what frames ask ------------------------------------------------------------------------

    def spend(self, steps: int = 1) -> bool:
        """See `Library.spend`. Time is looked at now and then."""
        self._steps -= steps
        self._unclocked -= steps
        if self._unclocked < 0:
            self._unclocked = _CLOCKED
            if time.thread_time() > self._ends:
                self._steps = 0
        return self._steps > 0

    def summary(self, ref: FunctionRef, asker: FunctionRef) -> Summary:
        """See `Library.summary`."""
        self._readers.setdefault(ref, set()).add(asker)
        known = self.summaries.get(ref)
        if known is None:
            self._wanted.append(ref)
            return _NOTHING
        return known

    def members(self, cls: ClassRef, name: str, asker: FunctionRef) -> Value:
        """See `Library.members`."""
        self._readers.setdefault((cls, name), set()).add(asker)
        for writer in self._writers_of(cls).get(name, ()):
            if writer not in self.summaries and writer != asker:
                self._wanted.append(writer)
        found = self._members.get((cls, name))
        if found is not None:
            return found
        for base in self.project.cls(cls).bases:
            above = self.project.resolve(cls.path, base)
            if isinstance(above, ClassRef) and above != cls and (above, name) not in self._asking:
                self._asking.add((above, name))
                found = self.members(above, name, asker)
                self._asking.discard((above, name))
                if found is not CLEAN:
                    return found
        return CLEAN

    def keep(self, cls: ClassRef, name: str, value: Value) -> None:
        """See `Library.keep`."""
        before = self._members.get((cls, name), CLEAN)
        after = join(before, lookup.outsiders(value))
        if before is CLEAN or deep(before).keys() != deep(after).keys() or before.ref != after.ref:
            self._members[cls, name] = after
            if after is not CLEAN and after != before:
                self._changed((cls, name))

    def methods(self, name: str) -> tuple[FunctionRef, ...]:
        """See `Library.methods`."""
        if self._methods is None:
            found: dict[str, list[FunctionRef]] = {}
            for path, module in self.project.modules.items():
                for cls in module.classes:
                    for number in cls.methods:
                        found.setdefault(module.functions[number].name, []).append(FunctionRef(path, number))
            self._methods = {name: tuple(refs) for name, refs in found.items()}
        return self._methods.get(name, ())

    def give(self, ref: FunctionRef, number: int) -> None:
        """See `Library.give`."""
        if (ref, number) not in self._given:
            self._given.add((ref, number))
            self._changed((ref, number))

    def is_given(self, ref: FunctionRef, number: int) -> bool:
        """See `Library.is_given`."""
        for one in (number, ANY):
            self._readers.setdefault((ref, one), set()).add(ref)
        # What stands above a function may call it as it likes.
        others = ref in self._entered or bool(self.project.function(ref).decorators)
        return others or (ref, number) in self._given or (ref, ANY) in self._given

    def bound(self, ref: FunctionRef) -> frozenset[str]:
        """See `Library.bound`."""
        if ref not in self._bound:
            self._bound[ref] = bodies.bound(self.project.function(ref))
        return self._bound[ref]

    def shared(self, path: str) -> Shared:
        """See `Library.shared`."""
        if path not in self._shared:
            self._shared[path] = shared.find(self.project, path, self.bound)
        return self._shared[path]

    def refuses(self, ref: FunctionRef) -> bool:
        """See `Library.refuses`."""
        if ref not in self._refusing:
            self._refusing[ref] = bodies.refuses(self.project.function(ref))
        return self._refusing[ref]

    def climbs(self, ref: FunctionRef) -> frozenset[str]:
        """See `Library.climbs`."""
        if ref not in self._climbing:
            self._climbing[ref] = prototypes.climbs(self.project, ref)
        return self._climbing[ref]

    def called_alone(self, ref: FunctionRef) -> frozenset[int]:
        """See `Library.called_alone`."""
        if ref not in self._called:
            self._called[ref] = bodies.called_alone(self.project.function(ref))
        return self._called[ref]

    def _writers_of(self, cls: ClassRef) -> Mapping[str, tuple[FunctionRef, ...]]:
        """Which methods set which members."""
        if cls not in self._writers:
            found: dict[str, list[FunctionRef]] = {}
            module = self.project.modules[cls.path]
            for number in self.project.cls(cls).methods:
                for name in bodies.set_on_this(module.functions[number].body):
                    found.setdefault(name, []).append(FunctionRef(cls.path, number))
            self._writers[cls] = {name: tuple(refs) for name, refs in found.items()}
        return self._writers[cls]


_SIGN: Final = _NOTHING.sign()
