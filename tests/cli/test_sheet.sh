# trace of worked examples and of data.
. tests/cli/lib.sh
MAZUR=$DATA/gallery/mazur-2015-2-2-2.json

for format in text json md latex csv dot; do
    exits "trace FILE --format $format" 0 "$BACKGEMM" trace "$MAZUR" --format $format --digits 6
done
"$BACKGEMM" trace "$MAZUR" --digits 9 >"$T/text"
check "names of the source" grep -q "^  net_h1 = w1 \* a\[0\]\[0\] + w2" "$T/text"
check "printed digits" grep -q "= 0.298371109$" "$T/text"
check "80 columns" awk 'length > 80 { exit 1 }' "$T/text"
"$BACKGEMM" trace - --digits 9 <"$MAZUR" >"$T/standard"
check "standard input" cmp "$T/text" "$T/standard"
"$BACKGEMM" trace "$MAZUR" --json >"$T/json"
check "JSON" python3 -c "import json, sys; json.load(open(sys.argv[1]))" "$T/json"
exits "fractions" 0 "$BACKGEMM" trace $DATA/gallery/article-xor-2-3-1.json --exact
check "7/5" grep -q "= 7/5$" "$OUT"
refuses "no fractions of a sigmoid" 2 "fractions end at sigmoid" "$BACKGEMM" trace "$MAZUR" --exact
refuses "no sheet of an optimum" 2 "only kind \"trace\"" \
    "$BACKGEMM" trace $DATA/gallery/nist-strd-longley-linear-6-1.json
exits "data" 0 "$BACKGEMM" trace table:xor --layers 3 --row 2 --steps 2 --digits 5
check "second update" grep -q "^Update 2. New parameters" "$OUT"
exits "rows of data" 0 "$BACKGEMM" trace table:xor --layers 2 --rows 1:3 --digits 4
check "each row" grep -q "^Forward, row 2" "$OUT"
check "counted as --rows does" sh -c '! grep -q "row 0\|@0" "$0"' "$OUT"
check "to the last" grep -q "^Forward, row 3" "$OUT"
check "and their sum" grep -q "@2" "$OUT"
exits "rows from the middle" 0 "$BACKGEMM" trace table:xor --rows 3: --digits 4
check "keep their numbers" grep -q "^Forward, row 4" "$OUT"
check "in sums too" grep -q "@4" "$OUT"
check "CSV counts from 0" grep -q '^z\[1\]\[0\],1,0,' <("$BACKGEMM" trace table:xor --rows 3: \
    --format csv)
for loss in mse mae huber; do
    for format in text latex; do
        exits "one output, $loss, $format" 0 "$BACKGEMM" trace table:xor --loss $loss \
            --format $format
        check "no mean over it" sh -c '! grep -q "[12]/1\b\|)/1\b" "$0"' "$OUT"
    done
done
exits "two outputs" 0 "$BACKGEMM" trace table:adder:1 --loss mse
check "have a mean" grep -q "loss = 1/2 (" "$OUT"
refuses "no such row" 2 "there is no row 5" "$BACKGEMM" trace table:xor --row 5
refuses "a file has its own rate" 2 "lr is the file's own" "$BACKGEMM" trace "$MAZUR" --lr 1
refuses "the article has no steps" 2 "steps needs FILE.json or DATA" "$BACKGEMM" trace --steps 2
refuses "no rate of its own" 2 "lr auto is for train" "$BACKGEMM" trace table:xor --lr auto
refuses "too long" 2 "take fewer rows or steps" "$BACKGEMM" trace "$MAZUR" --steps 1000000
exits "the article" 0 "$BACKGEMM" trace
check "as before" grep -q "in the article; - where it prints nothing" "$OUT"
if command -v pdflatex >/dev/null; then
    for file in "$DATA"/gallery/*.json; do
        name=$(basename "$file" .json)
        case $name in cs231n-a2-two-layer*) continue ;; esac # hundreds of pages
        "$BACKGEMM" trace "$file" --format latex >"$T/$name.tex" 2>/dev/null || continue
        check "LaTeX compiles: $name" pdflatex -halt-on-error -interaction=batchmode \
            -output-directory="$T" "$T/$name.tex"
        check "and fits the page" sh -c '! grep "^Overfull" "$0"' "$T/$name.log"
    done
    sed 's/"title": "[^"]*/"title": "Übung 50 % – σ(z) 学 {_^\\\\/' "$MAZUR" >"$T/title.json"
    exits "any title" 0 "$BACKGEMM" trace "$T/title.json" --format latex
    cp "$OUT" "$T/title.tex"
    check "compiles" pdflatex -halt-on-error -interaction=batchmode -output-directory="$T" \
        "$T/title.tex"
    for f in leaky_relu elu gelu softplus; do
        "$BACKGEMM" trace table:xor --rows 2:3 --activation $f --output-activation tanh \
            --loss huber --format latex >"$T/$f.tex"
        check "LaTeX compiles: $f" pdflatex -halt-on-error -interaction=batchmode \
            -output-directory="$T" "$T/$f.tex"
    done
else
    skip "LaTeX compiles: no pdflatex"
fi
if command -v dot >/dev/null; then
    "$BACKGEMM" trace "$MAZUR" --format dot >"$T/net.dot"
    check "Graphviz draws" dot -Tsvg -o "$T/net.svg" "$T/net.dot"
else
    skip "Graphviz draws: no dot"
fi
"$BACKGEMM" trace $DATA/longley.csv --rows 1:1 --layers 2 >"$OUT" 2>"$ERR"
check "a row that scaling makes 0 is told" grep -q -- '--scale none' "$ERR"
"$BACKGEMM" trace $DATA/longley.csv --rows 1:1 --layers 2 --scale none >"$OUT" 2>"$ERR"
same "and nothing where it is taken as it is" "$(cat "$ERR")" ""
finish
