# Real data from the command line: what is learned, and by default.
. tests/cli/lib.sh

# all four rows are right when the mean of four squared errors is below 1/16
count=0
for seed in $(seq 1 100); do
    "$BACKGEMM" train table:xor -q --threads 1 --seed "$seed" -o "$T/xor" --json >"$T/json"
    awk -v l="$(number loss "$T/json")" 'BEGIN { exit !(l < 0.0625) }' && count=$((count + 1))
done
at_least "XOR 2-3-1: seeds of 100 with all four rows right" "$count" 99

"$BACKGEMM" train table:xor -q --activation identity --output-activation identity -o "$T/linear" \
    >/dev/null
for a in $("$BACKGEMM" predict "$T/linear" table:xor | tail -n +2); do
    near "identity units end at the least-squares answer" "$a" 0.5 1e-6
done

# folds NAME FILE HEADER: fifths with equal shares of every class, shuffled
folds() {
    local name=$1 file=$2 header=$3
    tail -n +$((header + 1)) "$file" | awk -F, '{ print $NF "|" $0 }' |
        shuf --random-source=<(yes 7) | sort -s -t'|' -k1,1 | cut -d'|' -f2- |
        awk -v p="$T/$name" '{ print > (p "." NR % 5) }'
    for k in 0 1 2 3 4; do
        { head -n "$header" "$file"; for i in 0 1 2 3 4; do [ $i -eq $k ] || cat "$T/$name.$i"; \
            done; } >"$T/$name.train$k"
        { head -n "$header" "$file"; cat "$T/$name.$k"; } >"$T/$name.test$k"
    done
}
mean_accuracy() {
    for k in 0 1 2 3 4; do
        "$BACKGEMM" train "$T/$1.train$k" --task classify -q -o "$T/fold" >/dev/null
        "$BACKGEMM" eval "$T/fold" "$T/$1.test$k" --json >"$T/json"
        number accuracy "$T/json"
    done | awk '{ s += $1 } END { print s / NR }'
}
gzip -dc $DATA/digits.csv.gz >"$T/digits.csv"
folds iris $DATA/iris.csv 1
folds digits "$T/digits.csv" 0
at_least "iris, five stratified fifths, defaults" "$(mean_accuracy iris)" 0.945
at_least "digits, five stratified fifths, defaults" "$(mean_accuracy digits)" 0.97

"$BACKGEMM" train $DATA/digits.csv.gz --task classify --rows 1:1437 -q -o "$T/digits" >/dev/null
"$BACKGEMM" eval "$T/digits" $DATA/digits.csv.gz --rows 1438:1797 --json >"$T/json"
at_least "digits by other writers" "$(number accuracy "$T/json")" 0.91
same "360 rows" "$(number rows "$T/json")" 360

images="$DATA/t10k-images-idx3-ubyte.gz --target $DATA/t10k-labels-idx1-ubyte.gz"
"$BACKGEMM" train $images --rows 1:8000 --layers 128 --activation relu --batch 64 --optimizer adam \
    --lr 0.001 --epochs 20 -q -o "$T/mnist" >/dev/null
"$BACKGEMM" eval "$T/mnist" $images --rows 8001:10000 --json >"$T/json"
at_least "MNIST test images, 784-128-10" "$(number accuracy "$T/json")" 0.955

# regression: the last column of digits without --task
"$BACKGEMM" train $DATA/digits.csv.gz -q -o "$T/number" >/dev/null
"$BACKGEMM" eval "$T/number" $DATA/digits.csv.gz --json >"$T/json"
at_least "a number column is regression: r2" "$(number r2 "$T/json")" 0.9
check "and has rmse" grep -q '"rmse": [0-9]' "$T/json"

# a curve that a straight line explains but for two fifths, whatever the activation
awk 'BEGIN { print "x,y"; for (i = 0; i < 500; i++) { x = (i - 250) / 80; print x "," sin(x) } }' \
    >"$T/sine.csv"
for activation in silu gelu softplus relu tanh; do
    "$BACKGEMM" train "$T/sine.csv" --activation $activation -q -o "$T/sine" >/dev/null
    "$BACKGEMM" eval "$T/sine" "$T/sine.csv" --json >"$T/json"
    at_least "a sine, $activation: r2" "$(number r2 "$T/json")" 0.9
done

# bits from a file
awk 'BEGIN { print "a,both,any,b"; for (i = 0; i < 64; i++) {
    a = i % 2; b = int(i / 2) % 2; print a "," a * b "," (a + b > 0) "," b } }' >"$T/bits.csv"
"$BACKGEMM" train "$T/bits.csv" --task bits --target both,any -q -o "$T/bits" >/dev/null
"$BACKGEMM" eval "$T/bits" "$T/bits.csv" --target both,any --json >"$T/json"
same "two bits of a file" "$(number accuracy "$T/json")" 1
check "end in sigmoid with bce" grep -q 'loss *bce' <("$BACKGEMM" info "$T/bits")

# the defaults are those that the help names
same "the defaults of classes, said aloud" "$(sha_of $DATA/iris.csv --layers 100 --activation silu \
    --output-activation softmax --loss softmax_ce --reduction mean --l2 0 --init lecun-uniform \
    --optimizer adam --lr 0.001 --beta1 0.9 --beta2 0.999 --epsilon 1e-8 --epochs 400 --batch 64 \
    --seed 1 --precision f32 --scale standard --update-sign descent)" "$(sha_of $DATA/iris.csv)"
same "the defaults of truth tables, said aloud" \
    "$(sha_of table:xor --layers 3 --activation sigmoid \
    --output-activation sigmoid --loss mse --reduction mean --init glorot-uniform --optimizer gd \
    --lr 5 --epochs 10000 --batch all --seed 1 --scale none)" "$(sha_of table:xor)"
[ "$(sha_of table:xor --seed 2)" != "$(sha_of table:xor)" ] && ok "another seed, another model" \
    || not_ok "another seed, the same model"
for threads in 1 2 3; do
    same "$threads threads, the same bits" "$(sha_of $DATA/iris.csv --threads $threads)" \
        "$(sha_of $DATA/iris.csv)"
done
finish
