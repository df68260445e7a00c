# Learning rates that move: their rates in the log, and what the model says of them.
. tests/cli/lib.sh

# rates OPTIONS...: the rate of the last update of every epoch; 150 rows, all at once
rates() {
    "$BACKGEMM" train $DATA/iris.csv -q --batch all --optimizer gd --lr 0.5 -o "$T/m" --log \
        "$T/l.csv" "$@" >/dev/null
    tail -n +2 "$T/l.csv" | cut -d, -f5 | tr '\n' ' '
}
same "step" "$(rates -e 6 --schedule step --step-size 2 --gamma 0.5)" \
    "0.5 0.5 0.25 0.25 0.125 0.125 "
same "step: a third of the epochs" "$(rates -e 3 --schedule step)" "0.5 0.05 0.005000000000000001 "
same "exponential" "$(rates -e 4 --schedule exponential --gamma 0.5)" "0.5 0.25 0.125 0.0625 "
same "warm-up" "$(rates -e 5 --warmup 4)" "0.125 0.25 0.375 0.5 0.5 "
rates -e 8 --schedule cosine --warmup 3 --t-max 4 --eta-min 0.1 | tr ' ' '\n' >"$T/rates"
near "cosine: after the warm-up" "$(sed -n 4p "$T/rates")" 0.5 1e-12
near "half-way" "$(sed -n 6p "$T/rates")" 0.3 1e-12
near "at the end" "$(sed -n 8p "$T/rates")" 0.1 1e-12
check "info tells it" grep -q 'schedule  *cosine to 0.1 in 4 updates, after 3 updates of warm-up' \
    <("$BACKGEMM" info "$T/m")

rates -e 4 --schedule exponential --gamma 0.5 --batch 50 >"$T/rates"
near "in batches gamma is of an epoch" "$(cut -d' ' -f3 "$T/rates")" \
    "$(awk 'BEGIN { print 0.5 * 0.5 ^ (8 / 3) }')" 1e-5
"$BACKGEMM" train $DATA/iris.csv -q -e 2 -o "$T/m" --log "$T/l.csv" >/dev/null
same "without a schedule the log has no rates" "$(head -1 "$T/l.csv")" "epoch,steps,loss,seconds"
same "a constant schedule is none" "$(sha_of $DATA/iris.csv --schedule constant --warmup 0)" \
    "$(sha_of $DATA/iris.csv)"
for schedule in step exponential cosine; do
    for threads in 2 3; do
        same "$schedule, $threads threads, the same bits" "$(sha_of $DATA/iris.csv --schedule \
            $schedule --warmup 1.5 --threads $threads)" "$(sha_of $DATA/iris.csv --schedule \
            $schedule --warmup 1.5 --threads 1)"
    done
done
refuses "a sheet has no schedule" 2 'unknown option --schedule' "$BACKGEMM" trace table:xor \
    --schedule step
finish
