# Gradient certificates; that bugs are found is for tests/mutants.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

exits "the start of a training" 0 "$BACKGEMM" check table:xor --seed 3
check "says what was looked at" grep -q '^network     2-3-1 sigmoid sigmoid, 13 parameters f32$' \
    "$OUT"
check "ends with a verdict" grep -q '^CERTIFIED: 13 of 13 partial derivatives' "$OUT"
check "fits 80 columns" sh -c '! grep -qE "^.{81}" "$0"' "$OUT"
"$BACKGEMM" train table:xor --seed 3 -e 0 -q --json -o "$T/start" >"$T/json"
check "is of the network that train starts from" grep -q "sha256 *$(word sha256 "$T/json")" "$OUT"

"$BACKGEMM" train $IRIS -q -o "$T/iris" -e 3 --activation relu --l2 0.01 >"$T/json"
exits "a trained model" 0 "$BACKGEMM" check "$T/iris" $IRIS --json --differences 20
same "certified" "$(number certified "$OUT" | cut -d, -f1)" true
for key in version model data rows sha256 precision loss reduction parameters derivatives failed \
    at_kinks kinks seed step disagreement layers; do
    check "check --json has $key" grep -q "\"$key\": " "$OUT"
done
check "with the model's own objective" grep -q '"loss": "softmax_ce".*"l2": 0.01' "$OUT"
cp "$OUT" "$T/once"
"$BACKGEMM" check "$T/iris" $IRIS --json --differences 20 --threads 3 >"$T/again"
check "the same text for any thread count" cmp "$T/once" "$T/again"
exits "a sample" 0 "$BACKGEMM" check "$T/iris" $IRIS --sample 50 --rows 1:20
check "says so" grep -q '^CERTIFIED: 50 of 803 partial derivatives.*(a sample)' "$OUT"
"$BACKGEMM" check $IRIS --layers 2000,2000 2>"$ERR" &
for ((n = 0; n < 300; n++)); do [ -s "$ERR" ] && break || sleep 0.1; done
kill $!
wait $! 2>/dev/null
check "a long wait is announced" grep -q '^4018003 derivatives over 150 rows: about 4 min' "$ERR"
exits "units at their kinks" 0 "$BACKGEMM" check table:and --activation relu --init zeros
check "are set apart" grep -q '^kinks  *[0-9]* places with z = 0 exactly' "$OUT"

exits "everything" 0 "$BACKGEMM" check --json
same "560 networks" "$(number networks "$OUT")" 560
same "none fails" "$(number uncertified "$OUT")" 0
for f in identity sigmoid tanh relu leaky_relu elu softplus gelu silu softmax; do
    check "$f is among them" grep -q "\"$f\": {\"mse\": [0-9]" "$OUT"
done

refuses "a model brings its own loss" 2 "--loss is the model's own" "$BACKGEMM" check "$T/iris" \
    $IRIS --loss mse
refuses "no network without data" 2 "--layers needs DATA" "$BACKGEMM" check --layers 3
refuses "data that do not fit" 3 "" "$BACKGEMM" check "$T/iris" table:xor
refuses "a loss that does not fit" 2 "check: --loss bce" "$BACKGEMM" check table:xor \
    --loss bce --output-activation tanh
refuses "no such file" 7 "nowhere" "$BACKGEMM" check nowhere.model $IRIS
finish
