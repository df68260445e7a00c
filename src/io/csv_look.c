#include "io/csv_look.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/status.h"

enum { SAMPLE = 16 }; /* records looked at */

bool csv_is_missing(const csv_cell *cell)
{
    static const char *const words[] = {"",     "?",   "-",    ".",    "na", "n/a",
                                        "#n/a", "nan", "null", "none", "nil"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == cell->length &&
            strncasecmp(words[i], cell->text, cell->length) == 0)
            return true;
    return false;
}

bool csv_is_number(const csv_cell *cell)
{
    double value;
    return number_parse(cell->text, cell->length, &value);
}

/* ---------------------------------------------------------------------------- separator --- */

typedef struct cut {
    size_t first; /* cells of the first record */
    bool even;    /* every record has so many, and it is more than one */
    bool numbers; /* some cell after the first record is a number */
} cut;

static cut try_separator(csv_scan s, char separator)
{
    cut found = {0, true, false};
    bool stray = false; /* a quote inside a cell: the cut went through a quoted one */
    csv_set_separator(&s, separator);
    for (size_t record = 0; record < SAMPLE; record++) {
        csv_skip_blank_lines(&s);
        if (record && s.at == s.end)
            break;
        size_t cells = 0;
        for (bool last = false; !last; cells++) {
            csv_cell cell;
            if (csv_next(&s, &cell, &last, NULL) != BG_OK)
                return (cut){found.first, false, false};
            stray |= !cell.quoted && memchr(cell.text, '"', cell.length);
            found.numbers |= csv_is_number(&cell);
        }
        found.even &= cells > 1 && (!record || cells == found.first);
        found.first = record ? found.first : cells;
    }
    found.even &= !stray;
    return found;
}

char csv_find_separator(const csv_scan *start)
{
    static const char candidates[] = {'\t', ';', ','};
    char most = ',';
    size_t most_cells = 1;
    for (size_t i = 0; i < sizeof candidates; i++) {
        cut found = try_separator(*start, candidates[i]);
        if (found.even)
            return candidates[i];
        if (found.first > most_cells) {
            most = candidates[i];
            most_cells = found.first;
        }
    }
    /* Sentences have spaces too: only numbers between them make a table. */
    cut spaces = try_separator(*start, ' ');
    bool plain = most_cells == 1 || most == '\t';
    return plain && spaces.even && spaces.numbers ? ' ' : most;
}

/* ------------------------------------------------------------------------------- header --- */

/* One column of the sample. */
typedef struct look {
    csv_cell first;
    size_t below, numbers; /* cells below the first, and numbers among them */
    bool fraction;         /* a number below is not whole */
    bool repeated;         /* the first cell occurs again */
} look;

static bg_status look_at_first(csv_scan *s, look *looks, size_t columns, bg_error *error)
{
    bool last;
    for (size_t c = 0; c < columns; c++)
        TRY(csv_next(s, &looks[c].first, &last, error));
    return BG_OK;
}

static void look_at_cell(look *l, const csv_cell *cell)
{
    double value;
    l->below++;
    l->repeated |=
        cell->length == l->first.length && memcmp(cell->text, l->first.text, cell->length) == 0;
    if (!number_parse(cell->text, cell->length, &value))
        return;
    l->numbers++;
    l->fraction |= isfinite(value) && value != floor(value);
}

/* Stops at whatever is wrong: the reader will say so. */
static void look_below(csv_scan *s, look *looks, size_t columns)
{
    for (size_t record = 1; record < SAMPLE && s->at < s->end; record++) {
        csv_skip_blank_lines(s);
        bool last = s->at == s->end;
        for (size_t c = 0; !last; c++) {
            csv_cell cell;
            if (csv_next(s, &cell, &last, NULL) != BG_OK || c >= columns)
                return;
            look_at_cell(&looks[c], &cell);
        }
    }
}

/* Column names that were never given: all cells count from 0 or from 1.  Rows of data may do so
 * too, so there must be many, or numbers below that do not count anything. */
static bool is_counting(const look *looks, size_t columns)
{
    enum { FEW = 4, MANY = 16 };
    uint64_t origin, number;
    bool fraction = false;
    if (columns < FEW || !number_parse_count(looks[0].first.text, looks[0].first.length, &origin))
        return false;
    for (size_t c = 0; c < columns; c++) {
        const csv_cell *cell = &looks[c].first;
        if (!number_parse_count(cell->text, cell->length, &number) || number != origin + c)
            return false;
        fraction |= looks[c].fraction;
    }
    return origin <= 1 && looks[0].below && (fraction || columns >= MANY);
}

static bool is_header(const look *looks, size_t columns)
{
    size_t numbers = 0, missing = 0, words_over_numbers = 0, repeated = 0;
    for (size_t c = 0; c < columns; c++) {
        bool number = csv_is_number(&looks[c].first);
        bool mostly = 2 * looks[c].numbers > looks[c].below;
        numbers += number;
        missing += csv_is_missing(&looks[c].first);
        words_over_numbers += !number && mostly && !csv_is_missing(&looks[c].first);
        repeated += looks[c].repeated;
    }
    /* "label,0,1,2,…": numbers that count are names beside a word that is one. */
    if (numbers && words_over_numbers && is_counting(looks + 1, columns - 1))
        return true;
    if (words_over_numbers)
        return words_over_numbers > numbers;
    if (numbers)
        return is_counting(looks, columns);
    return !repeated && !missing; /* words over words */
}

bg_status csv_find_header(const csv_scan *start, size_t columns, bool *header, bg_error *error)
{
    csv_scan s = *start;
    look *looks = memory_zeroed(columns, sizeof *looks);
    if (!looks)
        return fail_memory(error, start->file);
    bg_status status = look_at_first(&s, looks, columns, error);
    if (status == BG_OK) {
        look_below(&s, looks, columns);
        *header = is_header(looks, columns);
    }
    memory_release(looks);
    return status;
}
