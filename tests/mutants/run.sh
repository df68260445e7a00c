#!/usr/bin/env bash
# Does `backgemm check` find seeded bugs?  tests/mutants/run.sh FOLDER [NAME...]
# FOLDER (such as build/gcc) holds a finished build.  For each bug of list.txt a copy of one source
# is edited, compiled for double precision and the kernels that run here, and linked with all other
# objects; then the command must end with 5.  A bug that no longer applies, does not compile or is
# not found is a failure.
set -u
[ $# -ge 1 ] || { echo "usage: tests/mutants/run.sh FOLDER [NAME...]" >&2; exit 2; }
cd "$(dirname "$0")/../.." || exit 1
folder=$1
shift
wanted=" $* "
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export OMP_NUM_THREADS=2

# What the Makefile would do, were one source new.
commands() { make -n -W "src/$1" BUILD="$folder" CC=gcc all 2>/dev/null; }
commands base/arena.c >"$scratch/commands"
objects=$(sed -n 's/^ld -r -o [^ ]* //p' "$scratch/commands")
command=$(grep -- "-o $folder/backgemm " "$scratch/commands")
cli=$(grep -o "$folder/obj/cli/[^ ]*\.o" <<<"$command" | tr '\n' ' ')
libraries=${command##*libbackgemm.a}
[ -n "$objects" ] && [ -n "$cli" ] || { echo "$folder: not built"; exit 1; }
kernels=$("$folder/backgemm" plan table:xor --precision f64 --json |
    sed 's/.*"instructions": "\([a-z0-9]*\)".*/\1/')

# object_of FILE: in double, for the kernels that run here
object_of() {
    tr ' ' '\n' <<<"$objects" | grep -E "/obj/${1%.c}(\.f64)?(\.$kernels)?\.o$" | head -n 1
}

# sources_of FILE: itself, or what includes a header
sources_of() {
    case $1 in
    *.h) grep -l "^#include \"$1\"" src/*/*.c | sed 's|^src/||' ;;
    *) echo "$1" ;;
    esac
}

# What no bug changes, in one object and without debugging symbols.
changed=" $(for file in $(grep -oE '[a-z]+/[a-z_]+\.[ch]' tests/mutants/list.txt | sort -u); do
    for source in $(sources_of "$file"); do
        object_of "$source"
    done
done | sort -u | tr '\n' ' ')"
common=
for object in $objects; do
    [[ $changed == *" $object "* ]] || common+=" $object"
done
# shellcheck disable=SC2086 # a list of files
ld -r -S -o "$scratch/common.o" $common || exit 1

# Networks of every engine, with several tiles and slots; the last covers what is left.
iris=tests/data/iris.csv
digits=tests/data/digits.csv.gz
all=leaky_relu,elu,relu,softplus,gelu,silu,sigmoid
how="--precision f64 --differences 3"
probes=(
    "table:parity:4 --layers 7,5,3 --activation tanh --output-activation tanh --loss sse --l2 0.1"
    "table:parity:4 --layers 7,5,3 --activation tanh --l1 0.2"
    "table:parity:3 --layers 3,4,4,4,4,4,3 --activation $all"
    "table:parity:7 --layers 3"
    "table:parity:3 --layers 3 --init zeros --l1 0.1"
    "$iris --layers 20,24,12 --rows 70 --reduction sum --init constant:0.1 --l2 0.1"
    "$iris --layers 20,24,12 --activation sigmoid,tanh,softplus"
    "$iris --layers 6 --rows 45:57 --l2 0.1"
    "$iris --layers 40,30 --rows 49:56"
    "table:parity:1 --layers 40,30 --rows 2:2"
    "$iris --layers 20 --rows 45:57 --loss bce --output-activation softmax"
    "$iris --layers 20 --rows 45:57 --loss mse"
    "$iris --layers 20 --rows 45:57 --loss half_sse --output-activation identity"
    "$digits --layers 3 --rows 20 --task classify --loss mse --output-activation softmax"
    "$digits --layers 3 --rows 60 --task classify --target 30"
    "table:majority:3 --rows 3:7 --loss mae"
    "table:majority:3 --rows 3:7 --loss huber --output-activation identity --init constant:0.8"
    "table:majority:3 --rows 3:7 --loss mse"
    "table:parity:10 --layers 40,5"
    "table:parity:10 --layers 300,20"
    "table:parity:10 --layers 190,180"
    "table:parity:13 --layers 3"
    "$iris --layers 300,200 --rows 49:56"
    ""
)

# mutate FILE OCCURRENCE OLD NEW TO: fails when OLD is not there as often as told
mutate() {
    OLD=$3 NEW=$4 awk -v which="$2" '
        {
            at = index($0, ENVIRON["OLD"])
            if (at && (++seen == which || which == "*")) {
                $0 = substr($0, 1, at - 1) ENVIRON["NEW"] substr($0, at + length(ENVIRON["OLD"]))
                done++
            }
            print
        }
        END { exit !done }' "src/$1" >"$5"
}

# Compiles and links: scratch/NAME/backgemm
build_mutant() {
    local name=$1 file=$2 work=$scratch/$1 source from object line made='' rest=$changed
    for source in $(sources_of "$file"); do
        object=$(object_of "$source")
        [ -n "$object" ] || { echo "no object of $source"; return 1; }
        from=src/$source
        [ "$source" != "$file" ] || from=$work/$file
        line=$(make -n -W "src/$source" BUILD="$folder" CC=gcc "$object" 2>/dev/null |
            grep -- "-c -o $object src/$source")
        line=${line/-Werror/-w}
        line=${line/-MMD -MP/}
        line=${line/ -O3 -g / -O1 }
        line=${line/ -Isrc / -I$work -Isrc }
        line=${line/-o $object src\/$source/-o $work\/$source.o $from}
        mkdir -p "$work/${source%/*}"
        eval "$line" || return 1
        made+=" $work/$source.o"
        rest=${rest/ $object / }
    done
    # shellcheck disable=SC2086 # lists of files and options
    ld -r -S -o "$work/library.o" "$scratch/common.o" $made $rest &&
        objcopy --localize-hidden "$work/library.o" &&
        gcc -fopenmp -o "$work/backgemm" $cli "$work/library.o" $libraries
}

# One line for each bug: ok NAME, or FAILED NAME and why.
try() {
    local name=$1 file=$2 which=$3 old=$4 new=$5 work=$scratch/$1 probe code
    mkdir -p "$work/${file%/*}"
    if ! mutate "$file" "$which" "$old" "$new" "$work/$file"; then
        echo "FAILED  $name: its line is not in src/$file"
    elif ! build_mutant "$name" "$file" >"$work/log" 2>&1; then
        echo "FAILED  $name: does not compile"
        head -n 5 "$work/log"
    else
        for probe in "${probes[@]}"; do
            # shellcheck disable=SC2086 # a list of options
            timeout 60 "$work/backgemm" check $probe ${probe:+$how} >"$work/out" 2>&1
            code=$?
            [ "$code" = 0 ] || break
        done
        [ "$code" = 5 ] && echo "ok      $name: check $probe" || echo "FAILED  $name: exit $code"
    fi
    rm -rf "$work"
}

run_all() {
    local name='' file='' which='' old='' line running=0
    while IFS= read -r line; do
        case $line in
        '#'* | '') ;;
        '- '*) old=${line#- } ;;
        '+ '*)
            [ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]] || continue
            try "$name" "$file" "$which" "$old" "${line#+ }" &
            running=$((running + 1))
            [ "$running" -lt 2 ] || { wait -n; running=$((running - 1)); }
            ;;
        *) read -r name file which <<<"$line" && which=${which:-1} ;;
        esac
    done <tests/mutants/list.txt
    wait
}

run_all | tee "$scratch/results"
for probe in "${probes[@]}"; do # and without a bug they pass
    # shellcheck disable=SC2086
    "$folder/backgemm" check $probe ${probe:+$how} >/dev/null || echo "FAILED  no bug: check $probe"
done | tee -a "$scratch/results"
found=$(grep -c '^ok' "$scratch/results")
lost=$(grep -c '^FAILED' "$scratch/results")
echo "mutants: $found found, $lost not ($SECONDS s)"
[ "$lost" = 0 ] && [ "$found" -gt 0 ]
