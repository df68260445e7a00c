#!/usr/bin/env bash
# Ours against others:  scripts/bench_peers.sh WORKER [options of bench/peers/race.py]
# What the others need goes into build/peers: a Python environment, and FANN's worker where its
# library is installed.  PYTHON=... names another environment instead.
set -eu
worker=$(realpath "${1:?usage: scripts/bench_peers.sh WORKER [OPTIONS]}")
shift
cd "$(dirname "$0")/.."
folder=build/peers
packages=(numpy scikit-learn jax torch==2.13.0)
mkdir -p $folder

if [ -z "${PYTHON:-}" ]; then
    PYTHON=$folder/bin/python
    [ -x $PYTHON ] || python3 -m venv $folder
    # One by one, so that a package that cannot be had leaves the others; race.py names it.
    for package in "${packages[@]}"; do
        $PYTHON -m pip install --quiet --disable-pip-version-check "$package" ||
            echo "$package: pip cannot install it" >&2
    done
fi

scalar=$folder/scalar
gcc -O2 -fno-math-errno -o $scalar bench/peers/scalar.c -lm
fann=-
if pkg-config --exists fann; then
    fann=$folder/fann
    read -ra flags <<<"$(pkg-config --cflags --libs fann | sed 's/-lfann/-lfloatfann/')"
    gcc -O2 -o $fann bench/peers/fann.c "${flags[@]}" -lm
else
    echo "FANN is left out: apt-get install libfann-dev" >&2
fi
command -v gnuplot >/dev/null || echo "no picture without gnuplot" >&2
export PYTHONDONTWRITEBYTECODE=1
exec "$PYTHON" bench/peers/race.py "$worker" "$scalar" "$fann" --picture docs/peers.svg "$@"
