#!/usr/bin/env bash
# All of `make check`, or the steps that are named:  scripts/check.sh [STEP...]
# Stops at the first step that fails.  The last line is "N passed, N failed": every Check suite that
# ran counts as one, and so does every other step.
set -u
cd "$(dirname "$0")/.." || exit 1
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL # what the outer make was told is not for these
jobs=$(nproc)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# ------------------------------------------------------------------------------- steps ---

# build FOLDER VARIABLE=VALUE...: libraries, command and every suite, with one compiler
build() {
    local folder=$1
    shift
    make -s -j"$jobs" BUILD="build/$folder" "$@" all tests
}
suites() {
    local folder=$1
    shift
    make -s BUILD="build/$folder" "$@" suites
}

step_layers() { scripts/check_layers.sh && tests/test_check_layers.sh; }

step_header() {
    local options=(-fsyntax-only -Wall -Wextra -pedantic -Werror include/backgemm.h)
    gcc -x c -std=c11 "${options[@]}" && clang -x c -std=c11 "${options[@]}" &&
        clang -x c++ -std=c++17 "${options[@]}"
}

step_gcc_build() { build gcc CC=gcc; }
step_gcc_suites() { suites gcc CC=gcc; }
step_clang_build() { build clang CC=clang; }
step_clang_suites() { suites clang CC=clang; }
step_sanitizer_build() { build asan CC=gcc SANITIZE=address,undefined; }
step_sanitizer_suites() { suites asan CC=gcc SANITIZE=address,undefined; }

# Clang's OpenMP tells the sanitizer who waits for whom (Archer, a part of LLVM); GCC's does not.
# OpenBLAS, which is not built with it, stays out of sight.
step_thread_sanitizer() {
    local options=(BUILD=build/tsan CC=clang SANITIZE=thread CFLAGS="-O1 -g") suites
    suites=$(echo build/tsan/tests/test_{team,trainer,shared,parts,group,predict,measure} \
        build/tsan/tests/test_lm_trainer)
    # shellcheck disable=SC2086 # a list of programs
    make -s -j"$jobs" "${options[@]}" $suites &&
        TSAN_OPTIONS=ignore_noninstrumented_modules=1 scripts/run_suites.sh $suites
}

# Both libraries show every function of the header and nothing else.
step_symbols() {
    sed -n 's/^BG_API .*\(bg_[a-z0-9_]*\)(.*/\1/p' include/backgemm.h | sort >"$scratch/declared"
    [ -s "$scratch/declared" ] || { echo "no functions found in the header"; return 1; }
    local folder
    for folder in gcc clang; do
        [ -e "build/$folder/libbackgemm.so" ] || { echo "build/$folder: not built"; return 1; }
        nm -g --defined-only "build/$folder/libbackgemm.a" | awk 'NF == 3 { print $3 }' | sort \
            >"$scratch/static"
        nm -D --defined-only "build/$folder/libbackgemm.so" | awk '{ print $3 }' | sort \
            >"$scratch/shared"
        same_names "$folder/libbackgemm.a" "$scratch/static" || return 1
        same_names "$folder/libbackgemm.so" "$scratch/shared" || return 1
    done
    echo "$(wc -l <"$scratch/declared") functions"
}
same_names() {
    diff "$scratch/declared" "$2" >"$scratch/differ" && return
    echo "$1: declared but not there (<), there but not declared (>):"
    cat "$scratch/differ"
    return 1
}

# Bugs put into the backward pass, one by one: the certificate must find each.
step_mutants() { tests/mutants/run.sh build/gcc; }

step_command_line() { tests/cli/run.sh build/gcc/backgemm; }

# An environment of its own for the two small packages, when the machine's Python lacks them.
step_python() {
    local python=${PYTHON:-python3}
    if ! "$python" -c 'import numpy, safetensors' 2>/dev/null; then
        python=build/python/bin/python
        [ -x "$python" ] || python3 -m venv build/python || return 1
        "$python" -m pip install --quiet --disable-pip-version-check numpy safetensors || {
            echo "skipped: pip cannot install numpy and safetensors"
            return 0
        }
    fi
    PYTHON=$python tests/test_python_interop.sh build/gcc/backgemm
}

# The suites once more with the builds of OpenBLAS that they have not met yet.
step_openblas_builds() {
    local folder name met
    met=$(blas_of build/gcc/libbackgemm.so)
    for folder in /usr/lib/*/openblas-pthread /usr/lib/*/openblas-openmp; do
        [ -e "$folder/libopenblas.so.0" ] || { echo "$folder: not installed"; return 1; }
        name=$(basename "$folder")
        if [ "$(readlink -f "$folder/libopenblas.so.0")" = "$met" ]; then
            echo "$name: the suites above ran with it"
            continue
        fi
        echo "$name:"
        if [ "$(LD_LIBRARY_PATH=$folder blas_of build/gcc/libbackgemm.so)" = "$met" ]; then
            echo "LD_LIBRARY_PATH=$folder was not followed"
            return 1
        fi
        LD_LIBRARY_PATH=$folder suites gcc CC=gcc || return 1
    done
}
blas_of() { readlink -f "$(ldd "$1" | awk '$1 ~ /^libopenblas/ { print $3 }')"; }

# The kernels of the narrower instruction sets that this processor also runs.
step_instruction_sets() {
    local kernels suites
    suites=$(echo \
        build/gcc/tests/test_{activation,dropout,gemm,lbfgs,optimizer}.f{32,64} \
        build/gcc/tests/test_{product,reduce,thin}.f{32,64} \
        build/gcc/tests/test_{between_runs,group,pass,pass_drop,plan_override,predict,shared} \
        build/gcc/tests/test_{trainer,weights})
    for kernels in avx512 avx2 baseline; do
        echo "$kernels:"
        # shellcheck disable=SC2086 # a list of programs
        BACKGEMM_KERNELS=$kernels scripts/run_suites.sh $suites || return 1
    done
}

step_valgrind() {
    local options="--quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite"
    RUNNER="valgrind $options" \
        scripts/run_suites.sh build/gcc/tests/test_text build/gcc/tests/test_number
}

# Objects only: nothing here can run them.  The headers of the libraries are the same on both.
step_aarch64() {
    local cross=aarch64-linux-gnu-gcc folders
    command -v $cross >/dev/null || { echo "skipped: no $cross"; return 0; }
    folders=(/usr/include/*/openblas-pthread /usr/include /usr/include/*-linux-gnu)
    make -s -j"$jobs" CC=$cross BUILD=build/aarch64 objects \
        PKG_CFLAGS="$(printf -- '-idirafter %s ' "${folders[@]}")"
}

step_install() {
    local stage=$scratch/stage prefix=$scratch/prefix file
    make -s BUILD=build/gcc CC=gcc install DESTDIR="$stage" PREFIX=/usr || return 1
    for file in bin/backgemm include/backgemm.h lib/libbackgemm.a lib/libbackgemm.so \
        lib/libbackgemm.so.0 lib/pkgconfig/backgemm.pc share/man/man1/backgemm.1; do
        [ -s "$stage/usr/$file" ] || { echo "not installed: $file"; return 1; }
    done
    if grep -rIl "$scratch" "$stage"; then
        echo "these name the staging folder"
        return 1
    fi
    "$stage/usr/bin/backgemm" --version || return 1

    make -s BUILD=build/gcc CC=gcc install PREFIX="$prefix" || return 1
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    local warn="-std=c11 -Wall -Wextra -Werror" flags static
    flags=$(pkg-config --cflags --libs backgemm) || return 1
    static=$(pkg-config --static --cflags --libs backgemm) || return 1
    static=${static//-lbackgemm/-l:libbackgemm.a}
    # shellcheck disable=SC2086 # lists of options
    gcc $warn -o "$scratch/shared" tests/install/example.c $flags || return 1
    # shellcheck disable=SC2086
    gcc $warn -o "$scratch/static" tests/install/example.c $static || return 1
    if ldd "$scratch/static" | grep libbackgemm; then
        echo "the static program still wants the shared library"
        return 1
    fi
    answers "$scratch/static" && LD_LIBRARY_PATH=$prefix/lib answers "$scratch/shared"
}
answers() {
    local said
    said=$("$1") || return 1
    [ "$said" = 0110 ] && return
    echo "$(basename "$1") program: XOR came out as \"$said\""
    return 1
}

# -------------------------------------------------------------------------------- run ---

all_steps=(layers header gcc_build gcc_suites clang_build symbols command_line mutants python
    clang_suites openblas_builds instruction_sets sanitizer_build sanitizer_suites thread_sanitizer
    valgrind aarch64 install)

run_step() {
    local name=$1 log=$scratch/log start=$SECONDS code ran
    if ! declare -F "step_$name" >/dev/null; then
        echo "no such step: $name; there are ${all_steps[*]}" >&2
        exit 2
    fi
    echo "== ${name//_/ }"
    (set -o pipefail; "step_$name" </dev/null 2>&1 | tee "$log")
    code=$?
    ran=$(awk '/^suites: [0-9]+ passed/ { n += $2 } END { print n + 0 }' "$log")
    if [ "$code" != 0 ]; then
        passed=$((passed + ran)) failed=$((failed + 1))
        echo "== ${name//_/ }: FAILED, $((SECONDS - start)) s; to repeat: scripts/check.sh $name"
        return 1
    fi
    passed=$((passed + (ran > 0 ? ran : 1)))
    echo "== ${name//_/ }: passed, $((SECONDS - start)) s"
}

[ $# -gt 0 ] || set -- "${all_steps[@]}"
for name in "$@"; do
    run_step "$name" || break
done
echo "all of it: $SECONDS s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
