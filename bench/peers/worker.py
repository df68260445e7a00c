"""One side of a race: worker.py PEER FOLDER THREADS f32|f64, the protocol of bench/worker.c.

Every peer is written as its own documentation would have it done, with what makes it fast: arrays
that are used again, loops inside the compiler where it takes them.
"""

import sys
import time

import numpy as np

from workloads import read_files


class NumPy:
    """BLAS for the products, arrays made once."""

    def __init__(self, work, x, t, threads):
        self.version = np.__version__
        self.work, self.x, self.t = work, x, t
        rows, real = work.batch or work.rows, x.dtype
        self.a = [np.empty((rows, n), real) for n in work.layers[1:]]
        self.delta = [np.empty((rows, n), real) for n in work.layers[1:]]
        self.slope = [None] * len(self.a)  # where it cannot be had from a

    def reset(self, weights, orders):
        self.w = [np.array(w.T, order="C") for w, _ in weights]  # in x out
        self.b = [b.copy() for _, b in weights]
        self.gw = [np.empty_like(w) for w in self.w]
        self.state = [(np.zeros_like(p), np.zeros_like(p), np.empty_like(p)) for p in
                      self.w + self.b]
        self.orders, self.epochs, self.updates = orders, 0, 0

    def activate(self, l, name):
        z = self.a[l]
        if name == "sigmoid":
            np.negative(z, out=z)
            np.exp(z, out=z)
            z += 1
            np.reciprocal(z, out=z)
        elif name == "tanh":
            np.tanh(z, out=z)
        elif name == "relu":
            np.maximum(z, 0, out=z)
        elif name == "softmax":
            z -= z.max(axis=1, keepdims=True)
            np.exp(z, out=z)
            z /= z.sum(axis=1, keepdims=True)
        elif name == "silu":
            s = 1 / (1 + np.exp(-z))
            self.slope[l] = s * (1 + z * (1 - s))
            z *= s
        elif name == "gelu":
            from scipy.special import ndtr

            cdf = ndtr(z)
            self.slope[l] = cdf + z * np.exp(-z * z / 2) / (2 * np.pi) ** 0.5
            z *= cdf

    def pull_back(self, l, name):
        a, delta = self.a[l], self.delta[l]
        if name == "sigmoid":
            delta *= a
            delta *= 1 - a
        elif name == "tanh":
            delta *= 1 - a * a
        elif name == "relu":
            delta *= a > 0
        elif name in ("silu", "gelu"):
            delta *= self.slope[l]

    def gradient(self, x, t, want_loss):
        """Biases' gradients; those of the weights are left in gw."""
        work, a, delta, loss = self.work, self.a, self.delta, None
        layers, below = len(a), x
        for l in range(layers):
            np.dot(below, self.w[l], out=a[l])
            a[l] += self.b[l]
            self.activate(l, work.output if l + 1 == layers else work.hidden)
            below = a[l]
        d = delta[-1]
        np.subtract(a[-1], t, out=d)
        if work.loss == "mse":
            if want_loss:
                loss = float(np.mean(np.square(d, dtype=np.float64)))
            d *= 2 / d.size
            self.pull_back(layers - 1, work.output)
        else:
            if want_loss:
                p = a[-1][t > 0].astype(np.float64)
                loss = float(-np.mean(np.log(p)))
            d /= len(d)
        gb = [None] * layers
        for l in reversed(range(layers)):
            below = a[l - 1] if l else x
            np.dot(below.T, delta[l], out=self.gw[l])
            gb[l] = delta[l].sum(axis=0)
            if l:
                np.dot(delta[l], self.w[l].T, out=delta[l - 1])
                self.pull_back(l - 1, work.hidden)
        return gb, loss

    def update(self, gb):
        work = self.work
        self.updates += 1
        for p, g, (m, v, r) in zip(self.w + self.b, self.gw + gb, self.state):
            if work.optimizer == "gd":
                g *= work.lr
                p -= g
                continue
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            np.square(g, out=r)
            r *= 0.001
            v += r
            np.sqrt(v, out=r)
            r /= (1 - 0.999**self.updates) ** 0.5
            r += 1e-8
            np.divide(m, r, out=r)
            r *= work.lr / (1 - 0.9**self.updates)
            p -= r

    def run(self, steps):
        work, losses = self.work, []
        for step in range(steps):
            last = step + 1 == steps
            if not work.batch:
                gb, loss = self.gradient(self.x, self.t, last)
                losses.append(loss)
                self.update(gb)
                continue
            order = self.orders[self.epochs % len(self.orders)]
            for first in range(0, work.rows, work.batch):
                rows = order[first:first + work.batch]
                gb, loss = self.gradient(self.x[rows], self.t[rows], last)
                losses.append(loss)
                self.update(gb)
            self.epochs += 1
        return float(np.mean(losses[-work.updates():]))


class Torch:
    """Eager: a Sequential, an optimizer of the library, the usual five lines."""

    compiled = False

    def __init__(self, work, x, t, threads):
        import torch

        self.torch, self.version = torch, torch.__version__
        torch.set_num_threads(threads)
        self.work = work
        self.x = torch.from_numpy(x)
        entropy = work.loss == "softmax_ce"
        self.t = torch.from_numpy(t.argmax(axis=1) if entropy else t)
        self.loss = torch.nn.CrossEntropyLoss() if entropy else torch.nn.MSELoss()

    def reset(self, weights, orders):
        torch, nn = self.torch, self.torch.nn
        units = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "silu": nn.SiLU,
                 "gelu": nn.GELU}
        parts = []
        for l, (w, b) in enumerate(weights, 1):
            linear = nn.Linear(w.shape[1], w.shape[0], dtype=self.x.dtype)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w))
                linear.bias.copy_(torch.from_numpy(b))
            parts.append(linear)
            name = self.work.output if l == len(weights) else self.work.hidden
            if name in units:  # CrossEntropyLoss has the softmax in it
                parts.append(units[name]())
        net = nn.Sequential(*parts)
        if self.work.optimizer == "adam":
            self.optimizer = torch.optim.Adam(net.parameters(), lr=self.work.lr)
        else:
            self.optimizer = torch.optim.SGD(net.parameters(), lr=self.work.lr)

        def forward(x, t):
            return self.loss(net(x), t)

        self.forward = torch.compile(forward) if self.compiled else forward
        self.orders = None if orders is None else torch.from_numpy(orders).long()
        self.epochs = 0

    def step(self, x, t):
        self.optimizer.zero_grad()
        loss = self.forward(x, t)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def run(self, steps):
        if not self.work.batch:
            for _ in range(steps):
                loss = self.step(self.x, self.t)
            return loss.item()
        for _ in range(steps):
            order, total = self.orders[self.epochs % len(self.orders)], 0
            for rows in order.split(self.work.batch):
                total = total + self.step(self.x[rows], self.t[rows])
            self.epochs += 1
        return total.item() / self.work.updates()


class TorchCompiled(Torch):
    """torch.compile over network and loss; autograd compiles the way back with it."""

    compiled = True


class JAX:
    """One jit for the whole run: the loop over steps is inside."""

    def __init__(self, work, x, t, threads):
        import jax

        jax.config.update("jax_enable_x64", x.dtype == np.float64)
        self.jax, self.version, self.work = jax, jax.__version__, work
        self.x, self.t = jax.device_put(x), jax.device_put(t)
        self.loop = jax.jit(self.make_loop())

    def make_loop(self):
        jax, work = self.jax, self.work
        jnp, tree = jax.numpy, jax.tree_util
        units = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu,
                 "silu": jax.nn.silu, "gelu": lambda z: jax.nn.gelu(z, approximate=False),
                 "identity": lambda z: z}

        def loss(parameters, x, t):
            a = x
            for w, b in parameters[:-1]:
                a = units[work.hidden](a @ w + b)
            z = a @ parameters[-1][0] + parameters[-1][1]
            if work.loss == "softmax_ce":
                return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(z), axis=1))
            return jnp.mean((units[work.output](z) - t) ** 2)

        def update(state, x, t):
            p, m, v, n, _ = state
            value, g = jax.value_and_grad(loss)(p, x, t)
            if work.optimizer == "gd":
                p = tree.tree_map(lambda p, g: p - work.lr * g, p, g)
                return p, m, v, n + 1, value
            n = n + 1
            m = tree.tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = tree.tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            size, root = work.lr / (1 - 0.9**n), jnp.sqrt(1 - 0.999**n)
            p = tree.tree_map(lambda p, m, v: p - size * m / (jnp.sqrt(v) / root + 1e-8), p, m, v)
            return p, m, v, n, value

        def run(state, steps, x, t):
            return jax.lax.fori_loop(0, steps, lambda _, state: update(state, x, t), state)

        def epochs(state, steps, x, t, orders, done):
            def epoch(i, carry):
                batches = orders[(done + i) % orders.shape[0]].reshape(-1, work.batch)

                def one(state, rows):
                    state = update(state, x[rows], t[rows])
                    return state, state[4]

                state, losses = jax.lax.scan(one, carry[0], batches)
                return state, losses.mean()

            return jax.lax.fori_loop(0, steps, epoch, (state, state[4]))

        return epochs if work.batch else run

    def reset(self, weights, orders):
        zeros = lambda: [(np.zeros_like(w.T), np.zeros_like(b)) for w, b in weights]
        start = [(np.ascontiguousarray(w.T), b) for w, b in weights]
        real = self.x.dtype.type
        self.state = self.jax.device_put((start, zeros(), zeros(), real(0), real(0)))
        self.orders = None if orders is None else self.jax.device_put(orders)
        self.epochs = 0

    def run(self, steps):
        if not self.work.batch:
            self.state = self.loop(self.state, steps, self.x, self.t)
            return float(self.state[4])
        self.state, loss = self.loop(self.state, steps, self.x, self.t, self.orders, self.epochs)
        self.epochs += steps
        return float(loss)


class ScikitLearn:
    """MLPClassifier and MLPRegressor, partial_fit.  The regressor's gradient is that of half the
    squared error, summed over the outputs, so its rate is scaled."""

    def __init__(self, work, x, t, threads):
        import sklearn

        self.version, self.work, self.x = sklearn.__version__, work, x
        self.entropy = work.loss == "softmax_ce"
        self.t = t.argmax(axis=1) if self.entropy else t if t.shape[1] > 1 else t[:, 0]

    def reset(self, weights, orders):
        from sklearn.neural_network import MLPClassifier, MLPRegressor
        from sklearn.neural_network import _multilayer_perceptron as inside

        work = self.work
        rate = work.lr if self.entropy else work.lr * 2 / work.layers[-1]
        kind = MLPClassifier if self.entropy else MLPRegressor
        self.net = kind(hidden_layer_sizes=work.layers[1:-1], activation=work.hidden, alpha=0,
                        momentum=0, solver="adam" if work.optimizer == "adam" else "sgd",
                        nesterovs_momentum=False, learning_rate_init=rate,
                        batch_size=work.batch or work.rows, shuffle=bool(work.batch))
        self.epochs = 0
        if orders is not None:  # its own shuffle, in the order that all sides have

            def shuffle(rows, random_state):
                return orders[(self.epochs - 1) % len(orders)]

            inside.shuffle = shuffle
        if self.entropy:
            self.net.partial_fit(self.x, self.t, classes=np.arange(work.layers[-1]))
        else:
            self.net.partial_fit(self.x, self.t)
        for l, (w, b) in enumerate(weights):
            self.net.coefs_[l][...] = w.T
            self.net.intercepts_[l][...] = b
        if work.optimizer == "adam":
            self.net._optimizer = inside.AdamOptimizer(
                self.net.coefs_ + self.net.intercepts_, rate, 0.9, 0.999, 1e-8)
        self.epochs = 0

    def run(self, steps):
        for _ in range(steps):
            self.epochs += 1
            self.net.partial_fit(self.x, self.t)
        return float(self.net.loss_) * (1 if self.entropy else 2)


PEERS = {"numpy": NumPy, "torch": Torch, "torch-compiled": TorchCompiled, "jax": JAX,
         "scikit-learn": ScikitLearn}


def main():
    name, folder, threads, precision = sys.argv[1:]
    real = {"f32": np.float32, "f64": np.float64}[precision]
    work, x, t, weights, orders = read_files(folder)
    weights = [(w.astype(real), b.astype(real)) for w, b in weights]
    peer = PEERS[name](work, x.astype(real), t.astype(real), int(threads))
    peer.reset(weights, orders)
    print("ready", peer.version, flush=True)
    for line in sys.stdin:
        words = line.split()
        if words == ["reset"]:
            peer.reset(weights, orders)
            print("done", flush=True)
            continue
        start = time.perf_counter()
        loss = peer.run(int(words[1]))
        print(f"{time.perf_counter() - start:.9g} {loss:.17g}", flush=True)


main()
