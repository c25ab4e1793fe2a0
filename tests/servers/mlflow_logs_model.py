"""Logs and registers a model with MLflow's own client, as its users do; started with an interpreter that has MLflow."""

import sys
from pathlib import Path

import mlflow  # type: ignore[import-not-found]  # installed where this runs, and not where types are checked
from mlflow.pyfunc import PythonModel  # type: ignore[import-not-found]  # the same


class Doubling(PythonModel):  # type: ignore[misc]  # the same
    """Says everything twice."""

    def predict(self, model_input: list[str]) -> list[str]:
        """What MLflow calls."""
        return [one * 2 for one in model_input]


def main(url: str, name: str, code: Path) -> None:
    """Register it under ``name`` with a folder of code, and a prompt of the same name with ``-prompt`` after it."""
    mlflow.set_tracking_uri(url)
    (code / "helpers").mkdir(parents=True)
    (code / "helpers" / "__init__.py").write_text("FACTOR = 2\n", "utf-8")
    with mlflow.start_run():
        mlflow.pyfunc.log_model(
            name="model",
            python_model=Doubling(),
            code_paths=[str(code / "helpers")],
            pip_requirements=["mlflow"],
            registered_model_name=name,
        )
    told = [{"role": "system", "content": "Be kind to {{name}}."}]
    mlflow.genai.register_prompt(name=f"{name}-prompt", template=told, response_format={"type": "object"})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
