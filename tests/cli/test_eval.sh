# Tables of eval: names that can be told apart, scores of each class and of each target.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv

narrow() { awk 'length > 100 { exit 1 }' "$OUT"; }
# model_of NAME DATA OPTIONS...: a quick model, then eval of the same rows
model_of() {
    local name=$1 data=$2
    shift 2
    "$BACKGEMM" train "$data" -q -o "$T/$name" "$@" >/dev/null
    exits "eval of $name" 0 "$BACKGEMM" eval "$T/$name" "$data"
    check "its lines have at most 100 columns" narrow
}

# a few classes: the matrix under whole names
model_of iris $IRIS
check "whole names head the columns" grep -q '^true  *setosa versicolor virginica$' "$OUT"
check "scores of each class" grep -q \
    '^virginica  *50  *[45][0-9]  *[01]\.[0-9]*  *[01]\.[0-9]*  *[01]\.[0-9]*$' "$OUT"
right=$(awk '$1 == "class" { table = 1 } table { n += $3 } END { print n }' "$OUT")
check "which add up to those of the accuracy" grep -q "($right of 150 rows)" "$OUT"
"$BACKGEMM" eval "$T/iris" $IRIS --json >"$T/json"
check "--json has them too" grep -q '"classes": \[{"name": "setosa", "support": 50, "predicted":'\
' 50, "right": 50, "precision": 1, "recall": 1, "f1": 1}' "$T/json"

# 40 right of 60 for a, all of 40 for c, none of 20 for b, by a network that says c where x is 1
printf 'x,y\n' >"$T/three.csv"
awk 'BEGIN { for (i = 0; i < 20; i++) print "0,a\n0,a\n1,a\n0,b\n1,c\n1,c" }' >>"$T/three.csv"
model_of three "$T/three.csv" -e 300 --lr 0.1
check "precision, recall, F1: a" grep -q '^a  *60  *40  *0.6667  *0.6667  *0.6667$' "$OUT"
check "never predicted has no precision" grep -q '^b  *20  *0  *-  *0.0000  *0.0000$' "$OUT"
check "c" grep -q '^c  *40  *40  *0.6667  *1.0000  *0.8000$' "$OUT"
"$BACKGEMM" eval "$T/three" "$T/three.csv" --json >"$T/json"
check "null in JSON" grep -q '"name": "b", .*"precision": null, "recall": 0, "f1": 0}' "$T/json"

# long names: numbers head the columns, and each row has its own
long=the_same_long_beginning_of_every_class_of_this_file_
awk -v name=$long 'BEGIN { print "x,y"; for (i = 0; i < 60; i++) print i % 6 "," name i % 6 }' \
    >"$T/long.csv"
model_of long "$T/long.csv" -e 5
check "columns are numbered" grep -q '^true  *1  *2  *3  *4  *5  *6$' "$OUT"
for i in 1 2 3 4 5 6; do
    check "row $i has its number and its name" grep -q "^$i $long$((i - 1))  *[0-9]" "$OUT"
done

# many classes: a line for each, and what is taken for what
awk -v name=$long$long 'BEGIN {
    print "x,y"
    for (i = 0; i < 300; i++) print (i % 30 == 7 ? 8 : i % 30) "," name i % 30
}' >"$T/many.csv"
model_of many "$T/many.csv" -e 400 --lr 0.01 --precision f64
check "no matrix" sh -c '! grep -q "^true" "$0"' "$OUT"
same "a line for each class" "$(grep -c '^ *[0-9]* the_same.*[-01][0-9.]*$' "$OUT")" 30
check "names that are cut keep both ends" grep -q '^ 1 the_same.*\.\.\..*_0  *10' "$OUT"
check "the most confused come first" sh -c \
    'grep -A2 "^most confused" "$0" | grep -q "^ *[0-9]*  .*8 the_same.*  *[0-9]* the_same"' "$OUT"

# names that would break a table
printf 'x,y\n0,"two\nlines"\n1,b\n0,"two\nlines"\n1,b\n' >"$T/lines.csv"
model_of lines "$T/lines.csv" -e 2
check "a newline in a name is no line of the table" grep -q '^true  *b two?lines$' "$OUT"
printf 'x,y\n0,höchst\n1,é\n0,höchst\n1,é\n' >"$T/utf8.csv"
model_of utf8 "$T/utf8.csv" -e 2
check "letters are counted, not bytes" grep -q '^é       *[0-9]' "$OUT"

# regression: a score for each target
awk 'BEGIN {
    print "x,double,constant"
    for (i = 0; i < 50; i++) print i / 10 "," i / 5 ",3"
}' >"$T/two.csv"
model_of two "$T/two.csv" --target double,constant --optimizer lstsq
check "rmse and r2 of each by name" grep -q '^double  *[0-9.e-]*  *1$' "$OUT"
check "r2 of a constant is undefined" grep -q '^constant  *[0-9.e-]*  *undefined$' "$OUT"
check "the mean says how that counts" grep -q \
    '^r2 .*mean over the targets; of a constant one' "$OUT"
"$BACKGEMM" eval "$T/two" "$T/two.csv" --json >"$T/json"
check "JSON has them" grep -q \
    '"targets": \[{"name": "double", "rmse": [^,]*, "r2": [01][0-9.]*}, {"name": "constant", ' \
    "$T/json"
check "null where r2 is undefined" grep -q '"name": "constant", "rmse": [^,]*, "r2": null' \
    "$T/json"
# residuals 1, 2, 0, 1 about targets 1, 3, 5, 7 by the line y = x
printf 'x,y\n1,1\n3,3\n5,5\n7,7\n' >"$T/line.csv"
"$BACKGEMM" train "$T/line.csv" -q --optimizer lstsq --scale none -o "$T/line" >/dev/null
printf 'x,y\n2,1\n5,3\n5,5\n6,7\n' >"$T/off.csv"
exits "eval of the line" 0 "$BACKGEMM" eval "$T/line" "$T/off.csv"
check "r2 = 1 - 6/20" grep -qx 'r2  *0.7' "$OUT"
check "one target has no table" sh -c '! grep -q target "$0"' "$OUT"
exits "one row" 0 "$BACKGEMM" eval "$T/line" "$T/off.csv" --rows 1:1
check "has no r2" grep -qx 'r2  *undefined: the target does not vary' "$OUT"

finish
