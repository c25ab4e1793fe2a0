"""Files of weights that code loads by their path.

Those that lie in the project are told by the collector of models, whole and with their digests. What a path says of
others is a guess: nobody sees what lies there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _names, _tables
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.sites import chain
from driftseal.model.item import ItemKind

_GUESS: Final = 0.45
_JOINED: Final = frozenset({"join", "Path", "PurePath", "joinpath", "resolve", "open", "str"})
"""Functions whose last argument is the end of a path."""
_DEPTH: Final = 6


class WeightFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "weights"
    words: ClassVar[frozenset[bytes]] = frozenset(
        {
            b"torch.load",
            b"joblib",
            b"pickle.load",
            b"cloudpickle",
            b"load_model",
            b"inferencesession",
            b"llama_cpp",
            b"llamacpp",
        }
        | {
            b"ultralytics",
            b"safetensors",
            b"lightgbm",
            b"xgboost",
            b"jit.load",
            b".gguf",
            b"load_weights",
            b"from_pretrained",
        }
    )

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        asking = Asking(code, path)
        for site in code.index.of(path).calls:
            parts = chain(site.call.callee)
            for one in _tables.calls(_tables.LIST, "weights").get(last_name(site.call.callee), ()):
                if not any(parts[-len(call) :] == call for call in one.calls) or not asking.sure(site, one.sources):
                    continue
                for spot in asking.arguments(site, tuple(one.entry["id"])):
                    for name in _paths(code, spot):
                        yield Sighting(
                            ItemKind.MODEL_FILE,
                            name,
                            {},
                            line=site.call.line,
                            symbol=code.index.symbol(path, site.scope),
                            confidence=round(_GUESS * asking.weight(path), 2),
                        )


def _paths(code: Code, spot: Spot) -> Iterator[str]:
    told = {posixpath.normpath(text.replace("\\", "/")) for text in _ends(code, spot, _DEPTH)}
    # Without the folders of a machine, which nobody else has.
    yield from sorted(posixpath.basename(text) if text.startswith(("/", "~")) else text for text in told)


def _ends(code: Code, spot: Spot, depth: int) -> Iterator[str]:
    """What a path ends in, as far as it is constant: ``assets/a.pt`` of ``os.path.join(here, "assets", "a.pt")``."""
    led = code.constants.follow(spot)
    expr = led.expr
    if depth > 0 and isinstance(expr, ir.Call) and last_name(expr.callee) in _JOINED and expr.args:
        texts = [code.constants.text(led.at(arg.value)) for arg in expr.args if not arg.name]
        if last_name(expr.callee) == "open":
            yield from _ends(code, led.at(expr.args[0].value), depth - 1)
            return
        end: list[str] = []
        while texts and texts[-1]:
            end.insert(0, str(texts.pop()))
        if end and _names.is_weights(end[-1]):
            yield posixpath.join(*end)
        return
    if depth > 0 and isinstance(expr, ir.Binary) and expr.op == "/":
        right = code.constants.text(led.at(expr.right))
        if right and _names.is_weights(right):
            yield right
        return
    yield from (value.text for value in code.values.of(spot) if _names.is_weights(value.text))
