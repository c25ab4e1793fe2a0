"""Measures bills of materials of AI: what of the truth is listed, what else is, the time and memory that it takes.

    python benchmarks/bom.py                              # driftseal alone
    python benchmarks/bom.py --peers FOLDER --install     # and others, each in its own environment below FOLDER

The cases: 42 configurations of MCP clients; the sources of whisperX; an application of LangChain; a monorepo of MCP
servers; a repository with something of everything; thirteen applications of as many kinds, and six more; and a monorepo
of 20,000 files. ``--list`` names what is missed and what is false. Peers run offline, as their users run them;
published packages are fetched once, into ``--downloads``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from bom_cases import Case, Part, by_hand, configurations, monorepo
from bom_scanners import DRIFTSEAL, PEERS, Run, Scanner
from bom_scores import Score, problem, score

CASES: dict[str, Callable[[Path, argparse.Namespace], Case]] = {
    "configurations": lambda home, _: configurations(home),
    "whisperx": lambda home, given: by_hand("whisperx", home, given.downloads),
    "langchain": lambda home, given: by_hand("langchain", home, given.downloads),
    "servers": lambda home, given: by_hand("servers", home, given.downloads),
    "mixed": lambda home, given: by_hand("mixed", home, given.downloads),
    "kinds": lambda home, given: by_hand("kinds", home, given.downloads),
    "wider": lambda home, given: by_hand("wider", home, given.downloads),
    "monorepo": lambda home, given: monorepo(home, given.files),
}


def chosen(given: argparse.Namespace) -> Iterator[tuple[Scanner, Path]]:
    """Those that are there; those that are not are said."""
    for scanner in (DRIFTSEAL, *(PEERS if given.peers else ())):
        if given.only and scanner.name not in given.only:
            continue
        if given.install and scanner is not DRIFTSEAL and not scanner.executable(given.peers):
            trouble = scanner.install(given.peers)
            print(
                f"{scanner.name} does not install: {trouble}"
                if trouble
                else f"{scanner.name} {scanner.version} installed"
            )
        executable = scanner.executable(given.peers)
        if executable is None:
            print(f"{scanner.name} is not installed")
        else:
            yield scanner, executable


def row(scanner: Scanner, case: Case, run: Run, kinds: list[str]) -> tuple[list[str], Score]:
    """A line of the table."""
    told = score(run.documents, case.truth, every_package=scanner.every_package)
    found, missed = Counter(part.kind for part in told.found), Counter(part.kind for part in told.missed)
    everything = len(told.found) + len(told.missed)
    problems = [trouble for document in run.documents if (trouble := problem(document))]
    return [
        scanner.name,
        *(f"{found[kind]}/{found[kind] + missed[kind]}" for kind in kinds),
        f"{len(told.found)}/{everything} = {len(told.found) / everything:.1%}",
        str(told.placed),
        f"{len(told.false)} of {told.true + len(told.false)}",
        f"{run.seconds:.1f}",
        f"{run.cpu:.1f}",
        f"{run.memory:.0f}",
        run.problem or ("no" if problems else "yes"),
    ], told


def table(rows: list[list[str]]) -> None:
    """In Markdown, aligned."""
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    for number, line in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
        if number == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")


def told_wrong(scanner: Scanner, told: Score, run: Run) -> Iterator[str]:
    """Each mistake by its name."""
    for part in told.missed:
        yield f"  {scanner.name} misses {part.kind} {part.name} ({part.file})"
    for one in told.false:
        where = ", ".join(sorted(one.files & _paths(one.files)))
        yield f"  {scanner.name} invents {one.type} {one.name} {where}".rstrip()
    for document in run.documents:
        if trouble := problem(document):
            yield f"  {scanner.name} is not valid: {trouble}"


def _paths(files: frozenset[str]) -> set[str]:
    return {name for name in files if "." in name and " " not in name and len(name) < 80}  # noqa: PLR2004 - for reading


def measure(case: Case, scanners: list[tuple[Scanner, Path]], given: argparse.Namespace) -> None:
    """Every scanner on one case."""
    counted = [part for part in case.truth if not part.optional]
    kinds = list(dict.fromkeys(part.kind for part in sorted(counted, key=_order)))
    files = sum(path.is_file() for path in case.folder.rglob("*"))
    print(f"\n{case.name}: {len(counted)} parts in {files} files\n")
    rows = [["", *kinds, "all", "placed", "false", "seconds", "CPU s", "MiB", "valid"]]
    wrong: list[str] = []
    for scanner, executable in scanners:
        with tempfile.TemporaryDirectory() as home:
            turns = 2 if scanner is DRIFTSEAL and case.name == "monorepo" else 1
            for turn in range(turns):
                run = scanner.list(executable, case, Path(home))
                line, told = row(scanner, case, run, kinds)
                rows.append([f"{line[0]}{', again' if turn else ''}", *line[1:]])
        wrong += told_wrong(scanner, told, run)
    table(rows)
    if given.list:
        print(*wrong, sep="\n")


def _order(part: Part) -> int:
    order = ("model", "server", "tool", "prompt", "agent", "package")
    return order.index(part.kind) if part.kind in order else len(order)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="of their environments")
    parser.add_argument("--install", action="store_true", help="install the peers there")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these scanners alone")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES, metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--files", type=int, default=20_000, metavar="N", help="of the monorepo")
    parser.add_argument("--downloads", type=Path, metavar="FOLDER", help="keep published packages there")
    parser.add_argument("--list", action="store_true", help="name what is missed and what is false")
    given = parser.parse_args()
    scanners = list(chosen(given))
    with tempfile.TemporaryDirectory() as folder:
        given.downloads = (given.downloads or Path(folder) / "downloads").absolute()
        given.downloads.mkdir(parents=True, exist_ok=True)
        for name in given.cases:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                measure(CASES[name](Path(place), given), scanners, given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
