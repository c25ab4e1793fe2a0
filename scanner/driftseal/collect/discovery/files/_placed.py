"""The model that one value of a configuration names, by the key that it stands under and by what stands around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.files import _keys, _models
from driftseal.collect.discovery.files._models import HUB, Model
from driftseal.model.item import Json
from driftseal.records import dataclass

_ARN: Final = re.compile(r"arn:aws[\w-]*:(?:bedrock|sagemaker):[^/]{0,60}:[a-z-]{0,20}(?:model|inference-profile)/")
"""How Amazon names a model, whatever it is the value of."""
ROUTED: Final = 0.95
"""A gateway is set up with it, and with as many others as there are."""
SAME: Final = 0.9
_STRONG: Final = 0.85
LIKELY: Final = 0.65
GUESS: Final = 0.4
"""Catalogues, and what may as well be anything else."""
OLLAMA_PORT: Final = ":11434"
_HUB_URI: Final = "hf://"
_DEPLOYMENTS: Final = ("deploymentname", "deployment", "deploymentid")


@dataclass(frozen=True, slots=True)
class Place:
    """One value with what stands around it."""

    key: str
    """As keys are compared."""
    value: Json
    pointer: str
    above: str
    """Key of the mapping or list that it is in."""
    around: Mapping[str, Json]
    """The mapping that it is in."""
    name: str
    """The key as written; empty in a list."""
    one_of_many: bool = False
    """Whether it stands in a list with others."""
    path: str = ""
    """The whole key of a line that is a key with dots and a value."""
    siblings: Json = None
    """The list that it is in, where it is in one."""


def model(place: Place, text: str, keys: _keys.Keys, *, speaks: bool) -> tuple[Model, float] | None:
    """The model, and how sure that is; ``speaks`` tells that the file is one of such models."""
    key = place.key
    if text.startswith(_HUB_URI):
        model = _models.hub(text.removeprefix(_HUB_URI))
        return (model, _STRONG) if model is not None else None
    if _ARN.match(text):
        # The form alone tells what it is, and under a key that speaks of no model it may be a permission.
        model = _models.named(text)
        return (model, SAME if "model" in key else LIKELY) if model is not None else None
    told = place.around.get("name")
    if key == "value" and isinstance(told, str):
        # Kubernetes and its like write a pair as ``{name: KEY, value: VALUE}``.
        key = _keys.plain(told)
    elif key in keys.inner and not keys.is_held(key) and (keys.is_held(place.above) or place.above in keys.used):
        key = place.above
    if key in keys.used and ":" in text:
        model = _models.named(text.replace(":chat:", ":").replace(":messages:", ":").replace(":responses:", ":"))
        return (model, SAME) if model is not None and model.provider != HUB else None
    # Conditions and menus list many: which one is used is told elsewhere.
    many = key in keys.choices or place.one_of_many
    if not many and not keys.is_held(key):
        return None
    found = _beside(place, text, keys) or _by_form(key, text, keys, speaks=speaks) or _below(place, text, keys)
    return (found[0], min(found[1], GUESS)) if many and found is not None else found


def _beside(place: Place, text: str, keys: _keys.Keys) -> tuple[Model, float] | None:
    """By what the same mapping says of the provider."""
    if place.above == "litellmparams":
        model = _models.routed(text)
        return (model, ROUTED) if model is not None else None
    for name, value in place.around.items():
        key = _keys.plain(name)
        if not isinstance(value, str):
            continue
        if key in keys.addresses and "deployment" in place.key and ".openai.azure.com" in value:
            return Model("azure", text), _STRONG
        if key in keys.providers:
            known = _tables.providers().by_prefix(value, weak=True) or _tables.providers().all.get(value.casefold())
            by_form = _models.named(text)
            if known is not None and (known.key not in keys.shared_words or (by_form and by_form.provider != HUB)):
                model = _models.of(value, text)
                return (model, SAME) if model is not None else None
        elif key in keys.addresses and OLLAMA_PORT in value and ("/" not in text or ":" in text):
            model = _models.ollama(text) if text.islower() else None
            return (model, _STRONG) if model is not None else None
    return None


def _below(place: Place, text: str, keys: _keys.Keys) -> tuple[Model, float] | None:
    """By the provider in whose part of the configuration it stands: ``spring.ai.ollama.chat.model: mistral``."""
    for word in reversed(re.split(r"[./]", place.pointer or place.path)[:-1]):
        known = _tables.providers().by_prefix(word)
        if known is not None and known.key not in {*keys.shared_words, HUB} and place.key in keys.weak:
            model = _models.ollama(text) if known.key == "ollama" else _models.of(word, text)
            return (model, LIKELY) if model is not None else None
    return None


def _by_form(key: str, text: str, keys: _keys.Keys, *, speaks: bool) -> tuple[Model, float] | None:
    model = _models.named(text)
    if model is None:
        return None
    if model.provider != HUB:
        # A deployment of Azure is called after its model, and is not it.
        return (Model("azure", text) if key.endswith(_DEPLOYMENTS) else model), SAME
    if key in keys.strong:
        return model, _STRONG
    return model, LIKELY if speaks else GUESS
