/* backgemm doctor: what slows this machine down or falsifies its results, and one fix for each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "machine.h"
#include "talk.h"
#include "verbs.h"

typedef struct finding {
    char problem[320], fix[256];
} finding;

#define PROBLEM(...) snprintf(f->problem, sizeof f->problem, __VA_ARGS__)
#define FIX(...) snprintf(f->fix, sizeof f->fix, __VA_ARGS__)

/* The first of these variables that is set, or NULL. */
static const char *set_variable(const char *const *names)
{
    for (; *names; names++)
        if (getenv(*names))
            return *names;
    return NULL;
}

static bool narrow_core(const bg_machine *m, finding *f)
{
    if (!m->blas_is_narrow)
        return false;
    PROBLEM("OpenBLAS runs its %s kernels (%s), but the processor has %s: every GEMM is slower "
            "than it could be",
            m->blas_core, m->blas_kernels, m->widest);
    if (m->coretype)
        FIX("unset OPENBLAS_CORETYPE (it is %s)", m->coretype);
    else
        FIX("install a newer OpenBLAS than %s, which does not know this processor", m->blas);
    return true;
}

static bool set_l2_size(const bg_machine *m, finding *f)
{
    if (!m->l2_size)
        return false;
    PROBLEM("OPENBLAS_L2_SIZE=%s overrides the cache size that OpenBLAS would find, and its "
            "blocking with it",
            m->l2_size);
    FIX("unset OPENBLAS_L2_SIZE");
    return true;
}

static bool unknown_kernels(const bg_machine *m, finding *f)
{
    const char *asked = getenv("BACKGEMM_KERNELS");
    if (!asked || strcmp(asked, m->kernels) == 0)
        return false;
    PROBLEM("BACKGEMM_KERNELS=%s names no kernels that run here; those of backgemm are %s", asked,
            m->kernels);
    FIX("unset BACKGEMM_KERNELS, or set it to one of amx, avx512, avx2, baseline");
    return true;
}

static bool serial_blas(const bg_machine *m, finding *f)
{
    if (strcmp(m->blas_threading, "serial") != 0 || m->threads == 1)
        return false;
    PROBLEM("OpenBLAS is a build without threads, which need not bear calls from %d threads at "
            "once",
            m->threads);
    FIX("install the OpenMP build (Debian: libopenblas0-openmp), or use --threads 1");
    return true;
}

static bool spinning_blas(const bg_machine *m, finding *f)
{
    static const char *const names[] = {"OPENBLAS_THREAD_TIMEOUT", NULL};
    if (!m->blas_spins)
        return false;
    PROBLEM("the threads of OpenBLAS (%s build) use the processors while nothing is asked of them",
            m->blas_threading);
    if (set_variable(names))
        FIX("unset %s", set_variable(names));
    else
        FIX("export OPENBLAS_NUM_THREADS=1; backgemm brings its own threads");
    return true;
}

static bool disobedient_blas(const bg_machine *m, finding *f)
{
    if (m->blas_obeys)
        return false;
    PROBLEM("told to use one thread, OpenBLAS (%s build) uses more: threads get into each other's "
            "way, and results may depend on their number",
            m->blas_threading);
    if (strcmp(m->blas_threading, "openmp") == 0)
        FIX("export OMP_NUM_THREADS=1; --threads still decides how many threads backgemm has");
    else
        FIX("export OPENBLAS_NUM_THREADS=1; --threads still decides how many threads backgemm has");
    return true;
}

static bool small_team(const bg_machine *m, finding *f)
{
    static const char *const names[] = {"OMP_THREAD_LIMIT", "OMP_DYNAMIC", NULL};
    const char *name = set_variable(names);
    if (m->team >= m->threads)
        return false;
    PROBLEM("%d threads are asked for, OpenMP gives %d", m->threads, m->team);
    if (name)
        FIX("unset %s (it is %s)", name, getenv(name));
    else
        FIX("use --threads %d, or raise the limit on processes (ulimit -u)", m->team);
    return true;
}

static bool crowded_team(const bg_machine *m, finding *f)
{
    static const char *const names[] = {"GOMP_CPU_AFFINITY", "KMP_AFFINITY", "OMP_PLACES",
                                        "OMP_PROC_BIND", NULL};
    const char *name = set_variable(names);
    if (m->team_processors >= m->team)
        return false;
    PROBLEM("%d threads are bound to %d of %d processors", m->team, m->team_processors,
            m->affinity);
    if (name)
        FIX("unset %s (it is %s)", name, getenv(name));
    else
        FIX("use --threads %d", m->team_processors);
    return true;
}

/* OMP_NUM_THREADS may be a list, one number for each level. */
static bool too_many_threads(const bg_machine *m, finding *f)
{
    static const char *const names[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", NULL};
    for (const char *const *name = names; *name; name++) {
        const char *value = getenv(*name);
        uint64_t asked;
        if (!value || !count_parse(value, strcspn(value, ","), &asked) ||
            asked <= (uint64_t)m->threads)
            continue;
        PROBLEM("%s=%s, but this process may use %d processor%s (%s): backgemm uses no more, other "
                "programs of this shell will",
                *name, value, m->threads, m->threads == 1 ? "" : "s",
                m->threads < m->affinity ? "quota" : "affinity mask");
        FIX("export %s=%d", *name, m->threads);
        return true;
    }
    return false;
}

static bool broken_quota(const bg_machine *m, finding *f)
{
    if (m->quota <= 0 || m->quota >= m->affinity || m->quota >= m->threads)
        return false;
    if (m->threads == 1) {
        PROBLEM("the quota pays for %.3g of a processor: every run is stopped a part of the time",
                m->quota);
        FIX("ask for a quota of a whole processor");
        return true;
    }
    PROBLEM("the quota pays for %.3g processors: %d threads are stopped for a part of the time",
            m->quota, m->threads);
    FIX("use --threads %d, or ask for a quota of whole processors", (int)floor(m->quota));
    return true;
}

static bool missing_locale(const bg_machine *m, finding *f)
{
    if (m->locale_exists)
        return false;
    PROBLEM("the locale %s is not installed: programs fall back to C, each in its way", m->locale);
    FIX("export LC_ALL=C.UTF-8");
    return true;
}

static bool comma_locale(const bg_machine *m, finding *f)
{
    if (!m->locale_exists || strcmp(m->decimal_point, ".") == 0)
        return false;
    PROBLEM("the locale %s writes \"%s\" for a decimal point: backgemm reads and writes \".\", but "
            "awk, sort and gnuplot may misread its numbers",
            m->locale, m->decimal_point);
    FIX("export LC_ALL=C.UTF-8");
    return true;
}

static bool narrow_charset(const bg_machine *m, finding *f)
{
    bool is_c = strcmp(m->locale, "C") == 0 || strcmp(m->locale, "POSIX") == 0;
    if (!m->locale_exists || is_c || strcmp(m->locale_charset, "UTF-8") == 0)
        return false;
    PROBLEM("the locale %s is in %s, names in data and models are in UTF-8", m->locale,
            m->locale_charset);
    FIX("export LC_ALL=C.UTF-8");
    return true;
}

static const struct {
    const char *name;
    bool (*look)(const bg_machine *m, finding *f);
} checks[] = {
    {"narrow-core", narrow_core},
    {"l2-size", set_l2_size},
    {"kernels", unknown_kernels},
    {"serial-blas", serial_blas},
    {"spinning-blas", spinning_blas},
    {"blas-threads", disobedient_blas},
    {"small-team", small_team},
    {"crowded-team", crowded_team},
    {"too-many-threads", too_many_threads},
    {"broken-quota", broken_quota},
    {"missing-locale", missing_locale},
    {"decimal-point", comma_locale},
    {"charset", narrow_charset},
};

#define CHECKS (sizeof checks / sizeof *checks)

static size_t add_json(text *out, const bg_machine *m)
{
    size_t found = 0;
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_begin(&j, "findings", '[');
    for (size_t i = 0; i < CHECKS; i++) {
        finding f;
        if (!checks[i].look(m, &f))
            continue;
        found++;
        json_begin(&j, NULL, '{');
        json_text(&j, "name", checks[i].name);
        json_text(&j, "problem", f.problem);
        json_text(&j, "fix", f.fix);
        json_end(&j, '}');
    }
    json_end(&j, ']');
    machine_add_json(&j, "machine", m);
    json_end(&j, '}');
    text_add(out, "\n");
    return found;
}

static size_t add_text(text *out, const bg_machine *m, bool verbose)
{
    size_t found = 0;
    if (verbose) {
        machine_add_text(out, m);
        text_add(out, "\n");
    }
    for (size_t i = 0; i < CHECKS; i++) {
        finding f;
        if (!checks[i].look(m, &f))
            continue;
        found++;
        help_add_wrapped(out, f.problem, 0);
        text_format(out, "    fix: %s\n", f.fix);
    }
    if (verbose && !found)
        text_format(out, "%zu checks, nothing to fix\n", CHECKS);
    return found;
}

int doctor_run(command *c)
{
    bg_machine m;
    options_default(c, &(facts){0});
    int code = machine_describe(&m);
    if (code != EXIT_DONE)
        return code;
    text out = text_open(NULL);
    out.for_people = !c->value[OPT_JSON].flag;
    size_t found =
        c->value[OPT_JSON].flag ? add_json(&out, &m) : add_text(&out, &m, c->value[OPT_LOOK].flag);
    code = text_close(&out);
    return code == EXIT_DONE && found ? EXIT_CHECK : code;
}
