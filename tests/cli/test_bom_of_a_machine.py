"""One document of a machine: configured servers beside extensions, programs and models, and nothing of whose it is."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from bom.documents import components, problems, properties
from bom.making import needs
from commands import driftseal
from configured import write
from driftseal.model.item import Json
from machines import CHROME_STORE, CLAUDE, put

CANARY = "canary-9f8e7d6c5b4a3928"
TOKEN = f"ghp_{CANARY.replace('-', '')}ABCDEFGH0123456"
WEIGHTS = b"weights"
SHA = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that tells its owner's name, and holds secrets where people leave them."""
    home = tmp_path / "alice.liddell"
    put(
        home,
        f".config/google-chrome/Profile 1/Extensions/{CLAUDE}/1.0.36_0/manifest.json",
        {
            "name": "Claude",
            "version": "1.0.36",
            "permissions": ["debugger"],
            "host_permissions": [f"https://alice:{TOKEN}@api.anthropic.com/*", f"https://x.example/?key={TOKEN}"],
            "update_url": CHROME_STORE,
            "key": TOKEN,
        },
    )
    put(
        home,
        f".config/google-chrome/Default/Extensions/{'b' * 32}/1.0_0/manifest.json",
        {"name": "uBlock Origin", "version": "1.0", "host_permissions": ["<all_urls>"]},
    )
    put(
        home,
        ".vscode/extensions/anthropic.claude-code-2.0.14/package.json",
        {
            "publisher": "Anthropic",
            "name": "claude-code",
            "version": "2.0.14",
            "displayName": "Claude Code",
            "apiKey": TOKEN,
        },
    )
    put(
        home,
        ".npm-global/lib/node_modules/@anthropic-ai/claude-code/package.json",
        {"name": "@anthropic-ai/claude-code", "version": "2.0.14", "config": {"token": TOKEN}},
    )
    entry = f"[Desktop Entry]\nName=LM Studio\nExec=/home/alice.liddell/lms --api-key {TOKEN}\n"
    write(home, ".local/share/applications/lm-studio.desktop", entry)
    write(home, f".ollama/models/blobs/sha256-{SHA}", WEIGHTS)
    manifest = {"layers": [{"digest": f"sha256:{SHA}", "size": 7, "mediaType": "application/vnd.ollama.image.model"}]}
    write(home, ".ollama/models/manifests/registry.ollama.ai/library/llama3.2/1b", json.dumps(manifest))
    cached = home / ".cache/huggingface/hub/models--org--name"
    blob = write(cached, f"blobs/{SHA}", WEIGHTS)
    link = cached / "snapshots" / ("c" * 40) / "model.safetensors"
    link.parent.mkdir(parents=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    server: dict[str, Json] = {"command": "npx", "args": ["-y", "mcp-git@1.2.3"], "env": {"GIT_TOKEN": TOKEN}}
    put(home, ".cursor/mcp.json", {"mcpServers": {"git": server}})
    return home


def document(done: Any) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def of(found: Any, kind: str) -> dict[str, Any]:
    """Components of one kind by name."""
    return {part["name"]: part for part in components(found) if properties(part).get("driftseal:item:kind") == kind}


def test_servers_extensions_programs_and_models_stand_in_one_document(tmp_path: Path, home: Path) -> None:
    found = document(driftseal("bom", "machine", cwd=tmp_path, env={"HOME": str(home)}))
    assert problems(found) == []
    assert found["metadata"]["component"]["name"] == "machine"
    assert [service["name"] for service in found["services"] if service.get("group") == "mcp"] == ["git"]
    assert set(of(found, "extension")) == {"Claude", "Claude Code"}
    assert of(found, "extension")["Claude Code"]["purl"] == "pkg:vscode-extension/anthropic/claude-code@2.0.14"
    assert properties(of(found, "extension")["Claude"])["driftseal:extension:permissions"] == "debugger"
    programs = of(found, "application")
    assert {"Claude Code", "LM Studio", "Ollama"} <= set(programs)
    (package,) = [part for part in components(found) if part.get("purl", "").startswith("pkg:npm/%40anthropic-ai/")]
    assert package["purl"] == "pkg:npm/%40anthropic-ai/claude-code@2.0.14"
    assert needs(found)[programs["Claude Code"]["bom-ref"]] == [package["bom-ref"]]
    models = of(found, "model")
    assert models["name"]["purl"] == f"pkg:huggingface/org/name@{'c' * 40}"
    assert properties(models["name"])["driftseal:model:files"] == f"model.safetensors=sha256:{SHA}"
    assert properties(models["llama3.2:1b"])["driftseal:model:size"] == "7"
    # Every one of them hangs on the root, as nothing else on the machine needs it.
    (root,) = [row["dependsOn"] for row in found["dependencies"] if row["ref"] == "root"]
    assert {
        part["bom-ref"] for part in (*of(found, "extension").values(), *programs.values(), *models.values())
    } <= set(root)


def test_an_extension_of_two_stores_is_two_components_of_two_package_urls(tmp_path: Path, home: Path) -> None:
    manifest: dict[str, Json] = {"publisher": "Anthropic", "name": "claude-code", "version": "2.0.14"}
    put(home, ".cursor/extensions/anthropic.claude-code-2.0.14/package.json", manifest)
    found = document(driftseal("bom", "machine", cwd=tmp_path, env={"HOME": str(home)}))
    assert problems(found) == []
    urls = {part["purl"] for part in components(found) if part.get("purl", "").startswith("pkg:vscode")}
    assert urls == {
        "pkg:vscode-extension/anthropic/claude-code@2.0.14",
        "pkg:vscode-extension/anthropic/claude-code@2.0.14?repository_url=https://open-vsx.org",
    }


@pytest.mark.parametrize("given", [("--format", "text"), (), ("--format", "spdx"), ("--spec-version", "1.6")])
def test_no_secret_no_user_and_no_absolute_path_is_told(tmp_path: Path, home: Path, given: tuple[str, ...]) -> None:
    done = driftseal("bom", "machine", "--guesses", *given, cwd=tmp_path, env={"HOME": str(home)})
    assert done.returncode == 0, done.stderr
    told = done.stdout + done.stderr
    assert "uBlock" not in told
    for secret in (CANARY, TOKEN, "alice", str(tmp_path)):
        assert secret not in told, secret


def test_names_of_folders_that_nobody_can_print_break_nothing(tmp_path: Path, home: Path) -> None:
    odd = os.fsdecode(b"Profile \xff\n\x1b[31m")
    extension = home / ".config/google-chrome" / odd / "Extensions" / ("c" * 32) / "1.0_0"
    put(extension, "manifest.json", {"name": "ChatGPT helper \x1b[31m\u202e", "version": "1.0\x1b"})
    weights = home / ".cache/huggingface/hub/models--a--b/snapshots" / ("d" * 40)
    write(weights, odd, b"x")
    write(home, f".cache/whisper/{odd}.pt", b"x")
    for given in ("cyclonedx", "spdx", "text", "html"):
        done = driftseal("bom", "machine", "--format", given, cwd=tmp_path, env={"HOME": str(home)})
        assert done.returncode == 0, done.stderr
        assert "ChatGPT helper" in done.stdout
        assert not {"\x1b", "\u202e"} & {*done.stdout}
    found = document(driftseal("bom", "machine", cwd=tmp_path, env={"HOME": str(home)}))
    assert problems(found) == []


def test_the_document_is_the_same_from_every_folder(tmp_path: Path, home: Path) -> None:
    given = {"HOME": str(home), "SOURCE_DATE_EPOCH": "1767323045"}
    first = driftseal("bom", "machine", cwd=tmp_path, env=given)
    second = driftseal("bom", "machine", cwd=home, env=given)
    assert first.stdout == second.stdout != ""


def test_a_project_and_the_machine_go_into_one_document(tmp_path: Path, home: Path) -> None:
    project = tmp_path / "shop"
    write(project, "app.py", 'from openai import OpenAI\nOpenAI().responses.create(model="gpt-4o-mini", input="x")\n')
    put(project, "package.json", {"dependencies": {"@anthropic-ai/claude-code": "2.0.14"}})
    found = document(driftseal("bom", ".", "machine", cwd=project, env={"HOME": str(home)}))
    assert problems(found) == []
    assert {"gpt-4o-mini", "llama3.2:1b"} <= set(of(found, "model"))
    # The package that the project asks for is the one that is installed.
    (program,) = [part for part in components(found) if part.get("purl", "").startswith("pkg:npm/%40anthropic-ai/")]
    assert {at["location"] for at in program["evidence"]["occurrences"]} == {
        "package.json",
        "~/.npm-global/lib/node_modules/@anthropic-ai/claude-code/package.json",
    }


def test_what_cannot_be_read_is_told_in_the_document_and_by_the_exit_code(tmp_path: Path, home: Path) -> None:
    write(home, ".mozilla/firefox/x/extensions.json", "{")
    done = driftseal("bom", "machine", cwd=tmp_path, env={"HOME": str(home)})
    assert done.returncode == 3
    assert "gap: machine: ~/.mozilla/firefox/x/extensions.json:" in done.stderr
    found = json.loads(done.stdout)
    assert "~/.mozilla/firefox/x/extensions.json" in str(found["properties"])
    assert {"aggregate": "incomplete", "assemblies": ["root"]}.items() <= found["compositions"][0].items()


def test_a_scan_of_the_machine_looks_at_servers_alone(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    done = driftseal("scan", "machine", "--format", "json", "--exit-zero", cwd=folder, env={"HOME": str(home)})
    assert [target["reference"] for target in json.loads(done.stdout)["targets"]] == ["~/.cursor/mcp.json#git"]
