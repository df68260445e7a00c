#include <sha2.h>

#include "base/bytes.h"
#include "net/net.h"

/* Numbers on their way into the hash, so that it is not called for each. */
typedef struct digest {
    SHA2_CTX context;
    bg_dtype dtype;
    size_t used;
    uint8_t bytes[4096];
} digest;

static void digest_flush(digest *d)
{
    SHA256Update(&d->context, d->bytes, d->used);
    d->used = 0;
}

static void digest_add(digest *d, double value)
{
    d->used += bytes_put_real(d->bytes + d->used, d->dtype, value);
    if (d->used == sizeof d->bytes)
        digest_flush(d);
}

void bg_net_sha256(const bg_net *net, char hex[65])
{
    digest d = {.dtype = net->dtype};
    SHA256Init(&d.context);
    for (const net_layer *layer = net->layer; layer < net->layer + net->layers; layer++) {
        for (size_t j = 0; j < layer->out; j++)
            for (size_t i = 0; i < layer->in; i++)
                digest_add(&d,
                           dtype_load(net->dtype, net->values, layer->weight + i * layer->ldw + j));
        for (size_t j = 0; j < layer->out; j++)
            digest_add(&d, dtype_load(net->dtype, net->values, layer->bias + j));
    }
    digest_flush(&d);
    SHA256End(&d.context, hex);
}
