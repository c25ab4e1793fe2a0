"""Files of a model, and the model itself, as items: small JSON, so that drift can say what changed inside of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from driftseal import canonical, snapshot
from driftseal.collect.models.stream import Measured
from driftseal.errors import TargetError
from driftseal.formats import frontmatter, yaml
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.observe.files.base import Reading
from driftseal.regexes import regex

_DOCUMENTS: Final = frozenset(
    {"config.json", "generation_config.json", "tokenizer_config.json", "adapter_config.json", "model_index.json"}
    | {"modules.json", "preprocessor_config.json", "processor_config.json", "special_tokens_map.json"}
    | {"chat_template.json", "config_sentence_transformers.json", "sentence_bert_config.json"}
)
"""Files that tell a loader what to do."""
_CARD: Final = "README.md"
_MLFLOW: Final = "MLmodel"
_TEMPLATE: Final = ".jinja"
_CHAT: Final = "chat_template"
_STATED: Final = "template"
"""Property of analysers that holds the source of a template."""
_POINTER: Final = b"version https://git-lfs.github.com/spec/v1\n"
_CONFIG: Final = ("architectures", "model_type", "auto_map", "torch_dtype", "dtype", "_class_name")
"""What of a configuration describes the whole model."""
_TOLD: Final = ("license", "license_name", "base_model", "datasets", "language", "library_name", "pipeline_tag", "tags")
"""What of a model's card does."""
_SHARD: Final = regex(r"(.*)-([0-9]{5})-of-([0-9]{5})(\.[A-Za-z0-9]{1,20})", re.DOTALL)


def pointer(measured: Measured) -> Mapping[str, str] | None:
    """What a Git LFS pointer names that lies in a file's place; ``None`` for the file itself."""
    if not measured.text.startswith(_POINTER):
        return None
    lines = measured.text.decode("utf-8", "replace").splitlines()
    return {key: value for key, _, value in (line.partition(" ") for line in lines) if key in {"oid", "size"}}


def document(measured: Measured, limits: Limits) -> Json:
    """What a small file says that loaders obey: a configuration, a chat template, the data of a model's card.

    Raises:
        TargetError: it is no JSON, or no YAML, or nested too deep.
    """
    name = PurePosixPath(measured.member.name)
    if not measured.text:
        return None
    if name.name in _DOCUMENTS:
        return canonical.parse_json(measured.text, str(name), limits).value
    if name.name == _CARD:
        return frontmatter.parse(measured.text, str(name), limits).value
    if name.name == _MLFLOW:
        return yaml.parse(measured.text, str(name), limits).value
    if name.suffix == _TEMPLATE:
        return measured.text.decode("utf-8", "replace")
    return None


def file_item(measured: Measured, said: Json, uri: str, limits: Limits) -> Item:
    """One file: what it is, and what it states of itself as far as a snapshot can hold it."""
    reading = measured.reading
    content: dict[str, Json] = {
        "size": measured.size,
        "sha256": measured.sha256,
        "format": "git-lfs-pointer" if pointer(measured) else reading.format,
    }
    stated = _properties(reading, limits)
    # What turns conversations into what the model reads stands by itself, so that drift can name it.
    templates = {key: stated.pop(key) for key in list(stated) if key.rpartition(" ")[2].partition("#")[0] == _STATED}
    if isinstance(said, dict) and _CHAT in said:
        if not templates:
            templates[_CHAT] = said[_CHAT]
        said = {key: value for key, value in said.items() if key != _CHAT}
    if isinstance(said, str):
        templates, said = templates or {_CHAT: said}, None
    if templates:
        content["template"] = templates
    if stated:
        content["properties"] = stated
    if reading.formats:
        content["inside"] = _bounded(dict(sorted(reading.formats.items())), limits)
    if said is not None:
        content["document"] = said
    # No part of the digest: to look closer at the same bytes is no drift.
    place = Evidence(uri, technique="hash-comparison" if measured.hashed else "manifest-analysis")
    return snapshot.make_item(ItemKind.MODEL_FILE, measured.member.name, content, evidence=[place])


def _properties(reading: Reading, limits: Limits) -> dict[str, Json]:
    told: dict[str, Json] = {}
    for one in reading.properties:
        name = key = f"{one.path}: {one.name}" if one.path else one.name
        number = 1
        while key in told:
            number += 1
            key = f"{name}#{number}"
        told[key] = _bounded(one.value, limits)
    return told


def _bounded(value: Json, limits: Limits) -> Json:
    """The value, or what stands for it where it is too large or too deep for a snapshot."""
    try:
        canonical.check_depth(value, "a property", limits)
    except TargetError:
        return "nested too deep to be kept"
    whole = canonical.canonicalize(value)
    if len(whole) <= limits.model_property_bytes:
        return value
    entries = len(value) if isinstance(value, dict | list | str) else 1
    return {"sha256": Digest.of(whole).value, "entries": entries}


def model_item(said: Mapping[str, Json], files: Iterable[Measured], uri: str) -> Item:
    """The model as a whole: what its configuration and its card say of it, and what its files are."""
    content: dict[str, Json] = {}
    formats: set[str] = set()
    for one in files:
        formats.add(one.reading.format)
        for stated in one.reading.properties:
            if not stated.path and stated.name in {"architecture", "license", "base_model"}:
                content.setdefault(stated.name, stated.value)
    config = said.get("config.json")
    if isinstance(config, dict):
        content |= {key.lstrip("_"): config[key] for key in _CONFIG if key in config}
    card = said.get(_CARD)
    if isinstance(card, dict):
        content |= {key: card[key] for key in _TOLD if key in card}
    adapter = said.get("adapter_config.json")
    if isinstance(adapter, dict) and "base_model_name_or_path" in adapter:
        content.setdefault("base_model", adapter["base_model_name_or_path"])
    content["formats"] = sorted(formats - {""})  # type: ignore[assignment]  # a list of texts is JSON
    return snapshot.make_item(ItemKind.MODEL, "", content, evidence=[Evidence(uri)])


def missing(index: str, value: Json, names: frozenset[str]) -> Iterator[str]:
    """Files that an index of shards names and that are not there."""
    weights = value.get("weight_map") if isinstance(value, dict) else None
    folder = PurePosixPath(index).parent
    if isinstance(weights, dict):
        wanted = {(folder / shard).as_posix() for shard in weights.values() if isinstance(shard, str)}
        yield from sorted(wanted - names)


def missing_by_name(names: Iterable[str], limits: Limits) -> Iterator[str]:
    """Shards that are not there, told by the numbers in the names of the others: ``x-00001-of-00003.gguf``."""
    series: dict[tuple[str, str, str], set[int]] = {}
    for name in names:
        found = _SHARD.fullmatch(name)
        if found is not None:
            series.setdefault((found[1], found[3], found[4]), set()).add(int(found[2]))
    for (before, total, after), numbers in sorted(series.items()):
        absent = (number for number in range(1, int(total) + 1) if number not in numbers)
        yield from (f"{before}-{number:05d}-of-{total}{after}" for number in islice(absent, limits.matches))


def of_series(name: str, other: str) -> bool:
    """Whether two files are shards of one model."""
    one, two = _SHARD.fullmatch(name), _SHARD.fullmatch(other)
    return one is not None and two is not None and (one[1], one[3], one[4]) == (two[1], two[3], two[4])
