"""``bom --sign``, ``bom verify`` and ``bom diff`` as a person types them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from commands import driftseal, write
from driftseal.sign.keygen import generate

SERVERS = {"mcpServers": {"git": {"command": "npx", "args": ["@acme/mcp-git@1.2.3"]}}}
NOW = {"SOURCE_DATE_EPOCH": "1767225600"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a project in it, and the keys of two people beside that."""
    (tmp_path / "shop").mkdir()
    write(tmp_path / "shop", ".mcp.json", SERVERS)
    for name in ("alice", "mallory"):
        generate(tmp_path / f"{name}.pem", passphrase=None)
    return tmp_path


def sign(folder: Path, *more: str, name: str = "bom.json") -> None:
    done = driftseal("bom", "shop", "-o", name, "--sign", "--key", "alice.pem", *more, cwd=folder, env=NOW)
    assert (done.returncode, f"signed it: {name}.sigstore.json" in done.stderr) == (0, True), done.stderr


# --- sign and verify -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "kind"), [("cyclonedx", "https://cyclonedx.org/bom"), ("spdx", "https://spdx.dev/Document")]
)
def test_a_signed_document_is_the_predicate_of_the_bundle_beside_it(project: Path, form: str, kind: str) -> None:
    sign(project, "-f", form)
    bundle = json.loads((project / "bom.json.sigstore.json").read_bytes())
    told = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    assert told["predicateType"] == kind
    assert told["predicate"] == json.loads((project / "bom.json").read_bytes())
    done = driftseal("bom", "verify", "bom.json", "--key", "alice.pem.pub", cwd=project)
    assert (done.returncode, done.stdout) == (0, "bom.json: verified: signed by alice.pem.pub\n")


def test_the_trust_policy_says_who_may_sign(project: Path) -> None:
    sign(project)
    asked = ("bom", "verify", "bom.json")
    done = driftseal(*asked, cwd=project)
    assert (done.returncode, "no-policy" in done.stdout) == (4, True)
    assert driftseal("trust", "add", "alice", "alice.pem.pub", cwd=project).returncode == 0
    done = driftseal(*asked, "-f", "json", cwd=project)
    assert json.loads(done.stdout) == {
        "file": "bom.json", "status": "verified", "reason": "signed by alice", "signers": ["alice"]
    }  # fmt: skip
    done = driftseal(*asked, "--isolated", cwd=project)
    assert (done.returncode, "inside the scanned tree does not count" in done.stderr) == (4, True)


def test_a_changed_document_an_unsigned_one_and_a_stranger_are_refused(project: Path) -> None:
    sign(project)
    asked = ("bom", "verify", "bom.json", "--key")
    done = driftseal(*asked, "mallory.pem.pub", cwd=project)
    assert (done.returncode, "untrusted: signed by nobody" in done.stdout) == (4, True)
    path = project / "bom.json"
    path.write_bytes(path.read_bytes() + b"\n")
    done = driftseal(*asked, "alice.pem.pub", cwd=project)
    assert (done.returncode, "wrong-target" in done.stdout) == (4, True)
    (project / "bom.json.sigstore.json").rename(project / "elsewhere.json")
    done = driftseal(*asked, "alice.pem.pub", cwd=project)
    assert (done.returncode, "unsigned: nobody has signed it" in done.stdout) == (4, True)
    done = driftseal(*asked, "alice.pem.pub", "--bundle", "elsewhere.json", cwd=project)
    assert (done.returncode, "wrong-target: elsewhere.json" in done.stdout) == (4, True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--sign",), "--sign needs a key or an identity"),
        (("--key", "alice.pem"), "a key was named, and nothing to sign"),
        (("--sign", "--key", "alice.pem"), "--sign needs a file to lie beside"),
        (("--sign", "--key", "alice.pem", "-o", "-"), "--sign needs a file to lie beside"),
        (("--sign", "--key", "alice.pem", "-o", "/dev/null"), "--sign needs a file to lie beside"),
        (("--sign", "--key", "alice.pem", "-o", "x", "-f", "text"), "text cannot be signed"),
        (("--sign", "--key", "nobody.pem", "-o", "x"), "nobody.pem: cannot be read"),
    ],
)
def test_what_cannot_be_signed_is_told_before_anything_is_looked_at(
    project: Path, words: tuple[str, ...], reason: str
) -> None:
    done = driftseal("bom", "shop", *words, cwd=project)
    assert (done.returncode, done.stdout, reason in done.stderr) == (2, "", True), done.stderr


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("absent.json", "--key", "alice.pem.pub"), 2, "absent.json: cannot be read"),
        ((".", "--key", "alice.pem.pub"), 2, "cannot be read"),
        (("bom.json", "--key", "alice.pem"), 4, "not a public key"),
        (("bom.json", "--key", "alice.pem.pub", "--trust", "x"), 2, "cannot both say who is believed"),
        (("bom.json", "--trust", "x"), 4, "no such trust policy"),
    ],
)
def test_what_cannot_be_verified_says_why(project: Path, words: tuple[str, ...], code: int, reason: str) -> None:
    write(project, "bom.json", {})
    write(project, "bom.json.sigstore.json", {})
    done = driftseal("bom", "verify", *words, cwd=project)
    assert (done.returncode, reason in done.stderr) == (code, True), done.stderr


# --- diff ------------------------------------------------------------------------------------


@pytest.fixture
def two(project: Path) -> Path:
    """Bills of materials of a project, before and after its server's package changed."""
    for name, version in (("old.json", "1.2.3"), ("new.json", "1.3.0")):
        server = {**SERVERS["mcpServers"]["git"], "args": [f"@acme/mcp-git@{version}"]}
        write(project / "shop", ".mcp.json", {"mcpServers": {"git": server}})
        assert driftseal("bom", "shop", "-o", name, cwd=project, env=NOW).returncode == 0
    return project


def test_a_new_version_of_a_servers_package_is_told(two: Path) -> None:
    done = driftseal("bom", "diff", "old.json", "new.json", cwd=two)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert lines[0] == "~ component application @acme/mcp-git 1.3.0 (pkg:npm/%40acme/mcp-git@1.3.0)"
    assert "    version: 1.2.3 -> 1.3.0" in lines
    assert "~ service mcp/git" in lines
    assert lines[-1] == "0 added, 0 removed, 2 changed"


def test_the_same_is_no_difference_and_zero_may_be_asked_for(two: Path) -> None:
    done = driftseal("bom", "diff", "old.json", "old.json", cwd=two)
    assert (done.returncode, done.stdout) == (0, "0 added, 0 removed, 0 changed\n")
    assert driftseal("bom", "diff", "old.json", "new.json", "--exit-zero", cwd=two).returncode == 0


def test_programs_get_the_difference_in_json(two: Path) -> None:
    done = driftseal("bom", "diff", "old.json", "new.json", "-f", "json", "-o", "diff.json", cwd=two)
    assert (done.returncode, done.stdout) == (1, "")
    told = json.loads((two / "diff.json").read_bytes())
    assert (told["old"], told["new"], told["summary"]) == (
        "old.json", "new.json", {"added": 0, "removed": 0, "changed": 2}
    )  # fmt: skip
    package = told["changed"][0]
    assert (package["name"], package["version"], package["purl"]) == (
        "mcp-git", "1.3.0", "pkg:npm/%40acme/mcp-git@1.3.0"
    )  # fmt: skip
    assert {"field": "version", "old": "1.2.3", "new": "1.3.0"} in package["changes"]


def test_nothing_of_a_document_controls_the_terminal(tmp_path: Path) -> None:
    write(tmp_path, "old.json", {"bomFormat": "CycloneDX", "components": []})
    part = {"name": "a\x1b[2J\n+ component b", "version": "x" * 500}
    write(tmp_path, "new.json", {"bomFormat": "CycloneDX", "components": [part]})
    done = driftseal("bom", "diff", "old.json", "new.json", cwd=tmp_path)
    first, last = done.stdout.splitlines()
    assert ("\x1b" in first, len(first) < 300, last) == (False, True, "1 added, 0 removed, 0 changed")


def test_two_formats_are_not_compared(project: Path) -> None:
    sign(project, name="a.json")
    sign(project, "-f", "spdx", name="b.json")
    done = driftseal("bom", "diff", "a.json", "b.json", cwd=project)
    assert (done.returncode, "a.json is cyclonedx and b.json is spdx" in done.stderr) == (2, True)


def test_a_folder_of_the_name_of_an_action_is_written_as_a_path(project: Path) -> None:
    (project / "shop").rename(project / "diff")
    done = driftseal("bom", "./diff", cwd=project, env=NOW)
    assert (done.returncode, json.loads(done.stdout)["metadata"]["component"]["name"]) == (0, "diff")
    done = driftseal("bom", "diff", cwd=project)
    assert (done.returncode, "the following arguments are required: OLD, NEW" in done.stderr) == (2, True)
    assert "driftseal bom diff" in driftseal("bom", "diff", "--help", cwd=project).stdout
