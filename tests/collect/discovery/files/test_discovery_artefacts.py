"""What stands beside models and data: cards, adapters, packagers, pointers, caches, declared agents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from discovered import found, places
from driftseal.collect.discovery.search import Search
from driftseal.collect.discovery.seen import Seen
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json

SHA = "0e9e39f249a16976918f6564b8830bc894c89659"
OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
FILES = {
    "adapter/README.md": """\
---
base_model: meta-llama/Llama-3.1-8B
datasets:
- squad
- tatsu-lab/alpaca
---
# x
""",
    "adapter/adapter_config.json": '{\n "r": 8,\n "base_model_name_or_path": "mistralai/Mistral-7B-v0.3"\n}\n',
    "model/config.json": '{"_name_or_path": "facebook/opt-125m", "architectures": ["X"]}',
    "triton/text/config.pbtxt": """\
backend: "vllm"
input [
  {
    name: "text"
  }
]
parameters: {
  key: "model_id"
  value: { string_value: "Qwen/Qwen2.5-7B" }
}
""",
    "cog.yaml": """\
image: "r8.im/stability-ai/sdxl"
build:
  gpu: true
  python_packages:
    - "torch==2.0.1"
  run:
    - "huggingface-cli download stabilityai/sdxl-vae"
""",
    "bentofile.yaml": 'service: "s:S"\npython:\n  packages: [transformers]\nmodels:\n  - "bert:q5kl"\n',
    "server/fastmcp.json": json.dumps(
        {
            "source": {"path": "server.py"},
            "environment": {"dependencies": ["chromadb>=0.5"]},
            "deployment": {"env": {"OPENAI_API_KEY": "canary-3"}},
        },
        indent=1,
    ),
    "data/train.csv.dvc": "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 5\n  path: train.csv\n",
    "data/model.pt.dvc": "outs:\n- md5: 1123456789abcdef0123456789abcdef\n  path: model.pt\n",
    "ds/croissant.json": json.dumps(
        {
            "@context": {"cr": "http://mlcommons.org/croissant/"},
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": "fashion",
            "url": "https://huggingface.co/datasets/acme/fashion",
            "license": "MIT",
        }
    ),
    "weights/big.safetensors": f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n",
    f"cache/models--BAAI--bge-m3/snapshots/{SHA}/config.json": "{}",
    "cache/models--openai--whisper-tiny/refs/main": SHA,
    "cache/datasets--acme--qa/refs/main": SHA,
    "ollama/models/manifests/registry.ollama.ai/library/llama3.2/1b": json.dumps(
        {"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{OID}"}]}
    ),
    "lm-studio/models/lmstudio-community/Qwen-GGUF/q.gguf": "GGUF",
    "torch/hub/snakers4_silero-vad_master/hubconf.py": "x = 1\n",
    "langgraph.json": '{\n "graphs": {\n  "writer": "./src/a.py:graph"\n }\n}\n',
    "crew/config/agents.yaml": """\
researcher:
  role: R
  goal: G
  backstory: B
  llm: openai/gpt-4o
limits:
  role: R
""",
    "web/.well-known/agent-card.json": json.dumps(
        {
            "name": "Router",
            "url": "https://u:canary-1@a.example/x?k=canary-2",
            "skills": [{"id": "route"}],
            "capabilities": {},
        }
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_models_are_told_by_what_stands_beside_them(project: Path) -> None:
    models = found(project, {}, ItemKind.MODEL)
    assert {name: places(item)[0] for name, item in models.items()} == {
        "huggingface:meta-llama/Llama-3.1-8B": ("adapter/README.md", 2),
        "huggingface:mistralai/Mistral-7B-v0.3": ("adapter/adapter_config.json", 3),
        "huggingface:facebook/opt-125m": ("model/config.json", 1),
        "openai:gpt-4o": ("crew/config/agents.yaml", 5),
        "triton:text": ("triton/text/config.pbtxt", 1),
        "huggingface:Qwen/Qwen2.5-7B": ("triton/text/config.pbtxt", 8),
        "replicate:stability-ai/sdxl": ("cog.yaml", 1),
        "huggingface:stabilityai/sdxl-vae": ("cog.yaml", 7),
        "bentoml:bert": ("bentofile.yaml", 5),
        "huggingface:BAAI/bge-m3": (f"cache/models--BAAI--bge-m3/snapshots/{SHA}/config.json", 0),
        "huggingface:openai/whisper-tiny": ("cache/models--openai--whisper-tiny/refs/main", 1),
        "ollama:llama3.2:1b": ("ollama/models/manifests/registry.ollama.ai/library/llama3.2/1b", 1),
        "huggingface:lmstudio-community/Qwen-GGUF": ("lm-studio/models/lmstudio-community/Qwen-GGUF/q.gguf", 0),
        "torch-hub:snakers4/silero-vad": ("torch/hub/snakers4_silero-vad_master/hubconf.py", 0),
    }
    whisper = models["huggingface:openai/whisper-tiny"].content
    assert isinstance(whisper, dict)
    assert whisper["revision"] == SHA


def test_data_weights_and_agents_are_told_by_what_describes_them(project: Path) -> None:
    datasets = found(project, {}, ItemKind.DATASET)
    assert set(datasets) == {
        "huggingface:squad",
        "huggingface:tatsu-lab/alpaca",
        "dvc:data/train.csv",
        "huggingface:acme/fashion",
        "huggingface:acme/qa",
    }
    files: dict[str, Json] = {name: item.content for name, item in found(project, {}, ItemKind.MODEL_FILE).items()}
    assert files == {
        "data/model.pt": {"storage": "dvc", "md5": "1123456789abcdef0123456789abcdef", "format": "pt"},
        "weights/big.safetensors": {"sha256": OID, "size": 12345, "format": "safetensors", "storage": "git-lfs"},
    }
    agents: dict[str, Json] = {name: item.content for name, item in found(project, {}, ItemKind.AGENT).items()}
    assert agents == {
        "writer": {"framework": "langgraph"},
        "researcher": {"framework": "crewai", "model": "openai:gpt-4o"},
        "Router": {"framework": "a2a", "tools": ["route"], "endpoint": "https://a.example/x"},
    }
    frameworks = found(project, {}, ItemKind.FRAMEWORK)
    assert {"pypi:torch", "pypi:transformers", "pypi:chromadb"} == set(frameworks)
    assert [places(item) for item in found(project, {}, ItemKind.CREDENTIAL).values()] == [
        [("server/fastmcp.json", 12)]
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "---\ntitle: A site\ndatasets_page: x\n---\n"),
        ("README.md", "# base_model: x/y\n"),
        ("config.json", '{"name_or_path": 1, "_name_or_path": "./local/path"}'),
        ("config.pbtxt", 'name: "a message of protobuf"\n'),
        ("croissant.json", '{"name": "a pastry"}'),
        ("a.dvc", "outs:\n- path: ../../etc/passwd\n"),
        ("a.bin", "version https://git-lfs.github.com/spec/v1\nno pointer\n"),
        ("agents.yaml", "agents:\n  - name: x\n"),
        ("agent.json", '{"name": "x", "skills": []}'),
        ("models--x/refs/main", "not a commit"),
        ("langgraph.json", "[]"),
        ("bentofile.yaml", "models: 5\n"),
        ("cog.yaml", "build: [a]\nimage: nginx\n"),
    ],
)
def test_files_of_these_names_about_other_things_tell_nothing(tmp_path: Path, name: str, text: str) -> None:
    assert [found(tmp_path, {name: text}, kind, least=0.0) for kind in ItemKind] == [{}] * len(ItemKind)


def test_what_a_path_tells_needs_no_bytes_however_large_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lm-studio/models/acme/Big-GGUF/big.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF" * 1000)
    told = list(Search(tmp_path, "", Limits(file_bytes=100), lambda _: None).run())
    assert [one.name for one in told if isinstance(one, Seen)] == ["huggingface:acme/Big-GGUF"]
    assert len(told) == 1
