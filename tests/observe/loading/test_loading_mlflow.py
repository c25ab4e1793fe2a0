"""Code that comes along with a model of MLflow is known as code that loading it runs."""

from __future__ import annotations

from pathlib import PurePosixPath

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.digest import Digest
from driftseal.observe import loading, reading
from driftseal.observe.loading import Loading

PYFUNC = b"""flavors:
  python_function:
    code: code
    loader_module: mlflow.pyfunc.model
    python_model: python_model.pkl
mlflow_version: 3.17.2
"""


def look(files: dict[str, bytes]) -> Loading:
    made = [
        loading.File(
            name,
            len(data),
            Digest.of(data).value,
            data,
            reading.read(Bytes(data), PurePosixPath(name).name, DEFAULT_LIMITS),
        )
        for name, data in files.items()
    ]
    return loading.look(made, DEFAULT_LIMITS)


def facts(found: Loading, name: str) -> list[tuple[str, str]]:
    """What is told because a loader of MLflow reads or runs the file."""
    known = ((fact.name, fact.subject) for fact in found.readings[name].facts)
    return [fact for fact in known if fact[0].startswith(("loaded-code-", "mlmodel-"))]


def test_a_model_without_code_runs_none() -> None:
    found = look(
        {"MLmodel": PYFUNC.replace(b"code: code", b"code: null"), "code/a.py": b"import os\nos.system('id')\n"}
    )
    assert (found.executes, facts(found, "code/a.py")) == ({}, [])


def test_every_file_of_the_code_folder_runs_and_goes_to_the_analyser_of_code() -> None:
    found = look({"MLmodel": PYFUNC, "code/mine/a.py": b"import os\nos.system('id')\n", "b.py": b"import os\n"})
    assert found.executes == {"code/mine/a.py": ["MLmodel"]}
    assert facts(found, "MLmodel") == [("mlmodel-runs-code", "code")]
    assert facts(found, "code/mine/a.py") == [("loaded-code-runs-program", "imported: os.system")]


def test_a_model_from_code_runs_its_script() -> None:
    told = PYFUNC.replace(b"code: code", b"model_code_path: /home/me/agent.py")
    found = look({"sub/MLmodel": told, "sub/agent.py": b"import os\nos.system('id')\n"})
    assert found.executes == {"sub/agent.py": ["sub/MLmodel"]}
    assert facts(found, "sub/agent.py") == [("loaded-code-runs-program", "imported: os.system")]


def test_a_script_that_is_not_here_is_known_all_the_same() -> None:
    found = look({"MLmodel": PYFUNC.replace(b"code: code", b"model_code_path: agent.py")})
    assert found.executes == {"agent.py": ["MLmodel"]}


def test_a_module_of_others_is_found_in_the_code_folder_or_told_by_its_name() -> None:
    files = {"MLmodel": PYFUNC.replace(b"mlflow.pyfunc.model", b"acme.load"), "code/acme/load.py": b"x = 1\n"}
    assert look(files).executes == {"code/acme/load.py": ["MLmodel"]}
    del files["code/acme/load.py"]
    assert look(files).executes == {"acme.load": ["MLmodel"]}
    files["data/pickle_module_info.txt"] = b"evil.pickles"
    assert look(files).executes == {"acme.load": ["MLmodel"], "evil.pickles": ["data/pickle_module_info.txt"]}


def test_code_in_place_of_a_library_is_told_where_python_finds_it_first() -> None:
    files = {"MLmodel": PYFUNC, "code/sklearn/__init__.py": b"", "code/torch.py": b"x = 1\n", "code/mine/keras.py": b""}
    found = look(files)
    assert facts(found, "code/sklearn/__init__.py") == [("mlmodel-code-shadows", "sklearn")]
    assert facts(found, "code/torch.py") == [("mlmodel-code-shadows", "torch")]
    assert facts(found, "code/mine/keras.py") == []
