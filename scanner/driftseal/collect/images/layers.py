"""Layers of a model in a registry, as the items that its files would be; what models are told, as prompts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Final

from driftseal import canonical, snapshot
from driftseal.collect.agents import document
from driftseal.collect.images.manifest import Descriptor, Manifest
from driftseal.collect.models import contents, tree
from driftseal.errors import FormatError, TargetError
from driftseal.limits import Limits
from driftseal.model.item import Anomaly, AnomalyKind, Evidence, Gap, Item, ItemKind, Json
from driftseal.observe.files.base import Fact

if TYPE_CHECKING:
    from driftseal.collect.models.stream import Measured
    from driftseal.observe.files.base import Reading


_WEIGHTS: Final = re.compile(r"vnd\.ollama\.image\.(?:model|projector|adapter)(?![a-z])")


@dataclass(frozen=True, slots=True)
class Layer:
    """A blob with the name that it goes under here."""

    name: str
    blob: Descriptor


@dataclass(slots=True)
class Told:
    """What the layers of one model said, gathered as they are read."""

    readings: dict[str, Reading] = field(default_factory=dict)
    measured: list[Measured] = field(default_factory=list)
    said: dict[str, Json] = field(default_factory=dict)
    config: Json = None
    _counts: dict[str, int] = field(default_factory=dict)
    license: str = ""

    def keep(self, item: Item, reading: Reading) -> None:
        """What a layer shows, under the key that its item gets; of a further layer of one name nothing is lost."""
        self._counts[item.key] = number = self._counts.get(item.key, 0) + 1
        key = item.key if number == 1 else f"{item.key}#{number}"
        before = self.readings.get(key)
        facts = (*before.facts, *reading.facts) if before else reading.facts
        self.readings[key] = replace(reading, facts=facts)


def named(manifest: Manifest, before: str = "") -> Iterator[Layer]:
    """Every layer by its title; by its role or number where it has none. ``before`` is the folder they lie in."""
    counts: dict[str, int] = {}
    for number, blob in enumerate(manifest.layers, start=1):
        name = blob.title or _kind(blob) or f"layer-{number}"
        if not blob.title:
            count = counts[name] = counts.get(name, 0) + 1
            name = name if count == 1 else f"{name}-{count}"
        yield Layer(before + name, blob)


def _kind(blob: Descriptor) -> str:
    """``model`` of Ollama's ``application/vnd.ollama.image.model``."""
    plain = blob.media_type.partition(";")[0]
    return plain.removeprefix("application/vnd.ollama.image.") if "vnd.ollama.image." in plain else blob.role


def things(
    layers: Sequence[Layer],
    seen: Iterable[Measured | tree.Member],
    reference: str,
    mend: str,
    told: Told,
    limits: Limits,
) -> Iterator[Item | Gap]:
    """An item for every layer that could be read, in the same order; ``told`` learns what they said."""
    for layer, one in zip(layers, seen, strict=True):
        if isinstance(one, tree.Member):
            yield Gap(reference, layer.name, one.why)
            continue
        if _escapes(layer.blob.title):
            why = f"{layer.blob.title} leads out of the folder that it is pulled to"
            fact = Fact("path-escapes", why, subject=layer.blob.title)
            one = replace(one, reading=replace(one.reading, facts=(*one.reading.facts, fact)))  # noqa: PLW2901  # the same
        if layer.blob.digest.algorithm != "sha256":
            yield Gap(reference, layer.name, "the manifest tells no SHA-256 of it, so its bytes were not compared")
        elif one.sha256 != layer.blob.digest.value or one.size != layer.blob.size:
            why = f"its bytes are not those that the manifest names ({layer.blob.digest}); {mend}"
            yield Gap(reference, layer.name, why)
        try:
            told.said[layer.name] = contents.document(one, limits)
        except TargetError as cause:
            yield Gap(reference, layer.name, str(cause).removeprefix(f"{layer.name}: "))
        item = _item(layer, one, told.said.get(layer.name), f"{reference}#{layer.name}", limits)
        told.keep(item, one.reading)
        told.measured.append(one)
        if layer.name.rpartition("/")[2] == "license":
            text = one.text.decode("utf-8", "replace").strip()
            told.license = told.license or text.partition("\n")[0].strip()[: limits.name_chars]
        yield item
        yield from _prompt(layer, one, reference, limits)
        for blank in one.reading.blanks:
            yield Gap(reference, f"{layer.name}/{blank.path}" if blank.path else layer.name, blank.why)
        if why := _unread(layer, one):
            yield Gap(reference, layer.name, why)


def _unread(layer: Layer, measured: Measured) -> str:
    """Why nothing is known of weights but their digest, where it is so."""
    if contents.pointer(measured):
        return "a Git LFS pointer was pushed in its place; push the file itself"
    weights = tree.is_weights(layer.name) or _WEIGHTS.search(layer.blob.media_type)
    if not weights or measured.reading.format or measured.reading.blanks:
        return ""
    return "its format is not known, so only its digest was taken" if measured.size else "it is empty; push it again"


def _escapes(title: str) -> bool:
    path = PureWindowsPath(title)
    return bool(path.root or path.drive) or ".." in path.parts


def _item(layer: Layer, measured: Measured, said: Json, uri: str, limits: Limits) -> Item:
    item = contents.file_item(measured, said, uri, limits)
    # The same whether all of it was fetched or not: to look closer is no drift.
    claimed = measured.sha256 == layer.blob.digest.value
    content: dict[str, Json] = {"mediaType": layer.blob.media_type, "sha256_by": "manifest" if claimed else "driftseal"}
    if isinstance(item.content, dict):
        content |= item.content
    return snapshot.make_item(item.kind, item.name, content, evidence=item.evidence)


def _prompt(layer: Layer, measured: Measured, reference: str, limits: Limits) -> Iterator[Item | Gap]:
    """A template, a system prompt and the like, as text that models read."""
    if not layer.blob.role or not measured.size:
        return
    if not measured.text:
        yield Gap(reference, layer.name, f"larger than the {limits.model_text_bytes} bytes that a prompt may have")
        return
    uri = f"{reference}#{layer.name}"
    try:
        # As JSON where it is JSON, so that no escape hides a word from rules.
        content = document.read(measured.text, f"{uri}.json", limits)
    except FormatError:
        content = document.plain(measured.text, uri)
    except TargetError as cause:
        yield Gap(reference, layer.name, str(cause))
        return
    places = tuple(replace(place, uri=uri) for place in content.evidence)
    yield snapshot.make_item(ItemKind.PROMPT_FILE, layer.name, content.value, evidence=places)


def configuration(data: bytes, name: str, limits: Limits) -> Json:
    """What an image's configuration says, without the values of environment variables.

    Raises:
        TargetError: it is no JSON.
    """
    value = canonical.parse_json(data, name, limits).value
    if not isinstance(value, dict):
        return value
    kept = {key: child for key, child in value.items() if key not in {"history", "container_config"}}
    run = kept.get("config")
    if isinstance(run, dict) and "Env" in run:
        given = run["Env"] if isinstance(run["Env"], list) else []
        names = sorted({str(one).partition("=")[0] for one in given})
        kept["config"] = {**run, "Env": [*names]}
    return kept


def model_item(manifest: Manifest, told: Told, reference: str, more: Mapping[str, Json]) -> Item:
    """The model as a whole: the digest that its name leads to, and what its configuration says."""
    item = contents.model_item(told.said, told.measured, reference)
    content: dict[str, Json] = dict(item.content) if isinstance(item.content, dict) else {}
    content |= {"manifest": str(manifest.digest), **more}
    if manifest.annotations:
        content["annotations"] = dict(manifest.annotations)
    if told.config is not None:
        content["config"] = told.config
    if told.license:
        content.setdefault("license", told.license)
    return snapshot.make_item(ItemKind.MODEL, "", content, evidence=[Evidence(reference)])


def oddities(manifest: Manifest, reference: str) -> Iterator[Anomaly | Gap]:
    """What of the manifest readers understand differently, and what it lacks."""
    if not manifest.layers and not manifest.manifests:
        yield Gap(
            reference,
            "layers",
            "its manifest names none, so there is nothing to look at; see whether the name is right",
        )
    for name in manifest.twice:
        yield Anomaly(AnomalyKind.DUPLICATE_KEY, "model:", f"one object of the manifest holds {name!r} twice")
