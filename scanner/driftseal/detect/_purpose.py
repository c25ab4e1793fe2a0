"""How sure one may be that a flow is a flaw, rather than what its tool openly is for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.model.rule import Confidence, Rule
from driftseal.observe import parameters
from driftseal.observe.taint.labels import ABSOLUTE, INSIDE, LEVEL, MORE, NAMED, PICTURES, gone_through
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

if TYPE_CHECKING:
    from driftseal.observe.taint.flows import Flow

_LIKE: Final = {
    "argv": "command",
    "path-read": "path",
    "path-write": "path",
    "path-delete": "path",
}
"""Kinds of sinks that say alike what they take."""
_BUNDLES: Final = frozenset({"arguments", "args", "params", "input", "options", "opts", "request", "kwargs", "payload"})
"""Names under which all arguments come together."""
_LONG: Final = 15
"""Steps of which no known flaw needs as many: so many hands do not pass one value on, but what was put beside it."""
_LETTERS: Final = 2
"""Names this short are those of a bundler."""
_VAGUE: Final = regex(r"passed \w*\(\)|is checked by(?!.*, before its links are resolved)")
"""Checks of which nobody knows what they check."""
_DENIED: Final = regex(
    r"is none of a list|does not contain a text|does not begin with a text|is not absolute"
    r"|holds no \.\.(?:, while another .*)?|is asked over TLS alone"
)
"""Checks that refuse some values: often enough against paths and hosts, never against a shell."""
_PLACE: Final = regex(r"(?i)(?:dir|directory|folder|root|(?:base|project|repo|repository|workspace)_?path)\Z")
"""How parameters are called that are folders to work in, rather than files."""
_ABSOLUTE: Final = regex(r"(?i)\babsolute\b")
"""How a description says that a path may begin at the root."""
_OF_NAMES: Final = regex(
    r"(?:is none of a list|does not \w+ (?:with )?a text|is one of a list|equals (?:a fixed|another) value)"
    r", of its last part alone(?:, while.*)?"
)
"""Checks that take or refuse names of some kind, wherever they lie."""
_REFUSED: Final = regex(r"does not (?:contain|begin with) a text|does not match a pattern")
"""Checks that refuse some words of a statement: a second line behind what the database lets its user do."""
_READS: Final = regex(
    r"(?i)\bread[- ]?only\b|\bonly (?:select|match|read|show)|\b(?:select|match|show)(?: \w+)? only\b"
    r"|\b(?:must be|a|execute|executes|run|runs)(?: an?)? (?:select|read)\b|\A(?:\w+[_-])?(?:read|select)[_-]"
)
"""How a tool that runs statements promises to read."""
_CLEANS: Final = regex(r"(?i)passed (?:to|through) \w*(?:sanit|escape|encode|assert|valid)")
_BARE: Final = ("net.", "socket.", "tls.", "crypto.tls.", "asyncio.open_connection", "WebSocket", "ws.", "websockets.")
"""How calls begin that open a bare connection, by which nobody asks a web service anything."""
_MAKES: Final = ("mkdir", "makedirs")
"""Calls that make folders which are not there."""
_SENT: Final = "what others sent is written"
"""Of a flow that chooses where something is put that came over the network: a place for it is no use by itself."""
_LOOKS: Final = (".stat", ".lstat", ".statSync", ".lstatSync", ".statfs", ".readlink")
"""Functions that tell of a file what it is, and nothing of what it holds."""
_OPENERS: Final = (".urlopen", ".convert_uri")
"""Calls that take an address, be it of a file."""
_FOLDER: Final = regex(
    r"(?i)\b(?P<how>from|in|into|of|to|within|inside|below|under|outside)\s+(?:of\s+)?the\s+(?P<word>[a-z-]{2,20})"
    r"(?P<noun>\s+(?:director(?:y|ies)|folders?|area))?\b"
)
"""How a tool names the folder that it keeps to."""
_PATH: Final = regex(
    r"(?i)(?:\W*\b(?:the|an?|optional|absolute|full|local|output|input|file|target|source|destination|or|list|array|of"
    r"|one|more|several)\b)*\W*(?:(?:file ?path|path|folder)s?|director(?:y|ies))\b"
    r"(?! segment|[^.]{0,60}\b(?:relative|within|inside|under|below|in the)\b)"
)
"""How a description begins that calls its parameter a path, anywhere on the machine."""
_LOCAL: Final = regex(
    r"(?i)\b(?:local|absolute)(?: \.?\w+)?(?: file)? paths?\b|\bpaths? (?:of|to) an? (?:existing |local )+\w*"
)
"""How a description says that a parameter may be a path, among other things."""
_SAVES: Final = regex(
    r"(?i)\b(?:sav(?:e|es|ed|ing)|writ(?:e|es|ten|ing)|stor(?:e|es|ed|ing)|export(?:s|ed|ing)?|output|download(?:s|ed)?)\b"
)
"""How a description says that something is put where a parameter leads."""
_GLOBS: Final = frozenset({"glob", "globSync", "globby", "iglob", "rglob"})
"""Calls that say which files there are."""
_TOLD: Final = 2000
"""Characters of a description that are read for it."""
_COMMANDS: Final = regex(
    r"(?i)\b(?:runs?|executes?|invokes?|calls?) (?:an?|any|the|one|some)? ?(?P<program>[\w-]+)(?: cli)?"
    r" (?:sub)?commands?\b"
)
"""How a tool says whose commands it runs."""
_AROUND: Final = regex(r"\bselect\b[\w\s.,*]*(?:\bcount\s*\(\s*[*1]\s*\)[\w\s.,*]*)?\bfrom\s*\(\s*\Z")
"""How a statement begins that counts or leafs through what the caller's own gives: ``SELECT * FROM (``."""
_ELEMENT: Final = regex(r"(?:\.\d+)+$")
_PROGRAM: Final = regex(r"[\w./-]+(?: [\w=./-]+)* ")
"""The beginning of a command line: a program, with what it is always given."""
_SPLIT: Final = frozenset({"passed through split()", "passed through rsplit()"})
"""Steps by which one text becomes many arguments."""
_WORDS: Final = regex(r"[_\W]+|(?<=[a-z])(?=[A-Z])")


def confidence(rule: Rule, flow: Flow, schema: Json, description: str | None, *, reading: bool = False) -> Confidence:
    """The rule's, or less: where names are lost, checks are vague, or power is there by design.

    ``reading`` says of a tool that it promises to read: a client may let it through on that word, so that a check which
    keeps it is no second line.
    """
    kind = _LIKE.get(flow.sink.kind, flow.sink.kind)
    if kind == "ssrf" and flow.sink.name.startswith(_BARE):
        kind = "connection"
    elif kind == "ssrf" and flow.sink.name.startswith(_list("drivers")):
        kind = "database"
    if (
        len(flow.steps) > _LONG
        or flow.checks == PICTURES
        or _VAGUE.match(flow.checks)
        or (kind in {"ssrf", "connection", "database", "member", "path"} and _DENIED.fullmatch(flow.checks))
    ):
        return Confidence.LOW
    if kind == "sql" and _REFUSED.match(flow.checks) and not (reading and "checks" in rule.match):
        return Confidence.LOW
    begun = flow.before or flow.checks.startswith("begins with")
    if kind == "path" and begun and flow.sink.name.endswith(_OPENERS):
        # An address opens a file only where its scheme is chosen, too.
        return Confidence.LOW
    looks = flow.sink.name.endswith(_LOOKS)
    places = kind == "path" and (looks or _inside_name(flow) or _levelled(flow) or _is_folder(flow))
    # A program of which the beginning of the name is fixed is one of a family: ``f"python{version}"``.
    program = _names_program(flow) or (flow.sink.kind == "argv" and _inside_name(flow))
    if places or (kind == "command" and program):
        return Confidence.LOW
    judged = flow.checks == _SENT or (bool(flow.guard) and (kind != "sql" or "checks" in rule.match))
    # Whoever may name any place, but for names of some kind, may name any place.
    judged = judged and not (kind == "path" and (_OF_NAMES.fullmatch(flow.checks) or _takes_absolute(flow, schema)))
    promised = kind == "path" and (_confined(description or "", schema) or flow.sink.name in _list("beyond"))
    promised = promised or (kind == "command" and _one_program(description or ""))
    # What says that it only reads has no place to write to, unless its parameter says that it is one.
    place = flow.sink.kind == "path-write" and is_place(schema, flow.source.name)
    promised = promised or (reading and not place and flow.sink.kind in {"path-write", "path-delete"})
    if flow.source.kind == "parameter" and _by_design(flow, kind, schema, judged=judged or promised):
        return Confidence.LOW
    return min(rule.confidence, flow.confidence)


def promises_reading(name: str, description: str | None, annotations: Json) -> bool:
    """Whether a tool says that it only reads, by its name, its description or its annotations."""
    hinted = annotations.get("readOnlyHint") if isinstance(annotations, Mapping) else None
    return hinted is True or _READS.search(f"{name}\n{(description or '')[:_TOLD]}") is not None


def promises_describing(name: str) -> bool:
    """Whether a tool is called as those are that tell what there is."""
    said = [word.lower() for word in _WORDS.split(name)]
    return bool(said) and said[0] in _list("describing")


def ends_no_statement(flow: Flow) -> bool:
    """Whether a driver runs one statement at a time: what is put in for a name begins no other."""
    return flow.sink.name in _list("one_statement")


def runs_any_statement(flow: Flow, schema: Json) -> bool:
    """Whether a tool runs whatever statement it is given, unchecked and as the parameter's name says."""
    return (
        flow.sink.kind == "sql"
        and flow.source.kind == "parameter"
        and not flow.guard
        and parameters.named(schema, flow.source.name)
        and _says(flow.source.name.rpartition(".")[2], "sql")
        and _is_all(flow.before, "sql")
    )


def takes_clause(flow: Flow, schema: Json) -> bool:
    """Whether a parameter is openly a part of a statement, of which its caller writes as much as they like."""
    said = {word.lower() for word in _WORDS.split(flow.source.name.rpartition(".")[2])}
    return (
        flow.sink.kind == "sql"
        and flow.source.kind == "parameter"
        and not flow.guard
        and parameters.named(schema, flow.source.name)
        and not said.isdisjoint(_list("clauses"))
    )


def begins_reading(flow: Flow) -> bool:
    """Whether the statement that a value is put into begins as those do that only read, or is told from a clause on."""
    first = re.match(r"[\s(]*(\w+)", flow.before)
    return first is not None and first[1].lower() in _list("reading")


def runs_any_command(flow: Flow, schema: Json) -> bool:
    """Whether a tool runs whatever command it is given, unchecked and as the parameter's name says."""
    last = _ELEMENT.sub("", flow.source.name).rpartition(".")[2]
    return (
        flow.sink.kind in {"argv", "command"}
        and flow.source.kind == "parameter"
        and not flow.guard
        and parameters.named(schema, flow.source.name)
        and _says(last, "command")
        and _is_all(flow.before, "command")
    )


def runs_any_line(flow: Flow, schema: Json, description: str | None) -> bool:
    """Whether a tool is a shell: nothing stands before the command, and no one program is meant."""
    begun = posixpath.basename(flow.before.partition(" ")[0])
    # A script is for whatever runs it, and says itself what that does.
    script = flow.before == "?" and _says(flow.source.name.rpartition(".")[2], "code")
    whole = not flow.before or begun in _list("wrappers") or script
    # Whoever runs lines on another machine or in a container runs none on this one.
    here = not flow.sink.name.startswith(_list("elsewhere"))
    return whole and here and runs_any_command(flow, schema) and not _one_program(description or "")


def browses_anywhere(flow: Flow, schema: Json) -> bool:
    """Whether a tool has a browser open whatever address it is given, unchecked and as the parameter's name says."""
    return (
        flow.sink.kind == "browse"
        and flow.source.kind == "parameter"
        and flow.guard != "strong"
        and not flow.before
        and parameters.named(schema, flow.source.name)
        and _says(flow.source.name.rpartition(".")[2], "browse")
    )


def names_place(flow: Flow, schema: Json) -> bool:
    """Whether a parameter is openly the place in which the rest of a path lies."""
    last = flow.source.name.rpartition(".")[2]
    return (
        flow.source.kind == "parameter"
        and flow.sink.name not in _list("beyond")
        and not flow.guard
        and not flow.before
        and flow.checks != _SENT
        and _says_of(schema, last, flow, "path")
    )


def is_place(schema: Json, name: str) -> bool:
    """Whether a parameter openly says where something is to be put: ``saveTo``, or a path to save it to."""
    return _says(name.rpartition(".")[2], "place") or _SAVES.search(parameters.told(schema, name)) is not None


def cleaned(flow: Flow, sure: Confidence) -> Confidence:
    """Less sure where what a value passes through is called a cleaner, or a check of it nobody knows what."""
    # Whoever asks an address whether it is valid has asked it.
    asked = "passed to " if flow.sink.kind == "ssrf" else "?"
    steps = (step.what for step in flow.steps if not step.what.startswith(asked))
    vague = _VAGUE.match(flow.checks) or any(map(_CLEANS.search, steps))
    return Confidence.LOW if vague else sure


def _inside_name(flow: Flow) -> bool:
    """Whether a value stands behind the beginning of a name: ``report_/../x`` leads nowhere without such a folder.

    Where .. is resolved by the text alone, or folders are made on the way, it leads there all the same.
    """
    steps = [step.what for step in flow.steps]
    if INSIDE not in steps or not flow.sink.path.endswith(".py") or flow.sink.name.endswith(_MAKES):
        return False
    after = steps[len(steps) - steps[::-1].index(INSIDE) :]
    return not any(gone_through(step) in words("normalising") for step in after)


def _takes_absolute(flow: Flow, schema: Json) -> bool:
    """Whether a place is openly any on the machine, of which all that is asked is that its name goes nowhere up."""
    last = flow.source.name.rpartition(".")[2]
    openly = _PLACE.search(last) or _ABSOLUTE.search(parameters.told(schema, flow.source.name))
    return not flow.before and flow.checks.endswith(ABSOLUTE) and openly is not None


def _is_folder(flow: Flow) -> bool:
    """Whether nothing stands before a value and more of a path after it: its caller says which folder is meant."""
    return not flow.before and not flow.guard and any(step.what in {NAMED, MORE} for step in flow.steps)


def _levelled(flow: Flow) -> bool:
    """Whether a value has no slashes any more: it may be the folder around, which nobody can read or write."""
    steps = [step.what for step in flow.steps]
    if LEVEL not in steps or flow.sink.kind == "path-delete":
        return False
    after = steps[len(steps) - steps[::-1].index(LEVEL) :]
    return not any(gone_through(step) in words("decoding") for step in after)


def _names_program(flow: Flow) -> bool:
    """Whether a value is a folder alone, and the server names the program in it: ``environment / "bin" / "pip"``.

    Whoever works in a folder of theirs runs what lies there; as a line for a shell it would be put into a text.
    """
    steps = [step.what for step in flow.steps]
    if NAMED not in steps:
        return False
    after = steps[len(steps) - steps[::-1].index(NAMED) :]
    return not any(step == "put into a string" or step.endswith("join()") for step in after)


def _by_design(flow: Flow, kind: str, schema: Json, *, judged: bool) -> bool:
    """``judged``: whether it is a check of the value that the rule is about, or a promise to keep to a folder."""
    # An element of a list is called as the list is.
    last = _named_by_caller(flow.source.name, schema)
    if last in _BUNDLES and not parameters.scalar(schema, flow.source.name):
        return True
    owner, _, part = _ELEMENT.sub("", flow.source.name).rpartition(".")
    if owner and parameters.scalar(schema, owner) and part not in _list("members"):
        # A text has no such member: it is one of what the code found by it.
        return True
    # The name that was asked for is not the parameter's.
    unknown = kind == "member" and not parameters.scalar(schema, flow.source.name) and _is_of_parts(flow)
    if unknown or (len(last) <= _LETTERS and not parameters.named(schema, flow.source.name)):
        return True
    if kind == "argv-option":
        program = posixpath.basename(flow.before.replace("\\", "/"))
        if program in _list("programs"):
            return _says(last, "path") and last.lower() not in _list("revisions")
        # Of a program that nobody knows, one argument may do little; as many as one likes are another matter.
        return not _SPLIT.intersection(step.what for step in flow.steps) or _says(last, "option")
    return not judged and _says_of(schema, last, flow, kind) and _is_all(flow.before, kind)


def _named_by_caller(name: str, schema: Json) -> str:
    """How a parameter is called of which a member may be meant, or an element: ``db_path`` of ``db_path.parent``."""
    name = _ELEMENT.sub("", name)
    owner, _, last = name.rpartition(".")
    return owner.rpartition(".")[2] if last in _list("members") and parameters.scalar(schema, owner) else last


def _is_of_parts(flow: Flow) -> bool:
    """Whether what arrives is a part of what a caller gave, under a key that nobody knows."""
    return any(gone_through(step.what) in _list("parts") for step in flow.steps)


def _says_of(schema: Json, last: str, flow: Flow, kind: str) -> bool:
    """Whether the name of a parameter, or what is told of it, openly says what the operation takes."""
    if kind == "document" and parameters.scalar(schema, flow.source.name):
        return False  # a filter that is a text is no document
    if _says(last, kind) or kind != "path":
        return _says(last, kind)
    if flow.sink.name.rpartition(".")[2] in _GLOBS and _says(last, "glob"):
        return True  # which files there are is what it is asked for
    told = parameters.told(schema, flow.source.name)
    return bool(_PATH.match(told) or _LOCAL.search(told))


def _confined(description: str, schema: Json) -> bool:
    """Whether a tool says that it keeps to one folder: of the public directory, inside the workspace."""
    given = {word.lower() for name in parameters.names(schema) for word in _WORDS.split(name)}
    return any(
        found["noun"] is not None or found["how"].lower() in {"within", "inside", "below", "outside"}
        for found in _FOLDER.finditer(description[:_TOLD])
        # The caller names a folder that is a parameter.
        if found["word"].lower() in _list("folders") and found["word"].lower() not in given
    )


def _one_program(description: str) -> bool:
    """Whether a tool says that it runs commands of one program: a kubectl command."""
    return any(found["program"].lower() in _list("programs") for found in _COMMANDS.finditer(description[:_TOLD]))


def _is_all(before: str, kind: str) -> bool:
    """Whether the value is all that the operation takes, rather than a part put into something of the server's own."""
    if kind in {"path", "ldap", "xpath"}:
        return not before
    if kind == "command":
        # A line for one program that the server names is no line for a shell.
        first = posixpath.basename(before.partition(" ")[0])
        return not _PROGRAM.fullmatch(before) or first in _list("wrappers")
    if kind == "sql":
        # Statements of the server's own may stand before the one that is the caller's.
        begun = _AROUND.sub("", before.lower().rpartition(";")[2])
        return all(word in _list("explaining") for word in re.findall(r"[a-z]+", begun))
    return True


def _says(name: str, kind: str) -> bool:
    said = [word.lower() for word in _WORDS.split(name)]
    return any(word.startswith(known) for word in said for known in _list(f"parameters.{kind}"))


@cache
def _list(name: str) -> tuple[str, ...]:
    """Words of ``rules/lists/purpose.yaml``.

    Raises:
        RuleError: the list is malformed.
    """
    given: object = rulebook.load_list("purpose")
    for part in name.split("."):
        given = given.get(part) if isinstance(given, Mapping) else None
    if given is None:
        return ()
    if not isinstance(given, str):
        raise RuleError(f"rules/lists/purpose.yaml: {name}: words with blanks between them")
    return tuple(given.split())
