/* What the C sides of a race share: arrays from .npy files, a clock, and the protocol. */
#ifndef BENCH_PEERS_SIDE_H
#define BENCH_PEERS_SIDE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_WIDTHS = 32 };

static void give_up(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* `count` doubles of FOLDER/NAME.npy, or NAMEnumber.npy when number is not 0; to be freed. */
static double *read_npy(const char *folder, const char *name, size_t number, size_t count)
{
    char path[4096], digits[24] = "";
    unsigned char head[10];
    if (number)
        snprintf(digits, sizeof digits, "%zu", number);
    snprintf(path, sizeof path, "%s/%s%s.npy", folder, name, digits);
    FILE *f = fopen(path, "rb");
    double *values = calloc(count, sizeof *values);
    if (!f || !values || fread(head, 1, sizeof head, f) != sizeof head || head[6] != 1 ||
        fseek(f, head[8] + 256 * head[9], SEEK_CUR) != 0 ||
        fread(values, sizeof *values, count, f) != count || fgetc(f) != EOF)
        give_up(path);
    fclose(f);
    return values;
}

/* "2,3,1" into widths; how many. */
static size_t read_widths(char *words, size_t widths[MOST_WIDTHS])
{
    size_t count = 0;
    char *rest = words;
    for (char *word; count < MOST_WIDTHS && (word = strtok_r(rest, ",", &rest));)
        widths[count++] = strtoul(word, NULL, 10);
    if (count < 2)
        give_up("LAYERS has two widths at least");
    return count;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Until standard input ends: "reset" is answered with "done", "run K" with "SECONDS LOSS", the loss
 * of the last of K steps. */
static void serve(const char *version, void (*reset)(void *side),
                  double (*run)(void *side, unsigned long steps), void *side)
{
    char line[64];
    unsigned long steps;
    printf("ready %s\n", version);
    while (fflush(stdout) == 0 && fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "reset\n") == 0) {
            reset(side);
            puts("done");
        } else if (sscanf(line, "run %lu", &steps) == 1) {
            double start = seconds_now(), loss = run(side, steps);
            printf("%.9g %.17g\n", seconds_now() - start, loss);
        } else {
            give_up("neither reset nor run");
        }
    }
}

#endif
