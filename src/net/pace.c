#include "net/pace.h"

#include "backgemm.h"

/* A trial of the other way ends early where most of its first steps take so many times as long as
 * those of the way in use; a single one may have been held up.  The next trial comes after so many
 * times the seconds of this one: trials take a hundredth of a run. */
#define FIRST_STEPS 4
#define GIVE_UP 2.0
#define REST 100.0

void pace_begin(pace *p, double now)
{
    p->since = now;
}

/* The other way is now the one in use, if it was faster. */
static void decide(pace *p, bool faster, double now)
{
    if (!faster)
        p->together = !p->together;
    p->other = false;
    p->next = now + REST * p->sum;
}

static void end_trial(pace *p, double now)
{
    if (p->other) {
        decide(p, p->steps == PACE_STEPS && bg_median(PACE_STEPS, p->took).median < p->usual, now);
    } else {
        p->usual = bg_median(PACE_STEPS, p->took).median;
        p->together = !p->together;
        p->other = true;
    }
    p->steps = 0;
    p->sum = 0;
}

void pace_step(pace *p, double now)
{
    double took = now - p->since;
    p->since = now;
    if (now < p->next)
        return;
    p->took[p->steps++] = took;
    p->sum += took;
    bool lost = p->other && p->steps == FIRST_STEPS &&
                bg_median(FIRST_STEPS, p->took).median > GIVE_UP * p->usual;
    if (lost || p->steps == PACE_STEPS)
        end_trial(p, now);
}
