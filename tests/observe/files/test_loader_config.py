"""What configurations make libraries import is told, whoever's code it is; templates in them are read as templates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Reading
from driftseal.observe.files.loader_config import LoaderConfig


def read(value: Any, name: str = "config.json") -> Reading:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return reading.read(Bytes(data), name, DEFAULT_LIMITS)


def facts(value: Any) -> list[tuple[str, str]]:
    return [(fact.name, fact.subject) for fact in read(value).facts]


def test_an_honest_configuration_is_quiet() -> None:
    found = read({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "_name_or_path": "org/name"})
    assert (found.format, found.facts, found.blanks) == ("loader_config", (), ())


@pytest.mark.parametrize("kind", [[], {}, ["whisper"], {"a": 1}, None, 1])
def test_a_type_of_model_that_is_no_name_changes_nothing(kind: Any) -> None:
    value = {"model_type": kind, "suppress_tokens": list(range(9)), "_name_or_path": "org/name"}
    assert facts(value) == [("generation-forbids-tokens", "suppress_tokens")]


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        ({"auto_map": {"AutoModel": "modeling_x.X"}}, ("loader-runs-own-code", "modeling_x.X")),
        ({"auto_map": {"AutoTokenizer": ["tok.Slow", None]}}, ("loader-runs-own-code", "tok.Slow")),
        ({"auto_map": {"AutoModel": "org/repo--m.X"}}, ("loader-runs-foreign-code", "org/repo--m.X")),
        (
            {"model_type": "x", "custom_pipelines": {"mine": {"impl": "pipe.Mine"}}},
            ("loader-runs-own-code", "pipe.Mine"),
        ),
        ({"custom_generate": "org/gen"}, ("loader-generates-by-code", "org/gen")),
        (
            [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}],
            None,
        ),
        (
            [{"idx": 0, "name": "0", "path": "", "type": "custom_st.Transformer"}],
            ("loader-imports-module", "custom_st.Transformer"),
        ),
        (
            {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.3", "unet": ["diffusers", "UNet2D"]},
            None,
        ),
        (
            {"_class_name": "P", "_diffusers_version": "0.3", "unet": ["my_unet", "UNet"]},
            ("loader-imports-module", "my_unet.UNet"),
        ),
        ({"weight_map": {"a": "model-1.safetensors", "b": "../../x"}}, ("loader-path-escapes", "../../x")),
    ],
)
def test_code_and_files_that_loading_reaches_are_told(value: Any, fact: tuple[str, str] | None) -> None:
    assert facts(value) == ([fact] if fact else [])


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{{ ''.__class__ }}", "chat_template"),
        (
            [{"name": "default", "template": "x"}, {"name": "tool_use", "template": "{{ ''.__class__ }}"}],
            "chat_template.tool_use",
        ),
    ],
)
def test_every_chat_template_is_read_as_one(template: Any, path: str) -> None:
    found = read({"chat_template": template})
    assert [(fact.name, fact.path) for fact in found.facts] == [("template-escapes-sandbox", path)]
    assert found.formats[path] == "jinja"


def test_a_doubled_name_is_told() -> None:
    assert facts(b'{"auto_map": {}, "auto_map": {}}') == [("loader-duplicate-key", "auto_map")]


@pytest.mark.parametrize("data", [b'{"auto_map": {', b'{"auto_map": ' + b"[" * 5000, b'{"auto_map": "\xff"}'])
def test_what_cannot_be_parsed_is_told_and_leaves_a_blank(data: bytes) -> None:
    found = read(data)
    assert [fact.name for fact in found.facts] == ["loader-unparsable"]
    assert len(found.blanks) == 1


@pytest.mark.parametrize("data", [b'{"tools": []}', b"[1, 2]", b"auto_map: 1", b'{"a": "\0model_type"}'])
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not LoaderConfig().claims(data, Bytes(data))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    key=st.sampled_from(
        ["auto_map", "custom_pipelines", "custom_generate", "weight_map", "chat_template", "_class_name"]
    ),
    value=json_values,
)
def test_no_configuration_breaks_the_reader(key: str, value: Any) -> None:
    assert read({"model_type": "x", "_diffusers_version": "1", key: value}).format == "loader_config"
