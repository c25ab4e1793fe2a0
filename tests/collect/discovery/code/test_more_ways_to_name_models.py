"""Models that code names by addresses, constants of SDKs, options and languages' own ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery.code.sdk_constants import decoded
from driftseal.collect.discovery.declared import settled
from driftseal.collect.discovery.seen import Seen
from driftseal.model.item import Evidence, ItemKind, Json

ADDRESSES = {
    "route.ts": (
        (
            "import { createOpenAI } from '@ai-sdk/openai';\n"
            "const groq = createOpenAI({ baseURL: 'https://api.groq.com/openai/v1' });\n"
            "export const model = groq('llama-3.3-70b-versatile');\n"
        ),
        {"groq:llama-3.3-70b-versatile"},
    ),
    "ask.py": (
        (
            "from openai import OpenAI\n"
            'client = OpenAI(base_url="http://localhost:11434/v1")\n'
            'client.chat.completions.create(model="qwen3:8b", messages=[])\n'
        ),
        {"ollama:qwen3:8b"},
    ),
    "self.py": (
        (
            "from openai import AsyncOpenAI\n"
            "class Asker:\n"
            "    def __init__(self):\n"
            '        self.client = AsyncOpenAI(base_url="https://openrouter.ai/api/v1")\n'
            "    async def ask(self):\n"
            '        return await self.client.chat.completions.create(model="qwen/qwen3-coder", messages=[])\n'
        ),
        {"openrouter:qwen/qwen3-coder"},
    ),
    "main.go": (
        (
            'package main\nimport "github.com/tmc/langchaingo/llms/openai"\n'
            "func main() {\n"
            '\topenai.New(openai.WithBaseURL("https://openrouter.ai/api/v1"), openai.WithModel("qwen/qwen3-coder"))\n'
            "}\n"
        ),
        {"openrouter:qwen/qwen3-coder"},
    ),
    # An address of nobody that is known changes nothing.
    "own.py": (
        (
            "from openai import OpenAI\n"
            'OpenAI(base_url="https://gw.example.com/v1").chat.completions.create(model="gpt-4.1", messages=[])\n'
        ),
        {"openai:gpt-4.1"},
    ),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_model_is_of_whoever_answers_at_the_address_that_its_client_asks(tmp_path: Path, name: str) -> None:
    text, expected = ADDRESSES[name]
    assert set(found(tmp_path, {name: text}, ItemKind.MODEL)) == expected


CONSTANTS = {
    "ModelClaudeSonnet4_20250514": "claude-sonnet-4-20250514",
    "ModelClaude3_7SonnetLatest": "claude-3-7-sonnet-latest",
    "CLAUDE_3_5_HAIKU_20241022": "claude-3-5-haiku-20241022",
    "ChatModelGPT4_1Mini": "gpt-4.1-mini",
    "ChatModelGPT4o2024_08_06": "gpt-4o-2024-08-06",
    "GPT_4O_MINI": "gpt-4o-mini",
    "ChatModelO3Mini": "o3-mini",
    "EmbeddingModelTextEmbedding3Large": "text-embedding-3-large",
    "GEMINI_2_5_FLASH": "gemini-2.5-flash",
    "GPTBot": None,
    "ClaudeCode": None,
    "gptPanel": None,
    "O1": None,
}


@pytest.mark.parametrize("constant", CONSTANTS)
def test_the_words_of_a_constant_are_the_name_of_its_model_or_of_none(constant: str) -> None:
    model = decoded(constant)
    assert (model.name if model is not None else None) == CONSTANTS[constant]


def test_constants_of_an_sdk_are_models_and_those_of_others_are_not(tmp_path: Path) -> None:
    files = {
        "ask.go": (
            'package ask\nimport "github.com/anthropics/anthropic-sdk-go"\n'
            "var model = anthropic.ModelClaudeSonnet4_20250514\n"
        ),
        "game.go": 'package game\nimport "example.com/robots"\nvar robot = robots.GPT4oMini\n',
        "Ask.java": (
            "import static dev.langchain4j.model.anthropic.AnthropicChatModelName.CLAUDE_3_5_HAIKU_20241022;\n"
            "class Ask { Object model = CLAUDE_3_5_HAIKU_20241022; }\n"
        ),
    }
    models = found(tmp_path, files, ItemKind.MODEL)
    assert {name: places(item)[0] for name, item in models.items()} == {
        "anthropic:claude-sonnet-4-20250514": ("ask.go", 3),
        "anthropic:claude-3-5-haiku-20241022": ("Ask.java", 1),
    }


def test_options_are_fields_of_what_a_parser_makes(tmp_path: Path) -> None:
    files = {
        "sft.py": (
            "from dataclasses import dataclass, field\n"
            "from transformers import AutoModelForCausalLM, HfArgumentParser\n"
            "@dataclass\n"
            "class ModelArgs:\n"
            '    model_name_or_path: str = field(default="mistralai/Mistral-7B-Instruct-v0.3")\n'
            "(args,) = HfArgumentParser(ModelArgs).parse_args_into_dataclasses()\n"
            "AutoModelForCausalLM.from_pretrained(args.model_name_or_path)\n"
        ),
        "src/main.rs": (
            "use clap::Parser;\nuse hf_hub::{api::sync::Api, Repo, RepoType};\n"
            "#[derive(Parser)]\nstruct Args {\n"
            '    #[arg(long, default_value = "HuggingFaceTB/SmolLM2-360M-Instruct")]\n    model_id: String,\n'
            '    #[arg(long, default_value = "a/b")]\n    out: String,\n}\n'
            "fn main() {\n    let args = Args::parse();\n"
            '    let repo = Repo::with_revision(args.model_id, RepoType::Model, "main".to_string());\n}\n'
        ),
    }
    assert set(found(tmp_path, files, ItemKind.MODEL)) == {
        "huggingface:mistralai/Mistral-7B-Instruct-v0.3",
        "huggingface:HuggingFaceTB/SmolLM2-360M-Instruct",
    }


def test_a_deployment_is_of_azure_whatever_model_it_is_called_after(tmp_path: Path) -> None:
    files = {
        "Program.cs": (
            "using Microsoft.SemanticKernel;\n"
            'const string Deployment = "gpt-4o-eu";\n'
            "var kernel = Kernel.CreateBuilder().AddAzureOpenAIChatCompletion(Deployment, endpoint, key).Build();\n"
        ),
        "appsettings.json": (
            '{"AzureOpenAI": {"Endpoint": "https://x.openai.azure.com/", "EmbeddingDeployment": "gpt-4o-se"}}\n'
        ),
    }
    assert set(found(tmp_path, files, ItemKind.MODEL)) == {"azure:gpt-4o-eu", "azure:gpt-4o-se"}


def test_a_short_name_is_a_model_only_where_models_are_asked(tmp_path: Path) -> None:
    files = {
        "car.go": 'package car\ntype Car struct{ Model string }\nvar fleet = []Car{{Model: "o1"}}\n',
        "gpt.py": "# gpt-4o in a comment\nimport litellm\nlitellm.completion(model='o3', messages=[])\n",
    }
    assert set(found(tmp_path, files, ItemKind.MODEL)) == {"openai:o3"}


def test_an_import_is_the_package_that_a_manifest_asks_for(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["pydantic-ai-slim>=0", "llama-index-llms-ollama"]\n',
        "llm.py": "from llama_index.llms.ollama import Ollama\n",
        "app.py": "from pydantic_ai import Agent\nfrom datasets import load_dataset\nimport evaluate\n",
        "go.mod": "module example.com/x\nrequire github.com/openai/openai-go/v2 v2.1.1\n",
        "x.go": 'package x\nimport "github.com/openai/openai-go/v2"\nvar c = openai.NewClient()\n',
    }
    frameworks = found(tmp_path, files, ItemKind.FRAMEWORK)
    assert {name: [uri for uri, _ in places(item)] for name, item in frameworks.items()} == {
        "pypi:pydantic-ai-slim": ["app.py", "pyproject.toml"],
        "pypi:llama-index-llms-ollama": ["llm.py", "pyproject.toml"],
        # Many projects have a module of this name; only one has this function.
        "pypi:datasets": ["app.py"],
        "golang:github.com/openai/openai-go/v2": ["go.mod", "x.go"],
    }


def test_an_agent_is_called_after_what_makes_it_rather_than_after_its_answer(tmp_path: Path) -> None:
    files = {
        "route.ts": (
            "import { streamText, tool } from 'ai';\n"
            "export async function POST(req) {\n"
            "  const result = streamText({ model: 'openai/gpt-4.1', tools: { find: tool({}) } });\n"
            "  return result;\n}\n"
        ),
        "team.py": (
            "from autogen_agentchat.agents import UserProxyAgent, AssistantAgent\n"
            'team = [UserProxyAgent("visitor"), AssistantAgent(name="critic", model_client=None)]\n'
        ),
        "src/main.rs": (
            "use rig::providers::openai;\nfn main() {\n    let client = openai::Client::from_env();\n"
            '    let planner = client.agent("gpt-4.1").preamble("You plan the repairs of bicycles.")\n'
            "        .temperature(0.1).max_tokens(9).additional_params(x).build();\n}\n"
        ),
    }
    assert set(found(tmp_path, files, ItemKind.AGENT)) == {"POST", "visitor", "critic", "planner"}


def test_names_are_followed_through_comprehensions_flags_and_addresses_of_the_hub(tmp_path: Path) -> None:
    files = {
        "service.py": (
            "from transformers import pipeline\n"
            'MODELS = {"en": "cardiffnlp/twitter-roberta-base", "de": "oliverguhr/german-sentiment-bert"}\n'
            'pipes = {lang: pipeline("text-classification", model=name) for lang, name in MODELS.items()}\n'
        ),
        "dag.py": (
            'BASE = "microsoft/deberta-v3-base"\n'
            'ARGUMENTS = ["fit.py", "--model_name_or_path", BASE, "--output_dir", "out/fit-v3"]\n'
        ),
        "local.ts": (
            'export const URL_OF_IT = "https://huggingface.co/Qwen/Qwen2.5-0.5B-GGUF/resolve/main/a.gguf";\n'
            'export const PAGE = "https://huggingface.co/docs/hub-2";\n'
        ),
    }
    models = found(tmp_path, files, ItemKind.MODEL)
    assert {name: places(item)[0] for name, item in models.items()} == {
        "huggingface:cardiffnlp/twitter-roberta-base": ("service.py", 2),
        "huggingface:oliverguhr/german-sentiment-bert": ("service.py", 2),
        "huggingface:microsoft/deberta-v3-base": ("dag.py", 1),
        "huggingface:Qwen/Qwen2.5-0.5B-GGUF": ("local.ts", 1),
    }


def test_a_voice_agent_is_a_class_and_its_plugins_say_who_answers(tmp_path: Path) -> None:
    text = (
        "from livekit.agents import Agent, AgentSession\nfrom livekit.plugins import openai, deepgram, cartesia\n"
        "class Assistant(Agent):\n    pass\n"
        'session = AgentSession(stt=deepgram.STT(model="nova-3"), llm=openai.LLM(model="gpt-4o-mini"),\n'
        '    tts=cartesia.TTS(model="sonic-2", voice="794f9389"))\n'
    )
    assert set(found(tmp_path, {"agent.py": text}, ItemKind.MODEL)) == {
        "deepgram:nova-3",
        "openai:gpt-4o-mini",
        "cartesia:sonic-2",
    }
    (agent,) = found(tmp_path, {}, ItemKind.AGENT).items()
    assert (agent[0], places(agent[1])) == ("Assistant", [("agent.py", 3)])


def test_requests_made_by_hand_tell_whom_they_ask(tmp_path: Path) -> None:
    text = (
        'await fetch("https://api.replicate.com/v1/models/a/b/predictions");\nawait fetch("https://example.com/v1");\n'
    )
    assert set(found(tmp_path, {"ask.ts": text}, ItemKind.SERVICE)) == {"replicate"}


def test_the_default_of_an_option_is_a_model_where_its_name_says_so(tmp_path: Path) -> None:
    text = (
        'package main\nimport "flag"\nfunc main() {\n'
        '\tflag.String("judge-model", "claude-3-opus-20240229", "judges answers")\n'
        '\tflag.String("greeting", "gpt-4o", "what to say")\n}\n'
    )
    assert set(found(tmp_path, {"main.go": text}, ItemKind.MODEL)) == {"anthropic:claude-3-opus-20240229"}


def test_a_manifest_speaks_for_the_files_below_it_alone(tmp_path: Path) -> None:
    files = {"a/requirements.txt": "mlflow-skinny\n", "a/x.py": "import mlflow\n", "b/y.py": "import mlflow\n"}
    frameworks = found(tmp_path, files, ItemKind.FRAMEWORK)
    assert {name: [uri for uri, _ in places(item)] for name, item in frameworks.items()} == {
        "pypi:mlflow-skinny": ["a/requirements.txt", "a/x.py"],
        "pypi:mlflow": ["b/y.py"],
    }


def test_a_default_that_goes_to_several_clients_is_of_none_of_their_addresses(tmp_path: Path) -> None:
    text = (
        "import argparse\nfrom smolagents import OpenAIServerModel, InferenceClientModel\n"
        "parser = argparse.ArgumentParser()\n"
        'parser.add_argument("--model-id", default="Qwen/Qwen3-Next-80B-A3B")\n'
        "args = parser.parse_args()\n"
        'OpenAIServerModel(model_id=args.model_id, api_base="https://api.fireworks.ai/inference/v1")\n'
        "InferenceClientModel(model_id=args.model_id)\n"
    )
    assert set(found(tmp_path, {"cli.py": text}, ItemKind.MODEL)) == {"huggingface:Qwen/Qwen3-Next-80B-A3B"}


def test_folders_above_a_file_end_wherever_the_project_is() -> None:
    place = Evidence("/home/me/x/a.py", symbol="mlflow")
    content: tuple[tuple[str, Json], ...] = (("package", "mlflow"), ("imported", True))
    asked = Seen(ItemKind.FRAMEWORK, "pypi:mlflow-skinny", (), Evidence("/home/me/requirements.txt"))
    told = settled([Seen(ItemKind.FRAMEWORK, "pypi:mlflow", content, place), asked])
    assert [one.name for one in told] == ["pypi:mlflow-skinny", "pypi:mlflow-skinny"]


def test_a_text_that_only_one_provider_writes_is_its_model_wherever_it_stands(tmp_path: Path) -> None:
    text = (
        "export default { async fetch(request, env) {\n"
        "  return env.AI.run('@cf/baai/bge-base-en-v1.5', { text: ['@cf/not a model'] });\n} };\n"
    )
    assert set(found(tmp_path, {"worker.ts": text}, ItemKind.MODEL)) == {"cloudflare:@cf/baai/bge-base-en-v1.5"}


def test_a_request_that_is_built_is_asked_of_whom_the_client_was_told(tmp_path: Path) -> None:
    text = """\
use async_openai::{config::{AzureConfig, OpenAIConfig}, types::CreateChatCompletionRequestArgs, Client};

async fn ask() -> anyhow::Result<()> {
    let groq = Client::with_config(
        OpenAIConfig::new().with_api_base("https://api.groq.com/openai/v1").with_api_key(std::env::var("FAST_KEY")?),
    );
    let request = CreateChatCompletionRequestArgs::default().model("llama-3.1-8b-instant").user("model-1").build()?;
    groq.chat().create(request).await?;
    let own = Client::new();
    own.chat().create(CreateChatCompletionRequestArgs::default().model("ft-tickets-7").build()?).await?;
    let azure = Client::with_config(AzureConfig::new().with_deployment_id("plans-4o"));
    let car = Car::default().model("roadster-2").build()?;
    garage.create(car).await?;
    Ok(())
}
"""
    models = found(tmp_path, {"src/main.rs": text}, ItemKind.MODEL)
    assert {name: places(item) for name, item in models.items()} == {
        "groq:llama-3.1-8b-instant": [("src/main.rs", 7)],
        "openai:ft-tickets-7": [("src/main.rs", 10)],
        "azure:plans-4o": [("src/main.rs", 11)],
    }
    ((name, key),) = found(tmp_path, {}, ItemKind.CREDENTIAL).items()
    assert (name, key.content) == ("FAST_KEY", {"provider": "groq", "source": "environment"})
