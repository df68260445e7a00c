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

finish
