# Recorded PyTorch runs beside the engine's.  scripts/make_compare_traces.py made them.
. tests/cli/lib.sh
TRACES=$DATA/compare

# 100 steps of every optimizer, in double: each step, and the whole run made by the engine alone
for optimizer in gd momentum nesterov adam adamw rmsprop adagrad rprop; do
    exits "100 steps of $optimizer agree" 0 "$BACKGEMM" compare $TRACES/agree-$optimizer.npz --json
    same "$optimizer: steps" "$(number steps "$OUT")" 100
    at_least "$optimizer: 1e-12 against each step" 1e-12 "$(number worst "$OUT")"
    at_least "$optimizer: 1e-12 against the whole run" 1e-12 "$(number drift "$OUT")"
done

# names TRACE QUANTITY STEP WORDS: exit code 5; the quantity differs first at that step, and the
# convention that is named for it holds the words
names() {
    exits "$1 differs" 5 "$BACKGEMM" compare "$TRACES/$1.npz" --json
    sed 's/{"quantity"/\n&/g' "$OUT" | grep "^{\"quantity\": \"$2\", \"step\": $3," >"$T/finding"
    check "$1: $2 from step $3 on: $4" grep -q "\"convention\": \"[^\"]*$4" "$T/finding"
    same "$1: all later steps agree by it" "$(number explained_steps "$T/finding")" \
        "$(number steps_left "$T/finding")"
}
names mean-for-sum gradient 1 'averaged over the rows, not summed'
names mean-for-sum loss 1 'averaged over the rows, not summed'
names sse-for-half gradient 1 'sse: no factor 1/2'
names outputs-divided gradient 1 'divided by the number of outputs'
names nesterov-sutskever parameters 1 "Sutskever's form"
names nesterov-sutskever gradient 2 'taken ahead'
names adam-epsilon-inside parameters 1 'epsilon is inside the root'
names adam-epsilon-hat parameters 1 'before the bias correction'
names adam-uncorrected parameters 1 'no bias correction of the two means'
names l2-on-biases gradient 1 'shrinks the biases too'
names adamw-for-l2 parameters 1 'decoupled weight decay'
names l2-for-adamw gradient 1 'in the gradient (L2), not decoupled'
names l2-for-adamw parameters 1 'no decoupled weight decay'
names dampening parameters 2 'momentum is dampened'
names schedule-late parameters 3 'one step late'
names w-transposed gradient 1 'through W instead of its transpose'
names relu-kink gradient 1 'derivative at 0'
names no-zero-grad gradient 2 'zero_grad'
names no-output-slope gradient 1 "f' of the last layer is left out"
names gelu-for-silu gradient 1 'layer 1 is gelu, not silu'
names rmsprop-centred parameters 1 'centred'
names adagrad-start parameters 1 'starts at 0.1'
names rate parameters 1 'learning rate is 0.1, not 0.2'

exits "in words" 5 "$BACKGEMM" compare $TRACES/l2-on-biases.npz
check "the first step" grep -q '^step 1 is the first that differs$' "$OUT"
check "tensor, number, distance" grep -q 'most in layer 2,' "$OUT"
check "within 80 columns below the title" sh -c '! tail -n +2 "$0" | grep -q "^.\{81\}"' "$OUT"
exits "every step" 0 "$BACKGEMM" compare $TRACES/agree-gd.npz --verbose
same "a line for each" "$(grep -c '^ *[0-9]* \(  *[0-9.e-]*\)\{4\}$' "$OUT")" 100
exits "a looser tolerance" 0 "$BACKGEMM" compare $TRACES/rate.npz --tolerance 0.5

refuses "no file" 7 'cannot be opened' "$BACKGEMM" compare "$T/no.npz"
refuses "not NPZ" 3 'it is no NPZ file' "$BACKGEMM" compare $DATA/iris.csv
head -c 3000 $TRACES/rate.npz >"$T/cut.npz"
refuses "cut short" 3 'zip archive' "$BACKGEMM" compare "$T/cut.npz"
refuses "a tolerance of 0" 2 'tolerance' "$BACKGEMM" compare $TRACES/rate.npz --tolerance 0
finish
