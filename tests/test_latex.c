/* Words and formulas for LaTeX. */
#include "sheet/latex.h"

#include <string.h>

#include "suite.h"

static void compare(text *made, const char *right)
{
    ck_assert_str_eq(made->bytes ? made->bytes : "", right);
    text_release(made);
}

START_TEST(special_characters_are_escaped)
{
    static const struct {
        const char *words, *right;
    } cases[] = {
        {"half_sse, 5 % of {0, 0} & #1 for $2",
         "half\\_sse, 5 \\% of \\{0, 0\\} \\& \\#1 for \\$2"},
        {"a \"word\" and \"another\"", "a ``word'' and ``another''"},
        {"C:\\x ~ ^ <|>",
         "C:{\\char`\\\\}x {\\char`\\~} {\\char`\\^} {\\char`\\<}{\\char`\\|}{\\char`\\>}"},
        {"see https://a.org/b_c%20d#e, page 2.", "see \\url{https://a.org/b_c%20d#e}, page 2."},
        {"(http://a.org/).", "(\\url{http://a.org/})."},
        {"two\nlines", "two lines"},
        {"\xc3\x9c"
         "bung \xe2\x80\x93 \xcf\x83(z)",
         "\xc3\x9c"
         "bung \xe2\x80\x93 $\\sigma$(z)"},
        {"\xce\xbf \xcf\x89 \xe5\xad\xa6 \xf0\x9f\x98\x80 \xc3\xbe", "$o$ $\\omega$ ? ? ?"},
    };
    text t = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        latex_text(cases[i].words, &t);
        compare(&t, cases[i].right);
    }
}
END_TEST

START_TEST(names_become_letters_with_an_index)
{
    static const struct {
        const char *name, *plus, *right;
    } cases[] = {
        {"w5", "", "w_{\\mathrm{5}}"},
        {"w5", "+", "w_{\\mathrm{5}}{}^{+}"},
        {"net_o1", "", "\\mathrm{net}_{\\mathrm{o1}}"},
        {"delta_D0", "", "\\delta_{\\mathrm{D0}}"},
        {"theta3", "", "\\theta_{\\mathrm{3}}"},
        {"dE/dout_h1", "", "\\mathrm{dE}/\\mathrm{dout}_{\\mathrm{h1}}"},
        {"a_b__c", "", "a_{\\mathrm{b,c}}"},
        {"x_", "", "x"},
        {"h1[0]", "+", "h_{\\mathrm{1}}[0]{}^{+}"},
        {"50%{_^", "", "50\\%\\{\\_\\ "},
        {"o", "", "o"},
    };
    text t = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        latex_name(cases[i].name, cases[i].plus, &t);
        compare(&t, cases[i].right);
    }
}
END_TEST

START_TEST(long_formulas_break_before_a_sign)
{
    text t = {0}, formula = {0};
    latex_wrap("1 \\cdot 2 + 3", &t);
    compare(&t, "1 \\cdot 2 + 3");
    for (int i = 0; i < 9; i++)
        text_add(&formula, "%s0.1234567890123 \\cdot {a}^{(1)}_{%d}", i ? " + " : "", i);
    latex_wrap(formula.bytes, &t);
    size_t breaks = 0;
    for (const char *at = t.bytes; (at = strstr(at, "\\\\\n &\\quad {} + ")); at++)
        breaks++;
    ck_assert_uint_ge(breaks, 2);
    ck_assert_uint_lt(breaks, 8);
    text_release(&formula);
    text_release(&t);
    /* What cannot break stays whole, and so do words longer than the line. */
    for (int i = 0; i < 200; i++)
        text_add(&formula, "7");
    latex_wrap(formula.bytes, &t);
    compare(&t, formula.bytes);
    text_release(&formula);
}
END_TEST

RUN_CASE("latex", 30, special_characters_are_escaped, names_become_letters_with_an_index,
         long_formulas_break_before_a_sign)
