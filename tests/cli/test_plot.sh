#!/usr/bin/env bash
# --plot of train and bench
. tests/cli/lib.sh
XOR="train table:xor -q -o $T/model"
IRIS="train $DATA/iris.csv -q -o $T/model"
BENCH="bench --layers 8,8 --batch 8,16 --threads 1,2 --seconds 0.001"
mkdir "$T/out" "$T/none" "$T/stub" "$T/late"

# The picture, and nothing else, is in the folder.
is_alone() { [ -s "$1" ] && [ "$(find "$T/out" -type f -printf x)" = x ]; }
mode_of() { stat -c %a "$1"; }

for verb in "$XOR" "$BENCH"; do
    name="${verb%% *} --plot"
    refuses "$name of another kind" 2 'svg or .png' "$BACKGEMM" $verb --plot "$T/out/a.gif"
    refuses "$name into nowhere" 7 'No such file' "$BACKGEMM" $verb --plot "$T/nowhere/a.svg"
    refuses "$name without gnuplot" 1 'gnuplot is needed' env PATH="$T/none" "$BACKGEMM" $verb \
        --plot "$T/out/a.svg"
done
check "no training without gnuplot" test ! -e "$T/model"

# A gnuplot that keeps what it is told, and draws.
cat >"$T/stub/gnuplot" <<END
#!/bin/sh
cat >>'$T/told'
echo '<svg/>'
END
# One that fails once it has to plot.
cat >"$T/late/gnuplot" <<END
#!/bin/sh
grep -q ^plot && exit 3
exit 0
END
# One without terminals.
printf '#!/bin/sh\nexit 1\n' >"$T/none/gnuplot"
chmod +x "$T"/*/gnuplot
with() { PATH="$T/$1:$PATH" "$BACKGEMM" "${@:2}"; }

refuses "a gnuplot without PNG" 1 'no terminal pngcairo' with none $XOR --plot "$T/out/a.png"
no_file "no picture without a terminal"
echo old >"$T/out/a.svg"
exits "a gnuplot that fails" 1 with late $XOR --plot "$T/out/a.svg"
check "what it ended with is said" grep -q 'gnuplot ended with 3' "$ERR"
same "the old picture is still there" "$(cat "$T/out/a.svg")" old
check "and so is the model" test -s "$T/model"
rm "$T/out/a.svg"

for name in '|touch pwned;.svg' $'a\n!touch pwned\n.svg' "it's \`touch pwned\`.svg"; do
    cp "$DATA/iris.csv" "$T/data$name.csv"
    for verb in "$XOR" "$BENCH"; do
        (cd "$T/out" && with stub $verb --plot "$name") >"$OUT" 2>&1
        check "a file of the name $(printf %q "$name")" is_alone "$T/out/$name"
        rm -f "$T"/out/*
    done
    check "which gnuplot is not told" sh -c '! grep pwned "$1"' - "$T/told"
    with stub train "$T/data$name.csv" -q -e 2 -o "$T/model" --plot "$T/out/a.svg" >"$OUT" 2>&1
    check "the name of the data is one line, quoted" grep -q "title 'data.*pwned.*'" "$T/told"
    rm -f "$T/told" "$T"/out/*
done

echo old >"$T/real"
chmod 640 "$T/real"
ln -s ../real "$T/out/a.svg"
exits "through a link" 0 with stub $XOR --plot "$T/out/a.svg"
check "the link stays" test -L "$T/out/a.svg"
same "the file has the picture" "$(cat "$T/real")" '<svg/>'
same "and its permissions" "$(mode_of "$T/real")" 640
ln -sf /dev/full "$T/out/a.svg"
exits "a full disk" 7 with stub $XOR --plot "$T/out/a.svg"
check "is said" grep -q 'No space left' "$ERR"
rm "$T/out/a.svg"

exits "no epochs" 0 with stub $XOR --epochs 0 --plot "$T/out/a.svg"
check "nothing to draw is said" grep -q 'a.svg is not drawn: this run completed no epoch' "$ERR"
no_file "nothing is drawn"

if ! command -v gnuplot >/dev/null; then
    skip "pictures: no gnuplot"
    finish
    exit
fi

# has WHAT WORDS...: a text of the picture
has() { check "$1" grep -q ">$2</text>" "$T/out/a.svg"; }
draws() { exits "$1" 0 "$BACKGEMM" "${@:2}" --plot "$T/out/a.svg"; }

draws "a short run" $IRIS --valid 0.2 -e 50
check "is a picture alone" is_alone "$T/out/a.svg"
has "data and network" 'iris.csv: 4-100-3'
has "training" training
has "validation" validation
has "accuracy" accuracy
has "epochs up to the last" 50
check "and no further" sh -c '! grep -q ">100</text>" "$1"' - "$T/out/a.svg"
draws "a run that keeps the best weights" $IRIS --valid 0.2 -e 2000 --patience 20 --json
has "the epoch is marked" "best: epoch $(number best_epoch "$OUT")"
draws "one epoch" $XOR -e 1
check "which is not 0" sh -c '! grep -q ">0</text>" "$1"' - "$T/out/a.svg"
draws "a long run" $XOR -e 3000
has "in powers of ten" 1000
draws "bench" $BENCH
has "each peak" 'FMA peak f32, 2 threads'
has "which rises with the threads" 'FMA peak f32'
has "each curve" '8,8 f32, 16 rows'

name=$'<a&b> {_^} `x` @y \xff \xc3\xa9\\.csv'
cp "$DATA/iris.csv" "$T/$name"
draws "a name of signs" train "$T/$name" -q -e 2 -o "$T/model"
check "as it is" grep -Fq $'&lt;a&amp;b> {_^} `x` @y ? \xc3\xa9\\.csv: 4-100-3' "$T/out/a.svg"
exits "a PNG" 0 "$BACKGEMM" $XOR --plot "$T/out/a.png"
same "by its first bytes" "$(head -c 4 "$T/out/a.png" | tail -c 3)" PNG
finish
