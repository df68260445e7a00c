#include <math.h>
#include <stdio.h>

#include "files.h"
#include "help.h"
#include "json.h"
#include "places.h"
#include "talk.h"
#include "verbs.h"
#include "weights.h"

typedef struct stability {
    const command *c;
    bg_model *model; /* owned */
    bg_data *data;   /* owned */
    bg_curvature found;
} stability;

/* What the best step could still take off the loss, by the loss: less is as good as a minimum. */
#define NEAR_MINIMUM 1e-6

static bool is_stationary(const bg_curvature *f)
{
    double scale = fmax(fabs(f->top), fabs(f->bottom));
    return f->gradient == 0 ||
           f->gradient * f->gradient / (2 * scale) <= NEAR_MINIMUM * fabs(f->loss);
}

/* lambda_min by lambda_max: less is clearly a saddle's, */
#define CLEARLY_DOWN (-1e-4)
/* and more may be 0, for what Lanczos leaves open and for rounding. */
#define LEVEL (-1e-8)
#define LEVEL_EXACT (-1e-12)
/* The gradient's length by lambda_max where nothing but rounding is left of it. */
#define ROUNDING 1e-10

typedef enum shape_here { MINIMUM, SADDLE, UNSETTLED } shape_here;

/* Of a point whose gradient is next to 0.  On the way to a minimum, flat directions often bend down
 * a little; only once the gradient is gone does that tell a saddle. */
static shape_here shape_of(const bg_curvature *f)
{
    bool settled = f->gradient <= ROUNDING * f->top;
    double level = settled || !f->exact ? LEVEL : LEVEL_EXACT, ratio = f->bottom / f->top;
    if (ratio >= level)
        return MINIMUM;
    return settled || ratio < CLEARLY_DOWN ? SADDLE : UNSETTLED;
}

static const char *meaning(const bg_curvature *f)
{
    if (!(f->top > 0))
        return "The loss bends down or is flat here in every direction: no learning rate is too "
               "large for the quadratic model.";
    if (!is_stationary(f))
        return "This is no minimum: the numbers are those of a quadratic model of the loss here, "
               "good for the next few steps.  Above the learning rate shown they overshoot; the "
               "curvature changes as training moves on.";
    switch (shape_of(f)) {
    case SADDLE:
        return "The gradient is next to 0, but the loss bends down somewhere: a saddle.  Gradient "
               "descent leaves it at any learning rate; above the one shown it diverges along "
               "lambda_max as well.";
    case UNSETTLED:
        return "The gradient is small but not 0 yet, and lambda_min is below 0 by little beside "
               "lambda_max: it is not settled whether this becomes a minimum or is a saddle; more "
               "training tells.  Gradient descent on all rows diverges above the learning rate "
               "shown.";
    default:
        return "The gradient is next to 0 and nothing bends down: a minimum.  Near it gradient "
               "descent on all rows converges below this learning rate and diverges above.";
    }
}

static void add_text(text *out, const stability *s)
{
    const bg_curvature *f = &s->found;
    const bg_objective *o = bg_model_objective(s->model);
    text_format(out, "rows           %zu\nparameters     %zu\n", bg_data_rows(s->data),
                f->parameters);
    text_format(out, "loss           %.6g (%s, %s%s over the rows)\n", f->loss,
                bg_name(BG_KIND_LOSS, (int)o->loss), weights_word(s->data),
                bg_name(BG_KIND_REDUCTION, (int)o->reduction));
    text_format(out, "gradient       %.6g (its norm)\n", f->gradient);
    text_format(out, "Hessian        %s, %zu products with it\n",
                f->exact ? "all eigenvalues" : "Lanczos", f->products);
    text_format(out, "lambda_max     %.10g +- %.1g\n", f->top, f->residual);
    text_format(out, "lambda_min     %.10g%s\n", f->bottom, f->exact ? "" : " or below");
    if (isfinite(f->condition))
        text_format(out, "condition      %.6g\n", f->condition);
    else
        text_add(out, "condition      infinite: lambda_min is not above 0\n");
    text_format(out, "along gradient %.6g\n", f->along);
    text_format(out, "stable lr      %.10g (2 / lambda_max, gradient descent on all rows)\n\n",
                f->stable_lr);
    help_add_wrapped(out, meaning(f), 0);
}

static void add_json(text *out, const stability *s)
{
    const bg_curvature *f = &s->found;
    json j = {.out = out};
    json_begin(&j, NULL, '{');
    json_count(&j, "rows", bg_data_rows(s->data));
    json_count(&j, "parameters", f->parameters);
    json_number(&j, "loss", f->loss, BG_F64);
    json_number(&j, "gradient_norm", f->gradient, BG_F64);
    json_number(&j, "lambda_max", f->top, BG_F64);
    json_number(&j, "lambda_min", f->bottom, BG_F64);
    json_number(&j, "residual", f->residual, BG_F64);
    json_text(&j, "method", f->exact ? "dsyevr" : "lanczos");
    json_count(&j, "products", f->products);
    json_number(&j, "condition", f->condition, BG_F64);
    json_number(&j, "along_gradient", f->along, BG_F64);
    json_number(&j, "stable_lr", f->stable_lr, BG_F64);
    json_text(&j, "meaning", meaning(f));
    json_end(&j, '}');
    text_add(out, "\n");
}

int stability_run(command *c)
{
    stability s = {.c = c};
    bg_error error;
    options_default(c, &(facts){0});
    int code = inputs_check(c);
    if (code == EXIT_DONE)
        code = model_read(c->operand[0], &s.model);
    if (code == EXIT_DONE)
        code = training_rows_read(c, c->operand[1], s.model, &s.data);
    if (code == EXIT_DONE &&
        bg_hessian_top(bg_model_const_net(s.model), bg_model_objective(s.model), s.data, 1,
                       (int)c->value[OPT_THREADS].count, &s.found, &error) != BG_OK)
        code = complain_error(&error);
    if (code == EXIT_DONE) {
        text out = text_open(NULL);
        if (c->value[OPT_JSON].flag)
            add_json(&out, &s);
        else
            add_text(&out, &s);
        code = text_close(&out);
    }
    bg_data_free(s.data);
    bg_model_free(s.model);
    return code;
}
