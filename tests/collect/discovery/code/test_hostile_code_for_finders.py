"""Source that asks for endless work is told as a gap, and soon."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from discovered import found, places
from driftseal.collect.discovery.search import Search
from driftseal.collect.discovery.walk import Unseen
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from growth import AGES


def gaps(root: Path) -> list[Unseen]:
    search = Search(root, "", replace(DEFAULT_LIMITS, discovery_seconds=3600.0), lambda _: None)
    return [one for one in search.run() if isinstance(one, Unseen)]


def test_a_flood_of_loaders_over_endless_names_ends_with_a_gap(tmp_path: Path) -> None:
    doubled = "".join(f"A{n} = A{n - 1} if x else A{n - 1}\n" for n in range(1, 200))
    wide = "TABLE = {" + ",".join(f"'k{n}': f(n{n})" for n in range(2500)) + "}\n"
    loads = "def g(k):\n" + "    AutoModel.from_pretrained(TABLE[k])\n" * 1500
    (tmp_path / "a.py").write_text(f"from transformers import AutoModel\nA0 = f()\n{doubled}{wide}{loads}", "utf-8")
    began = time.thread_time()
    assert [gap.why for gap in gaps(tmp_path)] == ["more is handed on by its code than is followed"]
    # It would never come to an end, were all of it followed.
    assert time.thread_time() - began < 10 * AGES


def test_names_that_stand_for_themselves_name_nothing(tmp_path: Path) -> None:
    text = "from transformers import AutoModel\na = b\nb = a\nAutoModel.from_pretrained(a)\ndef f(x=f):\n    f(x)\n"
    (tmp_path / "a.py").write_text(text, "utf-8")
    assert gaps(tmp_path) == []


def test_deep_nesting_is_no_recursion(tmp_path: Path) -> None:
    nested = "[" * 150 + '"acme/tiny-1b"' + "]" * 150
    chained = ".".join(["x"] * 3000)
    text = f"from transformers import AutoModel\nAutoModel.from_pretrained({nested})\n{chained}.from_pretrained('a')\n"
    (tmp_path / "a.py").write_text(text, "utf-8")
    assert gaps(tmp_path) == []


def test_a_package_too_large_to_be_held_whole_is_read_folder_by_folder(tmp_path: Path) -> None:
    padding = "#" + "x" * 1_500_000 + "\n"
    paths = ("a.py", "a/x.py", "b/x.py", "b/c/y.py")
    files = {path: f"import transformers\nM.from_pretrained('acme/m{n}')\n{padding}" for n, path in enumerate(paths)}
    told = found(tmp_path, files, ItemKind.MODEL)
    assert {name: places(item) for name, item in told.items()} == {
        f"huggingface:acme/m{n}": [(path, 2)] for n, path in enumerate(paths)
    }
