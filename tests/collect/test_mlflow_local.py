"""Stores of MLflow without a server: a folder ``mlruns`` and a SQLite database, written by MLflow itself."""

from __future__ import annotations

import hashlib
import os
import pickle
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import tools as prepared
from configured import context, write
from driftseal.collect.mlflow import MlflowCollector
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import ItemKind, Json
from driftseal.model.snapshot import Snapshot

WEIGHTS = pickle.dumps([0.5] * 9)
FOLDERS = ("file", "path", "sqlite")


def taken(folder: Path, reference: str, limits: Limits = DEFAULT_LIMITS, **environment: str) -> Snapshot:
    asks = context(folder, home=folder, environment={"PATH": "/usr/bin", **environment}, limits=limits)
    collector = MlflowCollector(asks)
    assert collector.claims(reference)
    (found,) = collector.collect(list(collector.targets(reference)))
    return found


def content(found: Snapshot, key: str) -> Mapping[str, Json]:
    value = next(one for one in found.items if one.key == key).content
    assert isinstance(value, dict)
    return value


def registered(found: Snapshot) -> Mapping[str, Json]:
    told = content(found, "model:")["registry"]
    assert isinstance(told, dict)
    return told


def gaps(found: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in found.gaps}


def address(folder: Path, kind: str) -> str:
    """As users write it: relative to where they are, or in full."""
    return {
        "file": (folder / "mlruns").as_uri(),
        "path": "mlruns",
        "sqlite": f"sqlite:///{folder / 'mlflow.db'}",
    }[kind]


# --- written by MLflow ------------------------------------------------------------------------


@pytest.fixture(scope="module", params=FOLDERS)
def logged(request: pytest.FixtureRequest, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which MLflow has logged and registered a model and a prompt, and the address of its store."""
    python = prepared.python(tools, "mlflow")
    if not python.exists():
        pytest.skip(f"no MLflow: install it with python tests/tools.py {tools}")
    folder = tmp_path_factory.mktemp("store")
    told = address(folder, request.param)
    script = Path(prepared.__file__).parent / "servers" / "mlflow_logs_model.py"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Newer releases write folders only when they are told that this is meant.
        "MLFLOW_ALLOW_FILE_STORE": "true",
    }
    command = [str(python), str(script), told, "doubler", str(folder / "code")]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, told


def test_a_model_that_mlflow_logged_into_a_local_store_is_read_where_it_lies(logged: tuple[Path, str]) -> None:
    folder, told = logged
    (pickled,) = folder.rglob("python_model.pkl")
    found = taken(folder, "mlflow:doubler/1", MLFLOW_TRACKING_URI=told)
    assert not found.gaps
    files = {one.name: content(found, one.key) for one in found.items if one.kind is ItemKind.MODEL_FILE}
    assert {"MLmodel", "python_model.pkl", "code/helpers/__init__.py"} <= set(files)
    assert files["python_model.pkl"]["sha256"] == hashlib.sha256(pickled.read_bytes()).hexdigest()
    said = registered(found)
    assert {key: said[key] for key in ("name", "version", "status", "aliases", "tags")} == {
        "name": "doubler",
        "version": "1",
        "status": "READY",
        "aliases": [],
        "tags": {},
    }
    assert str(said["source"]).startswith("models:/m-")
    # Where the store itself lies is no part of it, so that a baseline holds on another machine.
    assert str(folder) not in str(said)


def test_a_prompt_of_a_local_store_is_its_text(logged: tuple[Path, str]) -> None:
    folder, told = logged
    found = taken(folder, "mlflow:prompts/doubler-prompt/1", MLFLOW_TRACKING_URI=told)
    assert not found.gaps
    assert content(found, "prompt-file:doubler-prompt")["text"] == [
        {"role": "system", "content": "Be kind to {{name}}."}
    ]


def test_nothing_is_written_into_a_store_that_is_read(logged: tuple[Path, str]) -> None:
    folder, told = logged
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    taken(folder, "mlflow:doubler/1", MLFLOW_TRACKING_URI=told)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_what_a_local_store_has_not_is_told_as_such(logged: tuple[Path, str]) -> None:
    folder, told = logged
    for reference, why in (
        ("mlflow:doubler/7", "the registry has no version 7 of doubler"),
        ("mlflow:doubler@live", "the registry has no alias live of doubler"),
        ("mlflow:nobody/1", "the registry has no version 1 of nobody"),
        ("mlflow:prompts/doubler/1", "is a model and no prompt"),
    ):
        found = taken(folder, reference, MLFLOW_TRACKING_URI=told)
        assert (found.items, len(found.gaps)) == ((), 1)
        assert why in found.gaps[0].why


# --- written by anybody -----------------------------------------------------------------------


def made(folder: Path, kind: str, place: str, **said: str) -> str:
    """A store as MLflow lays it out, with one version whose files are told to lie at ``place``; its address."""
    write(folder, "mlruns/0/run1/artifacts/model/model.pkl", WEIGHTS)
    run = {"artifact_uri": str(folder / "mlruns/0/run1/artifacts")}
    version = {"name": "m", "run_id": "run1", "status": "READY", "source": place, "storage_location": place, **said}
    if kind == "sqlite":
        with closing(sqlite3.connect(folder / "mlflow.db", isolation_level=None)) as database:
            columns = ", ".join(version)
            database.execute(f"CREATE TABLE model_versions (version INTEGER, workspace DEFAULT 'default', {columns})")
            values = (1, "default", *version.values())
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO model_versions VALUES ({marks})", values)  # noqa: S608  # marks alone
            database.execute("CREATE TABLE runs (run_uuid, artifact_uri)")
            database.execute("INSERT INTO runs VALUES ('run1', ?)", (run["artifact_uri"],))
            database.execute("CREATE TABLE registered_model_aliases (alias, version INTEGER, name)")
            database.execute("INSERT INTO registered_model_aliases VALUES ('live', 1, 'm')")
            database.execute("CREATE TABLE model_version_tags (key, value, name, version INTEGER)")
            database.execute("INSERT INTO model_version_tags VALUES ('stage', 'beta', 'm', 1)")
    else:
        facts = "".join(f"{key}: {value!r}\n" for key, value in version.items())
        write(folder, "mlruns/models/m/version-1/meta.yaml", f"{facts}version: 1\n")
        write(folder, "mlruns/0/run1/meta.yaml", f"artifact_uri: {run['artifact_uri']}\n")
        write(folder, "mlruns/models/m/aliases/live", "1")
        write(folder, "mlruns/models/m/version-1/tags/stage", "beta")
    return address(folder, kind)


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize("reference", ["mlflow:m/1", "mlflow:m@live", "mlflow:m@latest"])
def test_a_version_is_found_by_its_number_an_alias_and_the_alias_that_all_have(
    tmp_path: Path, kind: str, reference: str
) -> None:
    told = made(tmp_path, kind, "runs:/run1/model")
    found = taken(tmp_path, reference, MLFLOW_TRACKING_URI=told)
    assert not found.gaps
    assert content(found, "model-file:model.pkl")["sha256"] == hashlib.sha256(WEIGHTS).hexdigest()
    assert {key: registered(found)[key] for key in ("source", "aliases", "tags")} == {
        "source": "runs:/run1/model",
        "aliases": ["live"],
        "tags": {"stage": "beta"},
    }


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_store_that_moved_with_its_files_gives_the_same_snapshot(tmp_path: Path, kind: str) -> None:
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        told = made(tmp_path / name, kind, str(tmp_path / name / "mlruns/0/run1/artifacts/model"))
        digests.add(taken(tmp_path / name, "mlflow:m/1", MLFLOW_TRACKING_URI=told).digest)
    assert len(digests) == 1


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize(
    "place", ["outside", "outside-as-uri", "up", "link", "s3", "relative", "of-another-machine", "broken"]
)
def test_files_outside_of_the_store_are_never_read(tmp_path: Path, kind: str, place: str) -> None:
    secret = tmp_path / "secret"
    write(secret, "model.pkl", WEIGHTS)
    store = tmp_path / "store"
    store.mkdir()
    (store / "mlruns").mkdir()
    (store / "mlruns" / "link").symlink_to(secret)
    places = {
        "outside": str(secret),
        "outside-as-uri": secret.as_uri(),
        "up": f"{store}/mlruns/../../secret",
        "link": str(store / "mlruns" / "link"),
        "s3": "s3://bucket/model?X-Amz-Signature=hidden",
        "relative": "../secret",
        "of-another-machine": f"file://server{secret}",
        "broken": f"file://[{secret}",
    }
    told = made(store, kind, places[place])
    found = taken(store, "mlflow:m/1", MLFLOW_TRACKING_URI=told)
    assert found.items == ()
    (gap,) = found.gaps
    assert "is no folder of the store and was not read" in gap.why
    assert "hidden" not in gap.why


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_link_among_the_files_that_leads_out_is_told_and_not_followed(tmp_path: Path, kind: str) -> None:
    write(tmp_path, "secret.pkl", WEIGHTS)
    store = tmp_path / "store"
    store.mkdir()
    told = made(store, kind, "runs:/run1/model")
    (store / "mlruns/0/run1/artifacts/model/more.pkl").symlink_to(tmp_path / "secret.pkl")
    found = taken(store, "mlflow:m/1", MLFLOW_TRACKING_URI=told)
    assert "a link that leads out of the folder" in gaps(found)["more.pkl"]
    assert [one.name for one in found.items if one.kind is ItemKind.MODEL_FILE] == ["model.pkl"]


def test_facts_that_are_a_link_out_of_the_store_are_not_read(tmp_path: Path) -> None:
    told = made(tmp_path, "file", "runs:/run1/model")
    outside = write(tmp_path, "outside.yaml", "name: m\nversion: 1\n")
    facts = tmp_path / "mlruns/models/m/version-1/meta.yaml"
    facts.unlink()
    facts.symlink_to(outside)
    found = taken(tmp_path, "mlflow:m/1", MLFLOW_TRACKING_URI=told)
    assert "a link leads out of the store" in found.gaps[0].why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: other\nversion: 1\n", "the answer is of another version"),
        ("name: m\nversion: 2\n", "the answer is of another version"),
        ("- a\n", "the answer is of another version"),
        ("", "the answer is of another version"),
        ("name: &a m\nversion: *a\n", "YAML aliases are not read"),
        ("name: !!python/object/apply:os.system [id]\nversion: 1\n", "the answer is of another version"),
        ("name: [" * 200, "nested deeper than"),
        ("name: m\nversion: 1\nx: " + "y" * 3_000_000, "larger than 2097152 bytes"),
        ("name: m\nversion: 1\ncurrent_stage: Deleted_Internal\n", "the registry has no version 1 of m"),
    ],
)
def test_facts_of_any_content_are_refused_with_a_reason(tmp_path: Path, text: str, why: str) -> None:
    told = made(tmp_path, "file", "runs:/run1/model")
    write(tmp_path, "mlruns/models/m/version-1/meta.yaml", text)
    found = taken(tmp_path, "mlflow:m/1", MLFLOW_TRACKING_URI=told)
    assert (found.items, len(found.gaps)) == ((), 1)
    assert why in found.gaps[0].why


def test_a_database_that_computes_is_stopped(tmp_path: Path) -> None:
    told = made(tmp_path, "sqlite", "runs:/run1/model")
    with closing(sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)) as database:
        many = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 400000) SELECT n FROM c"
        database.execute(f"INSERT INTO runs (run_uuid) {many}")
    few = replace(DEFAULT_LIMITS, database_steps=100_000)
    found = taken(tmp_path, "mlflow:m/1", few, MLFLOW_TRACKING_URI=told)
    assert "takes more than 100000 steps to read" in found.gaps[0].why


def test_a_database_whose_tables_are_views_or_no_database_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "view.db", isolation_level=None)) as database:
        database.execute("CREATE VIEW model_versions AS SELECT 'm' AS name, 1 AS version")
    write(tmp_path, "text.db", "no database")
    for name, why in (("view", "is no plain table"), ("text", "no SQLite database"), ("absent", "cannot be read")):
        found = taken(tmp_path, "mlflow:m/1", MLFLOW_TRACKING_URI=f"sqlite:///{name}.db")
        assert why in found.gaps[0].why


def test_a_registry_and_a_tracking_store_may_be_two(tmp_path: Path) -> None:
    for name in ("registry", "tracking"):
        (tmp_path / name).mkdir()
    registry = made(tmp_path / "registry", "sqlite", "runs:/run1/model")
    made(tmp_path / "tracking", "file", "unused")
    (tmp_path / "registry/mlruns/0/run1/artifacts/model/model.pkl").unlink()
    found = taken(
        tmp_path, "mlflow:m/1", MLFLOW_REGISTRY_URI=registry, MLFLOW_TRACKING_URI=str(tmp_path / "tracking/mlruns")
    )
    assert not found.gaps
    assert registered(found)["artifacts"] == "0/run1/artifacts/model"


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        (
            {"MLFLOW_TRACKING_URI": "mlruns", "MLFLOW_REGISTRY_URI": "https://mlflow.example"},
            "names a server and the other a store",
        ),
        ({"MLFLOW_TRACKING_URI": "sqlite:///:memory:"}, "names a database in memory"),
        ({"MLFLOW_TRACKING_URI": "file://server/share/mlruns"}, "names a folder of another machine"),
        ({"MLFLOW_TRACKING_URI": "file://[/mlruns"}, "MLFLOW_TRACKING_URI: names no folder"),
        ({"MLFLOW_TRACKING_URI": "nowhere"}, "no folder lies at nowhere"),
        ({"MLFLOW_TRACKING_URI": "postgresql://u:hidden@db/mlflow"}, "that only MLflow itself reads"),
    ],
)
def test_settings_that_name_no_store_are_told_without_what_is_secret_in_them(
    tmp_path: Path, environment: dict[str, str], why: str
) -> None:
    found = taken(tmp_path, "mlflow:m/1", DEFAULT_LIMITS, **environment)
    assert why in found.gaps[0].why
    assert "hidden" not in str(found.gaps)
