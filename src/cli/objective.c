#include "objective.h"

#include <math.h>
#include <stdlib.h>

#include "talk.h"

bg_objective objective_chosen(const command *c)
{
    return (bg_objective){.loss = (bg_loss)c->value[OPT_LOSS].choice,
                          .reduction = (bg_reduction)c->value[OPT_REDUCTION].choice,
                          .l2 = c->value[OPT_L2].number,
                          .l1 = c->value[OPT_L1].number}; /* 0 where the verb has none */
}

void objective_add(text *out, const bg_objective *o)
{
    text_format(out, "%s, %s over the rows, l2 %g", bg_name(BG_KIND_LOSS, (int)o->loss),
                bg_name(BG_KIND_REDUCTION, (int)o->reduction), o->l2);
    if (o->l1 > 0)
        text_format(out, ", l1 %g", o->l1);
}

/* Losses that take logarithms of the outputs and mean the targets as probabilities. */
static bool is_entropy(bg_loss loss)
{
    return loss == BG_BCE || loss == BG_SOFTMAX_CE;
}

static int check_row(const char *who, bg_loss loss, const double *target, size_t targets,
                     size_t row)
{
    double sum = 0;
    for (size_t j = 0; j < targets; j++) {
        if (target[j] < 0 || target[j] > 1)
            return misuse(who, "--loss %s wants targets from 0 to 1; row %zu has %g",
                          bg_name(BG_KIND_LOSS, (int)loss), row + 1, target[j]);
        sum += target[j];
    }
    /* Probabilities in a file are rounded, a handful of digits each. */
    if (loss == BG_SOFTMAX_CE && fabs(sum - 1) > 1e-3)
        return misuse(who, "--loss softmax_ce wants targets that add up to 1; those of row %zu "
                      "add up to %g", row + 1, sum);
    return EXIT_DONE;
}

static int check_targets(const char *who, bg_loss loss, const bg_data *data)
{
    size_t inputs = bg_data_inputs(data), targets = bg_data_targets(data);
    double *values = calloc(inputs + targets, sizeof *values);
    if (!values)
        return complain_memory("a row");
    int code = EXIT_DONE;
    for (size_t row = 0; row < bg_data_rows(data) && code == EXIT_DONE; row++) {
        bg_data_row(data, row, values, values + inputs);
        code = check_row(who, loss, values + inputs, targets, row);
    }
    free(values);
    return code;
}

int objective_check(const char *who, bg_loss loss, bg_activation output, bg_task task,
                    const bg_data *data)
{
    if (output == BG_SOFTMAX && bg_data_targets(data) == 1)
        return misuse(who, "softmax over one output is always 1; sigmoid is meant for one");
    if (!is_entropy(loss))
        return EXIT_DONE;
    if (output != BG_SIGMOID && output != BG_SOFTMAX)
        return misuse(who, "--loss %s wants outputs between 0 and 1, those of sigmoid or "
                      "softmax, not of %s", bg_name(BG_KIND_LOSS, (int)loss),
                      bg_name(BG_KIND_ACTIVATION, (int)output));
    /* Classes are encoded as 0 and 1, and bits were checked to be; bits need not add up to 1. */
    return task == BG_CLASSES ? EXIT_DONE : check_targets(who, loss, data);
}
