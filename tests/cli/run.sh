#!/usr/bin/env bash
# The command-line tests: tests/cli/run.sh COMMAND [SCRIPT...]
set -u
[ $# -ge 1 ] || { echo "usage: tests/cli/run.sh COMMAND [SCRIPT...]" >&2; exit 2; }
BACKGEMM=$(realpath "$1")
shift
cd "$(dirname "$0")/../.."
export BACKGEMM TALLY
TALLY=$(mktemp)
trap 'rm -f "$TALLY"' EXIT
[ $# -gt 0 ] || set -- tests/cli/test_*.sh
broken=0
for script in "$@"; do
    echo "$script"
    lines=$(wc -l <"$TALLY")
    bash "$script"
    # A script that dies on the way counts as one failure.
    if [ "$(wc -l <"$TALLY")" -eq "$lines" ]; then
        broken=$((broken + 1))
        echo "  FAILED  $script did not finish"
    fi
done
passed=$(awk '{ n += $1 } END { print n + 0 }' "$TALLY")
failed=$(awk '{ n += $2 } END { print n + 0 }' "$TALLY")
failed=$((failed + broken))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
