#include "io_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

static void expect_input_failure(const char *path, bg_status expected, const char *sentence)
{
    bg_error error;
    input in = {0};
    ck_assert_int_eq(input_read(path, &in, &error), expected);
    ck_assert_ptr_nonnull(strstr(error.text, sentence));
    ck_assert_ptr_null(in.block);
}

/* gzip of the bytes, into packed (room bytes); its size. */
static size_t pack(const void *bytes, size_t size, unsigned char *packed, size_t room)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)bytes;
    z.avail_in = (uInt)size;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

START_TEST(reads_whole_files)
{
    input in;
    ck_assert_int_eq(input_read(files_write("a", "1,2\n\0x", 6), &in, NULL), BG_OK);
    ck_assert_uint_eq(in.size, 6);
    ck_assert_mem_eq(in.bytes, "1,2\n\0x\0", 7);
    input_release(&in);
}
END_TEST

START_TEST(skips_the_byte_order_mark)
{
    input in;
    ck_assert_int_eq(input_read(files_write("a",
                                            "\xef\xbb\xbf"
                                            "a,b",
                                            6),
                                &in, NULL),
                     BG_OK);
    ck_assert_uint_eq(in.size, 3);
    ck_assert_str_eq(in.bytes, "a,b");
    input_release(&in);
}
END_TEST

START_TEST(reads_standard_input_from_a_pipe)
{
    int ends[2];
    input in;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq((int)write(ends[1], "3,4\n", 4), 4);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    ck_assert_int_eq(input_read("-", &in, NULL), BG_OK);
    ck_assert_str_eq(in.name, "standard input");
    ck_assert_str_eq(in.bytes, "3,4\n");
    input_release(&in);
}
END_TEST

START_TEST(says_why_a_file_cannot_be_read)
{
    char missing[64];
    snprintf(missing, sizeof missing, "%s/none", folder);
    expect_input_failure(missing, BG_E_IO, "none: cannot be opened: No such file");
    expect_input_failure(folder, BG_E_IO, "cannot be read: Is a directory");
    expect_input_failure(files_write("e", "", 0), BG_E_DATA, "e: the file is empty");
    if (geteuid() != 0) {
        const char *locked = files_write("locked", "1", 1);
        chmod(locked, 0);
        expect_input_failure(locked, BG_E_IO, "Permission denied");
    }
}
END_TEST

START_TEST(unpacks_members_one_after_the_other)
{
    unsigned char packed[256];
    size_t size = pack("1,2\n", 4, packed, sizeof packed);
    size += pack("3,4\n", 4, packed + size, sizeof packed - size);
    input in;
    ck_assert_int_eq(input_read(files_write("a.gz", packed, size), &in, NULL), BG_OK);
    ck_assert_str_eq(in.bytes, "1,2\n3,4\n");
    input_release(&in);
}
END_TEST

START_TEST(unpacks_what_is_far_larger)
{
    enum { SIZE = 20000000 };
    unsigned char *packed = malloc(100000);
    char *zeros = calloc(SIZE, 1);
    ck_assert(packed && zeros);
    size_t size = pack(zeros, SIZE, packed, 100000);
    input in;
    ck_assert_int_eq(input_read(files_write("a.gz", packed, size), &in, NULL), BG_OK);
    ck_assert_uint_eq(in.size, SIZE);
    ck_assert_mem_eq(in.bytes, zeros, SIZE);
    input_release(&in);
    free(packed);
    free(zeros);
}
END_TEST

START_TEST(refuses_gzip_cut_at_any_byte)
{
    unsigned char packed[256];
    size_t size = pack("sepal,petal\n1,2\n3,4\n", 20, packed, sizeof packed);
    for (size_t cut = 3; cut < size; cut++)
        expect_input_failure(files_write("a.gz", packed, cut), BG_E_DATA, "cut short");
}
END_TEST

START_TEST(refuses_gzip_with_a_wrong_byte_or_tail)
{
    unsigned char packed[256];
    size_t size = pack("sepal,petal\n1,2\n3,4\n", 20, packed, sizeof packed);
    packed[size] = 'x';
    expect_input_failure(files_write("a.gz", packed, size + 1), BG_E_DATA,
                         "something else follows");
    packed[size - 6] ^= 1; /* of the checksum */
    expect_input_failure(files_write("a.gz", packed, size), BG_E_DATA, "corrupt");
    size = pack("", 0, packed, sizeof packed);
    expect_input_failure(files_write("a.gz", packed, size), BG_E_DATA, "empty");
}
END_TEST

START_TEST(knows_suffixes)
{
    input in = {.name = "data.CSV.gz"};
    ck_assert(input_has_suffix(&in, ".tsv .csv"));
    ck_assert(!input_has_suffix(&in, ".gz"));
    ck_assert(!input_has_suffix(&in, ""));
    in.name = ".csv";
    ck_assert(!input_has_suffix(&in, ".csv"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {reads_whole_files,
                                  skips_the_byte_order_mark,
                                  reads_standard_input_from_a_pipe,
                                  says_why_a_file_cannot_be_read,
                                  unpacks_members_one_after_the_other,
                                  unpacks_what_is_far_larger,
                                  refuses_gzip_cut_at_any_byte,
                                  refuses_gzip_with_a_wrong_byte_or_tail,
                                  knows_suffixes,
                                  NULL};
    return run_suite("input", tests);
}
