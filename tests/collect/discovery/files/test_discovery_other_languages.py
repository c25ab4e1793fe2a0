"""Scripts, languages that are not lowered, their manifests, notebooks' commands, files in files."""

from __future__ import annotations

import json
from pathlib import Path

from discovered import found, places
from driftseal.model.item import ItemKind


def named(root: Path, files: dict[str, str], kind: ItemKind = ItemKind.MODEL) -> dict[str, tuple[str, int]]:
    return {name: places(item)[0] for name, item in found(root, files, kind).items()}


def test_scripts_tell_what_they_pull_serve_and_ask(tmp_path: Path) -> None:
    script = (
        "#!/bin/sh\n# ollama pull commented:1b\n"
        "MODEL=${MODEL:-qwen2.5-coder:7b}\n"
        'ollama pull "$MODEL"\n'
        "hf download unsloth/gpt-oss-20b-GGUF --include '*Q4*'\n"
        'curl https://api.openai.com/v1/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY" \\\n'
        '  -d \'{"model": "gpt-4o-mini", "messages": []}\'\n'
        "echo model: none/here\n"
    )
    assert named(tmp_path, {"pull.sh": script}) == {
        "ollama:qwen2.5-coder:7b": ("pull.sh", 3),
        "huggingface:unsloth/gpt-oss-20b-GGUF": ("pull.sh", 5),
        "openai:gpt-4o-mini": ("pull.sh", 7),
    }
    assert set(found(tmp_path, {}, ItemKind.CREDENTIAL)) == {"OPENAI_API_KEY"}


def test_ruby_php_kotlin_and_swift_tell_models_keys_and_prompts(tmp_path: Path) -> None:
    files = {
        "summary.rb": (
            "# text-davinci-003 is gone\nclass Summary\n"
            '  MODEL = "gpt-4o-mini-2024-07-18"\n'
            "  SYSTEM_PROMPT = <<~TEXT\n    You summarise the notes of a nurse for the doctor on duty.\n"
            "    Keep every number, and never leave out a medicine that is named.\n  TEXT\n"
            '  def key = ENV.fetch("OPENAI_ACCESS_TOKEN")\n'
            '  def review(text) = RubyLLM.chat(model: "claude-sonnet-4-20250514").ask(text)\n'
            '  def old?(model) = model == "gpt-4-turbo"\nend\n'
        ),
        "Describe.php": (
            "<?php\nuse OpenAI\\Laravel\\Facades\\OpenAI;\n"
            "class Describe {\n    private const MODEL = 'gpt-4.1-mini'; // once 'gpt-4'\n"
            "    #[Override]\n"
            "    function ask() { return Prism::text()->using(Provider::Anthropic, 'claude-3-7-sonnet-20250219'); }\n"
            "    public $table = ['model' => 'beetle', 'path' => 'users/admin'];\n}\n"
        ),
        "Main.kt": (
            "import com.aallam.openai.client.OpenAI\n"
            'const val CHAT = "gpt-4o-2024-11-20"\ndata class Phone(val model: String = "pixel-9")\n'
            'fun main() { OpenAI(System.getenv("OPENAI_API_KEY")).chat(ChatRequest(model = ModelId(CHAT))) }\n'
        ),
        "Chat.swift": (
            'import MLXLLM\n// let old = "gpt-3.5-turbo"\n'
            'let configuration = ModelConfiguration(id: "mlx-community/Qwen3-4B-4bit")\nlet path = "llm/assets-2"\n'
        ),
        "Car.kt": 'data class Car(val model: String = "o1")\n',
    }
    assert named(tmp_path, files) == {
        "openai:gpt-4o-mini-2024-07-18": ("summary.rb", 3),
        "anthropic:claude-sonnet-4-20250514": ("summary.rb", 9),
        "openai:gpt-4.1-mini": ("Describe.php", 4),
        "anthropic:claude-3-7-sonnet-20250219": ("Describe.php", 6),
        "openai:gpt-4o-2024-11-20": ("Main.kt", 2),
        "huggingface:mlx-community/Qwen3-4B-4bit": ("Chat.swift", 3),
    }
    assert set(found(tmp_path, {}, ItemKind.CREDENTIAL)) == {"OPENAI_ACCESS_TOKEN", "OPENAI_API_KEY"}
    assert named(tmp_path, {}, ItemKind.PROMPT_FILE) == {"summary.rb:SYSTEM_PROMPT": ("summary.rb", 4)}
    assert set(found(tmp_path, {}, ItemKind.FRAMEWORK)) == {"maven:com.aallam.openai:openai-client"}


def test_manifests_of_ruby_php_and_deno_tell_what_ai_is_built_with(tmp_path: Path) -> None:
    files = {
        "Gemfile": 'source "https://rubygems.org"\ngem "rails"\n# gem "anthropic"\ngem "ruby-openai", "~> 8.1"\n',
        "Gemfile.lock": "GEM\n  specs:\n    rails (8.0.2)\n    ruby-openai (8.1.0)\n      faraday (>= 1)\n",
        "composer.json": '{"require": {"php": "^8.3", "prism-php/prism": "^0.86"}}',
        "composer.lock": '{"packages": [{"name": "prism-php/prism", "version": "v0.86.1"}], "packages-dev": []}',
        "deno.json": '{"imports": {"ai": "npm:openai@^5.16.0", "@std/assert": "jsr:@std/assert@1"}}',
        "main.ts": 'import { pipeline } from "npm:@huggingface/transformers@3.7.2";\n'
        'await pipeline("feature-extraction", "Xenova/all-MiniLM-L6-v2");\n',
    }
    frameworks = found(tmp_path, files, ItemKind.FRAMEWORK)
    told = {name: (item.content or {}).get("version") for name, item in frameworks.items()}  # type: ignore[union-attr]
    assert told == {
        "gem:ruby-openai": "8.1.0",
        "composer:prism-php/prism": "0.86.1",
        "npm:openai": None,
        "npm:@huggingface/transformers": None,
    }
    assert set(found(tmp_path, {}, ItemKind.MODEL)) == {"huggingface:Xenova/all-MiniLM-L6-v2"}


def test_commands_in_notebooks_tell_what_they_install_and_fetch(tmp_path: Path) -> None:
    cells = [
        {
            "cell_type": "code",
            "source": ["%pip install -q evaluate lm-eval==0.4.9\n", "!hf download Qwen/Qwen2.5-0.5B"],
        },
        {"cell_type": "markdown", "source": ["use `!ollama pull none:1b`"]},
    ]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=1)
    assert set(found(tmp_path, {"a.ipynb": text}, ItemKind.FRAMEWORK)) == {"pypi:evaluate", "pypi:lm-eval"}
    (place,) = named(tmp_path, {}).items()
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "!hf" in one)
    assert place == ("huggingface:Qwen/Qwen2.5-0.5B", ("a.ipynb", line))


def test_configurations_tell_files_inside_them_flags_and_what_their_folder_says(tmp_path: Path) -> None:
    files = {
        "k8s/litellm.yaml": (
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n    model_list:\n"
            "      - model_name: fast\n        litellm_params:\n          model: groq/llama-3.1-8b-instant\n"
        ),
        "helm/values.yaml": "extraArgs:\n  - --model=deepseek-ai/DeepSeek-R1-Distill-Qwen-7B\n  - --gpu=0.9\n",
        "dvc.yaml": "stages:\n  train:\n    cmd: python sft.py --model_name_or_path EleutherAI/pythia-160m --out a/b\n",
        "conf/model/llama.yaml": "name: together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo\nmax_tokens: 512\n",
        "conf/data/one.yaml": "name: acme/data-7b\n",
        "application.properties": "spring.ai.openai.api-key=${PROD_KEY}\nother.api-key=${OTHER_KEY}\n",
    }
    assert named(tmp_path, files) == {
        "groq:llama-3.1-8b-instant": ("k8s/litellm.yaml", 8),
        "huggingface:deepseek-ai/DeepSeek-R1-Distill-Qwen-7B": ("helm/values.yaml", 2),
        "huggingface:EleutherAI/pythia-160m": ("dvc.yaml", 3),
        "together:meta-llama/Llama-3.3-70B-Instruct-Turbo": ("conf/model/llama.yaml", 1),
    }
    assert set(found(tmp_path, {}, ItemKind.CREDENTIAL)) == {"PROD_KEY"}


def test_prompts_of_clients_name_their_model_in_front_matter(tmp_path: Path) -> None:
    files = {
        "prompts/greet.prompt": "---\nmodel: googleai/gemini-1.5-flash\n---\nGreet {{name}}.\n",
        ".claude/commands/deploy.md": "---\ndescription: x\nmodel: claude-haiku-4-5-20251001\n---\nDeploy\n",
        ".claude/agents/a.md": "---\nmodel: sonnet\n---\nmodel: gpt-4o\n",
        "docs/a.md": "---\nmodel: gpt-4o\n---\n",
    }
    assert named(tmp_path, files) == {
        "google:gemini-1.5-flash": ("prompts/greet.prompt", 2),
        "anthropic:claude-haiku-4-5-20251001": (".claude/commands/deploy.md", 3),
    }


def test_commands_that_start_containers_and_install_packages_tell_both(tmp_path: Path) -> None:
    files = {
        "Makefile": (
            "serve:\n\tdocker run --gpus all vllm/vllm-openai:v0.10.1 --model NousResearch/Hermes-3-Llama-3.1-8B\n"
        ),
        "Dockerfile": "FROM python:3.12\nRUN pip install --no-cache-dir lm-eval==0.4.9 requests\n",
        ".github/workflows/e.yml": "jobs:\n  a:\n    steps:\n      - run: npm i -g @openai/codex@0.29.0\n",
    }
    assert named(tmp_path, files) == {"huggingface:NousResearch/Hermes-3-Llama-3.1-8B": ("Makefile", 2)}
    assert named(tmp_path, {}, ItemKind.FRAMEWORK) == {
        "docker:vllm/vllm-openai": ("Makefile", 2),
        "pypi:lm-eval": ("Dockerfile", 2),
    }


def test_a_part_of_a_configuration_that_is_called_after_a_provider_says_whose_its_models_are(tmp_path: Path) -> None:
    files = {
        "application.properties": (
            "quarkus.langchain4j.openai.embedding-model.model-name=text-embedding-ada-002\n"
            "quarkus.langchain4j.ollama.chat-model.model-id=granite3.3:8b\ncar.model=model-3\n"
        ),
        "application.yml": "spring:\n  ai:\n    ollama:\n      chat:\n        model: mistral-nemo\n",
        "ray.yaml": (
            "serveConfigV2: |\n  applications:\n    - args:\n        llm_configs:\n          - model_loading_config:\n"
            "              model_source: Qwen/Qwen2.5-0.5B-Instruct\n"
        ),
    }
    assert set(found(tmp_path, files, ItemKind.MODEL)) == {
        "openai:text-embedding-ada-002",
        "ollama:granite3.3:8b",
        "ollama:mistral-nemo",
        "huggingface:Qwen/Qwen2.5-0.5B-Instruct",
    }


def test_tasks_tell_the_models_of_their_commands_and_lists_of_datasets_theirs(tmp_path: Path) -> None:
    files = {
        "roles/tasks/main.yml": (
            "- name: Pull\n  ansible.builtin.command: ollama pull {{ item }}\n  loop:\n    - deepseek-r1:14b\n"
            "    - nomic-embed-text\n- name: Copy\n  ansible.builtin.copy:\n    src: files/model.txt\n"
        ),
        "k8s/vllm.yaml": (
            "spec:\n  containers:\n    - image: vllm/vllm-openai:v0.10.1\n      command: [/bin/sh, -c]\n"
            '      args: ["vllm serve mistralai/Mistral-Small-3.2-24B --lora-modules sql=acme/sql-lora"]\n'
        ),
        "eval.sh": "lm_eval --model hf --model_args pretrained=EleutherAI/pythia-70m,revision=step3000\n",
        "compose.yaml": (
            "services:\n  ui:\n    image: ghcr.io/open-webui/open-webui:v0.6\n    environment:\n"
            "      - DEFAULT_MODELS=gemma3:12b\n      - OTHER=api:8080\n"
        ),
        "axolotl.yaml": (
            "base_model: Qwen/Qwen3-8B\nadapter: lora\nlearning_rate: 0.1\n"
            "datasets:\n  - path: tatsu-lab/alpaca\n    type: alpaca\n"
        ),
    }
    assert set(found(tmp_path, files, ItemKind.MODEL)) == {
        "ollama:deepseek-r1:14b",
        "ollama:nomic-embed-text",
        "huggingface:mistralai/Mistral-Small-3.2-24B",
        "huggingface:acme/sql-lora",
        "huggingface:EleutherAI/pythia-70m",
        "ollama:gemma3:12b",
        "huggingface:Qwen/Qwen3-8B",
    }
    assert set(found(tmp_path, {}, ItemKind.DATASET)) == {"huggingface:tatsu-lab/alpaca"}
