#!/usr/bin/env python3
"""Writes the worked examples of tests/data/examples/: settings that no published example has.

usage: scripts/make_examples.py [FOLDER]        (needs mpmath)

The numbers do not come from back-propagation: values are computed with 60 digits, and every
derivative is a central difference of the loss with a step of 1e-20, whose error is below 1e-35.
Format: docs/worked-example.md.
"""
import json
import os
import sys
from decimal import Decimal

from mpmath import mp, mpf

mp.dps = 60
H = mpf(10) ** -20

ACTIVATIONS = {
    'identity': lambda z: z,
    'sigmoid': lambda z: 1 / (1 + mp.exp(-z)),
    'tanh': mp.tanh,
    'relu': lambda z: z if z > 0 else mpf(0),
    'elu': lambda z: z if z > 0 else mp.exp(z) - 1,
    'softplus': lambda z: mp.log(1 + mp.exp(z)),
    'silu': lambda z: z / (1 + mp.exp(-z)),
    'gelu': lambda z: z * mp.ncdf(z),
}


def activate(name, z):
    if name == 'softmax':
        total = sum(mp.exp(v) for v in z)
        return [mp.exp(v) / total for v in z]
    return [ACTIVATIONS[name](v) for v in z]


def row_loss(name, a, t):
    n = len(a)
    if name == 'output':
        return a[0]
    d = [v - u for u, v in zip(a, t)]
    squares = sum(v * v for v in d)
    if name == 'huber':
        return sum(v * v / 2 if abs(v) <= 1 else abs(v) - mpf(1) / 2 for v in d) / n
    if name == 'bce':
        return -sum(v * mp.log(u) + (1 - v) * mp.log(1 - u) for u, v in zip(a, t))
    if name == 'softmax_ce':
        return -sum(v * mp.log(u) for u, v in zip(a, t))
    return {'half_sse': squares / 2, 'sse': squares, 'mse': squares / n}[name]


def difference(f):
    """Derivative of f(h) at 0."""
    return (f(H) - f(-H)) / (2 * H)


class Net:
    def __init__(self, example):
        numbers = lambda x: [numbers(v) for v in x] if isinstance(x, list) else mpf(x)
        self.e, self.f = example, example['net']['activations']
        self.w = numbers(example['net']['weights'])
        self.b = numbers(example['net']['biases'] or [[0] * len(w) for w in self.w])
        self.x, t = numbers(example['data']['inputs']), example['data']['targets']
        self.t = numbers(t) if t else [None] * len(self.x)
        self.l2 = mpf(example['l2'])
        self.factor = 1 / mpf(len(self.x)) if example['reduction'] == 'mean' else mpf(1)

    def forward(self, row, nudge=None):
        """z and a by layer; nudge ('z' or 'a', layer, unit, h) adds h there."""
        a, z = [list(self.x[row])], [None]
        for l in range(len(self.w) + 1):
            if l:
                z.append([sum(u * v for u, v in zip(line, a[-1])) + b
                          for line, b in zip(self.w[l - 1], self.b[l - 1])])
                if nudge and nudge[:2] == ('z', l):
                    z[l][nudge[2]] += nudge[3]
                a.append(activate(self.f[l - 1], z[l]))
            if nudge and nudge[:2] == ('a', l):
                a[l][nudge[2]] += nudge[3]
        return z, a

    def loss(self, row, nudge=None):
        return row_loss(self.e['loss'], self.forward(row, nudge)[1][-1], self.t[row])

    def objective(self, rows=None, factor=None):
        rows = range(len(self.x)) if rows is None else rows
        factor = self.factor if factor is None else factor
        squares = sum(v * v for w in self.w for line in w for v in line)
        return factor * sum(self.loss(r) for r in rows) + self.l2 / 2 * squares

    def places(self):
        for l, w in enumerate(self.w):
            for j, line in enumerate(w):
                for i in range(len(line)):
                    yield 'W[%d][%d][%d]' % (l + 1, j, i), line, i
            for j in range(len(self.b[l])):
                yield 'b[%d][%d]' % (l + 1, j), self.b[l], j

    def gradient(self, rows=None, factor=None):
        made = {}
        for name, vector, i in self.places():
            keep = vector[i]

            def moved(h):
                vector[i] = keep + h
                return self.objective(rows, factor)
            made[name] = difference(moved)
            vector[i] = keep
        return made

    def step(self, k):
        rule = self.e['training']
        online = rule['batch'] == 'online'
        rows = [k % len(self.x)] if online else list(range(len(self.x)))
        factor = mpf(1) if online else self.factor
        rate = mpf(rule['learning_rate'])
        rate = rate if self.e['conventions']['update_sign'] == 'descent' else -rate
        sequential = rule['update_order'] == 'sequential'
        gradient = self.chain(rows, factor, rate) if sequential else self.gradient(rows, factor)
        for name, vector, i in self.places():
            if name[0] == 'W' or (rule['update_biases'] and self.e['net']['biases']):
                vector[i] -= rate * gradient[name]

    def chain(self, rows, factor, rate):
        """Layer by layer from the output, each delta through weights that are already new."""
        made, last = {}, len(self.w)
        passes = {r: self.forward(r) for r in rows}
        delta = {r: [difference(lambda h: self.loss(r, ('z', last, j, h)))
                     for j in range(len(self.w[-1]))] for r in rows}
        for l in range(last, 0, -1):
            new = []
            for j, line in enumerate(self.w[l - 1]):
                made['b[%d][%d]' % (l, j)] = factor * sum(delta[r][j] for r in rows)
                for i, v in enumerate(line):
                    made['W[%d][%d][%d]' % (l, j, i)] = self.l2 * v + factor * sum(
                        delta[r][j] * passes[r][1][l - 1][i] for r in rows)
                new.append([v - rate * made['W[%d][%d][%d]' % (l, j, i)]
                            for i, v in enumerate(line)])
            if l > 1:
                f = ACTIVATIONS[self.f[l - 2]]
                delta = {r: [sum(new[j][i] * delta[r][j] for j in range(len(new))) *
                             difference(lambda h: f(passes[r][0][l - 1][i] + h))
                             for i in range(len(new[0]))] for r in rows}
        return made


def quantities(net, step, last):
    """(quantity, row or None, value) of all that a sheet has at this step."""
    e, softmax = net.e, net.f[-1] == 'softmax'
    sign = -1 if e['conventions']['delta_sign'] == '-dE/dz' else 1
    for r in range(len(net.x)):
        z, a = net.forward(r)
        yield 'loss', r, net.loss(r)
        for l in range(1, len(a)):
            for j in range(len(a[l])):
                at = '[%d][%d]' % (l, j)
                yield 'z' + at, r, z[l][j]
                yield 'a' + at, r, a[l][j]
                yield 'delta' + at, r, sign * difference(lambda h: net.loss(r, ('z', l, j, h)))
                yield 'dEda' + at, r, difference(lambda h: net.loss(r, ('a', l, j, h)))
                if l < len(a) - 1 or not softmax:
                    f = ACTIVATIONS[net.f[l - 1]]
                    yield 'fprime' + at, r, difference(lambda h: f(z[l][j] + h))
        for i in range(len(a[0])):
            yield 'dEdx[%d]' % i, r, difference(lambda h: net.loss(r, ('a', 0, i, h)))
    yield 'loss', None, net.objective()
    biases = e['net']['biases']
    for name, value in net.gradient().items():
        if name[0] == 'W' or biases:
            yield 'd' + name, None, value
    for name, vector, i in net.places():
        if step and (name[0] == 'W' or biases):
            yield name, None, vector[i]


def printed_row(quantity, row, step, value, digits):
    text = mp.nstr(value, digits, strip_zeros=False)
    place = Decimal(text).as_tuple().exponent
    made = {'quantity': quantity, 'step': step, 'printed': text, 'label': 'derived',
            'tolerance': '5e%d' % (place - 1), 'status': 'ok', 'source_checked': False}
    if row is not None:
        made['row'] = row
    return made


def spoil(made, value, status):
    """Prints the number as a hasty author would."""
    exact = Decimal(mp.nstr(value, 30))
    unit = Decimal(1).scaleb(exact.adjusted() - 3)
    text, cut = exact.quantize(unit), exact.quantize(unit, rounding='ROUND_DOWN')
    if status == 'truncated' and cut == text:
        return
    away = unit.copy_sign(exact)
    text = {'truncated': cut, 'last_digit': text + away, 'erratum': text + 7 * away}[status]
    made.update(printed=str(text), tolerance='5e%d' % (text.as_tuple().exponent - 1),
                status=status, corrected=mp.nstr(value, 18, strip_zeros=False))


def fill(example, steps, digits):
    net, rows = Net(example), []
    for step in range(steps + 1):
        if step:
            net.step(step - 1)
        for n, (quantity, row, value) in enumerate(quantities(net, step, steps)):
            if value == 0 or (n + step) % 3: # a third of them will do
                continue
            rows.append(printed_row(quantity, row, step, value, digits))
            spoiled = {3: 'truncated', 6: 'truncated', 7: 'last_digit', 8: 'erratum'}.get(n)
            if spoiled:
                spoil(rows[-1], value, spoiled)
    example['expect'] = rows
    return example


def example(name, layers, activations, loss, seed, rows, **other):
    """Numbers of two digits, drawn by a small generator of our own."""
    state = [seed]

    def draw():
        state[0] = (state[0] * 1103515245 + 12345) % 2 ** 31
        return '%.2f' % ((state[0] // 65536 % 181 - 90) / 100 or 0.5)
    shape = list(zip(layers[1:], layers))
    targets = other.pop('targets', None)
    made = {
        'format': 'backgemm-worked-example-1', 'name': name, 'kind': 'trace',
        'title': other.pop('title'), 'source': 'scripts/make_examples.py: 60 digits, derivatives '
        'by central differences',
        'net': {'layers': layers, 'activations': activations,
                'weights': [[[draw() for _ in range(n)] for _ in range(m)] for m, n in shape],
                'biases': [[draw() for _ in range(m)] for m, _ in shape]},
        'data': {'inputs': [[draw() for _ in range(layers[0])] for _ in range(rows)],
                 'targets': targets},
        'loss': loss, 'reduction': other.pop('reduction', 'mean'), 'l2': other.pop('l2', '0'),
        'conventions': {'delta_sign': other.pop('delta', 'dE/dz'),
                        'update_sign': other.pop('sign', 'descent')},
        'training': {'rule': 'gd', 'learning_rate': other.pop('rate', '0.3'),
                     'update_order': other.pop('order', 'parallel'),
                     'update_biases': other.pop('biases', True),
                     'batch': other.pop('batch', 'full')}}
    if other.pop('no_biases', False):
        made['net']['biases'] = None
    assert not other, other
    return made


EXAMPLES = [
    (example('tanh-softmax-l2', [3, 4, 2], ['tanh', 'softmax'], 'softmax_ce', 1, 3, l2='0.05',
             targets=[['1', '0'], ['0', '1'], ['0.5', '0.5']],
             title='3-4-2, softmax and its cross entropy, a mean of three rows, a penalty'), 2, 12),
    (example('online-ascent', [2, 3, 2], ['sigmoid', 'tanh'], 'mse', 2, 3, delta='-dE/dz',
             sign='ascent', batch='online', biases=False, l2='0.1',
             targets=[['0.2', '-0.4'], ['0.9', '0.1'], ['-0.3', '0.7']],
             title="2-3-2, one row an update, uphill, biases stay, other sign of delta"), 4, 10),
    (example('sequential-deep', [2, 3, 2, 1], ['tanh', 'sigmoid', 'identity'], 'sse', 3, 2,
             order='sequential', reduction='sum', rate='0.1', l2='0.02', targets=[['0.5'], ['-1']],
             title='2-3-2-1, updated layer by layer from the output down'), 3, 12),
    (example('sequential-online', [2, 2, 2], ['sigmoid', 'sigmoid'], 'bce', 4, 2,
             order='sequential', batch='online', biases=False, no_biases=True,
             targets=[['1', '0'], ['0.3', '1']],
             title='2-2-2 without biases, layer by layer, one row an update'), 3, 11),
    (example('output-no-targets', [3, 3, 2], ['softplus', 'gelu'], 'output', 5, 2, rate='0.2',
             title='3-3-2, the first output itself is the loss'), 2, 12),
    (example('huber-elu-silu', [2, 3, 3, 2], ['elu', 'silu', 'identity'], 'huber', 6, 2,
             targets=[['2.5', '-0.1'], ['0.2', '-3']],
             title='2-3-3-2, Huber\'s loss on both sides of its change'), 2, 12),
    (example('softmax-squares', [2, 3, 3], ['relu', 'softmax'], 'half_sse', 7, 2, reduction='sum',
             delta='-dE/dz', targets=[['1', '0', '0'], ['0', '0', '1']],
             title='2-3-3, squared errors behind a softmax'), 2, 12),
]


def main(argv):
    here = os.path.dirname(os.path.abspath(__file__))
    folder = argv[0] if argv else os.path.join(here, '..', 'tests', 'data', 'examples')
    os.makedirs(folder, exist_ok=True)
    for made, steps, digits in EXAMPLES:
        fill(made, steps, digits)
        text = json.dumps({k: v for k, v in made.items() if k != 'expect'}, indent=2)
        rows = ',\n'.join('    ' + json.dumps(row) for row in made['expect'])
        with open(os.path.join(folder, made['name'] + '.json'), 'w') as file:
            file.write(text[:-2] + ',\n  "expect": [\n' + rows + '\n  ]\n}\n')


if __name__ == '__main__':
    main(sys.argv[1:])
