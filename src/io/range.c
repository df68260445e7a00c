#include "io/range.h"

#include <inttypes.h>

#include "base/status.h"

bg_status range_keep(const char *name, const bg_read_options *options, size_t total,
                     row_range *keep, bg_error *error)
{
    uint64_t first = options->first_row ? options->first_row : 1;
    uint64_t last = options->last_row ? options->last_row : total;
    if (total == 0)
        return fail_at(error, BG_E_DATA, name, 0, 0, "no rows");
    if (last > total || first > total)
        return fail_at(error, BG_E_ARGUMENT, name, 0, 0,
                       "there is no row %" PRIu64 ", it has %zu rows", last > total ? last : first,
                       total);
    if (first > last)
        return fail_at(error, BG_E_ARGUMENT, name, 0, 0,
                       "rows %" PRIu64 " to %" PRIu64 " are none: the first comes after the last",
                       first, last);
    *keep = (row_range){(size_t)(first - 1), (size_t)(last - first + 1)};
    return BG_OK;
}
