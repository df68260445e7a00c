#!/usr/bin/env bash
# Models as Python sees them: test_python_interop.sh [COMMAND]
# Trains small models, predicts with the command and with PyTorch (and NumPy) from the model file
# alone, and compares to 1e-6.  PYTHON names the interpreter; without the packages it skips.
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
