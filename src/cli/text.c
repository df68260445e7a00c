#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "talk.h"

#define PIECE ((size_t)1 << 16) /* bytes passed to standard output at once */

text text_open(const char *path)
{
    return (text){.path = path && strcmp(path, "-") != 0 ? path : NULL};
}

bool text_failed(const text *out)
{
    return out->short_of_memory || out->write_error;
}

static void pass_on(text *out)
{
    size_t done = 0;
    while (done < out->size && !out->write_error) {
        ssize_t n = write(STDOUT_FILENO, out->bytes + done, out->size - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            out->write_error = n == 0 ? EIO : errno;
    }
    out->size = 0;
}

static bool has_room(text *out, size_t more)
{
    if (text_failed(out) || more > SIZE_MAX / 4 - out->size)
        return out->short_of_memory = true, false;
    if (out->size + more <= out->room)
        return true;
    size_t room = 2 * (out->size + more) + 256;
    char *grown = realloc(out->bytes, room);
    if (!grown)
        return out->short_of_memory = true, false;
    out->bytes = grown;
    out->room = room;
    return true;
}

void text_make_printable(char *bytes, size_t size, bool lines)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i],
                      next = i + 1 < size ? (unsigned char)bytes[i + 1] : 0;
        bool two = c == 0xc2 && next >= 0x80 && next <= 0x9f;
        if (two || c == 0x7f || (c < 0x20 && !(lines && c == '\n')))
            bytes[i] = '?';
        if (two)
            bytes[++i] = '?';
    }
}

void text_add_bytes(text *out, const char *bytes, size_t size)
{
    if (text_failed(out) || !has_room(out, size))
        return;
    if (size)
        memcpy(out->bytes + out->size, bytes, size);
    if (out->for_people)
        text_make_printable(out->bytes + out->size, size, true);
    out->size += size;
    if (!out->path && out->size >= PIECE)
        pass_on(out);
}

void text_add(text *out, const char *words)
{
    text_add_bytes(out, words, strlen(words));
}

void text_add_name(text *out, const char *name)
{
    char *copy = strdup(name);
    if (!copy) {
        out->short_of_memory = true;
        return;
    }
    text_make_printable(copy, strlen(copy), false);
    text_add(out, copy);
    free(copy);
}

void text_format(text *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *words = NULL;
    int length = vasprintf(&words, format, args);
    va_end(args);
    if (length < 0) {
        out->short_of_memory = true;
        return;
    }
    text_add_bytes(out, words, (size_t)length);
    free(words);
}

void text_number(text *out, double value, bg_dtype dtype)
{
    char digits[32];
    bg_number_text(value, dtype, digits);
    text_add(out, digits);
}

void text_csv_cell(text *out, const char *words)
{
    size_t length = strlen(words);
    bool spaced = length && (words[0] == ' ' || words[length - 1] == ' ');
    if (length && !spaced && !strpbrk(words, ",\"\n\r\t;")) {
        text_add(out, words);
        return;
    }
    text_add(out, "\"");
    for (const char *quote; (quote = strchr(words, '"')); words = quote + 1) {
        text_add_bytes(out, words, (size_t)(quote - words));
        text_add(out, "\"\"");
    }
    text_add(out, words);
    text_add(out, "\"");
}

void text_drop(text *out)
{
    free(out->bytes);
    *out = (text){0};
}

int text_close(text *out)
{
    int code = EXIT_DONE;
    bg_error error = {0};
    if (!out->path && !out->short_of_memory)
        pass_on(out);
    if (out->short_of_memory)
        code = complain_memory("the output");
    else if (out->write_error == EPIPE)
        code = EXIT_IO; /* the reader has seen enough */
    else if (out->write_error)
        code = complain(EXIT_IO, "cannot write to standard output: %s", strerror(out->write_error));
    else if (out->path && bg_file_write(out->path, out->bytes, out->size, &error) != BG_OK)
        code = complain_error(&error);
    text_drop(out);
    return code;
}
