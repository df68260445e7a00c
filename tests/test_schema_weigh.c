/* A column of weights: what a schema remembers of it, and how it finds it again. */
#include "samples.h"

/* Inputs a and b, weights w, target y. */
static const double rows[] = {1, 10, 0, 7, 2, 20, 3, 8, 3, 40, 9, 9};

static bg_table *weighted_table(const char *names, const char *word)
{
    bg_table *table = sample_table(3, 4, rows, names, 1);
    OK(table_select_weights(table, word, &problem));
    return table;
}

static bg_schema *learn(const char *names, const char *word)
{
    bg_table *table = weighted_table(names, word);
    bg_schema_options options = {.task = -1, .scaling = BG_SCALE_NONE};
    bg_schema *schema = NULL;
    OK(bg_schema_learn(table, &options, &schema, &problem));
    bg_table_free(table);
    return schema;
}

/* Encodes one row of a table without a word on weights, and takes the table: its inputs, its
 * target (want_t NAN: none is needed), its weight (0: the table has none). */
static void find(const bg_schema *schema, bg_table *table, double a, double b, double want_t,
                 double weight)
{
    bg_data *data = NULL;
    double x[2], t = 0;
    bool targets = want_t == want_t, found;
    OK(bg_schema_encode(schema, table, BG_F64, targets, &data, &problem));
    bg_data_row(data, 0, x, targets ? &t : NULL);
    ck_assert(x[0] == a && x[1] == b);
    ck_assert(!targets || t == want_t);
    OK(bg_schema_weigh(schema, table, data, &found, &problem));
    ck_assert(found == (weight > 0) && bg_data_weight(data, 0) == (found ? weight : 1));
    bg_data_free(data);
    bg_table_free(table);
}

START_TEST(data_of_other_rows_are_refused)
{
    bg_schema *schema = learn("a,b,w,y", "w");
    bg_table *table = weighted_table("a,b,w,y", "w"),
             *fewer = sample_table(2, 4, rows, "a,b,w,y", 1);
    bg_data *data = NULL, *less = NULL;
    OK(bg_schema_encode(schema, table, BG_F32, true, &data, &problem));
    OK(bg_schema_encode(schema, fewer, BG_F32, true, &less, &problem));
    REFUSED(bg_schema_weigh(schema, table, less, NULL, &problem), BG_E_ARGUMENT, "3 rows");
    REFUSED(bg_schema_weigh(schema, fewer, data, NULL, &problem), BG_E_ARGUMENT, "2 rows");
    bg_data_free(data);
    bg_data_free(less);
    bg_table_free(table);
    bg_table_free(fewer);
    bg_schema_free(schema);
}
END_TEST

START_TEST(a_column_of_weights_is_no_input)
{
    bg_schema *schema = learn("a,b,w,y", "w");
    ck_assert_uint_eq(bg_schema_inputs(schema), 2);
    ck_assert_str_eq(bg_schema_input_name(schema, 1), "b");
    ck_assert_str_eq(bg_schema_weights_name(schema), "w");
    bg_table *table = weighted_table("a,b,w,y", "3");
    bg_data *data = NULL;
    OK(bg_schema_encode(schema, table, BG_F32, true, &data, &problem));
    OK(bg_schema_weigh(schema, table, data, NULL, &problem));
    for (size_t r = 0; r < 3; r++)
        ck_assert(bg_data_weight(data, r) == rows[4 * r + 2]);
    bg_data_free(data);
    bg_table_free(table);
    bg_schema_free(schema);
    schema = learn(NULL, "-2");
    ck_assert_ptr_null(bg_schema_weights_name(schema));
    ck_assert_uint_eq(bg_schema_inputs(schema), 2);
    bg_schema_free(schema);
}
END_TEST

START_TEST(it_is_found_by_name)
{
    static const double row[] = {1, 2, 3, 4};
    bg_schema *schema = learn("a,b,w,y", "w");
    find(schema, sample_table(1, 4, row, "y,w,b,a", 1), 4, 3, 1, 2);
    find(schema, sample_table(1, 3, row, "y,b,a", 1), 3, 2, 1, 0);
    find(schema, sample_table(1, 3, row, "w,b,a", 1), 3, 2, (double)NAN, 1);
    find(schema, sample_table(1, 4, row, NULL, 1), 1, 2, 4, 3);
    bg_schema_free(schema);
}
END_TEST

/* In a table as wide as the one that was learned from; one of inputs and targets has none. */
START_TEST(it_is_found_by_place)
{
    static const double row[] = {1, 2, 3, 4};
    static const char *const words[] = {"1", "2", "3"};
    for (size_t w = 0; w < 3; w++) {
        bg_schema *schema = learn(NULL, words[w]);
        find(schema, sample_table(1, 4, row, NULL, 1), w < 1 ? 2 : 1, w < 2 ? 3 : 2, 4, row[w]);
        find(schema, sample_table(1, 3, row, NULL, 1), 1, 2, 3, 0);
        find(schema, sample_table(1, 2, row, NULL, 1), 1, 2, (double)NAN, 0);
        bg_table *table = sample_table(1, 3, row, NULL, 1);
        bg_data *data = NULL;
        if (w < 2) /* a target after the inputs, or the weights before them? */
            REFUSED(bg_schema_encode(schema, table, BG_F64, false, &data, &problem), BG_E_DATA,
                    "its 3 columns may be inputs with weights or with a target");
        else
            find(schema, sample_table(1, 3, row, NULL, 1), 1, 2, (double)NAN, 0);
        bg_table_free(table);
        bg_schema_free(schema);
    }
}
END_TEST

/* By default the last column is the target, unless it holds the weights. */
START_TEST(the_target_by_default_stands_before_the_weights)
{
    static const double row[] = {1, 2, 3, 4};
    bg_schema *schema = learn(NULL, "4");
    find(schema, sample_table(1, 4, row, NULL, 1), 1, 2, 3, 4);
    find(schema, sample_table(1, 3, row, NULL, 1), 1, 2, 3, 0);
    find(schema, sample_table(1, 3, row, NULL, 1), 1, 2, (double)NAN, 0);
    bg_schema_free(schema);
    bg_table *table = sample_table(3, 4, rows, "a,b,w,y", 1);
    table->target_asked = true;
    REFUSED(table_select_weights(table, "y", &problem), BG_E_ARGUMENT,
            "column \"y\" cannot be both a target and weights");
    REFUSED(table_select_weights(table, "z", &problem), BG_E_ARGUMENT,
            "no column \"z\"; it has 4 columns, the last is \"y\"");
    ck_assert(!table->weighted);
    bg_table_free(table);
    table = sample_table(3, 2, rows, NULL, 1);
    bg_schema *none = NULL;
    OK(table_select_weights(table, "1", &problem));
    REFUSED(bg_schema_learn(table, NULL, &none, &problem), BG_E_DATA,
            "every column is a target or weights");
    bg_table_free(table);
}
END_TEST

static void refuse(double weight, const char *words)
{
    bg_schema *schema = learn("a,b,w,y", "w");
    bg_table *table = weighted_table("a,b,w,y", "w");
    bg_data *data = NULL;
    for (size_t r = 0; r < 3; r++)
        table_set(table, r, 2, r == 1 ? weight : 0);
    OK(bg_schema_encode(schema, table, BG_F32, true, &data, &problem));
    REFUSED(bg_schema_weigh(schema, table, data, NULL, &problem), BG_E_DATA, words);
    ck_assert(bg_data_weight(data, 0) == 1);
    bg_data_free(data);
    bg_table_free(table);
    bg_schema_free(schema);
}

START_TEST(what_is_no_weight_is_refused)
{
    refuse(-0.5, "some.csv: row 2: a weight in column \"w\" must be 0 or more, found -0.5");
    refuse(0, "some.csv: all weights in column \"w\" are 0");
    refuse(1e39 * 3, "too large");
    static const char *const words[] = {"x", "y", "x"};
    bg_schema *schema = learn("a,b,w,y", "w");
    bg_table *table = weighted_table("a,b,w,y", "w");
    bg_data *data = NULL;
    OK(bg_schema_encode(schema, table, BG_F32, true, &data, &problem));
    sample_text(table, 2, words);
    REFUSED(bg_schema_weigh(schema, table, data, NULL, &problem), BG_E_DATA,
            "column \"w\" is text; weights must be numbers");
    bg_data_free(data);
    bg_table_free(table);
    bg_schema_free(schema);
}
END_TEST

/* Target y before the inputs, weights w anywhere: rows of all columns, without the weights, and of
 * the inputs alone. */
START_TEST(targets_keep_their_place_beside_weights)
{
    static const double row[] = {1, 2, 3, 4};
    for (size_t w = 0; w < 4; w++)
        for (size_t y = 0; y < 4; y++) {
            if (w == y)
                continue;
            char word[2] = {(char)('1' + w), 0}, target[2] = {(char)('1' + y), 0};
            bg_table *table = sample_table(3, 4, rows, NULL, 1);
            bg_schema_options options = {.task = -1, .scaling = BG_SCALE_NONE};
            bg_schema *schema = NULL;
            OK(table_select_targets(table, target, &problem));
            OK(table_select_weights(table, word, &problem));
            OK(bg_schema_learn(table, &options, &schema, &problem));
            bg_table_free(table);
            double input[2];
            for (size_t c = 0, i = 0; c < 4; c++)
                if (c != w && c != y)
                    input[i++] = row[c];
            find(schema, sample_table(1, 4, row, NULL, 1), input[0], input[1], row[y], row[w]);
            find(schema, sample_table(1, 4, row, NULL, 1), input[0], input[1], (double)NAN, row[w]);
            double light[3]; /* without its weights */
            for (size_t c = 0, i = 0; c < 4; c++)
                if (c != w)
                    light[i++] = row[c];
            find(schema, sample_table(1, 3, light, NULL, 1), input[0], input[1], row[y], 0);
            find(schema, sample_table(1, 2, input, NULL, 1), input[0], input[1], (double)NAN, 0);
            bg_data *data = NULL;
            table = sample_table(1, 3, light, NULL, 1);
            if (y - (w < y) != w - (y < w))
                REFUSED(bg_schema_encode(schema, table, BG_F64, false, &data, &problem), BG_E_DATA,
                        "its 3 columns may be inputs with weights or with a target");
            else
                find(schema, sample_table(1, 3, light, NULL, 1), input[0], input[1], (double)NAN,
                     0);
            bg_table_free(table);
            bg_schema_free(schema);
        }
}
END_TEST

START_TEST(a_model_remembers)
{
    for (int named = 0; named < 2; named++) {
        const char *folder = sample_folder(), *path = sample_path(folder, "m.st");
        const bg_activation identity[] = {BG_IDENTITY};
        bg_objective o = {.loss = BG_MSE};
        bg_model *model = NULL, *again = NULL;
        OK(bg_model_create(sample_net(BG_F32, (size_t[]){2, 1}, 1, identity),
                           learn(named ? "a,\xe2\x82\xac,w,y" : NULL, "2"), &o, &model, &problem));
        OK(bg_model_save(model, path, &problem));
        OK(bg_model_load(path, &again, &problem));
        const bg_schema *schema = bg_model_schema(again);
        ck_assert(schema->weighted && schema->weights == 1);
        if (named)
            ck_assert_str_eq(bg_schema_weights_name(schema), "\xe2\x82\xac");
        else
            ck_assert_ptr_null(bg_schema_weights_name(schema));
        bg_model_free(model);
        bg_model_free(again);
        sample_folder_remove(folder);
    }
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    bg_schema_options options = {.task = -1, .scaling = -1};
    bg_status status = BG_E_MEMORY;
    for (size_t n = 1; status != BG_OK; n++) {
        bg_table *table = weighted_table("a,b,w,y", "w");
        bg_schema *schema = NULL;
        bg_data *data = NULL;
        memory_fail_after(n);
        status = bg_schema_learn(table, &options, &schema, &problem);
        if (status == BG_OK)
            status = bg_schema_encode(schema, table, BG_F32, true, &data, &problem);
        if (status == BG_OK)
            status = bg_schema_weigh(schema, table, data, NULL, &problem);
        memory_fail_after(0);
        ck_assert(status == BG_OK || status == BG_E_MEMORY);
        ck_assert_uint_lt(n, 100);
        bg_data_free(data);
        bg_schema_free(schema);
        bg_table_free(table);
    }
}
END_TEST

RUN_TESTS("schema_weigh", a_column_of_weights_is_no_input, it_is_found_by_name,
          it_is_found_by_place, the_target_by_default_stands_before_the_weights,
          targets_keep_their_place_beside_weights, what_is_no_weight_is_refused, a_model_remembers,
          every_failed_allocation_is_clean,
          data_of_other_rows_are_refused)
