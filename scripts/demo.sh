#!/usr/bin/env bash
# A first look: scripts/demo.sh COMMAND.  XOR, handwritten digits, and the article's sheet.
set -eu
command=$(realpath "${1:?usage: scripts/demo.sh COMMAND}")
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

title() { printf '\n== %s ==\n' "$1"; }
run() {
    printf '\n$ backgemm'
    printf ' %s' "${@//$folder\//}"
    printf '\n'
    "$command" "$@" 2>&1 | sed "s|$folder/||g"
}

# On a terminal the command shows its progress there, which a pipe would hide.
train() {
    printf '\n$ backgemm train'
    printf ' %s' "${@//$folder\//}"
    printf '\n'
    "$command" train "$@" >"$folder/summary"
    sed "s|$folder/||g" "$folder/summary"
}

title "XOR: batch gradient descent over the whole truth table"
train table:xor -o "$folder/xor.model"
run eval "$folder/xor.model" table:xor

title "Handwritten digits: 1,437 rows to train, 360 rows by other writers held out"
train tests/data/digits.csv.gz --task classify --rows 1:1437 -o "$folder/digits.model"
run eval "$folder/digits.model" tests/data/digits.csv.gz --rows 1438:1797

title "One update by hand: the article's sheet"
run trace
