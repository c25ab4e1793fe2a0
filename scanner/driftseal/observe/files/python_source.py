"""Python that lies beside weights in an archive, and the Python that TorchScript is written in.

Facts:

- ``python-runs-programs``: a call that starts programs, or runs code that it unpacks (subject: the call).
- ``torchscript-file-operator``: an operator with which TorchScript, too, reads or writes files (subject: it).

Repositories of models have their code analysed whole; this looks at what an archive hides from that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files._found import signs
from driftseal.observe.files.base import Analyser, Budget, Seen

_RUNS: Final = re.compile(
    rb"(\bos\s{0,9}\.\s{0,9}(?:system|popen|exec[lv]\w{0,2}|spawn\w{1,4})\s{0,9}\(|\bsubprocess\s{0,9}\.\s{0,9}\w{2,20}\s{0,9}\("
    rb"|__import__\s{0,9}\(\s{0,9}['\"](?:os|subprocess|pty|socket|ctypes)|\b(?:exec|eval)\s{0,9}\(\s{0,9}(?:base64|zlib|codecs|bytes"
    rb"|marshal|compile|__import__|requests|urllib)|\bpty\.spawn\s{0,9}\(|\bctypes\.(?:CDLL|cdll|windll)"
    rb"|\bgetattr\s{0,9}\(\s{0,9}(?:os|subprocess|__builtins__|builtins)\s{0,9},|\bfrom\s{1,9}(?:os|subprocess)\s{1,9}import\s{1,9}"
    rb"(?:system|popen|\*|Popen|run|call|check_output))"
)
_TORCHSCRIPT: Final = re.compile(
    rb"(\b(?:ops\.aten|torch|torch\.ops\.aten)\.(?:save|from_file|_save|load|_load)\b|\bops\.(?:rpc|dist_rpc)\.\w{1,40}|\bprim\.PythonOp)"
)


class PythonSource(Analyser):
    """See the module."""

    name: ClassVar[str] = "python_source"
    suffixes: ClassVar[frozenset[str]] = frozenset({".py"})
    named: ClassVar[bool] = True

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``. The name tells."""
        del head, blob
        return False

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        if "code/" in name and "__torch__" in name:
            yield from signs(blob, _TORCHSCRIPT, "torchscript-file-operator", budget)
        else:
            yield from signs(blob, _RUNS, "python-runs-programs", budget)
