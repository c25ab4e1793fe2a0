"""Labels: what a value comes from, by which steps, and what it is cleaned of and checked for on the way."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

HOSTS: Final = frozenset({"ssrf", "outward"})
"""Kinds of sinks for which it matters where an address leads."""
LABELS: Final = 24
"""Sources that one value is followed from."""
_STEPS: Final = 40
"""Steps of one chain that are kept; the ends matter most."""
_REMEMBERED: Final = 1 << 10
"""Pairs of beginnings of which it is remembered what they have in common: loops and branches ask again and again."""
CREDENTIALS: Final = "credentials"
"""The kind of an origin that is an object, or a request, which holds keys of the server's own."""
_DIGITS: Final = 5
BY: Final = "*by "
"""Begins the part of a path that a parameter names; its number follows."""
PATH: Final = 4
KEYS: Final = "*keys"
"""Stands in the path of a label for the names under which things lie in an object."""
"""Members of a parameter, one inside the other, that are told apart: ``request.params.arguments.path``."""


class Origin(NamedTuple):
    """Where data comes in."""

    kind: str
    """parameter, environment, secret-file, file, network, process, user-input, credentials."""
    name: str
    path: str
    line: int


class Label(NamedTuple):
    """What a value comes from, seen from inside one function.

    The root is the number of a parameter; the name of a variable of a function around this one (``this`` too); or an
    origin, which means the same in every function.
    """

    root: int | str | Origin
    path: tuple[str, ...]


class Node:
    """One step that a value took, linked to the one before. Its identity says which value a check has seen."""

    __slots__ = ("line", "normal", "parent", "path", "pure", "real", "size", "what")

    def __init__(
        self,
        parent: Node | None,
        path: str,
        line: int,
        what: str,
        *,
        normal: bool = False,
        pure: bool = False,
        real: bool = False,
    ) -> None:
        self.size: int = parent.size + 1 if parent is not None else 1
        self.parent: Node | None = parent if self.size < _STEPS or parent is None else parent.parent
        self.path = path
        self.line = line
        self.what = what
        self.normal: bool = normal or (parent is not None and parent.normal)
        """Whether ``..`` and the like were resolved, here or before."""
        self.pure = pure
        """Whether nothing else went into the new value."""
        self.real: bool = real or (parent is not None and parent.real)
        """Whether links were resolved, here or before."""

    def after(self, parent: Node | None) -> Node:
        """The same step once more, after another one: made in half the time, as nearly all of them are."""
        made: Node = object.__new__(Node)
        made.path, made.line, made.what, made.pure = self.path, self.line, self.what, self.pure
        if parent is None:
            made.size, made.parent, made.normal, made.real = 1, None, self.normal, self.real
            return made
        made.size = parent.size + 1
        made.parent = parent if made.size < _STEPS else parent.parent
        made.normal = self.normal or parent.normal
        made.real = self.real or parent.real
        return made


class Guard(NamedTuple):
    """A check that a value has passed."""

    strong: bool
    what: str
    kinds: frozenset[str]
    """The sinks it is good for; empty for all."""
    normal: bool = False
    """Good only for a value whose ``..`` were resolved before."""
    decoded: bool = False
    """Made by a function that decodes what it looks at, so that it is none too early before the same is done again."""


class Taint(NamedTuple):
    """How a value comes from a label."""

    node: Node | None = None
    cleaned: frozenset[str] = frozenset()
    """Kinds of sinks that it can do no harm in."""
    guards: tuple[Guard, ...] = ()
    fixed: str = ""
    """Text that always stands before it, as far as it is constant; ``?`` for one that comes from elsewhere."""
    sure: int = 2
    """2 where every step is known, 1 where one was guessed, 0 where the call itself was."""


EMPTY: Final = Taint()
"""Of a value that is its label, and nothing has happened to it."""
Taints: TypeAlias = Mapping[Label, Taint]
NOTHING: Final[Taints] = {}


ESCAPED: Final = frozenset({"escaped"})
"""What a value is cleaned of that ends no text between double quotes of a script, which nothing else gets out of."""
INSIDE: Final = "put into the middle of a name"
"""A step of a value before which a part of a name stands, as in ``report_x.html``: no folder has that name."""
MORE: Final = "followed by more of a path"
"""A step of a folder in which something lies whose name is not fixed."""
NAMED: Final = "followed by a name in its folder"
"""A step of a folder in which the server names what is there: ``environment / "bin" / "pip"``."""
TLS: Final = "is asked over TLS alone"
"""What a check says of a scheme that few services speak which only a server reaches, those of clouds not at all."""
LEVEL: Final = "its slashes are replaced"
"""A step of a value that leads into no folder, except where other separators do or it is the way up alone."""
UNREACHED: Final = "is no private address"
"""What a check says of an address that a name was found to have."""
FOLLOWS: Final = "redirects are followed"
"""No check, but what ends the use of one: that the answer may lead to another host."""
FOREIGN: Final = "what others sent is written"
"""No check either: what is written to the path came over the network, so that others may choose it."""
READING: Final = "begins with a statement that reads"
"""What a check says of a statement that looks at its first word alone."""
ROOM: Final = "matches a pattern that leaves room for harm"
"""What a check says that lets through all of which harm can be made in some sink."""
AROUND: Final = "matches a pattern that leaves room around it"
"""What a check says by a pattern that is found anywhere in a text."""
ABSOLUTE: Final = ", though an absolute path leads anywhere"
"""How the telling of a check ends that looks for the way up alone."""
PICTURES: Final = "its answer is a picture or thrown away"
"""What a check says of a request by whose answer nobody reads what a service tells."""
ANOTHER: Final = ", while another value made of it is used"
"""How the telling of a check ends that looked at something else which came of the same value."""
BY_DEFAULT: Final = "is checked by default alone"
"""What a check says that those who set a server up may leave out."""
LISTED: Final = "is one of a list"
"""What a check says of a value that is one of those that are allowed."""
GIVEN: Final = "is one of those that its caller allows, parameter "
"""How the same begins where a caller tells what is allowed; its number follows."""
SLASHED: Final = "begins with a slash"
"""What a check says of a path of an address: behind a host it makes no longer name of it."""
BEGUN: Final = "begins with a text that is allowed"
"""What a check says of a line that looks at its beginning alone."""
LINKS: Final = ", with its links unresolved"
"""How the telling of a check ends that looks at a path by its text alone, though a link may lead anywhere."""
UNDECODED: Final = ", before it is decoded"
"""How the telling of a check ends that looked at a text in which another one was spelled."""
WITHS: Final = f"{READING}, or with WITH, which may stand before one that writes"
"""The same where tables that are named first are let through (SQLite, ``WITH``: before ``DELETE`` too)."""
FIRST: Final = ", of several in one text"
"""The same of a statement that was one of several."""
TOO_EARLY: Final = ", before its links are resolved"
"""The same where the links are resolved once it was checked, so that nothing looks at where they lead."""


def by_default(guard: Guard) -> Guard:
    """A check that is made unless a setting says otherwise."""
    what = f"{BY_DEFAULT}{LINKS}" if guard.what.endswith(LINKS) else BY_DEFAULT
    return Guard(strong=False, what=what, kinds=guard.kinds)


def resolved(guard: Guard) -> Guard:
    """The same check on a path of which no part is a link."""
    return guard._replace(what=guard.what.removesuffix(LINKS)) if guard.what.endswith(LINKS) else guard


def undecoded(guard: Guard) -> Guard:
    """A check of a text that is decoded afterwards, and may be anything then."""
    what = guard.what if guard.what.endswith(UNDECODED) else f"{guard.what}{UNDECODED}"
    return Guard(strong=False, what=what, kinds=guard.kinds)


def foremost(guards: tuple[Guard, ...], most: int) -> tuple[Guard, ...]:
    """So many of several checks, the strong ones first."""
    return guards if len(guards) <= most else tuple(sorted(guards, key=lambda each: not each.strong)[:most])


def outlived(guards: tuple[Guard, ...], *, decoded: bool) -> tuple[Guard, ...]:
    """Checks of a path that is decoded since, or else of a text that is taken apart since: of the first part alone."""
    if decoded:
        return tuple([undecoded(each) if "path-read" in each.kinds and not each.decoded else each for each in guards])
    return tuple(
        [each._replace(what=f"{READING}{FIRST}") if each.what in {READING, WITHS} else each for each in guards]
    )


def told_by(part: str) -> int | None:
    """The number of the parameter that names a part of a path; None of any other, whatever code calls its members."""
    number = part.removeprefix(BY) if part.startswith(BY) else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) < _DIGITS else None


def of_credentials(taints: Taints) -> Taints:
    """Those labels that stand for keys of the server's own, wherever they are met."""
    return {
        label: taint
        for label, taint in taints.items()
        if isinstance(label.root, Origin) and label.root.kind == CREDENTIALS
    }


def gone_through(step: str) -> str:
    """The name of the call that a value went through in a step; of any other step its words."""
    return step.removeprefix("passed through ").removesuffix("()")


def chain(node: Node | None) -> Iterator[Node]:
    """A step and all before it, the latest first."""
    while node is not None:
        yield node
        node = node.parent


def comes_from(node: Node | None, earlier: Node | None) -> bool:
    """Whether a value at ``node`` was made of the one at ``earlier``."""
    return earlier is None or any(each is earlier for each in chain(node))


def weaker(one: Taint, other: Taint) -> Taint:
    """Of two ways in which a value comes from one label, the more dangerous, with only what both are cleaned of."""
    if one is other or (other.guards and _harmless(other)):
        return one
    if one.guards and _harmless(one):
        return other
    first, second = (one, other) if len(one.guards) <= len(other.guards) else (other, one)
    node, cleaned, guards, fixed, sure = first
    if not cleaned <= second.cleaned:
        cleaned &= second.cleaned
    if guards:
        guards = _both(guards, second.guards)
    if fixed != second.fixed:
        bare = second if fixed else first
        # ``if not line.startswith(program): line = f"{program} {line}"`` begins with it either way.
        begun = not bare.fixed and any(guard.what == BEGUN for guard in bare.guards)
        fixed = fixed or second.fixed if begun else _either_fixed(fixed, second.fixed)
    sure = max(sure, second.sure)
    if cleaned is first.cleaned and fixed == first.fixed and sure == first.sure and guards == first.guards:
        return first  # and no copy of it: what holds it need not be changed then
    return Taint(node, cleaned, guards, fixed, sure)


def _harmless(taint: Taint) -> bool:
    """Whether a value has passed a check that is good for all; ``if name: name = clean(name)`` leaves none or that."""
    return any(guard.strong and not guard.kinds for guard in taint.guards)


def _both(one: tuple[Guard, ...], other: tuple[Guard, ...]) -> tuple[Guard, ...]:
    """Checks that two values have passed; of one that came too early for one of them, that it did."""
    if one == other:
        return one
    found = [guard for guard in one if guard in other]
    for mine, theirs in ((one, other), (other, one)):
        for guard in mine:
            if guard.what.endswith(TOO_EARLY) and guard not in theirs:
                what = guard.what.removesuffix(TOO_EARLY) + LINKS
                found += [guard] if any(each.what == what for each in theirs) else []
    return tuple(found)


@lru_cache(maxsize=_REMEMBERED)
def _either_fixed(one: str, other: str) -> str:
    """What stands before a value that is one or the other."""
    if not one or not other:
        return ""
    if "://" in one and "://" in other:
        # The one that says less of the host.
        return min(one, other, key=len)
    return posixpath.commonprefix((one, other)) or "?"


def merged(many: Iterable[Taints]) -> Taints:
    """All labels of several values."""
    found: Taints = NOTHING
    for one in many:
        if not one or one is found:
            continue
        if not found:
            found = one
            continue
        both: dict[Label, Taint] | None = None  # copied once there is anything to change: most say the same
        for label, taint in one.items():
            known = found.get(label)
            if known is None:
                if len(found) >= LABELS:
                    continue
                weak = taint
            else:
                weak = weaker(known, taint)
                if weak is known:
                    continue
            if both is None:
                found = both = dict(found)
            both[label] = weak
    return found


def stepped(taints: Taints, node: Node) -> Taints:
    """The same labels after one more step, which ``node`` describes."""
    if not taints:
        return taints
    # Made anew, field by field: ``_replace`` takes three times as long.
    return {
        label: Taint(node.after(before), cleaned, guards, fixed, sure)
        for label, (before, cleaned, guards, fixed, sure) in taints.items()
    }
