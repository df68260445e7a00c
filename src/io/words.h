/* Words between white space, with their places: what svmlight and FANN files are made of. */
#ifndef IO_WORDS_H
#define IO_WORDS_H

#include "io/input.h"

typedef struct word_scan {
    const char *at, *end;   /* borrowed from the input */
    const char *line_start; /* first byte of the line of `at` */
    uint64_t line;          /* from 1 */
    char comment;           /* from this letter on a line says nothing; 0: there are no comments */
} word_scan;

typedef struct word {
    const char *text; /* length of it, borrowed */
    size_t length;
    uint64_t line, column; /* of its first byte, from 1 */
} word;

word_scan words_start(const input *in, char comment);

/* The next word of this line; false at its end, with *next empty and placed there. */
bool words_next_in_line(word_scan *s, word *next);

/* Goes to the next line; false at the end of the file. */
bool words_next_line(word_scan *s);

/* The next word on this line or a later one; false at the end, with *next empty and placed there.
 */
bool words_next(word_scan *s, word *next);

/* Length of a word for printing with %.*s: long ones are cut, between UTF-8 letters. */
int words_shown(const char *text, size_t length);

#endif
