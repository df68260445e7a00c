#!/usr/bin/env python3
"""Records a PyTorch training run for `backgemm compare`; the format is docs/trace-format.md.

    recorder = Recorder(model, optimizer, "mse")    # nn.Sequential of Linear and activation
    for x, t in batches:                                  # t: numbers, one column an output
        optimizer.zero_grad()
        loss = loss_function(model(x), t)
        loss.backward()
        recorder.step(x, t, loss)                         # calls optimizer.step()
    recorder.save("run.npz")

Run as a program it records three steps of its own:  record_pytorch_trace.py run.npz
"""
import json
import sys

import numpy
import torch
from torch import nn

ACTIVATIONS = {nn.Sigmoid: "sigmoid", nn.Tanh: "tanh", nn.ReLU: "relu", nn.LeakyReLU: "leaky_relu",
               nn.ELU: "elu", nn.Softplus: "softplus", nn.GELU: "gelu", nn.SiLU: "silu",
               nn.Softmax: "softmax", nn.Identity: "identity"}
OPTIMIZERS = {torch.optim.SGD: "gd", torch.optim.AdamW: "adamw", torch.optim.Adam: "adam",
              torch.optim.RMSprop: "rmsprop", torch.optim.Adagrad: "adagrad",
              torch.optim.Rprop: "rprop"}


class Recorder:
    """`reduction`, and any other setting given by name, is what the trace will claim."""

    def __init__(self, model, optimizer, loss, /, reduction="mean", **claims):
        group = optimizer.param_groups[0]
        self.optimizer, self.arrays, self.rates = optimizer, {}, []
        self.linear = [module for module in model if isinstance(module, nn.Linear)]
        decoupled = isinstance(optimizer, torch.optim.AdamW)
        self.decay = 0 if decoupled else group.get("weight_decay", 0)
        self.settings = {"recorder": "PyTorch " + torch.__version__, "loss": loss,
                         "reduction": reduction, "lr": self.rates,
                         "activations": list_activations(model),
                         **settings_of(optimizer, group), **claims}

    def add(self, name, value):
        self.arrays.setdefault(name, []).append(torch.as_tensor(value).detach().numpy().copy())

    def add_parameters(self):
        for i, layer in enumerate(self.linear):
            for name, p in layer.named_parameters():
                self.add(f"layers.{i}.{name}", p)

    def step(self, x, t, loss):
        if "loss" not in self.arrays:
            self.add_parameters()
        for i, layer in enumerate(self.linear):
            for name, p in layer.named_parameters():
                self.add(f"layers.{i}.{name}.grad", p.grad + self.decay * p)
        rows = {"inputs": x, "targets": t, "batch": len(x), "loss": loss}
        for name, value in rows.items():
            self.add(name, value)
        self.rates.append(self.optimizer.param_groups[0]["lr"])
        self.optimizer.step()
        self.add_parameters()

    def save(self, path):
        arrays = {name: numpy.stack(values) for name, values in self.arrays.items()
                  if name not in ("inputs", "targets")}
        for name in ("inputs", "targets"):
            arrays[name] = numpy.concatenate(self.arrays[name])
        settings = numpy.frombuffer(json.dumps(self.settings).encode(), numpy.uint8)
        numpy.savez_compressed(path, settings=settings, **arrays)


def word_of(thing, words):
    return next(word for kind, word in words.items() if isinstance(thing, kind))


def list_activations(model):
    """A Linear without an activation behind it is an identity layer."""
    names = []
    for module in model:
        if isinstance(module, nn.Linear):
            names.append("identity")
        else:
            names[-1] = word_of(module, ACTIVATIONS)
    return names


def settings_of(optimizer, group):
    """The optimizer's constants in the words of backgemm."""
    word = word_of(optimizer, OPTIMIZERS)
    if word == "gd" and group["momentum"]:
        word = "nesterov" if group["nesterov"] else "momentum"
    decay = "weight_decay" if word == "adamw" else "l2"
    found = {"optimizer": word, "momentum": group.get("momentum"), "epsilon": group.get("eps"),
             "alpha": group.get("alpha"), decay: group.get("weight_decay")}
    found["beta1"], found["beta2"] = group.get("betas", (None, None))
    return {key: value for key, value in found.items() if value is not None}


def main(path):
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float64)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    recorder = Recorder(model, optimizer, "mse")
    for _ in range(3):
        x = torch.rand(8, 2)
        t = (x[:, :1] > x[:, 1:]).double()
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), t)
        loss.backward()
        recorder.step(x, t, loss)
    recorder.save(path)


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) == 2 else sys.exit(__doc__)
