"""``driftseal rules``: what is looked for."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from driftseal import canonical, rulebook
from driftseal.cli import _options
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode
from driftseal.model.rule import Rule
from driftseal.pipeline import rules_test


class Rules(Command):
    """See `Command`."""

    name = "rules"
    summary = "list rules, show one, or run their examples"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="every rule in force")
        show = actions.add_parser("show", help="one rule's page")
        show.add_argument("rule", metavar="RULE")
        test = actions.add_parser("test", help="run the examples of the rules")
        test.add_argument("rule", metavar="RULE", nargs="*", help="only these")
        for child in actions.choices.values():
            child.add_argument("--rules", action="append", default=[], metavar="DIR", help="a folder of further rules")
            _options.settings(child)
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        run = _options.run_for(args, console)
        folders: tuple[Path, ...] = run.config.rules
        book = rulebook.load(folders)
        if args.action == "show":
            console.document(page(book.get(args.rule)))
            return ExitCode.CLEAN
        if args.action == "list":
            width = max(len(rule.id) for rule in book.rules)
            for rule in book.rules:
                console.document(f"{rule.id:<{width}}  {rule.severity!s:<8}  {rule.title}\n")
            return ExitCode.CLEAN
        chosen = [book.get(name) for name in args.rule] or list(book.rules)
        results = list(rules_test.run([rulebook.samples(rule, folders) for rule in chosen], run.config.limits))
        wrong = [result for result in results if not result.passed]
        for result in wrong:
            kind = "positive does not match" if result.positive else "negative matches"
            console.document(canonical.show(f"{result.rule.source}: {kind}: {result.sample.description}") + "\n")
        console.note(f"{len(chosen)} rules, {len(results)} examples, {len(wrong)} wrong")
        return ExitCode.USAGE if wrong else ExitCode.CLEAN


def page(rule: Rule) -> str:
    """One rule for a person at a terminal."""
    lines = [f"{rule.id}: {rule.title}", f"severity {rule.severity}, confidence {rule.confidence}, {rule.status}", ""]
    lines += _wrap(rule.description)
    lines += ["", "What to do", *_wrap(rule.remediation)]
    if rule.false_positives:
        lines += ["", "When it is wrong", *(line for text in rule.false_positives for line in _wrap(text))]
    lines += ["", "Taxonomies"]
    lines += [f"  {name}: {', '.join(ids)}" for name, ids in sorted(rule.taxonomies.items())]
    if rule.references:
        lines += ["", "References", *(f"  {reference}" for reference in rule.references)]
    return "\n".join(lines) + "\n"


def _wrap(text: str) -> list[str]:
    return [
        line
        for paragraph in text.split("\n\n")
        for line in textwrap.wrap(paragraph, 96, initial_indent="  ", subsequent_indent="  ")
    ]
