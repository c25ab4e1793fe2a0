"""Writes ``rules/pickle/<library>.yaml``: the names that honest pickles of each library import.

    python benchmarks/pickle_names.py [LIBRARY …]

Run by maintainers where the newest torch, scikit-learn, scipy, numpy, pandas, joblib, xgboost, lightgbm and
transformers are installed; scans read the files that it writes, never what is installed. Names that stand in a file
already stay there, since old pickles use old names. What it writes is reviewed as any other change.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
import textwrap
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

RULES = Path(__file__).parents[1] / "rules" / "pickle"
WALKED = {
    "numpy": ("numpy",),
    "scipy": ("scipy.sparse", "scipy.stats", "scipy.interpolate", "scipy.spatial", "scipy.linalg", "scipy.optimize"),
    "sklearn": ("sklearn",),
    "joblib": (),
    "pandas": ("pandas",),
    "xgboost": ("xgboost",),
    "lightgbm": ("lightgbm",),
    "torch": ("torch.nn", "torch.ao.nn", "torch.optim", "torch.distributions", "torch.utils.data.dataset"),
    "transformers": (),
}
SKIPPED = re.compile(
    r"(?:^|\.)(?:tests?|testing|_testing|conftest|f2py|distutils|externals|datasets|_build_utils|_pytesttester|experimental"
    r"|setup|__main__|io|dask|spark|plotting|clib|_inductor|_dynamo|tracker|collective|federated|util|computation"
    r"|compat|ctypeslib|_config|__config__|_iotools|_npyio_impl|_typing|accessor|apply|interchange|aliases|_ccallback)(?:\.|$)"
)
"""Modules that no model needs."""
ACTS = re.compile(
    r"(?i)memmap|file|path|reader|writer|download|server|client|socket|process|thread|pool|parallel|backend|logger|open"
    r"|temp|popen|shell|command|eval|exec|callback|import|load|save|dump|cache|hook|subproc|datasource|memory|context|pickl|torch_function|dispatch"
)
"""Names of classes that do more than hold a model."""
HONEST = re.compile(
    r"^(?:_?.*GaussianProcess.*|AvgPool|MaxPool|.*Pool\dd|.*Pool|FractionalMaxPool.*|MemoryError|DataParallel)$"
)
"""Those that sound so and hold one."""
CALLED = {
    "numpy": {
        "numpy": "ndarray dtype matrix recarray record void",
        "numpy._core.multiarray": "_reconstruct scalar",
        "numpy._core.numeric": "_frombuffer",
        "numpy._core.records": "recarray record",
        "numpy._core._internal": "_convert_to_stringdtype_kwargs",
        "numpy._core": "_ufunc_reconstruct",
        "numpy._core._multiarray_umath": "_reconstruct scalar",
        "numpy.ma.core": "_mareconstruct",
        "numpy.ma": "_mareconstruct",
        "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
        "numpy.random": "__RandomState_ctor",
        "numpy.dtypes": "StringDType",
    },
    "joblib": {"joblib.numpy_pickle": "NumpyArrayWrapper", "joblib.numpy_pickle_compat": "NDArrayWrapper"},
    "torch": {
        "torch": "Size device dtype layout memory_format Tensor Generator finfo iinfo qscheme",
        "torch._utils": (
            "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state "
            "_rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_nested_tensor "
            "_rebuild_meta_tensor_no_storage _rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor "
            "_rebuild_wrapper_subclass _rebuild_xla_tensor"
        ),
        "torch._tensor": "_rebuild_from_type_v2 _rebuild_from_type",
        "torch.nn.parameter": "_rebuild_parameter Parameter Buffer UninitializedParameter",
        "torch.serialization": "_get_layout",
        "torch.storage": "UntypedStorage TypedStorage _TypedStorage _UntypedStorage",
        "torch.jit._pickle": (
            "build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id restore_type_tag"
        ),
        "torch.torch_version": "TorchVersion",
        "torch.random": "Generator",
    },
    "pandas": {
        "pandas": (
            "DataFrame Series Index RangeIndex MultiIndex CategoricalIndex DatetimeIndex TimedeltaIndex PeriodIndex "
            "IntervalIndex Categorical CategoricalDtype StringDtype DatetimeTZDtype PeriodDtype IntervalDtype "
            "SparseDtype BooleanDtype Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype "
            "UInt64Dtype Float32Dtype Float64Dtype ArrowDtype Timestamp Timedelta Period Interval NaT NA "
            "Int64Index Float64Index UInt64Index NumericIndex"
        ),
        "pandas.core.internals.managers": "BlockManager SingleBlockManager",
        "pandas.core.internals": "BlockManager SingleBlockManager",
        "pandas.core.indexes.base": "_new_Index Index",
        "pandas.core.indexes.datetimes": "_new_DatetimeIndex",
        "pandas.core.indexes.period": "_new_PeriodIndex",
        "pandas.core.indexes.numeric": "Int64Index Float64Index UInt64Index",
        "pandas._libs.internals": "_unpickle_block",
        "pandas._libs.arrays": "__pyx_unpickle_NDArrayBacked",
        "pandas._libs.tslibs.timestamps": "_unpickle_timestamp",
        "pandas._libs.tslibs.timedeltas": "_timedelta_unpickle",
        "pandas._libs.tslibs.nattype": "_nat_unpickle __nat_unpickle",
        "pandas._libs.tslibs.period": "_unpickle_period",
        "pandas._libs.missing": "NAType",
    },
    "sklearn": {"sklearn.neighbors._dist_metrics": "newObj EuclideanDistance", "sklearn.tree._tree": "Tree"},
    "scipy": {},
    "xgboost": {},
    "lightgbm": {},
    "transformers": {},
}
"""What pickles call with arguments, beside classes that say so themselves."""
OLD = {
    "numpy": {"numpy.ma.core": "MaskedArray MaskedConstant", "numpy.matrixlib.defmatrix": "matrix"},
    "xgboost": {"xgboost.core": "Booster DMatrix"},
    "lightgbm": {"lightgbm.basic": "Booster Dataset"},
    "joblib": {"joblib.numpy_pickle": "NDArrayWrapper ZNDArrayWrapper"},
    "scipy": {
        "scipy._lib.array_api_compat.numpy._aliases": "asarray",
        "scipy.sparse.csr": "csr_matrix",
        "scipy.sparse.csc": "csc_matrix",
        "scipy.sparse.coo": "coo_matrix",
        "scipy.sparse.lil": "lil_matrix",
        "scipy.sparse.dok": "dok_matrix",
        "scipy.sparse.dia": "dia_matrix",
        "scipy.sparse.bsr": "bsr_matrix",
    },
    "sklearn": {
        "sklearn.linear_model._base": "LinearRegression",
        "sklearn.ensemble._gb_losses": (
            "BinomialDeviance MultinomialDeviance ExponentialLoss LeastSquaresError LeastAbsoluteError "
            "HuberLossFunction QuantileLossFunction"
        ),
        "sklearn.linear_model._sgd_fast": (
            "Hinge SquaredHinge Log ModifiedHuber SquaredLoss Huber EpsilonInsensitive SquaredEpsilonInsensitive"
        ),
        "sklearn.ensemble._gradient_boosting": "PREDICT",
        "sklearn.preprocessing._imputation": "Imputer",
        "sklearn.impute._base": "SimpleImputer",
        "sklearn.utils": "Bunch",
        "sklearn.cluster._kmeans": "_kmeans_single_lloyd _kmeans_single_elkan",
    },
    "torch": {
        "torch": (
            "DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage "
            "ByteStorage BoolStorage ComplexDoubleStorage ComplexFloatStorage QInt8Storage QUInt8Storage QInt32Storage "
            "QUInt4x2Storage QUInt2x4Storage FloatTensor DoubleTensor HalfTensor LongTensor IntTensor ByteTensor"
        ),
        "torch.cuda": "FloatStorage HalfStorage DoubleStorage LongStorage IntStorage ByteStorage BFloat16Storage",
        "torch.nn.backends.thnn": "_get_thnn_function_backend",
        "torch.nn.parallel.data_parallel": "DataParallel",
        "torch.nn.parallel.distributed": "DistributedDataParallel",
        "torch.cuda.amp.grad_scaler": "GradScaler",
        "torch.amp.grad_scaler": "GradScaler OptState",
        "torch.utils.hooks": "RemovableHandle unserializable_hook",
        "torch.optim.lr_scheduler": "_LRScheduler",
        "torch.utils.data.dataset": "TensorDataset Subset",
    },
    "transformers": {
        "transformers.trainer_utils": (
            "IntervalStrategy HubStrategy SchedulerType SaveStrategy EvaluationStrategy ShardedDDPOption FSDPOption"
        ),
        "transformers.training_args": "TrainingArguments OptimizerNames ParallelMode",
        "transformers.training_args_seq2seq": "Seq2SeqTrainingArguments",
        "transformers.trainer_pt_utils": "AcceleratorConfig LabelSmoother",
        "transformers.integrations.deepspeed": "HfTrainerDeepSpeedConfig HfDeepSpeedConfig",
        "transformers.deepspeed": "HfTrainerDeepSpeedConfig HfDeepSpeedConfig",
        "transformers.tokenization_utils_base": "BatchEncoding",
        "transformers.generation.configuration_utils": "GenerationConfig",
    },
}
"""Classes of versions that are no longer, or that are not walked."""
NAMED = {
    "torch": ("torch.nn.functional", "torch.nn.init", "torch._C._nn", "torch"),
    "numpy": ("numpy",),
    "sklearn": ("sklearn.metrics", "sklearn.metrics.pairwise", "sklearn.feature_selection", "sklearn.preprocessing"),
    "scipy": ("scipy.special", "scipy.stats"),
}
"""Modules whose functions pickles name: activations, scores, transformations."""
TORCH_FUNCTIONS = re.compile(
    r"^(?:relu|sigmoid|tanh|exp|log|abs|sqrt|softmax|sin|cos|erf|add|mul|sub|div|matmul|cat|stack)$"
)
REDUCERS = ("__reduce__", "__reduce_cython__")
SHORT = 80
"""Characters of names that stand beside their module."""
BASES = re.compile(r"(?:Pre[tT]rainedConfig|Tokenizer(?:Fast)?|PythonBackend|TokenizersBackend|^ExplicitEnum|^Enum)$")
"""What configurations, tokenizers and enumerations of transformers derive from."""


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    for library in names or WALKED:
        tiers = found(library)
        merge(library, tiers)
        write(library, tiers)


def found(library: str) -> dict[str, dict[str, set[str]]]:
    """Every name of a library by tier and module."""
    tiers: dict[str, dict[str, set[str]]] = {
        kind: defaultdict(set) for kind in ("constructors", "classes", "functions")
    }
    for module, words in CALLED[library].items():
        tiers["constructors"][module].update(words.split())
    for module, words in OLD.get(library, {}).items():
        tiers["classes"][module].update(words.split())
    for root in WALKED[library]:
        for module in modules(root):
            look(module, library, tiers)
    if library == "transformers":
        read_transformers(tiers["classes"])
    if library == "numpy":
        for kind in _below(importlib.import_module("numpy").generic):
            tiers["constructors"][kind.__module__].add(kind.__name__)
    if library == "torch":
        torch = importlib.import_module("torch")
        tiers["constructors"]["torch"].update(
            name for name, value in vars(torch).items() if isinstance(value, (torch.dtype, torch.qscheme, torch.layout))
        )
    for name in NAMED.get(library, ()):
        functions(importlib.import_module(name), library, tiers["functions"])
    return tiers


def modules(root: str) -> Iterator[ModuleType]:
    """A package and all that lies in it, as far as it can be imported."""
    package = importlib.import_module(root)
    yield package
    for info in pkgutil.walk_packages(getattr(package, "__path__", ()), root + ".", onerror=lambda _: None):
        if not SKIPPED.search(info.name):
            try:
                yield importlib.import_module(info.name)
            except Exception as cause:  # noqa: BLE001 - a part that lacks its own libraries is none of this list
                print(f"{info.name}: {cause}"[:120], file=sys.stderr)


def look(module: ModuleType, library: str, tiers: dict[str, dict[str, set[str]]]) -> None:
    """Sort what a module defines."""
    for name, value in list(vars(module).items()):
        if re.fullmatch(r"newObj|__pyx_unpickle_\w+", name) and callable(value):
            tiers["constructors"][module.__name__].add(name)
        if not isinstance(value, type):
            continue
        home = value.__module__
        if home.partition(".")[0] != library or SKIPPED.search(home) or not holds_a_model(value, library):
            continue
        tiers["constructors" if reduces_itself(value) else "classes"][home].add(value.__qualname__)


def holds_a_model(kind: type, library: str) -> bool:
    """Whether a class is data: no file, no process, no exception, nothing abstract of typing."""
    name = kind.__name__
    if "<" in kind.__qualname__ or issubclass(kind, BaseException):
        return False
    if ACTS.search(name) and not HONEST.match(name):
        return False
    if library == "torch":
        torch = importlib.import_module("torch")
        bases = (torch.nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler)
        bases += (torch.distributions.Distribution, torch.distributions.transforms.Transform)
        return issubclass(kind, bases)
    return not hasattr(kind, "__enter__") and "__del__" not in vars(kind)


def reduces_itself(kind: type) -> bool:
    """Whether its own code says how it is called back to life, which only extension types do."""
    owned = (base.__dict__[name] for base in kind.__mro__[:-1] for name in REDUCERS if name in base.__dict__)
    return any(not inspect.isfunction(method) for method in owned)


def functions(module: ModuleType, library: str, into: dict[str, set[str]]) -> None:
    """Functions that a pickle names by where they are defined."""
    for name, value in vars(module).items():
        home = getattr(value, "__module__", None) or module.__name__
        if (
            name.startswith("_")
            or name == "test"
            or isinstance(value, (type, ModuleType))
            or not callable(value)
            or ACTS.search(name)
        ):
            continue
        if not isinstance(home, str) or home.partition(".")[0] != library or SKIPPED.search(home):
            continue
        if module.__name__ == library and not is_plain(name, value, library):
            continue
        into[home].add(getattr(value, "__name__", name))
        into[module.__name__].add(name)


def is_plain(name: str, value: Any, library: str) -> bool:
    """Whether a function of a library's outermost module only reckons."""
    if library == "numpy":
        return isinstance(value, importlib.import_module("numpy").ufunc) or name in {
            "mean",
            "median",
            "std",
            "var",
            "sum",
        }
    return bool(TORCH_FUNCTIONS.match(name))


def read_transformers(into: dict[str, set[str]]) -> None:
    """Classes of transformers, read from its source, since importing all of it takes a day's memory."""
    spec = importlib.util.find_spec("transformers")
    root = Path(spec.origin).parent if spec and spec.origin else None
    for path in sorted(root.rglob("*.py")) if root else ():
        module = ".".join(("transformers", *path.relative_to(root).with_suffix("").parts))
        if SKIPPED.search(module) or not re.match(
            r"transformers\.(?:models\.|generation\.|configuration|tokenization)", module
        ):
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
            if any(BASES.search(base) for base in bases) and not ACTS.search(node.name):
                into[module].add(node.name)


def merge(library: str, tiers: dict[str, dict[str, set[str]]]) -> None:
    """Add what the file has already, and leave each name in the best tier only."""
    path = RULES / f"{library}.yaml"
    given = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    for kind, listed in tiers.items():
        for module, words in (given.get(kind) or {}).items():
            listed[module].update(words.split())
    for better, worse in (("constructors", "classes"), ("constructors", "functions"), ("classes", "functions")):
        for module, words in tiers[better].items():
            tiers[worse][module] -= words


def write(library: str, tiers: dict[str, dict[str, set[str]]]) -> None:
    """Write a library's file, sorted, so that a change is easy to review."""
    version = getattr(importlib.import_module(library), "__version__", "")
    lines = [
        f"# Written by benchmarks/pickle_names.py, last from {library} {version.partition('+')[0]}.",
        f"description: What honest pickles of {library} import",
    ]
    for kind, listed in tiers.items():
        lines += ["", f"{kind}:"]
        for module in sorted(name for name, words in listed.items() if words):
            text = textwrap.wrap(" ".join(sorted(listed[module])), 110, break_long_words=False)
            lines += (
                [f"  {module}: {text[0]}"]
                if len(text) == 1 and len(text[0]) < SHORT
                else [f"  {module}: >-"] + [f"    {line}" for line in text]
            )
        if lines[-1] == f"{kind}:":
            lines[-1] = f"{kind}: {{}}"
    (RULES / f"{library}.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    print(library, {kind: sum(map(len, listed.values())) for kind, listed in tiers.items()})


def _below(kind: type) -> Iterator[type]:
    yield kind
    for one in kind.__subclasses__():
        yield from _below(one)


if __name__ == "__main__":
    main(sys.argv[1:])
