"""The card of a model, filled from what its files state, with the file that states each field. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Final

from driftseal import canonical, rulebook
from driftseal.errors import RuleError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Licence, Metric, ModelCard
from driftseal.model.item import Json
from driftseal.pipeline import _bom_licences
from driftseal.pipeline._bom_names import nameless
from driftseal.pipeline._bom_stated import Stated, count

_FACTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "contextLength": (
        ("config", "max_position_embeddings"),
        ("config", "n_positions"),
        ("config", "max_sequence_length"),
        ("config", "max_seq_len"),
        ("config", "n_ctx"),
        ("header", "{}.context_length"),
        ("tokenizer", "model_max_length"),
    ),
    "layers": (("config", "num_hidden_layers"), ("config", "n_layer"), ("header", "{}.block_count")),
    "hiddenSize": (("config", "hidden_size"), ("config", "n_embd"), ("header", "{}.embedding_length")),
    "attentionHeads": (
        ("config", "num_attention_heads"),
        ("config", "n_head"),
        ("header", "{}.attention.head_count"),
    ),
    "vocabularySize": (("config", "vocab_size"), ("header", "{}.vocab_size")),
    "experts": (("config", "num_local_experts"), ("config", "num_experts"), ("header", "{}.expert_count")),
}
"""Numbers, and where they stand; ``{}`` is what GGUF calls the architecture."""
_TEXTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "precision": (("config", "torch_dtype"), ("config", "dtype")),
    "languages": (("card", "language"), ("header", "general.languages"), ("whole", "language")),
    "library": (("card", "library_name"), ("whole", "library_name")),
    "newVersion": (("card", "new_version"),),
    "quantizedBy": (("header", "general.quantized_by"), ("card", "quantized_by")),
}
_OLLAMA: Final = {"parameterSize": "model_type", "quantization": "file_type"}
"""What the configuration of an Ollama model calls them."""
_RELATIONS: Final = frozenset({"finetune", "adapter", "quantized", "merge"})


@dataclass(frozen=True, slots=True)
class Told:
    """A card, and what else of a component comes from the same files."""

    card: ModelCard
    licences: tuple[Licence, ...] = ()
    bases: tuple[str, ...] = ()
    relation: str = ""
    datasets: tuple[str, ...] = ()
    """As the card names them."""
    by: Mapping[str, str] = field(default_factory=dict)
    """The file that states a field, by the field as ``Citation.fields`` calls it; empty for the hub."""


def told(stated: Stated) -> Told:
    """All that a model's files say of it."""
    by: dict[str, str] = {}

    def text(name: str, *places: tuple[str, str]) -> str:
        value, by_file = stated.first(*places)
        shown = _text(value)
        if shown:
            by[name] = by_file
        return shown

    licences, licence_by = _licences(stated)
    bases, base_by = stated.first(
        ("card", "base_model"), ("adapter", "base_model_name_or_path"), ("whole", "base_model")
    )
    datasets, dataset_by = stated.first(("card", "datasets"), ("whole", "datasets"))
    facts = dict(_facts(stated, by))
    task = text("card.task", ("card", "pipeline_tag"), ("whole", "pipeline_tag"))
    inputs, outputs = _tasks().get(task, ((), ()))
    card = ModelCard(
        task=task,
        # The one way of learning that the Hub has as a task of its own.
        approach=task if task == "reinforcement-learning" else "",
        family=text(
            "card.family", ("config", "model_type"), ("header", "general.architecture"), ("whole", "model_type")
        ),
        architecture=text("card.architecture", ("config", "architectures"), ("whole", "architectures")),
        inputs=inputs,
        outputs=outputs,
        metrics=tuple(islice(_metrics(stated.card.get("model-index")), DEFAULT_LIMITS.matches)),
        use_cases=_texts(stated.card.get("intended_use") or stated.card.get("intended_uses")),
        limitations=_texts(stated.card.get("limitations")),
        facts=facts,
    )
    file_of_card = stated.names.get("README.md", "")
    for name in ("metrics", "use_cases", "limitations"):
        if getattr(card, name):
            by[f"card.{name}"] = file_of_card
    others = (
        ("licences", licences, licence_by),
        ("ancestors", bases, base_by),
        ("card.datasets", datasets, dataset_by),
    )
    by |= {name: file for name, values, file in others if values}
    relation = _text(stated.card.get("base_model_relation")) or ("adapter" if stated.adapter else "")
    return Told(
        card,
        licences,
        _texts(bases),
        relation if relation in _RELATIONS else "",
        _texts(datasets),
        by,
    )


def _licences(stated: Stated) -> tuple[tuple[Licence, ...], str]:
    value, by = stated.first(("card", "license"), ("header", "general.license"), ("whole", "license"))
    name, _ = stated.first(("card", "license_name"), ("header", "general.license.name"), ("whole", "license_name"))
    url, _ = stated.first(("card", "license_link"), ("header", "general.license.link"))
    return _bom_licences.read(value, name, url), by


def _facts(stated: Stated, by: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, places in _FACTS.items():
        value, file = stated.first(*((part, key.format(stated.architecture)) for part, key in places))
        if shown := count(value):
            by[f"card.facts.{name}"] = file
            yield name, shown
    for name, places in _TEXTS.items():
        value, file = stated.first(*places)
        if shown := _text(value):
            by[f"card.facts.{name}"] = file
            yield name, shown
    number, file = stated.parameters()
    if number:
        by["card.facts.parameterCount"] = file
        yield "parameterCount", str(number)
    for name, shown, file in _quantization(stated):
        by[f"card.facts.{name}"] = file
        yield name, shown
    config, _ = stated.first(("whole", "config"))
    for name, key in _OLLAMA.items():
        shown = _text(config.get(key)) if isinstance(config, dict) and "model_family" in config else ""
        if shown and f"card.facts.{name}" not in by:
            by[f"card.facts.{name}"] = ""
            yield name, shown


def _quantization(stated: Stated) -> Iterator[tuple[str, str, str]]:
    value, file = stated.first(("config", "quantization_config"))
    if isinstance(value, dict) and (method := _text(value.get("quant_method"))):
        bits = count(value.get("bits"))
        yield "quantization", f"{method} {bits} bit" if bits else method, file
        return
    kind, file = stated.first(("header", "general.file_type"))
    if isinstance(kind, int) and (called := _file_types().get(str(kind))):
        yield "quantization", called, file


def _metrics(index: Json) -> Iterator[Metric]:
    for entry in index if isinstance(index, list) else []:
        results = entry.get("results") if isinstance(entry, dict) else None
        for result in results if isinstance(results, list) else []:
            if isinstance(result, dict):
                yield from _measured(result)


def _measured(result: Mapping[str, Json]) -> Iterator[Metric]:
    dataset, metrics = result.get("dataset"), result.get("metrics")
    on = _text(dataset.get("name") or dataset.get("type")) if isinstance(dataset, dict) else ""
    for metric in metrics if isinstance(metrics, list) else []:
        if not isinstance(metric, dict):
            continue
        kind, value = _text(metric.get("type")), metric.get("value")
        if kind and isinstance(value, int | float | str) and not isinstance(value, bool):
            yield Metric(kind, _text(value) if isinstance(value, str) else canonical.compact(value), on)


def _texts(value: Json) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    shown = (_text(one) for one in values[: DEFAULT_LIMITS.matches] if isinstance(one, str))
    return tuple(dict.fromkeys(filter(None, shown)))


def _text(value: Json) -> str:
    """A word or some, as one text; nothing for what is neither."""
    if isinstance(value, list):
        value = ", ".join(one for one in value if isinstance(one, str))
    return nameless(value.strip()[: DEFAULT_LIMITS.evidence_chars]) if isinstance(value, str) else ""


@cache
def _tasks() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    told: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for task, media in _table("model-tasks").items():
        match media:
            case [str(inputs), str(outputs)]:
                told[task] = tuple(inputs.split()), tuple(outputs.split())
            case _:
                raise RuleError(f"rules/lists/model-tasks.yaml: {task}: expected inputs and outputs")
    return told


@cache
def _file_types() -> Mapping[str, str]:
    return {number: str(name) for number, name in _table("gguf-file-types").items()}


def _table(name: str) -> Mapping[str, Json]:
    table = rulebook.load_list(name)
    if not isinstance(table, dict):
        raise RuleError(f"rules/lists/{name}.yaml: expected a mapping")
    return table


def with_datasets(card: ModelCard, refs: tuple[str, ...]) -> ModelCard:
    """The card with references to datasets that the document lists."""
    return replace(card, datasets=refs) if refs else card


def of_task(task: str) -> ModelCard | None:
    """The card of a model of which no more than its task is known; nothing where not even that is."""
    inputs, outputs = _tasks().get(task, ((), ()))
    return ModelCard(task=task, inputs=inputs, outputs=outputs) if task else None
