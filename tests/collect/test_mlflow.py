"""Versions of models and prompts of a real MLflow server: every file hashed here, every word of a prompt scanned."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import tools as prepared
from configured import context
from driftseal.collect.base import Consent, Context
from driftseal.collect.mlflow import MlflowCollector
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from servers.mlflow_real import Registry, serving

pytestmark = pytest.mark.xdist_group("mlflow")
FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, download_seconds=300.0)
MLMODEL = b"""flavors:
  python_function:
    loader_module: mlflow.sklearn
    model_path: model.pkl
  sklearn:
    pickled_model: model.pkl
    serialization_format: pickle
mlflow_version: 3.17.2
"""
WEIGHTS = pickle.dumps([0.5] * 9)
FILES = {"MLmodel": MLMODEL, "model.pkl": WEIGHTS, "requirements.txt": b"scikit-learn==1.6.1\n"}


@pytest.fixture(scope="module")
def python(tools: Path) -> Path:
    found = prepared.python(tools, "mlflow")
    if not found.exists():
        pytest.skip(f"no MLflow: install it with python tests/tools.py {tools}")
    return found


@pytest.fixture(scope="module")
def registry(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with serving(python, tmp_path_factory.mktemp("mlflow")) as served:
        yield served


def given(registry: Registry, folder: Path, *, limits: Limits = FAST, consent: Consent | None = None) -> Context:
    environment = {"MLFLOW_TRACKING_URI": registry.url, "PATH": "/usr/bin"}
    return context(folder, home=folder, environment=environment, limits=limits, consent=consent)


def taken(asks: Context, reference: str) -> Snapshot:
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


def differing(before: Snapshot, after: Snapshot) -> set[str]:
    old, new = ({one.key: one.digest for one in side.items} for side in (before, after))
    return {key for key in {**old, **new} if old.get(key) != new.get(key)}


def test_a_version_is_its_files_with_their_digests_and_what_the_registry_says(
    registry: Registry, tmp_path: Path
) -> None:
    run = registry.register("plain", {**FILES, "notes/empty.txt": b""})
    registry.alias("plain", "champion", "1")
    registry.post("model-versions/set-tag", name="plain", version="1", key="stage", value="beta")
    asks = given(registry, tmp_path)
    found = taken(asks, "mlflow:plain/1")
    assert (found.gaps, found.origin) == ((), Origin.PUBLISHED)
    assert found.target.identity == "model/mlflow:plain"
    files = {one.name: content(found, one.key) for one in found.items if one.kind is ItemKind.MODEL_FILE}
    assert {name: (told["sha256"], told["size"]) for name, told in files.items()} == {
        name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in {**FILES, "notes/empty.txt": b""}.items()
    }
    assert (files["MLmodel"]["format"], files["model.pkl"]["format"]) == ("mlmodel", "pickle")
    assert content(found, "model:")["formats"] == ["mlmodel", "pickle"]
    assert content(found, "model:")["registry"] == {
        "name": "plain",
        "version": "1",
        "source": f"{run.uri}/model",
        "artifacts": f"{run.uri}/model",
        "run_id": run.number,
        "status": "READY",
        "aliases": ["champion"],
        "tags": {"stage": "beta"},
    }
    assert asks.readings[found.target.identity]["model-file:model.pkl"].format == "pickle"


def test_looking_twice_gives_the_same_snapshot(registry: Registry, tmp_path: Path) -> None:
    registry.register("twice", FILES)
    one, two = (taken(given(registry, tmp_path), "mlflow:twice/1") for _ in range(2))
    assert one.digest == two.digest


def test_files_that_were_changed_in_place_under_the_same_number_are_drift(registry: Registry, tmp_path: Path) -> None:
    run = registry.register("changed", FILES)
    before = taken(given(registry, tmp_path), "mlflow:changed/1")
    registry.put(run, "model/model.pkl", pickle.dumps([0.25] * 9))
    after = taken(given(registry, tmp_path), "mlflow:changed/1")
    assert before.target == after.target
    assert differing(before, after) == {"model-file:model.pkl"}


def test_an_alias_that_moved_is_drift_of_what_it_leads_to(registry: Registry, tmp_path: Path) -> None:
    registry.register("moving", FILES)
    registry.register("moving", {**FILES, "model.pkl": pickle.dumps([1.0])})
    registry.alias("moving", "live", "1")
    before, pinned = (taken(given(registry, tmp_path), f"mlflow:moving{end}") for end in ("@live", "/1"))
    registry.alias("moving", "live", "2")
    after, left = (taken(given(registry, tmp_path), f"mlflow:moving{end}") for end in ("@live", "/1"))
    assert (registered(before)["version"], registered(after)["version"]) == ("1", "2")
    assert differing(before, after) == {"model:", "model-file:model.pkl"}
    assert differing(pinned, left) == {"model:"}
    assert registered(left)["aliases"] == []


def test_a_model_that_its_own_client_logged_shows_its_code_and_its_pickle(
    registry: Registry, python: Path, servers: Path, tmp_path: Path
) -> None:
    script = [str(python), str(servers / "mlflow_logs_model.py"), registry.url, "logged", str(tmp_path / "code")]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    asks = given(registry, tmp_path)
    found = taken(asks, "mlflow:logged/1")
    assert found.gaps == ()
    assert [one.name for one in found.items] == [
        *("MLmodel", "code/helpers/__init__.py", "conda.yaml", "python_env.yaml", "python_model.pkl"),
        *("requirements.txt", ""),
    ]
    stored = next(registry.folder.glob("artifacts/0/models/m-*/artifacts/python_model.pkl")).read_bytes()
    assert content(found, "model-file:python_model.pkl")["sha256"] == hashlib.sha256(stored).hexdigest()
    assert content(found, "model:")["executes"] == {"code/helpers/__init__.py": ["MLmodel"]}
    told = content(found, "model-file:MLmodel")["document"]
    assert isinstance(told, dict)
    assert told["mlflow_version"] == "3.17.2"
    shown = asks.readings[found.target.identity]
    assert [(fact.name, fact.subject) for fact in shown["model-file:MLmodel"].facts] == [("mlmodel-runs-code", "code")]
    told_of_pickle = {fact.name for fact in shown["model-file:python_model.pkl"].facts}
    assert told_of_pickle == {"pickle-code", "pickle-unknown-import"}
    prompt = content(taken(given(registry, tmp_path), "mlflow:prompts/logged-prompt/1"), "prompt-file:logged-prompt")
    assert prompt["text"] == [{"role": "system", "content": "Be kind to {{name}}."}]
    assert prompt["response_format"] == {"type": "object"}


def test_files_in_a_store_of_their_own_are_listed_and_fetched_by_the_server(registry: Registry, tmp_path: Path) -> None:
    store = tmp_path / "store"
    experiment = registry.post("experiments/create", name="stored", artifact_location=str(store))["experiment_id"]
    run = registry.run(experiment)
    for path, data in FILES.items():
        place = Path(run.uri) / "deep" / "model" / "sub" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    registry.version("stored", source=f"{run.uri}/deep/model", run_id=run.number)
    logged = registry.post("logged-models", experiment_id=experiment, name="m", source_run_id=run.number)["model"][
        "info"
    ]
    place = Path(logged["artifact_uri"]) / "sub" / "MLmodel"
    place.parent.mkdir(parents=True)
    place.write_bytes(MLMODEL)
    registry.version("stored", source=f"models:/{logged['model_id']}", model_id=logged["model_id"])
    of_run, of_model = (taken(given(registry, tmp_path), f"mlflow:stored/{number}") for number in (1, 2))
    assert (of_run.gaps, of_model.gaps) == ((), ())
    assert [one.name for one in of_run.items] == [*(f"sub/{path}" for path in sorted(FILES)), ""]
    assert content(of_run, "model-file:sub/model.pkl")["sha256"] == hashlib.sha256(WEIGHTS).hexdigest()
    assert [one.name for one in of_model.items] == ["sub/MLmodel", ""]
    assert registered(of_model)["artifacts"] == logged["artifact_uri"]


def test_a_large_file_is_looked_into_and_hashed_only_where_that_was_asked_for(
    registry: Registry, tmp_path: Path
) -> None:
    large = pickle.dumps([bytes(700_000), WEIGHTS])
    registry.register("large", {"MLmodel": MLMODEL, "model.pkl": large})
    small = replace(FAST, remote_bytes=600_000, remote_piece_bytes=4096)
    found = taken(given(registry, tmp_path, limits=small), "mlflow:large/1")
    why = "was not fetched whole (limits.remote_bytes), so that no digest of it is known; scan with --download"
    assert gaps(found) == {"model.pkl": why}
    assert "sha256" not in content(found, "model-file:model.pkl")
    assert content(found, "model-file:model.pkl")["format"] == "pickle"
    whole = taken(given(registry, tmp_path, limits=small, consent=Consent(download=True)), "mlflow:large/1")
    assert whole.gaps == ()
    assert content(whole, "model-file:model.pkl")["sha256"] == hashlib.sha256(large).hexdigest()


def test_a_prompt_is_a_text_that_is_baselined_with_its_number(registry: Registry, tmp_path: Path) -> None:
    registry.prompt("greeting", "Hello {{name}}.")
    registry.prompt("greeting", "Hello {{name}}, tell me your password.")
    registry.alias("greeting", "live", "1")
    before = taken(given(registry, tmp_path), "mlflow:greeting@live")
    assert [one.key for one in before.items] == ["prompt-file:greeting"]
    said = {"name": "greeting", "version": "1", "aliases": ["live"], "tags": {}}
    told = {"text": "Hello {{name}}.", "registry": said}
    assert content(before, "prompt-file:greeting") == told
    registry.alias("greeting", "live", "2")
    after = taken(given(registry, tmp_path), "mlflow:greeting@live")
    assert content(after, "prompt-file:greeting")["text"] == "Hello {{name}}, tell me your password."
    assert differing(before, after) == {"prompt-file:greeting"}


def test_that_a_prompt_is_used_is_no_drift(registry: Registry, tmp_path: Path) -> None:
    registry.prompt("used", "Hello.")
    before = taken(given(registry, tmp_path), "mlflow:used/1")
    registry.post("model-versions/set-tag", name="used", version="1", key="mlflow.prompt.associatedRunIds", value="1,2")
    assert taken(given(registry, tmp_path), "mlflow:used/1").digest == before.digest


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("mlflow:known/9", "the registry has no version 9 of known"),
        ("mlflow:known@nobody", "the registry has no alias nobody of known"),
        ("mlflow:nobody/1", "the registry has no version 1 of nobody, or no model or prompt of that name"),
        ("mlflow:prompts/known/1", "is a model and no prompt; write mlflow:known/1"),
        ("mlflow:models:/known-prompt/1", "is a prompt and no model; write mlflow:known-prompt/1"),
    ],
)
def test_what_the_registry_has_not_is_told_as_such(
    registry: Registry, tmp_path: Path, reference: str, why: str
) -> None:
    registry.register("known", FILES)
    registry.prompt("known-prompt", "Hello.")
    found = taken(given(registry, tmp_path), reference)
    assert found.items == ()
    assert why in gaps(found)[reference]


def test_a_version_without_files_is_never_clean(registry: Registry, tmp_path: Path) -> None:
    registry.register("nothing", {})
    found = taken(given(registry, tmp_path), "mlflow:nothing/1")
    assert (found.items, gaps(found)) == ((), {"mlflow:nothing/1": "no file of it could be read"})


@pytest.mark.parametrize(
    "reference",
    [
        "mlflow:",
        "mlflow:name",
        "mlflow:name/",
        "mlflow:name/0",
        "mlflow:name/Production",
        "mlflow:a/b/1",
        "mlflow:../1",
    ],
)
def test_what_names_no_version_is_refused_with_the_form(tmp_path: Path, reference: str) -> None:
    with pytest.raises(TargetError, match="names no version of a model or prompt") as caught:
        list(MlflowCollector(context(tmp_path)).targets(reference))
    assert caught.value.hint == "write mlflow:NAME/VERSION, mlflow:NAME@ALIAS or mlflow:prompts/NAME/VERSION"


def test_the_list_of_loaders_holds_all_that_mlflow_ships(python: Path) -> None:
    """Where a release adds one, models of it would be taken for models with code of their own."""
    from driftseal.observe.words import vocabulary

    package = next(python.parent.parent.glob("lib/python*/site-packages/mlflow"))
    found = {
        path.relative_to(package.parent).with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
        for path in package.rglob("*.py")
        if b"\ndef _load_pyfunc(" in path.read_bytes()
    }
    # Three flavours keep the function in a file of their own and import it to where MLmodel names it.
    found = {
        name.removesuffix(".load").removesuffix(".model") if name != "mlflow.pyfunc.model" else name for name in found
    }
    assert len(found) > 25
    assert found <= vocabulary("mlflow", "loaders")
