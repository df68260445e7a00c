#!/usr/bin/env python3
"""Writes tests/data/torch_values.txt: what PyTorch computes, as an oracle for the tests.

    python3 scripts/make_torch_values.py > tests/data/torch_values.txt

PyTorch (and nothing else) must be installed; the tests need only the file.  All is done in float64
on one thread.  Start parameters, inputs and targets come from Python's own seeded generator,
rounded to three decimals, so they are the same wherever the script runs.

Format: lines starting with # are comments, blank lines separate.  The rest is a list of records

    NAME ROWS COLUMNS
    number number ...            (ROWS lines of COLUMNS numbers, written with %.17g)

NAME has no spaces; its words, joined by "/", are those of the library (bg_name).  Parameters and
gradients are flat, as in bg_gradient: for each layer W[out][in] row by row, then b.

Training: networks `tanh` (4-5-3: tanh, softmax; softmax_ce; mean) and `sigmoid` (3-4-2: sigmoid,
sigmoid; mse; mean), 12 rows, ten steps on all rows.  OPTIMIZER is its word, or
OPTIMIZER-SCHEDULE, OPTIMIZER-clip, OPTIMIZER-penalty, OPTIMIZER-weights, where the loss is
sum w[i] E[i] / sum w[i] over the rows, or OPTIMIZER-dropout, where hidden units are dropped with
probability `dropout`, by the hash of src/kernel/dropout.h, written anew in Python's integers.

    train/NET/widths                  1 x 3    n[0..2]
    train/NET/inputs, targets        12 x n0, 12 x n2
    train/NET/start                   1 x P    parameters before the first step
    train/NET/weights                12 x 1    w of the rows
    train/NET/OPTIMIZER/settings      1 x 5    lr, momentum, beta1, beta2, epsilon (0: not used);
                                  or  1 x 7    and alpha, weight decay
                                  or  1 x 12   and warmup, step_size, gamma, t_max, eta_min
                                  or  1 x 15   and clip, l1, l2
                                  or  1 x 17   and dropout, seed
    train/NET/OPTIMIZER/lr            1 x 10   of each step, where a schedule moves it
    train/NET/OPTIMIZER/norm          1 x 10   of each gradient, where it is clipped
    train/NET/OPTIMIZER/loss          1 x 10   before each step
    train/NET/OPTIMIZER/parameters   10 x P    after each step

Gradients: 3-4-2 networks on 5 rows, one for every activation and loss, the activation in both
layers (softmax: tanh in the hidden layer).  No z, residual or |residual| - 1 is within 0.02 of 0,
so kinks do not matter.  For bce and softmax_ce every output lies in (0.05, 0.95).  Targets of
softmax_ce are one-hot; those of bce lie in 0..1, both ends in.

    pair/inputs                              5 x 3
    pair/ACTIVATION/LOSS/targets             5 x 2
    pair/ACTIVATION/LOSS/parameters          1 x 26
    pair/ACTIVATION/LOSS/outputs             5 x 2
    pair/ACTIVATION/LOSS/REDUCTION/value     1 x 1
    pair/ACTIVATION/LOSS/REDUCTION/gradient  1 x 26
"""
import random
import sys

import torch
import torch.nn.functional as F
import torch.optim.lr_scheduler as sched

ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.01),
    "elu": F.elu,
    "softplus": F.softplus,
    "gelu": F.gelu,
    "silu": F.silu,
    "softmax": lambda z: torch.softmax(z, dim=1),
}

# Loss summed over rows, from z and a of the last layer and targets t.
LOSSES = {
    "mse": lambda act, z, a, t: F.mse_loss(a, t, reduction="sum") / t.shape[1],
    "half_sse": lambda act, z, a, t: F.mse_loss(a, t, reduction="sum") / 2,
    "sse": lambda act, z, a, t: F.mse_loss(a, t, reduction="sum"),
    "mae": lambda act, z, a, t: F.l1_loss(a, t, reduction="sum") / t.shape[1],
    "huber": lambda act, z, a, t: F.huber_loss(a, t, reduction="sum") / t.shape[1],
    "bce": lambda act, z, a, t: F.binary_cross_entropy_with_logits(z, t, reduction="sum")
    if act == "sigmoid" else F.binary_cross_entropy(a, t, reduction="sum"),
    "softmax_ce": lambda act, z, a, t: F.cross_entropy(z, t, reduction="sum")
    if act == "softmax" else -(t * a.log()).sum(),
}

# Bias of the last layer that puts f(z) near 1/2, for losses that take logarithms of the output.
MIDDLE = {"identity": 0.5, "sigmoid": 0.0, "tanh": 0.55, "relu": 0.5, "leaky_relu": 0.5, "elu": 0.5,
          "softplus": -0.43, "gelu": 0.67, "silu": 0.77, "softmax": 0.0}

OPTIMIZERS = {  # settings: see above
    "gd": ((0.5, 0, 0, 0, 0), lambda p, s: torch.optim.SGD(p, lr=s[0])),
    "momentum": ((0.1, 0.9, 0, 0, 0), lambda p, s: torch.optim.SGD(p, lr=s[0], momentum=s[1])),
    "nesterov": ((0.1, 0.9, 0, 0, 0),
                 lambda p, s: torch.optim.SGD(p, lr=s[0], momentum=s[1], nesterov=True)),
    "adam": ((0.01, 0, 0.9, 0.999, 1e-8),
             lambda p, s: torch.optim.Adam(p, lr=s[0], betas=(s[2], s[3]), eps=s[4])),
    "adamw": ((0.01, 0, 0.9, 0.999, 1e-8, 0, 0.05),
              lambda p, s: torch.optim.AdamW(p, lr=s[0], betas=(s[2], s[3]), eps=s[4],
                                             weight_decay=s[6])),
    "rmsprop": ((0.01, 0, 0, 0, 1e-8, 0.98, 0),
                lambda p, s: torch.optim.RMSprop(p, lr=s[0], eps=s[4], alpha=s[5])),
    "adagrad": ((0.05, 0, 0, 0, 1e-10, 0, 0),
                lambda p, s: torch.optim.Adagrad(p, lr=s[0], eps=s[4])),
    "rprop": ((0.01, 0, 0, 0, 0, 0, 0), lambda p, s: torch.optim.Rprop(p, lr=s[0])),
}

# lr_scheduler of an optimizer o, from its words; warm-up before it.
SCHEDULES = {
    "constant": lambda o, s: sched.ConstantLR(o, factor=1),
    "step": lambda o, s: sched.StepLR(o, step_size=s["step_size"], gamma=s["gamma"]),
    "exponential": lambda o, s: sched.ExponentialLR(o, gamma=s["gamma"]),
    "cosine": lambda o, s: sched.CosineAnnealingLR(o, T_max=s["t_max"], eta_min=s["eta_min"]),
}
VARIANT_SETTINGS = ("warmup", "step_size", "gamma", "t_max", "eta_min", "clip", "l1", "l2",
                    "dropout", "seed")
SCHEDULED = {  # optimizer, schedule, words
    "gd-constant": dict(warmup=6),
    "momentum-step": dict(warmup=2, step_size=3, gamma=0.5),
    "adam-exponential": dict(step_size=1, gamma=0.8),
    "adamw-cosine": dict(warmup=3, t_max=7, eta_min=0.002),
}
CLIPPED = ("gd-clip", "momentum-clip", "adam-clip")
CLIPS = {"tanh": 1.0, "sigmoid": 0.06}  # by network: some of ten gradients are longer, some are not
PENALISED = {  # optimizer: l1 sum |W| + l2/2 sum W^2 of the weights is in the loss
    "gd-penalty": dict(l1=0.01),
    "adam-penalty": dict(l1=0.03, l2=0.02),
}

WEIGHTED = ("gd-weights", "adam-weights")

DROPPED = {
    "gd-dropout": dict(dropout=0.3, seed=11),
    "adam-dropout": dict(dropout=0.5, seed=2**40 + 3),
}

NETS = {  # widths, activations, loss
    "tanh": ((4, 5, 3), ("tanh", "softmax"), "softmax_ce"),
    "sigmoid": ((3, 4, 2), ("sigmoid", "sigmoid"), "mse"),
}


def uniform(rng, rows, columns, low, high):
    row = lambda: [round(rng.uniform(low, high), 3) for _ in range(columns)]
    return torch.tensor([row() for _ in range(rows)])


def one_hot(rng, rows, columns):
    return torch.eye(columns)[[rng.randrange(columns) for _ in range(rows)]]


def parameters_draw(rng, widths, spread=(1.0, 1.0), middle=0.0):
    """W[out][in] and b of every layer, in the order of bg_gradient."""
    drawn = []
    for layer, (n_in, n_out) in enumerate(zip(widths, widths[1:])):
        reach = spread[layer]
        drawn.append(uniform(rng, n_out, n_in, -reach, reach))
        centre = middle if layer == len(widths) - 2 else 0.0
        drawn.append(uniform(rng, 1, n_out, centre - reach / 2, centre + reach / 2)[0])
    return drawn


def splitmix64(x):
    """The generator's first number from state x (Steele, Lea and Flood 2014)."""
    mask = 2**64 - 1
    z = (x + 0x9E3779B97F4A7C15) & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    return z ^ z >> 31


def hash64(key, value):
    return splitmix64(key ^ splitmix64(value))


def is_dropped(unit, row_hash, probability):
    mask = 2**32 - 1
    x = (unit * 0x9E3779B9 + row_hash) & mask
    x = (x ^ x >> 16) * 0x7FEB352D & mask
    x ^= row_hash >> 32
    x = (x ^ x >> 15) * 0x846CA68B & mask
    return x ^ x >> 16 < round(probability * 2**32)


def dropout_masks(words, step, rows, width):
    """Of the one hidden layer, which is layer 0: 0 or 1/(1-P), rows x units."""
    probability, stream = words["dropout"], int.from_bytes(b"dropout", "big")
    key = hash64(hash64(hash64(words["seed"], stream), step), 0)
    drops = [[is_dropped(unit, hash64(key, row), probability) for unit in range(width)]
             for row in range(rows)]
    return torch.where(torch.tensor(drops), 0.0, 1 / (1 - probability))


def forward(parameters, activations, x, masks=None):
    """z of every layer and the outputs; masks: what hidden units are multiplied with."""
    zs, a = [], x
    for layer, name in enumerate(activations):
        zs.append(F.linear(a, parameters[2 * layer], parameters[2 * layer + 1]))
        a = ACTIVATIONS[name](zs[-1])
        if masks is not None and layer == 0:
            a = a * masks
    return zs, a


def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors]).reshape(1, -1)


def record(name, matrix):
    matrix = torch.as_tensor(matrix).detach()
    matrix = matrix.reshape(1, -1) if matrix.dim() < 2 else matrix
    print(name, *matrix.shape)
    for row in matrix.tolist():
        print(" ".join("%.17g" % value for value in row))


def scheduler(stepper, schedule, words):
    warmup = words.get("warmup", 0)
    main = SCHEDULES[schedule](stepper, words)
    if not warmup:
        return main
    first = sched.LinearLR(stepper, start_factor=1 / warmup, total_iters=warmup - 1)
    return sched.SequentialLR(stepper, [first, main], milestones=[warmup])


def weighted_sum(loss, activation, z, a, t, w):
    rows = [LOSSES[loss](activation, z[i:i + 1], a[i:i + 1], t[i:i + 1]) for i in range(len(w))]
    return (w[:, 0] * torch.stack(rows)).sum()


def train(net, name, start, x, t, w):
    widths, activations, loss = NETS[net]
    optimizer, _, variant = name.partition("-")
    schedule = variant in SCHEDULES
    words = {**SCHEDULED.get(name, {}), **PENALISED.get(name, {}), **DROPPED.get(name, {}),
             "clip": CLIPS[net] if name in CLIPPED else 0}
    settings, make = OPTIMIZERS[optimizer]
    parameters = [p.clone().requires_grad_(True) for p in start]
    stepper = make(parameters, settings)
    if variant:
        settings = (*settings, *[0] * (7 - len(settings)),
                    *(words.get(word, 0) for word in VARIANT_SETTINGS))
    if schedule:
        rates = scheduler(stepper, variant, words)
    losses, after, lr, norms = [], [], [], []
    for step in range(10):
        stepper.zero_grad()
        masks = dropout_masks(words, step, len(x), widths[1]) if name in DROPPED else None
        zs, a = forward(parameters, activations, x, masks)
        if name in WEIGHTED:
            value = weighted_sum(loss, activations[-1], zs[-1], a, t, w) / w.sum()
        else:
            value = LOSSES[loss](activations[-1], zs[-1], a, t) / len(x)
        for m in parameters[::2] if name in PENALISED else []:
            value = value + words["l1"] * m.abs().sum() + words.get("l2", 0) / 2 * (m * m).sum()
        value.backward()
        losses.append(value.item())
        lr.append(stepper.param_groups[0]["lr"])
        if words["clip"]:
            norms.append(torch.nn.utils.clip_grad_norm_(parameters, words["clip"]).item())
        stepper.step()
        if schedule:
            rates.step()
        after.append(flat(parameters))
    record(f"train/{net}/{name}/settings", settings)
    if schedule:
        record(f"train/{net}/{name}/lr", lr)
    if norms:
        record(f"train/{net}/{name}/norm", norms)
    record(f"train/{net}/{name}/loss", losses)
    record(f"train/{net}/{name}/parameters", torch.cat(after))


def train_all():
    for net, (widths, _, loss) in NETS.items():
        rng = random.Random("train " + net)
        x = uniform(rng, 12, widths[0], -2, 2)
        classes = loss == "softmax_ce"
        t = one_hot(rng, 12, widths[-1]) if classes else uniform(rng, 12, widths[-1], 0, 1)
        start = parameters_draw(rng, widths)
        record(f"train/{net}/widths", widths)
        record(f"train/{net}/inputs", x)
        record(f"train/{net}/targets", t)
        w = uniform(random.Random("weights " + net), 12, 1, 0, 3)
        w[3] = 0
        record(f"train/{net}/start", flat(start))
        record(f"train/{net}/weights", w)
        for name in (*OPTIMIZERS, *SCHEDULED, *CLIPPED, *PENALISED, *WEIGHTED,
                     *DROPPED):
            train(net, name, start, x, t, w)
        print()


def targets_draw(rng, loss):
    if loss == "softmax_ce":
        return one_hot(rng, 5, 2)
    if loss == "bce":
        t = uniform(rng, 5, 2, 0, 1)
        t[0] = torch.tensor([0.0, 1.0])
        return t
    return uniform(rng, 5, 2, -1.5, 2.5)


def is_clear_of_kinks(zs, a, t, loss):
    if loss in ("bce", "softmax_ce"):
        inside = bool(((a > 0.05) & (a < 0.95)).all())
        return inside and min(z.abs().min().item() for z in zs) > 0.02
    gaps = list(zs) + [a - t, (a - t).abs() - 1]
    return min(gap.abs().min().item() for gap in gaps) > 0.02


def pair(x, activation, loss):
    rng = random.Random(f"pair {activation} {loss}")
    activations = ("tanh" if activation == "softmax" else activation, activation)
    logs = loss in ("bce", "softmax_ce")
    while True:
        spread, middle = ((1.0, 0.3), MIDDLE[activation]) if logs else ((1.0, 1.0), 0.0)
        start = parameters_draw(rng, (3, 4, 2), spread, middle)
        t = targets_draw(rng, loss)
        zs, a = forward(start, activations, x)
        if is_clear_of_kinks(zs, a, t, loss):
            break
    record(f"pair/{activation}/{loss}/targets", t)
    record(f"pair/{activation}/{loss}/parameters", flat(start))
    record(f"pair/{activation}/{loss}/outputs", a)
    for reduction, rows in (("mean", len(x)), ("sum", 1)):
        parameters = [p.clone().requires_grad_(True) for p in start]
        zs, a = forward(parameters, activations, x)
        value = LOSSES[loss](activation, zs[-1], a, t) / rows
        value.backward()
        record(f"pair/{activation}/{loss}/{reduction}/value", value)
        record(f"pair/{activation}/{loss}/{reduction}/gradient", flat([p.grad for p in parameters]))
    print()


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    print(f"# Made by scripts/make_torch_values.py: PyTorch {torch.__version__}, float64")
    print("# Records: NAME ROWS COLUMNS, then ROWS lines of COLUMNS numbers (%.17g); the script")
    print("# says what each holds.  Parameters and gradients: for each layer W[out][in], then b.")
    print("# Our own values: no licence is needed to use them.\n")
    train_all()
    x = uniform(random.Random("pair inputs"), 5, 3, -2, 2)
    record("pair/inputs", x)
    print()
    for activation in ACTIVATIONS:
        for loss in LOSSES:
            pair(x, activation, loss)


if __name__ == "__main__":
    main()
