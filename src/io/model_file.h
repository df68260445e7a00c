/* The model file, a safetensors file: docs/model-file.md says what it holds. */
#ifndef IO_MODEL_FILE_H
#define IO_MODEL_FILE_H

#include "net/model.h"
#include "net/schema.h"

#include <jansson.h>

#define MODEL_FORMAT "backgemm"
#define MODEL_FORMAT_VERSION "1"
#define MODEL_HEADER_MOST ((uint64_t)100 << 20) /* bytes, as other safetensors readers have it */
#define MODEL_METADATA "__metadata__"
#define MODEL_NOTE "note."          /* before the key of a note */
#define MODEL_STATE_DTYPE BG_F64    /* of the vectors of a checkpoint */
#define MODEL_ALIGNMENT ((size_t)8) /* of the tensors in the file */

/* Keys of the metadata, in the order of the file.  Lists are JSON texts. */
#define KEY_FORMAT "format"
#define KEY_FORMAT_VERSION "format_version"
#define KEY_VERSION "backgemm_version"
#define KEY_ACTIVATIONS "activations"
#define KEY_LOSS "loss"
#define KEY_REDUCTION "reduction"
#define KEY_L2 "l2"
#define KEY_L1 "l1"
#define KEY_TASK "task"
#define KEY_SCALING "scaling"
#define KEY_OFFSETS "offsets"
#define KEY_SCALES "scales"
#define KEY_INPUTS "inputs"
#define KEY_TARGET_COLUMNS "target_columns"
#define KEY_TARGETS "targets"
#define KEY_TARGET_PLACES "target_places"
#define KEY_CLASSES "classes"
#define KEY_SPARSE "sparse"
#define KEY_WEIGHTS_COLUMN "weights_column"
#define KEY_WEIGHTS "weights"

/* The name of a dtype in safetensors. */
const char *tensor_dtype_name(bg_dtype dtype);

/* Where the reader stands: what its sentences name, and where they go. */
typedef struct model_source {
    const char *file; /* borrowed */
    bg_error *error;  /* may be NULL */
} model_source;

/* The metadata (an object of texts, checked here) as a schema, NULL in *schema when the file has
 * none, as an objective, and its notes put into a model. */
bg_status metadata_check(const model_source *source, const json_t *metadata);
bg_status metadata_read_activations(const model_source *source, const json_t *metadata,
                                    size_t layers, bg_activation *activations);
bg_status metadata_read_objective(const model_source *source, const json_t *metadata,
                                  bg_objective *objective);
bg_status metadata_read_schema(const model_source *source, const json_t *metadata, size_t inputs,
                               size_t outputs, bg_schema **schema);
bg_status metadata_read_notes(const model_source *source, const json_t *metadata, bg_model *model);

#endif
