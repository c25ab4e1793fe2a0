"""What models say that a call of a library does."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.project import External, FunctionRef, Instance, Ref
from driftseal.observe.taint import constants, forms, origins, patterns, sinks, stores, targets
from driftseal.observe.taint.apis import SINKS
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import (
    ESCAPED,
    LEVEL,
    NAMED,
    Label,
    Node,
    Origin,
    Taint,
    Taints,
    merged,
    outlived,
    stepped,
)
from driftseal.observe.taint.models import Model
from driftseal.observe.taint.targets import Arguments
from driftseal.observe.taint.values import CLEAN, Value, deep, with_clean, with_taints
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_PAIR: Final = 2
_SCRIPTS: Final = frozenset({"javascript", "typescript", "tsx", "jsx"})
"""Languages in which a text is replaced once where no pattern says otherwise."""
_HERE: Final = ("cwd", "getcwd")
_OPTION: Final = frozenset({"argv-option", "argv"})
_CONTENT: Final = frozenset({"file", "network", "process", "database"})
"""Sources whose results are what lies under a name."""
_DOUBLED: Final = frozenset({"doubled"})
_BOTH: Final = frozenset({'["\\\\]', '[\\\\"]', '(["\\\\])', '([\\\\"])'})
"""Patterns of backslashes and double quotes."""
_ENCODED: Final = frozenset({"path-read", "path-write", "path-delete", "sql", "ssrf", "browse"})
"""What digits do no harm to: they make no dots, and what is encoded of a text begins with no slash."""
_QUOTED: Final = frozenset({r"'\''", "'\"'\"'", r"'\\''"})
"""What a quote becomes where a text is put between quotes for a shell."""
_PARTING: Final = frozenset({"parse", "split"})
_LINE: Final = frozenset({"command"})
_ENDED: Final = frozenset({"line"})
_ALONE: Final = frozenset({"alone"})
"""What a value is cleaned of that joins no command to another; at the end of its line one begins all the same."""
_QUOTES: Final = frozenset({"'", '"', "`", "]"})
"""What ends a text or a name of SQL; twice, or taken out, it ends none."""
_STATEMENT: Final = frozenset({"sql"})
_UP: Final = regex(r"(?:^|[/\\])\.{0,2}$")
"""How a path ends that names nothing."""
_NAMELESS: Final = frozenset(SINKS) - {"code", "deserialise", "html", "template", "unpack"} | {"result"}


def apply(frame: Frame, expr: ir.Call, name: str, model: Model, receiver: Value, args: Arguments, sure: int) -> Value:
    """Take a modelled call into account; its result."""
    reached = model.capabilities - {sink.capability for sink in model.sinks}
    for sink in model.sinks:
        if sinks.applies(sink, expr, args, frame.library.project):
            if sink.capability in model.capabilities:
                reached |= {sink.capability}
            sinks.sink(frame, expr, name, sink, receiver, args, sure)
    if sure:
        where = next((host for host in map(constants.host, args.all) if host), "") if "network" in reached else ""
        what = origins.used_on(frame, expr, name, model, args) if reached else ""
        for label in sorted(reached):
            frame.reach(label, frame.spot(label, name, expr.line), where, what)
    if model.guard and (frame.effect is expr or targets.called(expr) == "relative_to"):
        frame.env.add(forms.of_model(frame, expr, model.guard))
    if frame.effect is expr and isinstance(expr.callee, ir.Attr) and not model.sinks and model.passes:
        stores.collect(frame, expr.callee.value, receiver, args, text=stores.builds(frame, name.rpartition(".")[2]))
    return _result(frame, expr, name, model, receiver, args)


def _result(frame: Frame, expr: ir.Call, name: str, model: Model, receiver: Value, args: Arguments) -> Value:

    ref = External(model.returns, ()) if model.returns else External(name, ())
    result = Value(ref=Instance(ref))
    last = targets.called(expr)
    if (
        (last in words("compiling") or name.endswith("Regex.new"))
        and args.positional
        and args.positional[0].text is not None
    ):
        return result._replace(fields={"pattern": args.positional[0]})
    if last in {"Set", "set", "frozenset", "tuple", "list", "freeze"} and args.positional:
        result = args.positional[0]
    if model.itself:
        return receiver
    if model.lists:
        return _built(frame, expr, result.ref, receiver, args)
    if model.same and args.positional:
        given = args.positional[0]
        return with_clean(given, model.clean) if model.clean else given
    if "*" in model.clean:
        return Value(ref=result.ref)
    clean = model.clean | replaced(frame, last, receiver, args)
    if model.source is not None and model.source.kind in _CONTENT:
        # What is read is not the name by which it is read; it can be harmful by its content alone.
        clean |= _NAMELESS
    if model.passes:
        result = _through(frame, expr, result, receiver, _carried(model, args), clean)
    if model.source is not None:
        origin = Origin(model.source.kind, origins.read(frame, expr) or name, frame.path, expr.line)
        result = with_taints(result, {Label(origin, ()): Taint()})
    return result


def _carried(model: Model, args: Arguments) -> Arguments:
    """What of the arguments the result has in it."""
    if not model.carried:
        return args
    positional = tuple(value for place, value in enumerate(args.positional) if place in model.carried)
    return Arguments(positional, {name: args.named[name] for name in args.named if name in model.carried}, args.rest)


def _through(
    frame: Frame, expr: ir.Call, result: Value, receiver: Value, args: Arguments, clean: frozenset[str]
) -> Value:
    """The result once it carries what goes into the call."""
    last = targets.called(expr)
    taints = merged(deep(value) for value in (receiver, *args.all))
    whole = receiver if not args.all[:-1] else args.positional[0] if len(args.positional) == 1 else None
    if whole is not None and whole.text is not None and not taints and last in {"str", "String", "Path", "resolve"}:
        result = result._replace(const=whole.text)
    if not taints:
        return result
    operands = len(expr.args) + (isinstance(expr.callee, ir.Attr) and bool(deep(receiver)))
    normal = last in words("normalising")
    # Only of pathlib does resolve() follow links.
    real = last in words("unlinking") or (frame.python and last == "resolve") or _real(last, args)
    what = passing(frame, last, receiver, args)
    step = Node(
        None, frame.path, expr.line, what, normal=normal, pure=operands == 1 and last not in words("losing"), real=real
    )
    below = _stands_before(receiver, args) if last in words("joining") else None
    folder = _folder(step, last, args)
    decoded = last in words("decoding")
    later = decoded or last in _PARTING
    passed = {
        label: Taint(
            node,
            cleaned | clean,
            outlived(guards, decoded=decoded) if later and guards else guards,
            fixed or ("?" if below is not None and label not in below else ""),
            sure,
        )
        for label, (node, cleaned, guards, fixed, sure) in {**stepped(taints, step), **folder}.items()
    }
    taints = merged((result.taints, passed))
    return Value(taints, result.const, result.fields, result.items, result.ref, result.scope)


def _folder(step: Node, last: str, args: Arguments) -> Taints:
    """Of a path that begins with what is not the server's own, that it is the folder of what follows by name."""
    first, *rest = args.positional or [CLEAN]
    if last not in words("joining") or not any(part.text and not _UP.search(part.text) for part in rest):
        return {}
    inside = merged(map(deep, rest))
    whole = {label: taint for label, taint in deep(first).items() if label not in inside}
    return stepped(whole, Node(None, step.path, step.line, NAMED, normal=step.normal, real=step.real))


def _real(last: str, args: Arguments) -> bool:
    """Whether a bare name is joined to a folder whose links are resolved."""
    if last not in words("joining") or len(args.positional) != _PAIR:
        return False
    folder, name = map(deep, args.positional)
    bare = all("path-read" in taint.cleaned for taint in name.values())
    return bare and any(taint.node is not None and taint.node.real for taint in folder.values())


def _stands_before(receiver: Value, args: Arguments) -> Taints | None:
    """What goes into the folder that a path is joined to; None where there is no folder, or the current one."""
    parts = list(args.positional)
    if isinstance(receiver.ref, Instance) or receiver.taints or receiver.text is not None:
        parts.insert(0, receiver)
    if len(parts) < _PAIR:
        return None
    ref = parts[0].ref.of if isinstance(parts[0].ref, Instance) else None
    return None if isinstance(ref, External) and ref.name.endswith(_HERE) else deep(parts[0])


def replaced(frame: Frame, last: str, receiver: Value, args: Arguments) -> frozenset[str]:
    """The sinks for which a text is harmless once everything but listed characters is taken out of it."""
    pattern, put = _replacement(frame, last, receiver, args)
    if put is None:
        return _ENCODED if last in words("encoding") and _digits(args) else frozenset()
    if bounded := _bounded(pattern, put, receiver):
        return bounded
    quoted = _quoted(patterns.bare(pattern), put, receiver)
    if quoted is not None:
        # A text whose quotes are doubled is safe between quotes; where it is put as a number, it needs none to get out.
        texts = frame.python or frame.module.language in _SCRIPTS or patterns.bare(pattern) != "'"
        return quoted if texts else frozenset()
    listed = patterns.unlisted(pattern)
    if listed is None:
        return frozenset()
    if not patterns.plain(listed + put):
        return frozenset({"code"} if patterns.nameless(listed + put) else ())
    return frozenset(SINKS) - (_OPTION if "-" in listed else frozenset())


def _bounded(pattern: str, put: str, receiver: Value) -> frozenset[str]:
    """The sinks in which a text begins no other line, and no second command where nothing joins one to it either."""
    ended = patterns.breaks(pattern) and not {"\r", "\n"} & set(put)
    alone = not put and patterns.parts(pattern)
    found = (_ENDED if ended else frozenset()) | (_ALONE if alone else frozenset())
    before = [taint.cleaned for taint in receiver.taints.values()]
    both = found | (frozenset.intersection(*before) if before else frozenset())
    return found | _LINE if found and both >= _ENDED | _ALONE else found


def _digits(args: Arguments) -> bool:
    """Whether bytes are written in digits and letters: ``bytes.toString("base64url")``."""
    return any(value.text in words("encodings") for value in args.positional[:1])


def _quoted(pattern: str, put: str, receiver: Value) -> frozenset[str] | None:
    """The sinks in which a text ends no quotes any more; None where it is not quotes that are replaced."""
    if put in _QUOTED and pattern == "'":
        return _LINE
    if pattern in _QUOTES and put in {"", pattern * 2}:
        # PowerShell doubles them, and of no shell does a pair end what stands between single quotes.
        return _STATEMENT | _LINE if (pattern, put) == ("'", "''") else _STATEMENT
    return _escaped(pattern, put, receiver) if put.startswith("\\") else None


def _escaped(pattern: str, put: str, receiver: Value) -> frozenset[str]:
    """Of a text that stands between double quotes: whether backslashes are doubled, and then quotes are escaped."""
    if put == "\\\\" and pattern in {"\\", "\\\\"}:
        return _DOUBLED
    once = pattern in _BOTH and put in {"\\$&", "\\$1"}
    doubled = all(taint.cleaned >= _DOUBLED for taint in receiver.taints.values())
    return ESCAPED if once or (pattern == '"' and put == '\\"' and doubled) else frozenset()


def _replacement(frame: Frame, last: str, receiver: Value, args: Arguments) -> tuple[str, str | None]:
    """The pattern of which every match is replaced, and by what; None where that is not constant, or not every one."""
    if last not in words("replacing") or not args.positional:
        return "", None
    fields = args.positional[0].fields or receiver.fields or {}
    pattern = (fields["pattern"].text if "pattern" in fields else args.positional[0].text) or ""
    script = frame.module.language in _SCRIPTS
    every = last != "replace" or not script or pattern.rpartition("/")[2].count("g") > 0
    return pattern, next((value.text for value in args.positional[1:2]), None) if every else None


def passing(frame: Frame, last: str, receiver: Value, args: Arguments) -> str:
    """How a step through a call is told; of one that leaves no slash in a text, that it does."""
    pattern, put = _replacement(frame, last, receiver, args)
    if put is not None and not {"/", "\\"} & set(put) and patterns.slashes(pattern):
        return LEVEL
    each = args.positional[0].ref if last == "map" and args.positional else None
    if isinstance(each, FunctionRef):
        # What is done to every element is what is done to the list.
        last = frame.library.project.modules[each.path].functions[each.number].name or last
    return f"passed through {last}()" if last else "passed through a call"


def _built(frame: Frame, expr: ir.Call, ref: Ref | None, receiver: Value, args: Arguments) -> Value:
    """A command with more arguments; the variable that the builder lies in has them from now on."""
    made = sinks.line(
        [receiver, *args.positional] if receiver.items else [Value(fields={}, items=True), *args.positional]
    )
    made = made._replace(ref=ref)
    root = expr.callee
    while isinstance(root, (ir.Attr, ir.Call, ir.Unary)):
        root = root.callee if isinstance(root, ir.Call) else root.value
    if isinstance(root, ir.Name) and receiver.items and root.id in frame.env.vars and frame.env.vars[root.id].items:
        frame.env.vars[root.id] = made
    return made
