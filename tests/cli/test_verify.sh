# verify: worked examples judged by their printed digits.
. tests/cli/lib.sh
GALLERY=$DATA/gallery

exits "the article's sheet" 0 "$BACKGEMM" verify $GALLERY/article-xor-2-3-1.json
check "a line with its errata" grep -q "^ok .*article-xor-2-3-1  *17 of 23 agree, 6 errata" "$OUT"
exits "rows" 0 "$BACKGEMM" verify --verbose $GALLERY/article-xor-2-3-1.json
same "each of them" "$(grep -c '^    ' "$OUT")" 29
check "the right value of an erratum" \
    grep -q "W\[1\]\[2\]\[1\], step 1 (W32+): printed 1.4, right is 1.0" "$OUT"
exits "JSON" 0 "$BACKGEMM" verify --json $GALLERY/mazur-2015-2-2-2.json
same "total" "$(number total "$OUT")" 29
same "ok" "$(number ok "$OUT")" 25
same "rows that are not plain ok" "$(grep -o '"verdict": "erratum"' "$OUT" | wc -l)" 4
"$BACKGEMM" verify - <$GALLERY/nielsen-toy-neuron-1-1.json >"$T/standard"
check "standard input" grep -q "^ok .*2 of 2 agree" "$T/standard"
sed 's/0.593269992/0.593269993/' $GALLERY/mazur-2015-2-2-2.json >"$T/wrong.json"
exits "a wrong digit" 5 "$BACKGEMM" verify $GALLERY/nielsen-toy-neuron-1-1.json "$T/wrong.json"
check "and where" \
    grep -q "fails .*a\[1\]\[0\].*(out_h1): printed 0.593269993, the engine has 0.59326999" "$OUT"
sed 's/"erratum", "corrected": "1.0/"last_digit", "corrected": "1.0/' \
    $GALLERY/article-xor-2-3-1.json >"$T/status.json"
exits "an erratum called a last digit" 5 "$BACKGEMM" verify "$T/status.json"
sed 's/"0.40"/0.40/' $GALLERY/mazur-2015-2-2-2.json >"$T/bad.json"
refuses "a number without quotes" 3 "bad.json:[0-9]*: net.weights\[1\]\[0\]\[0\]: expected" \
    "$BACKGEMM" verify "$T/bad.json"
head -c 700 $GALLERY/mazur-2015-2-2-2.json >"$T/cut.json"
refuses "a cut file" 3 "cut.json:[0-9]*:[0-9]*: not well-formed JSON" \
    "$BACKGEMM" verify "$T/cut.json"
refuses "no file" 7 "cannot be opened" "$BACKGEMM" verify "$T/none.json"
refuses "no operand" 2 "usage: backgemm verify FILE" "$BACKGEMM" verify
sed 's/"learning_rate": "0.5"/"learning_rate": "1e30"/; s/"sigmoid"/"identity"/g' \
    $GALLERY/mazur-2015-2-2-2.json >"$T/diverges.json"
refuses "a run that diverges" 4 "step [0-9]*:" "$BACKGEMM" verify "$T/diverges.json"
finish
