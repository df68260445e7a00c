# What info shows a person, and the weights of a model.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

lacks() { check "$1" sh -c '! grep -q "$0" "$1"' "$2" "$OUT"; }
"$BACKGEMM" train $IRIS -q -e 3 -o "$T/m" --checkpoint "$T/state" >/dev/null
exits "info" 0 "$BACKGEMM" info "$T/m"
for key in best-epoch best-loss partial-loss partial-penalty slots tile-rows clip dropout; do
    lacks "a model has no $key to show" "^$key"
    check "--json has it" grep -q "\"$key\": " <("$BACKGEMM" info "$T/m" --json)
done
for key in command seed epochs lr optimizer rows version; do
    check "$key is shown" grep -q "^$key  *[^ ]" "$OUT"
done
exits "of a checkpoint" 0 "$BACKGEMM" info "$T/state"
check "the cut is shown" grep -q '^tile-rows  *[1-9]' "$OUT"
lacks "what is not set is not" '^best-loss'
"$BACKGEMM" train $IRIS -q -e 3 --patience 2 --clip 2 -o "$T/m" >/dev/null
exits "of a run with --patience" 0 "$BACKGEMM" info "$T/m"
check "the best epoch is shown" grep -q '^best-epoch  *3$' "$OUT"
check "what is set is" grep -q '^clip  *2$' "$OUT"

printf '1,2,3\n4,5,7\n2,1,0\n' >"$T/bare.csv"
"$BACKGEMM" train "$T/bare.csv" -q -e 1 --target 2,3 -o "$T/m" >/dev/null
exits "outputs without names" 0 "$BACKGEMM" info "$T/m"
check "are counted" grep -qx 'outputs     2, unnamed' "$OUT"
printf '"in\nput",y\n0,"two\nlines"\n1,b\n' >"$T/lines.csv"
"$BACKGEMM" train "$T/lines.csv" -q -e 1 -o "$T/m" >/dev/null
exits "names of two lines" 0 "$BACKGEMM" info "$T/m"
check "stay on one: output" grep -qx 'outputs     2: b, two?lines' "$OUT"
check "input" grep -q '^     1  in?put  *(x - ' "$OUT"

# y = 3a - 2b + 1 in W[out][in]
printf 'a,b,y\n0,0,1\n1,0,4\n0,1,-1\n1,1,2\n' >"$T/plane.csv"
"$BACKGEMM" train "$T/plane.csv" -q --optimizer lstsq --scale none -o "$T/m" \
    --standard-errors "$T/errors.csv" >/dev/null
exits "the weights" 0 "$BACKGEMM" info "$T/m" --weights
same "a line for each" "$(cut -d, -f1 "$OUT" | tr '\n' ' ')" \
    "parameter W[1][0][0] W[1][0][1] b[1][0] "
same "named as beside their errors" "$(cut -d, -f1,2 "$T/errors.csv")" "$(cat "$OUT")"
near "W[1][0][1]" "$(awk -F, '$1 == "W[1][0][1]" { print $2 }' "$OUT")" -2 1e-12
near "b[1][0]" "$(awk -F, '$1 == "b[1][0]" { print $2 }' "$OUT")" 1 1e-12
"$BACKGEMM" train table:xor -q -e 0 -l 2 --init constant:0.1 --precision f32 -o "$T/m" >/dev/null
exits "--json" 0 "$BACKGEMM" info "$T/m" --weights --json
layers='[{"weight": [[0.1, 0.1], [0.1, 0.1]], "bias": [0.1, 0.1]}, '
layers+='{"weight": [[0.1, 0.1]], "bias": [0.1]}]'
check "has them by layer, in digits of their precision" grep -qF "\"layers\": $layers}" "$OUT"
exits "not without being asked" 0 "$BACKGEMM" info "$T/m" --json
lacks "no layers" '"layers"'

finish
