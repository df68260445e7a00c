#!/usr/bin/env bash
# The rules of the house, over the sources of ROOT (default: this project): dependencies point one
# way, some calls have a single owner, files and lines stay short.  Prints what breaks a rule and
# ends with 1; silent when all is well.
set -eu
cd "${1:-$(dirname "$0")/..}"
export LC_ALL=C.UTF-8

# Lines from standard input break the rule $1.
break_rule() { sed "s|\$|  [$1]|"; }

# C sources under the folders after it, but for the files that match $1.
sources() {
    local but=$1
    shift
    find "$@" -name '*.[ch]' 2>/dev/null | grep -Ev "$but" | sort || true
}

# The code of C files as FILE:LINE:text, without comments and without what stands in quotes.
code() {
    [ $# -eq 0 ] || awk '
        FNR == 1 { comment = 0 }
        {
            out = ""; quote = ""; end = length($0)
            for (i = 1; i <= end; i++) {
                c = substr($0, i, 1); two = substr($0, i, 2)
                if (comment) { if (two == "*/") { comment = 0; i++ } }
                else if (quote != "") { if (c == "\\") i++; else if (c == quote) quote = "" }
                else if (two == "/*") { comment = 1; i++ }
                else if (two == "//") break
                else if (c == "\"" || c == "\047") { quote = c; out = out " " }
                else out = out c
            }
            print FILENAME ":" FNR ":" out
        }' "$@"
}

# never RULE NAMES FILE...: calls of the functions NAMES ("a|b").
never() {
    local rule=$1 names=$2
    shift 2
    code "$@" | grep -E "[^A-Za-z0-9_.>]($names)[[:space:]]*\(" | break_rule "$rule" || true
}

include='^[[:space:]]*#[[:space:]]*include[[:space:]]*'

# own HEADER OWNER: a system header that only the files that match OWNER include.
own() {
    grep -rnE "$include<$1>" src --include='*.[ch]' | grep -vE "^src/$2:" |
        break_rule "<$1> belongs to $2" || true
}

# Which layers each layer may include, besides backgemm.h and its own folder.
declare -A below=(
    [base]='base'
    [kernel]='base|kernel'
    [net]='base|kernel|net'
    [io]='base|kernel|net|io'
    [sheet]='base|kernel|net|sheet'
    [mpi]='base|kernel|net|mpi'
    [cli]='cli'
)
check_layers() {
    local folder layer
    for folder in src/*/; do
        layer=$(basename "$folder")
        if [ -z "${below[$layer]:-}" ]; then
            echo "$folder  [no such layer]"
            continue
        fi
        grep -rnE "$include\"" "$folder" --include='*.[ch]' |
            grep -vE "include[[:space:]]*\"((${below[$layer]})/)?[a-z0-9_]+\\.h\"" |
            break_rule "$layer includes backgemm.h and ${below[$layer]//|/, } only" || true
    done
}

check_owners() {
    own 'cblas\.h' 'kernel/gemm\.c'
    own 'lapacke\.h' 'kernel/lapack\.c'
    own 'mpi\.h' 'mpi/[a-z0-9_]+\.[ch]'
    local library unowned names
    mapfile -t library < <(sources '^src/cli/' src)
    mapfile -t unowned < <(sources '^src/(cli/|base/arena\.c$)' src)
    names='malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|memalign'
    names+='|strdup|strndup|asprintf|vasprintf|getline|getdelim|realpath'
    never 'memory belongs to base/arena.c' "$names" "${unowned[@]}"
    names='printf|vprintf|fprintf|vfprintf|dprintf|puts|fputs|putchar|putc|fputc|perror|fwrite'
    never 'only src/cli prints' "$names" "${library[@]}"
    names='exit|_exit|_Exit|quick_exit|abort|raise|kill|__builtin_trap'
    never 'only src/cli ends the process' "$names" "${library[@]}"
    names='strtod|strtof|strtold'
    never 'asks the locale: number_parse does not' "$names" "${library[@]}"
    names='atoi|atol|atoll|atof|rand|srand|random|drand48|gets|sprintf|vsprintf|strcpy|strcat'
    never 'never' "$names|strtok" "${library[@]}" src/cli/*.c
    code "${library[@]}" | grep -E '[^A-Za-z0-9_](stderr|stdout)([^A-Za-z0-9_]|$)' |
        break_rule 'only src/cli names the standard streams' || true
}

check_lengths() {
    local file count files
    mapfile -t files < <(
        sources '^$' include src tests bench
        find scripts tests bench \( -name '*.sh' -o -name '*.py' \) 2>/dev/null | sort
    )
    for file in "${files[@]}"; do
        expand "$file" | grep -nE '^.{101,}' | cut -d: -f1 | sed "s|^|$file:|" |
            break_rule 'over 100 columns' || true
    done
    while IFS= read -r file; do
        count=$(wc -l <"$file")
        [ "$count" -le 420 ] || echo "$file:$count  [over 420 lines]"
    done < <(sources '^$' src tests bench)
}

found=$(check_layers && check_owners && check_lengths)
[ -z "$found" ] || { echo "$found" && exit 1; }
