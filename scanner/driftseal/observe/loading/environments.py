"""Environments that are made for a model before it is loaded, as MLflow writes them (conda.yaml, python_env.yaml).

Facts: those of ``requirements``, for what pip is told and for the channels of conda.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import islice
from typing import Final

from driftseal.errors import TargetError
from driftseal.formats import yaml
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.observe.files.base import Blank
from driftseal.observe.loading import requirements
from driftseal.observe.loading.base import Files, Missing, Told

_CONDA: Final = frozenset({"conda.yaml", "conda.yml", "environment.yaml", "environment.yml"})
_PYTHON: Final = "python_env.yaml"
_OF_PIP: Final = ("build_dependencies", "dependencies")


def find(files: Files, limits: Limits) -> Iterator[Told | Missing]:
    """See the module."""
    for name, file in files.items():
        base = posixpath.basename(name)
        if not file.text or (base not in _CONDA and base != _PYTHON):
            continue
        try:
            value = yaml.parse(file.text, name, limits).value
        except TargetError as cause:
            yield Missing(name, Blank(f"the environment cannot be parsed: {str(cause).removeprefix(f'{name}:')}"))
            continue
        lines = _of_python(value) if base == _PYTHON else _of_conda(value)
        found = (fact for line in lines for fact in requirements.of_line(line, 0))
        yield from (Told(name, fact) for fact in islice(found, limits.file_facts))


def _of_python(value: Json) -> Iterator[str]:
    for key in _OF_PIP:
        yield from _texts(value.get(key) if isinstance(value, dict) else None)


def _of_conda(value: Json) -> Iterator[str]:
    """What pip is told, and channels that are addresses as the indexes that they are."""
    if not isinstance(value, dict):
        return
    for channel in _texts(value.get("channels")):
        if "://" in channel:
            yield f"--index-url {channel}"
    dependencies = value.get("dependencies")
    for one in dependencies if isinstance(dependencies, list) else []:
        if isinstance(one, dict):
            yield from _texts(one.get("pip"))


def _texts(value: Json) -> Iterator[str]:
    yield from (one.strip() for one in value if isinstance(one, str)) if isinstance(value, list) else ()
