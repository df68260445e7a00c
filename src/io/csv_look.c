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
    bool number;           /* the first cell is one */
    size_t below, numbers; /* cells below the first, and numbers among them */
    size_t words;          /* neither numbers nor missing */
    bool plain;            /* a number below is written without point and exponent */
    bool repeated;         /* the first cell occurs again */
    double low, high;      /* of the finite numbers below; low > high: there are none */
} look;

typedef struct sample {
    look *look; /* columns of them, owned */
    size_t columns;
    bool steps; /* below the numbers of the first record, one rises or falls in equal steps */
} sample;

enum { FEW = 4, MANY = 16 }; /* numbers that count */

/* A record on its way. */
typedef struct run {
    size_t count;
    double last, step;
    bool even;
} run;

static void run_on(run *r, bool number, double value)
{
    const double rounding = 1e-6;
    double step = value - r->last;
    if (r->count == 1)
        r->step = step;
    r->even &= number && (r->count == 0 ||
                          (fabs(r->step) > 0 && fabs(step - r->step) <= rounding * fabs(r->step)));
    r->last = value;
    r->count++;
}

static bg_status look_at_first(csv_scan *s, const sample *on, bg_error *error)
{
    bool last;
    for (size_t c = 0; c < on->columns; c++) {
        look *l = &on->look[c];
        TRY(csv_next(s, &l->first, &last, error));
        l->number = csv_is_number(&l->first);
        l->low = (double)INFINITY;
        l->high = -(double)INFINITY;
    }
    return BG_OK;
}

static void look_at_cell(look *l, const csv_cell *cell, run *r)
{
    double value = 0;
    bool number = number_parse(cell->text, cell->length, &value);
    l->below++;
    l->numbers += number;
    l->words += !number && !csv_is_missing(cell);
    l->repeated |=
        cell->length == l->first.length && memcmp(cell->text, l->first.text, cell->length) == 0;
    if (number && isfinite(value)) {
        bool point = memchr(cell->text, '.', cell->length) != NULL;
        l->plain |= !point && !memchr(cell->text, 'e', cell->length) &&
                    !memchr(cell->text, 'E', cell->length);
        l->low = fmin(l->low, value);
        l->high = fmax(l->high, value);
    }
    if (l->number)
        run_on(r, number, value);
}

/* Stops at whatever is wrong: the reader will say so. */
static void look_below(csv_scan *s, sample *on)
{
    for (size_t record = 1; record < SAMPLE && s->at < s->end; record++) {
        csv_skip_blank_lines(s);
        run r = {.even = true};
        bool last = s->at == s->end;
        for (size_t c = 0; !last; c++) {
            csv_cell cell;
            if (csv_next(s, &cell, &last, NULL) != BG_OK || c >= on->columns)
                return;
            look_at_cell(&on->look[c], &cell, &r);
        }
        on->steps |= r.even && r.count >= FEW;
    }
}

/* How many numbers of the first record count 0, 1, 2, ... or 1, 2, 3, ...; 0: they do not. */
static size_t count_numbers(const sample *on, uint64_t *origin)
{
    uint64_t number;
    size_t count = 0;
    for (size_t c = 0; c < on->columns; c++) {
        const csv_cell *cell = &on->look[c].first;
        if (!on->look[c].number)
            continue;
        if (!number_parse_count(cell->text, cell->length, &number))
            return 0;
        if (!count)
            *origin = number;
        if (number != *origin + count)
            return 0;
        count++;
    }
    return count >= FEW && *origin <= 1 ? count : 0;
}

/* Could numbers that count not be data?  A number over nothing but words is none.  Otherwise most
 * of them must be outside of what is below, or be written otherwise, and no row below may look like
 * a count as well; few must count from 0, as pandas has it, since people count from 1 when they
 * make up data. */
static bool is_no_data(const sample *on, uint64_t origin, size_t numbers)
{
    size_t foreign = 0, written = 0, number = 0;
    bool over_words = false;
    for (size_t c = 0; c < on->columns; c++) {
        const look *l = &on->look[c];
        if (!l->below || (!l->number && (l->repeated || csv_is_missing(&l->first))))
            return false;
        if (!l->number)
            continue;
        double value = (double)(origin + number++);
        over_words |= l->words == l->below && l->words > 1;
        written += !l->plain;
        foreign += !l->plain || value < l->low || value > l->high;
    }
    bool enough = numbers >= MANY || (origin == 0 && written);
    return over_words || (enough && !on->steps && 2 * foreign > numbers);
}

/* Has the first record all names of the schema's inputs?  They mostly follow each other. */
static bool has_names(const sample *on, const bg_schema *schema)
{
    size_t at = 0;
    for (size_t i = 0; i < bg_schema_inputs(schema); i++) {
        const char *name = bg_schema_input_name(schema, i);
        bool found = false;
        for (size_t tried = 0; name && tried < on->columns && !found; tried++) {
            const csv_cell *cell = &on->look[at].first;
            found = strlen(name) == cell->length && memcmp(name, cell->text, cell->length) == 0;
            at = (at + 1) % on->columns;
        }
        if (!found)
            return false;
    }
    return true;
}

static csv_header judge(const sample *on, const bg_schema *schema)
{
    size_t numbers = 0, missing = 0, words_over_numbers = 0, repeated = 0;
    for (size_t c = 0; c < on->columns; c++) {
        const look *l = &on->look[c];
        bool mostly = 2 * l->numbers > l->below;
        numbers += l->number;
        missing += csv_is_missing(&l->first);
        words_over_numbers += !l->number && mostly && !csv_is_missing(&l->first);
        repeated += l->repeated;
    }
    uint64_t origin = 0;
    size_t counted = count_numbers(on, &origin);
    if (schema && has_names(on, schema))
        return CSV_HEADER;
    /* "label,0,1,2,…": numbers that count are names beside a word that is one. */
    if (words_over_numbers)
        return counted || words_over_numbers > numbers ? CSV_HEADER : CSV_NO_HEADER;
    if (numbers)
        return counted && !schema && is_no_data(on, origin, counted) ? CSV_GUESSED_HEADER
                                                                     : CSV_NO_HEADER;
    return !repeated && !missing ? CSV_HEADER : CSV_NO_HEADER; /* words over words */
}

bg_status csv_find_header(const csv_scan *start, size_t columns, const bg_schema *schema,
                          csv_header *header, bg_error *error)
{
    csv_scan s = *start;
    sample on = {memory_zeroed(columns, sizeof(look)), columns, false};
    if (!on.look)
        return fail_memory(error, start->file);
    bg_status status = look_at_first(&s, &on, error);
    if (status == BG_OK) {
        look_below(&s, &on);
        *header = judge(&on, schema);
    }
    memory_release(on.look);
    return status;
}
