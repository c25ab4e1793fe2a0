"""Names of keys in tables say nothing of what is used; the same names in environments do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from discovered import found
from driftseal.collect.discovery import _tables
from driftseal.model.item import ItemKind

KEYS = sorted(
    next(name for name in one.credentials if name.endswith("_API_KEY"))
    for one in _tables.providers().all.values()
    if any(name.endswith("_API_KEY") for name in one.credentials)
)[:40]
"""One of each of forty providers."""
FEW = ["OPENAI_API_KEY", "TAVILY_API_KEY", "QDRANT_API_KEY"]


def keys(root: Path, files: dict[str, str], *, least: float = 0.5) -> dict[str, float]:
    """How sure it is of each credential."""
    items = found(root, files, ItemKind.CREDENTIAL, least=least)
    return {name: max(place.confidence for place in item.evidence) for name, item in items.items()}


def each(line: str) -> str:
    """A line for every key."""
    return "".join(line.replace("KEY", key) for key in KEYS)


CATALOGUES = {
    "a table of providers": ("rules/providers.yaml", each("KEY:\n  title: x\n  credentials: [KEY, KEY_2]\n")),
    "an allowlist": ("config/allowed.json", json.dumps({"allowed_names": KEYS})),
    "patterns of a secret scanner": (
        "scanner/patterns.toml",
        each('[[rules]]\nid = "KEY"\nregex = \'sk-[a-z]{20}\'\nkeywords = ["KEY"]\n'),
    ),
    "names to patterns": ("scanner/patterns.yaml", "patterns:\n" + each("  KEY: sk-[a-z0-9]{20}\n")),
    "a price list": (
        "prices.json",
        json.dumps({f"model-{key}": {"cost": 1, "litellm_provider": "x", "key": key} for key in KEYS}),
    ),
    "environments of providers that there are": (
        "api.json",
        json.dumps({key.lower(): {"name": "x", "env": [key], "models": {}} for key in KEYS}),
    ),
    "a list in Python": (
        "redact.py",
        "import re\nNAMES = [\n" + each('    "KEY",\n') + "]\nANY = re.compile('|'.join(NAMES))\n",
    ),
    "a dict in Python": ("known.py", "PATTERNS = {\n" + each('    "KEY": r"sk-[a-z]{20}",\n') + "}\n"),
    "records in Python": ("detectors.py", "ALL = [\n" + each('    Detector("KEY", "sk-"),\n') + "]\n"),
    "a list in TypeScript": ("redact.ts", "export const NAMES = [\n" + each('  "KEY",\n') + "];\n"),
    "a list in Ruby": ("redact.rb", "# openai\nNAMES = [\n" + each('  "KEY",\n') + "]\n"),
}


@pytest.mark.parametrize("case", CATALOGUES)
def test_the_names_of_a_catalogue_are_guesses(tmp_path: Path, case: str) -> None:
    path, text = CATALOGUES[case]
    assert keys(tmp_path, {path: text}) == {}
    guesses = keys(tmp_path, {}, least=0.0)
    assert guesses.keys() >= set(KEYS)
    assert max(guesses.values()) == 0.4


def test_a_catalogue_of_a_file_for_each_provider_is_one_too(tmp_path: Path) -> None:
    files = {f"providers/{key.lower()}/provider.toml": f'name = "x"\nenv = ["{key}"]\n' for key in KEYS}
    assert keys(tmp_path, files) == {}
    assert keys(tmp_path, {}, least=0.0) == dict.fromkeys(KEYS, 0.4)


USES = {
    "an example of an environment": (".env.example", each("KEY=\n")),
    "a compose file": ("docker-compose.yml", "services:\n  a:\n    environment:\n" + each("      - KEY=${KEY}\n")),
    "a manifest of Kubernetes": (
        "k8s/app.yaml",
        "kind: Deployment\nspec:\n  containers:\n  - name: a\n    image: b\n    env:\n"
        + each("    - name: KEY\n      valueFrom: {secretKeyRef: {name: ai, key: KEY}}\n"),
    ),
    "a secret of Kubernetes": ("k8s/secret.yaml", "kind: Secret\nstringData:\n" + each("  KEY: changeme\n")),
    "a workflow": (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    env:\n" + each("      KEY: ${{ secrets.KEY }}\n") + "    steps: [{run: pytest}]\n",
    ),
    "a gateway": ("librechat.yaml", "endpoints:\n" + each("- {name: x, apiKey: '${KEY}'}\n")),
    "a proxy": ("proxy.yaml", "model_list:\n" + each("- litellm_params: {model: openai/x, api_key: os.environ/KEY}\n")),
    "a blueprint": ("render.yaml", "services:\n- type: web\n  envVars:\n" + each("  - key: KEY\n    sync: false\n")),
    "what a package passes on": ("moon.json", json.dumps({"tasks": {"build": {"passThroughEnv": KEYS}}})),
    "a flat file of secrets": (".streamlit/secrets.toml", each('KEY = "x"\n')),
    "reading one after the other": ("app.py", "import os\n" + each('x = os.environ["KEY"]\n')),
    "reading by a table": (
        "app.py",
        "import os\nNAMES = {\n"
        + each('    "KEY".lower(): "KEY",\n')
        + "}\ndef key(p):\n    return os.getenv(NAMES[p])\n",
    ),
    "reading what records name": (
        "app.py",
        "import os\nALL = [\n"
        + each('    Provider("x", "KEY"),\n')
        + "]\ndef key(p):\n    return os.environ.get(p.env)\n",
    ),
    "a function that gets secrets": (
        "app.py",
        "from .secrets import get_secret_str\n" + each('x = get_secret_str("KEY")\n'),
    ),
    "attributes": ("app.ts", each("use(process.env.KEY);\n")),
    "taking apart": ("app.ts", "const {\n" + each("  KEY,\n") + "} = process.env;\n"),
    "Kotlin": ("app.kt", "// openai\n" + each('val x = System.getenv("KEY")\n')),
}


@pytest.mark.parametrize("case", USES)
def test_what_dozens_of_keys_are_read_from_uses_them_all(tmp_path: Path, case: str) -> None:
    path, text = USES[case]
    sure = keys(tmp_path, {path: text})
    assert sure.keys() >= set(KEYS)
    assert min(sure.values()) >= 0.9


def test_a_table_that_another_file_reads_by_names_made_at_run_time_is_used(tmp_path: Path) -> None:
    path, text = CATALOGUES["a dict in Python"]
    reader = "import os\nfrom known import PATTERNS\ndef key(p):\n    return os.environ.get(p.name)  # OPENAI_API_KEY\n"
    assert keys(tmp_path / "none", {path: text, "app.py": reader.replace("from known", "from other")}) == {}
    assert keys(tmp_path / "one", {path: text, "tests/test_app.py": reader}) == {}
    assert keys(tmp_path / "used", {path: text, "app.py": reader}) == dict.fromkeys(KEYS, 0.9)


def test_a_few_bare_names_are_taken_for_what_they_look_like_and_marked(tmp_path: Path) -> None:
    assert keys(tmp_path / "list", {"plugin.json": json.dumps({"requires": FEW})}) == dict.fromkeys(FEW, 0.6)
    assert keys(tmp_path / "asked", {"plugin.json": json.dumps({"api_key_env": "OPENAI_API_KEY"})}) == {
        "OPENAI_API_KEY": 0.85
    }
    assert keys(tmp_path / "code", {"app.py": f"NEEDED = {FEW!r}\n"}) == dict.fromkeys(FEW, 0.6)


def test_what_a_catalogue_names_and_code_reads_is_used(tmp_path: Path) -> None:
    path, text = CATALOGUES["a table of providers"]
    files = {path: text, "app.py": 'import os\nkey = os.environ["GROQ_API_KEY"]\n'}
    assert keys(tmp_path, files) == {"GROQ_API_KEY": 0.9}


def test_what_stands_under_examples_is_a_guess(tmp_path: Path) -> None:
    shown = {"llm": {"provider": "openai", "model": "gpt-4o-mini", "api_key": "${OPENAI_API_KEY}"}}
    files = {"schema.json": json.dumps({"examples": [shown]}), "rule.yaml": json.dumps({"positives": [shown]})}
    assert keys(tmp_path, files) == {}
    assert found(tmp_path, {}, ItemKind.MODEL) == {}
    assert found(tmp_path, {}, ItemKind.MODEL, least=0.0).keys() == {"openai:gpt-4o-mini"}


def test_a_proxy_of_many_models_uses_them_all(tmp_path: Path) -> None:
    routes = "".join(f"- litellm_params: {{model: openai/m-{number}}}\n" for number in range(60))
    assert len(found(tmp_path, {"proxy.yaml": f"model_list:\n{routes}"}, ItemKind.MODEL)) == 60


def test_a_variable_in_a_header_is_a_credential_whatever_its_name(tmp_path: Path) -> None:
    servers = {
        "ha": {"url": "http://ha.lan/mcp", "headers": {"Authorization": "Bearer ${HA_TOKEN}", "X-Trace": "${T_ID}"}}
    }
    files = {".mcp.json": json.dumps({"mcpServers": servers})}
    assert keys(tmp_path, files) == {"HA_TOKEN": 0.9}


def test_what_a_list_is_a_list_of_is_told_from_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    providers = _tables.providers()

    known = providers.by_credential

    def by_credential(variable: str) -> _tables.Provider | None:
        nonlocal asked
        asked += 1
        return known(variable)

    monkeypatch.setattr(providers, "by_credential", by_credential)
    counts = []
    for length in (500, 1000):
        asked = 0
        keys(tmp_path / str(length), {"long.json": json.dumps({"env": ["HF_TOKEN"] * length})})
        counts.append(asked)
    assert counts[1] == pytest.approx(2 * counts[0], rel=0.1)
