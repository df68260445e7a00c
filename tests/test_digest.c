#include "base/bytes.h"
#include "samples.h"

static const bg_activation activations[] = {BG_TANH, BG_IDENTITY};

/* By Python: hashlib.sha256(struct.pack("<17f", ...)), and "<17d". */
START_TEST(the_digest_is_that_of_the_bytes_in_the_file)
{
    static const size_t widths[] = {2, 3, 2};
    static const char *const wanted[] = {
        "c393257b39eb100abb90f1f9f582fce595e079ff652af5cb151ba95c07a17e29",
        "4562e1f7015c1fe6d91f9fb2765b4d9e71108f49b880cf0ccd0107c2998a589b"};
    for (int d = 0; d < 2; d++) {
        bg_net *net = sample_net((bg_dtype)d, widths, 2, activations);
        char hex[65];
        bg_net_sha256(net, hex);
        ck_assert_str_eq(hex, wanted[d]);
        bg_net_free(net);
    }
}
END_TEST

START_TEST(every_parameter_counts)
{
    static const size_t widths[] = {3, 4, 2};
    char hexes[30][65];
    size_t count = 0;
    for (size_t changed = 0; changed <= 12 + 4 + 8 + 2; changed++) {
        bg_net *net = sample_net(BG_F64, widths, 2, activations);
        double values[26];
        bg_net_get(net, 1, values, values + 12);
        bg_net_get(net, 2, values + 16, values + 24);
        if (changed)
            values[changed - 1] += 1e-10;
        bg_net_set(net, 1, values, values + 12);
        bg_net_set(net, 2, values + 16, values + 24);
        bg_net_sha256(net, hexes[count++]);
        bg_net_free(net);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(hexes[i], hexes[j]);
}
END_TEST

/* More parameters than the digest gathers before it hashes: by Python's hashlib as well. */
START_TEST(a_net_larger_than_the_buffer)
{
    static const size_t widths[] = {100, 31};
    bg_net_spec spec = {BG_F32, 1, widths, activations};
    bg_net *net = NULL;
    OK(bg_net_create(&spec, &net, &problem));
    double weight[3100], bias[31];
    for (size_t i = 0; i < 3100; i++)
        weight[i] = (double)i;
    for (size_t i = 0; i < 31; i++)
        bias[i] = (double)(3100 + i);
    bg_net_set(net, 1, weight, bias);
    char hex[65];
    bg_net_sha256(net, hex);
    ck_assert_str_eq(hex, "9384e10ab4901aca784ceda6abb4441f4e0c301e78dcd4cdc89646262ce51ca3");
    bg_net_free(net);
}
END_TEST

START_TEST(bytes_are_little_endian)
{
    unsigned char bytes[8];
    ck_assert_uint_eq(bytes_put_real(bytes, BG_F32, -2), 4);
    ck_assert_mem_eq(bytes, "\0\0\0\xc0", 4);
    ck_assert(bytes_get_real(bytes, BG_F32) == -2);
    ck_assert_uint_eq(bytes_put_real(bytes, BG_F64, 1.5), 8);
    ck_assert_mem_eq(bytes, "\0\0\0\0\0\0\xf8\x3f", 8);
    ck_assert(bytes_get_real(bytes, BG_F64) == 1.5);
    bytes_put(bytes, 8, 0x0102030405060708u);
    ck_assert_uint_eq(bytes[0], 8);
    ck_assert_uint_eq(bytes_get(bytes, 8), 0x0102030405060708u);
    ck_assert_uint_eq(bytes_get(bytes, 2), 0x0708);
}
END_TEST

RUN_TESTS("digest", the_digest_is_that_of_the_bytes_in_the_file, every_parameter_counts,
          a_net_larger_than_the_buffer, bytes_are_little_endian)
