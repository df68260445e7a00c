#!/usr/bin/env bash
# Draws docs/training.svg from two real runs:  scripts/draw_training.sh COMMAND  (needs gnuplot)
set -eu
command=$(realpath "${1:?usage: scripts/draw_training.sh COMMAND}")
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A hundred points for a factor of ten are all that a picture shows.
thin() { awk -F, 'NR == 1 || $1 >= next_one { print; next_one = $1 * 1.023 }' "$1" >"$1.thin"; }

for seed in 1 2 3 4 5; do
    "$command" train table:xor --scale standard --init orthogonal --seed $seed -q \
        --log "$folder/xor$seed.csv" -o "$folder/model" >/dev/null
    thin "$folder/xor$seed.csv"
done
# The rows of the README's commands: 1,437 to learn from, then 360 by other writers.
gzip -dc tests/data/digits.csv.gz | sed -n '1438,1797p' >"$folder/others.csv"
"$command" train tests/data/digits.csv.gz --task classify --rows 1:1437 \
    --valid "$folder/others.csv" -q \
    --log "$folder/digits.csv" -o "$folder/model" >/dev/null

gnuplot <<END
set terminal svg size 820,300 dynamic enhanced font 'sans-serif,12' background 'white'
set output 'docs/training.svg'
set datafile separator ','
set multiplot layout 1,2
set logscale xy
set format '10^{%T}'
set grid lc rgb '#dddddd'
set title 'XOR, 2-3-1'
set xlabel 'epochs'
set key bottom left samplen 2
set ylabel 'mean squared error'
plot for [s=1:5] '$folder/xor'.s.'.csv.thin' every ::1 using 1:3 \
    with lines lw 1 lc rgb word('#1f77b4 #d62728 #2ca02c #9467bd #e08000', s) title 'seed '.s
unset key
unset logscale y
set format y '%g'
set format x '%g'
set title 'handwritten digits, 64-100-10: 360 rows by other writers'
set ylabel 'accuracy'
set yrange [0.5:1]
plot '$folder/digits.csv' every ::1 using 1:6 with lines lw 1.5 lc rgb '#1f77b4' notitle
unset multiplot
END
