/* Parameters of a network as one vector, in the order of bg_gradient. */
#ifndef CLI_PARAMETERS_H
#define CLI_PARAMETERS_H

#include "text.h"

void parameters_get(const bg_net *net, double *values); /* bg_net_parameters values */
void parameters_set(bg_net *net, const double *values);

/* Value i of layer 1..L in that order: W[layer][out][in], or b[layer][out]. */
void parameters_add_name(text *out, const bg_net *net, size_t layer, size_t i);

/* Between networks of the same widths, a layer at a time; says when memory is short. */
int parameters_copy(const bg_net *from, bg_net *to);

#endif
