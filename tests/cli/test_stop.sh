# Signals and checkpoints: a run that is stopped and goes on ends with the same bits.
. tests/cli/lib.sh
DIGITS="$DATA/digits.csv.gz --task classify"

# stopped SIGNAL OPTIONS...: starts a run into $T/m, sends the signal once it trains, leaves the
# exit code in $code.  A run that was over before is tried again with less patience.
stopped() {
    local signal=$1 run pause
    shift
    for pause in 0.2 0.1 0.05 0.02 0; do
        rm -f "$T/m" "$T/m.checkpoint"
        : >"$ERR" # the shell in the background may be late to do so
        "$BACKGEMM" train "$@" -o "$T/m" --json >"$OUT" 2>"$ERR" &
        run=$!
        until [ -s "$ERR" ] || ! kill -0 $run 2>/dev/null; do sleep 0.01; done
        sleep $pause
        kill -"$signal" $run 2>/dev/null
        wait $run
        code=$?
        [ $code -eq 0 ] || return
    done
}

# replay NAME OPTIONS...: stop, go on with the very command that was printed, compare with a
# straight run
replay() {
    local name=$1 command
    shift
    "$BACKGEMM" train "$@" -q --json -o "$T/straight" >"$T/json" || not_ok "$name: straight run"
    stopped INT "$@"
    same "$name: SIGINT is exit 130" "$code" 130
    check "$name: a checkpoint and no model" test -s "$T/m.checkpoint" -a ! -e "$T/m"
    command=$(sed -n 's/^to go on: backgemm //p' "$ERR")
    eval "\"$BACKGEMM\" $command" >"$T/json2" 2>"$T/.err2" || not_ok "$name: cannot go on"
    check "$name: it says where it goes on" grep -q 'goes on from .*: [0-9]* epochs, [1-9]' \
        "$T/.err2"
    same "$name: the same bits" "$(word sha256 "$T/json2")" "$(word sha256 "$T/json")"
    same "$name: the same loss" "$(number loss "$T/json2")" "$(number loss "$T/json")"
}

replay "adam in batches" $DIGITS --epochs 400
replay "adam on all rows" $DIGITS --batch all --epochs 1500 --precision f64
replay "gd on all rows" $DIGITS --batch all --epochs 1500 --optimizer gd --l2 0.001
replay "gd in batches" $DIGITS --epochs 400 --optimizer gd
replay "momentum" $DIGITS --epochs 400 --optimizer momentum --l2 0.001
replay "nesterov" $DIGITS --epochs 400 --optimizer nesterov --precision f64
replay "lbfgs" $DIGITS --epochs 1000 --optimizer lbfgs --l2 0.01
replay "a schedule" $DIGITS --epochs 400 --schedule cosine --warmup 10
replay "a clip" $DIGITS --epochs 400 --clip 0.1
replay "patience" $DIGITS --epochs 300 --valid 0.2 --patience 300
replay "in the middle of an epoch" $DATA/t10k-images-idx3-ubyte.gz \
    --target $DATA/t10k-labels-idx1-ubyte.gz --rows 1:4000 --batch 1 --epochs 1
steps=$(sed -n 's/.* step \([0-9]*\);.*/\1/p' "$ERR")
check "it was in the middle of an epoch: step $steps" test $((steps % 4000)) -ne 0

stopped TERM $DIGITS --epochs 100000
same "SIGTERM is exit 143" "$code" 143
check "one line says so" grep -q '^backgemm: stopped by SIGTERM in epoch .*; the state is in' "$ERR"
check "nothing on standard output" test ! -s "$OUT"
cp "$T/m.checkpoint" "$T/c"
check "a checkpoint is a model" "$BACKGEMM" eval "$T/c" $DATA/digits.csv.gz

refuses "other optimizer" 2 'optimizer is adam, here it is gd' "$BACKGEMM" train $DIGITS -q -o \
    "$T/m" --resume "$T/c" --optimizer gd
refuses "other batch" 2 'batch is 64, here it is 32' "$BACKGEMM" train $DIGITS -q -o "$T/m" \
    --resume "$T/c" --batch 32
refuses "other seed" 2 'seed' "$BACKGEMM" train $DIGITS -q -o "$T/m" --resume "$T/c" --seed 9
refuses "other layers" 2 'width of a layer is 100, here it is 50' "$BACKGEMM" train $DIGITS -q -o \
    "$T/m" --resume "$T/c" -l 50
refuses "other activation" 2 'activation' "$BACKGEMM" train $DIGITS -q -o "$T/m" --resume "$T/c" \
    -a tanh
refuses "other precision" 2 'precision' "$BACKGEMM" train $DIGITS -q -o "$T/m" --resume "$T/c" \
    --precision f64
refuses "other l2" 2 'l2' "$BACKGEMM" train $DIGITS -q -o "$T/m" --resume "$T/c" --l2 0.5
refuses "other schedule" 2 'schedule is constant, here it is step, times 0.1 every 290 updates' \
    "$BACKGEMM" train $DIGITS -q -o "$T/m" --resume "$T/c" --schedule step --step-size 10
refuses "other rows" 2 'rows is 1797, here it is 1000' "$BACKGEMM" train $DIGITS -q -o "$T/m" \
    --resume "$T/c" --rows 1:1000
refuses "other scaling" 2 'data differ' "$BACKGEMM" train $DIGITS -q -o "$T/m" --resume "$T/c" \
    --scale minmax

# --checkpoint at the end, --resume of a file that is not there
exits "--resume of a missing file starts from the beginning" 0 "$BACKGEMM" train $DIGITS -q \
    --json -e 5 -o "$T/m" --resume "$T/none" --checkpoint "$T/c5"
same "more epochs after --checkpoint" "$(sha_of $DIGITS -e 9 --resume "$T/c5")" \
    "$(sha_of $DIGITS -e 9)"
check "the model itself has no optimizer state" sh -c \
    '"$0" info "$1" --json | grep -q "\"state_vectors\": 0"' "$BACKGEMM" "$T/m"
refuses "a finished model is no checkpoint of adam" 3 'no checkpoint' "$BACKGEMM" train $DIGITS \
    -q -e 9 -o "$T/m2" --resume "$T/m"
"$BACKGEMM" train $DIGITS -q -e 3 -o "$T/m" --checkpoint "$T/c3" --log "$T/l.csv" >/dev/null
"$BACKGEMM" train $DIGITS -q -e 6 -o "$T/m" --resume "$T/c3" --log "$T/l.csv" >/dev/null
same "the log goes on" "$(cut -d, -f1 "$T/l.csv" | tr '\n' ' ')" "epoch 1 2 3 4 5 6 "

# A run that died left lines beyond its checkpoint and half of one: they go, and no line is twice.
log_of() { # log_of FILE: what it counts, without what a clock has measured
    sed 's/"seconds": [^,}]*/_/; s/^\([0-9]*,[0-9]*,[^,]*\),[^,]*/\1/' "$1"
}
for kind in csv jsonl; do
    rm -f "$T/l.$kind" "$T/c4"
    "$BACKGEMM" train $DIGITS -q -e 4 -o "$T/m" --valid 0.2 --checkpoint "$T/c4" >/dev/null
    "$BACKGEMM" train $DIGITS -q -e 7 -o "$T/m" --valid 0.2 --log "$T/l.$kind" >/dev/null
    log_of "$T/l.$kind" >"$T/want"
    size=$(wc -c <"$T/l.$kind")
    for cut in 0 9 $((size / 2)) $((size - 9)) $size; do
        "$BACKGEMM" train $DIGITS -q -e 7 -o "$T/m" --valid 0.2 --log "$T/whole.$kind" >/dev/null
        head -c "$cut" "$T/whole.$kind" >"$T/l.$kind"
        "$BACKGEMM" train $DIGITS -q -e 7 -o "$T/m" --valid 0.2 --resume "$T/c4" --log \
            "$T/l.$kind" >/dev/null
        log_of "$T/l.$kind" >"$T/got"
        if [ "$cut" -lt 10 ]; then # nothing is left of it but the names
            { [ $kind = jsonl ] || head -1 "$T/want"; tail -3 "$T/want"; } >"$T/want2"
        elif [ "$cut" -le $((size / 2)) ]; then # epochs are missing, none is twice or torn
            { head -$(($(wc -l <"$T/got") - 3)) "$T/want"; tail -3 "$T/want"; } >"$T/want2"
        else
            cp "$T/want" "$T/want2"
        fi
        check "$kind log of $cut bytes goes on" cmp "$T/got" "$T/want2"
    done
    "$BACKGEMM" train $DIGITS -q -e 7 -o "$T/m" --valid 0.2 --log "$T/l.$kind" >/dev/null
    printf '5,6' >>"$T/l.$kind"
    "$BACKGEMM" train $DIGITS -q -e 7 -o "$T/m" --valid 0.2 --resume "$T/c4" --log "$T/l.$kind" \
        >/dev/null
    log_of "$T/l.$kind" >"$T/got"
    check "$kind log with a torn line" cmp "$T/got" "$T/want"
done
spoiled() { # spoiled WHAT CODE WORDS FILE: refused as a log to go on with, and stays as it is
    cp "$4" "$T/spoiled"
    refuses "$1" "$2" "$3" "$BACKGEMM" train $DIGITS -q -e 7 -o "$T/m" --valid 0.2 --resume \
        "$T/c4" --log "$4"
    check "and stays" cmp "$4" "$T/spoiled"
}
"$BACKGEMM" train $DIGITS -q -e 2 -o "$T/m" --log "$T/other.csv" >/dev/null
spoiled "a log with other columns" 2 'other.csv:1: .* epoch,steps,loss,seconds,valid_loss' \
    "$T/other.csv"
"$BACKGEMM" train $DIGITS -q -e 2 -o "$T/m" --log "$T/other.jsonl" >/dev/null
spoiled "a JSON log with other columns" 2 'other.jsonl:1: ' "$T/other.jsonl"
cp $DATA/iris.csv "$T/iris.csv"
spoiled "data in the place of a log" 2 'iris.csv:1: ' "$T/iris.csv"
printf 'no newline' >"$T/words.jsonl"
spoiled "words in the place of a log" 2 'words.jsonl:1: ' "$T/words.jsonl"
sed '3s/,.*,/,/' "$T/l.csv" >"$T/torn.csv"
spoiled "a line in the middle" 3 'torn.csv:3: ' "$T/torn.csv"
mkfifo "$T/fifo.csv"
cat "$T/fifo.csv" >"$T/got" &
"$BACKGEMM" train table:xor -q -e 3 -o "$T/m" --log "$T/fifo.csv" >/dev/null
wait $!
same "a log through a pipe has its names" "$(cut -d, -f1 "$T/got" | tr '\n' ' ')" "epoch 1 2 3 "

# a signal in the last step: the run has ended by itself
stopped INT $DIGITS --optimizer lm -l 10 -e 1
same "the last step is the end" "$code $(word ending "$OUT")" "0 all epochs are done"

# What is ignored at the start stays ignored.  Shells make &-jobs ignore SIGINT and SIGQUIT by
# themselves, as whoever started this script may have; those jobs obey a SIGINT that is sent to them
# (above), not the terminal's.
fresh() { exec env --default-signal=INT,QUIT,TERM --ignore-signal="$@"; }
fresh INT "$BACKGEMM" train $DIGITS -q -e 100000 -o "$T/m" 2>"$ERR" &
run=$!
fresh TERM "$BACKGEMM" train $DIGITS -q -e 100000 -o "$T/m4" 2>"$ERR" &
other=$!
sleep 0.5
kill -INT $run
kill -TERM $other
sleep 0.3
check "an ignored SIGINT stays ignored" kill -0 $run
check "an ignored SIGTERM too" kill -0 $other
kill -TERM $run
kill -INT $other
wait $run
same "the other signal stops it" $? 143
wait $other
same "in both cases" $? 130
if command -v script >/dev/null; then
    cat >"$T/jobs" <<'END'
"$BACKGEMM" train tests/data/digits.csv.gz --task classify -q -e 100000 -o "$T/m5" &
echo $! >"$T/run"
trap '' INT
wait
wait
END
    export T
    {
        sleep 0.7
        printf '\003'
        sleep 0.3
        kill -0 "$(cat "$T/run")" && echo alive >"$T/alive"
        kill -INT "$(cat "$T/run")"
    } | script -qec "bash '$T/jobs'" /dev/null >/dev/null
    check "^C in the terminal is not for a script's background job" test -s "$T/alive"
    check "a SIGINT that is sent to it is" test -s "$T/m5.checkpoint"
else
    skip "^C: no script(1) to make a terminal"
fi

# the second signal leaves at once: here the checkpoint is a pipe that nobody reads
mkfifo "$T/pipe"
"$BACKGEMM" train $DIGITS -q -e 100000 -o "$T/m3" --checkpoint "$T/pipe" 2>"$ERR" >"$OUT" &
run=$!
sleep 0.3
kill -INT $run
sleep 0.2
check "the first signal waits for the checkpoint" kill -0 $run
kill -INT $run
wait $run
same "the second signal leaves at once" $? 130
check "and no model" test ! -e "$T/m3"
finish
