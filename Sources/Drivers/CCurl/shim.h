#pragma once
#include <curl/curl.h>

// Swift imports neither variadic functions nor unions: one function per kind of argument.

static inline CURLcode shim_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}
typedef size_t (*shim_data_callback)(char *data, size_t size, size_t count, void *context);
static inline CURLcode shim_set_callback(CURL *easy, CURLoption option, shim_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode shim_set_prereq_callback(CURL *easy, CURLoption option, curl_prereq_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode shim_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode shim_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLMcode shim_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLcode shim_result(const CURLMsg *message) { return message->data.result; }
