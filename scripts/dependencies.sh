#!/usr/bin/env bash
# Finds what is missing to build (or, with `check`, to run `make check`), installs it with apt when
# it may, and otherwise prints the one line that would.  Silent when nothing is missing.
#   scripts/dependencies.sh [check]
set -u
wanted=${1:-build}
missing=()

# need PACKAGE TEST...: notes PACKAGE when the test fails
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
has_file() { compgen -G "$1"; }
# Without pkg-config its files are looked for where Debian keeps them.
has_library() {
    if [ -n "$pkg_config" ]; then
        "$pkg_config" --exists "$1"
    else
        has_file "/usr/lib/*/pkgconfig/$1.pc"
    fi
}
# A header for this compiler, wherever its multiarch folders are.
has_header() { "$1" -fsyntax-only "${@:3}" -include "$2" -x c /dev/null; }
has_openblas() { has_file "/usr/lib/*/openblas-$1/libopenblas.so"; }

has_thread_sanitizer() { has_file "/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.tsan-*.a"; }

need_for_build() {
    need gcc command -v gcc
    need libc6-dev has_file '/usr/include/stdio.h'
    need binutils command -v objcopy
    need make command -v make
    pkg_config=$(command -v pkg-config || command -v pkgconf || true)
    need pkg-config test -n "$pkg_config"
    need libopenblas-dev has_library openblas
    need liblapacke-dev has_library lapacke
    need zlib1g-dev has_library zlib
    need libjansson-dev has_library jansson
    need libmd-dev has_library libmd
    need libgmp-dev has_library gmp
}

need_for_check() {
    need check has_library check
    need clang command -v clang
    need libomp-dev has_header clang omp.h -fopenmp
    need libclang-rt-dev has_thread_sanitizer
    need libopenblas-pthread-dev has_openblas pthread
    need libopenblas-openmp-dev has_openblas openmp
    need valgrind command -v valgrind
    need texlive-latex-base command -v pdflatex # sheets have to compile
    need gnuplot-nox command -v gnuplot
    need python3-venv python3 -c 'import venv, ensurepip' # to read a model with others' code
    need libc6-dbg has_file '/usr/lib/debug/.build-id/*' # valgrind finds its way in libc with it
}

need_for_build
[ "$wanted" != check ] || need_for_check
[ ${#missing[@]} -gt 0 ] || exit 0

line="apt-get install -y --no-install-recommends ${missing[*]}"
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo -n)
may_install() {
    command -v apt-get >/dev/null || return 1
    [ ${#as_root[@]} = 0 ] || sudo -n true 2>/dev/null
}
if ! may_install; then
    echo "missing: ${missing[*]}; this installs it (Debian, Ubuntu):" >&2
    echo "sudo apt-get update && sudo $line" >&2
    exit 1
fi

echo "installing with apt: ${missing[*]}" >&2
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
run() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >>"$log" 2>&1; }
# A failed update is no failure yet: the lists that are there may do.
run apt-get update || true
if ! run $line; then
    echo "apt failed; its last lines:" >&2
    grep -v '^$' "$log" | tail -n 5 | sed 's/^/    /' >&2
    echo "this would install what is missing (Debian, Ubuntu):" >&2
    echo "sudo apt-get update && sudo $line" >&2
    exit 1
fi
