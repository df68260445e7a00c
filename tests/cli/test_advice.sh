# What train says of targets that are probably meant otherwise, and of fits that are none.
. tests/cli/lib.sh

# 300 rows of three inputs in -1..1 and a smooth target, times $1, plus $2
smooth() {
    awk -v scale="$1" -v shift="$2" 'BEGIN {
        print "a,b,c,y"
        for (i = 0; i < 300; i++) {
            a = sin(7 * i); b = sin(11 * i + 1); c = sin(13 * i + 2)
            printf "%.4f,%.4f,%.4f,%.9g\n", a, b, c, shift + scale * (a + b * c)
        }
    }' >"$T/data.csv"
}
# says WHAT WORDS OPTIONS...: training data.csv does; silent WHAT WORDS OPTIONS...: it does not
says() {
    local what=$1 words=$2
    shift 2
    "$BACKGEMM" train "$T/data.csv" -o "$T/m" "$@" >"$OUT" 2>"$ERR" </dev/null
    if [ "$(grep -c -- "$words" "$ERR")" -eq 1 ]; then ok "$what"; else
        not_ok "$what"
        cat "$ERR"
    fi
}
silent() {
    local what=$1 words=$2
    shift 2
    "$BACKGEMM" train "$T/data.csv" -o "$T/m" "$@" >"$OUT" 2>"$ERR" </dev/null
    check "$what" sh -c '! grep -q -- "$0" "$1"' "$words" "$ERR"
}

# classes that are numbers
whole() { awk -v n="$1" 'BEGIN { print "x,y"; for (i = 0; i < 80; i++) print i "," '"$2"' }' \
    >"$T/data.csv"; }
classes='--task classify'
whole 10 'i % n'
says "ten digits" \
    '^the target holds only the whole numbers 0 to 9: if they are classes, --task c' -e 1
silent "not where --task is given" "$classes" -e 1 --task regress
silent "not with -q" . -e 1 -q
"$BACKGEMM" train "$T/data.csv" -o "$T/m" -e 1 --task classify -q >/dev/null
check "it can be done" grep -q '"task": "classes"' <("$BACKGEMM" info "$T/m" --json)
whole 2 'i % n'
says "two" 'only the whole numbers 0 and 1: if' -e 1
whole 2 '2 * (i % n) - 1'
says "signs" 'only the whole numbers -1 and 1: if' -e 1
whole 5 '(i % n) ^ 2'
says "with gaps" 'only 5 whole numbers, from 0 to 16: if' -e 1
whole 20 'i % n'
says "twenty" 'whole numbers 0 to 19: if' -e 1
whole 21 'i % n'
silent "more are a count" "$classes" -e 1
whole 1 'i < 79 ? i % 2 : 0.5'
silent "one half is no class" "$classes" -e 1
whole 1 '3'
silent "nor is a constant" "$classes" -e 1
whole 2 '1990 + i % n'
silent "large numbers are not meant" "$classes" -e 1
awk 'BEGIN { print "x,y"; for (i = 0; i < 9; i++) print i "," i }' >"$T/data.csv"
silent "a line of nine points" "$classes" -e 1
"$BACKGEMM" train table:xor -o "$T/m" -e 1 >"$OUT" 2>"$ERR"
check "truth tables are bits" sh -c '! grep -q classify "$0"' "$ERR"

# targets out of reach
far='a network starts near 0'
smooth 1 0
for optimizer in gd adam rmsprop rprop lm lbfgs; do
    silent "$optimizer: targets near 0 +- 1" "$far" -e 1 --optimizer $optimizer
done
smooth 100000 300000
says "adam: targets of 300000 +- 100000" \
    "^the target has mean 3e+05 and deviation 8.*e+04, while $far .*: target / 300000 is easier" \
    -e 1
for optimizer in gd momentum rmsprop adagrad lm; do
    says "$optimizer" "$far" -e 1 --optimizer $optimizer
done
for optimizer in rprop lbfgs; do
    silent "$optimizer gets there" "$far" -e 1 --optimizer $optimizer
done
silent "the closed form is there" "$far" --optimizer lstsq
silent "not with -q" . -e 1 -q
says "a checkpoint is left" "$far" -e 1 --checkpoint "$T/state"
silent "not twice in a run" "$far" -e 2 --resume "$T/state"
silent "nor from other weights" "$far" -e 2 --init "$T/m"
smooth 20 -10000
for optimizer in adam rprop lbfgs lm; do
    says "$optimizer: -10000 +- 20" ': (target + 10000) / 20 is easier' -e 1 --optimizer $optimizer
done
smooth 0.001 0
says "adam: deviations of a thousandth" 'target / 0.0009 is easier' -e 1
smooth 1 0
silent "one row has no deviation" "$far" -e 1 --rows 1:1
awk -F, '{ print $0 "," (NR > 1 ? 5000 * $1 : "large") }' "$T/data.csv" >"$T/two.csv"
mv "$T/two.csv" "$T/data.csv"
says "which of several" "^the target large has mean .*: target / 4000 is" \
    -e 1 --target y,large

# lm on targets far away: a constant
smooth 1 10000
says "the fit is a constant" \
    '^the fit is a constant, no better than the mean of the targets: all units of layer 1 are sat' \
    --optimizer lm -e 1000
check "which lm takes for an end" grep -q '^ended: converged' "$ERR"
silent "not with -q" . --optimizer lm -e 1000 -q
"$BACKGEMM" eval "$T/m" "$T/data.csv" --json >"$T/json"
near "it is one" "$(number r2 "$T/json")" 0 1e-6
smooth 1 0
silent "other fits are none" 'is a constant' --optimizer lm

printf '1,1\n2,2\n3,1\n4,1e200\n5,2\n' >"$T/data.csv"
silent "no scale for what has none" 'easier to learn' --precision f64
smooth 1 0

# epochs that do not suffice
silent "an end is an end" 'not converged' --optimizer lstsq
says "lbfgs" '^not converged after 7 epochs' --optimizer lbfgs -e 7
says "lm" '^not converged after 1 epoch;' --optimizer lm -e 1
silent "not with -q" . --optimizer lm -e 1 -q
silent "adam never does" 'not converged' -e 1
silent "another end is said" 'not converged' --optimizer lbfgs --stop-loss 1e9
silent "no epoch, no word" 'not converged' --optimizer lbfgs -e 0

finish
