#!/usr/bin/env bash
# Models as Python sees them: test_python_interop.sh [COMMAND]
# Trains small models, predicts with the command and with PyTorch (and NumPy) from the model file
# alone, and compares to 1e-6.  Then the way back: what PyTorch did, recorded and compared.  PYTHON
# names the interpreter; without the packages it skips.
set -eu
cd "$(dirname "$0")/.."
command=${1:-build/backgemm}
python=${PYTHON:-python3}
if ! "$python" -c 'import numpy, safetensors' 2>/dev/null; then
    echo "skipped: $python has no numpy and safetensors packages"
    exit 0
fi
engines=numpy
if "$python" -c 'import torch' 2>/dev/null; then
    engines="numpy torch"
else
    echo "without PyTorch: $python does not have it"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

compare() { # MODEL DATA
    "$command" predict "$scratch/$1" "$2" --proba -o "$scratch/$1.csv"
    printf '%s\n%s\n%s\n' "$scratch/$1" "$2" "$scratch/$1.csv" >>"$scratch/pairs"
}

# Inputs of very different sizes, and a number to predict.
numbers=$scratch/numbers.csv
awk 'BEGIN {
    print "size,a b,weight,y"
    for (i = 0; i < 60; i++)
        printf "%.3f,%d,%.2f,%.4f\n", i / 7 - 4, i * i, 1e4 + i % 11, sin(i)
}' >"$numbers"
for activation in identity sigmoid tanh relu leaky_relu elu softplus gelu silu; do
    "$command" train "$numbers" -q -o "$scratch/$activation" --epochs 20 --layers 5,4 \
        --activation "$activation" --output-activation "$activation" --loss mse --precision f64 \
        >/dev/null
    compare "$activation" "$numbers"
done
for precision in f32 f64; do
    for scale in standard minmax none; do
        "$command" train tests/data/iris.csv -q -o "$scratch/iris-$precision-$scale" --epochs 30 \
            --scale "$scale" --precision "$precision" >/dev/null
        compare "iris-$precision-$scale" tests/data/iris.csv
    done
done

cp "$scratch/iris-f64-standard" "$scratch/packed"
gzip -c tests/data/iris.csv >"$scratch/iris.csv.gz"
compare packed "$scratch/iris.csv.gz"

# A column of weights, by name and by place.
tail -n +2 "$numbers" >"$scratch/no_names.csv"
"$command" train "$numbers" -q -o "$scratch/weighted" --epochs 20 --weights weight >/dev/null
compare weighted "$numbers"
"$command" train "$scratch/no_names.csv" -q -o "$scratch/bare" --epochs 20 --weights 2 >/dev/null
compare bare "$scratch/no_names.csv"

# A target before the inputs, with and without weights.
"$command" train "$scratch/no_names.csv" -q -o "$scratch/first" --epochs 20 -t 1 >/dev/null
compare first "$scratch/no_names.csv"
"$command" train "$scratch/no_names.csv" -q -o "$scratch/light" --epochs 20 -t 3 --weights 2 \
    >/dev/null
compare light "$scratch/no_names.csv"

# One process for all: PyTorch takes seconds to start.
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=scripts "$python" - "$scratch/pairs" $engines <<'END'
import sys
from predict_with_pytorch import main

with open(sys.argv[1], encoding="utf-8") as file:
    paths = file.read().split("\n")[:-1]
checks = failures = 0
for model, data, predictions in zip(paths[::3], paths[1::3], paths[2::3]):
    for engine in sys.argv[2:]:
        checks += 1
        failures += main([model, data, "--against", predictions, "--engine", engine])
print(f"python: {checks} comparisons with {', '.join(sys.argv[2:])}, {failures} failures")
sys.exit(failures != 0)
END

case $engines in *torch) ;; *) exit 0 ;; esac
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=scripts
"$python" scripts/record_pytorch_trace.py "$scratch/own.npz"
"$python" -W ignore - "$scratch" <<'END'
import sys
import torch
from torch import nn
from record_pytorch_trace import Recorder

torch.manual_seed(1)
x = torch.randn(40, 4)
classes = torch.randint(0, 3, (40,))
yes = torch.randint(0, 2, (40,)).float()


def record(name, width, last, word, loss, t, x=x):
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, width), *last)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    recorder = Recorder(net, optimizer, word)
    for i in range(5):
        rows = slice(8 * i, 8 * i + 8)
        optimizer.zero_grad()
        value = loss(net(x[rows]), t[rows])
        value.backward()
        recorder.step(x[rows], t[rows], value)
    recorder.save(f"{sys.argv[1]}/{name}.npz")


def squeezed(loss):
    return lambda a, t: loss(a.squeeze(1), t)


entropy, logits = nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()
record("class-numbers", 3, [], "softmax_ce", entropy, classes)
record("one-hot", 3, [], "softmax_ce", entropy, nn.functional.one_hot(classes, 3).float())
record("nll", 3, [nn.LogSoftmax(1)], "softmax_ce", nn.NLLLoss(), classes)
record("images", 3, [], "softmax_ce", entropy, classes, x.reshape(40, 1, 2, 2))
record("logits", 1, [], "bce", squeezed(logits), yes)
record("bce", 1, [nn.Sigmoid()], "bce", squeezed(nn.BCELoss()), yes)
record("mse", 1, [], "mse", squeezed(nn.MSELoss()), yes)
record("softmax-twice", 3, [nn.Softmax(1)], "softmax_ce", entropy, classes)
record("broadcast", 1, [], "mse", nn.MSELoss(), yes)
END
compared=0
wrong=0
for path in "$scratch"/*.npz; do
    case $(basename "$path") in softmax-twice.npz | broadcast.npz) want=5 ;; *) want=0 ;; esac
    code=0
    "$command" compare "$path" >"$scratch/said" || code=$?
    compared=$((compared + 1))
    if [ "$code" != $want ]; then
        echo "compare $(basename "$path"): exit $code, not $want"
        cat "$scratch/said"
        wrong=$((wrong + 1))
    fi
done
echo "compare: $compared runs of PyTorch, $wrong failures"
[ "$compared" = 10 ] && [ "$wrong" = 0 ]
