"""The card of a model holds what its files state, with the file that states it, and nothing else."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest

import driftseal as package
from bom.documents import at, by_ref, components, problems, properties
from commands import driftseal
from report.golden import check

EXAMPLE = Path(__file__).parents[2] / "sbom" / "example" / "model.cdx.json"
CARD = """---
license: llama3.2
license_link: https://example.com/licence
base_model: meta-llama/Llama-3.2-1B
base_model_relation: finetune
datasets: [acme/forecasts, acme/radar]
language: [en, de]
pipeline_tag: text-generation
library_name: transformers
model-index:
- name: weather
  results:
  - task: {type: text-generation}
    dataset: {name: WeatherQA, type: acme/weatherqa}
    metrics:
    - {type: accuracy, value: 0.875}
---
# Weather
Text of the card.
"""
CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "max_position_embeddings": 131072,
    "hidden_size": 2048,
    "num_hidden_layers": 16,
    "vocab_size": 128256,
    "torch_dtype": "bfloat16",
}
SHAPES = {"model.embed_tokens.weight": [8, 4], "lm_head.weight": [8, 4]}


def safetensors(shapes: dict[str, list[int]], dtype: str = "BF16") -> bytes:
    told: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        size = 2 * shape[0] * shape[1]
        told[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    header = json.dumps(told).encode()
    return len(header).to_bytes(8, "little") + header + bytes(end)


def gguf(metadata: dict[str, str | int]) -> bytes:
    entries = b""
    for key, value in metadata.items():
        entries += struct.pack("<Q", len(key)) + key.encode()
        if isinstance(value, str):
            entries += struct.pack("<IQ", 8, len(value)) + value.encode()
        else:
            entries += struct.pack("<II", 4, value)
    tensor = struct.pack("<Q", 1) + b"t" + struct.pack("<IQQIQ", 2, 8, 4, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(metadata)) + entries + tensor
    return head + bytes(-len(head) % 32) + bytes(4 * 32)


@pytest.fixture
def weather(tmp_path: Path) -> Path:
    folder = tmp_path / "weather"
    folder.mkdir()
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(safetensors(SHAPES))
    return folder


def bom(folder: Path, *args: str) -> Any:
    done = driftseal("bom", *args, cwd=folder, env={"SOURCE_DATE_EPOCH": "1767225600"})
    document = json.loads(done.stdout)
    assert problems(document) == []
    return document


def model_of(document: Any) -> Any:
    """The model whose files were read; what it was made from is listed beside it."""
    (model,) = [part for part in document["components"] if "components" in part]
    return model


def facts(model: Any) -> dict[str, str]:
    told = {entry["name"]: entry["value"] for entry in model["modelCard"].get("properties", ())}
    return {name.removeprefix("driftseal:model:"): value for name, value in told.items()}


def test_the_example_of_a_model_is_what_we_write(weather: Path) -> None:
    done = driftseal("bom", cwd=weather, env={"SOURCE_DATE_EPOCH": "1767225600"})
    assert package.__version__ in done.stdout
    check(EXAMPLE, done.stdout)


def test_a_card_holds_what_front_matter_and_configuration_state(weather: Path) -> None:
    model = model_of(bom(weather))
    card = model["modelCard"]["modelParameters"]
    assert (card["task"], card["architectureFamily"], card["modelArchitecture"]) == (
        "text-generation",
        "llama",
        "LlamaForCausalLM",
    )
    assert (card["inputs"], card["outputs"]) == ([{"format": "text"}], [{"format": "text"}])
    assert "approach" not in card
    assert "considerations" not in model["modelCard"]
    assert model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"] == [
        {"type": "accuracy", "value": "0.875", "slice": "WeatherQA"}
    ]
    assert facts(model) == {
        "contextLength": "131072",
        "hiddenSize": "2048",
        "layers": "16",
        "vocabularySize": "128256",
        "precision": "bfloat16",
        "languages": "en, de",
        "library": "transformers",
        "parameterCount": "64",
    }


def test_a_licence_that_spdx_does_not_know_is_a_name(weather: Path) -> None:
    (licence,) = model_of(bom(weather))["licenses"]
    assert licence == {
        "license": {"name": "llama3.2", "acknowledgement": "declared", "url": "https://example.com/licence"}
    }


def test_what_a_model_was_made_from_and_learned_from_is_told(weather: Path) -> None:
    document = bom(weather)
    model = model_of(document)
    (ancestor,) = model["pedigree"]["ancestors"]
    assert (ancestor["purl"], properties(ancestor)) == (
        "pkg:huggingface/meta-llama/Llama-3.2-1B",
        {
            "driftseal:pedigree:relation": "finetune",
            "driftseal:pedigree:ref": "model/huggingface/meta-llama/Llama-3.2-1B",
        },
    )
    refs = [entry["ref"] for entry in model["modelCard"]["modelParameters"]["datasets"]]
    assert [by_ref(document)[ref]["name"] for ref in refs] == ["forecasts", "radar"]


def test_files_are_parts_of_the_model_with_their_digests(weather: Path) -> None:
    model = model_of(bom(weather))
    assert {part["name"]: part["hashes"][0]["content"] for part in model["components"]} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in weather.iterdir()
    }


def test_each_field_says_which_file_states_it(weather: Path) -> None:
    document = bom(weather)
    parts = {part["bom-ref"]: part["name"] for part in components(document)}
    told = {
        "/".join(pointer.split("/")[3:]): parts.get(entry["attributedTo"])
        for entry in document["citations"]
        for pointer in entry["pointers"]
        if at(document, pointer) is not None
    }
    assert told["licenses"] == told["pedigree/ancestors"] == "README.md"
    assert told["modelCard/modelParameters/task"] == told["modelCard/quantitativeAnalysis"] == "README.md"
    assert told["modelCard/modelParameters/modelArchitecture"] == "config.json"
    assert "model.safetensors" in told.values()


def test_packed_numbers_are_not_counted_as_parameters(weather: Path) -> None:
    (weather / "model.safetensors").write_bytes(safetensors(SHAPES, "I16"))
    assert "parameterCount" not in facts(model_of(bom(weather)))


def test_a_gguf_header_fills_the_card(tmp_path: Path) -> None:
    metadata: dict[str, str | int] = {
        "general.architecture": "llama",
        "general.license": "apache-2.0",
        "general.file_type": 15,
        "llama.context_length": 8192,
        "llama.block_count": 16,
    }
    (tmp_path / "weather.gguf").write_bytes(gguf(metadata))
    model = model_of(bom(tmp_path, "weather.gguf"))
    assert model["licenses"] == [{"acknowledgement": "declared", "expression": "Apache-2.0"}]
    assert model["modelCard"]["modelParameters"] == {"architectureFamily": "llama"}
    assert facts(model) == {
        "contextLength": "8192",
        "layers": "16",
        "parameterCount": "32",
        "quantization": "Q4_K_M",
    }


def test_a_model_that_states_nothing_has_an_empty_card(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(safetensors({}))
    model = model_of(bom(tmp_path, "m.safetensors"))
    assert not model.keys() & {"modelCard", "licenses", "pedigree", "publisher", "purl", "version"}
