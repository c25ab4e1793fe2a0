"""Of a file of module paths Python runs the lines that begin with an import, and only those are read as code."""

from __future__ import annotations

import pytest

from driftseal.code import start_up
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import program


def test_only_lines_that_are_run_are_kept_each_where_it_stands() -> None:
    assert start_up.code(b"./src\nimport boot\n# import it\n/opt/lib\n") == b"\nimport boot\n\n"


@pytest.mark.parametrize("data", [b"./src\n", b"PK\x03\x04\0\nimport x\n", b"import x\n" + b"#" * start_up.LARGEST])
def test_paths_and_weights_hold_no_code(data: bytes) -> None:
    assert start_up.code(data) == b""
    assert not program.read([("model.pth", data)], DEFAULT_LIMITS).sources


def test_what_such_a_file_runs_is_read_as_python() -> None:
    read = program.read([("boot.pth", b"./src\nimport os; os.system('id')\n")], DEFAULT_LIMITS)
    assert [(fact.name, fact.line) for fact in read.facts.facts] == [("start-up-entry-written", 1)]
