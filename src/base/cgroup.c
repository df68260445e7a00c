#include "base/cgroup.h"

#include <stdio.h>
#include <string.h>

double cgroup_tighter(double a, double b)
{
    return a > 0 && (b <= 0 || a < b) ? a : b;
}

double cgroup_least(const char *self, const char *mount, const char *name,
                    double (*limit_of)(const char *path))
{
    char line[512], path[1024];
    snprintf(path, sizeof path, "%s/%s", mount, name);
    double found = limit_of(path);
    FILE *f = fopen(self, "re");
    if (!f)
        return found;
    while (fgets(line, sizeof line, f)) {
        if (strncmp(line, "0::", 3) != 0) /* another hierarchy's */
            continue;
        line[strcspn(line, "\n")] = 0;
        for (char *end = line + strlen(line); end && end > line + 3; end = strrchr(line + 3, '/')) {
            *end = 0;
            snprintf(path, sizeof path, "%s%s/%s", mount, line + 3, name);
            found = cgroup_tighter(found, limit_of(path));
        }
    }
    fclose(f);
    return found;
}
