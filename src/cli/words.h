/* The word somebody probably meant. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stddef.h>

/* Gives candidate i, or NULL past the end. */
typedef const char *word_list(const void *context, size_t i);

/* The candidate nearest to `word`, or NULL when none is near enough to be worth saying. */
const char *nearest_word(const char *word, word_list *list, const void *context);

#endif
