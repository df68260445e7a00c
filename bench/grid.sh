#!/usr/bin/env bash
# Is a second thread ever a loss?  100 shapes from 1 to 4,096 wide and 1 to 65,536 rows, 2 threads
# against 1, each pair in turns in one run; prints how many times as fast 2 threads are, and the
# worst case:  bench/grid.sh COMMAND [SECONDS_A_LINE [WIDTHS]]
set -u
command=$(realpath "${1:?usage: bench/grid.sh COMMAND [SECONDS_A_LINE [WIDTHS]]}")
seconds=${2:-0.05}
widths=${3:-1 2 4 8 16 32 64 256 1024 4096}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
: >"$folder/all"

# The widest with the most rows would take minutes a step.
rows_of() {
    case $1 in
    1024) echo 1 4 16 64 128 256 512 1024 2048 4096 ;;
    4096) echo 1 2 3 4 6 8 16 32 64 128 ;;
    *) echo 1 4 16 64 256 1024 4096 16384 32768 65536 ;;
    esac
}

before=
for width in $widths; do
    rows=$(rows_of "$width")
    if [ "$rows" != "$before" ]; then
        printf '%9s' 'rows:'
        # shellcheck disable=SC2086 # a list
        printf ' %7s' $rows
        echo
        before=$rows
    fi
    printf '%4d wide' "$width"
    for batch in $rows; do
        if ! "$command" bench --layers "$width,$width,1" --activation tanh --optimizer gd \
            --batch "$batch" --threads 1,2 --seconds "$seconds" --csv \
            >"$folder/csv" 2>"$folder/err"; then
            printf ' %7s' failed
            cat "$folder/err" >>"$folder/failures"
            continue
        fi
        sed 's/"[^"]*"/list/g' "$folder/csv" |
            awk -F, -v width="$width" -v rows="$batch" -v all="$folder/all" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
            NR == 3 {
                printf " %6.2f%s", $at["ratio"], $at["noisy"] == 1 ? "*" : " "
                print $at["ratio"], $at["ratio_low"], $at["ratio_high"], width, rows >>all
            }'
    done
    echo
done
echo "rows/s of 2 threads over those of 1, networks WIDTH-WIDTH-1 with tanh; * noisy"
sort -g "$folder/all" | awk '
    NR == 1 { printf "worst: %.2f (%.2f to %.2f), %d wide, %d rows a step\n", $1, $2, $3, $4, $5 }
    { slower += $3 < 0.95; ratio[NR] = $1 }
    END {
        printf "%d shapes, median %.2f; ", NR, ratio[int((NR + 1) / 2)]
        printf "slower beyond noise (all of the interval below 0.95): %d\n", slower
    }'
[ ! -e "$folder/failures" ] || { cat "$folder/failures"; exit 1; }
