#include "learning_rate.h"

#include <math.h>

#include "notes.h"
#include "talk.h"

int learning_rate_choose(training *t, const bg_model *from)
{
    bg_curvature c;
    bg_error error;
    if (t->c->value[OPT_LR].number > 0)
        return EXIT_DONE;
    if (t->options.optimizer != BG_GD)
        return misuse("train", "--lr auto is for --optimizer gd, not %s",
                      bg_name(BG_KIND_OPTIMIZER, (int)t->options.optimizer));
    if (from && note_number(from, "lr", &t->options.lr))
        return EXIT_DONE;
    if (bg_hessian_top(bg_model_const_net(t->model), &t->options.objective, t->data,
                       t->options.seed, t->options.threads, &c, &error) != BG_OK)
        return complain_error(&error);
    if (!isfinite(c.stable_lr))
        return complain(EXIT_FAILED, "--lr auto: the loss bends up nowhere at the start weights; "
                                     "say --lr X");
    /* Half of what a quadratic model bears: each direction shrinks without changing sides, and the
     * curvature may double as training moves on. */
    t->options.lr = c.stable_lr / 2;
    if (t->talks)
        say("--lr auto: %.6g, half the largest stable rate 2/lambda_max, lambda_max %.6g at the "
            "start weights", t->options.lr, c.top);
    return EXIT_DONE;
}
