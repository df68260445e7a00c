# The largest stable learning rate, and training with it.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

# one layer with a penalty has a single minimum
layer="--layers none --precision f64 --l2 0.01 --optimizer gd --batch all"
exits "--lr auto trains" 0 "$BACKGEMM" train $IRIS $layer --lr auto --epochs 600 --json \
    -o "$T/minimum"
minimum=$(number loss "$OUT")
check "and says its rate" grep -q '^--lr auto: [0-9.]*, half the largest stable rate' "$ERR"
rate=$(sed -n 's/^--lr auto: \([0-9.]*\),.*/\1/p' "$ERR")
near "the model keeps it" "$("$BACKGEMM" info "$T/minimum" | awk '$1 == "lr" { print $2 }')" \
    "$rate" 1e-5
exits "stability looks at the minimum" 0 "$BACKGEMM" stability "$T/minimum" $IRIS --json
for key in parameters rows loss gradient_norm lambda_max lambda_min residual method condition \
    along_gradient stable_lr; do
    check "--json has $key" grep -q "\"$key\": " "$OUT"
done
largest=$(number stable_lr "$OUT")
check "the text ends with words" test -n "$("$BACKGEMM" stability "$T/minimum" $IRIS | tail -1)"
check "and knows it as one" grep -q 'nothing bends down: a minimum' "$OUT"
# what is left of the gradient shrinks by 0.98 a step, or grows by 1.02
for share in 0.99 1.01; do
    lr=$(awk -v a="$largest" -v b=$share 'BEGIN { printf "%.17g", a * b }')
    "$BACKGEMM" train $IRIS $layer --lr "$lr" --init "$T/minimum" --epochs 2500 -q --json \
        -o "$T/moved" >"$T/json$share"
done
near "1 % under stays there" "$(number loss "$T/json0.99")" "$minimum" 1e-7
at_least "1 % over does not: loss" "$(number loss "$T/json1.01")" \
    "$(awk -v a="$minimum" 'BEGIN { print a + 1e-4 }')"

"$BACKGEMM" train table:xor -q --epochs 50 -o "$T/xor" >/dev/null
exits "truth tables too" 0 "$BACKGEMM" stability "$T/xor" table:xor
check "elsewhere it is a model of the next steps" grep -q 'This is no minimum' "$OUT"
check "lines of 80 columns at most" sh -c '! grep -q "^.\{81,\}" "$0"' "$OUT"
check "none ends with a blank" sh -c '! grep -q " $" "$0"' "$OUT"

# A hidden unit of weights 0: the last bias goes to the mean 1 as 0.8^epochs.  The curvature is 2 in
# it, +-2c between the two weights, c the covariance of x and y, and +-2 0.8^epochs between the
# unit's bias and its weight.
# bends C EPOCHS
bends() {
    awk -v c="$1" 'BEGIN {
        print "x,y"
        printf "1,%.9f\n1,%.9f\n-1,%.9f\n-1,%.9f\n", 2 + c, c, 2 - c, -c
    }' >"$T/bent.csv"
    "$BACKGEMM" train "$T/bent.csv" -q --task regress --init zeros -a tanh -l 1 --scale none \
        --optimizer gd --lr 0.1 --batch all --precision f64 -e "$2" -o "$T/bent" >/dev/null
    exits "curvature -$1 after $2 epochs" 0 "$BACKGEMM" stability "$T/bent" "$T/bent.csv"
    check "no line ends with a blank" sh -c '! grep -q " $" "$0"' "$OUT"
}
bends 0 45
near "lambda_min is a little below 0" "$(awk '$1 == "lambda_min" { print $2 }' "$OUT")" -8.7e-5 1e-6
check "with a gradient left it is not settled" grep -q '^The gradient is small but not 0 yet' "$OUT"
bends 0 400
check "with none left it is a minimum" grep -q 'nothing bends down: a minimum\.' "$OUT"
bends 0.00001 400
check "or a saddle" grep -q 'bends down somewhere: a saddle\.' "$OUT"
bends 0.01 45
check "clear curvature is one before" grep -q 'bends down somewhere: a saddle\.' "$OUT"

whole=$(sha_of $IRIS $layer --lr auto --epochs 20)
"$BACKGEMM" train $IRIS $layer --lr auto --epochs 9 -q -o "$T/part" --checkpoint "$T/state" \
    >/dev/null
same "a resumed run keeps its rate" \
    "$(sha_of $IRIS $layer --lr auto --epochs 20 --resume "$T/state")" "$whole"
mkdir "$T/out"
refuses "auto is for gd" 2 'lr auto is for --optimizer gd, not adam' \
    "$BACKGEMM" train $IRIS --lr auto -q -o "$T/out/m"
refuses "and no other word" 2 'wants a number or auto, not "best"' \
    "$BACKGEMM" train $IRIS --lr best -q -o "$T/out/m"
no_file "nothing is written"

finish
