"""What code imports and which keys it reads tell what AI it is built with."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind

FRAMEWORK, CREDENTIAL, DATASET = ItemKind.FRAMEWORK, ItemKind.CREDENTIAL, ItemKind.DATASET


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.py", "def f():\n    from langchain_openai.chat_models import ChatOpenAI\n", "pypi:langchain-openai"),
        ("a.ts", "\nimport { generateText } from 'ai';\n", "npm:ai"),
        ("a.js", '\nconst OpenAI = require("openai");\n', "npm:openai"),
        ("a.go", 'package a\nimport openai "github.com/openai/openai-go"\n', "golang:github.com/openai/openai-go"),
        ("a.rs", "\nuse async_openai::Client;\n", "cargo:async-openai"),
    ],
)
def test_an_import_is_a_framework_at_its_line(tmp_path: Path, path: str, text: str, name: str) -> None:
    items = found(tmp_path, {path: text}, FRAMEWORK)
    assert {key: places(item) for key, item in items.items()} == {name: [(path, 2)]}


def test_the_role_of_a_package_is_told(tmp_path: Path) -> None:
    (item,) = found(tmp_path, {"a.py": "import chromadb\n"}, FRAMEWORK).values()
    assert item.content == {"ecosystem": "pypi", "package": "chromadb", "role": "vector-store", "imported": True}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"a.py": "from .openai import client\n"}, "relative"),
        ({"openai/__init__.py": "import os  # openai", "a.py": "import openai\n"}, "a module of the project's own"),
        ({"a.py": '"""Uses import openai, some day."""\n'}, "a docstring"),
        ({"tests/test_a.py": "import openai\n"}, "a test"),
        ({"a.py": "import agents\n"}, "a name that many modules have"),
    ],
)
def test_what_is_no_proof_of_a_package(tmp_path: Path, files: dict[str, str], why: str) -> None:
    assert found(tmp_path, files, FRAMEWORK) == {}, why


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", 'import os\nkey = os.environ["OPENAI_API_KEY"]\n'),
        ("a.py", 'import os\nkey = os.getenv("OPENAI_API_KEY", "sk-canary")\n'),
        ("a.ts", "\nconst key = process.env.OPENAI_API_KEY;\n"),
        ("a.ts", "\nconst { OPENAI_API_KEY } = process.env;\n"),
        ("a.go", 'package a\nvar key = os.Getenv("OPENAI_API_KEY")\n'),
        ("a.cs", '\nvar key = Environment.GetEnvironmentVariable("OPENAI_API_KEY");\n'),
    ],
)
def test_a_credential_is_told_by_name_and_provider_and_never_by_value(tmp_path: Path, path: str, text: str) -> None:
    (item,) = found(tmp_path, {path: text}, CREDENTIAL).values()
    assert (item.name, item.content, places(item)) == (
        "OPENAI_API_KEY",
        {"source": "environment", "provider": "openai"},
        [(path, 2)],
    )


def test_a_variable_of_any_name_counts_when_a_client_of_a_provider_is_given_it(tmp_path: Path) -> None:
    files = {
        "a.py": 'import os\nfrom openai import OpenAI\nkey = os.environ["TEAM_LLM_SECRET"]\nOpenAI(api_key=key)\n'
        '# OPENAI_API_KEY\nos.environ["DATABASE_URL"]\n'
    }
    (item,) = found(tmp_path, files, CREDENTIAL).values()
    assert (item.name, item.content) == ("TEAM_LLM_SECRET", {"source": "environment", "provider": "openai"})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            'from datasets import load_dataset\nload_dataset("acme/corpus", split="train")\n',
            {"huggingface:acme/corpus"},
        ),
        ('from datasets import load_dataset\nload_dataset("squad")\n', {"huggingface:squad"}),
        ('from datasets import load_dataset\nload_dataset("json", data_files="a.json")\n', set()),
        ("from datasets import load_dataset\ndef f(name):\n    load_dataset(name)\n", set()),
        ('from mine import load_dataset\nload_dataset("acme/corpus")\n', set()),
        (
            'from huggingface_hub import snapshot_download\nsnapshot_download("acme/corpus", repo_type="dataset")\n',
            {"huggingface:acme/corpus"},
        ),
        ('import kagglehub\nkagglehub.dataset_download("acme/corpus")\n', {"kaggle:acme/corpus"}),
    ],
)
def test_datasets(tmp_path: Path, text: str, names: set[str]) -> None:
    assert set(found(tmp_path, {"a.py": text}, DATASET)) == names
    assert found(tmp_path, {"a.py": text}, ItemKind.MODEL) == {}


def test_the_split_and_the_revision_of_a_dataset_are_told(tmp_path: Path) -> None:
    text = 'from datasets import load_dataset\nload_dataset("acme/corpus", split="train", revision="0a1b2c")\n'
    (item,) = found(tmp_path, {"a.py": text}, DATASET).values()
    assert item.content == {"provider": "huggingface", "id": "acme/corpus", "revision": "0a1b2c", "split": "train"}
