"""Constants and what may not be taken for a tool, on modules that are put together by hand."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code.constants import fold
from driftseal.code.project import Project


def module(path: str, *, body: ir.Block = (), imports: tuple[ir.Import, ...] = ()) -> ir.Module:
    top = ir.Function("", "", (), body, (), "", "", -1, -1, static=False, line=1, end_line=9)
    return ir.Module(path, "python", (top,), (), imports, (), "", 0, complete=True)


def name(text: str) -> ir.Name:
    return ir.Name(text, 1)


def sets(target: str, value: ir.Expr) -> ir.Assign:
    return ir.Assign((name(target),), value, 1, adds=False)


def test_a_text_is_put_together_across_files() -> None:
    word = module("words.py", body=(sets("WORD", ir.Const("read", 1)),))
    main = module("main.py", imports=(ir.Import("WORD", "words", "WORD", 1),))
    project = Project({one.path: one for one in (word, main)})
    text = ir.Text((name("WORD"), ir.Binary("+", ir.Const("_", 1), ir.Const("file", 1), 1)), 1, None)
    assert fold(project, "main.py", text) == "read_file"


def test_a_fallback_counts_where_the_first_choice_is_unknown() -> None:
    project = Project({"main.py": module("main.py")})
    assert fold(project, "main.py", ir.Binary("or", name("environment"), ir.Const("x", 1), 1)) == "x"


def test_names_that_double_one_another_come_to_an_end() -> None:
    doubled = tuple(sets(f"a{i}", ir.Binary("+", name(f"a{i + 1}"), name(f"a{i + 1}"), 1)) for i in range(30))
    project = Project({"main.py": module("main.py", body=(*doubled, sets("a30", ir.Const("x", 1))))})
    assert fold(project, "main.py", name("a0")) is None


def test_a_name_that_stands_for_itself_is_no_constant() -> None:
    project = Project({"main.py": module("main.py", body=(sets("a", name("b")), sets("b", name("a"))))})
    assert fold(project, "main.py", name("a")) is None
