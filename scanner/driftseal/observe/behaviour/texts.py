"""Constant texts that functions give back."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe import signals
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.nodes import below, last, strings, walk
from driftseal.observe.behaviour.nodes import text as constant
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_HUSHED: Final = ("secrecy", "orders-tool")
"""Signals of a text that has the model go on, and say nothing of it."""
_PRIVATE: Final = frozenset({"conversation", "secret-place", "system-prompt"})
"""Signals of what no answer asks for."""
_PLACES: Final = _PRIVATE - {"conversation"}
_FETCHED: Final = ("leaves-out", "takes-in", "hands-over", "first-step", "secret-thing", "secret-place")
"""Of a text that has secrets looked up before the work and handed over, and left out of what the user is told."""
_SMUGGLED: Final = ("secrecy", "secret-place", "takes-in")
"""Of one that has a secret taken in, and says nothing of it to the user."""
_UNSAID: Final = (("secrecy", "obliges", "orders-tool", "runs-command"),)
"""Of one that has a tool called for a command, and says nothing of it."""
_GATHERED: Final = ("orders-tool", "recent-turns", "before-task", "adds-on")
"""Of one that has what was said before handed on first."""
_POSTED: Final = ("secrecy", "addresses-model", "hands-over", "obliges", "outside")
"""Of one that has the model hand something over to an address, and keeps that from the user."""
_SENT: Final = ("secrecy", "addresses-model", "sends-out", "obliges", "outside")
"""The same in the words for sending."""
_TELLING: Final = (_FETCHED, _SMUGGLED, *_UNSAID, _GATHERED, _POSTED, _SENT)
_WAIVED: Final = ("waives", "approval", "obeys", "system-prompt")
"""Of a text that is to be obeyed before whoever set the model up, and to do away with questions to its user."""
_BEGUN: Final = frozenset({"secrecy", "leaves-out", "waives", "recent-turns"})
_SECRETS: Final = regex(
    r"(?i)\b(?:get|describe|create|delete|list|apply) secrets?\b|\bcach(?:es?|ed|ing)(?:\b|_)"
    r"|\bsecrets?[ _-](?:access|keys?|managers?|scann\w{1,4}|stores?|tokens?|values?)\b"
    r"|\bsilently (?:ignor|drop|skip|fail|discard|truncat)\w{0,8}"
    r"|\bout of (?:the |your )?(?:chat|conversation)s?(?: history| logs?)?\b"
)
"""Secrets by name, what fails in silence, caches, whose name hides something in French, and what is kept out of talks
and not from people."""
_QUOTED: Final = regex(r"\"[^\"\n]+ [^\"\n]*\"|\u201c[^\u201d\n]+ [^\u201d\n]*\u201d")
"""What somebody else says or asks: examples of it give no orders."""
_EXAMPLE: Final = regex(
    r"(?i)(?:^an?\b|\b(?:e\.g\.|for example|for instance|examples?:|such as))[^'\"\n\u2018\u201c<]{0,60}"
    r"\b(?:pages?|texts?|messages?|descriptions?|prompts?|comments?|documents?|answers?|e?-?mails?|issues?|read-?mes?)\b"
    r"[^'\"\n\u2018\u201c<]{0,30}"
    r"(?:'[^\n]{1,160}'(?:\W|$)|\"[^\"\n]{1,160}\"|[\u2018\u201c][^\n\u2019\u201d]{1,160}[\u2019\u201d]"
    r"|</?\w{1,20}/?> (?:block|tag|section|element|marker)s?\b)"
)
"""What somebody else's text may say, told as an example of such."""
_LONGEST: Final = 400
"""Characters of an answer in which an order stands beside its reason; pages of documentation hold every word."""
_SPOKEN: Final = ("Error", "Exception", "Message", "Result", "Response", "Hint")
_DECODES: Final = frozenset({"decoders", "letters"})
_CODED: Final = 20_000
"""Characters of a constant that is decoded."""
_PARTS: Final = frozenset({ir.Const, ir.Name})
_ASKED: Final = ("asks-what-was-said", "asks-through-sampling")
_PROMPTS: Final = frozenset({"prompt", "get_prompt", "addPrompt", "registerPrompt", "GetPromptRequestSchema"})
_SCHEMAS: Final = frozenset({"inputSchema", "input_schema"})
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "object", "array"})
"""Of JSON Schema."""
_SETTLED: Final = ("Promise", "asyncio")
_SHORTEST: Final = 20
"""Characters of a text that could instruct anyone."""


def find(code: Code) -> Iterator[Fact]:
    """``result-instructs``: an answer that tells the model what to do, or what to keep from its user.

    ``back-door-told``: code in it that runs what a request says. ``secret-elicited``: a form that asks for a password.
    """
    for scope in code.scopes:
        for line, text, said in returned(scope):
            if _instructs(text) or (orders(text) and not _is_business(scope, said, text)):
                yield scope.fact("result-instructs", line, text)
            if says("back-doors", text):
                yield scope.fact("back-door-told", line, text)
        for line, text in _fields(scope):
            if _instructs(text) or orders(text):
                yield scope.fact("result-instructs", line, text)
        yield from _sampled(scope)
        yield from _elicited(scope)


def _elicited(scope: Scope) -> Iterator[Fact]:
    for called in scope.doing.get("elicitors", ()):
        for each in (one for arg in called.call.args for one in strings(scope.set_to(arg.value))):
            if says("asks-secret", str(each.value)):
                yield scope.fact("secret-elicited", each.line, str(each.value))
                break


def _sampled(scope: Scope) -> Iterator[Fact]:
    for called in scope.doing.get("samplers", ()):
        for line, said in _asked(scope, [arg.value for arg in called.call.args]):
            yield scope.fact("secret-elicited", line, said)


def _asked(scope: Scope, given: list[Any]) -> Iterator[tuple[int, str]]:
    """What the client's model is asked for that is not the server's: what it was shown before, or what is secret."""
    followed: set[str] = set()
    for value in given:
        for line, text in _texts(scope, value, followed):
            if any(says(subject, text) for subject in _ASKED):
                yield line, text
                return


def _fields(scope: Scope) -> Iterator[tuple[int, str]]:
    """Texts that a class of errors or answers holds for all of its objects."""
    for cls in scope.module.classes if scope.number == 0 else ():
        if any(each in cls.name for each in _SPOKEN):
            for field in cls.fields:
                yield from ((each.line, str(each.value)) for each in strings(field.value))


def _instructs(text: str) -> bool:
    """Whether a text orders something by itself, whatever examples of others it tells of."""
    return says("instructs", text) and says("instructs", _EXAMPLE.sub("", text))


def orders(text: str, private: frozenset[str] = _PRIVATE) -> bool:
    """Whether a text orders the model past its user: on to another tool with what is private, or unasked."""
    if len(text) > _LONGEST:
        return False
    if '"' in text or "\u201c" in text:
        text = _QUOTED.sub("", text)
    text = _SECRETS.sub("", _EXAMPLE.sub("", text))
    if not signals.among(_BEGUN, text):
        return False
    hushed = _shows(text, _HUSHED) and any(_shows(text, (name,)) for name in private)
    return hushed or any(_shows(text, each) for each in (_WAIVED, *_TELLING))


def _shows(text: str, names: Iterable[str]) -> bool:
    """Whether a text shows all of these signals. One by one: to compile the patterns of all takes as long as a file."""
    return all(signals.among(frozenset({name}), text) for name in names)


def _is_business(scope: Scope, said: ir.Expr, text: str) -> bool:
    """Whether a value is what a prompt comes to, by which a person has the model go on to tools with what was said."""
    if orders(text, _PLACES):
        return False
    prompts = [
        function
        for function in scope.functions
        if any(last(each.callee if isinstance(each, ir.Call) else each) in _PROMPTS for each in function.decorators)
    ]
    for call in scope.of(ir.Call):
        if last(call.callee) in _PROMPTS or (call.args and last(call.args[0].value) in _PROMPTS):
            numbers = [arg.value.function for arg in call.args if isinstance(arg.value, ir.Closure)]
            prompts += [scope.module.functions[number] for number in numbers]
    return any(type(node) is ir.Return and node.value is said for each in prompts for node in walk(each.body))


def returned(scope: Scope) -> Iterator[tuple[int, str, ir.Expr]]:
    """Lines and constant texts that a function gives back, and in which value; parts of one text are read as one."""
    if not scope.number:
        return
    seen = set()
    # A name is followed once: what it holds is the same wherever it is given back.
    followed: set[str] = set()
    said = [node.value for node in scope.of(ir.Return, ir.Raise)]
    # What an error says that is made here and thrown elsewhere, or by whoever inherits from it.
    said += [arg.value for call in scope.of(ir.Call) if _makes_error(call) for arg in call.args]
    for value in said:
        for line, text in _texts(scope, value, followed) if value is not None else ():
            if len(text) >= _SHORTEST and (line, text) not in seen:
                seen.add((line, text))
                yield line, text, value


def _makes_error(call: ir.Call) -> bool:
    callee = call.callee
    if type(callee) is ir.Attr and callee.name == "__init__" and type(callee.value) is ir.Call:
        callee = callee.value.callee  # ``super().__init__(text)``
    name = last(callee)
    return name == "super" or (call.new and name.endswith("Error"))


def _texts(scope: Scope, value: ir.Expr, followed: set[str]) -> Iterator[tuple[int, str]]:
    stack: list[Any] = [value]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is ir.Name:
            if node.id not in followed:
                followed.add(node.id)
                given = scope.set_to(node)
                stack.extend((given,) if given is not node else ())
                stack.extend(scope.grown.get(node.id, ()))
                stack.extend((scope.looped[node.id],) if node.id in scope.looped else ())
        elif kind is ir.Text or kind is ir.Binary:
            parts = [each for each in walk(node) if type(each) in _PARTS]
            line = parts[0].line if parts else node.line
            yield line, "".join(str(each.value) for each in parts if type(each) is ir.Const)
            stack.extend(each for each in parts if type(each) is ir.Name)
            # ``answer + "".join(PARTS)``
            joined = (each for each in walk(node) if type(each) is ir.Call and last(each.callee) == "join")
            yield from ((each.line, whole) for each in joined if (whole := scope.constant(each)))
        elif kind is ir.Const:
            if isinstance(node.value, str):
                yield node.line, node.value
        elif kind is ir.Mapping:
            # What a parameter is for is told where tools are listed, and is read there.
            told = not any(_describes(entry) for entry in node.entries)
            stack.extend(entry for entry in node.entries if told or constant(entry.key) != "description")
        elif kind is ir.Unary and node.op == "await" and _asks_elsewhere(scope, node.value):
            continue
        else:
            hidden = _decoded(scope, node) or scope.constant(node) if kind is ir.Call else ""
            if hidden:
                yield node.line, hidden
            stack.extend(below(node))


def _describes(entry: ir.Entry) -> bool:
    """Whether a member stands beside the description of a parameter or a tool."""
    key = constant(entry.key)
    return key in _SCHEMAS or (key == "type" and constant(entry.value) in _TYPES)


def _asks_elsewhere(scope: Scope, value: ir.Expr) -> bool:
    """Whether something outside is waited for: what it is told is no answer."""
    if not isinstance(value, ir.Call) or scope.helper(value) is not None:
        return False
    return not scope.name(value).startswith(_SETTLED)


def _decoded(scope: Scope, call: ir.Call) -> str:
    """What a constant says that is decoded in place."""
    name = scope.name(call) if call.args else ""
    if not name or _DECODES.isdisjoint(subjects(name)):
        return ""
    given = scope.constant(call.args[0].value) or ""
    if len(given) < _SHORTEST or len(given) > _CODED:
        return ""
    for decode in (base64.b64decode, bytes.fromhex):
        try:
            return decode(given).decode()
        except ValueError:  # Not of this kind, or no text.
            continue
    return ""
