"""Images of containers, and what is given to them: the runners of models in compose files and Kubernetes manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.files import _commands, _models
from driftseal.collect.discovery.files._packages import framework
from driftseal.model.item import Json

_IMAGE: Final = re.compile(
    r"([a-z0-9][\w./-]*(?::[0-9]+(?=/)[\w./-]*)?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?", re.IGNORECASE
)
_NOT_FIXED: Final = frozenset({"", "latest", "main", "nightly", "stable", "edge"})
_MODEL_FLAGS: Final = frozenset(
    {"--model", "--model-id", "--model-path", "--hf-repo", "-hf", "-hfr", "--model_id", "--embedding-model"}
)
_VARIABLES: Final = re.compile(
    r"(?:[A-Z0-9]+__?)*(?:MODELS?|MODEL_ID|MODEL_NAME|HF_MODEL|HF_REPO|REPO_ID|MODEL_PATH|CHECKPOINT|LLM)(?:_NAME|_ID)?"
)
_SIZED: Final = re.compile(r"[a-z][a-z0-9.-]{1,60}:[0-9]{1,4}(?:\.[0-9]+)?[bm](?:-[a-z0-9._]{1,30})?")
_AMBIGUOUS: Final = 0.7


def image(text: str, *, line: int = 0, symbol: str = "") -> Iterator[Sighting]:
    """The image of a program that AI runs on, with its tag or digest."""
    found = _IMAGE.fullmatch(text.strip().removeprefix("docker.io/"))
    if found is None:
        return
    tag, digest = found[2] or "", found[3] or ""
    version = digest or ("" if tag.lower() in _NOT_FIXED else tag)
    yield from framework("docker", found[1], version=version, requirement=tag, line=line, symbol=symbol)


def is_runner(text: str) -> bool:
    """Whether an image serves models."""
    found = _IMAGE.fullmatch(text.strip().removeprefix("docker.io/"))
    known = _tables.package("docker", found[1]) if found else None
    return known is not None and known.role == "serving"


def arguments(words: Sequence[str], *, runner: bool, line: int = 0, symbol: str = "") -> Iterator[Sighting]:
    """The models that a container is started with."""
    run = _commands.run(words)
    told = [] if run is None else list(_commands.models(run, line=line, symbol=symbol))
    yield from told
    for index, word in enumerate([] if told else words):
        flag, equals, value = word.partition("=")
        if flag in _MODEL_FLAGS:
            given = value if equals else words[index + 1] if index + 1 < len(words) else ""
            bare = given.partition(":")[0] if "hf" in flag else given
            model = _models.named(bare) or (_models.hub(bare) if runner else None)
            if model is not None and (runner or model.provider != _models.HUB):
                yield _models.sighting(model, line=line, symbol=flag, confidence=0.9)
            elif model is not None:
                yield _models.sighting(model, line=line, symbol=flag, confidence=_AMBIGUOUS)
    for word in [] if told else words:
        if " " in word or "\n" in word:
            for each in _commands.runs(word):
                yield from _commands.models(each, line=line, symbol=symbol)


def started(words: Sequence[str], *, line: int = 0) -> Iterator[Sighting]:
    """The image that a command line starts, and the models that it is given: ``docker run … IMAGE --model ID``."""
    if not (len(words) > 2 and words[0].rpartition("/")[2] in {"docker", "podman", "nerdctl"} and "run" in words[1:3]):  # noqa: PLR2004  # the program, its verb, an image
        return
    for index, word in enumerate(words[2:], start=2):
        found = () if word.startswith("-") or "/" not in word else tuple(image(word, line=line, symbol=words[0]))
        if found:
            yield from found
            yield from arguments(words[index + 1 :], runner=is_runner(word), line=line, symbol=words[0])
            return


def variable(name: str, value: str, *, line: int = 0, source: str = "environment") -> Iterator[Sighting]:
    """What one variable of an environment tells: a credential by its name, an address, a model."""
    yield from _models.credential(name, line=line, symbol=name, source=source)
    yield from _models.service(name, value, line=line, symbol=name)
    if _VARIABLES.fullmatch(name.upper()):
        # A size behind a colon is how Ollama, and nobody else, calls models.
        model = _models.named(value) or (_models.ollama(value) if _SIZED.fullmatch(value) else None)
        if model is not None:
            confidence = _AMBIGUOUS if model.provider == _models.HUB else 0.9
            yield _models.sighting(model, line=line, symbol=name, confidence=confidence)


def variables(value: Json) -> Iterator[tuple[str, str, int | str]]:
    """Name and value of each variable of an environment, however YAML writes it, and its key there."""
    if isinstance(value, dict):
        for name, given in value.items():
            yield name, given if isinstance(given, str) else "", name
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, str):
            name, _, given = entry.partition("=")
            yield name.strip(), given, index
        elif isinstance(entry, dict) and isinstance(entry.get("name"), str):
            given = entry.get("value")
            yield str(entry["name"]), given if isinstance(given, str) else "", index


def words(value: Json) -> list[str]:
    """A command as its words, whether it is written as a list or as a line."""
    if isinstance(value, list):
        return [word for word in value if isinstance(word, str)]
    return [word for _, words in _commands.split(value) for word in words] if isinstance(value, str) else []
