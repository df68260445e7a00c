# How tables are read: a first row of names or of data, targets in their place, rows of zeros.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

train() { "$BACKGEMM" train "$1" -q -e "${EPOCHS:-1}" -o "$T/$2" "${@:3}" >/dev/null; }
rows_of() { "$BACKGEMM" train "$@" -e 1 --json -o "$T/rows" >"$OUT" 2>"$ERR"; number rows "$OUT"; }
lines_of() { "$BACKGEMM" predict "$@" | wc -l; }

# Numbers that count: names, or the first row of the data?
awk 'BEGIN { for (r = 0; r < 10; r++) for (c = 0; c < 16; c++)
    printf "%d%s", 16 * r + c, c < 15 ? "," : "\n" }' >"$T/arange.csv"
same "rows that go on counting are data" "$(rows_of "$T/arange.csv")" 10
check "without a word" sh -c '! grep -q "column names" "$0"' "$ERR"
awk 'BEGIN { srand(3); for (r = 0; r < 40; r++) { for (c = 0; c < 4; c++) printf "%.3f,", 9 * rand()
    printf "%.2f\n", rand() } }' >"$T/bare.csv"
{ echo 1,2,3,4,5 && cat "$T/bare.csv"; } >"$T/from1.csv"
{ echo 0,1,2,3,4 && cat "$T/bare.csv"; } >"$T/from0.csv"
same "1,2,3,4,5 over decimals is data" "$(rows_of "$T/from1.csv")" 41
same "0,1,2,3,4 over decimals is names" "$(rows_of "$T/from0.csv")" 40
check "and that is said" grep -q \
    'from0.csv: the first row, numbers that count, is taken for column names; --header no' "$ERR"
same "in one line" "$(grep -c 'column names' "$ERR")" 1
same "--header no" "$(rows_of "$T/from0.csv" --header no)" 41
check "is not spoken of" sh -c '! grep -q "column names" "$0"' "$ERR"
same "--header yes" "$(rows_of "$T/from1.csv" --header yes)" 40
"$BACKGEMM" train "$T/from0.csv" -q -e 1 -o "$T/pandas" >/dev/null 2>"$ERR"
check "-q says nothing" test ! -s "$ERR"
echo 'header = no' >"$T/config"
same "--header of --config" "$(rows_of "$T/from0.csv" --config "$T/config")" 41
refuses "--header yes of what has none" 2 'a row of names is asked for, which only CSV' \
    "$BACKGEMM" train $DATA/half.npy -q --header yes -o "$T/m"
refuses "--header without data" 2 '--header needs DATA' "$BACKGEMM" plan --rows 8 -l 2,1 --header no
refuses "--header of a worked example" 2 "--header is the file's own" "$BACKGEMM" trace \
    $DATA/gallery/mazur-2015-2-2-2.json --header no

# A row out for each row in.
train "$T/bare.csv" bare
printf '1,2,3,4\n0.5,1.5,2.5,1\n' >"$T/two.csv"
same "a model without names takes numbers for data" "$(lines_of "$T/bare" "$T/two.csv")" 2
same "--data-header yes" "$(lines_of "$T/bare" "$T/two.csv" --data-header yes)" 1
printf '0,1,2,3\n5.1,3.5,1.4,0.2\n' >"$T/four.csv"
train $IRIS iris
same "so does one with other names" "$(lines_of "$T/iris" "$T/four.csv" --header no)" 2
same "its own names are names" "$(lines_of "$T/pandas" "$T/four.csv" --header no)" 1
same "--data-header no: the first row too" \
    "$(lines_of "$T/pandas" "$T/four.csv" --header no --data-header no)" 2
sed 1s/.*/2019,2020,2021,2022,2023/ "$T/from0.csv" >"$T/years.csv"
train "$T/years.csv" years --header yes
same "names that are numbers are known again" \
    "$("$BACKGEMM" eval "$T/years" "$T/years.csv" --json >"$T/json"; number rows "$T/json")" 40
same "eval --header no" \
    "$("$BACKGEMM" eval "$T/years" "$T/years.csv" --header no --json >"$T/json"
    number rows "$T/json")" 41
{ echo 0,1,2,3,4 && head -5 "$T/bare.csv"; } >"$T/valid.csv"
"$BACKGEMM" train "$T/bare.csv" -q -e 1 --valid "$T/valid.csv" -o "$T/valid" --json >"$T/a"
"$BACKGEMM" train "$T/bare.csv" -q -e 1 --valid "$T/valid.csv" -o "$T/valid" --json --header no \
    >"$T/b"
same "--valid FILE is read as the rows that train are" "$(number valid_loss "$T/a")" \
    "$(number valid_loss "$T/b")"

# The targets' place.
awk -F, -v OFS=, '{ print $1 + 2 * $2 - $3, $1, $2, $3, $4 }' "$T/bare.csv" >"$T/first.csv"
cut -d, -f2- "$T/first.csv" >"$T/inputs.csv"
EPOCHS=300 train "$T/first.csv" first -t 1
"$BACKGEMM" eval "$T/first" "$T/first.csv" -t 1 >"$T/p"
"$BACKGEMM" eval "$T/first" "$T/first.csv" >"$T/p2"
check "eval: the first column is the target still" cmp "$T/p" "$T/p2"
"$BACKGEMM" predict "$T/first" "$T/inputs.csv" >"$T/p"
"$BACKGEMM" predict "$T/first" "$T/first.csv" >"$T/p2"
check "predict: and no input" cmp "$T/p" "$T/p2"
awk -F, -v OFS=, '{ print $2, $3, $4, $5, $1 }' "$T/first.csv" >"$T/last.csv"
"$BACKGEMM" predict "$T/first" "$T/last.csv" -t -1 >"$T/p2"
check "-t has the last word" cmp "$T/p" "$T/p2"
for verb in check stability; do
    "$BACKGEMM" $verb "$T/first" "$T/first.csv" >"$T/p"
    "$BACKGEMM" $verb "$T/first" "$T/last.csv" -t 5 >"$T/p2"
    same "$verb: the same numbers" "$(grep '^loss\|^value' "$T/p2")" \
        "$(grep '^loss\|^value' "$T/p")"
done
"$BACKGEMM" train "$T/first.csv" -q -e 1 -t 1 --valid "$T/first.csv" -o "$T/m" --json >"$T/a"
"$BACKGEMM" eval "$T/m" "$T/first.csv" --json >"$T/b"
same "its place in what validates" "$(number valid_loss "$T/a")" "$(number loss "$T/b")"
train $DATA/c_f4.npy npy -t 1
same "of an NPY file too" "$("$BACKGEMM" eval "$T/npy" $DATA/c_f4.npy --json)" \
    "$("$BACKGEMM" eval "$T/npy" $DATA/c_f4.npy -t 1 --json)"

# What -t names must be there.
for target in nope 99 nofile.npy; do
    refuses "eval -t $target" 2 "$target" "$BACKGEMM" eval "$T/iris" $IRIS -t $target
    cp "$ERR" "$T/eval"
    refuses "predict -t $target" 2 "$target" "$BACKGEMM" predict "$T/iris" $IRIS -t $target
    check "in the same words" cmp "$ERR" "$T/eval"
done

# Sentences that fit.
cut -d, -f1-3 "$T/bare.csv" >"$T/three.csv"
refuses "predict: columns are not taken for a target" 3 'has 3 columns, the model wants 4 inputs' \
    "$BACKGEMM" predict "$T/bare" "$T/three.csv"
refuses "eval needs one" 3 'has 2 columns beside its target, the model wants 4 inputs' \
    "$BACKGEMM" eval "$T/bare" "$T/three.csv"

# A number of a thousand digits.
awk 'BEGIN { for (i = 0; i < 999; i++) digits = digits "3"
    for (r = 0; r < 9; r++) print r % 4 "," (r == 4 ? "0." digits : r / 3) }' >"$T/long.csv"
train "$T/long.csv" long
check "is a number" grep -q '"task": "regression"' <("$BACKGEMM" info "$T/long" --json)

# Rows of zeros.
printf '1 1:1 3:2\n0 2:1\n1 1:2\n0 2:3 3:1\n' >"$T/rows.svm"
train "$T/rows.svm" sparse
printf '1\n0\n' >"$T/zeros.svm"
same "rows of zeros are rows" "$(lines_of "$T/sparse" "$T/zeros.svm" --header no)" 2
same "whatever the name" "$(lines_of "$T/sparse" - --header no <"$T/zeros.svm")" 2
exits "eval of zeros" 0 "$BACKGEMM" eval "$T/sparse" "$T/zeros.svm"
{ yes 0 | head -30 && echo 1 2:1; } >"$T/late"
same "thirty of them before the first pair" "$(lines_of "$T/sparse" "$T/late" --header no)" 31
refuses "nothing can be learned from them" 3 'no index:value in any row' "$BACKGEMM" train \
    "$T/zeros.svm" -q -o "$T/m"
finish
