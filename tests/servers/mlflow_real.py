"""A real MLflow server over SQLite on loopback, filled over its own REST interface."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from servers import ports

_PATIENCE = 600.0
_API = "api/2.0/mlflow/"


@dataclass(frozen=True)
class Run:
    """A run, in whose folder files of models lie."""

    number: str
    uri: str


@dataclass(frozen=True)
class Registry:
    """The server."""

    url: str
    folder: Path

    def post(self, path: str, **body: object) -> dict[str, Any]:
        """What the REST interface answers."""
        answer = requests.post(f"{self.url}/{_API}{path}", json=body, timeout=_PATIENCE)
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def run(self, experiment: str = "0") -> Run:
        """A new run."""
        told = self.post("runs/create", experiment_id=experiment)["run"]["info"]
        return Run(told["run_id"], told["artifact_uri"])

    def put(self, run: Run, path: str, data: bytes) -> None:
        """A file of the run, in place of one that lies there."""
        root = run.uri.removeprefix("mlflow-artifacts:/")
        url = f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{root}/{path}"
        assert requests.put(url, data=data, timeout=_PATIENCE).ok

    def register(self, name: str, files: Mapping[str, bytes]) -> Run:
        """A further version of a model with these files; the run that they lie in, below ``model``."""
        run = self.run()
        for path, data in files.items():
            self.put(run, f"model/{path}", data)
        self.version(name, source=f"{run.uri}/model", run_id=run.number)
        return run

    def version(self, name: str, **said: object) -> str:
        """A further version of a model or prompt; its number."""
        requests.post(f"{self.url}/{_API}registered-models/create", json={"name": name}, timeout=_PATIENCE)
        told = self.post("model-versions/create", name=name, **said)["model_version"]
        return str(told["version"])

    def alias(self, name: str, alias: str, version: str) -> None:
        """Lead an alias to a version."""
        self.post("registered-models/alias", name=name, alias=alias, version=version)

    def prompt(self, name: str, text: str, kind: str = "text") -> str:
        """A further version of a prompt, as MLflow's own client registers it."""
        mark = {"key": "mlflow.prompt.is_prompt", "value": "true"}
        requests.post(
            f"{self.url}/{_API}registered-models/create", json={"name": name, "tags": [mark]}, timeout=_PATIENCE
        )
        tags = [mark, {"key": "_mlflow_prompt_type", "value": kind}, {"key": "mlflow.prompt.text", "value": text}]
        told = self.post("model-versions/create", name=name, source="dummy-source", tags=tags)["model_version"]
        return str(told["version"])


@contextmanager
def serving(python: Path, folder: Path) -> Iterator[Registry]:
    """One that answers until the end of the block; ``python`` has MLflow installed."""
    port = ports.unused()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    stores = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts"]
    command = [str(python), "-m", "mlflow", "server", *stores, "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--workers", "1"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, folder / "server.log")
        yield Registry(url, folder)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=60).ok:
                return
        except requests.exceptions.RequestException:
            time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])
