/* The verbs; each returns an exit code, having said what went wrong. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "options.h"

int train_run(command *c);
int predict_run(command *c);
int eval_run(command *c);
int info_run(command *c);
int plan_run(command *c);
int trace_run(command *c);
int bench_run(command *c);
int compare_run(command *c);
int stability_run(command *c);
int doctor_run(command *c);
int check_run(command *c);
int verify_run(command *c);
int grade_run(command *c);

/* A worked example from a file or "-"; says what went wrong. */
int example_read(const char *path, bg_example **example);

#endif
