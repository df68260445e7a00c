/* Benchmarks: lines of a grid, checked, then timed in turns. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "machine.h"
#include "options.h"
#include "shape.h"

/* A network and how it is trained; one of those with a name, or --layers. */
typedef struct workload {
    const char *name;  /* borrowed */
    shape shape;       /* owned */
    size_t batch;      /* rows a step */
    size_t epoch_rows; /* rows of the data, when a step takes only a part of them; else 0 */
    bg_loss loss;
    bg_optimizer optimizer;
    bool has_name; /* false: --layers */
} workload;

typedef struct bench_line {
    const workload *work; /* borrowed */
    size_t batch, rows;   /* of a step, of an epoch */
    int threads;          /* asked for */
    bg_dtype dtype;
    bg_train_options options;
    bg_plan plan;
    bg_plan_layer *layers; /* owned */
    bg_net *net;           /* owned, as are the next three */
    bg_data *data;
    bg_trainer *trainer;
    bg_gemms *gemms;
    uint64_t epochs;   /* of a sample */
    double *seconds;   /* of an epoch, by round; owned */
    double *bare;      /* of the bare GEMMs of an epoch, by round; owned */
    size_t peak;       /* index of its FMA peak */
    bg_interval time;  /* results: seconds of an epoch */
    bg_interval ratio; /* of rows a second: this line's over the first one's, paired */
    double flops;      /* of an epoch */
    double gflops, peak_gflops, bare_share;
    double memory; /* bytes, as planned */
    bool noisy;    /* the interval is wide */
} bench_line;

/* The FMA peak of one count of threads in one precision. */
typedef struct bench_peak {
    int threads;
    bg_dtype dtype;
    double *gflops; /* by round; owned */
    bg_interval value;
} bench_peak;

typedef struct bench {
    command *c; /* borrowed */
    bg_machine machine;
    workload *work; /* owned, works of them */
    size_t works;
    bench_line *line; /* owned, lines of them */
    size_t lines;
    bench_peak *peak; /* owned, peaks of them */
    size_t peaks;
    size_t rounds;
    double seconds;       /* of the rounds */
    double stolen, other; /* shares of the processors' time that the host and other programs took */
} bench;

/* Widest spread of an interval around its median that is not called noise. */
#define BENCH_NOISE 0.05

/* Workloads and lines from the command line; says what is wrong. */
int bench_open(command *c, bench *b);
void bench_close(bench *b);

/* Seeded rows for a workload: `count` of them; says what went wrong. */
int bench_rows(const workload *w, bg_dtype dtype, size_t count, uint64_t seed, bg_data **data);

/* Loss and gradient of one step of this line's trainer, on rows that repeat a few, against a plain
 * pass in double.  EXIT_CHECK when they differ. */
int bench_check(const bench_line *line);

/* Times all lines; says what went wrong. */
int bench_measure(bench *b);

/* Name of a line: workload, batch, threads, precision. */
void bench_add_label(text *out, const bench_line *line);
/* The command that repeats it. */
void bench_add_replay(text *out, const bench *b, const bench_line *line);

/* Says what went wrong. */
int bench_draw(const bench *b, const char *path);

void bench_add_text(text *out, const bench *b);
void bench_add_csv(text *out, const bench *b);
void bench_add_json(text *out, const bench *b);

#endif
