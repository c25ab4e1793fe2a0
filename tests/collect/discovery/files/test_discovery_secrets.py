"""Values of keys never leave, wherever people put them."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftseal.collect.discovery.search import Search
from driftseal.collect.discovery.seen import Seen
from driftseal.collect.discovery.walk import Unseen
from driftseal.limits import DEFAULT_LIMITS

KEY = "sk-proj-canary0123456789ABCDEFabcdef0123456789"
FILES = {
    ".env": f"OPENAI_API_KEY={KEY}\nOPENAI_MODEL={KEY}\nOPENAI_BASE_URL=https://x:{KEY}@h.example/v1?k={KEY}\n",
    "config.yaml": f"llm: gpt-4o\nmodel: {KEY}\nprovider: openai\nengine: openai/{KEY}\nopenai_api_key: {KEY}\n",
    "settings.json": f'{{"provider": "openai", "model": "{KEY}", "base_url": "https://api.openai.com/v1#{KEY}"}}',
    "broken.toml": f'api_key = "{KEY}\nmodel = "x"\n',
    "requirements.txt": f"openai @ git+https://{KEY}@github.com/x/y\n--extra-index-url https://{KEY}:{KEY}@h.example/\n",
    "package.json": f'{{"dependencies": {{"openai": "git+https://u:{KEY}@h.example/x.git#{KEY}"}}}}',
    "pyproject.toml": f'[tool.poetry.dependencies]\nopenai = {{git = "https://{KEY}@h.example/x"}}\n',
    "Dockerfile": f"FROM ollama/ollama\nENV OPENAI_API_KEY={KEY} LLM_MODEL={KEY}\nRUN hf download {KEY} --token {KEY}",
    "compose.yaml": f"services:\n  a:\n    image: vllm/vllm-openai\n    command: --model {KEY} --api-key {KEY}\n"
    f"    environment:\n      - HF_TOKEN={KEY}\n",
    ".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - uses: openai/codex-action@v1\n        with:\n"
    f"          openai-api-key: {KEY}\n          model: gpt-5-codex\n        env: {{OPENAI_API_KEY: {KEY}}}\n"
    f"      - run: claude -p x --api-key {KEY}\n",
    ".gitlab-ci.yml": f"a:\n  variables: {{ANTHROPIC_API_KEY: {KEY}}}\n  script: ['claude -p {KEY}']\n",
    "Modelfile": f"FROM llama3\nSYSTEM use {KEY}\n",
    "main.tf": f'model_id = "gpt-4o"\napi_key = "{KEY}"\n',
}


@pytest.mark.parametrize("name", FILES)
def test_no_value_of_a_key_is_told_by_any_finder_or_gap(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    told = list(Search(tmp_path, "", DEFAULT_LIMITS, lambda _: None).run())
    assert told
    for one in told:
        shown = f"{one.path} {one.why}" if isinstance(one, Unseen) else f"{one.name} {one.content} {one.place}"
        assert isinstance(one, Seen | Unseen)
        assert "canary" not in shown
