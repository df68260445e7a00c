/* A recorded run beside the engine's: what differs first, and the convention that explains it.
 *
 * Three questions are asked of every step, each starting from the recorded numbers, so that one
 * answer does not depend on another: the loss and the gradient at the recorded parameters, and the
 * new parameters from the recorded gradients so far.  Beside that the engine makes the whole run by
 * itself, from the start parameters alone; how far it drifts away is told. */
#ifndef SHEET_COMPARE_H
#define SHEET_COMPARE_H

#include "net/recording.h"
#include "sheet/text.h"

typedef enum compare_quantity {
    COMPARE_LOSS,
    COMPARE_GRADIENT,
    COMPARE_PARAMETERS,
    COMPARE_QUANTITIES
} compare_quantity;

enum { COMPARE_WORDS = 400 };

/* What is said of loss and gradient where the convention of the update explains it. */
#define AHEAD "it is taken ahead, see the new parameters"

/* The first step at which a quantity differs. */
typedef struct finding {
    bool there;
    size_t step;       /* from 0 */
    size_t first, end; /* its tensor's range in the flat vector */
    size_t index;      /* of the largest difference, in the flat vector */
    double recorded, engine;
    double ulp;                /* between the two, in units of the recorded number's last place */
    size_t differing;          /* numbers of the tensor beyond the tolerance */
    char words[COMPARE_WORDS]; /* the convention that explains it; empty: none found */
    size_t explained;          /* steps that agree by it, from the first difference on */
} finding;

/* Errors of a step, in units of the tolerance: above 1 is a difference. */
typedef struct compare_step {
    double error[COMPARE_QUANTITIES];
    double drift; /* of the engine's own run after the step: largest difference of a parameter over
                     the largest parameter of its tensor */
} compare_step;

struct bg_comparison {
    const bg_recording *r; /* borrowed */
    double tolerance;      /* relative to the size of the terms */
    compare_step *step;    /* one for each step; owned */
    finding found[COMPARE_QUANTITIES];
};

/* What the questions share.  All vectors are flat, ordered as by bg_gradient. */
typedef struct examiner {
    const bg_recording *r;
    double tolerance;
    bg_net *net;        /* at the recorded parameters of the step; owned */
    double *gradient;   /* owned */
    double *parameters; /* owned */
    double *scale;      /* owned */
} examiner;

/* The part of the flat vector that index i belongs to: layer (from 1), weight or bias. */
typedef struct tensor_place {
    size_t layer, first, weights, end; /* weights: where the bias begins */
} tensor_place;
tensor_place tensor_find(const bg_recording *r, size_t i);

/* A number of `digits` significant digits at most, for sentences. */
typedef struct brief {
    char text[32];
} brief;
brief brief_number(double value, int digits);

static inline const double *recorded_values(const bg_recording *r, size_t step)
{
    return r->values + step * r->parameters;
}

static inline const double *recorded_gradient(const bg_recording *r, size_t step)
{
    return r->gradients + step * r->parameters;
}

/* Largest |got - want| / (tolerance x scale); scale NULL: the larger of the two vectors' largest
 * numbers in each tensor.  Infinite where `got` is not finite. */
double compare_vectors(const examiner *x, const double *got, const double *want,
                       const double *scale);

/* Scale of the new parameters of a step: what was added up to them. */
void parameter_scale(const bg_recording *r, size_t step, double *scale);

/* The network takes on the recorded parameters before the step. */
void examiner_go(examiner *x, size_t step);

/* Errors against the recording, in units of the tolerance; the network is at the step.  Where a
 * gradient looks different it is measured again by the sizes of all terms, so that cancellation
 * does not count as a difference. */
bg_status gradient_error(examiner *x, size_t step, const bg_data *data, const double *gradient,
                         double *units, bg_error *error);
double loss_error(const examiner *x, size_t step, double loss);

/* Back-propagation row by row in double, by the textbook, in ways that are not the engine's. */
typedef struct backward_way {
    bool sizes;      /* sizes of all terms added up instead of the terms */
    bool kinks;      /* relu and leaky_relu have the right side's derivative at 0 */
    bool no_hidden;  /* f' left out in the hidden layers */
    bool no_output;  /* f' left out in the last layer: squares only */
    bool transposed; /* delta goes back through W instead of its transpose, where W is square */
    const double *through; /* delta goes back through these parameters instead; NULL: the net's */
} backward_way;

/* Gradient of the loss without its penalty.  x->net holds the recorded parameters `values`. */
bg_status backward_gradient(const examiner *x, const double *values, const bg_data *data,
                            const backward_way *way, double *gradient, bg_error *error);

/* Try the known conventions on a finding and fill in words and explained.  *ahead: the convention
 * takes gradients elsewhere, which explains their difference as well. */
bg_status explain_objective(examiner *x, compare_quantity quantity, bool loss_agrees, finding *f,
                            bg_error *error);
bg_status explain_update(examiner *x, finding *f, bool *ahead, bg_error *error);

#endif
