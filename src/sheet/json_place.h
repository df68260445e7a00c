/* Where a value stands in the text of a JSON file: Jansson does not keep it. */
#ifndef SHEET_JSON_PLACE_H
#define SHEET_JSON_PLACE_H

#include <stddef.h>
#include <stdint.h>

/* Line, from 1, of the value that `path` ("net.weights[1][0]") leads to in a well-formed text that
 * ends with a NUL; of the last value on the way where the path goes on to what is not there. */
uint64_t json_place(const char *text, const char *path);

#endif
