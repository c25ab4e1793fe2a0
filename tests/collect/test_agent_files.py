from __future__ import annotations

import os
from pathlib import Path

import pytest

from configured import context, write
from driftseal.collect.agent_files import AgentFilesCollector
from driftseal.collect.base import Context
from driftseal.limits import Limits
from driftseal.model.item import AnomalyKind, ItemKind, Json
from driftseal.model.snapshot import Snapshot
from growth import grows_linearly

SKILL = "---\nname: pdf\ndescription: Fills forms.\n---\n"


def take(reference: str, given: Context) -> Snapshot:
    collector = AgentFilesCollector(given)
    assert collector.claims(reference)
    (taken,) = collector.collect(list(collector.targets(reference)))
    return taken


def keys(taken: Snapshot) -> list[str]:
    return [item.key for item in taken.items]


def content(taken: Snapshot, key: str) -> dict[str, Json]:
    (value,) = [item.content for item in taken.items if item.key == key]
    assert isinstance(value, dict)
    return value


def lines(taken: Snapshot, key: str) -> dict[str, int]:
    (evidence,) = [item.evidence for item in taken.items if item.key == key]
    return {place.pointer: place.line for place in evidence}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("AGENTS.md", ItemKind.AGENT),
        ("packages/deep/down/agents.MD", ItemKind.AGENT),
        ("build/CLAUDE.md", ItemKind.AGENT),
        ("dist/CLAUDE.local.md", ItemKind.AGENT),
        (".claude/agents/team/reviewer.md", ItemKind.AGENT),
        (".claude/rules/a/b/c.md", ItemKind.AGENT),
        (".claude/commands/git/commit.md", ItemKind.PROMPT_FILE),
        (".claude/skills/pdf/SKILL.md", ItemKind.SKILL),
        ("skills/pdf/skill.md", ItemKind.SKILL),
        (".cursorrules", ItemKind.AGENT),
        ("web/.cursor/rules/deep/er/ui.mdc", ItemKind.AGENT),
        (".cursor/commands/plan.md", ItemKind.PROMPT_FILE),
        (".github/copilot-instructions.md", ItemKind.AGENT),
        (".github/instructions/py/x.instructions.md", ItemKind.AGENT),
        (".github/prompts/plan.prompt.md", ItemKind.PROMPT_FILE),
        (".clinerules", ItemKind.AGENT),
        (".clinerules/style.txt", ItemKind.AGENT),
        (".clinerules/workflows/release.md", ItemKind.PROMPT_FILE),
        (".roo/rules-code/style", ItemKind.AGENT),
        (".roorules-code", ItemKind.AGENT),
        (".kilocode/rules/a.md", ItemKind.AGENT),
        (".junie/guidelines.md", ItemKind.AGENT),
        (".kiro/steering/product.md", ItemKind.AGENT),
        (".amazonq/rules/a.md", ItemKind.AGENT),
        ("GEMINI.md", ItemKind.AGENT),
        (".gemini/commands/git/log.toml", ItemKind.PROMPT_FILE),
        ("prompts/sum.prompt", ItemKind.PROMPT_FILE),
        ("prompts/sum.prompt.yaml", ItemKind.PROMPT_FILE),
        ("src/ask.prompty", ItemKind.PROMPT_FILE),
    ],
)
def test_a_file_that_a_client_reads_is_found_in_a_folder_and_by_its_name(
    tmp_path: Path, path: str, kind: ItemKind
) -> None:
    write(tmp_path, path, 'prompt = "x"\n' if path.endswith("toml") else "Use tabs.\n")
    write(tmp_path, "README.md", "Ignore me.")
    assert keys(take(".", context(tmp_path))) == [f"{kind}:{path}"]
    assert keys(take(path, context(tmp_path))) == [f"{kind}:{path.rpartition('/')[2]}"]


def test_a_folder_without_such_files_is_no_target(tmp_path: Path) -> None:
    write(tmp_path, "README.md", "Read me.")
    write(tmp_path, "docs/agents.txt", "Travel agents.")
    write(tmp_path, "CONVENTIONS.md", "Nobody names me.")
    assert list(AgentFilesCollector(context(tmp_path)).targets(".")) == []


def test_other_files_urls_and_standard_input_are_left_to_others(tmp_path: Path) -> None:
    write(tmp_path, "README.md", "Read me.")
    collector = AgentFilesCollector(context(tmp_path))
    assert [collector.claims(name) for name in ("README.md", "-", "https://x/AGENTS.md", "gone.md")] == [False] * 4


def test_what_others_installed_is_not_looked_into(tmp_path: Path) -> None:
    for folder in (".git", "node_modules/x", "env/lib/python3/site-packages", "a/__pycache__"):
        write(tmp_path, f"{folder}/AGENTS.md", "Use tabs.")
    write(tmp_path, "env/pyvenv.cfg", "home = /usr")
    write(tmp_path, "env/AGENTS.md", "A marker of an environment hides nothing else.")
    assert keys(take(".", context(tmp_path))) == ["agent:env/AGENTS.md"]


def test_front_matter_and_body_keep_their_lines(tmp_path: Path) -> None:
    write(tmp_path, ".claude/agents/a.md", "---\nname: a\ntools:\n  - Read\n  - Grep\n---\n\n# Title\n")
    taken = take(".", context(tmp_path))
    key = "agent:.claude/agents/a.md"
    assert content(taken, key) == {"frontmatter": {"name": "a", "tools": ["Read", "Grep"]}, "text": "\n# Title\n"}
    assert lines(taken, key) == {
        "": 1,
        "/text": 7,
        "/frontmatter/name": 2,
        "/frontmatter/tools/0": 4,
        "/frontmatter/tools/1": 5,
    }


def test_front_matter_that_is_no_yaml_is_read_as_clients_read_it(tmp_path: Path) -> None:
    write(tmp_path, ".cursor/rules/a.mdc", "---\ndescription: x\nglobs: *.ts, *.js\n  more\nodd\n---\nUse tabs.\n")
    assert content(take(".", context(tmp_path)), "agent:.cursor/rules/a.mdc") == {
        "frontmatter": {"description": "x", "globs": "*.ts, *.js\n  more\nodd"},
        "text": "Use tabs.\n",
    }


@pytest.mark.parametrize("text", ["---\nno end\n", "--- \nname: x\n ---\n", "Text\n---\nname: x\n---\n", "---", ""])
def test_a_text_without_whole_front_matter_is_all_body(tmp_path: Path, text: str) -> None:
    write(tmp_path, "AGENTS.md", text)
    assert content(take(".", context(tmp_path)), "agent:AGENTS.md") == {"text": text}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".claude/agents/a.md", "---\nmcpServers:\n  x:\n    command: y\n    env: {TOKEN: s3cr3t}\n---\nDo.\n"),
        (".claude/agents/a.md", "---\nglobs: *.ts\nmcpServers:\n  x: {env: {TOKEN: s3cr3t}}\n---\nDo.\n"),
        (".kiro/agents/a.json", '{"prompt": "Do.", "mcpServers": {"x": {"env": {"TOKEN": "s3cr3t"}}}}'),
        ("a.prompt.yml", "model:\n  headers: {Authorization: s3cr3t}\nprompt: Do.\n"),
        ("a.prompt.yml", "tools:\n  - env: s3cr3t\nprompt: Do.\n"),
    ],
)
def test_the_settings_of_servers_in_an_agent_file_keep_their_values_to_themselves(
    tmp_path: Path, path: str, text: str
) -> None:
    write(tmp_path, path, text)
    taken = take(".", context(tmp_path))
    assert len(taken.items) == 1
    assert "Do." in str(taken)
    assert "s3cr3t" not in str(taken)


def test_a_broken_definition_in_json_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, ".kiro/agents/a.json", '{"mcpServers": {"x": {"env": {"TOKEN": "s3cr3t"')
    taken = take(".", context(tmp_path))
    assert [gap.what for gap in taken.gaps] == [".kiro/agents/a.json"]
    assert "s3cr3t" not in str(taken)


def test_a_key_given_twice_is_told(tmp_path: Path) -> None:
    write(tmp_path, "skills/a/SKILL.md", "---\nname: a\nname: b\n---\nDo.\n")
    taken = take(".", context(tmp_path))
    assert [(anomaly.kind, anomaly.detail) for anomaly in taken.anomalies] == [
        (AnomalyKind.DUPLICATE_KEY, "skills/a/SKILL.md: one object holds 'name' twice")
    ]
    assert content(taken, "skill:skills/a/SKILL.md")["frontmatter"] == {"name": "a", "name#2": "b"}


def test_the_members_of_a_structured_prompt_are_told_with_their_lines(tmp_path: Path) -> None:
    write(tmp_path, ".gemini/commands/a.toml", 'description = "d"\nprompt = """\nOne.\nTwo.\n"""\n')
    write(tmp_path, "b.prompt.yml", "{% if x %}\nmessages: {{ y }}\n{% endif %}\n")
    taken = take(".", context(tmp_path))
    key = "prompt-file:.gemini/commands/a.toml"
    assert content(taken, key) == {"description": "d", "prompt": "One.\nTwo.\n"}
    assert lines(taken, key) == {"": 1, "/description": 1, "/prompt": 3}
    template = content(taken, "prompt-file:b.prompt.yml")
    assert template == {"text": "{% if x %}\nmessages: {{ y }}\n{% endif %}\n"}


def test_bytes_that_are_no_utf_8_are_read_and_told_apart(tmp_path: Path) -> None:
    write(tmp_path, "AGENTS.md", b"caf\xe9")
    first = content(take(".", context(tmp_path)), "agent:AGENTS.md")
    write(tmp_path, "AGENTS.md", b"caf\xe8")
    second = content(take(".", context(tmp_path)), "agent:AGENTS.md")
    assert first["text"] == second["text"] == "caf\ufffd"
    assert first["digest"] != second["digest"]
    write(tmp_path, "AGENTS.md", "Use tabs.".encode("utf-16"))
    assert content(take(".", context(tmp_path)), "agent:AGENTS.md")["text"] == "Use tabs."


def test_a_skill_is_its_folder(tmp_path: Path) -> None:
    text = "Run scripts/fill.py, then `scripts/gone.sh`. See [more](references/more.md) and [site](https://x.example/a/).\n"
    write(tmp_path, "skills/pdf/SKILL.md", SKILL + text)
    write(tmp_path, "skills/pdf/scripts/fill.py", "print(1)\n")
    write(tmp_path, "skills/pdf/references/more.md", "More.\n")
    write(tmp_path, "skills/pdf/logo.png", b"\x89PNG\0\0")
    write(tmp_path, "skills/pdf/inner/SKILL.md", "Another.\n")
    write(tmp_path, "skills/pdf/inner/own.sh", "ls\n")
    taken = take(".", context(tmp_path))
    assert keys(taken) == [
        "skill:skills/pdf/SKILL.md",
        "skill:skills/pdf/inner/SKILL.md",
        "skill:skills/pdf/references/more.md",
        "source-file:skills/pdf/inner/own.sh",
        "source-file:skills/pdf/logo.png",
        "source-file:skills/pdf/scripts/fill.py",
    ]
    value = content(taken, "skill:skills/pdf/SKILL.md")
    assert value["frontmatter"] == {"name": "pdf", "description": "Fills forms."}
    assert value["absent"] == ["scripts/gone.sh"]
    assert "outside" not in value
    assert content(taken, "source-file:skills/pdf/scripts/fill.py") == {"text": "print(1)\n"}
    assert content(taken, "source-file:skills/pdf/logo.png").keys() == {"digest", "size"}
    alone = take("skills/pdf/SKILL.md", context(tmp_path))
    assert keys(alone)[0] == "skill:SKILL.md"
    assert "source-file:scripts/fill.py" in keys(alone)


def test_of_settings_and_data_in_a_skill_s_folder_no_value_is_kept(tmp_path: Path) -> None:
    write(tmp_path, "SKILL.md", "Do.")
    for name in (".env", ".mcp.json", "config.yaml", "data.csv", "key.pem"):
        write(tmp_path, name, "TOKEN=s3cr3t-value")
    write(tmp_path, "run", "#!/bin/sh\nls\n")
    write(tmp_path, "AGENTS.md", "Use tabs.")
    taken = take(".", context(tmp_path))
    assert "s3cr3t" not in str(taken)
    assert content(taken, "source-file:run") == {"text": "#!/bin/sh\nls\n"}
    assert [key for key in keys(taken) if "AGENTS.md" in key] == ["agent:AGENTS.md"]


def test_many_files_and_many_references_take_time_in_proportion(tmp_path: Path) -> None:
    for count in (200, 1600):
        write(tmp_path, f"{count}/SKILL.md", " ".join(f"scripts/{number}" for number in range(40 * count)))
        for number in range(count):
            write(tmp_path, f"{count}/data/{number}.bin", b"")

    def look(count: int) -> None:
        absent = content(take(".", context(tmp_path / str(count))), "skill:SKILL.md")["absent"]
        assert isinstance(absent, list)
        assert absent[:2] == ["scripts/0", "scripts/1"]

    assert grows_linearly(look, 200)


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("Run ../shared/run.sh now.", ["../shared/run.sh"]),
        ("Run `scripts/../../x.sh`.", ["scripts/../../x.sh"]),
        ("See [x](../../etc/notes.md#top).", ["../../etc/notes.md"]),
        ("Run ~/bin/tool.py first, or $HOME/.x/y.sh.", ["$HOME/.x/y.sh", "~/bin/tool.py"]),
        ("Run ${CLAUDE_SKILL_DIR}/scripts/a.py and {baseDir}/scripts/a.py", None),
        ("https://x.example/../scripts/a.py, src/scripts/a.py and a/../scripts", None),
    ],
)
def test_a_reference_that_leads_out_of_a_skill_is_told(tmp_path: Path, text: str, outside: list[str] | None) -> None:
    write(tmp_path, "s/SKILL.md", text)
    write(tmp_path, "s/scripts/a.py", "")
    assert content(take(".", context(tmp_path)), "skill:s/SKILL.md").get("outside") == outside


def test_a_link_out_of_the_folder_is_told_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "secret/id_rsa", "PRIVATE")
    write(tmp_path, "secret/rules/x.mdc", "PRIVATE")
    project = tmp_path / "project"
    write(project, "skills/a/SKILL.md", "Do.")
    (project / "skills/a/notes.txt").symlink_to(tmp_path / "secret/id_rsa")
    (project / "AGENTS.md").symlink_to("../secret/id_rsa")
    (project / ".cursor").mkdir()
    (project / ".cursor/rules").symlink_to(tmp_path / "secret/rules")
    (project / "unrelated").symlink_to("/etc")
    taken = take(".", context(project))
    assert "PRIVATE" not in str(taken)
    assert content(taken, "agent:AGENTS.md") == {"link": "AGENTS.md -> ../secret/id_rsa"}
    assert content(taken, "skill:skills/a/SKILL.md")["outside"] == [f"notes.txt -> {tmp_path}/secret/id_rsa"]
    assert [gap.what for gap in taken.gaps] == ["AGENTS.md", ".cursor/rules"]


def test_a_link_inside_the_folder_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "AGENTS.md", "Use tabs.")
    (tmp_path / "CLAUDE.md").symlink_to("AGENTS.md")
    write(tmp_path, ".ai/rules/style.md", "Short lines.")
    (tmp_path / ".cursor").mkdir()
    (tmp_path / ".cursor/rules").symlink_to("../.ai/rules")
    write(tmp_path, ".agents/skills/a/SKILL.md", "Do.")
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/skills").symlink_to("../.agents/skills")
    write(tmp_path, ".agents/skills/a/bin/run.sh", "ls")
    for name in ("one", "two"):
        (tmp_path / ".agents/skills/a/bin" / name).symlink_to(".")
    for name in ("agents", "rules", "commands"):
        (tmp_path / ".claude" / name).symlink_to("..")
    taken = take(".", context(tmp_path))
    assert taken.gaps == ()
    assert keys(taken) == [
        "agent:.cursor/rules/style.md",
        "agent:AGENTS.md",
        "skill:.agents/skills/a/SKILL.md",
        "source-file:.agents/skills/a/bin/run.sh",
    ]


def test_what_an_agent_file_takes_in_is_one_too(tmp_path: Path) -> None:
    write(tmp_path, "CLAUDE.md", "See @docs/a.md, (@docs/b.md) and mail me@x.md. @../outside.md @gone.md `@docs/c.md`")
    write(tmp_path, "docs/a.md", "@../CLAUDE.md @b.md @deep/d.md")
    for name in ("b", "c", "deep/d", "me"):
        write(tmp_path, f"docs/{name}.md", "Text.")
    outside = write(tmp_path.parent, "outside.md", "Outside.")
    (tmp_path / "docs/linked.md").symlink_to(outside)
    write(tmp_path, "docs/b.md", "@linked.md")
    taken = take(".", context(tmp_path))
    assert [gap.what for gap in taken.gaps] == ["docs/linked.md"]
    assert keys(taken) == [
        "agent:CLAUDE.md",
        "agent:docs/a.md",
        "agent:docs/b.md",
        "agent:docs/deep/d.md",
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("AGENTS.md", "Keep to CONVENTIONS.md."), (".aider.conf.yml", "read: CONVENTIONS.md")]
)
def test_conventions_count_where_they_are_named(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, "CONVENTIONS.md", "Use tabs.")
    write(tmp_path, "GEMINI.md", "Hello.")
    assert "agent:CONVENTIONS.md" not in keys(take(".", context(tmp_path)))
    write(tmp_path, name, text)
    assert "agent:CONVENTIONS.md" in keys(take(".", context(tmp_path)))


def test_more_or_larger_than_the_limits_allow_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "AGENTS.md", "x" * 101)
    write(tmp_path, "s/SKILL.md", "Do.")
    write(tmp_path, "s/big.py", "y" * 101)
    for number in range(4):
        write(tmp_path, f"s/{number}.py", "z")
    taken = take(".", context(tmp_path, limits=Limits(document_bytes=100, skill_files=3)))
    assert [(gap.what, gap.why.partition(";")[0]) for gap in taken.gaps] == [
        ("AGENTS.md", "AGENTS.md: larger than 100 bytes"),
        ("s/SKILL.md", "more than 3 files"),
    ]
    large = take(".", context(tmp_path, limits=Limits(document_bytes=100)))
    assert content(large, "source-file:s/big.py").keys() == {"digest", "size"}
    few = take(".", context(tmp_path, limits=Limits(files=2)))
    assert few.gaps[0].why.startswith(f"{tmp_path}: more than 2 folder entries")


def test_a_tree_nested_without_end_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "AGENTS.md", "Use tabs.")
    write(tmp_path, "/".join("d" * 60) + "/AGENTS.md", "Deep.")
    taken = take(".", context(tmp_path))
    assert keys(taken) == ["agent:AGENTS.md"]
    assert [gap.why for gap in taken.gaps] == ["nested deeper than 40 folders"]


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "AGENTS.md")
    assert [gap.why.partition(";")[0] for gap in take(".", context(tmp_path)).gaps] == ["AGENTS.md: not a regular file"]


def test_the_machine_holds_the_user_s_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for path in (
        ".claude/CLAUDE.md",
        ".claude/skills/pdf/SKILL.md",
        ".claude/skills/pdf/run.sh",
        ".claude/commands/x.md",
        ".codex/AGENTS.md",
        ".gemini/GEMINI.md",
        ".config/opencode/AGENTS.md",
        "project/AGENTS.md",
    ):
        write(home, path, "Use tabs.")
    for reference in ("machine", "machine#agent-files"):
        taken = take(reference, context(tmp_path, home=home))
        assert taken.target.identity == "agent-files/user"
        assert [key for key in keys(taken) if "~" in key] == [
            "agent:~/.claude/CLAUDE.md",
            "agent:~/.codex/AGENTS.md",
            "agent:~/.config/opencode/AGENTS.md",
            "agent:~/.gemini/GEMINI.md",
            "prompt-file:~/.claude/commands/x.md",
            "skill:~/.claude/skills/pdf/SKILL.md",
            "source-file:~/.claude/skills/pdf/run.sh",
        ]


def test_a_target_is_the_same_wherever_one_stands_in_the_checkout(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "app/AGENTS.md", "Use tabs.")
    above = take("app", context(tmp_path)).target
    inside = take(".", context(tmp_path / "app")).target
    assert (above.reference, inside.reference) == ("app#agent-files", ".#agent-files")
    assert above.identity == inside.identity == "agent-files/project/app"
    assert take(above.reference, context(tmp_path)).target == above


@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [
        ("", "@", ""),
        ("", "@a/", ""),
        ("", "---\n", ""),
        ("---\n", "a: ", ""),
        ("", "](../", ""),
        ("", "scripts/", ""),
        ("", "~/", ".sh"),
        ("---\nx: |\n", " y\n", "---\n"),
    ],
    ids=["at", "at-path", "fences", "colons", "links", "folders", "homes", "block"],
)
def test_hostile_text_takes_time_in_proportion(tmp_path: Path, before: str, unit: str, after: str) -> None:
    for size in (80_000, 640_000):
        for name in ("s/SKILL.md", "AGENTS.md"):
            write(tmp_path, f"{size}/{name}", before + unit * (size // len(unit)) + after)
    assert grows_linearly(lambda size: take(".", context(tmp_path / str(size))), 80_000)
