/* The file of measured cuts: what was kept is found, what is damaged is passed over. */
#include <sys/wait.h>

#include "io_files.h"

static const size_t widths[] = {20, 30, 5}, wider[] = {20, 31, 5};
static const bg_activation units[] = {BG_TANH, BG_IDENTITY};
static const bg_net_spec shape = {BG_F32, 2, widths, units};
static const bg_tuning kept = {48, 6, 0.5, 0.75, 0};
enum { PROCESSES = 8 };

static const char *path(void)
{
    static char name[64];
    snprintf(name, sizeof name, "%s/wisdom", folder);
    return name;
}

static bg_train_options defaults(void)
{
    bg_train_options options;
    bg_train_defaults(&options);
    return options;
}

static void keep(const bg_net_spec *spec, size_t rows, const bg_tuning *tuning)
{
    bg_error error;
    bg_train_options options = defaults();
    ck_assert_int_eq(bg_wisdom_keep(path(), spec, &options, rows, tuning, &error), BG_OK);
}

/* Rows of the tile that is found, 0: none. */
static size_t find(const bg_net_spec *spec, const bg_train_options *options, size_t rows,
                   uint64_t *bad_line)
{
    bg_error error;
    bg_tuning tuning = {0};
    bool found;
    ck_assert_int_eq(bg_wisdom_find(path(), spec, options, rows, &tuning, &found, bad_line, &error),
                     BG_OK);
    return found ? tuning.tile_rows : 0;
}

static void put(const char *bytes, size_t size)
{
    bg_error error;
    ck_assert_int_eq(bg_file_write(path(), bytes, size, &error), BG_OK);
}

static size_t read_back(char *bytes, size_t room)
{
    FILE *f = fopen(path(), "r");
    size_t size = f ? fread(bytes, 1, room - 1, f) : 0;
    if (f)
        fclose(f);
    bytes[size] = 0;
    return size;
}

START_TEST(what_is_kept_is_found_and_nothing_else)
{
    bg_train_options options = defaults();
    uint64_t bad;
    ck_assert_uint_eq(find(&shape, &options, 1000, &bad), 0);
    keep(&shape, 1000, &kept);
    bg_tuning tuning;
    bool found;
    bg_error error;
    ck_assert_int_eq(bg_wisdom_find(path(), &shape, &options, 1000, &tuning, &found, &bad, &error),
                     BG_OK);
    ck_assert(found && bad == 0);
    ck_assert_uint_eq(tuning.tile_rows, 48);
    ck_assert_uint_eq(tuning.slots, 6);
    ck_assert_double_eq(tuning.seconds, 0.5);
    ck_assert_double_eq(tuning.estimate, 0.75);
    bg_net_spec other = shape;
    ck_assert_uint_eq(find(&shape, &options, 1001, &bad), 0);
    options.optimizer = BG_RMSPROP;
    ck_assert_uint_eq(find(&shape, &options, 1000, &bad), 0);
    options = defaults();
    other.widths = wider;
    ck_assert_uint_eq(find(&other, &options, 1000, &bad), 0);
    other = shape;
    other.dtype = BG_F64;
    ck_assert_uint_eq(find(&other, &options, 1000, &bad), 0);
    options.objective.loss = BG_SSE;
    ck_assert_uint_eq(find(&shape, &options, 1000, &bad), 0);
}
END_TEST

/* The result of a run must not depend on its threads. */
START_TEST(threads_are_no_part_of_the_key)
{
    uint64_t bad;
    bg_train_options options = defaults();
    keep(&shape, 1000, &kept);
    for (options.threads = 1; options.threads < 9; options.threads++)
        ck_assert_uint_eq(find(&shape, &options, 1000, &bad), 48);
}
END_TEST

START_TEST(a_new_measurement_replaces_the_old_one)
{
    bg_train_options options = defaults();
    uint64_t bad;
    char text[4096];
    bg_tuning newer = kept;
    newer.tile_rows = 64;
    keep(&shape, 1000, &kept);
    keep(&shape, 2000, &kept);
    keep(&shape, 1000, &newer);
    ck_assert_uint_eq(find(&shape, &options, 1000, &bad), 64);
    ck_assert_uint_eq(find(&shape, &options, 2000, &bad), 48);
    read_back(text, sizeof text);
    size_t lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, 3);
}
END_TEST

START_TEST(bad_lines_are_named_and_passed_over)
{
    static const char *const bad_lines[] = {
        "",
        "nonsense",
        "\t\t\t\t\t\t\t\t\t\t1\t1\t1\t1",
        "a\tb\tc\td\te\tf\tg\th\ti\tj\t48\t6\t1",
        "a\tb\tc\td\te\tf\tg\th\ti\tj\t48\t6\t1\t1\t1",
        "a\tb\tc\td\te\tf\tg\th\ti\tj\t4.5\t6\t1\t1",
        "a\tb\tc\td\te\tf\tg\th\ti\tj\t48\t-6\t1\t1",
        "a\tb\tc\td\te\tf\tg\th\ti\tj\t48\t6\tnan\t1",
        "a\tb\tc\td\te\tf\tg\th\ti\tj\t99999999\t6\t1\t1",
        "a\tb\tc\td\te\tf\tg\th\ti\x01\tj\t48\t6\t1\t1",
    };
    bg_train_options options = defaults();
    uint64_t bad;
    char text[4096], damaged[8192];
    keep(&shape, 1000, &kept);
    size_t size = read_back(text, sizeof text);
    for (size_t i = 0; i < sizeof bad_lines / sizeof *bad_lines; i++) {
        size_t length = (size_t)snprintf(damaged, sizeof damaged, "%s%s\n", text, bad_lines[i]);
        put(damaged, length);
        ck_assert_uint_eq(find(&shape, &options, 1000, &bad), 48);
        ck_assert_uint_eq(bad, 3);
    }
    keep(&shape, 1000, &kept); /* drops it */
    ck_assert_uint_eq(read_back(damaged, sizeof damaged), size);
    ck_assert_str_eq(damaged, text);
}
END_TEST

START_TEST(a_file_cut_anywhere_breaks_nothing)
{
    bg_train_options options = defaults();
    uint64_t bad;
    char text[4096];
    keep(&shape, 2000, &kept);
    keep(&shape, 1000, &kept);
    size_t size = read_back(text, sizeof text);
    for (size_t cut = 0; cut < size; cut += cut + 40 < size ? 13 : 1) {
        put(text, cut);
        size_t rows = find(&shape, &options, 1000, &bad);
        ck_assert(rows == 0 || rows == 48);
        ck_assert(rows == 48 ? cut + 10 > size : true);
    }
}
END_TEST

START_TEST(another_file_is_not_overwritten)
{
    static const char precious[] = "dear diary\n";
    bg_train_options options = defaults();
    bg_error error;
    uint64_t bad;
    char text[64];
    put(precious, sizeof precious - 1);
    ck_assert_uint_eq(find(&shape, &options, 1000, &bad), 0);
    ck_assert_uint_eq(bad, 1);
    ck_assert_int_eq(bg_wisdom_keep(path(), &shape, &options, 1000, &kept, &error), BG_E_DATA);
    read_back(text, sizeof text);
    ck_assert_str_eq(text, precious);
    ck_assert_int_eq(bg_wisdom_keep("/nowhere/at/all", &shape, &options, 1000, &kept, &error),
                     BG_E_IO);
}
END_TEST

START_TEST(processes_at_once_lose_nothing)
{
    bg_train_options options = defaults();
    uint64_t bad;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] == 0) {
            for (size_t k = 0; k < 3; k++)
                keep(&shape, 100 + 3 * (size_t)i + k, &kept);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    for (size_t rows = 100; rows < 100 + 3 * PROCESSES; rows++)
        ck_assert_uint_eq(find(&shape, &options, rows, &bad), 48);
}
END_TEST
int main(void)
{
    const TTest *const tests[] = {
        what_is_kept_is_found_and_nothing_else, threads_are_no_part_of_the_key,
        a_new_measurement_replaces_the_old_one, bad_lines_are_named_and_passed_over,
        a_file_cut_anywhere_breaks_nothing,     another_file_is_not_overwritten,
        processes_at_once_lose_nothing,         NULL};
    return run_suite("wisdom", tests);
}
