"""Steps of continuous integration that run agents or ask models."""

from __future__ import annotations

from pathlib import Path

import pytest

from discovered import found, places
from driftseal.model.item import ItemKind, Json

WORKFLOW = """\
name: review
on: pull_request
permissions: {contents: read, pull-requests: write}
env:
  ANTHROPIC_BASE_URL: https://me:canary-1@proxy.example/anthropic?x=canary-2
jobs:
  review:
    runs-on: ubuntu-latest
    env: {DEBUG: "1"}
    steps:
      - uses: actions/checkout@v4
      - name: Claude
        uses: anthropics/claude-code-action@0123456789abcdef0123456789abcdef01234567
        with:
          anthropic_api_key: ${{ secrets.ANTHROPIC_API_KEY }}
          claude_args: --max-turns 5 --model claude-sonnet-4-5
      - id: summary
        uses: actions/ai-inference@v1
        with: {model: openai/gpt-4o-mini, prompt: hi}
      - name: cli
        env: {GEMINI_API_KEY: "${{ secrets.GEMINI_API_KEY }}", OTHER: canary-3}
        run: |
          npm ci
          npx @google/gemini-cli -p "review" -m gemini-2.5-flash
          curl -H "x: ${{ secrets.OPENAI_API_KEY }}" https://x.example
      - run: make test
  other:
    uses: acme/shared/.github/workflows/x.yml@main
"""
GITLAB = """\
.base: &base
  before_script:
    - npm install -g @openai/codex
review:
  <<: *base
  variables:
    OPENAI_API_KEY: canary-4
  script:
    - echo start
    - codex exec --model gpt-5-codex "review this"
build:
  script: make
"""
AZURE = """\
variables:
  AZURE_OPENAI_ENDPOINT: https://me.openai.azure.com/
steps:
  - bash: |
      ollama pull llama3.2
      ollama run llama3.2 hi
    displayName: Ask
"""


def steps(root: Path, name: str, text: str) -> dict[str, Json]:
    return {step: item.content for step, item in found(root, {name: text}, ItemKind.CI_STEP).items()}


def test_a_workflow_tells_steps_that_run_agents_with_pins_keys_and_permissions(tmp_path: Path) -> None:
    may: Json = ["contents: read", "pull-requests: write"]
    assert steps(tmp_path, ".github/workflows/review.yml", WORKFLOW) == {
        "review.yml/review/Claude": {
            "uses": "anthropics/claude-code-action",
            "version": "0123456789abcdef0123456789abcdef01234567",
            "pinned": True,
            "env": ["ANTHROPIC_BASE_URL", "DEBUG"],
            "permissions": may,
        },
        "review.yml/review/summary": {
            "uses": "actions/ai-inference",
            "version": "v1",
            "pinned": False,
            "env": ["ANTHROPIC_BASE_URL", "DEBUG"],
            "permissions": may,
        },
        "review.yml/review/cli": {
            "runs": ["gemini"],
            "env": ["ANTHROPIC_BASE_URL", "DEBUG", "GEMINI_API_KEY", "OTHER"],
            "permissions": may,
        },
    }
    models = found(tmp_path, {}, ItemKind.MODEL)
    assert {name: places(item)[0][1] for name, item in models.items()} == {
        "anthropic:claude-sonnet-4-5": 13,
        "github:openai/gpt-4o-mini": 18,
        "google:gemini-2.5-flash": 24,
    }
    assert set(found(tmp_path, {}, ItemKind.CREDENTIAL)) == {"ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY"}
    (service,) = found(tmp_path, {}, ItemKind.SERVICE).values()
    assert isinstance(service.content, dict)
    assert service.content["endpoint"] == "https://proxy.example/anthropic"
    for kind in ItemKind:
        assert all(
            "canary" not in f"{item.content}{item.name}" for item in found(tmp_path, {}, kind, least=0.0).values()
        )


def test_the_job_that_prepares_githubs_coding_agent_is_told(tmp_path: Path) -> None:
    text = "on: workflow_dispatch\njobs:\n  copilot-setup-steps:\n    permissions: {contents: read}\n    steps: []\n"
    assert steps(tmp_path, ".github/workflows/copilot-setup-steps.yml", text) == {
        "copilot-setup-steps.yml/copilot-setup-steps": {"runs": ["copilot"], "permissions": ["contents: read"]}
    }


def test_pipelines_of_other_services_tell_their_steps(tmp_path: Path) -> None:
    assert steps(tmp_path / "a", ".gitlab-ci.yml", GITLAB) == {
        ".gitlab-ci.yml/review": {"runs": ["codex"], "env": ["OPENAI_API_KEY"]}
    }
    assert {name: places(item) for name, item in found(tmp_path / "a", {}, ItemKind.MODEL).items()} == {
        "openai:gpt-5-codex": [(".gitlab-ci.yml", 10)]
    }
    assert steps(tmp_path / "b", "azure-pipelines.yml", AZURE) == {"azure-pipelines.yml/Ask": {"runs": ["ollama"]}}
    assert {name: places(item) for name, item in found(tmp_path / "b", {}, ItemKind.MODEL).items()} == {
        "ollama:llama3.2": [("azure-pipelines.yml", 5), ("azure-pipelines.yml", 6)]
    }
    assert "canary" not in f"{found(tmp_path / 'a', {}, ItemKind.CREDENTIAL)}"


@pytest.mark.parametrize(
    "text",
    [
        "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: echo claude and codex\n",
        "jobs:\n  a:\n    steps:\n      - run: pip download ollama\n      - uses: me/claude-code-action@v1\n",
        "jobs:\n  a:\n    steps:\n      - run: claude --version\n",
        "jobs: [a, b]\n",
    ],
)
def test_other_workflows_tell_nothing(tmp_path: Path, text: str) -> None:
    assert [found(tmp_path, {".github/workflows/a.yml": text}, kind, least=0.0) for kind in ItemKind] == [{}] * len(
        ItemKind
    )
