"""Packages that a command installs: ``pip install vllm==0.10.1``, ``npm install -g @openai/codex@0.29.0``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.files._packages import framework
from driftseal.collect.discovery.files._python import required

_STARTERS: Final = frozenset({"sudo", "python", "python3", "-m", "uv", "RUN", "time"})
_PYTHON: Final = frozenset({"pip", "pip3"})
_NODE: Final = frozenset({"npm", "pnpm", "yarn", "bun"})
_ADDING: Final = frozenset({"install", "add", "i"})
_NPM: Final = re.compile(r"((?:@[a-z0-9._-]+/)?[a-z0-9][a-z0-9._-]*)(?:@(.+))?", re.IGNORECASE)
_EXACT: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:[-+][\w.+-]+)?")
_MOST: Final = 60


def installed(words: Sequence[str], line: int) -> Iterator[Sighting]:
    """The known packages that one command installs."""
    words = words[:_MOST]
    at = next((index for index, word in enumerate(words) if word not in _STARTERS), len(words))
    tool, verb, rest = [*words[at : at + 2], "", ""][0], [*words[at : at + 2], "", ""][1], words[at + 2 :]
    if verb not in _ADDING:
        return
    # What an option takes is no package, but looks like none that is known either.
    asked = [word for word in rest if not word.startswith(("-", "$", ".", "/", "http", "git+"))]
    if tool.rpartition("/")[2] in _PYTHON:
        for word in asked:
            yield from required(word, line=line, symbol=tool)
    elif tool in _NODE:
        for word in asked:
            found = _NPM.fullmatch(word)
            if found is not None:
                wanted = found[2] or ""
                version = wanted if _EXACT.fullmatch(wanted) else ""
                yield from framework("npm", found[1], version=version, requirement=wanted, line=line, symbol=tool)
