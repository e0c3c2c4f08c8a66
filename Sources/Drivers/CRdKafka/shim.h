#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#ifdef __linux__
#include <sys/prctl.h>
#else
#include <pthread.h>
#endif

// Names the calling thread, for debuggers and top. (glibc hides pthread_setname_np from Swift.)
static inline void kafka_name_thread(const char *name) {
#ifdef __linux__
    prctl(PR_SET_NAME, name, 0, 0, 0);
#else
    pthread_setname_np(name);
#endif
}

// rd_kafka_producev takes variable arguments, which Swift does not import. The payload is copied. A null key or value
// is Kafka's null; an empty one is a pointer to anything and a size of 0. On success `headers` (may be null) belongs to
// librdkafka, otherwise still to the caller. A timestamp of 0 is the present moment.
static inline rd_kafka_resp_err_t kafka_produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition,
                                                const void *key, size_t key_size, const void *value, size_t value_size,
                                                rd_kafka_headers_t *headers, int64_t timestamp, void *opaque) {
    // Without headers the list ends before them: a null list would be taken for one.
    return rd_kafka_producev(rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
                             RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_TIMESTAMP(timestamp),
                             RD_KAFKA_V_OPAQUE(opaque), headers ? RD_KAFKA_VTYPE_HEADERS : RD_KAFKA_VTYPE_END, headers,
                             RD_KAFKA_V_END);
}
