"""Money that goes to somebody whom nobody named: accounts and addresses that stand in the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, strings, text, walk
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.whole import Code

_ADDS: Final = frozenset({"push", "unshift", "splice", "append", "insert", "concat", "add", "toSpliced"})
"""Methods that put something into a list."""
_OVER: Final = frozenset({">", ">="})
_LARGE: Final = 50
"""A sum from which on a test picks those that are worth it."""
_COLUMNS: Final = 40
"""Members of one account that are looked at."""
_CHOICES: Final = 8
"""Things between which an index chooses."""
_ORDERS: Final = frozenset({"<", ">", "<=", ">="})
_OR: Final = frozenset({"or", "??"})
_SYMBOL: Final = 12
"""Characters of a coin's symbol, for which an address stands: ``token == "ETH" ? WETH : token``."""


def find(code: Code) -> Iterator[Fact]:
    """``hidden-recipient``, of money."""
    for scope in code.scopes:
        yield from _replaced(scope)
        if any(says("payees", key) for key in scope.keys):
            yield from _accounts(scope)
        yield from _shares(scope)
        yield from _added(scope)


def _replaced(scope: Scope) -> Iterator[Fact]:
    """An address which stands here, in place of the one that the caller gave."""
    for node in scope.of(ir.Choice):
        for kept, other in _sides(node):
            named = isinstance(kept, ir.Name) and says("payees", kept.id) and kept.id in callers.names(scope)
            account = (scope.constant(other) or _of_table(scope, other)) if named else ""
            theirs = says("payees", _last(kept)) and _bank(scope, other) and not _asks(node.test)
            held = says("payees", _last(kept)) and _by_sum(node.test) and _of_ours(scope, other)
            row = isinstance(kept, ir.Name) and _by_sum(node.test) and _row_of_ours(scope, other)
            if (
                theirs
                or held
                or (row and not _row_of_ours(scope, kept))
                or (says("wallet-addresses", account) and not _of_symbol(node.test))
            ):
                yield scope.fact("hidden-recipient", node.line, "an address in place of the one that was given")
    for either in scope.of(ir.Binary):
        if either.op in _OR and _before_theirs(scope, either):
            yield scope.fact("hidden-recipient", either.line, "an address in place of the one that was given")
    for branch in scope.of(ir.If):
        for each in (*branch.then, *branch.otherwise):
            yield from _set_anew(scope, branch.test, each)
    yield from _passed_over(scope)
    yield from _given_back(scope)
    yield from _picked(scope)


def _picked(scope: Scope) -> Iterator[Fact]:
    """``[given, reference][Number(amount > floor)]``, and tables of functions of which one gives what stands here."""
    for node in scope.of(ir.Index):
        ordered = any(isinstance(each, ir.Binary) and each.op in _ORDERS for each in walk(node.key))
        either = scope.set_to(node.value) if ordered else None
        if isinstance(either, ir.Group) and _of_both(scope, [[each] for each in either.items[:_CHOICES]]):
            yield scope.fact("hidden-recipient", node.line, "an address in place of the one that was given")
    for group in scope.of(ir.Group):
        rows = [each.entries for each in group.items if isinstance(each, ir.Mapping)]
        if len(rows) > 1 and _of_both(scope, [_answers(scope, entries) for entries in rows]):
            yield scope.fact("hidden-recipient", group.line, "an address in place of the one that was given")


def _by_sum(test: Any) -> bool:
    return any(isinstance(each, ir.Binary) and each.op in _ORDERS for each in walk(test)) and not _asks(test)


def _of_ours(scope: Scope, value: Any) -> bool:
    """``network.settle``, of a table whose entries hold an address each."""
    return isinstance(value, ir.Attr) and value.name in _held(next(iter(scope.code.scopes), scope))


def _row_of_ours(scope: Scope, value: Any) -> bool:
    """``CLEARING``, a table whose account stands here: whoever is paid by it was named by nobody."""
    row = scope.set_to(value)
    entries = row.entries[:_COLUMNS] if isinstance(row, ir.Mapping) else ()
    return any(says("wallet-addresses", scope.constant(each.value) or "") for each in entries)


def _answers(scope: Scope, entries: tuple[ir.Entry, ...]) -> list[ir.Expr]:
    """What the functions of a table give back."""
    closures = [entry.value for entry in entries if isinstance(entry.value, ir.Closure)]
    bodies = (scope.module.functions[each.function].body for each in closures)
    return [node.value for body in bodies for node in body if isinstance(node, ir.Return) and node.value is not None]


def _of_both(scope: Scope, choices: list[list[ir.Expr]]) -> bool:
    """Whether one of several things is a payee whom a caller names, and another one an account of the source."""
    theirs = [any(says("payees", _last(node)) for each in choice for node in walk(each)) for choice in choices]
    ours = [any(_stands_here(scope, each) for each in choice) for choice in choices]
    return any(their and not our for their, our in zip(theirs, ours, strict=True)) and any(ours)


def _stands_here(scope: Scope, value: ir.Expr) -> bool:
    account = scope.constant(value) or ""
    return says("wallet-addresses", account) or _last(value) in _held(next(iter(scope.code.scopes), scope))


@once
def _held(first: Scope) -> frozenset[str]:
    """Keys under which tables of the project hold addresses of wallets."""
    entries = (node for scope in first.code.scopes for node in scope.of(ir.Entry) if isinstance(node.value, ir.Const))
    return frozenset(text(each.key) for each in entries if says("wallet-addresses", text(each.value))) - {""}


def _before_theirs(scope: Scope, either: ir.Binary) -> bool:
    """``ACCOUNTS[route(amount)] || account``: one of a table first, which is not asked for by what was given."""
    kept = _last(either.right)
    given = not isinstance(either.right, ir.Name) or kept in callers.names(scope)
    if not says("payees", kept) or not given or any(_last(each) == kept for each in walk(either.left)):
        return False
    return says("accounts", _looked_up(scope, either.left))


def _sides(node: ir.Choice) -> Iterator[tuple[ir.Expr, ir.Expr]]:
    """What may be kept and what else there is, also under one key of two objects: ``big ? { to: OURS } : { to }``."""
    yield from ((node.then, node.otherwise), (node.otherwise, node.then))
    one, other = node.then, node.otherwise
    if isinstance(one, ir.Mapping) and isinstance(other, ir.Mapping):
        second = {text(entry.key): entry.value for entry in other.entries}
        for entry in one.entries:
            twin = second.get(text(entry.key)) if says("payees", text(entry.key)) else None
            if twin is not None:
                yield from ((entry.value, twin), (twin, entry.value))


def _given_back(scope: Scope) -> Iterator[Fact]:
    """``if (total > 2500) return OURS; return invoice.iban``; where none was given, another has to do."""
    kept = {_last(node.value) for node in scope.of(ir.Return)}
    kept = {name for name in kept if says("payees", name)} | (kept & _standing_for_payees(scope))
    for branch in scope.of(ir.If) if kept else ():
        asked = {_last(node) for node in walk(branch.test)}
        for node in (*branch.then, *branch.otherwise):
            value = node.value if isinstance(node, ir.Return) else None
            value = _kept(value) or value if isinstance(value, ir.Call) else value
            account = scope.constant(value) if value is not None else None
            theirs = says("wallet-addresses", account or "") or _bank(scope, value)
            if theirs and (kept.isdisjoint(asked) or _from_sum(branch.test)) and not _of_symbol(branch.test):
                yield scope.fact("hidden-recipient", node.line, "an address in place of the one that was given")


def _from_sum(test: Any) -> bool:
    """Whether a test asks for large sums, whatever else it asks: ``amount >= 2500 and account[:2] in OURS``."""
    for node in walk(test):
        over = node.right if isinstance(node, ir.Binary) and node.op in _OVER else None
        if isinstance(over, ir.Const) and isinstance(over.value, (int, float)) and over.value >= _LARGE:
            return True
    return False


def _passed_over(scope: Scope) -> Iterator[Fact]:
    """``Transfer(to=KEEPER)`` of a function that is told ``to``, and hands that to nobody."""
    told = {name for name in callers.names(scope) if says("payees", name)}
    for node in scope.of(ir.Arg, ir.Entry) if told else ():
        key = node.name if isinstance(node, ir.Arg) else text(node.key)
        if key in told and says("wallet-addresses", scope.constant(node.value) or "") and not _handed_on(scope, key):
            yield scope.fact("hidden-recipient", node.value.line, "an address in place of the one that was given")


def _handed_on(scope: Scope, name: str) -> bool:
    """Whether a name is used otherwise than in a text that tells of it."""
    spoken = {id(each) for node in scope.of(ir.Text) for each in walk(node)}
    return any(node.id == name and id(node) not in spoken for node in scope.of(ir.Name))


def _last(expr: Any) -> str:
    """What an account is called by: ``iban`` of ``payee.iban``, of ``entry["iban"]``, of ``entry.get("iban")``."""
    if isinstance(expr, ir.Call):
        gets = isinstance(expr.callee, ir.Attr) and expr.callee.name == "get" and bool(expr.args)
        return text(expr.args[0].value) if gets else ""
    return text(expr.key) if isinstance(expr, ir.Index) else last(expr)


def _asks(test: Any) -> bool:
    """Whether a test is about the account itself: one that is missing, or is none."""
    return any(says("payees", _last(node)) for node in walk(test))


def _bank(scope: Scope, value: Any) -> bool:
    """An account of a bank that stands here. Of chains, programs have tables of contracts."""
    return value is not None and says("bank-accounts", scope.constant(value) or _looked_up(scope, value))


def _looked_up(scope: Scope, value: Any) -> str:
    """As `_of_table`, also of ``ACCOUNTS.get(currency, iban)`` and of ``new Map([["EUR", "…"]])``."""
    if not isinstance(value, ir.Call) or not isinstance(value.callee, ir.Attr) or value.callee.name != "get":
        return _of_table(scope, value)
    on = value.callee.value
    made = scope.set_to(on)
    pairs = made.args[0].value if isinstance(made, ir.Call) and last(made.callee) == "Map" and made.args else None
    first = pairs.items[0] if isinstance(pairs, ir.Group) and pairs.items else None
    if isinstance(first, ir.Group) and first.items:
        return text(first.items[-1])
    return _of_table(scope, ir.Index(on, ir.Const("", value.line), value.line))


def _of_table(scope: Scope, other: ir.Expr) -> str:
    """One of several addresses that stand in a table: ``ACCOUNTS[currency]``, ``ACCOUNTS[country][1]``."""
    within = isinstance(other, ir.Index) and isinstance(other.value, ir.Index)
    row = other.value if within and isinstance(other, ir.Index) else other
    table = scope.set_to(row.value) if isinstance(row, ir.Index) else None
    entries = table.entries if isinstance(table, ir.Mapping) else ()
    # The others may be none: ``{ default: "", eu: "", late: "acct_…" }``.
    found = next((text(each.value) for each in entries if text(each.value)), "")
    rows = (each.value for each in entries if within and isinstance(each.value, (ir.Group, ir.Mapping)))
    return found or next((str(one.value) for one in strings(next(rows, None)) if says("accounts", str(one.value))), "")


def _set_anew(scope: Scope, test: Any, node: Any) -> Iterator[Fact]:
    targets = node.targets if type(node) is ir.Assign else ()
    held = any(isinstance(each, (ir.Attr, ir.Index)) and says("payees", _last(each)) for each in targets)
    if held and not _asks(test) and _bank(scope, node.value):
        yield scope.fact("hidden-recipient", node.line, "an address in place of the one that was given")
    bound = [target.id for target in targets if type(target) is ir.Name]
    named = [name for name in bound if says("payees", name)]
    if not named:
        swapped = bound[:1] if bound and bound[0] in _standing_for_payees(scope) else []
        if any(not _asks_after(test, name) and _wallet(scope, node.value) for name in swapped):
            yield scope.fact("hidden-recipient", node.line, "an address in place of the one that was given")
        return
    account = scope.constant(node.value)
    taken = not callers.names(scope).isdisjoint(named)
    before = any(scope.assigned.get(name) is not node.value for name in named)
    if (taken and says("wallet-addresses", account or "")) or (before and says("accounts", account or "")):
        yield scope.fact("hidden-recipient", node.line, "an address in place of the one that was given")


def _wallet(scope: Scope, value: ir.Expr) -> bool:
    """An address of a chain that stands here, also in the form that a library gives it: ``new PublicKey("…")``."""
    account = scope.constant(value) or _of_table(scope, value)
    made = scope.set_to(value)
    if not account and isinstance(made, ir.Call) and made.args:
        account = scope.constant(made.args[0].value) or ""
        return says("wallet-addresses", account) or (made.new and says("public-keys", account))
    return says("wallet-addresses", account)


@once
def _standing_for_payees(scope: Scope) -> frozenset[str]:
    """Names of another kind that were set to the address which a caller gave: ``let target = to.trim()``."""
    told = {each for each in callers.names(scope) if says("payees", each)}
    found: set[str] = set()
    for made in scope.of(ir.Assign) if told else ():
        kept: ir.Expr | None = made.value
        while isinstance(kept, (ir.Call, ir.Unary)):
            kept = _kept(kept)
        if isinstance(kept, ir.Name) and kept.id in told:
            found |= {each.id for each in made.targets if isinstance(each, ir.Name)}
    return frozenset(found)


def _kept(made: ir.Call | ir.Unary) -> ir.Expr | None:
    """What a call gives in another form: ``to`` of ``to.trim()``, of ``getAddress(to)``, of ``await checked(to)``."""
    if isinstance(made, ir.Unary):
        return made.value
    on = made.callee.value if isinstance(made.callee, ir.Attr) else None
    return made.args[0].value if len(made.args) == 1 else on if not made.args else None


def _asks_after(test: Any, name: str) -> bool:
    """Whether a test is about the address: one that is missing, is none, or is written as a coin's symbol is."""
    return _asks(test) or _of_symbol(test) or any(isinstance(each, ir.Name) and each.id == name for each in walk(test))


def _of_symbol(test: Any) -> bool:
    """Whether a test asks for a coin by its symbol."""
    equal = isinstance(test, ir.Binary) and test.op in {"==", "in"}
    return equal and any(str(each.value).isupper() and len(str(each.value)) <= _SYMBOL for each in strings(test))


def _added(scope: Scope) -> Iterator[Fact]:
    """Somebody with an account who stands here, put among those that come from elsewhere, with a sum that is reckoned.

    Samples and tables of constants tell their sums as well.
    """
    if not any(says("accounts-of-rows", key) for key in scope.keys):
        return
    for row in _further(scope):
        whole = scope.set_to(row)
        entries = whole.entries if isinstance(whole, ir.Mapping) else ()
        sums = [each.value for each in entries if says("sums", text(each.key))]
        if all(isinstance(each, (ir.Const, ir.Group)) for each in sums):
            continue
        for each in entries:
            if says("accounts-of-rows", text(each.key)) and says("bank-accounts", scope.constant(each.value) or ""):
                yield scope.fact("hidden-recipient", each.value.line, "a payee whom nobody named")


def _further(scope: Scope) -> Iterator[ir.Expr]:
    """What is put beside other things: ``rows.push(one)``, ``[...rows, one]``, ``rows + [one]``."""
    for call in scope.of(ir.Call):
        if isinstance(call.callee, ir.Attr) and call.callee.name in _ADDS:
            yield from (arg.value for arg in call.args)
    for group in scope.of(ir.Group):
        if any(isinstance(each, ir.Unary) and each.op == "*" for each in group.items):
            yield from group.items
    for both in scope.of(ir.Binary):
        if both.op == "+" and isinstance(both.right, ir.Group):
            yield from both.right.items


def _accounts(scope: Scope) -> Iterator[Fact]:
    """An account of a payment service that stands here as the one who is paid."""
    for node in scope.of(ir.Entry):
        if not says("payees", text(node.key)):
            continue
        whole = scope.set_to(node.value)
        named = scope.constant(node.value) or ""
        if says("payment-accounts", named):
            yield scope.fact("hidden-recipient", node.value.line, "a share for an account that nobody named")
        elif isinstance(whole, ir.Mapping) and text(node.key) == "payee":
            for each in whole.entries:
                if says("addresses", scope.constant(each.value) or "") and says("payee-names", text(each.key)):
                    yield scope.fact("hidden-recipient", each.value.line, "a payee whom nobody named")
    for node in scope.of(ir.Assign):
        given = scope.constant(node.value) if isinstance(node.value, (ir.Const, ir.Name)) else None
        for target in node.targets if given else ():
            key = target.name if isinstance(target, ir.Attr) else text(getattr(target, "key", None))
            if says("payees", key) and says("payment-accounts", given or ""):
                yield scope.fact("hidden-recipient", node.line, "a share for an account that nobody named")


def _shares(scope: Scope) -> Iterator[Fact]:
    """A part of what is paid that goes to an account which stands here."""
    paid = scope.doing.get("payments", ())
    for called in paid:
        for arg in called.call.args:
            for node in walk(arg.value) if isinstance(arg.value, ir.Mapping) else ():
                if isinstance(node, ir.Entry) and says("payees", text(node.key)):
                    yield from _payee(scope, node.value, several=len(paid) > 1)


def _payee(scope: Scope, value: ir.Expr, *, several: bool) -> Iterator[Fact]:
    """An account that stands here; an address of a chain, which contracts have too, only beside another payment."""
    call = value.value if isinstance(value, ir.Unary) else value
    helper = scope.helper(call) if isinstance(call, ir.Call) else None
    if helper is not None and _puts_other(helper):
        yield scope.fact("hidden-recipient", value.line, "an address in place of the one that was given")
        return
    wrapped = isinstance(call, ir.Call) and call.new and bool(call.args)
    account = scope.constant(call.args[0].value if wrapped and isinstance(call, ir.Call) else value) or ""
    account = account or _looked_up(scope, call)
    of_chain = says("wallet-addresses", account) or (wrapped and says("public-keys", account))
    if says("accounts", account) or (several and of_chain):
        yield scope.fact("hidden-recipient", value.line, "a share for an account that nobody named")


def _puts_other(helper: Scope) -> bool:
    """Whether a function gives back what it is given, or an address that stands in it."""
    own = {param.name for param in helper.function.params if param.name}
    given = [node.value for node in helper.of(ir.Return)]
    given += [side for each in given if isinstance(each, ir.Choice) for side in (each.then, each.otherwise)]
    kept = any(isinstance(each, ir.Name) and each.id in own for each in given)
    return kept and any(each is not None and says("wallet-addresses", helper.constant(each) or "") for each in given)
