/* Functions over whole data sets in one precision, see net/engine.h. */
#ifndef NET_PREDICT_H
#define NET_PREDICT_H

#include "net/engine.h"
#include "net/pass.h"

#define predict_outputs REAL_NAME(predict_outputs)
#define predict_loss REAL_NAME(predict_loss)
#define predict_gradient REAL_NAME(predict_gradient)
#define predict_trace REAL_NAME(predict_trace)
#define predict_fault REAL_NAME(predict_fault)

bg_status predict_outputs(const bg_net *net, const bg_data *data, int threads, double *outputs,
                          bg_error *error);
bg_status predict_loss(const bg_net *net, const bg_objective *objective, const bg_data *data,
                       int threads, double *value, bg_error *error);
bg_status predict_gradient(const bg_net *net, const bg_objective *objective, const bg_data *data,
                           int threads, double *value, double *gradient, bg_error *error);
bg_status predict_trace(const bg_net *net, const bg_objective *objective, const bg_data *data,
                        size_t row, bg_trace *trace, bg_error *error);

/* First value of a forward run over `rows` that is not finite, tile by tile, layer by layer: its
 * layer (from 1) and row (from 1, of the data set).  False: all are finite, and so is every row's
 * loss. */
bool predict_fault(pass *p, const pass_rows *rows, size_t *layer, size_t *row);

#endif
