"""What is kept of the answer to a request: where that is a picture alone, nobody reads by it what a service tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import Project
from driftseal.observe.taint.summary import Spot
from driftseal.observe.taint.targets import called

_KIND: Final = "content-type"
_PICTURE: Final = "image"


class Answers:
    """Where a project asks an address, and throws away whatever is no picture."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[tuple[str, int], bool] = {}

    def pictures(self, spot: Spot) -> bool:
        """Whether the function around a request looks at the media type of its answer, and refuses all but pictures."""
        functions = self._project.modules[spot.path].functions
        around = [one for one in functions[1:] if one.line <= spot.line <= one.end_line]
        function = max(around, key=lambda one: one.line, default=None)
        if function is None:
            return False
        key = spot.path, function.line
        if key not in self._known:
            self._known[key] = _asks(function) and any(_refuses(each) for each in walk.of({ir.If}, function.body))
        return self._known[key]


def _asks(function: ir.Function) -> bool:
    return any(str(each.value).lower() == _KIND for each in walk.of({ir.Const}, function.body))


def _refuses(test: ir.If) -> bool:
    """``if not kind.startswith("image/"): raise``, or by a function of such a name."""
    ends = bool(test.then) and isinstance(test.then[-1], (ir.Raise, ir.Return))
    return ends and any(_not_picture(each) for each in walk.of({ir.Unary}, (test.test,))) and _nothing_else(test.test)


def _not_picture(test: ir.Unary) -> bool:
    call = test.value
    if test.op not in {"not", "!"} or not isinstance(call, ir.Call):
        return False
    said = [called(call), *_texts(call)]
    return any(_PICTURE in each.lower() for each in said)


def _nothing_else(test: ir.Expr) -> bool:
    """Whether no other media type is let through."""
    return all(each.startswith(_PICTURE) for each in _texts(test) if "/" in each)


def _texts(node: ir.Expr) -> Iterator[str]:
    return (str(each.value) for each in walk.of({ir.Const}, (node,)) if isinstance(each.value, str))
