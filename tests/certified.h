/* NIST's certified data sets as the tests read them. */
#ifndef TESTS_CERTIFIED_H
#define TESTS_CERTIFIED_H

#include "oracle.h"

/* A CSV of numbers in tests/data, its last column the target, unscaled. */
static inline bg_data *read_certified(const char *path, bg_dtype dtype)
{
    bg_table *table = NULL;
    bg_schema *schema = NULL;
    bg_data *data = NULL;
    bg_schema_options how = {.task = BG_REGRESSION, .scaling = BG_SCALE_NONE};
    bg_error error;
    bg_status status = bg_table_read(path, NULL, &table, &error);
    if (status == BG_OK)
        status = bg_schema_learn(table, &how, &schema, &error);
    if (status == BG_OK)
        status = bg_schema_encode(schema, table, dtype, true, &data, &error);
    ck_assert_msg(status == BG_OK, "%s", error.text);
    bg_schema_free(schema);
    bg_table_free(table);
    return data;
}

/* Correct significant digits: -log10 of the relative error, as NIST counts them. */
static inline double correct_digits(double got, double certified)
{
    double error = fabs(got - certified) / fabs(certified);
    return error > 0 ? -log10(error) : 17;
}

#endif
