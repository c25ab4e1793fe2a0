"""Names are what their package calls them, and constants are found in files that say nothing else of AI."""

from __future__ import annotations

from pathlib import Path

from discovered import found, places
from driftseal.collect.discovery.search import Search
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind


def test_a_constant_of_a_file_that_says_nothing_of_ai_is_the_model_that_another_loads(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[project]\nname = 'app'\n",
        "app/names.py": 'ENCODER = "acme/tiny-encoder"\nZONE = "Europe/Berlin"\n',
        "app/load.py": (
            "from sentence_transformers import SentenceTransformer\n"
            "from app import names\n"
            "encoder = SentenceTransformer(names.ENCODER)\n"
        ),
    }
    items = found(tmp_path, files, ItemKind.MODEL)
    assert {name: places(item) for name, item in items.items()} == {
        "huggingface:acme/tiny-encoder": [("app/names.py", 1)]
    }


def test_a_constant_is_followed_through_a_file_that_hands_it_on(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "src/names/encoders.ts": 'export const ENCODER = "acme/tiny-encoder";\n',
        "src/names/index.ts": 'export { ENCODER } from "./encoders";\n',
        "src/load.ts": (
            'import { pipeline } from "@huggingface/transformers";\n'
            'import { ENCODER } from "./names";\n'
            'export const embed = () => pipeline("feature-extraction", ENCODER);\n'
        ),
    }
    assert set(found(tmp_path, files, ItemKind.MODEL)) == {"huggingface:acme/tiny-encoder"}


def test_an_agent_of_a_library_is_one_under_any_name_that_an_import_gives_it(tmp_path: Path) -> None:
    text = (
        "from crewai import Agent as CrewAgent\n"
        "from shop import Agent\n"
        'writer = CrewAgent(role="writer", goal="Write", backstory="You write.")\n'
        'estate = Agent(name="estate")\n'
    )
    assert set(found(tmp_path, {"app.py": text}, ItemKind.AGENT)) == {"writer"}


def test_a_tool_has_the_name_that_its_decorator_gives_it(tmp_path: Path) -> None:
    text = (
        "from langchain.agents import create_agent\n"
        "from langchain.tools import tool\n"
        '@tool("track_parcel", return_direct=False)\n'
        'def track(parcel: str) -> str:\n    """Say where a parcel is."""\n    return parcel\n'
        '@tool\ndef find(number: str) -> str:\n    """Find an order."""\n    return number\n'
        'helper = create_agent("openai:gpt-4.1", tools=[track, find], name="helper")\n'
    )
    (item,) = found(tmp_path, {"app.py": text}, ItemKind.AGENT).values()
    assert isinstance(item.content, dict)
    assert item.content["tools"] == ["find", "track_parcel"]


def test_a_client_of_a_library_is_one_under_any_name_that_an_import_gives_it(tmp_path: Path) -> None:
    text = 'from langchain_openai import ChatOpenAI as Chat\nmodel = Chat(model="gpt-4.1-mini")\n'
    assert set(found(tmp_path, {"app.py": text}, ItemKind.MODEL)) == {"openai:gpt-4.1-mini"}


def test_an_adapter_is_the_second_thing_that_its_loader_is_given(tmp_path: Path) -> None:
    text = (
        "from peft import PeftModel\n"
        "from transformers import AutoModel\n"
        'base = AutoModel.from_pretrained("acme/base-1b")\n'
        'model = PeftModel.from_pretrained(base, "acme/adapter-lora")\n'
    )
    assert set(found(tmp_path, {"app.py": text}, ItemKind.MODEL)) == {
        "huggingface:acme/base-1b",
        "huggingface:acme/adapter-lora",
    }


def test_a_variable_of_any_name_that_a_client_gets_as_its_key_is_a_credential(tmp_path: Path) -> None:
    text = (
        'import { createOpenAI } from "@ai-sdk/openai";\n'
        "export const gateway = createOpenAI({ apiKey: process.env.LLM_GATEWAY_KEY });\n"
    )
    assert set(found(tmp_path, {"app.ts": text}, ItemKind.CREDENTIAL)) == {"LLM_GATEWAY_KEY"}


def test_instructions_of_an_agent_are_a_prompt_where_nothing_else_says_so(tmp_path: Path) -> None:
    told = "You sort tickets by how urgent they are, and never answer the customer yourself, only sort the ticket."
    text = f'from agents import Agent\ntriage = Agent(name="triage", instructions="{told}")\n'
    assert set(found(tmp_path, {"app.py": text}, ItemKind.PROMPT_FILE)) == {"app.py:instructions"}


def test_a_package_does_not_use_itself_by_its_own_name(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[project]\nname = 'whisperx'\n",
        "whisperx/__init__.py": "",
        "whisperx/log.py": "def log() -> None: ...\n",
        "whisperx/asr.py": "import torch\nfrom whisperx.log import log\n",
    }
    assert set(found(tmp_path, files, ItemKind.FRAMEWORK)) == {"pypi:torch"}


def test_words_that_end_like_a_package_are_no_reason_to_read_a_file(tmp_path: Path) -> None:
    (tmp_path / "report.py").write_text('"""report of the port"""\nNAME = "export mort"\n', encoding="utf-8")
    search = Search(tmp_path, "", DEFAULT_LIMITS, lambda _: None)
    assert list(search.run()) == []
    data = (tmp_path / "report.py").read_bytes()
    assert not any(words.search(data) for words in search._words)


def test_the_default_of_a_parameter_that_takes_a_model_is_one(tmp_path: Path) -> None:
    text = (
        "from pyannote.audio.pipelines.utils import PipelineModel\n"
        "from shop import CarModel\n"
        "class Activity:\n"
        '    def __init__(self, segmentation: PipelineModel = "acme/segmentation", car: CarModel = "acme/roadster",\n'
        '                 name: str = "acme/no-type", kind: PipelineModel = None) -> None: ...\n'
    )
    items = found(tmp_path, {"app.py": text}, ItemKind.MODEL)
    assert {name: places(item) for name, item in items.items()} == {"huggingface:acme/segmentation": [("app.py", 4)]}
