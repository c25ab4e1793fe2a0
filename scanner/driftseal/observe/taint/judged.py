"""How well the value is checked that reaches a sink, and by what: all that was seen of it on the way, weighed."""

from __future__ import annotations

from typing import Final

from driftseal.observe.taint import kept, stores, transactions
from driftseal.observe.taint.labels import (
    ABSOLUTE,
    ANOTHER,
    AROUND,
    BY_DEFAULT,
    FOLLOWS,
    FOREIGN,
    LINKS,
    LISTED,
    NAMED,
    READING,
    ROOM,
    SLASHED,
    TLS,
    UNREACHED,
    WITHS,
    Guard,
    chain,
)
from driftseal.observe.taint.summary import Hit
from driftseal.observe.taint.words import words

_VAGUE: Final = ("passed ", "is checked by", "does not ", "is none of", "is not absolute", "holds no ..")
"""How checks begin of which nobody knows whether they are enough."""
_BESIDE: Final = frozenset({FOLLOWS, FOREIGN})
"""What is told of a sink beside the checks of what reaches it."""
_ELSEWHERE: Final = f"{AROUND}{ANOTHER}"
"""What is found anywhere in another value says nothing of this one."""
_UPWARDS: Final = "holds no .."
"""How a check begins that refuses the way up, and nothing else."""
_FORMS: Final = ("matches ", "does not begin", "holds only", "is made of", "holds no", "is absolute", "is not absolute")
"""How checks begin that look at the letters of a text, or at an end of it."""
_LETTERS: Final = "is made of plain characters"
"""How a check begins that looks at the letters of a name."""
_UNLISTED: Final = "is none of a list"
_JOINS: Final = frozenset({"passed through join()", "joined to a path", "passed through joinpath()", NAMED})
_RESOLVES: Final = frozenset({"passed through resolve()"})
_PLAIN: Final = frozenset({"passed through Path()", "passed through str()", "passed through abspath()"})


def guard(run: transactions.Transactions, hit: Hit) -> tuple[str, str]:  # noqa: PLR0911  # a line a verdict
    """How well a value is checked before its sink (``strong``, ``text``, ``weak`` or nothing), and by what."""
    fitting = [each for each in hit.guards if not each.kinds or _family(hit.kind) & each.kinds]
    if hit.kind == "prototype":
        # Names of these members are made of plain letters, as any others are.
        found = next((each.what for each in fitting if not each.what.startswith(_FORMS)), "")
        return ("strong", found) if found else ("", "")
    beside = {each.what for each in fitting} & _BESIDE
    fitting = [
        each
        for each in fitting
        if each.what not in _BESIDE and each.what != _ELSEWHERE and not _says_nothing(hit, each)
    ]
    strong = [each for each in fitting if (each.strong and not each.normal) or _enough(run, hit, each)]
    if FOLLOWS in beside and strong and all(each.what == UNREACHED for each in strong):
        return "weak", f"{UNREACHED}, though {FOLLOWS}"
    if strong and all(each.what.endswith(LINKS) for each in strong):
        return "text", strong[0].what
    weak = [each for each in fitting if each not in strong]
    if strong:
        return "strong", strong[0].what
    weak = _without_room(weak)
    if weak and all(each.what.startswith(_UPWARDS) for each in weak) and _replaced(hit):
        return "weak", f"{weak[0].what}, though an absolute path takes the folder's place"
    if weak and all(each.what == _UPWARDS for each in weak) and _open(hit):
        return "weak", f"{_UPWARDS}{ABSOLUTE}"
    if hit.kind == "sql" and not weak and run.ended(hit):
        return "weak", transactions.ENDED
    if (unless := next((each.what for each in weak if each.what.startswith(BY_DEFAULT)), None)) is not None:
        return "weak", unless
    if hit.kind == "process-environment" and any(each.what == _UNLISTED for each in weak):
        # A pattern for names of variables lets every name through that the list forgets.
        return "weak", _UNLISTED
    # What is known to be wrong with a check says more than that there is one.
    return (
        ("weak", min(map(_weak, weak), key=lambda what: (what == TLS, what.startswith(_VAGUE))))
        if weak
        else ("", "".join(beside & {FOREIGN}))
    )


def _says_nothing(hit: Hit, check: Guard) -> bool:
    """Whether a check looks at letters of which the names of all variables are made."""
    return hit.kind == "process-environment" and check.what.startswith(_LETTERS)


def _without_room(weak: list[Guard]) -> list[Guard]:
    """What else is weak where the way up, for which a pattern left room, is refused."""
    refused = any(each.what.startswith(_UPWARDS) for each in weak)
    return [each for each in weak if each.what != ROOM] if refused else weak


def _enough(run: transactions.Transactions, hit: Hit, check: Guard) -> bool:
    """Whether a check that is weak elsewhere is all that one kind of sink needs."""
    if hit.kind == "process-environment":
        # Of variables the names count, whatever they are set to.
        return check.what.startswith(LISTED)
    if hit.kind == "ssrf":
        return check.what == SLASHED and bool(hit.before)
    reads = check.what == READING or (check.what == WITHS and run.only_reads)
    return hit.kind == "sql" and reads and _one_statement(hit.spot.name)


def _one_statement(name: str) -> bool:
    """Whether a library runs the first statement of a text, and nothing after it."""
    return name.partition(".")[0] in words("one-statement") and not name.endswith(("script", ".exec"))


def _replaced(hit: Hit) -> bool:
    """Whether a path is joined in a way by which an absolute one takes the place of the folder."""
    python = hit.spot.path.endswith(".py")
    steps = [node.what for node in chain(hit.node)]
    joined = any(step in (_JOINS if python else _RESOLVES) for step in steps)
    return joined and bool(hit.before) and all(step in _JOINS | _RESOLVES | _PLAIN for step in steps)


def _open(hit: Hit) -> bool:
    """Whether a path is opened as it was given, with no folder before it."""
    return not hit.before and all(node.what in _JOINS | _RESOLVES | _PLAIN for node in chain(hit.node))


def _weak(guard: Guard) -> str:
    return f"{guard.what}, before .. is resolved" if guard.strong and guard.normal else guard.what


def _family(kind: str) -> frozenset[str]:
    if kind == stores.KEPT:
        return kept.RUN  # what is put into an object is checked for what it is run as
    return frozenset({kind, "ssrf"} if kind == "url-path" else {kind})
