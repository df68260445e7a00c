/* The two precisions of what works on whole data sets, behind one table of functions. */
#ifndef NET_ENGINE_H
#define NET_ENGINE_H

#include "net/dataset.h"
#include "net/net.h"
#include "net/plan.h"

struct bg_trace {
    size_t layers;
    /* Layer l at [l], a and pull also at [0]; all carved from `values`, owned. */
    double **z, **a, **delta, **slope, **pull;
    double *values;           /* owned */
    double loss;
};

struct bg_trainer {
    const struct engine *engine;
    bg_net *net;         /* borrowed */
    const bg_data *data; /* borrowed */
    bg_train_options options;
    plan cut;
    int threads; /* never more than the plan has use for */
    uint64_t steps_per_epoch;
    bg_progress progress;
    bg_fit fit;           /* lm, lstsq */
    const bg_net *layout; /* of the state vectors; borrowed */
    uint64_t followed;    /* net->version that state which holds parameters (lm) goes with */
    void *own;            /* of the engine, owned */
};

/* What trainer_open would take. */
typedef struct trainer_size {
    size_t vectors; /* of optimizer state */
    size_t state;   /* bytes of all that lasts from step to step, but for data and parameters */
    size_t scratch; /* bytes of tiles, gradients, transposed weights */
} trainer_size;

/* One row for a precision; arguments as in the public functions, already checked. */
typedef struct engine {
    bg_status (*predict)(const bg_net *net, const bg_data *data, int threads, double *outputs,
                         bg_error *error);
    bg_status (*loss)(const bg_net *net, const bg_objective *objective, const bg_data *data,
                      int threads, double *value, bg_error *error);
    bg_status (*gradient)(const bg_net *net, const bg_objective *objective, const bg_data *data,
                          int threads, double *value, double *gradient, bg_error *error);
    bg_status (*trace)(const bg_net *net, const bg_objective *objective, const bg_data *data,
                       size_t row, bg_trace *trace, bg_error *error);
    bg_engine (*layer_engine)(const bg_net *net, const plan *cut, size_t l);
    /* Both of a trainer that is prepared and not open.  NULL: it takes no steps that a plan could
     * cut; it takes what trainer_prepare takes. */
    trainer_size (*trainer_measure)(const bg_trainer *trainer);
    bg_status (*trainer_check)(const bg_trainer *trainer, bg_error *error);
    bg_status (*trainer_open)(bg_trainer *trainer, bg_error *error);
    void (*trainer_close)(bg_trainer *trainer);
    bg_status (*trainer_run)(bg_trainer *trainer, uint64_t epochs, bg_error *error);
    /* False: a value of the gradient is not finite in this precision. */
    bool (*trainer_apply)(bg_trainer *trainer, const double *gradient);
    /* Says where the first value that is not finite stands with the parameters as they are, then
     * puts the last good ones back.  Returns BG_E_DIVERGED. */
    bg_status (*trainer_explain)(bg_trainer *trainer, bg_error *error);
    size_t (*trainer_vectors)(const bg_trainer *trainer);
    void *(*trainer_state)(const bg_trainer *trainer,
                           size_t vector); /* laid out like layout->values */
} engine;

extern const engine engine_f32, engine_f64, engine_lbfgs_f32, engine_lbfgs_f64;

const engine *engine_find(bg_dtype dtype);

/* What a caller asked for, or the default for 0.  BG_E_ARGUMENT. */
bg_status threads_resolve(int asked, int *threads, bg_error *error);

/* What a run would be, up to its memory: everything but `own`.  Looks at the shape of net and the
 * row count of data only. */
bg_status trainer_prepare(bg_net *net, const bg_data *data, const bg_train_options *options,
                          bg_trainer *trainer, bg_error *error);

/* BG_E_ARGUMENT: the optimizer is none that takes steps along a gradient. */
bg_status trainer_check_steps(const bg_trainer *trainer, bg_error *error);

/* The loss in the network's own precision, for trainers that work in both. */
bg_status engine_loss(const bg_net *net, const bg_objective *objective, const bg_data *data,
                      int threads, double *value, bg_error *error);

/* What every public function asks of data with targets and of an objective. */
bg_status engine_check(const bg_net *net, const bg_objective *objective, const bg_data *data,
                       bg_error *error);

#endif
