"""The six workloads of `backgemm bench` and one of few rows on wide layers: shapes, settings, and
data that every side reads from the same files."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

SEED = 1


@dataclass
class Workload:
    name: str
    layers: list  # widths, inputs first
    rows: int
    hidden: str
    output: str
    loss: str  # mse: mean over rows and outputs; softmax_ce: mean over rows
    optimizer: str
    lr: float
    check_steps: int  # updates after which all sides must have the same loss
    batch: int = 0  # 0: all rows at once; else a step of the table is an epoch of such batches

    def updates(self):
        """Updates in a step of the table."""
        return self.rows // self.batch if self.batch else 1

    def flops(self):
        """GEMM work of a step of the table: forward, dW, and deltas from layer 2 on."""
        pairs = list(zip(self.layers, self.layers[1:]))
        return self.rows * sum((6 if i else 4) * a * b for i, (a, b) in enumerate(pairs))


WORKLOADS = [
    Workload("xor4", [2, 3, 1], 4, "sigmoid", "sigmoid", "mse", "gd", 5.0, 100),
    Workload("xor4M", [2, 3, 1], 4194304, "sigmoid", "sigmoid", "mse", "gd", 5.0, 20),
    Workload("parity16", [16, 64, 64, 1], 65536, "tanh", "identity", "mse", "gd", 0.01, 20),
    Workload("mnist", [784, 512, 256, 10], 8192, "relu", "softmax", "softmax_ce", "gd", 0.1, 5),
    Workload("wide", [1024] * 5, 4096, "relu", "identity", "mse", "gd", 10.0, 3),
    Workload("mini", [784, 128, 10], 8000, "relu", "softmax", "softmax_ce", "adam", 1e-3, 125, 64),
    Workload("few", [1024, 1024, 1024, 10], 1024, "tanh", "identity", "mse", "gd", 0.01, 64, 16),
]
BY_NAME = {w.name: w for w in WORKLOADS}

# What a survey draws from.
WIDTHS = [1, 2, 3, 5, 8, 13, 16, 24, 32, 50, 64, 100, 128, 200, 256, 300, 400, 512, 700, 1000, 1024,
          1500, 2048, 4096]
ROWS = [1, 4, 16, 32, 64, 128, 256, 512, 1000, 2048, 4096, 8192, 20000, 65536]
HIDDEN = ["relu", "tanh", "sigmoid", "silu", "gelu"]
MOST_WORK = 5e10  # multiply-adds forward
MOST_NUMBERS = 2e8  # inputs, activations and outputs of all rows
MOST_WEIGHTS = 1e7


def random_workloads(count, seed):
    """Networks of one to four layers on full batches, of shapes that nobody chose."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        layers = [int(n) for n in rng.choice(WIDTHS, rng.integers(2, 6))]
        rows = int(rng.choice(ROWS))
        weights = sum(a * b for a, b in zip(layers, layers[1:]))
        if weights > MOST_WEIGHTS or rows * weights > MOST_WORK or \
                rows * sum(layers) > MOST_NUMBERS:
            continue
        hidden = str(rng.choice(HIDDEN))
        name = "-".join(map(str, layers)) + f" {hidden}, {rows} row{'s' if rows > 1 else ''}"
        # A step that neither diverges nor leaves the loss where it was: the curvature grows with
        # the inputs and is shared out among the outputs.
        rate = 0.2 * layers[-1] / max(layers[:-1])
        found.append(Workload(name, layers, rows, hidden, "identity", "mse", "gd", rate, 10))
    return found


# --------------------------------------------------------------------------- the data

def make_rows(work, rng):
    """Inputs and targets, all of them numbers that float32 holds."""
    inputs, outputs = work.layers[0], work.layers[-1]
    if inputs <= 16 and outputs == 1:  # a truth table, every row equally often, and its parity
        table = np.arange(work.rows) % (1 << inputs)
        x = (rng.permutation(table)[:, None] >> np.arange(inputs)) & 1
        return x.astype(float), (x.sum(axis=1) % 2)[:, None].astype(float)
    if work.loss == "softmax_ce":  # grey levels, classes at random
        x = rng.integers(0, 256, (work.rows, inputs)) / np.float32(255)
        return x.astype(np.float32).astype(float), np.eye(outputs)[
            rng.integers(0, outputs, work.rows)]
    x = rng.standard_normal((work.rows, inputs), dtype=np.float32)
    t = rng.standard_normal((work.rows, outputs), dtype=np.float32)
    return x.astype(float), t.astype(float)


def make_weights(work, rng):
    """Glorot's uniform weights as [out][in], biases 0."""
    weights = []
    for n_in, n_out in zip(work.layers, work.layers[1:]):
        most = (6 / (n_in + n_out)) ** 0.5
        w = rng.uniform(-most, most, (n_out, n_in)).astype(np.float32)
        weights.append((w.astype(float), np.zeros(n_out)))
    return weights


MASK = (1 << 64) - 1


def splitmix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    z = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return x, z ^ (z >> 31)


def epoch_order(seed, epoch, rows):
    """The order in which backgemm takes the rows: xoshiro256** of Blackman and Vigna, seeded by
    splitmix64, and the shuffle of Fisher and Yates with Lemire's bounded numbers."""
    _, mixed = splitmix(1 + epoch)
    x, s = seed ^ mixed, []
    for _ in range(4):
        x, word = splitmix(x)
        s.append(word)

    def turn(word, k):
        return ((word << k) | (word >> (64 - k))) & MASK

    def draw():
        result = turn(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = turn(s[3], 45)
        return result

    def below(bound):
        product = draw() * bound
        while (product & MASK) < (1 << 64) % bound:
            product = draw() * bound
        return product >> 64

    order = list(range(rows))
    for i in range(rows, 1, -1):
        j = below(i)
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


ORDERS = 4  # epochs after these take them once more


def write_files(work, folder):
    """What all sides read: x, t, start weights, orders of the rows, and the settings."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    x, t = make_rows(work, rng)
    np.save(folder / "x.npy", x)
    np.save(folder / "t.npy", t)
    for l, (w, b) in enumerate(make_weights(work, rng), 1):
        np.save(folder / f"w{l}.npy", w)
        np.save(folder / f"b{l}.npy", b)
    if work.batch:
        orders = [epoch_order(SEED, epoch, work.rows) for epoch in range(ORDERS)]
        np.save(folder / "orders.npy", np.array(orders, dtype=np.int32))
    (folder / "spec.json").write_text(json.dumps(asdict(work)))


def read_files(folder):
    """The workload, and x, t, [(w, b)], orders in double."""
    folder = Path(folder)
    work = Workload(**json.loads((folder / "spec.json").read_text()))
    load = lambda name: np.load(folder / f"{name}.npy")
    weights = [(load(f"w{l}"), load(f"b{l}")) for l in range(1, len(work.layers))]
    return work, load("x"), load("t"), weights, load("orders") if work.batch else None
