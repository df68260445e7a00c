#!/usr/bin/env python3
"""Records a PyTorch run for `backgemm compare` (docs/trace-format.md):

    recorder = Recorder(model, optimizer, "softmax_ce")  # nn.Sequential of Linear and activations
    recorder.step(x, t, loss)                            # after loss.backward()
    recorder.save("run.npz")

step() replaces optimizer.step(): it notes weights, gradients and batch, then calls optimizer.step()
itself.  The loss is a word of docs/trace-format.md: "mse"; "softmax_ce" for CrossEntropyLoss, whose
targets may be class numbers, or LogSoftmax and NLLLoss; "bce" for BCELoss and BCEWithLogitsLoss
(over several outputs PyTorch takes their mean, the engine their sum).  Under softmax_ce and bce a
model that ends in Linear gives logits: its last activation is recorded as softmax or sigmoid.

As a program it records three steps of its own:  record_pytorch_trace.py run.npz
Needs PyTorch and NumPy (pip install torch numpy).
"""
import json
import sys
import numpy
import torch
from torch import nn


def word_of(thing):  # of PyTorch's own class, whatever is derived from it
    own = next(kind for kind in type(thing).__mro__ if kind.__module__.startswith("torch."))
    return own.__name__.lower().replace("leaky", "leaky_")


# What a loss does to the outputs before it compares them is the last activation of the engine.
INSIDE = {("softmax_ce", "identity"): "softmax", ("softmax_ce", "logsoftmax"): "softmax",
          ("bce", "identity"): "sigmoid"}


class Recorder:
    def __init__(self, model, optimizer, loss, /, reduction="mean", **claims):
        self.model, self.optimizer, self.arrays, self.rates = model, optimizer, {}, []
        group, word = optimizer.param_groups[0], word_of(optimizer)
        if word == "sgd":
            word = "nesterov" if group["nesterov"] else "momentum" if group["momentum"] else "gd"
        kinds = [word_of(module) for module in model] + ["linear"]
        behind = [b.replace("linear", "identity")
                  for a, b in zip(kinds, kinds[1:]) if a == "linear"]
        behind[-1] = INSIDE.get((loss, behind[-1]), behind[-1])
        decay = group.get("weight_decay")
        self.l2 = 0 if word == "adamw" else decay or 0  # not in PyTorch's gradient, but in ours
        betas = group.get("betas", (None, None))
        told = {"momentum": group.get("momentum"), "alpha": group.get("alpha"),
                "epsilon": group.get("eps"), "beta1": betas[0], "beta2": betas[1],
                "weight_decay" if word == "adamw" else "l2": decay}
        self.settings = {"recorder": "PyTorch " + torch.__version__, "optimizer": word,
                         "loss": loss, "reduction": reduction, "lr": self.rates,
                         "activations": behind,
                         **{name: x for name, x in told.items() if x is not None}, **claims}

    def add(self, **arrays):
        for name, value in arrays.items():
            array = torch.as_tensor(value).detach().cpu().numpy().copy()
            self.arrays.setdefault(name, []).append(array)

    def add_parameters(self, suffix="", what=lambda p: p):
        for i, layer in enumerate(m for m in self.model if isinstance(m, nn.Linear)):
            self.add(**{f"layers.{i}.{name}{suffix}": what(p)
                        for name, p in layer.named_parameters()})

    def rows(self, x, t):
        """A row of inputs and a row of targets for each sample; class numbers become one-hot."""
        width = [m for m in self.model if isinstance(m, nn.Linear)][-1].out_features
        if self.settings["loss"] == "softmax_ce" and t.dim() == 1 and not t.is_floating_point():
            t = nn.functional.one_hot(t.long(), width)
        return x.flatten(1), t.reshape(len(x), -1).to(x.dtype)

    def step(self, x, t, loss):
        if not self.arrays:
            self.add_parameters()
        self.add_parameters(".grad", lambda p: p.grad + self.l2 * p)
        inputs, targets = self.rows(x, t)
        self.add(inputs=inputs, targets=targets, batch=len(x), loss=loss)
        self.rates.append(self.optimizer.param_groups[0]["lr"])
        self.optimizer.step()
        self.add_parameters()

    def save(self, path):
        rows = ("inputs", "targets")
        arrays = {name: (numpy.concatenate if name in rows else numpy.stack)(values)
                  for name, values in self.arrays.items()}
        settings = numpy.frombuffer(json.dumps(self.settings).encode(), numpy.uint8)
        numpy.savez_compressed(path, settings=settings, **arrays)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
    recorder = Recorder(net, torch.optim.Adam(net.parameters(), lr=0.01), "mse")
    for _ in range(3):
        inputs = torch.rand(8, 2)
        targets = (inputs[:, :1] > inputs[:, 1:]).float()
        net.zero_grad()
        error = nn.functional.mse_loss(net(inputs), targets)
        error.backward()
        recorder.step(inputs, targets, error)
    recorder.save(sys.argv[1])
