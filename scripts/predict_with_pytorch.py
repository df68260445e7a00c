#!/usr/bin/env python3
"""Predicts rows of a CSV file with a model of backgemm, without backgemm.

    predict_with_pytorch.py MODEL DATA.csv                       prints the outputs as CSV
    predict_with_pytorch.py MODEL DATA.csv --against PRED.csv    compares them instead

PRED.csv is what `backgemm predict MODEL DATA.csv --proba` wrote.  DATA is CSV with commas, packed
with gzip or not; of the other formats that backgemm reads this script reads none.

Needs two packages, numpy and safetensors (pip install numpy safetensors); PyTorch is used where it
is installed, and without it (or with --engine numpy) the same is done in NumPy.

The model is read by the safetensors package, its weights go into torch.nn.Linear as they are, and
the metadata say the rest: which columns, their scaling, the activations.
"""
import argparse
import csv
import gzip
import json
import math
import sys

try:
    import numpy
    from safetensors import safe_open
except ImportError as missing:
    sys.exit(f"predict_with_pytorch.py: {missing}; pip install numpy safetensors")

try:
    import torch
except ImportError:
    torch = None


def read_model(path):
    """Metadata and tensors by name."""
    with safe_open(path, framework="numpy") as file:
        return file.metadata(), {name: file.get_tensor(name) for name in file.keys()}


def read_rows(path):
    """The rows of a CSV file that hold anything, unpacked if it is gzip's."""
    try:
        with open(path, "rb") as file:
            unpack = gzip.open if file.read(2) == b"\x1f\x8b" else open
        with unpack(path, "rt", newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as problem:
        sys.exit(f"{path}: cannot be read as CSV: {problem}")
    return rows or sys.exit(f"{path}: there are no rows")


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def places_of_inputs(metadata, width, columns):
    """The first columns, but where all of the training are there: then without its weights and its
    targets."""
    targets = int(metadata.get("target_columns", 0))
    weights = int(metadata.get("weights_column", columns + 1)) - 1
    others = list(range(columns))
    if columns == width + targets + 1 and weights in others:
        others.remove(weights)
    if len(others) == width + targets and "target_places" in metadata:
        for place in json.loads(metadata["target_places"]):
            place -= 1 if len(others) == columns and weights < place - 1 else 0
            others = [c for c in others if c != place - 1]
    return others[:width]


def read_inputs(path, metadata, width):
    """The input columns as float64, by name where both have names, else by place; scaled."""
    rows = read_rows(path)
    names = json.loads(metadata["inputs"]) if "inputs" in metadata else None
    columns = places_of_inputs(metadata, width, len(rows[0]))
    header = [name.strip() for name in rows[0]]
    if not all(is_number(header[c]) for c in columns) or (names and set(names) <= set(header)):
        rows.pop(0)
        if names is not None:
            columns = [header.index(name) for name in names]
    x = numpy.array([[float(row[c]) for c in columns] for row in rows])
    if "task" in metadata:
        x = (x - json.loads(metadata["offsets"])) / json.loads(metadata["scales"])
    return x


def softmax(z):
    e = numpy.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


NUMPY = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 0.5 * (1 + numpy.tanh(0.5 * z)),
    "tanh": numpy.tanh,
    "relu": lambda z: numpy.maximum(z, 0),
    "leaky_relu": lambda z: numpy.where(z > 0, z, z * z.dtype.type(0.01)),
    "elu": lambda z: numpy.where(z > 0, z, numpy.expm1(numpy.minimum(z, 0))),
    "softplus": lambda z: numpy.logaddexp(z, z.dtype.type(0)),
    "gelu": lambda z: z * (0.5 + 0.5 * numpy.vectorize(math.erf)(z / math.sqrt(2))),
    "silu": lambda z: z * 0.5 * (1 + numpy.tanh(0.5 * z)),
    "softmax": softmax,
}


def predict_numpy(x, tensors, activations):
    a = x.astype(tensors["layers.0.weight"].dtype)
    for layer, name in enumerate(activations):
        a = NUMPY[name](a @ tensors[f"layers.{layer}.weight"].T + tensors[f"layers.{layer}.bias"])
    return a


def predict_torch(x, tensors, activations):
    modules = {
        "identity": torch.nn.Identity,
        "sigmoid": torch.nn.Sigmoid,
        "tanh": torch.nn.Tanh,
        "relu": torch.nn.ReLU,
        "leaky_relu": lambda: torch.nn.LeakyReLU(0.01),
        "elu": torch.nn.ELU,
        "softplus": lambda: torch.nn.Softplus(threshold=50),
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
        "softmax": lambda: torch.nn.Softmax(dim=1),
    }
    stack = []
    for layer, name in enumerate(activations):
        weight = torch.from_numpy(tensors[f"layers.{layer}.weight"])
        bias = torch.from_numpy(tensors[f"layers.{layer}.bias"])
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
        linear.load_state_dict({"weight": weight, "bias": bias})  # [out, in]: no transposing
        stack += [linear, modules[name]()]
    with torch.no_grad():
        return torch.nn.Sequential(*stack)(torch.from_numpy(x).to(weight.dtype)).numpy()


def compare(outputs, path, tolerance):
    """Exit code: 0 when every number agrees to tolerance, absolute or relative."""
    rows = read_rows(path)
    if not is_number(rows[0][0]):
        rows.pop(0)
    theirs = numpy.array([[float(cell) for cell in row] for row in rows])
    if theirs.shape != outputs.shape:
        print(f"{path}: {theirs.shape[0]} rows of {theirs.shape[1]}, expected {outputs.shape}")
        return 1
    worst = numpy.max(numpy.abs(theirs - outputs) / numpy.maximum(1, numpy.abs(outputs)))
    print(f"{outputs.shape[0]} rows of {outputs.shape[1]}: largest difference {worst:.1e}")
    return 0 if worst <= tolerance else 1


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("data", metavar="DATA.csv")
    parser.add_argument("--engine", choices=["torch", "numpy"])
    parser.add_argument("--against", metavar="PRED.csv")
    parser.add_argument("--tolerance", type=float, default=1e-6, metavar="T",
                        help="absolute or relative, for --against (default: %(default)s)")
    options = parser.parse_args(arguments)
    engine = options.engine or ("torch" if torch else "numpy")
    if engine == "torch" and not torch:
        parser.error("PyTorch is not installed")
    metadata, tensors = read_model(options.model)
    activations = json.loads(metadata["activations"])
    x = read_inputs(options.data, metadata, tensors["layers.0.weight"].shape[1])
    predict = predict_torch if engine == "torch" else predict_numpy
    outputs = predict(x, tensors, activations)
    if options.against:
        return compare(outputs, options.against, options.tolerance)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    names = metadata.get("classes") or metadata.get("targets")
    if names:
        writer.writerow(json.loads(names))
    writer.writerows([str(value) for value in row] for row in outputs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
