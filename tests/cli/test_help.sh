# Help, version and man page come from the tables; words that are nearly right get the right one.
. tests/cli/lib.sh

exits "--version" 0 "$BACKGEMM" --version
check "it is a name and a version" grep -qx 'backgemm [0-9]*\.[0-9]*\.[0-9]*' "$OUT"
exits "--help" 0 "$BACKGEMM" --help
for verb in train predict eval info plan trace verify grade compare bench doctor check stability; do
    check "the overview names $verb" grep -q "^  $verb " "$OUT"
done

for verb in train predict eval info plan trace verify grade compare bench doctor check stability; do
    exits "$verb --help" 0 "$BACKGEMM" "$verb" --help
    cp "$OUT" "$T/help"
    "$BACKGEMM" help "$verb" >"$T/help2"
    check "help $verb is the same" cmp "$T/help" "$T/help2"
    check "$verb: lines fit 80 columns" awk 'length > 80 { exit 1 }' "$T/help"
    # An option that takes a value tells its default, or that it is required; a number its interval.
    awk '/^  -/ { if (name) print name "|" words; name = $0; words = ""; next }
         name { words = words " " $0 } END { print name "|" words }' "$T/help" | tr -s ' \
             ' >"$T/options"
    while IFS='|' read -r name words; do
        case $name in
        *--*' '[A-Z]*)
            case $words in *'default: '*|*required*) ;; *) not_ok "$verb$name has no default" ;; \
                esac ;;
        esac
        case $name in
        *' X'|*' N'|*'N|all')
            case $words in *'<'*) ok "$verb$name tells its interval" ;;
            *) not_ok "$verb$name has no interval" ;; esac ;;
        esac
    done <"$T/options"
done

"$BACKGEMM" train --help | tr -s ' \n' ' ' >"$T/help"
while IFS='|' read -r option words; do
    check "train --help: $option: $words" grep -q -- "$option .*$words" "$T/help"
done <<'END'
--lr|1e-30 <= X <= 10000, or auto; default: 5 for truth tables with gd and sigmoid units, 0.001
--momentum|0 <= X < 1; default: 0.9
--beta2|0 <= X < 1; default: 0.999
--epsilon|1e-30 <= X <= 1; default: 1e-10 for adagrad, else 1e-08
--batch|or all
--max-time|0 < X <= 1000000000; seconds
--optimizer|gd, momentum, nesterov, adam
--update-sign|W + lr g
--init|orthogonal
END

exits "--man" 0 "$BACKGEMM" --man
check "the man page has a title" grep -q '^\.TH BACKGEMM 1' "$OUT"
check "the man page has every option of train" grep -q 'update\\-sign WORD' "$OUT"
if command -v man >/dev/null; then
    check "man reads it without complaint" sh -c \
        '! man --warnings -l "$0" 2>&1 >/dev/null | grep .' "$OUT"
fi

refuses "no verb" 2 "usage" "$BACKGEMM"
refuses "a verb nearly right" 2 'nearest is train' "$BACKGEMM" trian
refuses "an option nearly right" 2 'nearest is --epochs' "$BACKGEMM" train table:xor -o x --epoch 3
refuses "a later option is unknown" 2 'unknown option --frobnicate' "$BACKGEMM" train table:xor \
    -o x --frobnicate 0.1
refuses "a choice nearly right" 2 'nearest is momentum' "$BACKGEMM" train table:xor -o x \
    --optimizer momentun
refuses "an activation nearly right" 2 'nearest is sigmoid' "$BACKGEMM" train table:xor -o x -a \
    sigmod
refuses "a scheme nearly right" 2 'nearest scheme is he-normal' "$BACKGEMM" train table:xor -o x \
    --init he-norml
refuses "an optimizer that is none" 2 'knows no "newton"' "$BACKGEMM" train table:xor -o x \
    --optimizer newton
refuses "an unknown letter" 2 'unknown option -z' "$BACKGEMM" train table:xor -z
refuses "a flag with a value" 2 'takes no value' "$BACKGEMM" train table:xor -o x --json=1
refuses "an option without its value" 2 '--lr wants X' "$BACKGEMM" train table:xor -o x --lr
refuses "too many operands" 2 'what is "more"' "$BACKGEMM" info a more
refuses "too few operands" 2 'usage: backgemm predict MODEL DATA' "$BACKGEMM" predict a
refuses "train without -o" 2 'MODEL is required' "$BACKGEMM" train table:xor
refuses "model and JSON on one stream" 2 'both' "$BACKGEMM" train table:xor -o - --json

# GNU spelling.
want=$(sha_of table:xor --epochs 7 --lr 0.5)
same "--opt=value" "$(sha_of table:xor --epochs=7 --lr=0.5)" "$want"
same "-o value, -ovalue" "$(sha_of -e 7 --lr 0.5 table:xor)" "$want"
same "-e7" "$(sha_of -e7 --lr 0.5 table:xor)" "$want"
same "-- ends options" "$(sha_of -e7 --lr 0.5 -q table:xor)" "$want"
exits "-- ends options" 0 "$BACKGEMM" train -q -e7 -o "$T/m" -- table:xor
finish
