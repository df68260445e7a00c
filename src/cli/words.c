#include "words.h"

#include <string.h>

#define WORD_MAX 40

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, changes and swaps of neighbours that make `a` into `b` (restricted Damerau
 * and Levenshtein distance), three rows of the table at a time. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]), least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *nearest_word(const char *word, word_list *list, const void *context)
{
    size_t length = strlen(word), best = length / 2 + 1;
    const char *nearest = NULL;
    if (!length || length > WORD_MAX)
        return NULL;
    const char *candidate;
    for (size_t i = 0; (candidate = list(context, i)); i++) {
        if (strlen(candidate) > WORD_MAX)
            continue;
        /* The beginning of a word counts as one slip. */
        size_t distance = strncmp(word, candidate, length) ? edit_distance(word, candidate) : 1;
        if (distance < best || (distance == best && !nearest)) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}
