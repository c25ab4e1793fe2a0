"""Manifests and lockfiles: what they ask for, what they pin, and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Source
from driftseal.collect.discovery.merge import merge
from driftseal.collect.discovery.search import Search
from driftseal.collect.discovery.seen import Seen
from driftseal.collect.discovery.walk import Unseen
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind, Json
from growth import grows_linearly


def found(folder: Path, name: str, text: str) -> list[Seen | Unseen]:
    """Everything that a search tells of a folder with one file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return list(Search(folder, "", DEFAULT_LIMITS, lambda _: None).run())


def packages(folder: Path, name: str, text: str) -> dict[str, tuple[Json, Json, int]]:
    """Version, requirement and line of every package that one file names."""
    told = {}
    for one in found(folder, name, text):
        assert isinstance(one, Seen), one
        if one.kind is not ItemKind.FRAMEWORK:
            continue
        content = dict(one.content)
        told[one.name] = content.get("version"), content.get("requirement"), one.place.line
    return told


REQUIREMENTS = """\
# the model's own libraries
-r base.txt
--index-url https://user:canary-5f1d@index.example/simple
openai==1.30.5 ; python_version >= "3.9" \\
    --hash=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
LangChain_Core[tracing]>=0.3,<0.4  # orchestration
requests==2.32.0
chromadb @ git+https://canary-5f1d@github.com/chroma-core/chroma@main#egg=chromadb
"""
PYPROJECT = """\
[project]
name = "Smolagents"
dependencies = [
  "anthropic>=0.40",
  "requests",
]
[project.optional-dependencies]
rag = ["qdrant-client==1.9.0", "smolagents[all]"]
[dependency-groups]
dev = ["ragas", {include-group = "test"}]
test = ["pytest"]
[tool.poetry.dependencies]
python = "^3.11"
langgraph = "^0.2"
torch = {version = "2.4.1", source = "pytorch"}
"""
SETUP_CFG = """\
[metadata]
name = openai
[options]
install_requires =
    transformers>=4.40; python_version > "3.8"
    numpy
[options.extras_require]
serve = vllm==0.5.0
"""
SETUP_PY = """\
from setuptools import setup
extras_require = {"cpu": ["faiss-cpu==1.8.0"]}
setup(name="openai", install_requires=["mcp[cli]>=1.2", "click"], keywords=["langchain"], extras_require=extras_require)
"""
PIPFILE = """\
[packages]
openai = "==1.2.3"
flask = "*"
[dev-packages]
deepeval = "*"
"""
PIPFILE_LOCK = json.dumps(
    {"_meta": {"x": {}}, "default": {"openai": {"version": "==1.2.4"}, "flask": {"version": "==3"}}}, indent=1
)
UV_LOCK = """\
version = 1

[[package]]
name = "langgraph"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "openai" },
]

[[package]]
name = "openai"
version = "1.51.0"
source = { registry = "https://pypi.org/simple" }

[package.metadata]
requires-dist = [{ name = "langchain" }]
"""
INLINE_LOCK = 'package = [{name = "openai", version = "1.51.0"}]\n'
CARGO_LOCK = """\
version = 3

[[package]]
name = "rmcp"
version = "0.1.5"
dependencies = [
 "serde",
]
"""
ENVIRONMENT = """\
name: ml
channels: [pytorch]
dependencies:
  - python=3.11
  - pytorch::torchvision=0.18.0=py311
  - transformers>=4.30
  - pip:
      - openai==1.3.0
"""
PACKAGE_JSON = """\
{
  "name": "openai",
  "dependencies": {
    "@langchain/core": "^0.3.1",
    "express": "^4.0.0",
    "llm": "npm:openai@4.20.0"
  },
  "devDependencies": { "@modelcontextprotocol/sdk": "1.2.3" }
}
"""
PACKAGE_LOCK = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"openai": "^4"}},
            "node_modules/openai": {"version": "4.28.0"},
            "node_modules/a/node_modules/@ai-sdk/openai": {"version": "1.0.2"},
            "node_modules/langchain": {"link": True, "resolved": "packages/langchain"},
            "node_modules/express": {"version": "4.0.0"},
        },
    },
    indent=2,
)
OLD_PACKAGE_LOCK = json.dumps(
    {
        "lockfileVersion": 1,
        "dependencies": {"a": {"version": "1.0.0", "dependencies": {"openai": {"version": "3.3.0"}}}},
    }
)
PNPM_LOCK = """\
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      openai:
        specifier: ^4.0.0
        version: 4.20.1(zod@3.0.0)

packages:

  '@anthropic-ai/sdk@0.30.1':
    resolution: {integrity: sha512-x}

  openai@4.20.1:
    resolution: {integrity: sha512-x}

  zod@3.0.0:
    resolution: {integrity: sha512-x}

snapshots:

  cohere-ai@7.0.0: {}
"""
OLD_PNPM_LOCK = """\
lockfileVersion: 5.4

packages:

  /@ai-sdk/openai/1.0.0_zod@3.0.0:
    dev: false

  /openai/4.1.0:
    dev: false
"""
YARN_LOCK = """\
# yarn lockfile v1


"@langchain/core@^0.3.0", "@langchain/core@^0.3.1":
  version "0.3.2"
  resolved "https://registry.yarnpkg.com/x"

llm@npm:openai@^4.0.0:
  version "4.9.0"
"""
BERRY_LOCK = """\
__metadata:
  version: 8

"openai@npm:^4.0.0":
  version: 4.51.0
  resolution: "openai@npm:4.51.0"

"ai@workspace:packages/ai":
  version: 0.0.0-use.local
"""
BUN_LOCK = """\
{
  "lockfileVersion": 1,
  "packages": {
    "openai": ["openai@4.70.0", "", {}, "sha512-x"],
    "zod": ["zod@3.0.0", "", {}, "sha512-x"],
  }
}
"""
GO_MOD = """\
module example.com/app

go 1.22

require github.com/mark3labs/mcp-go v0.8.0

require (
	github.com/openai/openai-go/v3 v3.1.0
	github.com/tmc/langchaingo v0.1.12 // indirect
	github.com/spf13/cobra v1.8.0
)

replace github.com/ollama/ollama => ../ollama
"""
CARGO = """\
[package]
name = "rig-core"
[dependencies]
async-openai = "0.20"
client = { package = "qdrant-client", version = "=1.9.0" }
serde = "1"
[target.'cfg(unix)'.dependencies]
hf-hub = { version = "0.3" }
"""
CSPROJ = """\
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="ModelContextProtocol" Version="0.1.0-preview.2" />
    <PackageReference Include="Microsoft.SemanticKernel"><Version>1.15.*</Version></PackageReference>
    <PackageReference Include="Newtonsoft.Json" Version="13.0.1" />
  </ItemGroup>
</Project>
"""
NUGET_LOCK = json.dumps(
    {"version": 1, "dependencies": {"net8.0": {"OpenAI": {"resolved": "2.0.0"}, "X": {"resolved": "1"}}}}, indent=1
)
POM = """\
<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <properties><lc.version>0.35.0</lc.version></properties>
  <dependencies>
    <dependency>
      <groupId>dev.langchain4j</groupId>
      <artifactId>langchain4j</artifactId>
      <version>${lc.version}</version>
    </dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13</version></dependency>
  </dependencies>
</project>
"""
GRADLE = """\
dependencies {
    // implementation 'com.openai:openai-java:0.1'
    implementation("dev.langchain4j:langchain4j-open-ai:0.35.0")
    implementation "io.modelcontextprotocol.sdk:mcp:$mcpVersion"
    testImplementation("junit:junit:4.13")
}
"""
CATALOG = """\
[versions]
koog = "0.3.0"
[libraries]
koog = { module = "ai.koog:koog-agents", version.ref = "koog" }
junit = { module = "junit:junit", version = "4.13" }
openai = "com.openai:openai-java:1.0"
"""

CASES: list[tuple[str, str, dict[str, tuple[Json, Json, int]]]] = [
    (
        "requirements.txt",
        REQUIREMENTS,
        {
            "pypi:openai": ("1.30.5", '==1.30.5 ; python_version >= "3.9"', 4),
            "pypi:langchain-core": (None, "[tracing]>=0.3,<0.4", 6),
            "pypi:chromadb": (None, None, 8),
        },
    ),
    (
        "requirements/dev.in",
        "trl<1\n",
        {"pypi:trl": (None, "<1", 1)},
    ),
    (
        "pyproject.toml",
        PYPROJECT,
        {
            "pypi:anthropic": (None, ">=0.40", 4),
            "pypi:qdrant-client": ("1.9.0", "==1.9.0", 8),
            "pypi:ragas": (None, None, 10),
            "pypi:langgraph": (None, "^0.2", 14),
            "pypi:torch": ("2.4.1", "2.4.1", 15),
        },
    ),
    (
        "setup.cfg",
        SETUP_CFG,
        {
            "pypi:transformers": (None, '>=4.40; python_version > "3.8"', 5),
            "pypi:vllm": ("0.5.0", "==0.5.0", 8),
        },
    ),
    ("setup.py", SETUP_PY, {"pypi:mcp": (None, "[cli]>=1.2", 3), "pypi:faiss-cpu": ("1.8.0", "==1.8.0", 2)}),
    ("Pipfile", PIPFILE, {"pypi:openai": ("1.2.3", "==1.2.3", 2), "pypi:deepeval": (None, None, 5)}),
    ("Pipfile.lock", PIPFILE_LOCK, {"pypi:openai": ("1.2.4", None, 6)}),
    ("uv.lock", UV_LOCK, {"pypi:openai": ("1.51.0", None, 12)}),
    ("poetry.lock", INLINE_LOCK, {"pypi:openai": ("1.51.0", None, 0)}),
    ("Cargo.lock", CARGO_LOCK, {"cargo:rmcp": ("0.1.5", None, 4)}),
    (
        "environment.yml",
        ENVIRONMENT,
        {
            "pypi:torchvision": ("0.18.0", "==0.18.0", 5),
            "pypi:transformers": (None, ">=4.30", 6),
            "pypi:openai": ("1.3.0", "==1.3.0", 8),
        },
    ),
    (
        "package.json",
        PACKAGE_JSON,
        {
            "npm:@langchain/core": (None, "^0.3.1", 4),
            "npm:openai": ("4.20.0", "4.20.0", 6),
            "npm:@modelcontextprotocol/sdk": ("1.2.3", "1.2.3", 8),
        },
    ),
    (
        "package-lock.json",
        PACKAGE_LOCK,
        {"npm:openai": ("4.28.0", None, 9), "npm:@ai-sdk/openai": ("1.0.2", None, 12)},
    ),
    ("npm-shrinkwrap.json", OLD_PACKAGE_LOCK, {"npm:openai": ("3.3.0", None, 1)}),
    (
        "pnpm-lock.yaml",
        PNPM_LOCK,
        {"npm:@anthropic-ai/sdk": ("0.30.1", None, 13), "npm:openai": ("4.20.1", None, 16)},
    ),
    (
        "old/pnpm-lock.yaml",
        OLD_PNPM_LOCK,
        {"npm:@ai-sdk/openai": ("1.0.0", None, 5), "npm:openai": ("4.1.0", None, 8)},
    ),
    ("pnpm-lock.yaml", "packages: {openai@4.1.0: {dev: true}}\n", {"npm:openai": ("4.1.0", None, 0)}),
    ("yarn.lock", YARN_LOCK, {"npm:@langchain/core": ("0.3.2", None, 4), "npm:openai": ("4.9.0", None, 8)}),
    ("yarn.lock", BERRY_LOCK, {"npm:openai": ("4.51.0", None, 4)}),
    ("bun.lock", BUN_LOCK, {"npm:openai": ("4.70.0", None, 4)}),
    (
        "go.mod",
        GO_MOD,
        {
            "golang:github.com/mark3labs/mcp-go": ("v0.8.0", None, 5),
            "golang:github.com/openai/openai-go/v3": ("v3.1.0", None, 8),
            "golang:github.com/tmc/langchaingo": ("v0.1.12", None, 9),
        },
    ),
    (
        "Cargo.toml",
        CARGO,
        {
            "cargo:async-openai": (None, "0.20", 4),
            "cargo:qdrant-client": ("1.9.0", "=1.9.0", 5),
            "cargo:hf-hub": (None, "0.3", 8),
        },
    ),
    (
        "App.csproj",
        CSPROJ,
        {
            "nuget:ModelContextProtocol": ("0.1.0-preview.2", "0.1.0-preview.2", 3),
            "nuget:Microsoft.SemanticKernel": (None, "1.15.*", 4),
        },
    ),
    ("packages.lock.json", NUGET_LOCK, {"nuget:OpenAI": ("2.0.0", None, 5)}),
    ("pom.xml", POM, {"maven:dev.langchain4j:langchain4j": ("0.35.0", "0.35.0", 5)}),
    (
        "build.gradle.kts",
        GRADLE,
        {
            "maven:dev.langchain4j:langchain4j-open-ai": (None, "0.35.0", 3),
            "maven:io.modelcontextprotocol.sdk:mcp": (None, None, 4),
        },
    ),
    (
        "gradle/libs.versions.toml",
        CATALOG,
        {"maven:ai.koog:koog-agents": (None, "0.3.0", 4), "maven:com.openai:openai-java": (None, "1.0", 6)},
    ),
    (
        "gradle.lockfile",
        "com.openai:openai-java:1.2.0=runtimeClasspath\nempty=\n",
        {"maven:com.openai:openai-java": ("1.2.0", None, 1)},
    ),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_manifest_tells_the_packages_of_ai_with_version_requirement_and_line(
    tmp_path: Path, name: str, text: str, expected: dict[str, tuple[Json, Json, int]]
) -> None:
    assert packages(tmp_path, name, text) == expected


@pytest.mark.parametrize(("name", "text"), [case[:2] for case in CASES], ids=[case[0] for case in CASES])
def test_a_manifest_under_another_name_tells_nothing(tmp_path: Path, name: str, text: str) -> None:
    assert found(tmp_path, f"{name}.orig", text) == []


def test_the_secret_of_an_address_is_never_told(tmp_path: Path) -> None:
    told = found(
        tmp_path, "requirements.txt", "openai @ https://me:canary-5f1d@host.example/openai.whl?sig=canary-77\n"
    )
    assert [dict(one.content)["requirement"] for one in told if isinstance(one, Seen)] == [
        "@ https://host.example/openai.whl"
    ]


def test_what_a_lockfile_pins_and_a_manifest_asks_for_is_one_item_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["openai>=1"]\n')
    seen = [*found(tmp_path, "uv.lock", UV_LOCK), *found(tmp_path / "other", "requirements.txt", "openai==0.28\n")]
    (item,) = merge([one for one in seen if isinstance(one, Seen)], 0.5)
    assert isinstance(item.content, dict)
    assert item.key == "framework:pypi:openai"
    assert item.content["versions"] == ["0.28", "1.51.0"]
    assert {place.uri for place in item.evidence} == {"pyproject.toml", "uv.lock", "requirements.txt"}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("package.json", "{" * 200, "package.json"),
        ("package-lock.json", '{"packages":' + "[" * 200 + "]" * 200 + "}", "nested deeper"),
        ("pyproject.toml", "[project\n", "not valid TOML"),
        ("environment.yml", "dependencies: [a\nb: [", "not valid YAML"),
        ("environment.yml", "dependencies: " + "[" * 200, "nested deeper"),
        ("pom.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a/>', "not XML"),
        ("uv.lock", "a = [\n", "not valid TOML"),
        ("yarn.lock", "# yarn lockfile v1\nopenai@^4: {version: 4.1.0}\n", "not as Yarn writes it"),
        ("pnpm-lock.yaml", "packages: {openai@4", "not valid YAML"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_told(tmp_path: Path, name: str, text: str, why: str) -> None:
    told = found(tmp_path, name, text)
    assert [one.path for one in told if isinstance(one, Unseen)] == [name]
    assert why in f"{told[0]}"


LARGE: dict[str, Callable[[int], str]] = {
    "package-lock.json": lambda count: json.dumps(
        {
            "packages": {
                f"node_modules/p{n}": {"version": "1.0.0", "integrity": "sha512-" + "x" * 88} for n in range(count)
            }
        },
        indent=2,
    ),
    "yarn.lock": lambda count: "".join(
        f'p{n}@^1.0.0:\n  version "1.0.0"\n  resolved "{"x" * 120}"\n\n' for n in range(count)
    ),
    "pnpm-lock.yaml": lambda count: (
        "packages:\n\n" + "".join(f"  p{n}@1.0.0:\n    resolution: {'x' * 120}\n\n" for n in range(count))
    ),
    "uv.lock": lambda count: "".join(
        f'[[package]]\nname = "p{n}"\nversion = "1"\nx = "{"x" * 120}"\n\n' for n in range(count)
    ),
    "hostile yarn.lock": lambda count: 'x@^1:\n  version "1"\n' + "a@" * 60 * count,
    "hostile pnpm-lock.yaml": lambda count: "packages:\n  a@" + "1" * 120 * count,
    "hostile pyproject.toml": lambda count: "[project]\ndependencies = [" + '"l\\u0061ngchain",' * count + "]\n",
    "hostile requirements.txt": lambda count: "openai==1" + " " * 120 * count + "x",
    "hostile go.mod": lambda count: "require " + "a/" * 60 * count,
}


@pytest.mark.parametrize("name", LARGE)
def test_the_largest_files_are_read_in_linear_time(name: str) -> None:
    path = name.removeprefix("hostile ")
    from driftseal import plugins
    from driftseal.collect.discovery.base import FileFinder

    kinds = plugins.load_all("collect.discovery.files", FileFinder).values()  # type: ignore[type-abstract]

    def look(count: int) -> None:
        source = Source(path, LARGE[name](count).encode(), DEFAULT_LIMITS)
        finders = [kind() for kind in kinds]
        looked = [one for finder in finders if finder.wants(path) for one in finder.look(source)]
        assert all(one.kind is ItemKind.FRAMEWORK for one in looked)

    assert grows_linearly(look, 8000)


def test_families_and_spellings_of_packages_are_known() -> None:
    assert _tables.package("pypi", "LangChain_Foo") == _tables.Package("pypi", "langchain-foo", "framework")
    assert _tables.package("npm", "@ai-sdk/unheard-of") == _tables.Package("npm", "@ai-sdk/unheard-of", "sdk")
    assert _tables.package("pypi", "langchains") is None
    assert _tables.package("golang", "github.com/openai/openai-gone") is None
    known = _tables.imported("golang", "github.com/openai/openai-go/v3/option")
    assert known == _tables.Package("golang", "github.com/openai/openai-go/v3", "sdk", "openai")
    assert _tables.imported("pypi", "google.cloud.storage") is None
    agents = _tables.imported("pypi", "agents.tool")
    assert agents is not None
    assert not agents.certain


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("gpt-4o-mini", "openai"),
        ("o3-mini", "openai"),
        ("claude-sonnet-4-5", "anthropic"),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "aws-bedrock"),
        ("gemini-2.5-pro", "google"),
        ("gpt-neo-2.7b", None),
        ("claude", None),
        ("command", None),
        ("o1xyz", None),
    ],
)
def test_a_model_belongs_to_the_provider_that_alone_calls_one_so(name: str, provider: str | None) -> None:
    told = _tables.providers().by_model(name)
    assert (told.key if told else None) == provider


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("api.openai.com", "openai"),
        ("me.openai.azure.com", "azure"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "aws-bedrock"),
        ("api.openai.com.evil.example", None),
        ("openai.azure.com.example", None),
    ],
)
def test_a_host_belongs_to_its_provider_alone(host: str, provider: str | None) -> None:
    told = _tables.providers().by_host(host)
    assert (told.key if told else None) == provider


@pytest.mark.parametrize(
    ("path", "least"),
    [("tests/requirements.txt", 0.5), ("docs/requirements.txt", 0.5), ("tests/fixtures/app/requirements.txt", 0.0)],
)
def test_what_tests_are_installed_with_is_used_and_what_their_samples_name_is_a_guess(
    tmp_path: Path, path: str, least: float
) -> None:
    seen = [one for one in found(tmp_path, path, "openai==1.0\n") if isinstance(one, Seen)]
    assert [item.key for item in merge(seen, least)] == ["framework:pypi:openai"]
    assert [item.key for item in merge(seen, 0.5)] == (["framework:pypi:openai"] if least else [])
