"""``driftseal demo``: the main job on a server that we ship."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from driftseal.cli import _options
from driftseal.cli.base import Command, Console
from driftseal.collect.base import Consent, Context
from driftseal.demo.story import play
from driftseal.errors import ExitCode, UsageError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.report.base import Screen
from driftseal.report.text import TextFormat


class Demo(Command):
    """See `Command`."""

    name = "demo"
    summary = "watch a server turn bad after it was approved (starts a small server that we ship)"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        parser.add_argument("--keep", metavar="DIR", help="keep the project, the key and the AI-BOM in this new folder")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        if args.keep:
            folder = Path(args.keep)
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                raise UsageError(f"{folder}: is there already", hint="name a folder that is not there yet") from None
            return _show(folder, console, kept=True)
        with tempfile.TemporaryDirectory(prefix="driftseal-demo-") as temporary:
            return _show(Path(temporary), console, kept=False)


def _show(folder: Path, console: Console, *, kept: bool) -> ExitCode:
    context = Context(
        consent=Consent(),
        limits=DEFAULT_LIMITS,
        now=_options.now(),
        root=folder,
        home=folder,
        environment=dict(os.environ),
        platform=sys.platform,
        progress=console.progress,
    )

    def say(line: str) -> None:
        console.end_progress()
        console.document(line + "\n")

    outcome = play(folder.resolve(), context, say)
    text = TextFormat(Screen(width=console.width, color=console.color))
    say("4. the nightly drift check:\n")
    console.document(text.render(outcome.drift))
    say("\n5. a scan of what is there now:\n")
    console.document(text.render(outcome.findings))
    bom = json.loads(outcome.bom)
    say(f"\n6. the AI-BOM ({bom['bomFormat']} {bom['specVersion']}):\n")
    for service in bom.get("services", []):
        say(f"   service    {service['name']}")
    for component in bom.get("components", []):
        digest = next((entry["content"][:16] for entry in component.get("hashes", [])), "")
        say(f"   {component['type']:<10} {component['name']}  {digest}")
    if kept:
        say(f"\neverything is in {folder}: the project, key.pem, trust.toml and bom.cdx.json")
    say("\nnext: driftseal scan machine    (reads your own client configurations; starts nothing)")
    return ExitCode.CLEAN
