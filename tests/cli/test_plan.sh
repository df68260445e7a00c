# The plan of a run, with and without data, as text and as JSON.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv
MNIST="--layers 784,512,256,10 --rows 8192 --batch all --loss softmax_ce --optimizer gd"

exits "plan DATA" 0 "$BACKGEMM" plan $IRIS
cp "$OUT" "$T/plan"
same "nothing else is said" "$(wc -c <"$ERR")" 0
check "lines fit 80 columns" awk 'length > 80 { exit 1 }' "$T/plan"
mkdir "$T/out"
exits "train --dry-run" 0 "$BACKGEMM" train $IRIS --dry-run -o "$T/out/model" -e 100000000
check "the same plan" cmp "$OUT" "$T/plan"
no_file "and no model"
exits "train --dry-run needs no -o" 0 "$BACKGEMM" train $IRIS --dry-run
exits "of a truth table" 0 "$BACKGEMM" plan table:xor
check "the narrow engine, and why" grep -q '^narrow: rows in SIMD lanes' "$OUT"

exits "of a shape" 0 "$BACKGEMM" plan $MNIST
cp "$OUT" "$T/plan"
check "GEMM work as it is counted by hand" grep -q '19.7 GFLOP a step' "$T/plan"
check "lines fit 80 columns" awk 'length > 80 { exit 1 }' "$T/plan"
exits "as JSON" 0 "$BACKGEMM" plan $MNIST --json --threads 2
same "one object" "$(wc -l <"$OUT")" 1
check "that others can read" python3 -c '
import json, sys
plan = json.load(open(sys.argv[1]))
assert plan["flops"] == sum(layer["flops"] for layer in plan["layers"])
assert plan["flops"] == 2 * 8192 * (784 * 512 * 2 + 512 * 256 * 3 + 256 * 10 * 3)
assert plan["rows"] == plan["batch"] == 8192 and plan["threads"] == 2
memory = plan["memory"]
parts = sum(memory[k] for k in ("data", "parameters", "state", "gradients", "shared"))
assert memory["total"] == parts + 2 * memory["tile"]
' "$OUT"
cut_of() { "$BACKGEMM" plan $MNIST --json "$@" | sed 's/"threads": .*instr//; s/"shared".*//'; }
cut_of --threads 1 >"$T/one"
cut_of --threads 7 >"$T/seven"
check "the cut does not depend on the threads" cmp "$T/one" "$T/seven"
exits "a large network" 0 "$BACKGEMM" plan --layers 1024,2048,1024 --rows 8192 --batch all
check "its gradient goes by groups of tiles" grep -q '^group  *[1-9][0-9]*  *tiles, over' "$OUT"
same "that say so" "$(grep -c "a group's tiles\|one for each tile of a group" "$OUT")" 2
check "lines fit 80 columns" awk 'length > 80 { exit 1 }' "$OUT"

exits "a network that no memory here could hold" 0 "$BACKGEMM" plan --rows 64 \
    --layers 1048576,1048576,1

refuses "no rows" 2 '--rows says' "$BACKGEMM" plan --layers 2,3,1
refuses "no layers" 2 '--layers has all widths' "$BACKGEMM" plan --rows 4
refuses "one width" 2 '--layers has all widths' "$BACKGEMM" plan --rows 4 --layers 3
refuses "inputs+1 without inputs" 2 '--layers has all widths' "$BACKGEMM" plan --rows 4 \
    --layers 'inputs+1,2'
refuses "rows of an open end" 2 '--rows says' "$BACKGEMM" plan --rows 4: --layers 2,3,1
refuses "too many rows" 2 'up to 4294967295 rows' "$BACKGEMM" plan --rows 4294967296 --layers 2,3,1
refuses "activations that do not fit" 2 'names 2 layers' "$BACKGEMM" plan --rows 4 --layers 2,3,1 \
    --activation relu,tanh
refuses "a file that is not there" 7 'nowhere' "$BACKGEMM" plan "$T/nowhere.csv"
refuses "an option of train alone" 2 'unknown option --epochs' "$BACKGEMM" plan table:xor --epochs 3
same "--rows N is the first N" "$("$BACKGEMM" plan $IRIS --rows 90 --json)" \
    "$("$BACKGEMM" plan $IRIS --rows 1:90 --json)"

# Measured cuts: kept in a file, found again, and only when asked for.
export XDG_CACHE_HOME=$T/cache
WISDOM=$T/cache/backgemm/wisdom
SMALL="--layers 40,64,3 --rows 2000 --batch all --optimizer gd"
exits "plan --measure" 0 "$BACKGEMM" plan $SMALL --measure
check "says what a step took" grep -q '^measured .* ms a step' "$OUT"
check "and the bound of this machine" grep -q 'at the .* GFLOP/s of . thread' "$OUT"
check "lines fit 80 columns" awk 'length > 80 { exit 1 }' "$OUT"
same "keeps one line below the first" "$(wc -l <"$WISDOM")" 2
cp "$WISDOM" "$T/wisdom"
exits "again" 0 "$BACKGEMM" plan $SMALL --measure --json
check "nothing is timed again" cmp "$WISDOM" "$T/wisdom"
check "JSON has the times" grep -q '"measured_seconds": [0-9.e-]*, "estimate_seconds"' "$OUT"
exits "none keeps nothing" 0 "$BACKGEMM" plan $SMALL --measure --wisdom none --batch 1000
check "the file is as it was" cmp "$WISDOM" "$T/wisdom"

# A line that this machine's measurement could have made, with a cut that the plan would not choose.
sed 's/[0-9]*\t[0-9]*\t[0-9.e-]*\t[0-9.e-]*$/64\t5\t0.001\t0.002/' "$WISDOM" >"$T/other"
exits "--wisdom FILE is read" 0 "$BACKGEMM" plan $SMALL --wisdom "$T/other"
check "and its cut is used" grep -q '^tile rows    64 .*measured' "$OUT"
check "slots too" grep -q '^slots        5 ' "$OUT"
exits "a file of wisdom that is not there" 0 "$BACKGEMM" plan $SMALL --wisdom "$T/nowhere"
check "is told of" grep -q 'nowhere: No such file.*; the wisdom is not used' "$ERR"
exits "without options the estimate" 0 "$BACKGEMM" plan $SMALL
check "stands" sh -c '! grep -q measured "$0"' "$OUT"
echo "scribble" >>"$T/other"
exits "a damaged line" 0 "$BACKGEMM" plan $SMALL --wisdom "$T/other"
check "is told of, with its place" grep -q 'other:3: this line is no wisdom' "$ERR"
check "and the others are used" grep -q '^tile rows    64 ' "$OUT"
cp $IRIS "$T/iris.csv"
exits "a file of wisdom that is none" 0 "$BACKGEMM" plan $SMALL --wisdom "$T/iris.csv" --measure
check "is told of" grep -q 'iris.csv:1: this line is no wisdom' "$ERR"
check "and left alone" grep -q 'this is no file of wisdom, and it stays as it is' "$ERR"
check "iris is as it was" cmp $IRIS "$T/iris.csv"
check "without a lock beside it" test ! -e "$T/iris.csv.lock"

rm -r "$T/cache"
same "training leaves no wisdom behind" "$(sha_of $IRIS -e 3; ls "$T")" \
    "$(sha_of $IRIS -e 3 --wisdom none; ls "$T")"
exits "train --measure" 0 "$BACKGEMM" train $IRIS -q -e 3 --measure -o "$T/model"
tiles=$("$BACKGEMM" info "$T/model" --json | sed 's/.*"tile-rows": "\([0-9]*\)".*/\1/')
same "the model names the cut" "$tiles" "$(tail -1 "$WISDOM" | cut -f11)"
sed -i 's/[0-9]*\t[0-9]*\t[0-9.e-]*\t[0-9.e-]*$/16\t3\t0.001\t0.002/' "$WISDOM"
cut_sha=$(sha_of $IRIS -e 6 --measure)
same "the same bits for any thread count" "$(sha_of $IRIS -e 6 --measure --threads 3)" "$cut_sha"
"$BACKGEMM" train $IRIS -q -e 3 --measure -o "$T/model" --checkpoint "$T/state" >/dev/null
same "a run that goes on keeps its cut" "$(sha_of $IRIS -e 6 --resume "$T/state")" "$cut_sha"
refuses "what takes no steps is not measured" 2 'takes no steps' "$BACKGEMM" plan $IRIS --measure \
    --optimizer lstsq
finish
