"""Files that name models, by what runs them: Modelfiles, Dockerfiles, compose files, environments."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery.files import _commands, _models
from driftseal.model.item import ItemKind

MODELFILE = '''\
# a comment
FROM hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M
PARAMETER temperature 0.2
ADAPTER ./lora.gguf
SYSTEM """You are a pirate.
FROM here on, speak so."""
TEMPLATE {{ .Prompt }}
'''
DOCKERFILE = """\
FROM --platform=linux/amd64 vllm/vllm-openai:v0.6.3 AS serve
# RUN ollama pull qwen2.5:7b
ENV EMBEDDING_MODEL=BAAI/bge-small-en-v1.5 OPENAI_API_KEY=canary-7719
RUN apt-get update && \\
    huggingface-cli download meta-llama/Llama-3.1-8B --revision 0e9e39f249a16976918f6564b8830bc894c89659 && \\
    hf download --repo-type dataset rajpurkar/squad
RUN <<EOT
ollama serve &
/usr/bin/ollama pull llama3.2:1b
EOT
CMD ["vllm", "serve", "Qwen/Qwen2.5-7B-Instruct", "--port", "80"]
"""
COMPOSE = """\
models:
  brain:
    model: ai/smollm2:360M-Q4_K_M
services:
  app:
    image: ghcr.io/acme/app:1
    environment:
      - OPENAI_API_KEY=canary-7720
      - OPENAI_BASE_URL=https://user:canary-7721@gateway.example/v1?key=canary-7722
  chat:
    provider: {type: model, options: {model: ai/gemma3}}
  serve:
    image: vllm/vllm-openai@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    command: --model mistralai/Mistral-7B-Instruct-v0.3 --port 80
  embed:
    image: "ghcr.io/huggingface/text-embeddings-inference:${TEI:-1.5}"
    command: ["--model-id", "${MODEL:-BAAI/bge-m3}"]
    environment:
      HF_TOKEN: ${HF_TOKEN}
  pull:
    image: curlimages/curl
    entrypoint: ["sh", "-c", "ollama pull nomic-embed-text && sleep 1"]
  web:
    image: nginx:1.27
    command: ["--model", "plain"]
"""
DOTENV = """\
# Keys of the models
OPENAI_API_KEY=canary-7723
# ANTHROPIC_API_KEY=
export GROQ_API_KEY="canary-7724"
MY_SERVICE_PASSWORD=canary-7725
LLM_MODEL=gpt-4o-mini   # small
# EMBEDDING_MODEL=BAAI/bge-m3
OLLAMA_BASE_URL=http://localhost:11434
DATABASE_MODEL=Dell/XPS 13
"""


def models(root: Path, name: str, text: str) -> dict[str, list[tuple[str, int]]]:
    return {model: places(item) for model, item in found(root, {name: text}, ItemKind.MODEL).items()}


def test_a_modelfile_tells_what_it_is_made_from_and_the_hash_of_its_prompts(tmp_path: Path) -> None:
    assert models(tmp_path, "ollama/Modelfile", MODELFILE) == {
        "huggingface:bartowski/Llama-3.2-1B-Instruct-GGUF": [("ollama/Modelfile", 2)]
    }
    prompts = found(tmp_path, {}, ItemKind.PROMPT_FILE)
    text = "You are a pirate.\nFROM here on, speak so."
    assert {name: item.content for name, item in prompts.items()}["ollama/Modelfile:SYSTEM"] == {
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "length": len(text),
        "symbol": "SYSTEM",
        "role": "system",
    }
    assert "pirate" not in str(prompts)


def test_a_dockerfile_tells_models_that_it_downloads_serves_and_names(tmp_path: Path) -> None:
    assert models(tmp_path, "Dockerfile", DOCKERFILE) == {
        "huggingface:BAAI/bge-small-en-v1.5": [("Dockerfile", 3)],
        "huggingface:meta-llama/Llama-3.1-8B": [("Dockerfile", 5)],
        "ollama:llama3.2:1b": [("Dockerfile", 9)],
        "huggingface:Qwen/Qwen2.5-7B-Instruct": [("Dockerfile", 11)],
    }
    (pinned,) = [item for name, item in found(tmp_path, {}, ItemKind.MODEL).items() if "Llama-3.1" in name]
    assert isinstance(pinned.content, dict)
    assert pinned.content["revision"] == "0e9e39f249a16976918f6564b8830bc894c89659"
    assert list(found(tmp_path, {}, ItemKind.DATASET)) == ["huggingface:rajpurkar/squad"]
    (base,) = found(tmp_path, {}, ItemKind.FRAMEWORK).values()
    assert base.name == "docker:vllm/vllm-openai"
    assert list(found(tmp_path, {}, ItemKind.CREDENTIAL)) == ["OPENAI_API_KEY"]


def test_a_compose_file_tells_models_runners_keys_and_addresses(tmp_path: Path) -> None:
    assert models(tmp_path, "compose.yaml", COMPOSE) == {
        "docker:ai/smollm2:360M-Q4_K_M": [("compose.yaml", 2)],
        "docker:ai/gemma3": [("compose.yaml", 11)],
        "huggingface:mistralai/Mistral-7B-Instruct-v0.3": [("compose.yaml", 14)],
        "huggingface:BAAI/bge-m3": [("compose.yaml", 17)],
        "ollama:nomic-embed-text": [("compose.yaml", 22)],
    }
    images = found(tmp_path, {}, ItemKind.FRAMEWORK)
    assert {name: isinstance(item.content, dict) and item.content.get("version") for name, item in images.items()} == {
        "docker:vllm/vllm-openai": "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "docker:ghcr.io/huggingface/text-embeddings-inference": "1.5",
    }
    assert set(found(tmp_path, {}, ItemKind.CREDENTIAL)) == {"OPENAI_API_KEY", "HF_TOKEN"}
    (service,) = found(tmp_path, {}, ItemKind.SERVICE).values()
    assert isinstance(service.content, dict)
    assert service.content["endpoint"] == "https://gateway.example/v1"


def test_an_environment_file_tells_names_of_keys_models_and_addresses_and_no_value(tmp_path: Path) -> None:
    assert models(tmp_path, ".env.example", DOTENV) == {"openai:gpt-4o-mini": [(".env.example", 6)]}
    keys = found(tmp_path, {}, ItemKind.CREDENTIAL)
    assert {name: places(item) for name, item in keys.items()} == {
        "OPENAI_API_KEY": [(".env.example", 2)],
        "ANTHROPIC_API_KEY": [(".env.example", 3)],
        "GROQ_API_KEY": [(".env.example", 4)],
    }
    (service,) = found(tmp_path, {}, ItemKind.SERVICE).values()
    assert isinstance(service.content, dict)
    assert (service.name, service.content["endpoint"]) == ("ollama", "http://localhost:11434")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile", DOCKERFILE),
        ("compose.yaml", COMPOSE),
        (".env", DOTENV),
        ("prod.env", DOTENV),
        ("Modelfile", MODELFILE),
    ],
)
def test_no_secret_is_ever_told(tmp_path: Path, name: str, text: str) -> None:
    for kind in ItemKind:
        told = found(tmp_path, {name: text}, kind, least=0.0)
        assert "canary" not in f"{told}"
        assert all("canary" not in f"{item.content}{item.evidence}" for item in told.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile", "FROM python:3.11\nRUN echo pulls ollama && pip install app\nENV CAR_MODEL=t-1\n"),
        ("Modelfile", "A file about modelling.\nSYSTEM of a kind\n"),
        ("compose.yaml", "services:\n  a:\n    image: postgres:16\n    command: ['--model', 'User']\n"),
        (".env", "NODE_ENV=production\nMODEL=User\nPORT=80\nMODEL_PATH=./weights/a.bin\n"),
    ],
)
def test_files_of_these_names_about_other_things_tell_nothing(tmp_path: Path, name: str, text: str) -> None:
    assert [found(tmp_path, {name: text}, kind, least=0.0) for kind in ItemKind] == [{}] * len(ItemKind)


@pytest.mark.parametrize(
    ("text", "provider", "name"),
    [
        ("openai/gpt-4o", "openai", "gpt-4o"),
        ("openai/whisper-large-v3", "huggingface", "openai/whisper-large-v3"),
        ("openai:gpt-4o", "openai", "gpt-4o"),
        ("mistralai/Mistral-7B-v0.3", "huggingface", "mistralai/Mistral-7B-v0.3"),
        ("mistral/mistral-large-latest", "mistral", "mistral-large-latest"),
        ("openrouter/anthropic/claude-3.5-sonnet", "openrouter", "anthropic/claude-3.5-sonnet"),
        ("huggingface/meta-llama/Llama-3-8B", "huggingface", "meta-llama/Llama-3-8B"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
            "aws-bedrock",
            "us.amazon.nova-pro-v1:0",
        ),
        ("bert-base-uncased", "huggingface", "bert-base-uncased"),
    ],
)
def test_the_form_of_a_name_tells_its_provider(text: str, provider: str, name: str) -> None:
    told = _models.named(text)
    assert told is not None
    assert told[:2] == (provider, name)


@pytest.mark.parametrize(
    "text",
    [
        "User",
        "my-model",
        "application/json",
        "models/foo",
        "./a/b",
        "10/12",
        "postgres/14.2",
        "a b/c",
        "${MODEL}",
        "foo/bar.py",
        "http://x/y",
        "t5x",
        "<org>/<name>",
    ],
)
def test_other_texts_name_no_model(text: str) -> None:
    assert _models.named(text) is None


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("npx -y @anthropic-ai/claude-code@1.0.1 -p 'hi' --model claude-sonnet-4-5", [("claude", 1)]),
        ("set -e\nFOO=1 uv run aider --model gpt-4o \\\n  --yes\nclaude -p x", [("aider", 2), ("claude", 4)]),
        ("bash -lc 'ollama run llama3'", [("ollama", 1)]),
        ("if x; then (gemini -p y); fi", [("gemini", 1)]),
        ("echo claude | tee x", []),
        ("pip install openai && python main.py --model gpt-4o", []),
        ("git commit -m 'run claude -p x'", []),
        ("copilot svc deploy --name api && goose up", []),
        ("copilot -p 'review' --model gpt-5", [("copilot", 1)]),
    ],
)
def test_commands_are_found_in_scripts(script: str, expected: list[tuple[str, int]]) -> None:
    assert [(run.program, run.line) for run in _commands.runs(script)] == expected


def test_a_hostile_script_is_split_in_linear_time() -> None:
    for text in ("ollama " + "'" * 3_000_000, "ollama \\\n" * 400_000, "ollama " + '"a\\' * 1_000_000):
        assert list(_commands.runs(text)) is not None
