#include "net/pace.h"

#include "backgemm.h"

/* A trial of the other way ends where it has taken so many times as long as that of the way in use,
 * and the next one comes after so many times its seconds: trials take a hundredth of a run. */
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
        p->usual_sum = p->sum;
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
    if (p->steps == PACE_STEPS || (p->other && p->sum > GIVE_UP * p->usual_sum))
        end_trial(p, now);
}
