"""Models of libraries: what the files say, and how names find their lines."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import jsonschema_rs
import pytest

from driftseal import rulebook, yamltext
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import apis
from driftseal.observe.taint.models import Model, Sink, load
from growth import fastest

RULES = Path(__file__).parents[3] / "rules"
LANGUAGES = sorted(path.stem for path in (RULES / "models").glob("*.yaml"))


def call(language: str, name: str) -> Model:
    found = load(language).call(name)
    assert found is not None, name
    return found


def kinds(language: str, name: str) -> dict[str, tuple[int | str, ...]]:
    return {sink.kind: sink.args for sink in call(language, name).sinks}


# --- the files -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_is_as_its_schema_says_and_names_nothing_twice(language: str) -> None:
    data = (RULES / "models" / f"{language}.yaml").read_bytes()
    schema = json.loads((RULES / "schema" / "models.schema.json").read_bytes())
    document = next(yamltext.positioned(data, language, DEFAULT_LIMITS))
    jsonschema_rs.Draft202012Validator(schema).validate(document.value)
    assert document.duplicate_keys == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_can_be_taken_apart_and_stands_once(language: str) -> None:
    document = next(yamltext.documents((RULES / "models" / f"{language}.yaml").read_bytes(), language, DEFAULT_LIMITS))
    assert isinstance(document, dict)
    written = []
    sections = [
        ("", document.get("builtins")),
        ("methods:", document.get("methods")),
        ("reads:", document.get("reads")),
    ]
    packages = document["packages"]
    assert isinstance(packages, dict)
    classes = [(name.strip(), one) for names, one in packages.items() for name in names.split(",")]
    for package, lines in [*sections, *((f"{name}.", one) for name, one in classes)]:
        written += [
            package + key.strip() for keys in (lines if isinstance(lines, dict) else ()) for key in keys.split(",")
        ]
    assert sorted(written) == sorted(set(written))
    assert len(list(load(language).names())) == len(written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_of_a_result_leads_to_a_model(language: str) -> None:
    models = load(language)
    known = [name for name, _ in models.names()]
    lost = {
        model.returns
        for _, model in models.names()
        if model.returns and not any(f"{name}.".startswith(f"{model.returns}.") for name in known)
    }
    assert lost == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alias_leads_to_a_model(language: str) -> None:
    models = load(language)
    known = [f"{name}." for name, _ in models.names()]
    document = next(yamltext.documents((RULES / "models" / f"{language}.yaml").read_bytes(), language, DEFAULT_LIMITS))
    assert isinstance(document, dict)
    aliases = document["aliases"]
    assert isinstance(aliases, dict)
    for alias, stands_for in aliases.items():
        prefix = str(stands_for).replace("/", ".") + "."
        assert any(name.startswith(prefix) for name in known), alias


def _read(data: bytes) -> None:
    list(yamltext.documents(data, "a.yaml", DEFAULT_LIMITS))


def test_well_over_150_packages_are_known_and_read_quickly() -> None:
    packages = 0
    for language in ("python", "javascript"):
        data = (RULES / "models" / f"{language}.yaml").read_bytes()
        document = next(yamltext.documents(data, language, DEFAULT_LIMITS))
        assert isinstance(document, dict)
        assert isinstance(document["packages"], dict)
        packages += sum(not name.startswith("_") for name in document["packages"])
        # A cold start would feel it: it is little more than the reading of the file.
        loading = fastest(partial(load.__wrapped__, language))
        reading = fastest(partial(_read, data))
        assert loading < 8 * reading
    assert packages >= 500


def test_the_files_are_not_taken_for_rules() -> None:
    assert not [rule.source for rule in rulebook.load().rules if rule.source.startswith("models/")]


# --- names -----------------------------------------------------------------------------------


def test_a_function_is_found_by_its_dotted_name() -> None:
    assert call("python", "subprocess.check_call") == Model(
        sinks=(
            Sink("argv", (0, "args"), shell_if="shell", capability="process"),
            Sink("process-environment", ("env",)),
        ),
        source=apis.Source("process"),
        capabilities=frozenset({"process"}),
    )


@pytest.mark.parametrize("name", ["fs/promises.readFile", "fs.promises.readFile", "fs.default.promises.readFile"])
def test_the_ways_to_import_a_module_lead_to_one_model(name: str) -> None:
    assert kinds("javascript", name) == {"path-read": (0,)}
    assert load("javascript").call(f"node:{name}") == load("javascript").call("fs.readFile")


@pytest.mark.parametrize("language", ["typescript", "tsx", "jsx"])
def test_dialects_share_the_models_of_their_language(language: str) -> None:
    assert kinds(language, "child_process.execFile")["argv"] == (0, 1)


@pytest.mark.parametrize(
    ("language", "name", "kind"),
    [
        ("python", "sqlite3.connect.cursor.execute", "sql"),
        ("python", "git.Repo.clone_from.git.diff", "argv-option"),
        ("python", "pathlib.Path.resolve.read_text", "path-read"),
        ("python", "boto3.Session.client.upload_file", "outward"),
        ("javascript", "axios.create.get", "ssrf"),
        ("javascript", "mysql2/promise.createPool.query", "sql"),
        ("javascript", "playwright.chromium.launch.newPage.goto", "browse"),
    ],
)
def test_a_method_is_found_through_the_types_of_results(language: str, name: str, kind: str) -> None:
    assert kind in kinds(language, name)


def test_an_alias_stands_for_one_part_more_where_it_ends_in_a_star() -> None:
    assert "outward" in kinds("javascript", "@aws-sdk/client-s3.S3Client.send")
    assert call("javascript", "@aws-sdk/client-ssm.SSMClient.send").capabilities == {"network", "secrets"}


def test_a_name_that_merely_begins_alike_is_not_found() -> None:
    assert load("javascript").call("axios.defaults") is None
    assert load("javascript").call("fsevents.readFile") is None
    assert load("python").call("subprocess") is None


def test_names_in_a_circle_or_without_end_are_none_of_ours() -> None:
    assert load("javascript").call("axios" + ".create" * 40) is None
    assert load("javascript").call("axios" + ".create" * 100_000 + ".get") is None
    assert load("python").read("os.environ" + ".x" * 100_000) is None


def test_a_language_without_a_file_has_no_models() -> None:
    assert load("cobol").call("open") is None


# --- what lines say --------------------------------------------------------------------------


def test_members_of_the_environment_are_sources_too() -> None:
    for language, name in (("python", "os.environ"), ("javascript", "process.env"), ("javascript", "process.env.HOME")):
        found = load(language).read(name)
        assert found is not None
        assert found.source == apis.Source("environment")
        assert found.capabilities == {"environment"}
    assert load("javascript").read("process.environment") is None


def test_a_method_of_an_unknown_object_is_found_by_a_telling_name_alone() -> None:
    models = load("python")
    found = models.method("executescript")
    assert found is not None
    assert found.sinks[0].kind == "sql"
    assert models.method("execute") is None
    assert models.method("run") is None


@pytest.mark.parametrize(
    ("language", "name", "clean"),
    [
        ("python", "shlex.quote", {"command"}),
        ("python", "os.path.basename", {"path-read", "path-write", "path-delete"}),
        ("python", "int", {"*"}),
        ("python", "uuid.UUID", {"*"}),
        ("javascript", "Number", {"*"}),
        ("javascript", "path.basename", {"path-read", "path-write", "path-delete"}),
        ("javascript", "shell-quote.quote", {"command"}),
    ],
)
def test_sanitizers_say_against_what(language: str, name: str, clean: set[str]) -> None:
    assert call(language, name).clean == clean


@pytest.mark.parametrize(
    ("language", "name", "guard"),
    [
        ("python", "pathlib.Path.is_relative_to", "relative"),
        ("python", "os.path.commonpath", "relative"),
        ("python", "os.path.commonprefix", "prefix"),
        ("python", "re.fullmatch", "pattern"),
        ("python", "ipaddress.ip_address", "host"),
        ("javascript", "path.relative", "relative"),
    ],
)
def test_guards_say_what_they_check(language: str, name: str, guard: str) -> None:
    assert call(language, name).guard == guard


def test_what_depends_on_a_keyword_or_a_mode_says_so() -> None:
    assert call("python", "yaml.load").sinks[0].unless[0] == "SafeLoader"
    assert call("python", "numpy.load").sinks[0].needs == "allow_pickle"
    read, write = call("python", "open").sinks
    assert (read.kind, read.mode, write.kind, write.mode) == ("path-read", (), "path-write", (1, "mode"))


def test_safe_relatives_of_dangerous_calls_are_no_sinks() -> None:
    for name in ("yaml.safe_load", "json.loads", "ast.literal_eval", "jinja2.sandbox.SandboxedEnvironment.from_string"):
        assert call("python", name).sinks == ()


def test_capabilities_follow_from_kinds_unless_a_line_gives_them() -> None:
    line = "path-write(0) ssrf(1) source=clipboard"
    assert apis.parse(line).capabilities == {"filesystem-write", "network", "clipboard"}
    assert apis.parse(f"{line} can=persistence").capabilities == {"persistence"}
    assert apis.parse("code(0)@network path-read(0)@").capabilities == {"network"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("shell(0)", "no kind of sink: 'shell'"),
        ("source=moon", "no kind of source: 'moon'"),
        ("guard=hope", "no kind of guard: 'hope'"),
        ("clean=dirt", "no kind of sink: 'dirt'"),
        ("can=fly", "no capability: 'fly'"),
        ("code(0)@fly", "no capability: 'fly'"),
        ("argv 0", "not understood: 'argv'"),
        ("calls=0 calls=1", "not understood: 'calls=1'"),
    ],
)
def test_a_line_with_an_unknown_word_is_refused(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^no") as refused:
        apis.parse(line)
    assert str(refused.value) == told
