#!/usr/bin/env bash
# The layer script finds one planted breach of every rule, and nothing in code that keeps them.
set -eu
cd "$(dirname "$0")/.."
script=$PWD/scripts/check_layers.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failures=0 checks=0

tree() {
    rm -rf "$root"
    mkdir -p "$root"/{include,scripts,tests,bench,src/{base,kernel,net,io,sheet,cli}}
    printf '#include <stdlib.h>\nvoid f(void *p)\n{\n    free(p);\n}\n' >"$root/src/base/arena.c"
    printf '#include <cblas.h>\n#include "base/arena.h"\n' >"$root/src/kernel/gemm.c"
    cat >"$root/src/net/net.c" <<'END'
#include "backgemm.h"
#include "kernel/gemm.h"
/* free(p), printf("x") and
   exit(1) in a comment */
const char *text = "malloc(1) abort() // stderr";
const char quote = '"'; // free(p)
void g(struct s *t) { t->free(t); bg_data_free(t); snprintf(t->b, 3, "x"); }
END
    cat >"$root/src/cli/main.c" <<'END'
#include "backgemm.h"
#include "cli/a.h"
#include "b.h"
int main(void) { printf("x"); exit(0); }
END
}

expect() { # RULE: the script must name it, and nothing else
    checks=$((checks + 1))
    local out
    if out=$("$script" "$root") || [ "$(wc -l <<<"$out")" -ne 1 ] || ! grep -qF "$1" <<<"$out"; then
        echo "expected one breach \"$1\", found: ${out:-none}"
        failures=$((failures + 1))
    fi
}

plant() { # FILE LINE RULE
    tree
    printf '%s\n' "$2" >>"$root/$1"
    expect "$3"
}

tree
if ! out=$("$script" "$root"); then
    echo "a tree that keeps the rules: $out"
    failures=1
fi
plant src/base/a.c '#include "net/net.h"' 'base includes'
plant src/base/a.c '#include "kernel/gemm.h"' 'base includes'
plant src/kernel/a.c '#include "net/net.h"' 'kernel includes'
plant src/net/a.c '#  include "io/csv.h"' 'net includes'
plant src/io/a.c '#include "sheet/text.h"' 'io includes'
plant src/sheet/a.c '#include "io/csv.h"' 'sheet includes'
plant src/cli/a.c '#include "base/arena.h"' 'cli includes'
plant src/net/a.c '#include "../io/csv.h"' 'net includes'
plant src/net/a.c '#include <cblas.h>' 'belongs to kernel/gemm'
plant src/kernel/a.c '#include <lapacke.h>' 'belongs to kernel/lapack'
plant src/net/a.c '#include <mpi.h>' 'belongs to mpi'
plant src/net/a.c 'void *p = malloc (3);' 'memory belongs'
plant src/io/a.c '/* x */ free(p);' 'memory belongs'
plant src/io/a.c 'char *p = strdup(q);' 'memory belongs'
plant src/net/a.c 'x = "//"; printf("y");' 'only src/cli prints'
plant src/net/a.c 'fprintf(file, "y");' 'only src/cli prints'
plant src/net/a.c 'if (x) exit(1);' 'ends the process'
plant src/net/a.c '    abort();' 'ends the process'
plant src/net/a.c 'file = stderr;' 'standard streams'
plant src/io/a.c 'x = strtod(text, 0);' 'asks the locale'
plant src/cli/a.c 'x = atoi(text);' 'never'
plant src/net/a.c 'x = rand();' 'never'
plant src/net/a.c '#include "cli/talk.h"' 'net includes'
plant src/net/a.c "$(printf '%101s' x)" 'over 100 columns'
plant scripts/a.sh "$(printf '%101s' x)" 'over 100 columns'
plant src/net/a.c "$(printf '%099d\t' 0)é" 'over 100 columns'
plant src/net/a.c "$(seq 421)" 'over 420 lines'
tree
mkdir "$root/src/extra"
expect 'no such layer'
tree
printf '%s\n' "$(printf 'é%.0s' {1..100})" >"$root/src/net/a.c" # 100 columns in 200 bytes
if ! out=$("$script" "$root"); then
    echo "100 columns are allowed: $out"
    failures=$((failures + 1))
fi
echo "check_layers: $checks planted breaches, $failures failures"
[ "$failures" -eq 0 ]
