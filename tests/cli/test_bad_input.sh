# Bad input: one sentence, the place, the exit code, and no file left behind.
. tests/cli/lib.sh
mkdir "$T/out"
bad() { # bad WHAT CODE WORDS DATA OPTIONS...
    local what=$1 code=$2 words=$3 data=$4
    shift 4
    refuses "$what" "$code" "$words" "$BACKGEMM" train "$data" -q -o "$T/out/model" "$@"
    no_file "$what: no file"
}

bad "missing file" 7 'missing.csv' "$T/missing.csv"
: >"$T/empty.csv"
bad "empty file" 3 'empty' "$T/empty.csv"
printf 'a,b,c\n1,2,x\n1,2\n' >"$T/ragged.csv"
bad "ragged row" 3 'ragged.csv:3:.*3 columns' "$T/ragged.csv"
printf 'a,b,c\n1,2,x\n1,n/a,y\n' >"$T/text.csv"
bad "text in a number column" 3 'text.csv:3:3: .*n/a' "$T/text.csv"
printf 'a,b,c\n1,2,x\n1,nan,y\n' >"$T/nan.csv"
bad "NaN" 3 'nan.csv:3:3' "$T/nan.csv"
printf 'a,b,c\n1,2,x\ninf,1,y\n' >"$T/inf.csv"
bad "infinity" 3 'inf.csv:3:1' "$T/inf.csv"
printf 'a,b,c\n1,2,x\n1e999,1,y\n' >"$T/huge.csv"
bad "a number beyond double" 3 'huge.csv:3:1' "$T/huge.csv"
printf 'a,b,c\n' >"$T/header.csv"
bad "header only" 3 'header.csv' "$T/header.csv"
bad "unknown column" 2 'no_such' $DATA/iris.csv --target no_such
bad "rows beyond the end" 2 '150' $DATA/iris.csv --rows 151:160
bad "a range of no rows" 2 '--rows wants' $DATA/iris.csv --rows 5:4
printf 'a,b,c\n1,2,x\n1,3,x\n' >"$T/one.csv"
bad "one class only" 3 'class' "$T/one.csv"
printf '1,1\n2,2\n3,1\n4,1e200\n5,2\n' >"$T/huge.csv"
bad "the row whose loss overflows" 4 'on data row 4; no model' "$T/huge.csv" --layers 40 -b all \
    --precision f64
bad "by the narrow engine" 4 'on data row 4; no model' "$T/huge.csv" --layers 3 -b all \
    --precision f64
bad "unknown truth table" 2 'nearest\|xor' table:xro
bad "a folder" 7 '' "$T"
bad "width 0" 2 'width of 0' table:xor --layers 0
bad "a width too large" 2 'width of 16777217' table:xor --layers 16777217
bad "sizes that no memory holds" 1 'memory\|room' table:xor --layers 16777216,16777216,16777216
bad "negative learning rate" 2 '--lr -1 is outside 1e-30 <= X' table:xor --lr -1
bad "a denormal learning rate" 2 '--lr 4e-324 is outside 1e-30 <= X' table:xor --lr 4e-324
bad "a learning rate that the engine refuses" 2 '--lr 1e-31 is outside' table:xor --lr 1e-31
bad "an epsilon that the engine refuses" 2 '--epsilon 1e-31 is outside' $DATA/iris.csv --epsilon \
    1e-31
bad "no widths" 2 '--layers is empty; it wants N' table:xor --layers ''
bad "an empty file name" 2 '--log is empty; it wants FILE.jsonl|FILE.csv' table:xor --log=
bad "an empty column" 2 '--target is empty; it wants NAMES|INDEXES|FILE' table:xor -t ''
bad "huge learning rate" 2 '--lr 1e30 is outside' table:xor --lr 1e30
bad "learning rate that is none" 2 'wants a number or auto, not "fast"' table:xor --lr fast
bad "learning rate NaN" 2 '--lr nan is outside' table:xor --lr nan
bad "a batch of 0" 2 '--batch 0 is outside' table:xor --batch 0
bad "a count with a sign" 2 'whole number' table:xor --epochs -3
bad "a count too long" 2 'whole number' table:xor --epochs 99999999999999999999999
bad "a fraction beyond 1" 2 '--valid 1.5 is outside' $DATA/iris.csv --valid 1.5
bad "a log of no kind" 2 'ends in .jsonl or .csv' table:xor --log x.txt
bad "softmax inside" 2 'last layer' table:xor --activation softmax
bad "validation data of other columns" 3 '' $DATA/iris.csv --valid $DATA/digits.csv.gz
for pair in "momentum adam" "beta1 rmsprop" "beta2 gd" "epsilon rprop" "alpha adamw" \
    "weight-decay adam" "lr lstsq" "warmup rprop"; do
    bad "--${pair/ / of }" 2 "--${pair% *} is for .*, not ${pair#* }" $DATA/iris.csv --optimizer \
        "${pair#* }" "--${pair% *}" 0.5
done
for pair in "gamma cosine" "step-size exponential" "t-max step" "eta-min constant"; do
    bad "--${pair/ / of }" 2 "--${pair% *} is for --schedule .*, not ${pair#* }" $DATA/iris.csv \
        --schedule "${pair#* }" "--${pair% *}" 0.5
done
bad "a schedule of lm" 2 '--schedule is for .*, not lm' $DATA/iris.csv --optimizer lm \
    --schedule step
bad "a schedule nearly right" 2 'nearest is cosine' $DATA/iris.csv --schedule cosin
bad "a factor of 0" 2 '--gamma 0 is outside 0 < X <= 1' $DATA/iris.csv --schedule step --gamma 0
bad "a warm-up below 0" 2 '--warmup -1 is outside' $DATA/iris.csv --warmup -1
bad "quiet and verbose" 2 'exclude each other' table:xor -v
refuses "two forms of output" 2 '--format and --json exclude' "$BACKGEMM" trace --format dot --json
refuses "two forms of results" 2 '--format and --csv' "$BACKGEMM" bench xor4 --format json --csv
bad "a checkpoint that is no model" 3 'iris.csv' table:xor --resume $DATA/iris.csv

head -c 2000 $DATA/digits.csv.gz >"$T/cut.csv.gz"
bad "gzip cut short" 3 'cut.csv.gz' "$T/cut.csv.gz"
printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' \
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }" >"$T/big.npy"
bad "NPY with an overflowing shape" 3 'big.npy' "$T/big.npy"
printf '\0\0\x08\x02\0\0\0\x05\0\0\0\x02\1\2\3\4\5\6\7\10' >"$T/short.idx"
bad "IDX with a wrong count" 3 'short.idx' "$T/short.idx"
bad "IDX labels of other images" 3 '' $DATA/t10k-images-idx3-ubyte.gz --target "$T/short.idx"

# output that cannot be written is found before any work
mkdir "$T/folder"
refuses "missing folder for the model" 7 'No such file' "$BACKGEMM" train table:xor -q -e \
    1000000000 -o "$T/none/model"
refuses "the model is a folder" 7 'directory' "$BACKGEMM" train table:xor -q -e 1000000000 -o \
    "$T/folder"
refuses "missing folder for the checkpoint" 7 'No such file' "$BACKGEMM" train table:xor -q -e \
    1000000000 -o "$T/out/m" --checkpoint "$T/none/c"
refuses "missing folder for the log" 7 'No such file' "$BACKGEMM" train table:xor -q -e \
    1000000000 -o "$T/out/m" --log "$T/none/l.csv"
cp $DATA/iris.csv "$T/iris.csv"
refuses "the data would be overwritten" 2 'overwritten' "$BACKGEMM" train "$T/iris.csv" -q -o \
    "$T/iris.csv"
check "and is not" cmp $DATA/iris.csv "$T/iris.csv"
no_file "none of them leaves a file"
if [ "$(id -u)" -eq 0 ]; then skip "read-only folder: root may write everywhere"; else
    mkdir "$T/closed" && chmod 555 "$T/closed"
    refuses "read-only folder" 7 'Permission' "$BACKGEMM" train table:xor -q -e 1000000000 -o \
        "$T/closed/m"
fi

# outputs that would destroy each other, inputs that do not fit together
refuses "the checkpoint is the model" 2 'two outputs' "$BACKGEMM" train table:xor -q -o "$T/out/m" \
    --checkpoint "$T/out/m"
refuses "the log is the model" 2 'two outputs' "$BACKGEMM" train table:xor -q -o "$T/out/m.csv" \
    --log "$T/out/m.csv"
refuses "standard input twice" 2 'only once' "$BACKGEMM" train - -q -o "$T/out/m" --valid -
refuses "model and data from standard input" 2 'only once' "$BACKGEMM" predict - -
refuses "both for eval" 2 'only once' "$BACKGEMM" eval - -
printf 'a,y\n1,2\n2,3\n3,0.5\n' >"$T/numbers.csv"
bad "bce of numbers beyond 1" 2 'targets from 0 to 1; row 1 has 2' "$T/numbers.csv" --loss bce
bad "softmax of one output" 2 'always 1' "$T/numbers.csv" --loss softmax_ce
bad "targets that are no probabilities" 2 'add up to 1' table:adder:2 --loss softmax_ce
bad "the logarithm of what may be negative" 2 'between 0 and 1.*identity' $DATA/iris.csv --loss \
    softmax_ce --output-activation identity
printf 'a,y\n0x1,2\n0x2,3\n' >"$T/hex.csv"
bad "a column of text" 3 'hex.csv:2:1: column "a" is text' "$T/hex.csv"
limited() { (ulimit -f 1; exec "$@"); }
refuses "a file that outgrows its limit" 7 'too large' limited "$BACKGEMM" train $DATA/iris.csv -q \
    -e 1 -o "$T/out/m"
no_file "none of these leaves a file"

# full disks and closed streams
"$BACKGEMM" train table:xor -q -o "$T/xor" >/dev/null
"$BACKGEMM" train $DATA/iris.csv -q -e 1 -o "$T/iris" >/dev/null
refuses "a model on a full disk" 7 'No space' "$BACKGEMM" train table:xor -q -o /dev/full
refuses "predictions on a full disk" 7 'No space' "$BACKGEMM" predict "$T/xor" table:xor -o \
    /dev/full
ln -s /dev/full "$T/full.csv"
exits "a log on a full disk" 7 "$BACKGEMM" train table:xor -q -o "$T/kept" --log "$T/full.csv" -e 20
check "is told" grep -q 'full.csv: No space' "$ERR"
check "and the model is kept" "$BACKGEMM" info "$T/kept"
to() { # to FILE COMMAND...: standard output goes there
    local file=$1
    shift
    "$@" >"$file"
}
closed() { "$@" >&-; }
into_nothing() { # the reader of the pipe is gone before anything is written
    local code
    mkfifo "$T/pipe"
    (exec 3<"$T/pipe") &
    { wait $!; "$@"; } >"$T/pipe"
    code=$?
    rm "$T/pipe"
    return $code
}
for verb in "train table:xor -q -o $T/again" "predict $T/xor table:xor" "eval $T/xor table:xor" \
    "info $T/xor" trace --help --version --man "train --help"; do
    refuses "$verb > /dev/full" 7 'standard output' to /dev/full "$BACKGEMM" $verb
done
refuses "a closed standard output" 7 'standard output' closed "$BACKGEMM" eval "$T/xor" table:xor
exits "a closed pipe" 7 into_nothing "$BACKGEMM" eval "$T/xor" table:xor
check "whose reader has seen enough: no words" test ! -s "$ERR"

# model files cut short or with a flipped bit
size=$(wc -c <"$T/xor")
wrong=0
tried=0
for ((n = 0; n < size; n += 29)); do
    head -c "$n" "$T/xor" >"$T/cut"
    "$BACKGEMM" predict "$T/cut" table:xor >"$OUT" 2>"$ERR"
    code=$?
    tried=$((tried + 1))
    { [ $code -eq 3 ] && [ "$(wc -l <"$ERR")" -eq 1 ] && [ ! -s "$OUT" ]; } || wrong=$((wrong + 1))
done
same "a model cut at $tried places is refused with exit 3" "$wrong" 0
wrong=0
tried=0
for ((n = 0; n < 400; n += 7)); do
    byte=$(od -An -tu1 -j "$n" -N 1 "$T/xor")
    cp "$T/xor" "$T/flipped"
    printf "\\x$(printf %x $((byte ^ 1 << n % 8)))" | dd of="$T/flipped" bs=1 seek="$n" \
        conv=notrunc 2>/dev/null
    "$BACKGEMM" predict "$T/flipped" table:xor >"$OUT" 2>"$ERR"
    code=$?
    tried=$((tried + 1))
    { [ $code -eq 0 ] || { [ $code -eq 3 ] && [ "$(wc -l <"$ERR")" -eq 1 ]; }; } || \
        wrong=$((wrong + 1))
done
same "a model with one of $tried bits flipped is read or refused with exit 3" "$wrong" 0
refuses "a model that is data" 3 'iris.csv' "$BACKGEMM" info $DATA/iris.csv
refuses "a missing model" 7 'No such file' "$BACKGEMM" info "$T/no"
refuses "data of another width" 3 'inputs' "$BACKGEMM" predict "$T/xor" $DATA/digits.csv.gz
refuses "a missing column" 3 'petal_width' "$BACKGEMM" predict "$T/iris" <(cut -d, -f1-3 \
    $DATA/iris.csv)
sed 's/setosa/rosa/' $DATA/iris.csv >"$T/rosa.csv"
refuses "an unknown class" 3 'rosa' "$BACKGEMM" eval "$T/iris" "$T/rosa.csv"
refuses "predictions over their data" 2 'overwritten' "$BACKGEMM" predict "$T/iris" "$T/iris.csv" \
    -o "$T/iris.csv"
finish
