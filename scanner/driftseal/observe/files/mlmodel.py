"""``MLmodel`` of MLflow: which modules load the model, and which code of its own comes along.

Facts:

- ``mlmodel-foreign-module``: a module is imported that MLflow does not ship (subject: it).
- ``mlmodel-runs-code``: a folder or file of the model is put where Python imports from, or run (subject: its path).
- ``mlmodel-path-escapes``: a part of the model lies outside of its folder (subject: the path).
- ``mlmodel-unparsable``: it is no YAML.
- ``loader-duplicate-key``: a name stands twice, of which MLflow takes the last (subject: the name).
- ``yaml-python-tag``: a tag has unsafe loaders make or call something (subject: its name).

Properties: ``flavors``; ``code`` (folders that Python imports from), ``scripts`` (files that are run).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import ClassVar, Final

from driftseal.errors import TargetError
from driftseal.formats import yaml
from driftseal.formats.blob import Blob
from driftseal.model.item import Json
from driftseal.observe.files import _graph
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Seen
from driftseal.observe.words import vocabulary

FOREIGN: Final = "mlmodel-foreign-module"
_LOOKED: Final = 1 << 16
_FLAVORS: Final = re.compile(rb"^flavors[ \t]*:", re.MULTILINE)
_MARK: Final = re.compile(rb"\b(?:loader_module|mlflow_version|model_uuid)[ \t]*:")
_TAG: Final = re.compile(rb"(?:!!|tag:yaml\.org,2002:)python/([\w./:]{1,200})")
_LOADER: Final = "loader_module"
_HELPERS: Final = frozenset({"keras_module", "pickle_module"})
_CODE: Final = "code"
_SCRIPT: Final = "model_code_path"
_PATHS: Final = frozenset(
    {_CODE, "data", "env", "conda", "virtualenv", "python_model", "model_path", "model_data", "pickled_model"}
    | {"artifact_path", "path", "save_format", "custom_objects", "state_dict"}
)
"""Members that name parts of the model by their path."""


class Mlmodel(Analyser):
    """See the module."""

    name: ClassVar[str] = "mlmodel"
    files: ClassVar[frozenset[str]] = frozenset({"MLmodel"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        if b"\0" in head or head[:1] in b"<\x80":
            return False
        data = head if len(head) == blob.size else blob.read_at(0, _LOOKED)
        return _FLAVORS.search(data) is not None and _MARK.search(data) is not None

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        if blob.size > budget.limits.slow_text_bytes or not budget.spend(blob.size):
            yield Blank("the file is too large to be parsed (limits.slow_text_bytes)")
            return
        data = blob.read_at(0, blob.size)
        for tag in dict.fromkeys(found[1].decode("ascii", "replace") for found in _TAG.finditer(data)):
            yield Fact("yaml-python-tag", f"!!python/{tag}", subject=tag)
        try:
            parsed = yaml.parse(data, name, budget.limits)
        except TargetError as cause:
            why = re.sub(r"^[^:]{0,500}:(?:[0-9]+:)?\s*", "", str(cause))
            yield Fact("mlmodel-unparsable", why)
            yield Blank(f"the file cannot be parsed: {why}")
            return
        for key in dict.fromkeys(parsed.duplicate_keys):
            yield Fact("loader-duplicate-key", f"{key} stands twice", subject=key)
        yield from _of_model(parsed.value if isinstance(parsed.value, dict) else {})


def _of_model(value: Mapping[str, Json]) -> Iterator[Seen]:
    """Of a name that stands twice, both are looked at: ``name#2`` is the one that MLflow takes."""
    flavors = {key: part for name, told in value.items() if _plain(name) == "flavors" for key, part in _object(told)}
    code: dict[str, None] = {}
    scripts: dict[str, None] = {}
    facts: dict[Fact, None] = {}
    for pointer, key, text in _texts({"flavors": flavors, "saved_input_example_info": _examples(value)}, ""):
        if key == _LOADER and text.lower() not in vocabulary("mlflow", "loaders"):
            facts[Fact(FOREIGN, f"{pointer}: {text}", subject=text)] = None
        if key in _HELPERS and text.lower() not in vocabulary("mlflow", "helpers"):
            facts[Fact(FOREIGN, f"{pointer}: {text}", subject=text)] = None
        if key == _SCRIPT:
            # MLflow takes the last part alone: the rest is where the file lay when the model was made.
            script = re.split(r"[\\/]", text)[-1]
            scripts[script] = None
            facts[Fact("mlmodel-runs-code", f"{pointer}: {script}", subject=script)] = None
        elif key in _PATHS and (why := _graph.why_escapes(text)):
            facts[Fact("mlmodel-path-escapes", f"{pointer}: {text} {why}", subject=text)] = None
        elif key == _CODE:
            folder = PurePosixPath(text).as_posix()
            code[folder] = None
            facts[Fact("mlmodel-runs-code", f"{pointer}: {folder}", subject=folder)] = None
    yield from facts
    yield _graph.listed("flavors", list(dict.fromkeys(map(_plain, flavors))))
    if code:
        yield _graph.listed("code", list(code))
    if scripts:
        yield _graph.listed("scripts", list(scripts))


def _plain(key: str) -> str:
    return key.partition("#")[0]


def _object(value: Json) -> list[tuple[str, Json]]:
    return list(value.items()) if isinstance(value, dict) else []


def _examples(value: Mapping[str, Json]) -> Json:
    return value.get("saved_input_example_info")


def _texts(value: Json, pointer: str) -> Iterator[tuple[str, str, str]]:
    """Every text that is the value of a member, or an entry of a list that is: where it stands, and the member's name.

    The depth was bounded when the file was parsed.
    """
    open_: list[tuple[Json, str, str]] = [(value, pointer, "")]
    while open_:
        one, place, key = open_.pop()
        if isinstance(one, dict):
            open_ += [(part, f"{place}.{name}".lstrip("."), _plain(name)) for name, part in one.items()]
        elif isinstance(one, list):
            open_ += [(part, place, key) for part in one]
        elif isinstance(one, str) and one:
            yield place, key, one
