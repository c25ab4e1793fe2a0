"""Programs of ``torch.export``: JSON in a ``.pt2`` archive, of which its loader evaluates the sizes of tensors.

``torch.export.load`` gives every ``expr_str`` to sympy, which evaluates it as Python, and looks the target of each call
up attribute by attribute from ``torch`` on, which leads to the modules that torch itself imports.

Facts:

- ``torch-export-expression``: a size is more than arithmetic of symbols (subject: it).
- ``torch-export-target``: a call goes to what is no operator of torch (subject: it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import parse_json
from driftseal.errors import TargetError
from driftseal.formats.blob import Blob
from driftseal.model.item import Json
from driftseal.observe.files import _pickle_names as names
from driftseal.observe.files._pickle_names import Tier
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Seen
from driftseal.observe.words import vocabulary

_LOOKED: Final = 1 << 16
_MARK: Final = re.compile(rb'"graph_module"\s{0,20}:|"expr_str"\s{0,20}:|"range_constraints"\s{0,20}:')
_STEP: Final = 8
"""Bytes of JSON that are read as fast as one step of anything else."""
# Nothing is given back: a dot between digits fits two of the ways, which are no two ways to read a text.
_PLAIN: Final = re.compile(
    r"(?:[\w\s+\-*/%(),<>=&|~!]|(?<=[\d\s(*/+\-])\.(?=\d)|(?<=\d)\.(?![A-Za-z_])|(?<=\()'\w{1,40}')*+",
    re.ASCII,
)
_CALLED: Final = re.compile(r"(?<!\w)\d*+([A-Za-z_]\w*+)\s*+\(", re.ASCII)
_SHOWN: Final = 200
_BAD: Final = frozenset({Tier.DANGEROUS, Tier.INDIRECTION, Tier.CODE, Tier.DUNDER, Tier.SCANNER})


class TorchExport(Analyser):
    """See the module."""

    name: ClassVar[str] = "torch_export"
    files: ClassVar[frozenset[str]] = frozenset({"serialized_exported_program.json"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{" or b"\0" in head:
            return False
        return _MARK.search(head if len(head) == blob.size else blob.read_at(0, _LOOKED)) is not None

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        limits = budget.limits
        if blob.size > limits.file_bytes or not budget.spend(blob.size // _STEP):
            yield Blank("the program is too large to be parsed (limits.file_bytes)")
            return
        try:
            value = parse_json(blob.read_at(0, blob.size), name, limits).value
        except TargetError as cause:
            yield Blank(f"the program cannot be parsed: {str(cause).removeprefix(f'{name}:').strip()}")
            return
        told: set[str] = set()
        left = limits.file_facts
        for fact in _facts(value):
            if left and fact.subject not in told:
                told.add(fact.subject)
                left -= 1
                yield fact


def _facts(value: Json) -> Iterator[Fact]:
    open_ = [value]
    while open_:
        one = open_.pop()
        if isinstance(one, list):
            open_ += one
        elif isinstance(one, dict):
            open_ += one.values()
            expression, target = one.get("expr_str"), one.get("target")
            if isinstance(expression, str) and not _is_arithmetic(expression):
                shown = expression[:_SHOWN]
                yield Fact("torch-export-expression", f"a size is {shown}", subject=shown)
            if isinstance(target, str) and "inputs" in one and not _is_operator(target):
                shown = target[:_SHOWN]
                yield Fact("torch-export-target", f"a call of {shown}", subject=shown)


def _is_arithmetic(expression: str) -> bool:
    if "__" in expression or _PLAIN.fullmatch(expression) is None:
        return False
    return all(name.lower() in vocabulary("operators", "sympy") for name in _CALLED.findall(expression))


def _is_operator(target: str) -> bool:
    """Whether a target is one of torch's operators, or at least nothing that is known to do harm."""
    root, _, rest = target.partition(".")
    if root not in {"torch", "_operator"} or rest.startswith("ops."):
        return True
    module, _, name = target.rpartition(".")
    return _BAD.isdisjoint({names.tier(root, rest), names.tier(module, name)})
