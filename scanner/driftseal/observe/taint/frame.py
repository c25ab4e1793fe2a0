"""One function while it is read: its variables, what holds at this point, what was found so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import zip_longest
from typing import Final, Protocol, TypeAlias

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Project
from driftseal.observe.taint.env import Env, held, passed
from driftseal.observe.taint.labels import LABELS, Guard, Label, Taint, Taints, by_default, of_credentials, weaker
from driftseal.observe.taint.models import Models
from driftseal.observe.taint.registered import Registered
from driftseal.observe.taint.shared import Shared
from driftseal.observe.taint.summary import Check, Hit, Reach, Spot, Summary
from driftseal.observe.taint.values import CLEAN, Value, join
from driftseal.observe.taint.words import words

_HITS: Final = 2000
"""Ways to sinks that one function tells its callers."""


ANY: Final = -1
"""Stands for every parameter of a function."""


class Library(Protocol):
    """What one function may ask of the rest of the project."""

    project: Project
    registered: Registered
    watched: Mapping[tuple[ClassRef | FunctionRef, str], AbstractSet[str]]
    """Members of objects, and variables of functions, of which it matters who puts what there; with what runs them."""

    def summary(self, ref: FunctionRef, asker: FunctionRef) -> Summary:
        """What is known so far; the asker is read again when more is."""
        ...

    def members(self, cls: ClassRef, name: str, asker: FunctionRef) -> Value:
        """What objects of a class hold under a name, as far as any method says."""
        ...

    def keep(self, cls: ClassRef, name: str, value: Value) -> None:
        """Remember what a method puts there."""
        ...

    def methods(self, name: str) -> tuple[FunctionRef, ...]:
        """Every method of the project with this name."""
        ...

    def bound(self, ref: FunctionRef) -> frozenset[str]:
        """Names of a function's own variables."""
        ...

    def shared(self, path: str) -> Shared:
        """See `driftseal.observe.taint.shared.find`."""
        ...

    def refuses(self, ref: FunctionRef) -> bool:
        """Whether a function looks into values, and raises."""
        ...

    def climbs(self, ref: FunctionRef) -> frozenset[str]:
        """Variables by which a function sets members of what all objects share, under names that it is given."""
        ...

    def called_alone(self, ref: FunctionRef) -> frozenset[int]:
        """Parameters that a function calls and does nothing else with."""
        ...

    def give(self, ref: FunctionRef, number: int) -> None:
        """Remember that a call gives something for a parameter that is true or false by default, or for `ANY`."""
        ...

    def is_given(self, ref: FunctionRef, number: int) -> bool:
        """Whether any call does, as far as is known; the function is read again once one does."""
        ...

    def spend(self, steps: int = 1) -> bool:
        """Count steps; false once there are none left."""
        ...


Read: TypeAlias = "Callable[[Frame, ir.Expr], Value]"
Met: TypeAlias = dict[int, tuple[Value, ir.Expr]]
"""Values of expressions by their identity; each with its expression, which so lives as long."""


class Frame:
    """See the module. ``read`` says what an expression amounts to in it."""

    def __init__(self, library: Library, ref: FunctionRef, models: Models, depth: int, read: Read) -> None:
        self.library = library
        self._read = read
        self.ref = ref
        self.path = ref.path
        self.module = library.project.modules[ref.path]
        self.function = library.project.function(ref)
        self.models = models
        self.depth = depth
        self.python = self.module.language == "python"
        self.env = Env()
        self.summary = Summary()
        self.mutated: dict[int | str, Taints] = {}
        self.closures: dict[int, Value] = {}
        self.applied: set[FunctionRef] = set()
        self.asked: set[FunctionRef] = set()
        """Methods of derived classes that are being called for one that asks for them."""
        self.exits: list[tuple[Check, ...]] = []
        self.truths: list[tuple[Check, ...]] = []
        self.falses: list[tuple[Check, ...]] = []
        self.globals: dict[str, Value] = {}
        self.numbers: dict[str, int] = {}
        """Parameters by name."""
        self.rebound: set[str] = set()
        """Those of them that the function sets to something else."""
        self.own = library.bound(ref)
        self.nested = 0
        self.asker = ref
        """Who is read again when something more becomes known."""
        self.thrown: dict[Label, Taint] = {}
        """What of the server's own an error holds that nobody here has caught."""
        self.told: dict[tuple[ClassRef, str], str] = {}
        """The key that objects of a class show, by how they are shown; empty where they show none."""
        self.effect: ir.Expr | None = None
        """The call whose result nobody takes."""
        self.alone = False
        """Whether nobody waits for that call either."""
        self.left: list[Env] = []
        """Where loops were left."""
        self.excused: tuple[Check, ...] | None = None
        """What held where settings alone let the function end before the rest of its checks."""
        self.complete = True
        self.met: Met | None = None
        """What the parts of a condition come to while it is evaluated."""
        self.looped: dict[str, ir.Expr] = {}
        """What the variables of loops go through."""
        self.parts: dict[str, ir.Expr] = {}
        """Of which part of what the variables are that take something apart."""
        self.known: Met | None = None
        """The same while it is looked at for what it checks, and need not be evaluated again."""

    def value(self, expr: ir.Expr) -> Value:
        """The value of an expression; its calls and assignments take effect."""
        return self._read(self, expr)

    def at_top(self, path: str) -> Frame:
        """The top level of a file, to look into what its variables are set to."""
        inner = Frame(self.library, FunctionRef(path, 0), self.models, self.depth, self._read)
        inner.asker = self.asker
        return inner

    def mutate(self, root: int | str, taints: Taints) -> None:
        """Remember that a parameter or a variable around the function gets something put into it."""
        if taints:
            self.mutated[root] = put(self.mutated, root, taints)

    @property
    def cls(self) -> ClassRef | None:
        """The class whose method this is, or whose method is around it."""
        function: ir.Function | None = self.function
        for _ in range(8):
            if function is None or function.cls >= 0:
                break
            function = self.module.functions[function.outer] if function.outer > 0 else None
        return ClassRef(self.path, function.cls) if function is not None and function.cls >= 0 else None

    def spot(self, kind: str, name: str, line: int) -> Spot:
        """A place in this function."""
        return Spot(kind, name, self.path, line, self.function.qualname or self.function.name or "<module>")

    def guards(self, label: Label, taint: Taint) -> tuple[Guard, ...]:
        """Every check that a value has passed by now, the strong ones first."""
        return passed(self.env.checks, label, taint)

    def hit(self, hit: Hit) -> None:
        """Remember that a value reaches a sink; of the same one twice, the less guarded."""
        hits, key = self.summary.hits, hit.key
        known = hits.get(key)
        if known is None:
            if len(hits) >= _HITS:
                self.complete = False
                return
        else:
            same = hit.when == known.when
            if not _worse(hit, known):
                if same or known.when is None:
                    return
                hit = known
            # What is reached in two ways is reached whatever decides about one of them.
            hit = hit if same else hit._replace(when=None)
        hits[key] = hit

    def ask(self, name: str, given: tuple[Value, ...]) -> None:
        """Remember what a method is called with that derived classes are to write."""
        before = self.summary.asks.get(name, ())
        pairs = zip_longest(before, given, fillvalue=CLEAN)
        self.summary.asks[name] = tuple(join(one, other) for one, other in pairs)

    def reach(self, label: str, spot: Spot, host: str, what: str = "") -> None:
        """Remember a capability, and what it is used on."""
        self.summary.reaches.add(Reach(label, spot, (host,) if host else (), self.env.case, what))

    def leave(self, value: Value, truths: Iterable[Check], falses: Iterable[Check]) -> None:
        """The function comes back here with this value, and what holds if it is true or false."""
        given = held(self.env.checks, value)
        summary = self.summary
        summary.returns = given if not self.exits else join(summary.returns, given)
        checks = self.env.checks
        self.exits.append(checks)
        # Of several results one may say how it went: ``return False, "", "no such folder"``, ``{valid: false}``.
        told = ("0",) if value.items else words("verdicts")
        said = next((each for name, each in (value.fields or {}).items() if name in told), value)
        if said.const is not False and said.const is not None and said.const != 0:
            self.truths.append((*checks, *truths))
        if said.const is not True:
            self.falses.append((*checks, *falses))

    def throw(self, taints: Taints) -> None:
        """An error that holds something of these labels is raised here, or came from a function that was called."""
        if taints:
            self.thrown.update(of_credentials(taints))

    def excuse(self, *, idle: bool) -> None:
        """The function may end here, as settings say; ``idle`` where it does so by default."""
        self.summary.idle = self.summary.idle or idle
        if self.excused is None:
            self.excused = self.env.checks

    def finish(self) -> Summary:
        """The summary, once the whole body was read."""
        summary = self.summary
        summary.ensures = self._held(self.exits)
        summary.truths = self._held(self.truths)
        summary.falses = self._held(self.falses)
        summary.mutated = self.mutated
        summary.thrown = self.thrown
        this = self.env.vars.get("this")
        fields = (this.fields or {}) if this is not None else {}
        # What is checked once it was put there is checked, as long as nothing comes back from here without.
        summary.this = {name: held(summary.ensures, value) for name, value in fields.items()}
        return summary

    def _held(self, ways: list[tuple[Check, ...]]) -> tuple[Check, ...]:
        """Checks that hold whichever way was taken, unless settings leave them out."""
        found = tuple(_common(ways))
        if self.excused is None:
            return found
        if self.summary.idle:
            return tuple(check for check in found if check in self.excused)
        return tuple(
            check._replace(guard=by_default(check.guard)) if check.guard.strong and check not in self.excused else check
            for check in found
        )


def _worse(one: Hit, other: Hit) -> bool:
    if one.object != other.object:
        return other.object
    if not other.guards:
        return False
    return sum(guard.strong for guard in one.guards) < sum(guard.strong for guard in other.guards) or (
        len(one.guards) < len(other.guards)
    )


def _common(ways: list[tuple[Check, ...]]) -> Iterator[Check]:
    """Checks that hold whichever way was taken, each as weak as the weakest."""
    for check in ways[0] if ways else ():
        same = [_find(check, way) for way in ways[1:]]
        if all(each is not None for each in same):
            yield next((each for each in same if each is not None and not each.guard.strong), check)


def _find(check: Check, way: tuple[Check, ...]) -> Check | None:
    alike = [each for each in way if each.label == check.label and each.guard.kinds == check.guard.kinds]
    return next((each for each in alike if each.guard.strong), alike[0] if alike else None)


def put(taints: Mapping[int | str, Taints], root: int | str, more: Taints) -> Taints:
    """What a root has had put into it, with more of it."""
    both = dict(taints.get(root, {}))
    for label, taint in more.items():
        if label in both:
            both[label] = weaker(both[label], taint)
        elif len(both) < LABELS:
            both[label] = taint
    return both
