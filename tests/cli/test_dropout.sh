# Hidden units that are dropped in training: what is told of it, the same bits.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

"$BACKGEMM" train $IRIS -e 2 --dropout 0.5 -o "$T/m" >"$OUT" 2>"$ERR"
check "train tells it" grep -q 'adam, lr 0.001, dropout 0.5, batches' "$ERR"
check "info tells it" grep -q '^dropout  *0.5$' <("$BACKGEMM" info "$T/m")

plain=$(sha_of $IRIS -e 5)
same "0 is none" "$(sha_of $IRIS -e 5 --dropout 0)" "$plain"
same "and so are zeros" "$(sha_of $IRIS -e 5 --layers 3,4 --dropout 0,0.0)" \
    "$(sha_of $IRIS -e 5 --layers 3,4)"
[ "$(sha_of $IRIS -e 5 --dropout 0.1)" != "$plain" ] && ok "a tenth is seen" ||
    not_ok "a tenth changes nothing"
same "one for all" "$(sha_of $IRIS -e 5 --layers 9,8 --dropout 0.5)" \
    "$(sha_of $IRIS -e 5 --layers 9,8 --dropout 0.5,0.5)"
[ "$(sha_of $IRIS -e 5 --layers 9,8 --dropout 0.5,0)" != \
    "$(sha_of $IRIS -e 5 --layers 9,8 --dropout 0,0.5)" ] && ok "one for each" ||
    not_ok "one for each: the same"
printf 'dropout = 0.5\n' >"$T/conf"
same "by --config" "$(sha_of $IRIS -e 5 --config "$T/conf")" "$(sha_of $IRIS -e 5 --dropout 0.5)"

# A trained network has all its units.
"$BACKGEMM" train $IRIS -q -e 5 --dropout 0.5 --json -o "$T/m" >"$T/a"
"$BACKGEMM" eval "$T/m" $IRIS --json >"$T/b"
near "the loss that is told is of the whole network" "$(number loss "$T/a")" \
    "$(number loss "$T/b")" 1e-6
"$BACKGEMM" train $IRIS -q -e 5 --dropout 0.5 --valid $IRIS --json -o "$T/m" >"$T/a"
near "so is that of --valid" "$(number valid_loss "$T/a")" "$(number loss "$T/a")" 1e-6
check "check certifies what came of it" "$BACKGEMM" check "$T/m" $IRIS --sample 50

# The same bits: threads, precisions, shapes that go by the narrow engine otherwise, going on.
for precision in f32 f64; do
    for how in "--layers 3 --batch 50" "--layers 200,80" "--layers 40 --batch all"; do
        # shellcheck disable=SC2086 # a list of options
        one=$(sha_of $IRIS -e 5 --dropout 0.4 --precision $precision $how --threads 1)
        for threads in 2 3 7; do
            # shellcheck disable=SC2086
            same "$how, $precision, $threads threads: the same bits" "$one" \
                "$(sha_of $IRIS -e 5 --dropout 0.4 --precision $precision $how --threads $threads)"
        done
    done
    "$BACKGEMM" train $IRIS -q -e 2 --dropout 0.4 --precision $precision -o "$T/m" \
        --checkpoint "$T/c" >/dev/null
    same "going on in $precision" \
        "$(sha_of $IRIS -e 4 --dropout 0.4 --precision $precision --resume "$T/c")" \
        "$(sha_of $IRIS -e 4 --dropout 0.4 --precision $precision)"
done
refuses "going on with another" 2 'dropout is 0.4, here it is 0$' "$BACKGEMM" train $IRIS -q -e 4 \
    --precision f64 -o "$T/m" --resume "$T/c"
check "a thin network has tiles with dropout" grep -q 'thin\|direct\|blas' <("$BACKGEMM" plan \
    table:xor --dropout 0.5)
check "and none without" grep -q 'narrow' <("$BACKGEMM" plan table:xor)
check "without data" grep -q 'tile rows' <("$BACKGEMM" plan --layers 9,8,7,1 --rows 50 \
    --dropout 0.5,0.1)
same "weights and dropout" "$(sha_of $IRIS -e 5 --dropout 0.4 --weights balanced)" \
    "$(sha_of $IRIS -e 5 --dropout 0.4)"

for optimizer in lm lstsq; do
    refuses "dropout of $optimizer" 2 "--dropout is for .*, not $optimizer" "$BACKGEMM" train \
        $IRIS --optimizer $optimizer --dropout 0.5 -q -o "$T/m"
done
for p in 1 -0.5 half 0.5, ,0.5 nan; do
    refuses "--dropout $p" 2 "--dropout wants 0 <= P < 1.*not \"$p\"" "$BACKGEMM" train $IRIS \
        --dropout=$p -q -o "$T/m"
done
refuses "three for two layers" 2 '--dropout names 3 layers, but 2 are hidden' "$BACKGEMM" train \
    $IRIS --layers 9,8 --dropout 0.1,0.2,0.3 -q -o "$T/m"
refuses "no hidden layer" 2 '--dropout is for hidden layers, and there are none' "$BACKGEMM" train \
    $IRIS --layers none --dropout 0.5 -q -o "$T/m"
refuses "a sheet has no dropout" 2 'unknown option --dropout' "$BACKGEMM" trace table:xor \
    --dropout 0.5
finish
