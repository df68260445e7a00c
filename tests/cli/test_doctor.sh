# doctor: silent on a clean machine, one finding and one fix for each thing that is provoked.
. tests/cli/lib.sh

# The environment without what doctor looks at.
clean() {
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE -u OPENBLAS_NUM_THREADS \
        -u OPENBLAS_THREAD_TIMEOUT -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT -u OMP_DYNAMIC \
        -u BACKGEMM_KERNELS -u OMP_PROC_BIND -u OMP_PLACES -u GOMP_CPU_AFFINITY LC_ALL=C.UTF-8 "$@"
}
doctor() { clean "$@" "$BACKGEMM" doctor; }

clean "$BACKGEMM" doctor --json >"$T/json"
clean=$?
check "JSON is read by a parser" python3 -m json.tool "$T/json"
widest=$(word widest "$T/json")
core=$(word blas_core "$T/json")
threads=$(sed 's/.*"threads": \([0-9]*\).*/\1/' "$T/json")
if [ "$clean" -eq 0 ]; then
    exits "a clean machine" 0 doctor
    check "is told nothing" test ! -s "$OUT" -a ! -s "$ERR"
else
    skip "this machine is not clean: $(sed 's/.*"findings": \(.*\), "machine.*/\1/' "$T/json")"
fi
exits "--verbose" "$clean" clean "$BACKGEMM" doctor --verbose
for words in "core $core" "$widest" 'affinity mask' 'decimal point "."' 'caches .*L2 '; do
    check "--verbose tells $words" grep -q "$words" "$OUT"
done
check "lines fit 80 columns" awk 'length > 80 { exit 1 }' "$OUT"

# provoke NAME WORDS FIX VARIABLE=VALUE... : exit 5, the finding, its fix
provoke() {
    local name=$1 words=$2 fix=$3
    shift 3
    exits "$name: $*" 5 doctor "$@"
    tr -s ' \n' ' ' <"$OUT" >"$T/flat"
    check "$name is told: $words" grep -q -- "$words" "$T/flat"
    check "$name has its fix: $fix" grep -q -- "fix: $fix" "$T/flat"
    clean "$@" "$BACKGEMM" doctor --json >"$T/json"
    check "$name is in the JSON" grep -q "\"name\": \"$name\"" "$T/json"
}
case $widest in
avx*) provoke narrow-core 'Prescott kernels (sse2)' 'unset OPENBLAS_CORETYPE' \
    OPENBLAS_CORETYPE=Prescott ;;
*) skip "narrow-core: no narrower core on $widest" ;;
esac
provoke l2-size 'OPENBLAS_L2_SIZE=512' 'unset OPENBLAS_L2_SIZE' OPENBLAS_L2_SIZE=512
provoke kernels 'BACKGEMM_KERNELS=avx-512 names no kernels that run here' 'unset BACKGEMM_KERNELS' \
    BACKGEMM_KERNELS=avx-512
provoke too-many-threads "OMP_NUM_THREADS=4095.*may use $threads processor" \
    "export OMP_NUM_THREADS=$threads" OMP_NUM_THREADS=4095,2
provoke missing-locale 'xx_YY is not installed' 'export LC_ALL=C.UTF-8' LC_ALL=xx_YY

# a locale of its own with a decimal comma
if command -v localedef >/dev/null && [ -e /usr/share/i18n/locales/de_DE ]; then
    localedef -i de_DE -f UTF-8 "$T/de_DE.UTF-8" >/dev/null 2>&1
    provoke decimal-point 'writes "," for a decimal point' 'export LC_ALL' LOCPATH="$T" \
        LC_ALL=de_DE.UTF-8
    localedef -i en_US -f ISO-8859-1 "$T/en_US.ISO-8859-1" >/dev/null 2>&1
    provoke charset 'in ISO-8859-1' 'export LC_ALL' LOCPATH="$T" LC_ALL=en_US.ISO-8859-1
else
    skip "decimal-point: no localedef"
fi

# quota FILE WORDS [FILE WORDS] -- COMMAND...: beside a folder of cgroups with these files
cat >"$T/quota" <<'END'
#!/bin/sh
mount -t tmpfs none /sys/fs/cgroup || exit
while [ "$1" != -- ]; do
    mkdir -p "/sys/fs/cgroup/$(dirname "$1")" && echo "$2" >"/sys/fs/cgroup/$1" || exit
    shift 2
done
shift
exec "$@"
END
chmod +x "$T/quota"
if unshare -rm "$T/quota" cpu.max "max 100000" -- true 2>/dev/null; then
    v2() { provoke broken-quota "$1" "$2" unshare -rm "$T/quota" cpu.max "$3" --; }
    v2 'the quota pays for 0.25 of a processor' 'ask for a quota of a whole' '25000 100000'
    v1=(cpu/cpu.cfs_quota_us 50000 cpu/cpu.cfs_period_us 100000)
    provoke broken-quota 'pays for 0.5 of a processor' 'ask for a quota' \
        unshare -rm "$T/quota" "${v1[@]}" --
    provoke broken-quota 'pays for 0.2 of a processor' 'ask for a quota' \
        unshare -rm "$T/quota" "${v1[@]}" cpu.max '20000 100000' --
    [ "$threads" -gt 1 ] && v2 'the quota pays for 1.5 processors: 2 threads' \
        'use --threads 1' '150000 100000'
    exits "no quota is no finding" "$clean" doctor unshare -rm "$T/quota" cpu.max 'max 100000' --
    exits "a quota of whole processors is none" "$clean" \
        doctor unshare -rm "$T/quota" cpu.max '100000 100000' --
    clean unshare -rm "$T/quota" cpu.max '100000 100000' -- "$BACKGEMM" plan --layers 64,64 \
        --rows 8192 --batch all --json >"$T/json"
    same "threads are those that a quota pays for" 1 \
        "$(sed 's/.*"threads": \([0-9]*\).*/\1/' "$T/json")"
else
    skip "broken-quota: no mount of our own"
fi

# shim NAME 'C DEFINITION': a library to be loaded first
shim() { echo "$2" | ${CC:-cc} -x c -shared -fPIC -o "$T/$1.so" -; }
if [ "$threads" -gt 1 ]; then
    provoke small-team 'OpenMP gives 1' 'unset OMP_THREAD_LIMIT' OMP_THREAD_LIMIT=1
    one=$(taskset -pc $$ | sed 's/.*: \([0-9]*\).*/\1/')
    provoke crowded-team "bound to 1 of" 'unset GOMP_CPU_AFFINITY' GOMP_CPU_AFFINITY="$one"
    provoke too-many-threads 'may use 1 processor (affinity mask)' 'export OMP_NUM_THREADS=1' \
        OMP_NUM_THREADS=2 taskset -c "$one"
    exits "a mask alone is no finding" "$clean" doctor taskset -c "$one"
    exits "OMP_PROC_BIND alone is none" "$clean" doctor OMP_PROC_BIND=true
    shim deaf 'void openblas_set_num_threads(int n) { (void)n; }
               void omp_set_num_threads(int n) { (void)n; }'
    for build in /usr/lib/*/openblas-pthread /usr/lib/*/openblas-openmp; do
        [ -e "$build/libopenblas.so.0" ] || continue
        name=${build##*-}
        provoke blas-threads "OpenBLAS ($name build) uses more" 'export O.*_NUM_THREADS=1' \
            LD_LIBRARY_PATH="$build" LD_PRELOAD="$T/deaf.so"
        clean LD_LIBRARY_PATH="$build" "$BACKGEMM" doctor -v >"$OUT"
        same "the $name build alone is no finding" $? "$clean"
        check "and is named" grep -q "$name build" "$OUT"
        [ "$name" = pthread ] && provoke spinning-blas 'while nothing is asked' \
            'unset OPENBLAS_THREAD_TIMEOUT' LD_LIBRARY_PATH="$build" OPENBLAS_THREAD_TIMEOUT=30
    done
    shim serial 'int openblas_get_parallel(void) { return 0; }'
    provoke serial-blas 'build without threads' 'install the OpenMP build' \
        LD_PRELOAD="$T/serial.so"
else
    skip "teams: one processor"
fi
refuses "no operands" 2 'what is "x"' "$BACKGEMM" doctor x
refuses "doctor > /dev/full" 7 'standard output' sh -c '"$0" doctor --json >/dev/full' "$BACKGEMM"
finish
