/* What losses and gradients might be instead of the engine's. */
#ifndef SHEET_COMPARE_GUESS_H
#define SHEET_COMPARE_GUESS_H

#include "sheet/compare.h"

/* What a guess answers: the loss, or the gradient, of a step. */
typedef struct question {
    compare_quantity quantity;
    size_t step;
    const bg_data *data;
    double *answer; /* one number, or a flat vector; not finite where there is none */
} question;

typedef struct guess {
    size_t (*variants)(const bg_recording *r);
    bg_status (*predict)(examiner *x, size_t variant, const question *q, bg_error *error);
    void (*describe)(const bg_recording *r, size_t variant, char words[COMPARE_WORDS]);
} guess;

/* Another objective, the first guess, would show in the loss. */
enum { GUESS_OBJECTIVE, GUESSES = 6 };
extern const guess compare_guesses[GUESSES];

/* The engine's answer for a network and an objective. */
bg_status ask_engine(const bg_net *net, const bg_objective *o, const question *q,
                     const bg_data *data, bg_error *error);

#endif
