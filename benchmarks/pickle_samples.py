"""Writes the small honest pickles of ``tests/data/models/pickle``, each with what its library really writes.

    python benchmarks/pickle_samples.py

Run by maintainers where the libraries are installed; the tests read the files and load none.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "models" / "pickle"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    features = np.random.default_rng(0).random((12, 4))
    labels = np.arange(12) % 2
    steps = StandardScaler(), FunctionTransformer(np.exp), SelectKBest(f_classif, k=2), LogisticRegression()
    pipeline = make_pipeline(*steps).fit(features, labels)
    frame = pd.DataFrame(
        {
            "number": [1.5, 2.5],
            "text": ["a", None],
            "day": pd.to_datetime(["2020-01-01", "2020-01-02"]).tz_localize("Europe/Berlin"),
            "kind": pd.Categorical(["x", "y"]),
        }
    )
    arrays = {
        "weights": np.arange(600.0),
        "objects": np.array([1, "x", None], dtype=object),
        "more": [np.zeros((2, 3), "f4", order="F"), np.array(["ab", "c"]), np.array(["2020"], "M8[D]")],
    }
    layers = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.BatchNorm1d(2))
    for protocol in (0, 2, 4):
        (FOLDER / f"pipeline-protocol-{protocol}.pkl").write_bytes(pickle.dumps(pipeline, protocol))
    (FOLDER / "forest.pkl").write_bytes(pickle.dumps(RandomForestClassifier(2, max_depth=2).fit(features, labels), 5))
    (FOLDER / "frame.pkl").write_bytes(pickle.dumps(frame, 4))
    (FOLDER / "layers.pkl").write_bytes(pickle.dumps(layers, 4))
    joblib.dump(arrays, FOLDER / "arrays.joblib")
    torch.save(layers.state_dict(), FOLDER / "weights-legacy.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
