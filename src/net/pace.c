#include "net/pace.h"

#include "backgemm.h"

/* Steps between trials: few where both ways are about as fast, which may change soon, else as many
 * as make a trial cost less than a part in a thousand. */
#define SOON ((uint64_t)1024)
#define LATER ((uint64_t)16384)
#define CLEARLY 1.2
/* Steps this long always have a team: what a lot costs is nothing beside them. */
#define LONG_STEP 1e-3

void pace_begin(pace *p, double now)
{
    p->since = now;
}

/* Both ways have been tried. */
static void decide(pace *p, double other)
{
    double most = p->usual > other ? p->usual : other, least = p->usual + other - most;
    p->rest = most > CLEARLY * least ? LATER : SOON;
    p->other = false;
    if (p->usual <= other)
        p->alone = !p->alone;
}

void pace_step(pace *p, double now)
{
    double took = now - p->since;
    p->since = now;
    if (p->rest) {
        p->rest--;
        return;
    }
    p->took[p->steps++] = took;
    if (p->steps < PACE_STEPS)
        return;
    p->steps = 0;
    double usual = bg_median(PACE_STEPS, p->took).median;
    if (p->other) {
        decide(p, usual);
    } else if (usual > LONG_STEP && !p->alone) {
        p->rest = UINT64_MAX;
    } else {
        p->usual = usual;
        p->other = true;
        p->alone = !p->alone;
    }
}
