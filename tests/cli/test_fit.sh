# Least squares from the command line: closed form, Levenberg and Marquardt, what they refuse.
. tests/cli/lib.sh
LONGLEY=$DATA/longley.csv

exits "lstsq fits Longley" 0 "$BACKGEMM" train $LONGLEY --optimizer lstsq --scale none --json \
    -o "$T/longley"
near "to the certified sum of squares" "$(number rss "$OUT")" 836424.055505915 1e-5
same "of full rank" "$(number rank "$OUT")" 7
near "and the condition of its inputs" "$(number condition "$OUT")" 4.859257e9 1e4
near "loss is their mean" "$(number loss "$OUT")" 52276.5034691197 1e-6
check "a fit needs one epoch" grep -q 'lstsq, all rows at once, 1 epoch;' "$ERR"
"$BACKGEMM" info "$T/longley" >"$OUT"
check "the model knows rank and condition" grep -q '^condition  *4859257' "$OUT"
"$BACKGEMM" train $LONGLEY --optimizer lstsq -q -o "$T/scaled" >"$OUT"
check "the summary does too" grep -q 'sum of squares 836424.0555, rank 7 of 7, condition 11' "$OUT"
"$BACKGEMM" train table:xor --optimizer lstsq -q -o "$T/xor" >/dev/null
for a in $("$BACKGEMM" predict "$T/xor" table:xor | tail -n +2); do
    near "the best line for XOR is one half" "$a" 0.5 1e-14
done
exits "two rows leave many solutions" 0 "$BACKGEMM" train table:xor --rows 1:2 --optimizer \
    lstsq -o "$T/few"
check "which is said" grep -q 'rank 2 of 3: of many solutions the shortest' "$OUT"
exits "classes by least squares" 0 "$BACKGEMM" train $DATA/iris.csv --optimizer lstsq -q \
    -o "$T/iris"
"$BACKGEMM" eval "$T/iris" $DATA/iris.csv --json >"$T/json"
at_least "with the accuracy of a linear classifier" "$(number accuracy "$T/json")" 0.8

mkdir "$T/out"
refuses "hidden layers have no closed form" 2 'one identity layer; this network has hidden layers' \
    "$BACKGEMM" train table:xor --optimizer lstsq --layers 3 -q -o "$T/out/m"
refuses "nor have sigmoid units" 2 'this network has sigmoid' \
    "$BACKGEMM" train table:xor --optimizer lstsq --output-activation sigmoid -q -o "$T/out/m"
refuses "nor other losses" 2 'sums of squares (mse, half_sse, sse), not mae' \
    "$BACKGEMM" train $LONGLEY --optimizer lstsq --loss mae -q -o "$T/out/m"
refuses "batches are refused" 2 'all rows at once, not batches of 4' \
    "$BACKGEMM" train $LONGLEY --optimizer lstsq --batch 4 -q -o "$T/out/m"
refuses "there is no plan for it" 2 'lstsq takes no steps along a gradient' \
    "$BACKGEMM" train $LONGLEY --optimizer lstsq --dry-run -q -o "$T/out/m"
no_file "and no model is written"

# Levenberg and Marquardt
solved=0
for seed in $(seq 0 99); do
    "$BACKGEMM" train table:xor --optimizer lm --epochs 99 --seed "$seed" -q --json -o "$T/xor" \
        >"$T/json"
    awk -v l="$(number loss "$T/json")" 'BEGIN { exit !(l <= 1e-12) }' && solved=$((solved + 1))
done
at_least "lm: XOR 2-3-1, seeds of 100 down to 1e-12 in under 100 iterations" "$solved" 95

RAT=$DATA/rat42.csv
sigmoid="--optimizer lm --layers 1 --activation sigmoid --scale none --seed 3"
exits "lm fits a sigmoid curve" 0 "$BACKGEMM" train $RAT $sigmoid --json -o "$T/rat" \
    --log "$T/log.csv" --standard-errors "$T/errors.csv"
same "of full rank" "$(number rank "$OUT")" 4
check "and says that it converged" grep -q '"end": "converged' "$OUT"
same "the log has damping and gain" "$(head -1 "$T/log.csv")" \
    "epoch,steps,loss,seconds,damping,gain"
same "each parameter has a standard error" "$(grep -c '^[Wb]\[[12]\].*,[0-9.e-]*,[0-9]' \
    "$T/errors.csv")" 4
whole=$(sha_of $RAT $sigmoid --epochs 20)
"$BACKGEMM" train $RAT $sigmoid --epochs 9 -q -o "$T/part" --checkpoint "$T/state" >/dev/null
same "stop and resume: the same bits" "$(sha_of $RAT $sigmoid --epochs 20 --resume "$T/state")" \
    "$whole"
same "threads: the same bits" "$(sha_of $DATA/iris.csv --optimizer lm --epochs 5 --threads 1)" \
    "$(sha_of $DATA/iris.csv --optimizer lm --epochs 5 --threads 3)"
exits "more parameters than residuals" 0 "$BACKGEMM" train table:xor --optimizer lm \
    --standard-errors "$T/errors.csv" -o "$T/xor"
check "have no standard errors, and this is said" grep -q 'rank 4 of 13 parameters' "$ERR"
"$BACKGEMM" train $RAT $sigmoid --stop-loss 3 -q --json -o "$T/rat" >"$T/json"
same "--stop-loss ends it" "$(word ending "$T/json")" "the loss asked for is reached"

refuses "lm wants sums of squares" 2 'sums of squares (mse, half_sse, sse), not huber' \
    "$BACKGEMM" train $RAT --optimizer lm --loss huber -q -o "$T/out/m"
refuses "and no more than 5000 parameters" 2 'lm fits up to 5000 parameters at once' \
    "$BACKGEMM" train $RAT --optimizer lm --layers 2000 -q -o "$T/out/m"
rm -f "$T/xor"
exits "standard errors on a full disk" 7 "$BACKGEMM" train table:xor --optimizer lm -q \
    --standard-errors /dev/full -o "$T/xor"
check "cost no model" "$BACKGEMM" info "$T/xor"
refuses "standard errors are of least squares" 2 'standard-errors is for lm and lstsq, not adam' \
    "$BACKGEMM" train $RAT --standard-errors "$T/e.csv" -q -o "$T/out/m"
refuses "there is no rate to set" 2 'lr is for steps along the gradient, not lm' \
    "$BACKGEMM" train $RAT --optimizer lm --lr 0.1 -q -o "$T/out/m"
no_file "nothing is written"

finish
