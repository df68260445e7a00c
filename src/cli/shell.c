#include "shell.h"

#include <string.h>

#include "json.h"

static bool is_plain(const char *word)
{
    return *word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "_@%+=:,./-") == strlen(word);
}

static bool is_printable(const char *word)
{
    for (size_t length; *word; word += length) {
        length = utf8_length(word);
        if (!length || (unsigned char)*word < 0x20 || *word == 0x7f)
            return false;
    }
    return true;
}

void shell_add_word(text *out, const char *word)
{
    if (is_plain(word)) {
        text_add(out, word);
    } else if (is_printable(word)) {
        text_add(out, "'");
        for (; *word; word++)
            if (*word == '\'')
                text_add(out, "'\\''");
            else
                text_add_bytes(out, word, 1);
        text_add(out, "'");
    } else {
        text_add(out, "$'");
        for (; *word; word++) {
            unsigned char c = (unsigned char)*word;
            bool safe = c >= 0x20 && c < 0x7f && c != '\'' && c != '\\';
            text_format(out, safe ? "%c" : "\\%03o", c);
        }
        text_add(out, "'");
    }
}

void shell_add_line(text *out, int argc, char **argv)
{
    text_add(out, "backgemm");
    for (int i = 1; i < argc; i++) {
        text_add(out, " ");
        shell_add_word(out, argv[i]);
    }
}
