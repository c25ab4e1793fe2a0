"""Files in which flavours of MLflow name the module that reads their weights: it is imported whatever it is.

Facts: ``mlmodel-foreign-module``, of a module that MLflow names nowhere itself (subject: it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files.base import Analyser, Budget, Fact, Seen
from driftseal.observe.files.mlmodel import FOREIGN
from driftseal.observe.words import vocabulary

_LONGEST: Final = 512
_MODULE: Final = re.compile(r"\w+(?:\.\w+)*", re.ASCII)


class MlflowModule(Analyser):
    """See the module. MLflow reads such files by their names, so no other text is one."""

    name: ClassVar[str] = "mlflow_module"
    files: ClassVar[frozenset[str]] = frozenset({"pickle_module_info.txt", "keras_module.txt"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        del head, blob
        return False

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name, budget
        text = blob.read_at(0, _LONGEST).decode("utf-8", "replace")
        if text.strip().lower() not in vocabulary("mlflow", "helpers"):
            shown = text.strip()
            subject = shown if _MODULE.fullmatch(shown) else ""
            yield Fact(FOREIGN, shown or "nothing", subject=subject)
