/* Public functions that describe the machine and measure it. */
#include <langinfo.h>
#include <locale.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/hardware.h"
#include "base/limit.h"
#include "base/status.h"
#include "kernel/blas.h"
#include "kernel/instructions.h"
#include "kernel/variants.h"
#include "net/measure.h"

/* Processor time of other threads, as a share, that says they take part: half of the work would be
 * 1.  Threads that have not gone to sleep yet look the same, for a while. */
#define HELPING 0.25
#define MOST_TRIALS 6
#define ALONE 2
/* How long threads that have just started may look for work before they must sleep: OpenBLAS gives
 * its own 2^26 to 2^28 cycles. */
#define IDLE_SECONDS 0.02
#define MOST_IDLES 15

static const measure_rules *rules_of(bg_dtype dtype)
{
    return dtype == BG_F32 ? &measure_rules_f32 : &measure_rules_f64;
}

static void describe_processor(bg_machine *m)
{
    hardware_cpu_name(m->cpu, sizeof m->cpu);
    m->widest = instructions_widest()->name;
    m->kernels = kernels_name(BG_F32);
    m->processors = hardware_processors();
    m->affinity = cpu_affinity();
    m->quota = cpu_quota();
    m->threads = cpu_available();
    m->l1d = hardware_cache(1);
    m->l2 = hardware_cache(2);
    m->l3 = hardware_cache(3);
    m->memory = memory_limit();
}

static void describe_blas(bg_machine *m)
{
    blas_library library;
    blas_describe(&library);
    const instructions *set = instructions_of_core(library.core);
    const char *name_end = strchr(library.config, ' ');
    size_t name = name_end ? (size_t)(name_end - library.config) + 1 : 0;
    name += strcspn(library.config + name, " ");
    snprintf(m->blas, sizeof m->blas, "%.*s", (int)name, library.config);
    snprintf(m->blas_config, sizeof m->blas_config, "%s", library.config);
    snprintf(m->blas_core, sizeof m->blas_core, "%s", library.core);
    m->blas_kernels = set ? set->name : NULL;
    m->blas_is_narrow = set && set->rank < instructions_widest()->rank;
    m->blas_threading = library.threading;
    m->coretype = getenv("OPENBLAS_CORETYPE");
    m->l2_size = getenv("OPENBLAS_L2_SIZE");
}

/* Do threads stay awake although nothing is asked of them? */
static bool is_spinning(void)
{
    const struct timespec rest = {.tv_nsec = (long)(IDLE_SECONDS * 1e9)};
    for (int i = 0; i < MOST_IDLES; i++) {
        nanosleep(&rest, NULL);
        if (hardware_running_threads() == 0)
            return false;
    }
    return true;
}

/* Two trials without help are enough: whoever shares the work out does so every time, but on a busy
 * processor the caller may wait so long for its helper that the help looks small. */
static bg_status measure_obedience(bg_machine *m, bg_error *error)
{
    int alone = 0;
    for (int i = 0; i < MOST_TRIALS && alone < ALONE && !m->blas_spins; i++) {
        double helpers = rules_of(BG_F32)->helpers();
        if (helpers < 0)
            return fail_memory(error, "the product that tests the BLAS");
        alone += helpers < HELPING;
    }
    m->blas_obeys = m->blas_spins || alone == ALONE; /* spinning hides what else they do */
    return BG_OK;
}

/* What a parallel region really gets, and where its threads may run. */
static void measure_team(bg_machine *m)
{
    cpu_mask all = {0};
    int team = 1;
#pragma omp parallel num_threads(m->threads)
    {
        cpu_mask mine;
        cpu_mask_of_thread(&mine);
        cpu_mask_add(&all, &mine);
#pragma omp master
        team = omp_get_num_threads();
    }
    m->team = team;
    m->team_processors = cpu_mask_count(&all);
}

static const char *locale_asked(void)
{
    static const char *const names[] = {"LC_ALL", "LC_NUMERIC", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return value;
    }
    return "C";
}

static void describe_locale(bg_machine *m)
{
    snprintf(m->locale, sizeof m->locale, "%s", locale_asked());
    locale_t asked = newlocale(LC_ALL_MASK, "", (locale_t)0);
    m->locale_exists = asked != (locale_t)0;
    if (!m->locale_exists)
        return;
    snprintf(m->locale_charset, sizeof m->locale_charset, "%s", nl_langinfo_l(CODESET, asked));
    snprintf(m->decimal_point, sizeof m->decimal_point, "%s", nl_langinfo_l(RADIXCHAR, asked));
    freelocale(asked);
}

bg_status bg_machine_describe(bg_machine *machine, bg_error *error)
{
    bg_machine m = {0};
    describe_processor(&m);
    describe_blas(&m);
    describe_locale(&m);
    /* First, while nothing but the library's own threads can be there. */
    m.blas_spins = is_spinning();
    TRY(measure_obedience(&m, error));
    measure_team(&m);
    *machine = m;
    return BG_OK;
}

#define MOST_SECONDS 60.0

bg_status bg_measure_peak(bg_dtype dtype, int threads, double seconds, double *gflops,
                          bg_error *error)
{
    if (!bg_name(BG_KIND_DTYPE, (int)dtype))
        return fail(error, BG_E_ARGUMENT, "unknown precision %d", (int)dtype);
    if (!(seconds > 0 && seconds <= MOST_SECONDS))
        return fail(error, BG_E_ARGUMENT, "a measurement takes up to %g seconds, not %g",
                    MOST_SECONDS, seconds);
    TRY(threads_resolve(threads, &threads, error));
    *gflops = 1e-9 * rules_of(dtype)->peak(threads, seconds);
    return BG_OK;
}

bg_status bg_gemms_create(const bg_trainer *trainer, bg_gemms **gemms, bg_error *error)
{
    bg_gemms *made = memory_zeroed(1, sizeof *made);
    if (!made)
        return fail_memory(error, "the bare products");
    *made = (bg_gemms){.rules = rules_of(trainer->net->dtype), .trainer = trainer};
    bg_status status = bg_gemms_any(made) ? made->rules->gemms_open(made, error) : BG_OK;
    if (status != BG_OK) {
        bg_gemms_free(made);
        return status;
    }
    *gemms = made;
    return BG_OK;
}

void bg_gemms_free(bg_gemms *gemms)
{
    if (!gemms)
        return;
    gemms->rules->gemms_close(gemms);
    memory_release(gemms);
}

bool bg_gemms_any(const bg_gemms *gemms)
{
    return !gemms->trainer->cut.vectors;
}

void bg_gemms_run(bg_gemms *gemms, uint64_t epochs)
{
    if (bg_gemms_any(gemms))
        gemms->rules->gemms_run(gemms, epochs);
}
