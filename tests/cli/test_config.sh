# --config FILE: the same run as its options on the command line, which wins; mistakes with places.
. tests/cli/lib.sh
IRIS=$DATA/iris.csv
cat >"$T/run.conf" <<'END'
# how to train
layers = 7,5
  activation=tanh # after the first layer too
epochs	= 4
	l2 = 1e-3 # a comment

measure = no
precision = f64
END
want=$(sha_of $IRIS --layers 7,5 --activation tanh --epochs 4 --l2 1e-3 --precision f64)
same "a file is as good as options" "$(sha_of $IRIS --config "$T/run.conf")" "$want"
same "--config=FILE" "$(sha_of --config="$T/run.conf" $IRIS)" "$want"
same "lines that end as in DOS" "$(sha_of $IRIS --config <(sed 's/$/\r/' "$T/run.conf"))" "$want"
printf '%s' "$(cat "$T/run.conf")" >"$T/short.conf"
same "no newline at the end" "$(sha_of $IRIS --config "$T/short.conf")" "$want"
same "from standard input" "$(sha_of $IRIS --config - <"$T/run.conf")" "$want"
same "the command line wins, before" "$(sha_of $IRIS --epochs 9 --config "$T/run.conf")" \
    "$(sha_of $IRIS -e 9 --layers 7,5 --activation tanh --l2 1e-3 --precision f64)"
same "and after, by letters too" "$(sha_of $IRIS --config "$T/run.conf" -e9)" \
    "$(sha_of $IRIS -e 9 --layers 7,5 --activation tanh --l2 1e-3 --precision f64)"
same "defaults look at the file" "$(sha_of $IRIS --config <(echo optimizer = gd) -e 3)" \
    "$(sha_of $IRIS --optimizer gd -e 3)"

# -o and flags in the file; what the command line says wins over what excludes it
printf "output = $T/a b.model\nquiet = yes\njson = yes\n" >"$T/all.conf"
exits "a file with a model's name and flags" 0 "$BACKGEMM" train table:xor --config "$T/all.conf"
check "is obeyed: the model is there" test -s "$T/a b.model"
check "and no talk, but JSON" test ! -s "$ERR" -a "$(number epochs "$OUT")" = 10000
exits "-v wins over quiet = yes" 0 "$BACKGEMM" train table:xor --config "$T/all.conf" -v
check "and talks" test -s "$ERR"

# What a model keeps of its command stands for itself.
"$BACKGEMM" train $IRIS --config "$T/run.conf" -q -o "$T/m" --l2 0.5 >/dev/null
command=$("$BACKGEMM" info "$T/m" --json | sed -n 's/.*"command": "\([^"]*\)".*/\1/p')
same "the model's command" "$command" "backgemm train --layers=7,5 --activation=tanh --epochs=4 \
--precision=f64 $IRIS -q -o $T/m --l2 0.5"
"$BACKGEMM" info "$T/m" --json >"$T/first"
eval "\"$BACKGEMM\" ${command#backgemm }" >/dev/null
"$BACKGEMM" info "$T/m" --json >"$T/again"
same "makes it again" "$(word sha256 "$T/again")" "$(word sha256 "$T/first")"
printf 'epochs = 4\nresume = %s\ncheckpoint = %s\nquiet = yes\n' "$T/c" "$T/c" >"$T/go.conf"
"$BACKGEMM" train $IRIS --config "$T/go.conf" -o "$T/m" >/dev/null
same "a file may say --resume" "$(sha_of $IRIS --config "$T/go.conf" -e 9)" "$(sha_of $IRIS -e 9)"

bad() { # bad WHAT CODE WORDS LINES OPTION...
    local what=$1 code=$2 words=$3
    printf "$4" >"$T/bad.conf"
    shift 4
    refuses "$what" "$code" "$words" "$BACKGEMM" train $IRIS -q -o "$T/out" --config "$T/bad.conf" \
        "$@"
}
bad "no option" 2 'bad.conf:2:1: there is no option "epoch"; the nearest is epochs' \
    '# first\nepoch = 3\n'
bad "no value" 2 'bad.conf:1:6: --lr wants X|auto' 'lr = # none\n'
bad "no =" 2 'bad.conf:2:8: expected NAME = VALUE' 'seed = 3\nepochs 3\n'
bad "no name" 2 'bad.conf:1:3: expected NAME = VALUE' '  = 3\n'
bad "a section" 2 'bad.conf:1:' '[train]\n'
bad "a number that is none" 2 'bad.conf:1:6: --lr wants a number or auto, not "fast"' 'lr = fast\n'
bad "a number outside" 2 'bad.conf:3:8: --l2 -1 is outside 0 <= X <= 1e+06' '\n\n  l2 = -1\n'
bad "a word that is none" 2 'bad.conf:1:8: --loss knows no "mze"; the nearest is mse' 'loss = mze\n'
bad "widths that are none" 2 'bad.conf:1:10: --layers: a width of 0' 'layers = 3,0\n'
bad "a wrong value that the command line puts right" 2 'bad.conf:1:6: --lr wants' 'lr = fast\n' \
    --lr 1
bad "an option twice" 2 'bad.conf:3:1: --lr is in line 1 already' 'lr = 1\n\nlr = 2\n'
bad "a flag that is neither" 2 'bad.conf:1:9: --quiet is yes or no, not "1"' 'quiet = 1\n'
bad "a file in a file" 2 'bad.conf:1:1: --config is for the command line' 'config = x\n'
bad "help" 2 'bad.conf:1:1: --help is for the command line' 'help = yes\n'
bad "no text" 2 'bad.conf:2:5: this is no text' 'lr = 1\nseed\0 = 1\n'
bad "an option of no use" 2 'bad.conf:2:1: --momentum is for .*, not gd' \
    'optimizer = gd\nmomentum = 0.5\n'
bad "an option of no use beside the command line" 2 'bad.conf:1:1: --momentum is for .*, not gd' \
    'momentum = 0.5\n' --optimizer gd
bad "an empty file" 3 'bad.conf: the file is empty' ''
refuses "a file that is not there" 7 'none.conf' "$BACKGEMM" train $IRIS -q -o "$T/out" --config \
    "$T/none.conf"
refuses "standard input twice" 2 'only once' "$BACKGEMM" train - -q -o "$T/out" --config -
refuses "the file would be overwritten" 2 'overwritten' "$BACKGEMM" train $IRIS -q --config \
    "$T/run.conf" -o "$T/run.conf"
check "none of them leaves a file" test ! -e "$T/out"
finish
