/* How near the outputs come to each target. */
#ifndef CLI_TARGET_SCORES_H
#define CLI_TARGET_SCORES_H

#include "json.h"

typedef struct target_score {
    double rmse;
    double r2; /* NAN: the target does not vary */
} target_score;

typedef struct target_scores {
    size_t targets;      /* 0: not looked at */
    size_t varying;      /* of them */
    target_score *score; /* owned */
} target_scores;

/* metrics: bg_evaluate's of the same.  Says what went wrong. */
int target_scores_open(const bg_model *model, const bg_data *data, int threads,
                       const bg_metrics *metrics, target_scores *s);
void target_scores_close(target_scores *s);

/* rmse and r2, and with several targets a line for each; an exit code. */
int target_scores_add_text(text *out, const bg_schema *schema, const bg_metrics *metrics,
                           const target_scores *s);
void target_scores_add_json(json *j, const bg_schema *schema, const target_scores *s);

#endif
