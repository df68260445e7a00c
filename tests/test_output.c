#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "io/output.h"
#include "samples.h"

static char *folder;

static void setup(void)
{
    folder = sample_folder();
}

static void teardown(void)
{
    sample_folder_remove(folder);
}

static size_t files_in(const char *path)
{
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void check_holds(const char *path, const char *wanted)
{
    size_t size;
    unsigned char *bytes = sample_bytes(path, &size);
    ck_assert_uint_eq(size, strlen(wanted));
    ck_assert_mem_eq(bytes, wanted, size);
    free(bytes);
}

static mode_t mode_of(const char *path)
{
    struct stat found;
    ck_assert_int_eq(stat(path, &found), 0);
    return found.st_mode & 07777;
}

START_TEST(files_are_written_and_replaced)
{
    setup();
    const char *path = sample_path(folder, "a");
    OK(bg_file_write(path, "one", 3, &problem));
    check_holds(path, "one");
    OK(bg_file_write(path, "longer than before", 18, &problem));
    check_holds(path, "longer than before");
    OK(bg_file_write(path, NULL, 0, &problem));
    check_holds(path, "");
    ck_assert_uint_eq(files_in(folder), 1);
    ck_assert_int_eq(chdir(folder), 0);
    OK(bg_file_write("here", "x", 1, &problem));
    check_holds("here", "x");
    ck_assert_int_eq(chdir("/"), 0);
    teardown();
}
END_TEST

START_TEST(modes_follow_the_umask_or_the_old_file)
{
    setup();
    const char *path = sample_path(folder, "a");
    umask(027);
    OK(bg_file_write(path, "x", 1, &problem));
    ck_assert_uint_eq(mode_of(path), 0640);
    ck_assert_int_eq(chmod(path, 0606), 0);
    OK(bg_file_write(path, "y", 1, &problem));
    ck_assert_uint_eq(mode_of(path), 0606);
    teardown();
}
END_TEST

START_TEST(links_are_written_through)
{
    setup();
    const char *real = sample_path(folder, "real"), *link = sample_path(folder, "link");
    const char *far = sample_path(folder, "far"), *loop = sample_path(folder, "loop");
    ck_assert_int_eq(symlink("real", link), 0);
    ck_assert_int_eq(symlink(link, far), 0);
    OK(bg_file_write(far, "dangling", 8, &problem));
    check_holds(real, "dangling");
    OK(bg_file_write(link, "there", 5, &problem));
    check_holds(real, "there");
    struct stat found;
    ck_assert(lstat(link, &found) == 0 && S_ISLNK(found.st_mode));
    ck_assert_int_eq(symlink("loop", loop), 0);
    REFUSED(bg_file_write(loop, "x", 1, &problem), BG_E_IO, "cannot write");
    ck_assert_uint_eq(files_in(folder), 4);
    teardown();
}
END_TEST

START_TEST(devices_are_not_replaced)
{
    struct stat before, after;
    ck_assert_int_eq(stat("/dev/null", &before), 0);
    OK(bg_file_write("/dev/null", "x", 1, &problem));
    ck_assert_int_eq(stat("/dev/null", &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    REFUSED(bg_file_write("/dev/full", "x", 1, &problem), BG_E_IO,
            "/dev/full: cannot write: No space left on device");
}
END_TEST

START_TEST(pipes_get_the_bytes)
{
    setup();
    const char *path = sample_path(folder, "fifo");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        char text[16] = "";
        int file = open(path, O_RDONLY);
        ssize_t size = read(file, text, sizeof text);
        _exit(size == 5 && memcmp(text, "hello", 5) == 0 ? 0 : 1);
    }
    OK(bg_file_write(path, "hello", 5, &problem));
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    struct stat found;
    ck_assert(stat(path, &found) == 0 && S_ISFIFO(found.st_mode));
    teardown();
}
END_TEST

/* Their links in /proc name no file. */
START_TEST(pipes_without_a_name_get_the_bytes)
{
    int ends[2];
    char path[32], text[8] = "";
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    OK(bg_file_write(path, "hello", 5, &problem));
    ck_assert_int_eq(read(ends[0], text, sizeof text), 5);
    ck_assert_str_eq(text, "hello");
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(places_that_cannot_be_written_are_told)
{
    setup();
    REFUSED(bg_file_write(sample_path(folder, "none/a"), "x", 1, &problem), BG_E_IO,
            "none/a: cannot write: No such file or directory");
    REFUSED(bg_file_write(folder, "x", 1, &problem), BG_E_IO, "Is a directory");
    REFUSED(bg_file_write(sample_path(folder, ""), "x", 1, &problem), BG_E_IO, "no file name");
    REFUSED(bg_file_write("", "x", 1, &problem), BG_E_IO, "no file name");
    REFUSED(bg_file_write(NULL, "x", 1, &problem), BG_E_ARGUMENT, "name");
    REFUSED(bg_file_write("/dev/null/a", "x", 1, &problem), BG_E_IO, "Not a directory");
    char name[300];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    REFUSED(bg_file_write(name, "x", 1, &problem), BG_E_IO, "File name too long");
    ck_assert_uint_eq(files_in(folder), 0);
    name[255] = 0;
    OK(bg_file_write(sample_path(folder, name), "x", 1, &problem));
    teardown();
}
END_TEST

/* Status of a write by somebody who may not: root gives up its rights first. */
static int write_as_nobody(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(99);
        bg_error error;
        bg_status status = bg_file_write(path, "new", 3, &error);
        _exit(strstr(error.text, "cannot write: Permission denied") ? (int)status : 98);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(read_only_folders_and_files_stay_as_they_are)
{
    setup();
    const char *file = sample_path(folder, "a");
    OK(bg_file_write(file, "old", 3, &problem));
    ck_assert_int_eq(chmod(file, 0666), 0);
    ck_assert_int_eq(chmod(folder, 0555), 0);
    ck_assert_int_eq(write_as_nobody(file), BG_E_IO);
    ck_assert_int_eq(write_as_nobody(sample_path(folder, "b")), BG_E_IO);
    ck_assert_int_eq(chmod(folder, 0777), 0);
    ck_assert_int_eq(chmod(file, 0444), 0);
    ck_assert_int_eq(write_as_nobody(file), BG_E_IO);
    check_holds(file, "old");
    ck_assert_uint_eq(files_in(folder), 1);
    teardown();
}
END_TEST

/* A file size limit stands for a disk that fills up: the old file stays, nothing is left over. */
START_TEST(a_disk_that_fills_up_leaves_the_old_file)
{
    setup();
    const char *path = sample_path(folder, "a");
    OK(bg_file_write(path, "old", 3, &problem));
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {100, 100};
    char bytes[1000] = {0};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    REFUSED(bg_file_write(path, bytes, sizeof bytes, &problem), BG_E_IO, "File too large");
    check_holds(path, "old");
    ck_assert_uint_eq(files_in(folder), 1);
    teardown();
}
END_TEST

enum { SIZE = 1 << 19 };

static void write_for_ever(const char *path, char *bytes)
{
    for (int i = 0;; i++) {
        memset(bytes, '0' + i % 10, SIZE);
        bg_file_write(path, bytes, SIZE, NULL);
    }
}

/* A writer that is killed at any moment leaves the old file or the new one, whole. */
START_TEST(a_killed_writer_leaves_a_whole_file)
{
    setup();
    const char *path = sample_path(folder, "a");
    char *bytes = malloc(SIZE);
    memset(bytes, '0', SIZE);
    OK(bg_file_write(path, bytes, SIZE, &problem));
    for (useconds_t moment = 0; moment < 20; moment++) {
        pid_t child = fork();
        if (child == 0)
            write_for_ever(path, bytes);
        usleep(500 * moment);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        size_t size;
        unsigned char *found = sample_bytes(path, &size);
        ck_assert_uint_eq(size, SIZE);
        ck_assert_msg(memcmp(found, found + 1, SIZE - 1) == 0, "two writers' bytes in one file");
        free(found);
    }
    free(bytes);
    teardown();
}
END_TEST

START_TEST(what_is_left_of_a_killed_writer_does_not_hinder)
{
    setup();
    const char *path = sample_path(folder, "a");
    for (int number = 1; number < 5; number++) {
        char name[64];
        snprintf(name, sizeof name, "a" OUTPUT_TEMPORARY "%ld-%d", (long)getpid(), number);
        sample_write(sample_path(folder, name), "junk", 4);
    }
    OK(bg_file_write(path, "new", 3, &problem));
    check_holds(path, "new");
    ck_assert_uint_eq(files_in(folder), 5);
    teardown();
}
END_TEST

START_TEST(standard_output)
{
    int ends[2];
    char text[8] = "";
    ck_assert_int_eq(pipe(ends), 0);
    int kept = dup(STDOUT_FILENO);
    ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    bg_status status = bg_file_write("-", "hello", 5, &problem);
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(read(ends[0], text, sizeof text), 5);
    close(ends[0]);
    close(ends[1]);
    bg_status broken = bg_file_write("-", "hello", 5, &problem);
    dup2(kept, STDOUT_FILENO);
    ck_assert_int_eq(status, BG_OK);
    ck_assert_str_eq(text, "hello");
    ck_assert_int_eq(broken, BG_E_IO);
    ck_assert_str_eq(problem.text, "standard output: cannot write: Broken pipe");
}
END_TEST

START_TEST(every_failed_allocation_is_clean)
{
    setup();
    const char *path = sample_path(folder, "a"), *link = sample_path(folder, "link");
    ck_assert_int_eq(symlink("a", link), 0);
    for (size_t n = 1; n <= 3; n++) {
        memory_fail_after(n);
        bg_status status = bg_file_write(link, "x", 1, &problem);
        memory_fail_after(0);
        ck_assert_int_ne(status, BG_OK);
        ck_assert_int_ne(access(path, F_OK), 0);
    }
    ck_assert_uint_eq(files_in(folder), 1);
    teardown();
}
END_TEST

RUN_TESTS("output", files_are_written_and_replaced, modes_follow_the_umask_or_the_old_file,
          links_are_written_through, devices_are_not_replaced, pipes_get_the_bytes,
          pipes_without_a_name_get_the_bytes, places_that_cannot_be_written_are_told,
          read_only_folders_and_files_stay_as_they_are, a_disk_that_fills_up_leaves_the_old_file,
          a_killed_writer_leaves_a_whole_file, what_is_left_of_a_killed_writer_does_not_hinder,
          standard_output, every_failed_allocation_is_clean)
