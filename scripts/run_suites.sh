#!/usr/bin/env bash
# Runs Check programs one after the other, shows the summary of each, and ends with their sum.
#   scripts/run_suites.sh PROGRAM...
# RUNNER, when set, is put before each program (valgrind).  SUITE_SECONDS bounds each (default 600).
set -u
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 checks=0

for program in "$@"; do
    start=$(date +%s%N)
    # shellcheck disable=SC2086 # RUNNER is a command with its options
    timeout "${SUITE_SECONDS:-600}" ${RUNNER:-} "$program" >"$log" 2>&1 </dev/null
    code=$?
    seconds=$(awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.1f", ns / 1e9 }')
    summary=$(grep -o '[0-9]*%: Checks: .*' "$log" | tail -n 1)
    ran=$(sed -n 's/.*%: Checks: \([0-9]*\),.*/\1/p' <<<"$summary")
    checks=$((checks + ${ran:-0}))
    printf '%-28s %s (%s s)\n' "$(basename "$program")" "${summary:-no summary}" "$seconds"
    # A program that ran nothing proves nothing.
    if [ "$code" = 0 ] && [ "${ran:-0}" -gt 0 ]; then
        passed=$((passed + 1))
        continue
    fi
    failed=$((failed + 1))
    case $code in
    0) why="it ran no checks" ;;
    124) why="it took more than ${SUITE_SECONDS:-600} seconds" ;;
    *) why="exit code $code" ;;
    esac
    echo "FAILED $program: $why; its output ends:"
    tail -n 40 "$log" | sed 's/^/    /'
done

echo "suites: $passed passed, $failed failed ($checks checks)"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
