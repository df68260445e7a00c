# --l1 beside --l2: what is told of it, the same bits, who refuses it.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

"$BACKGEMM" train $IRIS -e 3 --l1 0.01 -o "$T/m" >"$OUT" 2>"$ERR"
check "train tells it" grep -q ', l1 0.01;' "$ERR"
check "info tells it" grep -q 'l2 0, l1 0.01$' <("$BACKGEMM" info "$T/m")
"$BACKGEMM" info "$T/m" --json >"$T/json"
same "info --json too" "$(number l1 "$T/json")" 0.01
exits "check holds the model's gradient against the references" 0 "$BACKGEMM" check "$T/m" $IRIS
check "and says which objective" grep -q 'objective .*, l1 0.01' "$OUT"
for start in "--init zeros" "--init ones --precision f64" "--l2 0.5 --layers 20,30"; do
    # shellcheck disable=SC2086 # a list of options
    exits "check $start" 0 "$BACKGEMM" check $IRIS --l1 0.3 $start
done
exits "the penalty does not count in eval" 0 "$BACKGEMM" eval "$T/m" $IRIS --json
cp "$OUT" "$T/eval"
"$BACKGEMM" train $IRIS -q -e 0 --init "$T/m" -o "$T/plain" >/dev/null
"$BACKGEMM" eval "$T/plain" $IRIS --json >"$T/eval0"
same "and the loss is that of the same weights without" "$(number loss "$T/eval")" \
    "$(number loss "$T/eval0")"

# A penalty on columns of noise: their weights end next to 0, those that matter do not.
awk 'BEGIN { srand(7); print "a,b,c,y"; for (i = 0; i < 400; i++) { a = rand() - 0.5
    b = rand() - 0.5; c = rand() - 0.5; print a "," b "," c "," 3 * a + 0.05 * (rand() - 0.5) } }' \
    >"$T/sparse.csv"
weights() {
    "$BACKGEMM" train "$T/sparse.csv" -q -o "$T/m" --layers none --optimizer gd --batch all \
        --lr 0.1 -e 2000 --schedule exponential --gamma 0.995 --loss half_sse --precision f64 \
        "$@" >/dev/null
    tail -c 32 "$T/m" | od -An -tf8 -v | tr -s ' \n' ' ' # W[0..2] and the bias
}
read -r _ b c _ <<<"$(weights --l1 0.1)"
near "the weight of a column of noise" "$b" 0 0.001
near "and of the other" "$c" 0 0.001
read -r _ b0 _ <<<"$(weights)"
at_least "without the penalty it is not" "$(awk -v b="$b0" 'BEGIN { print b < 0 ? -b : b }')" 0.0001

for threads in 2 3; do
    for how in "--layers 3 --batch 50" "--layers 200,80 --optimizer gd"; do
        # shellcheck disable=SC2086 # a list of options
        same "$how, $threads threads: the same bits" \
            "$(sha_of $IRIS -e 5 --l1 0.01 --l2 0.001 $how --threads $threads)" \
            "$(sha_of $IRIS -e 5 --l1 0.01 --l2 0.001 $how --threads 1)"
    done
done
"$BACKGEMM" train $IRIS -q -e 2 --l1 0.5 -o "$T/m" --checkpoint "$T/c" >/dev/null
refuses "going on with another" 2 'l1 is 0.5, here it is 0' "$BACKGEMM" train $IRIS -q -e 4 \
    -o "$T/m" --resume "$T/c"
same "going on with the same" "$(sha_of $IRIS -e 4 --l1 0.5 --resume "$T/c")" \
    "$(sha_of $IRIS -e 4 --l1 0.5)"
for optimizer in lm lstsq lbfgs; do
    refuses "--l1 of $optimizer" 2 "--l1 is for .*, not $optimizer" "$BACKGEMM" train $IRIS \
        --optimizer $optimizer --l1 1 -q -o "$T/m"
done
refuses "a penalty below 0" 2 '--l1 -1 is outside 0 <= X' "$BACKGEMM" train $IRIS --l1 -1 -q -o \
    "$T/m"
refuses "a sheet has none" 2 'unknown option --l1' "$BACKGEMM" trace table:xor --l1 1
finish
