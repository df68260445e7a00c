/* The settings in the file of a recorded run: what its maker says it did. */
#ifndef IO_RECORDING_FILE_H
#define IO_RECORDING_FILE_H

#include "net/recording.h"

/* Reads `size` bytes of JSON, called `name` in sentences, into maker, layers, activations, options
 * and lr of the recording, which owns them even after a failure; *rates: numbers in lr. */
bg_status settings_read(const char *name, const char *json, size_t size, bg_recording *r,
                        size_t *rates, bg_error *error);

#endif
