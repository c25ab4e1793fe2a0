"""Writes honest files with the libraries that are installed here: ``python model_libraries.py FOLDER``.

Run by an interpreter of an environment with scikit-learn, torch and others, which need not hold anything of ours. What
is missing there is said and left out. The files go below ``pickle/`` and ``other/``, by library.
"""

# ruff: noqa: E501 - a table of what is made
from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _data() -> tuple[Any, Any]:
    import numpy as np

    return np.random.default_rng(0).random((40, 4)), np.arange(40) % 2


def scikit_learn(folder: Path) -> None:
    """Estimators of every kind, as pickles and by joblib."""
    import joblib
    from sklearn import (
        cluster,
        compose,
        decomposition,
        ensemble,
        feature_selection,
        gaussian_process,
        linear_model,
        mixture,
        model_selection,
        naive_bayes,
        neighbors,
        neural_network,
        pipeline,
        preprocessing,
        svm,
        tree,
    )
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    features, labels = _data()
    columns = compose.ColumnTransformer(
        [
            ("a", preprocessing.StandardScaler(), [0, 1]),
            ("b", preprocessing.OneHotEncoder(handle_unknown="ignore"), [2]),
        ]
    )
    models = [
        linear_model.LogisticRegression(), linear_model.Ridge(), linear_model.SGDClassifier(), linear_model.Lasso(),
        ensemble.RandomForestClassifier(5), ensemble.GradientBoostingClassifier(n_estimators=5), ensemble.IsolationForest(n_estimators=5),
        ensemble.HistGradientBoostingClassifier(max_iter=5), ensemble.AdaBoostClassifier(n_estimators=3), ensemble.ExtraTreesRegressor(5),
        ensemble.BaggingClassifier(n_estimators=3), svm.SVC(), svm.LinearSVC(), tree.DecisionTreeClassifier(), naive_bayes.GaussianNB(),
        neighbors.KNeighborsClassifier(), neighbors.KernelDensity(), neural_network.MLPClassifier((4,), max_iter=5), cluster.KMeans(2, n_init=1),
        cluster.DBSCAN(), decomposition.PCA(2), decomposition.NMF(2), mixture.GaussianMixture(2), gaussian_process.GaussianProcessRegressor(),
        preprocessing.MinMaxScaler(), preprocessing.PolynomialFeatures(), feature_selection.SelectKBest(k=2),
        pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()), pipeline.Pipeline([("c", columns), ("m", tree.DecisionTreeRegressor())]),
        model_selection.GridSearchCV(tree.DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2),
    ]  # fmt: skip
    for at, model in enumerate(models):
        model.fit(features, labels)
        name = f"{type(model).__name__}-{at}"
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(model, at % 5 + 1))
        joblib.dump(model, folder / f"{name}.joblib", compress=(0, 3, ("gzip", 3), ("xz", 1))[at % 4])
    for vectorizer in (TfidfVectorizer(), CountVectorizer(ngram_range=(1, 2))):
        vectorizer.fit(["a first text", "another text", "import os"])
        joblib.dump(vectorizer, folder / f"{type(vectorizer).__name__}.joblib")


def numpy(folder: Path) -> None:
    """Arrays in its own formats, and scalars and generators as pickles."""
    import numpy as np

    np.save(folder / "matrix.npy", np.eye(3))
    np.save(folder / "words.npy", np.array(["a", "bc"]))
    np.save(folder / "dates.npy", np.array(["2024-01-01"], dtype="M8[D]"))
    np.savez(folder / "several.npz", a=np.arange(3), b=np.zeros((2, 2), "f4", order="F"))
    np.savez_compressed(folder / "packed.npz", a=np.arange(1000))
    values = {
        "array": np.eye(4),
        "scalar": np.float32(1.5),
        "random": np.random.default_rng(0),
        "masked": np.ma.array([1, 2], mask=[0, 1]),
        "objects": np.array([{"a": 1}, None], dtype=object),
        "record": np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
        "old": np.random.RandomState(0),
    }
    for name, value in values.items():
        for version in (2, 5):
            (folder / f"{name}-{version}.pkl").write_bytes(pickle.dumps(value, version))


def pandas(folder: Path) -> None:
    """Frames with columns of every kind."""
    import pandas as pd

    frame = pd.DataFrame({"number": [1.5, 2.5], "text": ["a", None], "kind": pd.Categorical(["x", "y"])})
    frame["day"] = pd.to_datetime(["2020-01-01", "2020-01-02"]).tz_localize("UTC")
    frame.to_pickle(folder / "frame.pkl")
    frame.to_pickle(folder / "frame.pkl.gz")
    frame.to_pickle(folder / "frame.pkl.xz")
    frame["number"].to_pickle(folder / "series.pkl")
    frame.set_index(["text", "kind"]).to_pickle(folder / "indexed.pkl")
    pd.period_range("2020", periods=3, freq="M").to_series().to_pickle(folder / "periods.pkl")
    frame.astype({"number": "Float64", "text": "string"}).to_pickle(folder / "extended.pkl")


def torch(folder: Path) -> None:
    """States, whole modules, optimizers, programs, both formats."""
    import torch as library
    from torch import nn

    layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 2))
    adam = library.optim.AdamW(layers.parameters())
    layers(library.zeros(2, 4)).sum().backward()
    adam.step()
    kinds = {
        "half": library.zeros(3, dtype=library.float16),
        "long": library.arange(4),
        "brain": library.zeros(2, dtype=library.bfloat16),
        "flags": library.tensor([True]),
        "sparse": library.eye(3).to_sparse(),
        "quantized": library.quantize_per_tensor(library.zeros(3), 0.1, 0, library.qint8),
        "parameter": nn.Parameter(library.zeros(2)),
        "complex": library.zeros(2, dtype=library.cfloat),
    }
    saved = {
        "state": layers.state_dict(),
        "module": layers,
        "optimizer": adam.state_dict(),
        "kinds": kinds,
        "training": {
            "model": layers.state_dict(),
            "optimizer": adam.state_dict(),
            "epoch": 3,
            "loss": 0.5,
            "random": library.get_rng_state(),
        },
        "transformer": nn.TransformerEncoderLayer(8, 2),
        "recurrent": nn.LSTM(3, 4, bidirectional=True),
        "convolution": nn.Conv2d(3, 4, 3),
    }
    for name, value in saved.items():
        library.save(value, folder / f"{name}.pt")
        library.save(value, folder / f"{name}-legacy.pth", _use_new_zipfile_serialization=False)
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(value, 4))
    library.jit.script(nn.Sequential(nn.Linear(2, 2), nn.ReLU())).save(str(folder / "program.pt"))


def xgboost(folder: Path) -> None:
    """A classifier as a pickle."""
    import xgboost as library

    model = library.XGBClassifier(n_estimators=3).fit(*_data())
    (folder / "classifier.pkl").write_bytes(pickle.dumps(model))
    model.save_model(folder / "classifier.ubj")


def lightgbm(folder: Path) -> None:
    """A classifier as a pickle and by joblib."""
    import joblib
    import lightgbm as library

    model = library.LGBMClassifier(n_estimators=3, verbose=-1).fit(*_data())
    (folder / "classifier.pkl").write_bytes(pickle.dumps(model))
    joblib.dump(model, folder / "classifier.joblib", compress=3)


def transformers(folder: Path) -> None:
    """Arguments of training as its trainer leaves them, and a small model."""
    import torch as library
    from transformers import BertConfig, BertModel

    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=32)
    model = BertModel(config)
    library.save(model.state_dict(), folder / "pytorch_model.bin")
    library.save(model, folder / "whole.bin")
    (folder / "config.pkl").write_bytes(pickle.dumps(config))


def safetensors(folder: Path) -> None:
    """Tensors of every width."""
    import numpy as np
    from safetensors.numpy import save_file

    save_file({"a": np.eye(3, dtype="f4"), "b": np.zeros(0, "i8")}, folder / "plain.safetensors")
    save_file({"w": np.zeros((2, 2), "f2")}, folder / "described.safetensors", metadata={"format": "pt"})


def cloudpickle(folder: Path) -> None:
    """Plain values, which need none of its functions."""
    import cloudpickle as library

    (folder / "values.pkl").write_bytes(library.dumps({"a": [1, 2]}))


PICKLE, OTHER = "pickle", "other"
WRITERS: dict[Callable[[Path], None], str] = {
    scikit_learn: PICKLE, numpy: PICKLE, pandas: PICKLE, torch: PICKLE, xgboost: PICKLE, lightgbm: PICKLE,
    transformers: PICKLE, cloudpickle: PICKLE, safetensors: OTHER,
}  # fmt: skip


def main() -> int:
    home = Path(sys.argv[1])
    for writer, family in WRITERS.items():
        folder = home / family / writer.__name__
        folder.mkdir(parents=True)
        try:
            writer(folder)
        except ImportError as problem:
            print(f"{writer.__name__} is left out: {problem}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
