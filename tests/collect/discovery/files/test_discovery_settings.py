"""Configurations: which values are models, and which are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery.search import Search
from driftseal.collect.discovery.seen import Seen
from driftseal.collect.discovery.walk import Unseen
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind

MODELS = {
    "litellm.yaml": (
        """\
model_list:
  - model_name: fast
    litellm_params:
      model: openai/my-local-model
      api_base: http://localhost:8000/v1
      api_key: os.environ/OPENAI_API_KEY
  - model_name: azure-4o
    litellm_params: {model: azure/gpt-4o-eu, api_base: https://me.openai.azure.com/?key=canary-1}
""",
        {"openai:my-local-model": 4, "azure:gpt-4o-eu": 8},
    ),
    "train.yaml": (
        "base_model: NousResearch/Meta-Llama-3-8B\ndatasets:\n  - path: tatsu-lab/alpaca\nlearning_rate: 2e-5\n",
        {"huggingface:NousResearch/Meta-Llama-3-8B": 1},
    ),
    "conf/config.toml": (
        'model = "gpt-5-codex"\n[profiles.local]\nmodel_provider = "ollama"\nmodel = "qwen2.5-coder:7b"\n',
        {"openai:gpt-5-codex": 1, "ollama:qwen2.5-coder:7b": 4},
    ),
    "opencode.json": (
        '{\n // comment\n "model": "anthropic/claude-sonnet-4-5",\n "small_model": "groq/llama-3.1-8b-instant"\n}\n',
        {"anthropic:claude-sonnet-4-5": 3, "groq:llama-3.1-8b-instant": 4},
    ),
    ".continue/config.yaml": (
        """\
models:
  - name: A
    provider: ollama
    model: llama3.1:8b
  - {name: B, provider: anthropic, model: claude-x-latest}
""",
        {"ollama:llama3.1:8b": 4, "anthropic:claude-x-latest": 5},
    ),
    ".gemini/settings.json": ('{"model": {"name": "gemini-2.5-pro"}}', {"google:gemini-2.5-pro": 1}),
    "promptfooconfig.yaml": (
        "providers:\n  - openai:chat:gpt-4o-mini\n  - id: anthropic:messages:claude-sonnet-4-5\n",
        {"openai:gpt-4o-mini": 2, "anthropic:claude-sonnet-4-5": 3},
    ),
    "rag.yml": (
        "embeddings:\n  embedding_model: BAAI/bge-m3\n  base_url: http://localhost:11434\n  model: nomic-embed-text\n",
        {"huggingface:BAAI/bge-m3": 2, "ollama:nomic-embed-text": 4},
    ),
    "serve/isvc.yaml": (
        """\
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
spec:
  predictor:
    model:
      modelFormat: {name: huggingface}
      args: ["--model_name=llama3", "--model_id=meta-llama/Meta-Llama-3-8B-Instruct"]
      storageUri: hf://google/gemma-2-2b-it
---
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.6.0
          command: ["vllm", "serve"]
          args: ["Qwen/Qwen2.5-0.5B", "--dtype", "auto"]
          env:
            - {name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hf, key: canary-2}}}
            - {name: EMBEDDING_MODEL, value: BAAI/bge-small-en}
---
spec:
  parameters:
    - {name: pretrained_model, value: distilbert-base-uncased, type: STRING}
""",
        {
            "huggingface:meta-llama/Meta-Llama-3-8B-Instruct": 11,
            "huggingface:google/gemma-2-2b-it": 12,
            "huggingface:Qwen/Qwen2.5-0.5B": 22,
            "huggingface:BAAI/bge-small-en": 25,
            "huggingface:distilbert-base-uncased": 29,
        },
    ),
    "chart/templates/deploy.yaml": (
        "{{- if .Values.on }}\nenv:\n  model: gpt-4o\n  other: {{ .Values.model }}\n{{- end }}\n",
        {"openai:gpt-4o": 3},
    ),
    "anchored.yaml": ("base: &base\n  model: gpt-4o\nnext:\n  <<: *base\n", {"openai:gpt-4o": 2}),
    "src/main/resources/application.properties": (
        "server.port=80\nspring.ai.openai.api-key=${OPENAI_API_KEY}\nspring.ai.openai.chat.options.model=gpt-4o-mini\n",
        {"openai:gpt-4o-mini": 3},
    ),
    "infra/main.tf": (
        'resource "x" "y" {\n  foundation_model = "anthropic.claude-3-haiku-20240307-v1:0"\n  instance = "t3"\n}\n',
        {"aws-bedrock:anthropic.claude-3-haiku-20240307-v1:0": 2},
    ),
    "bedrock.json": (
        '{"modelId": "us.anthropic.claude-3-5-sonnet-20241022-v2:0"}',
        {"aws-bedrock:us.anthropic.claude-3-5-sonnet-20241022-v2:0": 1},
    ),
}
NONE = {
    "car.json": '{"make": "Dell", "model": "XPS/13", "engine": "V8/petrol", "provider": "azure"}',
    "terraform.yaml": "provider: aws\nmodel: t3/large\nengine: postgres/14\n",
    "printer.yaml": "printers:\n  - model: HP/LaserJet-4000\n    temperature: 20\n",
    "orm.json": '{"model": "app.User", "fields": {"tokenizer": "standard", "checkpoint": "last"}}',
    "django.json": '[{"model": "auth.permission", "pk": 1, "fields": {"name": "Can add model"}}]',
    "openapi-like.yaml": "properties:\n  model:\n    type: string\n    example: gpt-4o\n    enum: [gpt-4o, o1]\n",
    "mime.yaml": "llm: text/plain\nmodel: application/json\n",
    "paths.yaml": "model: ./weights/model.bin\nmodel_path: models/foo\ncheckpoint: runs/exp1\nllm: some/thing\n",
    "placeholder.yaml": "model: <org>/<model>\nbase_model: your-org/your-model\nllm_model: ${LLM}\n",
    "tests/data/settings.json": '{"base_model": "BAAI/bge-m3", "llm": "gpt-4o"}',
    "docs/broken.json": '{"model": "gpt-4o"',
    "package.json": '{"model": "gpt-4o"}',
    "prices.json": "[" + ",".join(f'{{"model": "groq/llama-{n}b", "price": 1}}' for n in range(60)) + "]",
    "results/run.json": '{"model": "gpt-4o", "score": 1}',
    "scores.json": '{"model": "Qwen/Qwen2.5-7B", "snr": Infinity, "loss": NaN}',
    "menu.json": '{"displayOptions": {"show": {"modelId": ["gpt-4o", "gpt-4o-mini"]}}}',
    "flow.json": '{"llmModel": "chatOllama", "base_url": "http://localhost:11434"}',
    "choices.yaml": "available_models: [gpt-4o, gpt-4o-mini]\n",
}


def models(root: Path, name: str, text: str) -> dict[str, int]:
    return {model: places(item)[0][1] for model, item in found(root, {name: text}, ItemKind.MODEL).items()}


@pytest.mark.parametrize("name", MODELS)
def test_configurations_tell_their_models_with_the_line(tmp_path: Path, name: str) -> None:
    text, expected = MODELS[name]
    assert models(tmp_path, name, text) == expected


@pytest.mark.parametrize("name", NONE)
def test_other_values_under_such_keys_are_no_models(tmp_path: Path, name: str) -> None:
    assert models(tmp_path, name, NONE[name]) == {}
    told = list(Search(tmp_path, "", DEFAULT_LIMITS, lambda _: None).run())
    assert not [one for one in told if isinstance(one, Unseen)]


def test_a_guess_is_told_only_to_those_who_ask_for_guesses(tmp_path: Path) -> None:
    text = 'name = "x"\nmodel = "acme/thing"\n'
    assert found(tmp_path, {"a.toml": text}, ItemKind.MODEL) == {}
    assert list(found(tmp_path, {}, ItemKind.MODEL, least=0.0)) == ["huggingface:acme/thing"]


def test_keys_addresses_and_datasets_are_told_and_no_value(tmp_path: Path) -> None:
    for name, (text, _) in MODELS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "x.json").write_text(
        '{"api_key": "canary-9", "env": {"GROQ_API_KEY": "canary-8"}, "token": "${MISTRAL_API_KEY:-canary-7}"}'
    )
    told = list(Search(tmp_path, "", DEFAULT_LIMITS, lambda _: None).run())
    assert "canary" not in f"{told}"
    keys = found(tmp_path, {}, ItemKind.CREDENTIAL)
    assert set(keys) == {"OPENAI_API_KEY", "HF_TOKEN", "GROQ_API_KEY", "MISTRAL_API_KEY"}
    services = found(tmp_path, {}, ItemKind.SERVICE)
    assert {name: item.content["endpoint"] for name, item in services.items() if isinstance(item.content, dict)} == {
        "azure": "https://me.openai.azure.com",
        "ollama": "http://localhost:11434",
    }
    assert all(isinstance(one, Seen) for one in told)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("deep.yaml", "model: " + "[" * 200, "nested deeper"),
        ("deep.json", '{"model": ' + "[" * 200 + "]" * 200 + "}", "nested deeper"),
        ("broken.json", '{"model": "gpt-4o"', "broken.json:1"),
        ("broken.toml", 'model = "gpt-4o\n', "not valid TOML"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_told(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    told = list(Search(tmp_path, "", DEFAULT_LIMITS, lambda _: None).run())
    assert [one.path for one in told if isinstance(one, Unseen)] == [name]
    assert why.removeprefix(f"{name}:") in f"{told}"


def test_aliases_that_swell_cost_nothing(tmp_path: Path) -> None:
    text = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}, *{chr(97 + n)}, *{chr(97 + n)}]\n"
        for n in range(20)
    )
    assert models(tmp_path, "bomb.yaml", text + "model: gpt-4o\n") == {"openai:gpt-4o": 22}


def test_a_large_data_file_is_no_configuration_and_no_gap(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text('{"model": "gpt-4o", "x": "' + "y" * 3_000_000 + '"}')
    assert list(Search(tmp_path, "", DEFAULT_LIMITS, lambda _: None).run()) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "Prompts/Sum/config.json",
            '{"schema": 1, "type": "completion",\n "execution_settings": {"default": {"model_id": "gpt-4"}}}',
        ),
        ("config.json", '{"llm": {"provider": "openai",\n "model": "gpt-4"}}'),
    ],
)
def test_a_configuration_may_be_called_config_json(tmp_path: Path, path: str, text: str) -> None:
    models = found(tmp_path, {path: text}, ItemKind.MODEL)
    assert {name: places(item) for name, item in models.items()} == {"openai:gpt-4": [(path, 2)]}


def test_the_configuration_of_weights_is_none(tmp_path: Path) -> None:
    text = '{"model_type": "llama", "architectures": ["L"], "text_config": {"model": "gpt-4"}}'
    assert found(tmp_path, {"weights/config.json": text}, ItemKind.MODEL, least=0.0) == {}
