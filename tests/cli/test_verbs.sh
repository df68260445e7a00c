# What each verb prints and writes.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

exits "train talks, then sums up in one line" 0 "$BACKGEMM" train $IRIS -o "$T/iris"
same "one line on standard output" "$(wc -l <"$OUT")" 1
check "the settings are told" grep -q 'adam, lr 0.001, batches of 64, 400 epochs' "$ERR"
check "no progress where there is no terminal" sh -c '! grep -q epoch.1/ "$0"' "$ERR"
exits "-q says nothing" 0 "$BACKGEMM" train $IRIS -q --json -o "$T/iris2"
check "not a word" test ! -s "$ERR"
same "one JSON object" "$(wc -l <"$OUT")" 1
for key in model epochs rows parameters loss seconds rows_per_second threads precision seed \
    sha256; do
    check "train --json has $key" grep -q "\"$key\": " "$OUT"
done
same "loss is that of all training rows" "$(number loss "$OUT")" \
    "$("$BACKGEMM" eval "$T/iris2" $IRIS --json >"$T/json"; number loss "$T/json")"
"$BACKGEMM" info "$T/iris2" --json >"$T/json"
same "info has the same sha256" "$(word sha256 "$T/json")" "$(word sha256 "$OUT")"
check "info knows the command" grep -q '"command": "backgemm train tests/data/iris.csv -q --json' \
    "$T/json"
check "info knows names, scaling, seed" grep -q \
    '"name": "sepal_length", "offset": 5.84.*"seed": "1"' "$T/json"
exits "info as text" 0 "$BACKGEMM" info "$T/iris2"
check "with every class" grep -q 'setosa, versicolor, virginica' "$OUT"
"$BACKGEMM" train -q $IRIS -o "$T/iris2" -e 3 --log "$T/it's a log.csv" >/dev/null
check "the command is quoted for a shell" grep -qF "'\\''s a log.csv'" <("$BACKGEMM" info \
    "$T/iris2")
"$BACKGEMM" train -q table:xor -o - -e 5 >"$T/stdout.model"
check "-o - is the model on standard output" "$BACKGEMM" info "$T/stdout.model"
exits "zero epochs: the start weights" 0 "$BACKGEMM" train -q table:xor -o "$T/start" -e 0 --json
same "epochs 0" "$(number epochs "$OUT")" 0

tr '\n' '\r' <$IRIS >"$T/mac.csv"
same "lone carriage returns end lines" "$(sha_of "$T/mac.csv" -e 2)" "$(sha_of $IRIS -e 2)"
# the outlier is drawn for validation by some seeds and must not move the scaling of those
awk 'BEGIN {
    print "x,y"
    for (i = 0; i < 20; i++) print (i ? i : 1e6) "," i % 3
}' >"$T/outlier.csv"
wide=0 narrow=0
for seed in 1 2 3 4 5 6 7 8 9; do
    "$BACKGEMM" train "$T/outlier.csv" -q -e 1 -s $seed --valid 0.5 -o "$T/split" >/dev/null
    offset=$("$BACKGEMM" info "$T/split" --json | sed 's/.*"offset": \([^,]*\),.*/\1/')
    awk -v x="$offset" 'BEGIN { exit !(x > 1000) }' && wide=$((wide + 1)) || narrow=$((narrow + 1))
done
check "scaling is learned without the validation rows: $narrow of 9 have no outlier" \
    test $wide -gt 0 -a $narrow -gt 0

exits "predict" 0 "$BACKGEMM" predict "$T/iris" $IRIS
same "a header and a row for each" "$(wc -l <"$OUT")" 151
same "the class by name" "$(sed -n 2p "$OUT")" setosa
cut -d, -f1-4 $IRIS >"$T/no_target.csv"
awk -F, '{ print $4 "," $2 "," $1 "," $3 }' $IRIS >"$T/shuffled.csv"
"$BACKGEMM" predict "$T/iris" $IRIS >"$T/p"
"$BACKGEMM" predict "$T/iris" "$T/no_target.csv" >"$T/p2"
check "without the target column" cmp "$T/p" "$T/p2"
"$BACKGEMM" predict "$T/iris" "$T/shuffled.csv" >"$T/p2"
check "columns in another order, by name" cmp "$T/p" "$T/p2"
gzip -c $IRIS | "$BACKGEMM" predict "$T/iris" - >"$T/p2"
check "gzip from standard input" cmp "$T/p" "$T/p2"
"$BACKGEMM" predict "$T/iris" $IRIS -o "$T/p2"
check "into a file" cmp "$T/p" "$T/p2"
LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 "$BACKGEMM" predict "$T/iris" $IRIS --proba >"$T/p2"
"$BACKGEMM" predict "$T/iris" $IRIS --proba >"$T/p"
check "another locale, the same numbers" cmp "$T/p" "$T/p2"
same "--proba: class names as header" "$(head -1 "$T/p")" "setosa,versicolor,virginica"
check "--proba: rows add up to 1" awk -F, \
    'NR > 1 { s = $1 + $2 + $3; if (s < 0.99999 || s > 1.00001) exit 1 }' "$T/p"
same "--rows" "$("$BACKGEMM" predict "$T/iris" $IRIS --rows 51:53 --header no | wc -l)" 3
"$BACKGEMM" train $DATA/digits.csv.gz --task classify -e 1 -q -o "$T/digits" >/dev/null
same "no header in, no header out" \
    "$("$BACKGEMM" predict "$T/digits" $DATA/digits.csv.gz | wc -l)" 1797
"$BACKGEMM" train table:xor -q -o "$T/xor" >/dev/null
"$BACKGEMM" predict "$T/xor" table:xor --header no >"$T/p"
check "bits come out as outputs" awk \
    'NR == 1 || NR == 4 { if ($1 > 0.1) exit 1 } NR == 2 || NR == 3 { if ($1 < 0.9) exit 1 }' "$T/p"
printf '"a,b",c\n1,"x ""y"""\n2,z\n1,"x ""y"""\n2,z\n' >"$T/quotes.csv"
"$BACKGEMM" train "$T/quotes.csv" -q -e 300 -o "$T/quotes" >/dev/null
same "names are quoted where CSV needs it" \
    "$("$BACKGEMM" predict "$T/quotes" "$T/quotes.csv" --header no | head -1)" '"x ""y"""'

printf 'a,b\n1,x\033[5m\n2,y\n' >"$T/escape.csv"
"$BACKGEMM" train "$T/escape.csv" -q -e 2 -o "$T/escape" >/dev/null
"$BACKGEMM" eval "$T/escape" "$T/escape.csv" >"$T/p"
"$BACKGEMM" info "$T/escape" >>"$T/p"
check "names in a file cannot steer a terminal" sh -c '! grep -q "$(printf "\033")" "$0"' "$T/p"

exits "eval" 0 "$BACKGEMM" eval "$T/iris" $IRIS
check "a confusion matrix to read" grep -q '^versicolor  *[0-9]* *[0-9]* *[0-9]*$' "$OUT"
exits "eval of a truth table" 0 "$BACKGEMM" eval "$T/xor" table:xor
same "every row of it" "$(grep -c 'right$' "$OUT")" 4
"$BACKGEMM" eval "$T/iris" $IRIS --json >"$T/json"
check "confusion in JSON" grep -q \
    '"confusion": {"labels": \["setosa", "versicolor", "virginica"\], "counts": \[\[50, 0, 0\]' \
    "$T/json"

# one of a thing, and the same name for standard input everywhere
printf 'x,y\n1,1\n2,3\n' >"$T/one.csv"
exits "one input" 0 "$BACKGEMM" train "$T/one.csv" -e 1 --rows 1:2 -o "$T/v"
check "is not many" grep -q ': 2 rows, 1 input, 1 target,' "$ERR"
exits "one row" 0 "$BACKGEMM" train "$T/one.csv" -e 1 --rows 1 -o "$T/v"
check "neither" grep -q ': 1 row, 1 input, 1 target,' "$ERR"
exits "a plan of it" 0 "$BACKGEMM" plan "$T/one.csv" --rows 1
check "as well" grep -q ': 1 row; 1 a step' "$OUT"
printf 'y\n1\n2\n1,2\n' >"$T/torn.csv"
refuses "one column" 3 'torn.csv:4: expected 1 column, found 2' "$BACKGEMM" train "$T/torn.csv" \
    -q -o "$T/v"
for verb in "train - -e 1 -o $T/v" "plan -" "train - -e 1 -o $T/v --dry-run" "check -"; do
    # shellcheck disable=SC2086 # a list of words
    "$BACKGEMM" $verb <"$T/one.csv" >"$OUT" 2>"$ERR"
    check "${verb%% *}: - is standard input" grep -q '^\(data  *\)\{0,1\}standard input[:,] ' \
        "$OUT" "$ERR"
done
"$BACKGEMM" train "$T/one.csv" -e 1 -o - 2>"$ERR" >"$T/v"
check "-o - is standard output" grep -q '^standard output: loss' "$ERR"

for format in text json md; do
    exits "trace --format $format" 0 "$BACKGEMM" trace --format $format --precision f64
    check "it has the weights of the article" grep -q V03 "$OUT"
done
"$BACKGEMM" trace >"$T/p"
check "the sheet fits 80 columns" awk 'length > 80 { exit 1 }' "$T/p"

# validation, patience, logs, other starts
exits "--valid FRACTION" 0 "$BACKGEMM" train $IRIS -q --json --valid 0.2 -o "$T/v" --log \
    "$T/log.jsonl" -e 20
same "rows are divided" "$(number rows "$OUT")" 120
same "a line for every epoch" "$(wc -l <"$T/log.jsonl")" 20
check "with validation" grep -q \
    '"epoch": 20, "steps": 40, "loss": 0[0-9.]*, .*"valid_loss": 0[0-9.]*, "valid_accuracy": 0' \
    "$T/log.jsonl"
exits "--valid FILE" 0 "$BACKGEMM" train $IRIS -q --json --valid $IRIS -o "$T/v" --log \
    "$T/log.csv" -e 20
same "a header and a line for every epoch" "$(wc -l <"$T/log.csv")" 21
same "its last loss is the summary's" "$(tail -1 "$T/log.csv" | cut -d, -f5)" \
    "$(number valid_loss "$OUT")"
exits "--patience" 0 "$BACKGEMM" train $IRIS -q --json --valid 0.3 --patience 5 --lr 0.1 -e 5000 \
    -o "$T/v"
check "it ends early" test "$(number epochs "$OUT")" -lt 5000
same "5 epochs after the best" "$(number epochs "$OUT")" "$(($(number best_epoch "$OUT") + 5))"
best=$(number best_epoch "$OUT")
exits "--patience, for people" 0 "$BACKGEMM" train $IRIS --valid 0.3 --patience 5 --lr 0.1 -e 5000 \
    -o "$T/v"
check "the loss is that of the best epoch" grep -q \
    "v: loss [0-9.e-]* of epoch $best; $((best + 5)) epochs of 105 rows run, validation loss" "$OUT"
check "why it ended is said" grep -qx 'ended: no better loss within --patience' "$ERR"
exits "--stop-loss" 0 "$BACKGEMM" train table:xor -q --json --stop-loss 0.01 -o "$T/v"
check "it ends when it is reached" test "$(number epochs "$OUT")" -lt 10000
exits "--max-time" 0 "$BACKGEMM" train $DATA/digits.csv.gz -q --json --max-time 0.3 -e 1000000 -o \
    "$T/v"
near "it ends in time" "$(number seconds "$OUT")" 0.65 0.35
exits "--max-time of short epochs" 0 "$BACKGEMM" train table:xor -q --json --max-time 0.3 -e \
    1000000000000 -o "$T/v"
near "ends in time as well" "$(number seconds "$OUT")" 0.65 0.35
same "--init constant:X" "$(sha_of table:xor -e 0 --init constant:1)" \
    "$(sha_of table:xor -e 0 --init ones)"
same "--init FILE" "$(sha_of table:xor -e 0 --init "$T/xor")" \
    "$("$BACKGEMM" info "$T/xor" --json >"$T/json"; word sha256 "$T/json")"
refuses "--init FILE of other widths" 2 'units, not' "$BACKGEMM" train table:xor -q -l 4 --init \
    "$T/xor" -o "$T/v"
same "--layers none" \
    "$("$BACKGEMM" train table:and -q --json -l none -o "$T/v" >"$T/json"
    number parameters "$T/json")" 3
refuses "activations for other layers" 2 'names 2 layers' "$BACKGEMM" train table:xor -q -l 3 -a \
    relu,tanh -o "$T/v"
exits "an activation for each layer" 0 "$BACKGEMM" train table:xor -q -l 4,3 -a tanh,sigmoid -o \
    "$T/v"

# progress on a terminal, plain where NO_COLOR asks for it
if command -v script >/dev/null; then
    line="'$BACKGEMM' train table:xor --epochs 9 -o '$T/v'"
    TERM=xterm script -qec "$line" /dev/null </dev/null >"$T/tty"
    for epoch in 1 2 4 8; do
        check "a terminal sees epoch $epoch" grep -q "epoch .*$epoch.*/9  loss 0" "$T/tty"
    done
    check "with escapes" grep -q "$(printf '\033')" "$T/tty"
    NO_COLOR=1 TERM=xterm script -qec "$line" /dev/null </dev/null >"$T/tty"
    check "NO_COLOR: none" sh -c '! grep -q "$(printf "\\033")" "$0"' "$T/tty"
    TERM=xterm script -qec "$line -q" /dev/null </dev/null >"$T/tty"
    check "-q: no progress" sh -c '! grep -q epoch.*/9 "$0"' "$T/tty"
else
    skip "progress: no script(1) to make a terminal"
fi

# ascent diverges, is told so, and the last good model stays
exits "the article's rule diverges" 4 "$BACKGEMM" train table:xor -q --activation identity \
    --output-activation identity --loss half_sse --reduction sum --init ones --lr 0.1 \
        --update-sign ascent -o "$T/diverged"
check "step, layer and row" grep -q 'step [0-9]*: layer [12] .* row [1-4];' "$ERR"
check "the last good model can be read" "$BACKGEMM" info "$T/diverged"
check "and that is said" grep -q "last good model, of epoch [0-9]*, is in" "$ERR"
check "nothing on standard output" test ! -s "$OUT"

finish
