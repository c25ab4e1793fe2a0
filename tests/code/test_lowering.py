"""The driver that walks trees: what it leaves out to be fast is what nobody would see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftseal.code import front_ends, ir
from driftseal.limits import DEFAULT_LIMITS


def first(source: str, path: str) -> ir.Stmt:
    module = front_ends.lower(source.encode(), path, DEFAULT_LIMITS)
    assert module is not None
    return module.functions[0].body[0]


MEMBERS = (
    *("a.b", "self.a.b.c", "this.a", "a.b.c.d.e.f.g.h.i.j.k", "a . b", "a.b().c", "a[0].b", "ä.b", "a.ä", "'a'.b"),
    *("None.a", "True.a", "null.a", "undefined.a", "Nonesuch.a", "nullish.a", "a.null", "''", "'a'", '"a"', r"'a\n'"),
)
LITERALS = (
    *(r"r'a\n'", "b'a'", "u'a'", "f'a'", "f'{a}'", "'{{'", "f'{{'", "'a' 'b'", "'''a'''", '"""a\'b"""', "rb'a'"),
    *("'ä'", "'a\"b'", "'a' if b else 'c'"),
)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        *((value, path) for value in (*MEMBERS, "import.meta", "import.meta.url") for path in ("a.js", "a.ts")),
        *((value, "a.py") for value in (*MEMBERS, *LITERALS)),
    ],
)
def test_a_node_reads_from_its_text_as_it_does_from_its_children(value: str, path: str) -> None:
    # Files with errors are read child by child.
    assert first(f"x = {value}\n", path) == first(f"x = {value}\n\n)(\n", path)


def test_names_with_members_do_not_nest_deeper_than_anything_else() -> None:
    limits = DEFAULT_LIMITS
    source = "f(" * (limits.code_depth // 2 - 2) + "a.b.c.d.e.f" + ")" * (limits.code_depth // 2 - 2)
    deepest = 0
    statement = first(source, "a.py")
    waiting: list[tuple[object, int]] = [(statement, 0)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(node, ir.Call):
            waiting += [(node.callee, depth + 1), *((arg.value, depth + 1) for arg in node.args)]
        elif isinstance(node, (ir.Do, ir.Attr)):
            waiting.append((node.value, depth + 1))
        elif isinstance(node, ir.Other):
            waiting += [(part, depth + 1) for part in node.parts]
    assert 0 < deepest <= limits.code_depth


@pytest.mark.parametrize("path", ["a.cs", "a.java"])
@pytest.mark.parametrize("unit", ["a<", "a=>", "<-", "a<b."])
def test_a_file_is_cut_before_a_statement_that_its_grammar_would_never_be_done_with(path: str, unit: str) -> None:
    before = "class A { int b() { return c(); } }\n"
    module = front_ends.lower((before + unit * 20_000).encode(), path, DEFAULT_LIMITS)
    assert module is not None
    assert (module.complete, module.reached) == (False, before.index("}\n") + 1)
    assert "b" in {function.name for function in module.functions}


@pytest.mark.parametrize("path", ["a.cs", "a.java"])
def test_angle_brackets_of_texts_comments_and_other_statements_cut_nothing(path: str) -> None:
    many = "<p>" * 400
    source = f'class A {{ void b() {{ c("{many}"); /* {many} */ // {many}\n' + "if (a < b) d();\n" * 400 + "} }\n"
    module = front_ends.lower(source.encode(), path, DEFAULT_LIMITS)
    assert module is not None
    assert (module.complete, module.errors) == (True, 0)


def test_a_large_file_is_parsed_no_further_than_it_can_be_built() -> None:
    data = b"function f(a, b) { return a.b(b) + [1, 2, 3].map(c => c * 2); }\n" * 180_000
    module = front_ends.lower(data, "index.js", replace(DEFAULT_LIMITS, code_seconds=1.0))
    assert module is not None
    assert not module.complete
    assert 0 < module.reached < len(data) / 2
    # Nearly all that was parsed was built, too.
    assert module.functions[-1].line > module.reached / len(data) * 180_000 * 0.5
