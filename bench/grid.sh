#!/usr/bin/env bash
# Is a second thread ever a loss?  bench/grid.sh COMMAND [SECONDS_A_LINE]: 100 shapes from 1 to
# 4,096 wide and 1 to 65,536 rows, 2 threads against 1, each pair in turns in one run; prints how
# many times as fast 2 threads are, and the worst case.
set -u
command=$(realpath "${1:?usage: bench/grid.sh COMMAND [SECONDS_A_LINE]}")
seconds=${2:-0.08}
widths="1 2 4 8 16 32 64 256 1024 4096"
batches="1 4 16 64 256 1024 4096 16384 32768 65536"
most=17179869184 # multiply-adds of a step, weights times rows: a few seconds
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

printf '%8s' 'width'
printf ' %7s' $batches
printf ' rows\n'
for width in $widths; do
    printf '%8d' "$width"
    for batch in $batches; do
        # The widest with the most rows would take minutes: fewer rows, in proportion.
        rows=$batch
        while [ $((3 * width * width * rows)) -gt $most ]; do rows=$((rows / 2)); done
        if ! "$command" bench --layers "$width,$width,$width,1" --activation tanh \
            --optimizer gd --batch "$rows" --threads 1,2 --seconds "$seconds" --csv \
            >"$folder/csv" 2>"$folder/err"; then
            printf ' %7s' failed
            cat "$folder/err" >>"$folder/failures"
            continue
        fi
        awk -F, -v width="$width" -v rows="$rows" -v all="$folder/all" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
            NR == 3 {
                printf " %6.2f%s", $at["ratio"], $at["noisy"] ? "*" : " "
                print $at["ratio"], $at["ratio_low"], $at["ratio_high"], width, rows >>all
            }' <(sed 's/"[^"]*"/widths/g' "$folder/csv")
    done
    echo
done
echo
echo "rows/s of 2 threads over those of 1, of networks width-width-width-1; * noisy"
sort -g "$folder/all" | awk '
    NR == 1 { printf "worst: %.2f (%.2f to %.2f), %d wide, %d rows a step\n", $1, $2, $3, $4, $5 }
    { slower += $3 < 0.95; ratio[NR] = $1 }
    END { printf "%d shapes, median %.2f; slower beyond noise (the interval below 0.95): %d\n",
          NR, ratio[int((NR + 1) / 2)], slower }'
[ ! -e "$folder/failures" ] || { cat "$folder/failures"; exit 1; }
