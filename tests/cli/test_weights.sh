# Rows that count more or less often: a column of weights, balanced classes.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

# Iris with a fifth column `w` before the species: WEIGHT is an awk expression of the row number r.
weigh() { awk -F, -v OFS=, "NR == 1 { print \$1, \$2, \$3, \$4, \"w\", \$5; next }
    { r = NR - 1; print \$1, \$2, \$3, \$4, $1, \$5 }" $IRIS; }
weigh 1 >"$T/ones.csv"
weigh 'r % 3' >"$T/some.csv"

"$BACKGEMM" train "$T/some.csv" --weights w -e 5 -o "$T/m" >"$OUT" 2>"$ERR"
check "train tells it" grep -q '4 inputs, 3 classes, weights in column w' "$ERR"
check "info tells it" grep -q '^weights  *w, no input' <("$BACKGEMM" info "$T/m")
check "and so does its JSON" grep -q '"weights": "w"' <("$BACKGEMM" info "$T/m" --json)

# What the weights mean.
same "weights of 1 change no bit" "$(sha_of "$T/ones.csv" --weights w -e 5)" "$(sha_of $IRIS -e 5)"
for how in "--batch 50 --layers 3" "--batch all"; do
    # shellcheck disable=SC2086 # a list of options
    same "$how: alike is 1" "$(weigh 49 >"$T/alike.csv"
        sha_of "$T/alike.csv" --weights w -e 5 $how)" "$(sha_of $IRIS -e 5 $how)"
done
awk -F, -v OFS=, 'NR == 1 { print $1, $2, $3, $4, $6; next }
    { for (i = 0; i < $5; i++) print $1, $2, $3, $4, $6 }' "$T/some.csv" >"$T/repeated.csv"
how="--scale none --batch all --optimizer gd --lr 0.01 -e 20 --precision f64 -q --json"
for reduction in mean sum; do
    # shellcheck disable=SC2086
    "$BACKGEMM" train "$T/some.csv" --weights w $how --reduction $reduction -o "$T/m" >"$T/a"
    # shellcheck disable=SC2086
    "$BACKGEMM" train "$T/repeated.csv" $how --reduction $reduction -o "$T/r" >"$T/b"
    near "$reduction: a weight repeats a row" "$(number loss "$T/a")" "$(number loss "$T/b")" 1e-10
    "$BACKGEMM" eval "$T/m" "$T/repeated.csv" --json >"$T/a"
    near "$reduction: the model is the same" "$(number loss "$T/a")" "$(number loss "$T/b")" 1e-10
done
# Few steps: rounding that differs would take other ways in the end.
how_lbfgs="--scale none --optimizer lbfgs -e 8 --precision f64 -q --json"
# shellcheck disable=SC2086
"$BACKGEMM" train "$T/some.csv" --weights w $how_lbfgs -o "$T/m" >"$T/a"
# shellcheck disable=SC2086
"$BACKGEMM" train "$T/repeated.csv" $how_lbfgs -o "$T/r" >"$T/b"
check "stability says that rows are weighted" \
    grep -q 'weighted mean over the rows' <("$BACKGEMM" stability "$T/m" "$T/some.csv")
check "and nothing of it where none is" \
    grep -q ', mean over the rows' <("$BACKGEMM" stability "$T/m" "$T/repeated.csv")
check "eval counts each once, and says so" \
    grep -q 'each of which counts once' <("$BACKGEMM" eval "$T/m" "$T/some.csv")
"$BACKGEMM" stability "$T/m" "$T/some.csv" --json >"$T/s"
"$BACKGEMM" stability "$T/m" "$T/repeated.csv" --json >"$T/t"
near "stability: a weight repeats a row" "$(number lambda_max "$T/s")" \
    "$(number lambda_max "$T/t")" 1e-10
near "lbfgs: a weight repeats a row" "$(number loss "$T/a")" "$(number loss "$T/b")" 1e-8
awk -F, -v OFS=, 'NR == 1 || $5 == "setosa" || NR % 5 == 0' $IRIS >"$T/uneven.csv"
"$BACKGEMM" train "$T/uneven.csv" --weights balanced -e 5 -o "$T/m" >"$OUT" 2>"$ERR"
check "balanced is told" grep -q 'classes balanced' "$ERR"
awk -F, -v OFS=, -v OFMT=%.15g 'NR == FNR { n[$5]++; rows = FNR - 1; next }
    { print $1, $2, $3, $4, FNR == 1 ? "w" : rows / (3 * n[$5]), $5 }' \
    "$T/uneven.csv" "$T/uneven.csv" >"$T/by_hand.csv"
# shellcheck disable=SC2086
"$BACKGEMM" train "$T/uneven.csv" --weights balanced $how -o "$T/m" >"$T/a"
# shellcheck disable=SC2086
"$BACKGEMM" train "$T/by_hand.csv" --weights w $how -o "$T/m" >"$T/b"
near "balanced is rows / (classes * rows of the class)" "$(number loss "$T/a")" \
    "$(number loss "$T/b")" 1e-6
same "equal classes are balanced" "$(sha_of $IRIS --weights balanced -e 5)" "$(sha_of $IRIS -e 5)"
check "a column of bits is balanced" "$BACKGEMM" train table:and --weights balanced -q -e 5 \
    -o "$T/m"

# Which column.
same "by number" "$(sha_of "$T/some.csv" --weights 5 -e 5)" \
    "$(sha_of "$T/some.csv" --weights w -e 5)"
same "from the end" "$(sha_of "$T/some.csv" --weights -2 -e 5)" \
    "$(sha_of "$T/some.csv" --weights w -e 5)"
awk -F, -v OFS=, '{ print $1, $2, $3, $4, $6, $5 }' "$T/some.csv" >"$T/last.csv"
same "the last column: the target is the one before" "$(sha_of "$T/last.csv" --weights w -e 5)" \
    "$(sha_of "$T/some.csv" --weights w -e 5)"
tail -n +2 "$T/last.csv" >"$T/bare.csv"
same "no header" "$(sha_of "$T/bare.csv" --weights 6 -e 5)" \
    "$(sha_of "$T/some.csv" --weights w -e 5)"

# Targets in a second file.
cut -d, -f1-5 "$T/some.csv" >"$T/no_species.csv"
cut -d, -f6 "$T/some.csv" >"$T/species.csv"
same "beside a file of targets" \
    "$(sha_of "$T/no_species.csv" --weights -1 --target "$T/species.csv" -e 5)" \
    "$(sha_of "$T/some.csv" --weights w -e 5)"

# A model does without its weights, whether the rows have them or not.
eval_loss() { "$BACKGEMM" eval "$T/m" "$1" --json >"$T/a" && number loss "$T/a"; }
does_without() { # TRAINED WEIGHTS ROWS...
    local trained=$1 rows loss
    "$BACKGEMM" train "$T/$1" --weights "$2" -q -e 5 -o "$T/m" >/dev/null
    loss=$(eval_loss "$T/$1")
    shift 2
    for rows; do
        same "$trained: eval of $(basename "$rows")" "$(eval_loss "$rows")" "$loss"
        "$BACKGEMM" predict "$T/m" "$rows" --header no >"$T/p"
        same "$trained: predict of $(basename "$rows")" "$(wc -l <"$T/p")" 150
    done
}
cut -d, -f1-4 "$T/bare.csv" >"$T/inputs.csv"
cut -d, -f1-4,6 "$T/bare.csv" >"$T/no_target.csv"
does_without some.csv w "$T/last.csv" $IRIS
does_without last.csv w "$T/some.csv" "$T/bare.csv" $IRIS
does_without bare.csv 6 "$T/last.csv" $IRIS
"$BACKGEMM" predict "$T/m" "$T/bare.csv" >"$T/p"
same "rows of inputs alone" "$("$BACKGEMM" predict "$T/m" "$T/inputs.csv")" "$(cat "$T/p")"
same "and with weights" "$("$BACKGEMM" predict "$T/m" "$T/no_target.csv")" "$(cat "$T/p")"

# A column of weights in what validates counts, and its absence does not matter.
how="--weights w -q -e 5 --json"
# shellcheck disable=SC2086
"$BACKGEMM" train "$T/some.csv" $how --valid "$T/repeated.csv" -o "$T/m" >"$T/a"
# shellcheck disable=SC2086
"$BACKGEMM" train "$T/some.csv" $how --valid "$T/some.csv" -o "$T/m" >"$T/b"
near "validation with weights, and with repeated rows" "$(number valid_loss "$T/a")" \
    "$(number valid_loss "$T/b")" 1e-6
near "which is the loss of training" "$(number loss "$T/b")" "$(number valid_loss "$T/b")" 1e-6
"$BACKGEMM" train "$T/uneven.csv" --weights balanced -q -e 5 --valid "$T/uneven.csv" --json \
    -o "$T/m" >"$T/a"
"$BACKGEMM" eval "$T/m" "$T/uneven.csv" --json >"$T/b"
near "validation is not balanced" "$(number valid_loss "$T/a")" "$(number loss "$T/b")" 1e-9
check "a drawn share is weighted" "$BACKGEMM" train "$T/some.csv" --weights w -q -e 2 --valid 0.3 \
    -o "$T/m"

# The same bits.
for threads in 2 3 7; do
    for how in "--layers 3 --batch 50" "--layers 200,80" "--layers 40 --batch all"; do
        # shellcheck disable=SC2086
        same "$how, $threads threads: the same bits" \
            "$(sha_of "$T/some.csv" --weights w -e 5 $how --threads $threads)" \
            "$(sha_of "$T/some.csv" --weights w -e 5 $how --threads 1)"
    done
done
"$BACKGEMM" train "$T/some.csv" --weights w -q -e 2 -o "$T/m" --checkpoint "$T/c" >/dev/null
same "going on" "$(sha_of "$T/some.csv" --weights w -e 4 --resume "$T/c")" \
    "$(sha_of "$T/some.csv" --weights w -e 4)"
refuses "going on without weights" 2 'weights is column, here it is none' "$BACKGEMM" train $IRIS \
    -q -e 4 -o "$T/m" --resume "$T/c"
refuses "going on with others" 2 'its data differ' "$BACKGEMM" train "$T/ones.csv" --weights w \
    -q -e 4 -o "$T/m" --resume "$T/c"
check "--lr auto looks at the weighted loss" "$BACKGEMM" train "$T/some.csv" --weights w -q -e 2 \
    --optimizer gd --lr auto -o "$T/m"
check "plan knows the column" grep -q '4-100-3' <("$BACKGEMM" train "$T/some.csv" --weights w \
    --dry-run -o "$T/m")

# What is no weight.
bad() { awk -F, -v OFS=, -v c="$1" 'NR == 8 { $5 = c } { print }' "$T/some.csv" >"$T/bad.csv"; }
train_bad() { "$BACKGEMM" train "$T/bad.csv" --weights w -q -e 1 -o "$T/m"; }
bad -1
refuses "a negative weight" 3 'bad.csv:8:17: expected a weight of 0 or more, found "-1"' train_bad
bad heavy
refuses "a weight that is a word" 3 'bad.csv:8:17: expected a number, found "heavy"' train_bad
bad ''
refuses "an empty weight" 3 'bad.csv:8:17: expected a number, found an empty cell' train_bad
bad inf
refuses "an infinite weight" 3 'bad.csv:8:17: expected a finite number, found "inf"' train_bad
weigh 0 >"$T/bad.csv"
refuses "no weight at all" 3 'bad.csv: all weights in column "w" are 0' train_bad
bad -1
refuses "a negative weight in what validates" 3 'bad.csv: row 7: a weight in column "w" must be 0' \
    "$BACKGEMM" train "$T/some.csv" --weights w -q -e 1 --valid "$T/bad.csv" -o "$T/m"
refuses "a column of words" 3 'column "species" is text; weights must be numbers' "$BACKGEMM" \
    train "$T/some.csv" --weights species --target w -q -e 1 -o "$T/m"
refuses "an unknown column" 2 'no column "mass"; it has 6 columns' "$BACKGEMM" train \
    "$T/some.csv" --weights mass -q -e 1 -o "$T/m"
refuses "the target" 2 'column "species" cannot be both a target and weights' "$BACKGEMM" train \
    "$T/some.csv" --weights species -t species -q -e 1 -o "$T/m"
refuses "balanced numbers" 2 '--weights balanced is for classes; the targets are numbers' \
    "$BACKGEMM" train $DATA/longley.csv --weights balanced -q -e 1 -o "$T/m"
refuses "balanced bits" 2 '--weights balanced is for classes; the targets are 2 bits' \
    "$BACKGEMM" train table:adder:1 --weights balanced -q -e 1 -o "$T/m"
for optimizer in lm lstsq; do
    refuses "weights of $optimizer" 2 "--weights is for .*, not $optimizer" "$BACKGEMM" train \
        "$T/some.csv" --weights w --optimizer $optimizer -q -o "$T/m"
done
printf '1,2,3,0\n2,1,4,1\n3,3,5,0\n1,4,6,1\n' >"$T/front.csv"
"$BACKGEMM" train "$T/front.csv" --weights 1 -q -e 1 -o "$T/m" >/dev/null
cut -d, -f1-3 "$T/front.csv" >"$T/doubt.csv"
refuses "a target or weights, who knows" 3 'may be inputs with weights or with a target' \
    "$BACKGEMM" predict "$T/m" "$T/doubt.csv"
finish
