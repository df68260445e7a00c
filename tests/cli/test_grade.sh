# grade: the first wrong number of a sheet, and the likely mistake.
. tests/cli/lib.sh
MAZUR=$DATA/gallery/mazur-2015-2-2-2.json
"$BACKGEMM" trace "$MAZUR" --format csv --digits 4 >"$T/sheet.csv"

exits "a right sheet of 4 digits" 0 "$BACKGEMM" grade "$T/sheet.csv" --against "$MAZUR"
check "says so" grep -q "^All right: [0-9]* numbers" "$OUT"
sed 's/^z\[1\]\[1\],0,0,0.3925/z[1][1],0,0,0.0425/' "$T/sheet.csv" >"$T/bias.csv"
exits "a slip" 5 "$BACKGEMM" grade "$T/bias.csv" --against "$MAZUR"
check "where" \
    grep -q "bias.csv:3: z\[1\]\[1\], row 0, step 0: 0.0425 is written, 0.3925 follows" "$OUT"
check "why" grep -q "^Perhaps the bias is left out.$" "$OUT"
check "counted once" grep -q "^The other [0-9]* numbers are right" "$OUT"
exits "JSON" 5 "$BACKGEMM" grade --json "$T/bias.csv" --against "$MAZUR"
same "kind" "$(word kind "$OUT")" bias-left-out
same "wrong" "$(number wrong "$OUT")" 1
"$BACKGEMM" grade - --against "$MAZUR" <"$T/sheet.csv" >"$T/standard"
check "standard input" grep -q "^All right" "$T/standard"
echo "quantity,row,step,value
z[1][0],0,0,one" >"$T/bad.csv"
refuses "no number" 3 "bad.csv:2:13: expected a number, found \"one\"" \
    "$BACKGEMM" grade "$T/bad.csv" --against "$MAZUR"
echo "a,b" >"$T/head.csv"
refuses "no header" 3 "head.csv:1:1: expected a header" \
    "$BACKGEMM" grade "$T/head.csv" --against "$MAZUR"
refuses "against nothing" 2 "against what" "$BACKGEMM" grade "$T/sheet.csv"
refuses "both from standard input" 2 "standard input" "$BACKGEMM" grade - --against -
refuses "no sheet of an optimum" 2 "only kind \"trace\"" \
    "$BACKGEMM" grade "$T/sheet.csv" --against $DATA/gallery/nist-strd-longley-linear-6-1.json
finish
