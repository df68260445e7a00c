#!/usr/bin/env python3
"""Makes the traces of tests/cli/test_compare.sh with PyTorch:  make_compare_traces.py FOLDER

agree-OPTIMIZER.npz: 100 steps of what the settings say.  The others are runs by another convention
than their settings tell, one of each kind; CASES says which.  Float64, seeded, one thread.
"""
import contextlib
import sys

import torch
from torch import nn
from torch.nn import functional

from record_pytorch_trace import Recorder


def network(*layers):
    modules = []
    for n_in, n_out, activation in layers:
        modules += [nn.Linear(n_in, n_out), activation]
    return nn.Sequential(*modules)


def mse(a, t):
    return functional.mse_loss(a, t)


def batches(steps, n_in, n_out):
    """Rows of 3; numbers of few bits keep the files small."""
    for _ in range(steps):
        yield torch.randint(-8, 9, (3, n_in)) / 4.0, torch.randint(0, 9, (3, n_out)) / 8.0


def run(path, make, steps=3, layers=None, loss=mse, claim="mse", zero_grad=True, scheduler=None,
        ahead=False, **claims):
    """`ahead`: gradients are taken where make(...)'s velocity leads."""
    torch.manual_seed(7)
    layers = layers or ((2, 2, nn.Tanh()), (2, 2, nn.Sigmoid()))
    model = network(*layers)
    optimizer = make(model.parameters())
    schedule = scheduler(optimizer) if scheduler else None
    recorder = Recorder(model, optimizer, claim, **claims)
    for x, t in batches(steps, layers[0][0], layers[-1][1]):
        if zero_grad:
            optimizer.zero_grad()
        with optimizer.ahead() if ahead else contextlib.nullcontext():
            value = loss(model(x), t)
            value.backward()
        recorder.step(x, t, value)
        if schedule:
            schedule.step()
    recorder.save(path)


class Sutskever(torch.optim.SGD):
    """Sutskever et al. 2013: v = mu v - lr grad(W + mu v); W += v."""

    def velocity(self, p):
        return self.state[p].setdefault("v", torch.zeros_like(p))

    @contextlib.contextmanager
    def ahead(self):
        mu = self.param_groups[0]["momentum"]
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                self.state[p]["here"] = p.clone()
                p += mu * self.velocity(p)
        yield
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                p.copy_(self.state[p]["here"])

    @torch.no_grad()
    def step(self):
        group = self.param_groups[0]
        for p in group["params"]:
            self.velocity(p).mul_(group["momentum"]).sub_(group["lr"] * p.grad)
            p += self.velocity(p)


class OtherAdam(torch.optim.Adam):
    """Adam whose step is W -= move(lr, m, v, t, epsilon)."""

    def __init__(self, parameters, move, **constants):
        super().__init__(parameters, **constants)
        self.move, self.t = move, 0

    @torch.no_grad()
    def step(self):
        self.t += 1
        group = self.param_groups[0]
        b1, b2 = group["betas"]
        for p in group["params"]:
            m = self.state[p].setdefault("m", torch.zeros_like(p))
            v = self.state[p].setdefault("v", torch.zeros_like(p))
            m.mul_(b1).add_((1 - b1) * p.grad)
            v.mul_(b2).add_((1 - b2) * p.grad ** 2)
            p -= group["lr"] * self.move(m, v, 1 - b1 ** self.t, 1 - b2 ** self.t, group["eps"])


class Turned(torch.autograd.Function):
    """x W' + b whose delta goes back through W' instead of W."""

    @staticmethod
    def forward(context, x, weight, bias):
        context.save_for_backward(x, weight)
        return x @ weight.T + bias

    @staticmethod
    def backward(context, delta):
        x, weight = context.saved_tensors
        return delta @ weight.T, delta.T @ x, delta.sum(0)


class Through(torch.autograd.Function):
    """f(z) with a derivative of its own."""

    @staticmethod
    def forward(context, z, f, slope):
        context.slope = slope(z)
        return f(z)

    @staticmethod
    def backward(context, delta):
        return delta * context.slope, None, None


class TurnedLinear(nn.Linear):
    def forward(self, x):
        return Turned.apply(x, self.weight, self.bias)


class RightReLU(nn.ReLU):
    def forward(self, z):
        return Through.apply(z, torch.relu, lambda z: (z >= 0).double())


class SlopelessSigmoid(nn.Sigmoid):
    def forward(self, z):
        return Through.apply(z, torch.sigmoid, torch.ones_like)


def descend(model, path):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = Recorder(model, optimizer, "mse")
    for x, t in batches(4, 2, 2):
        optimizer.zero_grad()
        value = mse(model(x), t)
        value.backward()
        recorder.step(x, t, value)
    recorder.save(path)


def turned(path):
    """Like run, but the middle of three layers is square and wrong."""
    torch.manual_seed(7)
    first, middle, last = nn.Linear(2, 3), TurnedLinear(3, 3), nn.Linear(3, 2)
    model = nn.Sequential(first, nn.Tanh(), middle, nn.Tanh(), last, nn.Sigmoid())
    descend(model, path)


def kinks(path):
    """Units of relu that stand exactly at 0: their weights are 0 at first."""
    torch.manual_seed(7)
    model = nn.Sequential(nn.Linear(2, 3), RightReLU(), nn.Linear(3, 2), nn.Identity())
    with torch.no_grad():
        model[0].weight[1].zero_()
        model[0].bias[1] = 0
    descend(model, path)


def sgd(**constants):
    return lambda p: torch.optim.SGD(p, lr=0.1, **constants)


def other_adam(move):
    return lambda p: OtherAdam(p, move, lr=0.01, eps=1e-3)


SMALL = ((1, 2, nn.Tanh()), (2, 1, nn.Sigmoid()))
OPTIMIZERS = {
    "gd": sgd(),
    "momentum": sgd(momentum=0.9),
    "nesterov": sgd(momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.95),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
    "rprop": lambda p: torch.optim.Rprop(p, lr=0.01),
}
CASES = {
    "mean-for-sum": lambda path: run(path, sgd(), reduction="sum"),
    "sse-for-half": lambda path: run(path, sgd(), claim="half_sse", reduction="sum",
                                     loss=lambda a, t: ((a - t) ** 2).sum()),
    "outputs-divided": lambda path: run(path, sgd(), claim="sse",
                                        layers=((2, 3, nn.Tanh()), (3, 3, nn.Sigmoid()))),
    "nesterov-sutskever": lambda path: run(
        path, lambda p: Sutskever(p, lr=0.1, momentum=0.9), ahead=True, optimizer="nesterov"),
    "adam-epsilon-inside": lambda path: run(path, other_adam(
        lambda m, v, c1, c2, eps: m / c1 / (v / c2 + eps).sqrt()), optimizer="adam"),
    "adam-epsilon-hat": lambda path: run(path, other_adam(
        lambda m, v, c1, c2, eps: m * c2 ** 0.5 / c1 / (v.sqrt() + eps)), optimizer="adam"),
    "adam-uncorrected": lambda path: run(path, other_adam(
        lambda m, v, c1, c2, eps: m / (v.sqrt() + eps)), optimizer="adam"),
    "l2-on-biases": lambda path: run(path, sgd(weight_decay=0.05)),
    "adamw-for-l2": lambda path: run(
        path, lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.05), optimizer="adam",
        l2=0.05),
    "l2-for-adamw": lambda path: run(
        path, lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.05), optimizer="adamw", l2=0,
        weight_decay=0.05),
    "dampening": lambda path: run(path, sgd(momentum=0.9, dampening=0.9)),
    "schedule-late": lambda path: run(
        path, sgd(), steps=4, scheduler=lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5),
        lr=[0.1, 0.1, 0.05, 0.05]),
    "w-transposed": turned,
    "relu-kink": kinks,
    "no-zero-grad": lambda path: run(path, sgd(), zero_grad=False),
    "no-output-slope": lambda path: run(
        path, sgd(), layers=((2, 3, nn.Tanh()), (3, 2, SlopelessSigmoid()))),
    "gelu-for-silu": lambda path: run(
        path, sgd(), layers=((2, 3, nn.GELU()), (3, 2, nn.Identity())),
        activations=["silu", "identity"]),
    "rmsprop-centred": lambda path: run(
        path, lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True)),
    "adagrad-start": lambda path: run(
        path, lambda p: torch.optim.Adagrad(p, lr=0.05, initial_accumulator_value=0.1)),
    "rate": lambda path: run(path, sgd(), lr=0.2),
}


def main(folder):
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for name, make in OPTIMIZERS.items():
        run(f"{folder}/agree-{name}.npz", make, steps=100, layers=SMALL)
    for name, make in CASES.items():
        make(f"{folder}/{name}.npz")


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) == 2 else sys.exit(__doc__)
