#include "io/fann_data.h"

#include <math.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"
#include "io/range.h"
#include "io/words.h"
#include "net/table.h"

enum { ROWS, INPUTS, OUTPUTS, COUNTS };

static bool read_counts(word_scan *s, uint64_t count[COUNTS], word *wrong)
{
    for (size_t i = 0; i < COUNTS; i++)
        if (!words_next_in_line(s, wrong) ||
            !number_parse_count(wrong->text, wrong->length, &count[i]) || count[i] == 0)
            return false;
    return !words_next_in_line(s, wrong);
}

/* Has the line after this one so many words? */
static bool next_line_has(word_scan *s, uint64_t words)
{
    word w;
    uint64_t found = 0;
    if (!words_next_line(s))
        return false;
    while (found <= words && words_next_in_line(s, &w))
        found++;
    return found == words;
}

/* "0 2 1" and nothing else: no row of numbers, but a file whose rows were all left out. */
static bool promises_no_rows(const input *in)
{
    word_scan s = words_start(in, 0);
    word w;
    uint64_t count[COUNTS];
    size_t i = 0;
    while (words_next(&s, &w) && i < COUNTS && number_parse_count(w.text, w.length, &count[i]))
        i++;
    return i == COUNTS && w.length == 0 && count[ROWS] == 0;
}

bool fann_recognise(const input *in)
{
    word_scan s = words_start(in, 0);
    uint64_t count[COUNTS];
    word wrong;
    if (input_has_suffix(in, ".train .test .data") && promises_no_rows(in))
        return true;
    return read_counts(&s, count, &wrong) &&
           (input_has_suffix(in, ".train .test .data") ||
            (next_line_has(&s, count[INPUTS]) && next_line_has(&s, count[OUTPUTS])));
}

static bg_status read_header(const input *in, word_scan *s, uint64_t count[COUNTS], size_t *columns,
                             bg_error *error)
{
    enum { BYTES = 2 }; /* a digit and a space: no number takes less */
    word wrong;
    size_t numbers;
    if (!read_counts(s, count, &wrong))
        return fail_at(error, BG_E_DATA, in->name, wrong.line, wrong.column,
                       "expected a line with the counts of rows, inputs and outputs, each from 1");
    if (__builtin_add_overflow(count[INPUTS], count[OUTPUTS], columns) ||
        !size_product(count[ROWS], *columns, &numbers) || numbers > in->size / BYTES + 1)
        return fail_at(error, BG_E_DATA, in->name, 1, 1,
                       "%zu bytes cannot hold the numbers that this line promises", in->size);
    return BG_OK;
}

/* row is kept into row row - keep.first of the table, or only checked. */
static bg_status read_row(const input *in, word_scan *s, size_t row, row_range keep, bg_table *t,
                          bg_error *error)
{
    for (size_t c = 0; c < t->columns; c++) {
        word w;
        double value;
        if (!words_next(s, &w))
            return fail_at(error, BG_E_DATA, in->name, w.line, w.column,
                           "the file ends in row %zu of %zu, before number %zu of %zu", row + 1,
                           t->file_rows, c + 1, t->columns);
        if (!number_parse(w.text, w.length, &value))
            return fail_at(error, BG_E_DATA, in->name, w.line, w.column,
                           "expected a number, found \"%.*s\"", words_shown(w.text, w.length),
                           w.text);
        if (row < keep.first || row - keep.first >= keep.count)
            continue;
        if (isfinite(value))
            table_set(t, row - keep.first, c, value);
        else if (!table_fault(t, c, w.line, w.column, "expected a finite number, found \"%.*s\"",
                              words_shown(w.text, w.length), w.text))
            return fail_memory(error, in->name);
    }
    return BG_OK;
}

static bg_status read_rows(const input *in, word_scan *s, row_range keep, bg_table *t,
                           bg_error *error)
{
    word w;
    for (size_t row = 0; row < t->file_rows; row++)
        TRY(read_row(in, s, row, keep, t, error));
    if (words_next(s, &w))
        return fail_at(error, BG_E_DATA, in->name, w.line, w.column,
                       "expected the end of the file after %zu rows, found \"%.*s\"", t->file_rows,
                       words_shown(w.text, w.length), w.text);
    return BG_OK;
}

bg_status fann_read(const input *in, const bg_read_options *options, bg_table **table,
                    bg_error *error)
{
    word_scan s = words_start(in, 0);
    uint64_t count[COUNTS];
    size_t columns = 0;
    row_range keep;
    bg_table *t;
    TRY(read_header(in, &s, count, &columns, error));
    TRY(range_keep(in->name, options, (size_t)count[ROWS], &keep, error));
    TRY(table_create(in->name, keep.count, columns, BG_F64, &t, error));
    t->file_rows = (size_t)count[ROWS];
    t->target_asked = true;
    for (size_t c = (size_t)count[INPUTS]; c < columns; c++)
        t->target[t->target_count++] = c;
    bg_status status = read_rows(in, &s, keep, t, error);
    if (status != BG_OK) {
        bg_table_free(t);
        return status;
    }
    *table = t;
    return BG_OK;
}
