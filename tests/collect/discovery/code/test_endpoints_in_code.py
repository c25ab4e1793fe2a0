"""Where code asks a model is a service, told without what is secret in its address."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind

CLIENT = "from openai import OpenAI\n"


@pytest.mark.parametrize(
    ("text", "name", "content"),
    [
        (
            f'{CLIENT}OpenAI(base_url="https://u:canary@api.deepseek.com/v1?key=canary")\n',
            "deepseek",
            {"role": "inference", "endpoint": "https://api.deepseek.com/v1", "provider": "deepseek"},
        ),
        (
            f'{CLIENT}OpenAI(base_url="http://llm.acme.example:8000/v1")\n',
            "llm.acme.example",
            {"role": "inference", "endpoint": "http://llm.acme.example:8000/v1"},
        ),
        (
            f'import os\n{CLIENT}URL = os.getenv("URL", "http://llm.acme.example/v1")\nOpenAI(base_url=URL)\n',
            "llm.acme.example",
            {"role": "inference", "endpoint": "http://llm.acme.example/v1"},
        ),
        (
            'from qdrant_client import QdrantClient\nQdrantClient(url="https://x1.cloud.qdrant.io:6333")\n',
            "qdrant",
            {"role": "vector-store", "endpoint": "https://x1.cloud.qdrant.io:6333", "provider": "qdrant"},
        ),
        (
            'import requests\nrequests.post("https://api.openai.com/v1/chat/completions")\n',
            "openai",
            {"provider": "openai", "role": "inference", "endpoint": "https://api.openai.com/v1/chat/completions"},
        ),
    ],
)
def test_an_address_is_a_service(tmp_path: Path, text: str, name: str, content: dict[str, object]) -> None:
    (item,) = found(tmp_path, {"a.py": text}, ItemKind.SERVICE).values()
    assert (item.name, item.content) == (name, {**content, "base_url_source": "code"})
    assert "canary" not in str(item)
    assert [path for path, _ in places(item)] == ["a.py"]


@pytest.mark.parametrize(
    "text",
    [
        'import requests  # base_url\nrequests.get("https://acme.example/v1")\n',
        'HELP = "https://openrouter.ai/keys"  # base_url\n',
        f"{CLIENT}def make(url):\n    OpenAI(base_url=url)\n",
        'if url == "https://api.openai.com/v1":\n    pass\n',
        '"""See https://api.openai.com/v1/models."""\n',
    ],
)
def test_what_is_no_service(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"a.py": text}, ItemKind.SERVICE) == {}
