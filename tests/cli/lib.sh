# What the command-line tests share.  BACKGEMM is the command, absolute; the tests run in the
# repository's root.  Each script gets an empty folder $T that goes away with it.
set -u
passed=0
failed=0
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
DATA=tests/data

ok() { passed=$((passed + 1)); echo "  ok      $1"; }
not_ok() { failed=$((failed + 1)); echo "  FAILED  $1"; }
skip() { echo "  skipped $1"; }

# check WHAT COMMAND...: the command succeeds
check() {
    local what=$1
    shift
    if "$@" >"$T/.check" 2>&1; then ok "$what"; else
        not_ok "$what: $*"
        head -5 "$T/.check"
    fi
}

# exits WHAT CODE COMMAND...: output goes to $OUT, talk to $ERR
OUT=$T/.out
ERR=$T/.err
exits() {
    local what=$1 want=$2 got
    shift 2
    "$@" >"$OUT" 2>"$ERR" </dev/null
    got=$?
    if [ "$got" -eq "$want" ]; then ok "$what"; else
        not_ok "$what: exit $got, not $want"
        head -3 "$ERR"
    fi
}

# refuses WHAT CODE WORDS COMMAND...: that exit code, nothing on standard output, and one line of
# talk that holds the words (a basic regular expression)
refuses() {
    local what=$1 want=$2 words=$3 got
    shift 3
    "$@" >"$OUT" 2>"$ERR" </dev/null
    got=$?
    if [ "$got" -ne "$want" ]; then
        not_ok "$what: exit $got, not $want"
    elif [ "$(wc -l <"$ERR")" -ne 1 ] || ! grep -q -- "^backgemm.*$words" "$ERR"; then
        not_ok "$what: not one line with \"$words\""
    elif [ -s "$OUT" ]; then
        not_ok "$what: something on standard output"
    else
        ok "$what: $(cut -c1-110 "$ERR")"
        return
    fi
    head -3 "$ERR"
}

# no_file WHAT: nothing but what the test itself made is in the folder $T/out
no_file() {
    if [ -z "$(ls -A "$T/out")" ]; then ok "$1"; else
        not_ok "$1: $(ls -A "$T/out")"
        rm -rf "$T/out" && mkdir "$T/out"
    fi
}

same() { [ "$2" = "$3" ] && ok "$1" || not_ok "$1: $2 is not $3"; }
at_least() { awk -v a="$2" -v b="$3" 'BEGIN { exit !(a >= b) }' && ok "$1: $2" || not_ok \
    "$1: $2 is below $3"; }
# near WHAT A B DISTANCE
near() { awk -v a="$2" -v b="$3" -v d="$4" 'BEGIN { exit !(a - b <= d && b - a <= d) }' && ok \
    "$1" || not_ok "$1: $2 is not $3"; }

# number KEY FILE, word KEY FILE: a value of a flat JSON object
number() { sed -n "s/.*\"$1\": \([^,}]*\).*/\1/p" "$2"; }
word() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$2"; }

# sha_of OPTIONS...: trains quietly and prints the hash of the parameters
sha_of() {
    "$BACKGEMM" train "$@" -q --json -o "$T/sha.model" >"$T/.sha" 2>"$T/.sha_err" || cat \
        "$T/.sha_err" >&2
    word sha256 "$T/.sha"
}

finish() {
    echo "$passed $failed" >>"$TALLY"
    [ "$failed" -eq 0 ]
}
