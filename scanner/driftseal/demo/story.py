"""What ``driftseal demo`` does, step by step, through the same pipeline as every other command."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from driftseal.bom.cyclonedx import CycloneDx
from driftseal.collect.base import Consent, Context
from driftseal.config import Config
from driftseal.model.report import Report
from driftseal.pipeline import baselines, bom, drift, trust
from driftseal.pipeline.scan import Run, scan
from driftseal.pipeline.trust import TrustOptions
from driftseal.sign import trustfile
from driftseal.sign.key import KeySigner
from driftseal.sign.keygen import generate

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo has to show."""

    drift: Report
    findings: Report
    bom: str
    """CycloneDX JSON."""


def play(folder: Path, context: Context, say: Callable[[str], None]) -> Outcome:
    """Approve version 1 of a server, meet version 2, and tell it in a few lines.

    ``folder`` is empty and ours. It ends up with a project, a key and policy outside of it, and the
    bill of materials.
    """
    project = folder / "project"
    project.mkdir()
    server = project / "server.py"
    entry = {
        "mcpServers": {"mail": {"command": sys.executable, "args": ["-I", "-S", "server.py"], "cwd": str(project)}}
    }
    (project / ".mcp.json").write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(_HERE / "mail_v1.py", server)
    here = dataclasses.replace(context, root=project, consent=Consent(start=True))
    run = Run("demo", here, Config())

    say("1. a project configures one MCP server in .mcp.json; we start it and take a snapshot")
    key = folder / "key.pem"
    policy = folder / "trust.toml"
    trustfile.add(policy, "you", generate(key, passphrase=None))
    options = TrustOptions(policy=policy, state=folder / "state.json")
    opened = trust.open_trust(run, options)
    review = baselines.review([str(project)], run, opened)
    for proposal in review.proposals:
        say(f"   {len(proposal.snapshot.items)} items, {proposal.snapshot.digest}")
        done = baselines.approve(proposal, KeySigner(key, passphrase=None), run, opened, prepared_by="you")
        say(f"2. a fresh key signs it: baseline version {done.version}, signed by {', '.join(done.signers)}")

    say("3. the server's provider ships version 1.0.1: same command, other text (a rug pull)")
    shutil.copyfile(_HERE / "mail_v2.py", server)
    opened = trust.open_trust(run, options)
    drifted = drift.drift([str(project)], dataclasses.replace(run, command="drift"), opened)
    found = scan([str(project)], dataclasses.replace(run, command="scan"))
    materials = CycloneDx(CycloneDx.versions[0]).render(bom.build(found, root_name="demo"))
    (folder / "bom.cdx.json").write_text(materials, encoding="utf-8")
    return Outcome(drifted, found, materials)
