#include "io/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/status.h"

#define MOST_LINKS 40 /* as Linux follows */

static bg_status fail_system(bg_error *error, const char *path, const char *what, int code)
{
    return fail_at(error, BG_E_IO, path, 0, 0, "cannot %s: %s", what, strerror(code));
}

/* 0 or an errno. */
static int write_all(int file, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size) {
        ssize_t written = write(file, next, size);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written == 0)
            return EIO;
        if (written > 0) {
            next += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

/* Devices and pipes cannot be replaced: they are written to. */
static bg_status write_directly(const char *path, const void *bytes, size_t size, bg_error *error)
{
    int file = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return fail_system(error, path, "write", errno);
    int code = write_all(file, bytes, size);
    if (close(file) != 0 && !code)
        code = errno;
    return code ? fail_system(error, path, "write", code) : BG_OK;
}

/* ------------------------------------------------------------------------------- paths --- */

/* Length of the folder part, the last slash included; 0: the current folder. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* What the link at `path` points to, as seen from here; the caller's, NULL: errno says why. */
static char *read_link(const char *path)
{
    size_t folder = folder_length(path), room = folder + 4097;
    char *target = memory_zeroed(room, 1);
    if (!target) {
        errno = ENOMEM;
        return NULL;
    }
    ssize_t length = readlink(path, target + folder, room - folder - 1);
    if (length < 0) {
        int code = errno;
        memory_release(target);
        errno = code;
        return NULL;
    }
    if (target[folder] == '/')
        memmove(target, target + folder, (size_t)length + 1);
    else
        memcpy(target, path, folder);
    return target;
}

/* Follows links, dangling ones too, so that the file is replaced and not the link; *real is the
 * caller's. */
static bg_status follow_links(const char *path, char **real, bg_error *error)
{
    char *here = memory_copy_text(path);
    struct stat found;
    for (int links = 0; here && lstat(here, &found) == 0 && S_ISLNK(found.st_mode); links++) {
        char *next = links < MOST_LINKS ? read_link(here) : NULL;
        int code = links < MOST_LINKS ? errno : ELOOP;
        memory_release(here);
        if (!next)
            return fail_system(error, path, "write", code);
        here = next;
    }
    if (!here)
        return fail_memory(error, path);
    *real = here;
    return BG_OK;
}

/* ----------------------------------------------------------------------------- replace --- */

/* Makes a file beside `path` under a name that nobody has; the kernel applies the umask.
 * -1: errno says why. */
static int open_temporary(const char *path, char *name, size_t room)
{
    static unsigned count;
    size_t folder = folder_length(path);
    for (int attempt = 0; attempt < 1000; attempt++) {
        unsigned number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
        /* 200 bytes leave room for the ending in the 255 that a name may have. */
        snprintf(name, room, "%.*s%.200s" OUTPUT_TEMPORARY "%ld-%u", (int)folder, path,
                 path + folder, (long)getpid(), number);
        int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

/* The rename lasts through a power cut only once the folder is on disk; file systems that cannot
 * sync a folder say EINVAL. */
static int sync_folder(const char *path, char *name, size_t room)
{
    size_t folder = folder_length(path);
    snprintf(name, room, "%.*s", folder ? (int)folder : 1, folder ? path : ".");
    int file = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return errno == EACCES ? 0 : errno; /* a folder may be for writing only */
    int code = fsync(file) == 0 || errno == EINVAL ? 0 : errno;
    close(file);
    return code;
}

/* mode: of the file that is replaced, 0 when there is none. */
static int fill_temporary(int file, const void *bytes, size_t size, mode_t mode)
{
    int code = mode && fchmod(file, mode & 0777) != 0 ? errno : 0;
    if (!code)
        code = write_all(file, bytes, size);
    if (!code && fsync(file) != 0)
        code = errno;
    if (close(file) != 0 && !code)
        code = errno;
    return code;
}

static bg_status replace(const char *path, mode_t mode, const void *bytes, size_t size,
                         bg_error *error)
{
    size_t room = strlen(path) + 64;
    char *name = memory_zeroed(room, 1);
    if (!name)
        return fail_memory(error, path);
    int file = open_temporary(path, name, room);
    int code = file < 0 ? errno : fill_temporary(file, bytes, size, mode);
    if (!code && rename(name, path) != 0)
        code = errno;
    if (code && file >= 0)
        unlink(name);
    if (!code)
        code = sync_folder(path, name, room);
    memory_release(name);
    return code ? fail_system(error, path, "write", code) : BG_OK;
}

static bg_status write_path(const char *path, const void *bytes, size_t size, bg_error *error)
{
    struct stat found;
    if (!path[folder_length(path)])
        return fail_at(error, BG_E_IO, path, 0, 0, "cannot write: no file name");
    if (stat(path, &found) != 0)
        return errno == ENOENT ? replace(path, 0, bytes, size, error)
                               : fail_system(error, path, "write", errno);
    if (S_ISDIR(found.st_mode))
        return fail_system(error, path, "write", EISDIR);
    /* A rename asks the folder alone; a file that is not to be written stays as it is. */
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
        return fail_system(error, path, "write", errno);
    return replace(path, found.st_mode, bytes, size, error);
}

bg_status bg_file_write(const char *path, const void *bytes, size_t size, bg_error *error)
{
    if (!path || (!bytes && size))
        return fail(error, BG_E_ARGUMENT, "a file needs a name and bytes");
    if (strcmp(path, "-") == 0) {
        int code = write_all(STDOUT_FILENO, bytes, size);
        return code ? fail_system(error, "standard output", "write", code) : BG_OK;
    }
    /* Before any link is read: those to open pipes in /proc name no file that could be opened. */
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
        return write_directly(path, bytes, size, error);
    char *real = NULL;
    TRY(follow_links(path, &real, error));
    bg_status status = write_path(real, bytes, size, error);
    memory_release(real);
    return status;
}
