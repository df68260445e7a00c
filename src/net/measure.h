/* Measurements that a benchmark needs from inside, in the two precisions behind one table. */
#ifndef NET_MEASURE_H
#define NET_MEASURE_H

#include "net/engine.h"

struct bg_gemms {
    const struct measure_rules *rules;
    const bg_trainer *trainer; /* borrowed */
    void *own;                 /* of the precision, owned */
};

typedef struct measure_rules {
    /* Multiplications and additions a second of processor time, all threads at once for some
     * `seconds`. */
    double (*peak)(int threads, double seconds);
    /* Processor time of other threads during large products through our entry, as a share of the
     * calling thread's own: 0 when one thread means one.  Below 0: not enough memory. */
    double (*helpers)(void);
    bg_status (*gemms_open)(bg_gemms *gemms, bg_error *error);
    void (*gemms_close)(bg_gemms *gemms);
    void (*gemms_run)(bg_gemms *gemms, uint64_t epochs);
} measure_rules;

extern const measure_rules measure_rules_f32, measure_rules_f64;

#endif
