#include "base/hardware.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"

/* Folders of /sys/devices/system/cpu/cpu0/cache. */
#define MOST_CACHES 16

void hardware_cpu_name(char *name, size_t size)
{
    static const char *const keys[] = {"model name", "Processor", "Hardware", "cpu model"};
    char line[256];
    name[0] = 0;
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (!file)
        return;
    while (!name[0] && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        bool known = false;
        for (size_t i = 0; colon && i < sizeof keys / sizeof *keys; i++)
            known = known || strncmp(line, keys[i], strlen(keys[i])) == 0;
        if (!known)
            continue;
        const char *value = colon + 1 + strspn(colon + 1, " \t");
        snprintf(name, size, "%.*s", (int)strcspn(value, "\n"), value);
    }
    fclose(file);
}

/* First line of a file of the folder of cache `index`; false: there is none. */
static bool read_cache_word(int index, const char *what, char *word, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, what);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool read = fgets(word, (int)size, file) != NULL;
    fclose(file);
    word[strcspn(word, "\n")] = 0;
    return read;
}

/* "48K", "2048K", "16M" */
static size_t parse_size(const char *word)
{
    uint64_t count;
    size_t digits = strspn(word, "0123456789");
    if (!number_parse_count(word, digits, &count) || count > (uint64_t)1 << 40)
        return 0;
    return (size_t)count << (word[digits] == 'K' ? 10 : word[digits] == 'M' ? 20 : 0);
}

size_t hardware_cache(int level)
{
    char word[32];
    for (int i = 0; i < MOST_CACHES; i++) {
        uint64_t found;
        if (!read_cache_word(i, "level", word, sizeof word) ||
            !number_parse_count(word, strlen(word), &found) || found != (uint64_t)level)
            continue;
        if (read_cache_word(i, "type", word, sizeof word) && strcmp(word, "Instruction") == 0)
            continue;
        return read_cache_word(i, "size", word, sizeof word) ? parse_size(word) : 0;
    }
    return 0;
}

int hardware_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (int)count;
}

/* Of /proc/self/task/NAME/stat: "TID (name) STATE ...", where the name may hold anything. */
static bool is_running(const char *task)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", task);
    FILE *file = fopen(path, "re");
    if (!file)
        return false; /* it has ended meanwhile */
    const char *end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    return end && end[1] == ' ' && end[2] == 'R';
}

int hardware_running_threads(void)
{
    char own[24];
    snprintf(own, sizeof own, "%ld", (long)gettid());
    DIR *tasks = opendir("/proc/self/task");
    int running = 0;
    for (const struct dirent *task; tasks && (task = readdir(tasks));)
        if (task->d_name[0] != '.' && strcmp(task->d_name, own) != 0)
            running += is_running(task->d_name);
    if (tasks)
        closedir(tasks);
    return running;
}
