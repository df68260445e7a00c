# Where a run reads and writes: no output destroys an input or another output, results do not mix,
# pipes and closed streams are what they are.
. tests/cli/lib.sh
mkdir "$T/out"
cp $DATA/iris.csv "$T/iris.csv"
cp $DATA/t10k-labels-idx1-ubyte.gz "$T/labels.gz"
IMAGES="$DATA/t10k-images-idx3-ubyte.gz --rows 1:50"
TRAIN="$BACKGEMM train"
"$BACKGEMM" train $DATA/iris.csv -q -e 1 -o "$T/iris" >/dev/null
"$BACKGEMM" train $IMAGES --target "$T/labels.gz" --task classify -q -e 1 -o "$T/digits" >/dev/null
cp "$T/iris" "$T/start.csv"
cp "$T/iris" "$T/start.svg"

# keeps FILE WHAT CODE WORDS COMMAND...: refused, and FILE is as it was
keeps() {
    local file=$1
    shift
    cp "$file" "$T/before"
    refuses "$@"
    check "and $(basename "$file") stays" cmp "$file" "$T/before"
}
for output in -o --checkpoint --standard-errors; do
    keeps "$T/labels.gz" "the targets as $output" 2 'labels.gz would be overwritten: --target' \
        $TRAIN $IMAGES -q -e 1 -o "$T/out/m" --target "$T/labels.gz" $output "$T/labels.gz"
done
keeps "$T/labels.gz" "predictions over the targets" 2 'overwritten' "$BACKGEMM" predict \
    "$T/digits" $IMAGES -t "$T/labels.gz" -o "$T/labels.gz"
keeps "$T/start.csv" "the start weights as --log" 2 'overwritten' $TRAIN "$T/iris.csv" -q -e 1 -o \
    "$T/out/m" --init "$T/start.csv" --log "$T/start.csv"
keeps "$T/start.svg" "the start weights as --plot" 2 'overwritten' $TRAIN "$T/iris.csv" -q -e 1 -o \
    "$T/out/m" --init "$T/start.svg" --plot "$T/start.svg"
keeps "$T/start.csv" "the start weights as --checkpoint" 2 'overwritten' $TRAIN "$T/iris.csv" -q \
    -e 1 -o "$T/out/m" --init "$T/start.csv" --checkpoint "$T/start.csv"
cp $DATA/iris.csv "$T/ee.checkpoint"
keeps "$T/ee.checkpoint" "the data as MODEL.checkpoint" 2 'ee.checkpoint would be overwritten' \
    $TRAIN "$T/ee.checkpoint" -q -e 1 -o "$T/ee"
keeps "$T/ee.checkpoint" "by another path" 2 'overwritten' $TRAIN "$T/ee.checkpoint" -q -e 1 -o \
    "$T/out/../ee"
cp "$T/iris" "$T/in.checkpoint"
keeps "$T/in.checkpoint" "the start weights as MODEL.checkpoint" 2 'overwritten' $TRAIN \
    "$T/iris.csv" -q -e 1 --init "$T/in.checkpoint" -o "$T/in"
from() { # from FILE COMMAND...: that is standard input
    local file=$1
    shift
    "$@" <"$file"
}
keeps "$T/iris.csv" "the data that standard input is" 2 'overwritten' from "$T/iris.csv" $TRAIN - \
    -q -e 1 -o "$T/iris.csv"
no_file "none of these leaves a file"
exits "--init m -o m goes on in place" 0 $TRAIN "$T/iris.csv" -q -e 1 --init "$T/iris" -o "$T/iris"
for i in 1 2; do
    exits "--resume c --checkpoint c, run $i" 0 $TRAIN "$T/iris.csv" -q -e $i --resume "$T/c" \
        --checkpoint "$T/c" -o "$T/out/m"
done
exits "--resume m.checkpoint -o m" 0 $TRAIN "$T/iris.csv" -q -e 3 --resume "$T/c" \
    --checkpoint "$T/out/m.checkpoint" -o "$T/out/m"
exits "and again" 0 $TRAIN "$T/iris.csv" -q -e 4 --resume "$T/out/m.checkpoint" -o "$T/out/m"
cp "$T/iris" "$T/0.2"
there() { (cd "$T" && "$@"); }
exits "a fraction is no file" 0 there $TRAIN iris.csv -q -e 1 --valid 0.2 -o 0.2
rm -f "$T/out"/*

# two outputs at one place, which is not there yet
refuses "one file by two paths" 2 'two outputs' $TRAIN table:xor -q -o "$T/out/m" --checkpoint \
    "$T/out/../out/m"
refuses "the checkpoint that is not asked for" 2 'two outputs .*m.checkpoint' $TRAIN \
    "$T/iris.csv" --optimizer lm -q -o "$T/out/m" --standard-errors "$T/out/m.checkpoint"
no_file "neither leaves a file"
exits "/dev/null takes any number" 0 $TRAIN table:xor -q -e 1 -o /dev/null --checkpoint /dev/null

# at most one result goes to standard output
refuses "model and checkpoint" 2 'cannot both go to standard output' $TRAIN table:xor -q -e 1 -o - \
    --checkpoint -
refuses "JSON and checkpoint" 2 '--json and --checkpoint cannot both go to standard output' \
    $TRAIN table:xor -q -e 1 -o "$T/out/m" --json --checkpoint -
refuses "JSON and standard errors" 2 '--json and --standard-errors cannot both' $TRAIN \
    "$T/iris.csv" -q --optimizer lm -e 1 -o "$T/out/m" --json --standard-errors -
ln -s /dev/stdout "$T/stdout.csv"
refuses "JSON and a log" 2 'cannot both go to standard output' $TRAIN table:xor -q -e 1 -o \
    "$T/out/m" --json --log "$T/stdout.csv"
no_file "none of them leaves a file"
piped() { "$@" | cat; return "${PIPESTATUS[0]}"; }
refuses "two names of standard output" 2 'cannot both' piped $TRAIN table:xor -q -e 1 -o \
    /dev/stdout --checkpoint -
exits "a checkpoint alone" 0 $TRAIN table:xor -e 1 -o "$T/m" --checkpoint -
cp "$OUT" "$T/got"
check "is whole: the summary goes aside" "$BACKGEMM" info "$T/got"
check "and is there" grep -q 'loss .* after 1 epoch' "$ERR"
exits "standard errors alone" 0 $TRAIN "$T/iris.csv" --optimizer lm -e 1 -o "$T/m" \
    --standard-errors -
check "hold nothing else" test "$(grep -vc '^[Wb]\[' "$OUT")" -eq 1
exits "JSON beside files" 0 $TRAIN table:xor -q -e 1 -o "$T/m" --json --checkpoint "$T/c2"

# pipes and devices by other names
exits "-o /dev/stdout into a pipe" 0 piped $TRAIN table:xor -e 1 -o /dev/stdout
cp "$OUT" "$T/got"
check "is the model and nothing else" "$BACKGEMM" info "$T/got"
exits "-o /dev/stdout into a file" 0 $TRAIN table:xor -e 1 -o /dev/stdout
cp "$OUT" "$T/got"
check "is the model too" "$BACKGEMM" info "$T/got"
exits "-o >(gzip)" 0 $TRAIN table:xor -q -e 1 -o >(gzip >"$T/m.gz")
for i in $(seq 100); do gzip -t "$T/m.gz" 2>/dev/null && break || sleep 0.05; done
check "can be read" "$BACKGEMM" info "$T/m.gz"
both() { "$@" 2>&1 >/dev/null | cat >"$T/talk"; return "${PIPESTATUS[0]}"; }
exits "--checkpoint /dev/stderr into a pipe" 0 both $TRAIN table:xor -q -e 1 -o "$T/m" \
    --checkpoint /dev/stderr
check "is a checkpoint" "$BACKGEMM" info "$T/talk"

# "-" as an input
"$BACKGEMM" train "$T/iris.csv" -q -e 2 -o "$T/m" --checkpoint "$T/c" >/dev/null
refuses "--resume - is standard input: empty" 3 'empty' $TRAIN "$T/iris.csv" -q -e 3 -o "$T/m" \
    --resume -
"$BACKGEMM" train "$T/iris.csv" -q -e 4 -o "$T/m" --json >"$T/json"
resumed() { "$BACKGEMM" train "$T/iris.csv" -q -e 4 -o "$T/m" --json --resume - <"$T/c" >"$OUT"; }
check "--resume - goes on" resumed
same "to the same bits" "$(word sha256 "$OUT")" "$(word sha256 "$T/json")"
started() { "$BACKGEMM" train "$T/iris.csv" -q -e 0 -o "$T/m" --json --init - <"$T/c" >"$OUT"; }
check "--init -" started
same "starts there" "$(word sha256 "$OUT")" "$("$BACKGEMM" info "$T/c" --json >"$T/json"
    word sha256 "$T/json")"
refuses "data and start from standard input" 2 'only once' $TRAIN - -q -o "$T/m" --init -
refuses "checkpoint and start" 2 'only once' $TRAIN "$T/iris.csv" -q -o "$T/m" --init - --resume -
refuses "data and start, for check" 2 'only once' "$BACKGEMM" check - --init -
refuses "data and start, for trace" 2 'only once' "$BACKGEMM" trace - --init - --layers 2

# closed streams
shut() { "$@" <&-; }
for verb in "train - -q -o $T/out/m" "predict - $DATA/iris.csv" "predict $T/iris -"; do
    what="${verb%% *} with closed standard input"
    shut "$BACKGEMM" $verb >"$OUT" 2>"$ERR"
    same "$what: exit" $? 7
    check "$what: told" grep -q 'standard input: cannot be read' "$ERR"
done
for verb in trace "info $T/iris" "predict $T/iris $DATA/iris.csv" \
    "train table:xor -q -e 1 -o $T/m"; do
    mkfifo "$T/pipe"
    (exec 3<"$T/pipe") &
    { wait $!; "$BACKGEMM" $verb 2>"$ERR"; } >"$T/pipe"
    same "$verb into a closed pipe: exit" $? 7
    check "and silent" test ! -s "$ERR"
    rm "$T/pipe"
done

# names that are not UTF-8, in JSON
name="$T/$(printf 'm\xe9\xc3')"
cp $DATA/iris.csv "$name.csv"
cp $DATA/compare/adam-epsilon-hat.npz "$name.npz"
is_utf8() { iconv -f UTF-8 -t UTF-8 "$1" | cmp - "$1" && grep -q "$(printf 'm\xef\xbf\xbd')" "$1"; }
exits "train --json" 0 $TRAIN "$T/iris.csv" -q -e 1 --json -o "$name"
check "is UTF-8" is_utf8 "$OUT"
"$BACKGEMM" compare "$name.npz" --json >"$OUT"
check "compare --json is UTF-8" is_utf8 "$OUT"
finish
