# Gradients that are clipped: what the model says of it, the same bits.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

"$BACKGEMM" train $IRIS -e 2 --clip 0.5 -o "$T/m" >"$OUT" 2>"$ERR"
check "train tells it" grep -q 'gradients clipped to 0.5' "$ERR"
check "info tells it" grep -q 'clip  *0.5' <("$BACKGEMM" info "$T/m")

"$BACKGEMM" train $IRIS -q -e 3 --clip 1e6 --batch all --optimizer gd --lr 1e-9 -o "$T/m" --log \
    "$T/l.csv" >/dev/null
same "the log has the norm" "$(head -1 "$T/l.csv")" "epoch,steps,loss,seconds,norm"
"$BACKGEMM" stability "$T/m" $IRIS --json >"$T/json"
near "it is that of the gradient" "$(tail -1 "$T/l.csv" | cut -d, -f5)" \
    "$(number gradient_norm "$T/json")" 1e-5
"$BACKGEMM" train $IRIS -q -e 1 --clip 0.1 --batch all --optimizer gd --lr 1e-9 -o "$T/m" --log \
    "$T/l1.csv" >/dev/null
near "before it is clipped" "$(tail -1 "$T/l1.csv" | cut -d, -f5)" \
    "$(tail -1 "$T/l.csv" | cut -d, -f5)" 1e-5

same "a clip beyond every gradient is none" "$(sha_of $IRIS -e 5 --clip 1e6)" \
    "$(sha_of $IRIS -e 5)"
[ "$(sha_of $IRIS -e 5 --clip 0.1)" != "$(sha_of $IRIS -e 5)" ] && ok "a short one is seen" ||
    not_ok "a short one changes nothing"

for threads in 2 3 7; do
    for how in "--layers 3 --batch 50" "--layers 200,80" "--layers 40 --batch all --l2 0.01"; do
        # shellcheck disable=SC2086 # a list of options
        same "$how, $threads threads: the same bits" \
            "$(sha_of $IRIS -e 5 --clip 0.05 $how --threads $threads)" \
            "$(sha_of $IRIS -e 5 --clip 0.05 $how --threads 1)"
    done
done

# Rates that diverge: a clipped gradient goes lr X at most, and stays finite.
exits "a rate far too large diverges" 4 "$BACKGEMM" train table:xor -q -o "$T/m" -a identity \
    --output-activation identity --lr 100 -e 300
exits "and does not where gradients are clipped" 0 "$BACKGEMM" train table:xor -q -o "$T/m" \
    -a identity --output-activation identity --lr 100 -e 300 --clip 0.01

for optimizer in rprop lm lstsq lbfgs; do
    refuses "--clip of $optimizer" 2 "--clip is for .*, not $optimizer" "$BACKGEMM" train $IRIS \
        --optimizer $optimizer --clip 1 -q -o "$T/m"
done
refuses "a clip of 0" 2 '--clip 0 is outside 0 < X' "$BACKGEMM" train $IRIS --clip 0 -q -o "$T/m"
refuses "a clip that is none" 2 'wants a number, not "short"' "$BACKGEMM" train $IRIS --clip short \
    -q -o "$T/m"
"$BACKGEMM" train $IRIS -q -e 2 --clip 0.5 -o "$T/m" --checkpoint "$T/c" >/dev/null
refuses "going on with another clip" 2 'clip is 0.5, here it is 0' "$BACKGEMM" train $IRIS -q -e 4 \
    -o "$T/m" --resume "$T/c"
same "going on with the same" "$(sha_of $IRIS -e 4 --clip 0.5 --resume "$T/c")" \
    "$(sha_of $IRIS -e 4 --clip 0.5)"
refuses "a sheet has no clip" 2 'unknown option --clip' "$BACKGEMM" trace table:xor --clip 1
finish
