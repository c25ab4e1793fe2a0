"""One version of a registered model, or of a prompt, which MLflow keeps as a model whose tags hold the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from driftseal.canonical import canonicalize, show
from driftseal.collect.mlflows.absent import Absent
from driftseal.errors import ProtocolError, TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.collect.mlflows.client import MlflowClient

FORM: Final = "mlflow:NAME/VERSION, mlflow:NAME@ALIAS or mlflow:prompts/NAME/VERSION"
PREFIX: Final = "mlflow:"
REGISTRY: Final = "registry"
"""The member of an item's content that holds what the registry says of it, for drift to tell it from the rest."""
_NAME: Final = r"[^/:@\x00-\x1f\x7f\ud800-\udfff]{1,256}"
_REFERENCE: Final = re.compile(
    rf"mlflow:(?:(?P<kind>models|prompts):?/)?(?P<name>{_NAME})"
    rf"(?:/(?P<version>[1-9][0-9]{{0,9}})|@(?P<alias>[^/:\x00-\x1f\x7f\ud800-\udfff]{{1,256}}))"
)
_PROMPT: Final = "mlflow.prompt.is_prompt"
_USES: Final = frozenset({"mlflow.prompt.associatedRunIds", "mlflow.prompt.run_ids", "_mlflow_experiment_ids"})
"""Tags that change whenever somebody uses the model or the prompt."""
_KEPT: Final = ("name", "version", "description", "run_id", "run_link", "model_id", "status")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version as a person names it."""

    name: str
    version: str
    """Its number; empty where an alias is named."""
    alias: str
    prompt: bool | None
    """Whether it has to be a prompt; ``None`` where the reference does not say."""

    def __str__(self) -> str:
        return f"{self.name}@{self.alias}" if self.alias else f"{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class Version:
    """A version as the registry describes it. Nothing of it is proved."""

    name: str
    number: str
    source: str
    run: str
    model: str
    """The logged model that it was made of; empty before MLflow 3."""
    tags: Mapping[str, str] = field(repr=False)
    said: Mapping[str, Json] = field(repr=False)
    """What a baseline keeps of it."""

    @property
    def is_prompt(self) -> bool:
        """Whether it is a text, and no model."""
        return _PROMPT in self.tags


def wanted(reference: str) -> Wanted:
    """The version that a reference names; one may be copied from MLflow: ``mlflow:models:/NAME/3``.

    Raises:
        TargetError: it names none.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None or found["name"].strip(". ") == "":
        raise TargetError(
            f"{show(reference[:200])}: names no version of a model or prompt of MLflow", hint=f"write {FORM}"
        )
    kind = found["kind"]
    return Wanted(found["name"], found["version"] or "", found["alias"] or "", kind == "prompts" if kind else None)


def version(asked: Wanted, client: MlflowClient) -> Version:
    """What the registry says of it now.

    Raises:
        TargetError: there is none, it may not be read, or the answer is of another one.
    """
    about = f"{PREFIX}{asked}"
    try:
        if asked.alias:
            answer = client.api("mlflow/registered-models/alias", about, name=asked.name, alias=asked.alias)
        else:
            answer = client.api("mlflow/model-versions/get", about, name=asked.name, version=asked.version)
    except Absent:
        raise absent(asked) from None
    return checked(asked, object_or_empty(answer.get("model_version")), client.limits)


def absent(asked: Wanted) -> Absent:
    """That there is none."""
    what = f"no alias {show(asked.alias)}" if asked.alias else f"no version {asked.version}"
    return Absent(
        f"{PREFIX}{asked}: the registry has {what} of {show(asked.name)}, or no model or prompt of that name",
        hint="see how it is written there; names are case-sensitive",
    )


def checked(asked: Wanted, told: Mapping[str, Json], limits: Limits) -> Version:
    """The version of which a registry told this.

    Raises:
        TargetError: it is another one than was asked for.
    """
    about = f"{PREFIX}{asked}"
    found = _read(told, limits)
    if found.name != asked.name or not found.number or (asked.version and found.number != asked.version):
        raise ProtocolError(
            f"{about}: the answer is of another version", hint="see whether MLFLOW_TRACKING_URI is right"
        )
    if asked.prompt is not None and asked.prompt != found.is_prompt:
        kind, other = ("prompt", "model") if found.is_prompt else ("model", "prompt")
        raise TargetError(f"{about}: is a {kind} and no {other}", hint=f"write {PREFIX}{asked}")
    return found


def _read(told: Mapping[str, Json], limits: Limits) -> Version:
    tags = {
        text_or_empty(tag.get("key")): text_or_empty(tag.get("value"))
        for tag in map(object_or_empty, list_or_empty(told.get("tags")))
    }
    source = text_or_empty(told.get("source"))
    said: dict[str, Json] = {key: told[key] for key in _KEPT if told.get(key)}
    said["aliases"] = sorted(alias for alias in list_or_empty(told.get("aliases")) if isinstance(alias, str))  # type: ignore[assignment]  # texts are JSON
    stage = text_or_empty(told.get("current_stage"))
    if stage not in {"", "None"}:
        said["stage"] = stage
    said["tags"] = dict(sorted((key, value) for key, value in tags.items() if key not in _USES))
    said["source"] = plain(source)
    return Version(
        text_or_empty(told.get("name")),
        text_or_empty(told.get("version")),
        source,
        text_or_empty(told.get("run_id")),
        text_or_empty(told.get("model_id")),
        tags,
        {key: _bounded(value, limits) for key, value in said.items()},
    )


def _bounded(value: Json, limits: Limits) -> Json:
    """The value, or its digest where it is too large for a snapshot."""
    whole = canonicalize(value)
    return value if len(whole) <= limits.model_property_bytes else {"sha256": Digest.of(whole).value}


def plain(uri: str) -> str:
    """A place without what may be secret in it: user, password, and the query of a signed address."""
    try:
        parts = urlsplit(uri)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    except ValueError:
        return "no address"
