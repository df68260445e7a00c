#!/usr/bin/env bash
# Seconds to a given training loss on FANN's `building` set, in double: lm against adam with the
# best of five learning rates, mini-batches.  bench/lm_against_adam.sh [COMMAND [LOSS [SEEDS]]]
set -eu
cd "$(dirname "$0")/.."
command=${1:-build/backgemm}
loss=${2:-0.0051}
seeds=${3:-3}
most=6
data=tests/data/building.train.gz
net="--layers 16 --activation tanh --output-activation identity --loss mse --precision f64"
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

# seconds OPTIONS...: to the loss, or "-" where it is not reached in time
seconds() {
    "$command" train $data $net --stop-loss "$loss" --max-time $most --epochs 1000000 -q --json \
        -o "$T/model" "$@" | sed 's/[{}"]//g' | tr ',' '\n' | awk -F': ' -v want="$loss" '
        $1 ~ / *loss$/ { got = $2 } $1 ~ /^ *seconds$/ { s = $2 }
        $1 ~ /ending$/ && $2 ~ /reached/ { reached = 1 }
        END { if (reached) printf "%.3f\n", s; else print "-" }'
}

echo "seconds to loss $loss (14-16-3, 2,104 rows, up to $most s), seeds 1 to $seeds"
for seed in $(seq 1 "$seeds"); do
    printf 'seed %d   lm %8s   adam' "$seed" "$(seconds --optimizer lm --seed "$seed")"
    for lr in 0.0003 0.001 0.003 0.01 0.03; do
        printf '   %s: %s' $lr "$(seconds --optimizer adam --lr $lr --batch 64 --seed "$seed")"
    done
    echo
done
