#include "machine.h"

#include <string.h>

#include "help.h"
#include "talk.h"

int machine_describe(bg_machine *machine)
{
    bg_error error;
    return bg_machine_describe(machine, &error) == BG_OK ? EXIT_DONE : complain_error(&error);
}

void machine_add_json(json *j, const char *name, const bg_machine *m)
{
    json_begin(j, name, '{');
    json_text(j, "version", bg_version());
    json_text(j, "cpu", m->cpu);
    json_text(j, "widest", m->widest);
    json_text(j, "kernels", m->kernels);
    json_count(j, "processors", (uint64_t)m->processors);
    json_count(j, "affinity", (uint64_t)m->affinity);
    json_number(j, "quota", m->quota, BG_F64);
    json_count(j, "threads", (uint64_t)m->threads);
    json_count(j, "l1d", m->l1d);
    json_count(j, "l2", m->l2);
    json_count(j, "l3", m->l3);
    json_count(j, "memory", m->memory);
    json_text(j, "blas", m->blas);
    json_text(j, "blas_config", m->blas_config);
    json_text(j, "blas_core", m->blas_core);
    json_text(j, "blas_kernels", m->blas_kernels);
    json_text(j, "blas_threading", m->blas_threading);
    json_flag(j, "blas_is_narrow", m->blas_is_narrow);
    json_flag(j, "blas_obeys", m->blas_obeys);
    json_flag(j, "blas_spins", m->blas_spins);
    json_count(j, "team", (uint64_t)m->team);
    json_count(j, "team_processors", (uint64_t)m->team_processors);
    json_text(j, "coretype", m->coretype);
    json_text(j, "l2_size", m->l2_size);
    json_text(j, "locale", m->locale);
    json_flag(j, "locale_exists", m->locale_exists);
    json_text(j, "charset", m->locale_charset);
    json_text(j, "decimal_point", m->decimal_point);
    json_end(j, '}');
}

/* "48K", "2M", "unknown" */
static void add_bytes(text *out, size_t bytes)
{
    static const char units[] = "KMGT";
    size_t unit = 0;
    double size = (double)bytes / 1024;
    for (; size >= 1024 && units[unit + 1]; unit++)
        size /= 1024;
    if (bytes)
        text_format(out, "%.3g%c", size, units[unit]);
    else
        text_add(out, "unknown");
}

static void add_caches(text *out, const bg_machine *m)
{
    text_add(out, "L1d ");
    add_bytes(out, m->l1d);
    text_add(out, ", L2 ");
    add_bytes(out, m->l2);
    text_add(out, ", L3 ");
    add_bytes(out, m->l3);
}

static void add_processors(text *out, const bg_machine *m)
{
    text_format(out, "%d, affinity mask %d, ", m->processors, m->affinity);
    if (m->quota > 0)
        text_format(out, "quota %.3g", m->quota);
    else
        text_add(out, "no quota");
}

static void add_blas(text *out, const bg_machine *m)
{
    text_format(out, "%s, %s build, core %s (%s)", m->blas, m->blas_threading, m->blas_core,
                m->blas_kernels ? m->blas_kernels : "unknown to backgemm");
}

static const char *or_unset(const char *value)
{
    return value ? value : "not set";
}

void machine_add_text(text *out, const bg_machine *m)
{
    text_format(out, "cpu           %s\n", *m->cpu ? m->cpu : "unknown");
    text_format(out, "instructions  %s; kernels of backgemm: %s\n", m->widest, m->kernels);
    text_add(out, "caches        ");
    add_caches(out, m);
    text_add(out, "\nmemory        ");
    add_bytes(out, m->memory);
    text_add(out, "\nprocessors    ");
    add_processors(out, m);
    text_format(out, "\nthreads       %d by default; a team of %d on %d processor%s\n", m->threads,
                m->team, m->team_processors, m->team_processors == 1 ? "" : "s");
    text_add(out, "blas          ");
    add_blas(out, m);
    text_add(out, "\n");
    help_add_wrapped(out, m->blas_config, strlen("blas          "));
    text_format(out, "              told to use one thread, it %s; its idle threads %s\n",
                m->blas_obeys ? "does" : "does not", m->blas_spins ? "spin" : "sleep");
    text_format(out, "              OPENBLAS_CORETYPE %s, OPENBLAS_L2_SIZE %s\n",
                or_unset(m->coretype), or_unset(m->l2_size));
    text_format(out, "locale        %s%s", m->locale, m->locale_exists ? "" : ", not installed\n");
    if (m->locale_exists)
        text_format(out, ", %s, decimal point \"%s\"\n", m->locale_charset, m->decimal_point);
}

void machine_add_header(text *out, const bg_machine *m)
{
    text_format(out, "%s, %s; ", *m->cpu ? m->cpu : "unknown processor", m->widest);
    add_caches(out, m);
    text_add(out, "\nprocessors ");
    add_processors(out, m);
    text_add(out, "\n");
    add_blas(out, m);
    text_format(out, "; backgemm %s, kernels %s\n", bg_version(), m->kernels);
    if (m->blas_is_narrow)
        text_format(out, "warning: the processor has %s, OpenBLAS uses %s: %s\n", m->widest,
                    m->blas_kernels,
                    m->coretype ? "unset OPENBLAS_CORETYPE" : "see backgemm doctor");
}
