"""A fuzz target for every parser: analysers of model files, formats of documents, front ends of languages.

    python tests/fuzz.py
    python tests/fuzz.py TARGET [OPTION OF LIBFUZZER ...] [FOLDER OF SEEDS]

Without a target their names are listed. It is guided by coverage and needs atheris (``pip install atheris``); the tests
feed the same targets without it. A target takes any bytes, and nothing comes out of it but an error of ours.
"""

from __future__ import annotations

import importlib
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from driftseal import plugins
from driftseal.code import front_ends
from driftseal.errors import TargetError
from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS, MIB
from driftseal.observe.files.base import Analyser, Budget

Target = Callable[[bytes], None]
LIMITS: Final = replace(DEFAULT_LIMITS, code_seconds=1.0, behaviour_seconds=1.0, unpacked_bytes=8 * MIB)
_DOCUMENTS: Final = ("frontmatter", "jsonc", "toml", "xml", "yaml")
_SUFFIXES: Final = {"python": ".py", "javascript": ".tsx", "go": ".go", "java": ".java", "csharp": ".cs", "rust": ".rs"}


def _analyse(name: str, data: bytes) -> None:
    analyser = plugins.load("observe.files", name, Analyser)()  # type: ignore[type-abstract]  # its concrete subclass is made
    blob = Bytes(data)
    analyser.claims(data[:4096], blob)
    suffix = min(analyser.suffixes, default="")
    budget = Budget(LIMITS, LIMITS.unpacked_bytes, LIMITS.archive_members, LIMITS.file_steps)
    deque(analyser.read(blob, f"model{suffix}", budget), maxlen=0)


def _parse(name: str, data: bytes) -> None:
    try:
        importlib.import_module(f"driftseal.formats.{name}").parse(data, "fuzzed", LIMITS)
    except TargetError:
        return


def _lower(language: str, data: bytes) -> None:
    front_ends.lower(data, f"fuzzed{_SUFFIXES.get(language, '')}", LIMITS, language)


def targets() -> Mapping[str, Target]:
    """Every target by its name."""
    found: dict[str, Target] = {f"model-{name}": partial(_analyse, name) for name in plugins.names("observe.files")}
    found |= {f"document-{name}": partial(_parse, name) for name in _DOCUMENTS}
    return found | {
        f"code-{language}": partial(_lower, language) for language in (*sorted(front_ends.languages()), "shell")
    }


def main() -> int:
    known = targets()
    if len(sys.argv) == 1:
        sys.stdout.write("\n".join(known) + "\n")
        return 0
    if sys.argv[1] not in known:
        sys.stderr.write(f"no target {sys.argv[1]!r}; python tests/fuzz.py lists them\n")
        return 2
    atheris = importlib.import_module("atheris")
    target = known[sys.argv.pop(1)]
    target(b"")  # what it needs is imported by now
    atheris.instrument_all()
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
