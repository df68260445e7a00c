# The same run gives the same bits: for any number of threads, more than there are processors too,
# and with both builds of OpenBLAS.
. tests/cli/lib.sh

# The first one leaves the choice to the system.
builds=("" /usr/lib/*/openblas-pthread /usr/lib/*/openblas-openmp)

# one_sum NAME DATA OPTION...
one_sum() {
    local name=$1 first= build threads sum runs=0
    shift
    for build in "${builds[@]}"; do
        [ -z "$build" ] || [ -e "$build/libopenblas.so.0" ] || continue
        for threads in 1 2 3 4 7; do
            sum=$(LD_LIBRARY_PATH=$build sha_of "$@" --epochs 3 --threads "$threads")
            [ ${#sum} -eq 64 ] || sum="no sum"
            : "${first:=$sum}"
            [ "$sum" = "$first" ] && runs=$((runs + 1)) ||
                not_ok "$name: $threads threads, ${build:-default build}: $sum, not $first"
        done
    done
    [ "$first" != "no sum" ] && ok "$name: $runs runs, one SHA-256"
}

for precision in f32 f64; do
    p="--precision $precision --seed 3"
    # shellcheck disable=SC2086 # a list of options
    {
        one_sum "$precision narrow, all rows" table:parity:12 $p --layers 5
        one_sum "$precision narrow, batches" table:parity:12 $p --layers 5 --batch 100 \
            --optimizer adam
        one_sum "$precision GEMM, all rows" $DATA/digits.csv.gz $p --task classify \
            --layers 70,33 --batch all --optimizer momentum
        one_sum "$precision narrow, lbfgs" table:parity:12 $p --layers 5 --optimizer lbfgs
        one_sum "$precision GEMM, lbfgs" $DATA/digits.csv.gz $p --task classify --layers 70,33 \
            --optimizer lbfgs --l2 1e-4
        one_sum "$precision narrow, gelu and silu" table:parity:12 $p --layers 5,4 \
            --activation gelu,silu
        one_sum "$precision GEMM, gelu and silu" $DATA/digits.csv.gz $p --task classify \
            --layers 70,33 --batch all --activation gelu,silu
        one_sum "$precision GEMM, batches" $DATA/digits.csv.gz $p --task classify --layers 70 \
            --batch 64 --optimizer adam --l2 1e-4
        one_sum "$precision wide, all rows" $DATA/digits.csv.gz $p --task classify \
            --layers 170,130 --batch all --optimizer momentum
        one_sum "$precision wide, batches" $DATA/digits.csv.gz $p --task classify \
            --layers 170,130 --batch 64 --optimizer adam --clip 1
        one_sum "$precision shared products" $DATA/digits.csv.gz $p --task classify \
            --layers 1500,700 --batch 200 --optimizer momentum --dropout 0.1
        one_sum "$precision groups of tiles" $DATA/digits.csv.gz $p --task classify \
            --layers 1500,1500 --batch 900 --optimizer momentum --dropout 0.1
    }
done

# What the environment tells a pthread build: LAPACK draws start weights and solves.
for options in "--layers 512,512 --init orthogonal --epochs 1" "--optimizer lstsq" \
    "--optimizer lm --layers 3 --epochs 3"; do
    # shellcheck disable=SC2086 # a list of options
    for n in 1 2; do
        sums[n]=$(OPENBLAS_NUM_THREADS=$n sha_of $DATA/digits.csv.gz --precision f64 $options)
    done
    if [ ${#sums[1]} -eq 64 ] && [ "${sums[1]}" = "${sums[2]}" ]; then
        ok "$options: the same with one and two threads of OpenBLAS"
    else
        not_ok "$options: ${sums[1]} with one thread of OpenBLAS, ${sums[2]} with two"
    fi
done
finish
