/* What a user of the installed library writes first: XOR, 2-3-1, from start to an answer. */
#include <backgemm.h>
#include <stdio.h>

static const double inputs[] = {0, 0, 0, 1, 1, 0, 1, 1}, targets[] = {0, 1, 1, 0};
static const size_t widths[] = {2, 3, 1};
static const bg_activation activations[] = {BG_TANH, BG_SIGMOID};

static bg_status solve(bg_net *net, bg_data *data, double outputs[4], bg_error *error)
{
    bg_train_options options;
    bg_train_defaults(&options);
    options.lr = 1;
    bg_trainer *trainer;
    bg_status status = bg_trainer_create(net, data, &options, &trainer, error);
    if (status != BG_OK)
        return status;
    bg_progress progress;
    status = bg_trainer_run(trainer, 5000, &progress, error);
    bg_trainer_free(trainer);
    return status == BG_OK ? bg_predict(net, data, 0, outputs, error) : status;
}

int main(void)
{
    const bg_net_spec spec = {BG_F64, 2, widths, activations};
    double outputs[4];
    bg_net *net = NULL;
    bg_data *data = NULL;
    bg_error error;
    bg_status status = bg_net_create(&spec, &net, &error);
    if (status == BG_OK)
        status = bg_net_init(net, BG_GLOROT_UNIFORM, 0, 1, &error);
    if (status == BG_OK)
        status = bg_data_create(BG_F64, 4, 2, 1, inputs, targets, &data, &error);
    if (status == BG_OK)
        status = solve(net, data, outputs, &error);
    bg_data_free(data);
    bg_net_free(net);
    if (status != BG_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    for (int i = 0; i < 4; i++)
        printf("%d", outputs[i] > 0.5);
    printf("\n");
    return 0;
}
