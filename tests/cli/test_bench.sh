# bench: every line is checked, timed and can be repeated; text, CSV and JSON say the same.
. tests/cli/lib.sh
bench() { "$BACKGEMM" bench "$@"; }
QUICK="--seconds 0.01"

exits "a workload" 0 bench xor4 $QUICK
for words in 'core ' 'FMA peak of' '^xor4 ' 'backgemm bench xor4 --batch 4 ' 'narrow; 1 tile'; do
    check "the text has $words" grep -q "$words" "$OUT"
done
check "nothing but results on standard output, no talk" test ! -s "$ERR"

# the keys that programs rely on, read by a parser
exits "a grid in JSON" 0 bench --layers 20,30,3 --output-activation softmax --loss softmax_ce \
    --batch 16,100 --threads 1,2 --precision f32,f64 --json $QUICK
cp "$OUT" "$T/json"
cat >"$T/read.py" <<'END'
import json, sys
run = json.load(open(sys.argv[1]))
lines = run["results"]
assert len(lines) == 8, len(lines)
for line in lines:
    for key in ("seconds", "gflops", "peak_gflops", "peak_share", "rows_per_second", "memory"):
        assert line[key] > 0, key
    assert line["layers"] == [20, 30, 3] and line["workload"] == "20,30,3", line
    assert line["seconds_low"] <= line["seconds"] <= line["seconds_high"]
    assert abs(line["gflops"] / line["peak_gflops"] / line["peak_share"] - 1) < 1e-9
    assert abs(line["batch"] / line["seconds"] / line["rows_per_second"] - 1) < 1e-9
    # forward and dW of both layers, deltas of the second: 2 (20 30 + 30 3) 2 + 2 30 3 a row
    work = line["batch"] * (4 * 20 * 30 + 6 * 30 * 3)
    assert abs(work / line["seconds"] * 1e-9 / line["gflops"] - 1) < 1e-9
    assert line["replay"].startswith("backgemm bench --layers 20,30,3 ")
    assert 1 <= line["threads_used"] <= line["threads"]
grid = [(l["batch"], l["precision"], l["threads"]) for l in lines]
assert grid == [(b, p, t) for b in (16, 100) for p in ("f32", "f64") for t in (1, 2)], grid
assert lines[0]["ratio"] == 1 and run["machine"]["blas_core"] and run["rounds"] >= 6
print(lines[3]["replay"])
END
check "its lines hold together" python3 "$T/read.py" "$T/json"
replay=$(python3 "$T/read.py" "$T/json")
exits "the replay of a line runs: $replay" 0 "$BACKGEMM" ${replay#backgemm } --csv
cp "$OUT" "$T/csv"
cat >"$T/read.py" <<'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 1 and None not in rows[0], rows
row = rows[0]
assert row["replay"] == sys.argv[2], row["replay"]
assert (row["layers"], row["batch"], row["threads"], row["precision"]) == (
    "20-30-3", "16", "2", "f64"), row
assert float(row["seconds"]) > 0 and float(row["bare_share"]) > 0
END
check "and gives that line alone" python3 "$T/read.py" "$T/csv" "$replay"
exits "--format csv is --csv" 0 bench xor4 $QUICK --format csv
same "a header and a line" "$(wc -l <"$OUT")" 2
exits "mini-batches: an epoch" 0 bench mini --batch 500 $QUICK --json
same "of 8,000 rows" "$(sed 's/.*"rows": \([0-9]*\).*/\1/' "$OUT")" 8000
exits "--vs" 0 bench --layers 8,9,1 --threads 1,2 --vs $QUICK
check "the first line is 1" grep -q '1.000 (1.000 to 1.000)' "$OUT"

# every activation and loss passes the check
for f in $("$BACKGEMM" bench --help | tr -s ' \n' ' ' |
    sed 's/.*activation of all hidden layers, or of each: \([^;]*\);.*/\1/; s/,//g'); do
    exits "$f is checked" 0 bench --layers 9,20,17,2 --activation "$f" --batch 1,70 \
        --precision f32,f64 --seconds 0.001
done
for pair in "identity mse" "identity half_sse" "tanh sse" "identity mae" "identity huber" \
    "sigmoid bce" "softmax softmax_ce" "softmax mse"; do
    exits "$pair is checked" 0 bench --layers 20,12,3 --output-activation ${pair% *} --loss \
        ${pair#* } --batch 130 --precision f32,f64 --seconds 0.001
done

# a BLAS that is wrong in one element is found, and nothing is timed; kernels that need it
cat >"$T/wrong.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
typedef void gemm(int, int, int, int, int, int, float, const float *, int, const float *, int,
                  float, float *, int);
void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                 int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    gemm *real = (gemm *)dlsym(RTLD_NEXT, "cblas_sgemm");
    real(order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    c[1] *= 1.01f;
}
END
if ${CC:-cc} -shared -fPIC -o "$T/wrong.so" "$T/wrong.c" -ldl 2>/dev/null; then
    refuses "a wrong BLAS" 5 'is off by .*: not timed' env LD_PRELOAD="$T/wrong.so" \
        BACKGEMM_KERNELS=baseline "$BACKGEMM" bench --layers 30,40,20 --batch 64 $QUICK
else
    skip "a wrong BLAS: no compiler"
fi

refuses "a workload nearly right" 2 'nearest is mnist' "$BACKGEMM" bench mnits
refuses "a batch of 0" 2 '--batch 0 is outside' "$BACKGEMM" bench --batch 4,0
refuses "a list that is none" 2 '--threads wants whole numbers' "$BACKGEMM" bench --threads 1,,2
refuses "a precision nearly right" 2 '--precision knows no "f23"; the nearest is' "$BACKGEMM" \
    bench --precision f32,f23
refuses "one width" 2 'all widths' "$BACKGEMM" bench --layers 5
refuses "an activation of a named workload" 2 'goes with --layers' "$BACKGEMM" bench mnist \
    --activation relu
refuses "results on a full disk" 7 'standard output' sh -c '"$0" bench xor4 --seconds 0.001 \
    >/dev/full' "$BACKGEMM"
finish
