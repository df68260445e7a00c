/* Option texts that have a form of their own, checked before any work begins. */
#ifndef CLI_FORMS_H
#define CLI_FORMS_H

int rows_check(const char *who, const char *text);
int layers_check(const char *who, const char *text);
int activations_check(const char *who, const char *text);
int init_check(const char *who, const char *text);
int valid_check(const char *who, const char *text);
int log_check(const char *who, const char *text);
int batches_check(const char *who, const char *text);
int threads_check(const char *who, const char *text);
int precisions_check(const char *who, const char *text);

#endif
