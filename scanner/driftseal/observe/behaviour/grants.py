"""Requests of logging in and out, in which tokens are at home."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text
from driftseal.observe.behaviour.scopes import Scope


def grants(scope: Scope, call: ir.Call) -> bool:
    """Whether a request is one of logging in or out: it names what is granted, or where that is taken back."""
    for arg in call.args:
        whole = scope.set_to(arg.value)
        entries = whole.entries if isinstance(whole, ir.Mapping) else ()
        if any(says("grant-words", text(entry.key)) for entry in entries):
            return True
        given = scope.constant(arg.value)
        if any(says("grant-addresses", each) for each in (given, *(str(one.value) for one in strings(whole))) if each):
            return True
    return False
