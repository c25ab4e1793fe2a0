"""A model is what a loader is given, however it comes there; a type, a variable or a mention is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind

MODEL = ItemKind.MODEL


def models(root: Path, files: dict[str, str], *, least: float = 0.5) -> set[str]:
    return set(found(root, files, MODEL, least=least))


def test_a_literal_is_found_with_its_place_revision_and_remote_code(tmp_path: Path) -> None:
    text = (
        "from transformers import AutoModel\n\n\n"
        "def load():\n"
        '    return AutoModel.from_pretrained("Acme/Tiny-1B", revision="0a1b2c", trust_remote_code=True)\n'
    )
    (item,) = found(tmp_path, {"app.py": text}, MODEL).values()
    assert item.content == {
        "provider": "huggingface",
        "id": "Acme/Tiny-1B",
        "revision": "0a1b2c",
        "remote_code": True,
    }
    (place,) = item.evidence
    assert (place.uri, place.line, place.symbol, place.technique) == ("app.py", 5, "load", "source-code-analysis")


def test_every_value_of_a_dict_that_a_loader_indexes_is_a_model_at_its_own_line(tmp_path: Path) -> None:
    text = (
        "from transformers import Wav2Vec2ForCTC\n"
        "BY_LANGUAGE = {\n"
        '    "ja": "acme/aligner-japanese",\n'
        '    "nl": "acme/aligner-dutch",\n'
        "}\n"
        "def load(language, name=None):\n"
        "    if name is None:\n"
        "        if language in BY_LANGUAGE:\n"
        "            name = BY_LANGUAGE[language]\n"
        "    return Wav2Vec2ForCTC.from_pretrained(name)\n"
    )
    items = found(tmp_path, {"align.py": text}, MODEL)
    assert {name: places(item) for name, item in items.items()} == {
        "huggingface:acme/aligner-japanese": [("align.py", 3)],
        "huggingface:acme/aligner-dutch": [("align.py", 4)],
    }


@pytest.mark.parametrize(
    "text",
    [
        'NAME = "acme/" + "tiny"\nAutoModel.from_pretrained(NAME)\n',
        'ORG = "acme"\nAutoModel.from_pretrained(f"{ORG}/tiny")\n',
        'AutoModel.from_pretrained(pretrained_model_name_or_path="acme/tiny")\n',
        'def load(name="acme/tiny"):\n    AutoModel.from_pretrained(name)\n',
        'def load(name):\n    AutoModel.from_pretrained(name)\nload("acme/tiny")\n',
        'def load(name):\n    AutoModel.from_pretrained(name)\ndef outer(x):\n    load(name=x)\nouter("acme/tiny")\n',
        'import os\nAutoModel.from_pretrained(os.environ.get("MODEL", "acme/tiny"))\n',
        'import os\nAutoModel.from_pretrained(os.getenv("MODEL") or "acme/tiny")\n',
        (
            'import argparse\np = argparse.ArgumentParser()\np.add_argument("--model-name", default="acme/tiny")\n'
            "args = p.parse_args()\nAutoModel.from_pretrained(args.model_name)\n"
        ),
        (
            'import argparse\np = argparse.ArgumentParser()\np.add_argument("--model", default="acme/tiny")\n'
            'args = p.parse_args().__dict__\nname = args.pop("model")\nAutoModel.from_pretrained(name)\n'
        ),
        (
            'from dataclasses import dataclass\n@dataclass\nclass Config:\n    name: str = "acme/tiny"\n'
            "def load(config: Config):\n    AutoModel.from_pretrained(config.name)\n"
        ),
        (
            'from pydantic import Field\nclass S:\n    name: str = Field(default="acme/tiny")\n'
            "s = S()\nAutoModel.from_pretrained(s.name)\n"
        ),
        (
            'class A:\n    def __init__(self, name="acme/tiny"):\n        self.name = name\n'
            "    def load(self):\n        AutoModel.from_pretrained(self.name)\n"
        ),
        'class A:\n    def __init__(self, name):\n        self.m = AutoModel.from_pretrained(name)\nA("acme/tiny")\n',
        'for name in ["acme/tiny"]:\n    AutoModel.from_pretrained(name)\n',
        'NAMES = {"a": {"id": "acme/tiny"}}\ndef f(k):\n    AutoModel.from_pretrained(NAMES[k]["id"])\n',
        'def name():\n    return "acme/tiny"\nAutoModel.from_pretrained(name())\n',
    ],
)
def test_an_id_is_followed_to_the_loader(tmp_path: Path, text: str) -> None:
    assert models(tmp_path, {"app.py": f"from transformers import AutoModel\n{text}"}) == {"huggingface:acme/tiny"}


def test_an_id_is_followed_through_the_files_of_a_package(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/settings.py": '# for transformers\nMODEL_ID = "acme/tiny"\n',
        "pkg/load.py": "from transformers import AutoModel\nfrom .settings import MODEL_ID\n"
        "AutoModel.from_pretrained(MODEL_ID)\n",
    }
    (item,) = found(tmp_path, files, MODEL).values()
    assert (item.name, places(item)) == ("huggingface:acme/tiny", [("pkg/settings.py", 2)])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('from transformers import pipeline\npipeline("ner", model="acme/ner")\n', {"huggingface:acme/ner"}),
        ('from transformers import pipeline\npipeline("ner")\n', set()),
        (
            'from sentence_transformers import SentenceTransformer\nSentenceTransformer("all-MiniLM-L6-v2")\n',
            {"huggingface:sentence-transformers/all-MiniLM-L6-v2"},
        ),
        (
            'import torch\ntorch.hub.load(repo_or_dir="acme/vad", model="vad_v4")\n',
            {"torch-hub:acme/vad/vad_v4"},
        ),
        (
            "import torchaudio\nbundle = torchaudio.pipelines.HUBERT_BASE\n",
            {"torchaudio:HUBERT_BASE"},
        ),
        (
            'from faster_whisper import WhisperModel\nWhisperModel("small")\n',
            {"huggingface:Systran/faster-whisper-small"},
        ),
        (
            'import openai\nclient = openai.OpenAI()\nclient.chat.completions.create(model="gpt-4o", messages=[])\n',
            {"openai:gpt-4o"},
        ),
        (
            'from anthropic import Anthropic\nAnthropic().messages.create(model="claude-sonnet-4-5", max_tokens=1)\n',
            {"anthropic:claude-sonnet-4-5"},
        ),
        (
            'from langchain.chat_models import init_chat_model\ninit_chat_model("google_genai:gemini-2.5-flash")\n',
            {"google:gemini-2.5-flash"},
        ),
        (
            'from langchain.chat_models import init_chat_model\ninit_chat_model("llama3", model_provider="ollama")\n',
            {"ollama:llama3"},
        ),
        ('import litellm\nlitellm.completion(model="groq/llama-3.1-8b-instant")\n', {"groq:llama-3.1-8b-instant"}),
        (
            (
                "import boto3\nc = boto3.client('bedrock-runtime')\n"
                "c.converse(modelId='anthropic.claude-3-haiku-20240307-v1:0')\n"
            ),
            {"aws-bedrock:anthropic.claude-3-haiku-20240307-v1:0"},
        ),
        (
            "from langchain_openai import AzureChatOpenAI\nAzureChatOpenAI(azure_deployment='chat-prod')\n",
            {"azure:chat-prod"},
        ),
        ('import ollama\nollama.chat(model="qwen2.5:7b", messages=[])\n', {"ollama:qwen2.5:7b"}),
    ],
)
def test_python_loaders_and_clients(tmp_path: Path, text: str, names: set[str]) -> None:
    assert models(tmp_path, {"app.py": text}) == names


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (
            "app.ts",
            (
                'import { openai } from "@ai-sdk/openai";\nimport { generateText } from "ai";\n'
                'const { text } = await generateText({ model: openai("gpt-4o-mini"), prompt: "x" });\n'
            ),
            {"openai:gpt-4o-mini"},
        ),
        (
            "app.ts",
            (
                'import { createAnthropic } from "@ai-sdk/anthropic";\nconst make = createAnthropic({});\n'
                'export const model = make("claude-sonnet-4-5");\n'
            ),
            {"anthropic:claude-sonnet-4-5"},
        ),
        (
            "app.ts",
            'import { ChatOpenAI } from "@langchain/openai";\nnew ChatOpenAI({ model: "gpt-4o", temperature: 0 });\n',
            {"openai:gpt-4o"},
        ),
        (
            "app.js",
            'import { pipeline } from "@huggingface/transformers";\nawait pipeline("summarization", "acme/short");\n',
            {"huggingface:acme/short"},
        ),
        (
            "app.ts",
            (
                'import OpenAI from "openai";\nconst c = new OpenAI();\n'
                'const model = process.env.MODEL ?? "gpt-4.1";\nawait c.responses.create({ model, input: "x" });\n'
            ),
            {"openai:gpt-4.1"},
        ),
        (
            "main.go",
            (
                'package main\nimport "github.com/openai/openai-go"\nfunc f(c openai.Client) {\n'
                '\tc.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{Model: "gpt-4o"})\n}\n'
            ),
            {"openai:gpt-4o"},
        ),
        (
            "main.go",
            (
                'package main\nimport "github.com/tmc/langchaingo/llms/ollama"\n'
                'func f() {\n\tllm, _ := ollama.New(ollama.WithModel("llama3.2"))\n}\n'
            ),
            {"ollama:llama3.2"},
        ),
        (
            "A.java",
            (
                "import dev.langchain4j.model.openai.OpenAiChatModel;\nclass A { void f() {\n"
                'OpenAiChatModel.builder().apiKey(k).modelName("gpt-4o-mini").build(); } }\n'
            ),
            {"openai:gpt-4o-mini"},
        ),
        (
            "A.cs",
            'using OpenAI.Chat;\nclass A { void F() { var c = new ChatClient("gpt-4o", key); } }\n',
            {"openai:gpt-4o"},
        ),
        (
            "main.rs",
            'use rig::providers::openai;\nfn f() { let a = client.agent("gpt-4o").build(); }\n',
            {"openai:gpt-4o"},
        ),
    ],
)
def test_other_languages(tmp_path: Path, path: str, text: str, names: set[str]) -> None:
    assert models(tmp_path, {path: text}) == names


@pytest.mark.parametrize(
    "text",
    [
        "from transformers import AutoModel\ndef load(name: str):\n    return AutoModel.from_pretrained(name)\n",
        '"""Loads with AutoModel.from_pretrained("acme/tiny")."""\nimport transformers\n',
        "from transformers import AutoModel\nAutoModel.from_pretrained('./out/model')\n",
        "from transformers import AutoModel\nAutoModel.from_pretrained('models/tiny')\n",
        "from transformers import AutoModel\nAutoModel.from_pretrained('your-org/your-model')\n",
        "import openai\ndef ask(model: str):\n    openai.chat.completions.create(model=model)\n",
        'import openai\nif model == "gpt-4o" or model.startswith("openai/gpt-4"):\n    pass\n',
        'import openai\nPRICES = {"gpt-4o": 1.0}\n',
        'import openai\nmodel_family = "gpt-4o"\n',
        "import { z } from 'zod'; // openai\nexport const schema = z.object({ model: z.string() });\n",
    ],
)
def test_what_names_no_model(tmp_path: Path, text: str) -> None:
    path = "app.ts" if text.startswith("import {") else "app.py"
    assert models(tmp_path, {path: text}) == set()


def test_what_tests_load_is_a_guess(tmp_path: Path) -> None:
    files = {"tests/test_a.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("acme/fixture")\n'}
    assert models(tmp_path, files) == set()
    assert models(tmp_path, files, least=0.0) == {"huggingface:acme/fixture"}


def test_a_name_that_holds_a_model_is_enough_for_a_provider_s_own_name(tmp_path: Path) -> None:
    files = {"settings.py": 'OPENAI_MODEL = "gpt-4o-mini"\nclass S:\n    chat_model: str = "claude-sonnet-4-5"\n'}
    assert models(tmp_path, files) == {"openai:gpt-4o-mini", "anthropic:claude-sonnet-4-5"}


def test_many_to_choose_from_are_a_guess(tmp_path: Path) -> None:
    files = {"settings.py": 'SUPPORTED_MODELS = ["gpt-4o-mini", "claude-sonnet-4-5"]\n'}
    assert models(tmp_path, files) == set()
    assert models(tmp_path, files, least=0.0) == {"openai:gpt-4o-mini", "anthropic:claude-sonnet-4-5"}


def test_what_a_bundler_made_is_no_source(tmp_path: Path) -> None:
    line = 'const a = new OpenAI(); a.responses.create({ model: "gpt-4o" });'
    assert models(tmp_path, {"dist/bundle.js": line * 2000}) == set()
    assert models(tmp_path, {"dist/bundle.js": line + "\n// a note\n" * 9000}) == {"openai:gpt-4o"}


def test_an_application_of_the_usual_kind_has_its_models_and_no_other(tmp_path: Path) -> None:
    text = (
        "from typing import Literal\nfrom langchain.chat_models import init_chat_model\n"
        "from pydantic import BaseModel, Field\n"
        'GENERATION = "openai:gpt-4o-mini"\n'
        'Known = Literal["openai/gpt-4.1", "openai/o3"]\n'
        "class Configuration(BaseModel):\n"
        '    query_model: str = Field(default="anthropic/claude-haiku-4-5", description="Any model")\n'
        "def load(name: str):\n"
        '    provider, model = name.split("/", maxsplit=1)\n'
        "    return init_chat_model(model, model_provider=provider)\n"
        "llms = []\nllms.append(init_chat_model(GENERATION, temperature=0))\n"
    )
    assert models(tmp_path, {"app.py": text}) == {"openai:gpt-4o-mini", "anthropic:claude-haiku-4-5"}


def test_a_client_of_one_provider_is_not_taken_for_the_maker_of_another_s_model(tmp_path: Path) -> None:
    text = (
        "from openai import OpenAI\nclient = OpenAI(base_url=x)\n"
        'client.chat.completions.create(model="deepseek-v9")\n'
        'client.embeddings.create(model="acme/embed-small")\n'
        'client.embeddings.create(model="cohere")\n'
    )
    assert models(tmp_path, {"app.py": text}) == {"deepseek:deepseek-v9", "huggingface:acme/embed-small"}


def test_a_file_that_names_dozens_is_a_catalogue(tmp_path: Path) -> None:
    entries = "".join(f'Entry(model_name="gpt-4o-2024-{month:02}-01")\n' for month in range(1, 21))
    assert models(tmp_path, {"configs.py": entries}) == set()
    assert len(models(tmp_path, {"configs.py": entries}, least=0.0)) == 20
