# L-BFGS from the command line: known answers, logs, how it ends, stop and resume, what it refuses.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

# A linear network: the closed form's loss.
"$BACKGEMM" train $DATA/longley.csv --optimizer lstsq --layers none -q --json -o "$T/m" >"$T/json"
exits "lbfgs fits a linear network" 0 "$BACKGEMM" train $DATA/longley.csv --optimizer lbfgs \
    --layers none --json -o "$T/m"
near "as the closed form does" "$(number loss "$OUT")" "$(number loss "$T/json")" 1e-6
check "it takes all rows, in double" grep -q 'parameters f64' "$ERR"
check "it has no learning rate" grep -q 'lbfgs, all rows at once, 1000 epochs' "$ERR"
check "the model tells it" grep -q 'optimizer  *lbfgs' <("$BACKGEMM" info "$T/m")

# The end is found, and told.
exits "with a penalty on iris" 0 "$BACKGEMM" train $IRIS --optimizer lbfgs --l2 0.01 -a tanh \
    --json -v -o "$T/m" --log "$T/log.csv"
check "it converges" grep -q '^ended: converged' "$ERR"
check "and JSON says so" grep -q '"ending": "converged' "$OUT"
at_least "in fewer epochs than it may take" 999 "$(number epochs "$OUT")"
same "the log has the gradient's length" "$(head -1 "$T/log.csv")" "epoch,steps,loss,seconds,norm"
check "the loss never rises" awk -F, 'NR > 2 && $3 > before * (1 + 1e-14) { bad = 1 }
    { before = $3 } END { exit bad }' "$T/log.csv"
"$BACKGEMM" stability "$T/m" $IRIS --json >"$T/json"
near "the last length is that of the model's gradient" "$(tail -1 "$T/log.csv" | cut -d, -f5)" \
    "$(number gradient_norm "$T/json")" 1e-9
ours=$(number loss "$OUT")
"$BACKGEMM" train $IRIS --optimizer adam --l2 0.01 -a tanh --precision f64 -q --json -o "$T/m" \
    >"$T/json"
at_least "the loss is no higher than adam's" "$(number loss "$T/json")" "$ours"
exits "XOR" 0 "$BACKGEMM" train table:xor --optimizer lbfgs -a tanh -q -o "$T/m"
"$BACKGEMM" eval "$T/m" table:xor --json >"$T/json"
same "with every row right" "$(number accuracy "$T/json")" 1

# What ends other runs ends this one.
"$BACKGEMM" train $IRIS --optimizer lbfgs --stop-loss 0.01 -q --json -o "$T/m" >"$T/json"
same "--stop-loss" "$(word ending "$T/json")" "the loss asked for is reached"
"$BACKGEMM" train $IRIS --optimizer lbfgs --valid 0.3 --patience 3 --json -o "$T/m" >"$T/json" \
    2>"$ERR"
same "--patience with --valid" "$(word ending "$T/json")" "no better loss within --patience"
check "keeps the best weights" grep -q 'the weights are those of epoch' "$ERR"
"$BACKGEMM" train $IRIS --optimizer lbfgs --max-time 1e-9 -q --json -o "$T/m" >"$T/json"
same "--max-time" "$(word ending "$T/json")" "the time is over"
"$BACKGEMM" train $IRIS --optimizer lbfgs --epochs 7 -q --json -o "$T/m" >"$T/json"
same "--epochs are steps" "$(number steps "$T/json")" 7

for precision in f32 f64; do
    how="$IRIS --optimizer lbfgs --l2 0.01 --precision $precision"
    # shellcheck disable=SC2086 # a list of options
    {
        whole=$(sha_of $how --epochs 40)
        "$BACKGEMM" train $how --epochs 17 -q -o "$T/m" --checkpoint "$T/state" >/dev/null
        same "$precision, stop and resume: the same bits" \
            "$(sha_of $how --epochs 40 --resume "$T/state")" "$whole"
        same "$precision, a call for every epoch: the same bits" \
            "$(sha_of $how --epochs 40 --log "$T/log.jsonl")" "$whole"
        "$BACKGEMM" train $how --epochs 17 --patience 9 -q -o "$T/m" --checkpoint "$T/state" \
            >/dev/null
        same "$precision, with --patience too" \
            "$(sha_of $how --epochs 40 --patience 9 --resume "$T/state")" \
            "$(sha_of $how --epochs 40 --patience 9)"
    }
done
refuses "a checkpoint of it is not adam's" 2 'optimizer is lbfgs, here it is adam' "$BACKGEMM" \
    train $IRIS --l2 0.01 --precision f64 --batch all -q -o "$T/m" --resume "$T/state"

# The plan is that of its passes over the rows, and a checkpoint keeps the cut.
exits "--dry-run" 0 "$BACKGEMM" train $IRIS --optimizer lbfgs --dry-run -q -o "$T/none"
check "shows the cut" grep -q '^slots  *[1-9]' "$OUT"
check "a checkpoint knows it" grep -q '^tile-rows  *[1-9]' <("$BACKGEMM" info "$T/state")

mkdir "$T/out"
refuses "batches" 2 'lbfgs takes all rows at once, not batches of 10' \
    "$BACKGEMM" train $IRIS --optimizer lbfgs --batch 10 -q -o "$T/out/m"
refuses "a penalty with a kink" 2 'l1 is for steps along the gradient, which bear its kink at 0' \
    "$BACKGEMM" train $IRIS --optimizer lbfgs --l1 0.1 -q -o "$T/out/m"
refuses "a rate" 2 'lr is for steps along the gradient, not lbfgs' \
    "$BACKGEMM" train $IRIS --optimizer lbfgs --lr 0.1 -q -o "$T/out/m"
refuses "a schedule" 2 '--schedule is for .*, not lbfgs' \
    "$BACKGEMM" train $IRIS --optimizer lbfgs --schedule cosine -q -o "$T/out/m"
refuses "ascent" 2 'update-sign is for steps along the gradient, not lbfgs' \
    "$BACKGEMM" train $IRIS --optimizer lbfgs --update-sign ascent -q -o "$T/out/m"
refuses "standard errors" 2 'standard-errors is for lm and lstsq, not lbfgs' \
    "$BACKGEMM" train $IRIS --optimizer lbfgs --standard-errors "$T/e.csv" -q -o "$T/out/m"
refuses "a plan of batches" 2 'lbfgs takes all rows at once, not batches of 10' \
    "$BACKGEMM" plan $IRIS --optimizer lbfgs --batch 10
refuses "a race against others by steps" 2 'lbfgs takes no steps along a gradient' \
    "$BACKGEMM" bench --layers 4,3,1 --optimizer lbfgs
no_file "nothing is written"

finish
