#pragma once
#include <curl/curl.h>
#include <locale.h>

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
static inline CURLcode shim_set_open_callback(CURL *easy, CURLoption option, curl_sockopt_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode shim_set_close_callback(CURL *easy, CURLoption option, curl_closesocket_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode shim_set_debug_callback(CURL *easy, CURLoption option, curl_debug_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode shim_set_progress_callback(CURL *easy, CURLoption option, curl_xferinfo_callback callback) {
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
static inline CURLMcode shim_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode shim_multi_set_socket_callback(
    CURLM *multi, CURLMoption option, curl_socket_callback callback) {
    return curl_multi_setopt(multi, option, callback);
}
static inline CURLMcode shim_multi_set_timer_callback(
    CURLM *multi, CURLMoption option, curl_multi_timer_callback callback) {
    return curl_multi_setopt(multi, option, callback);
}
// The ASCII form of a host's name in UTF-8, for curl_free; NULL: it has none. libcurl takes a name to be in the locale's encoding, which is
// not UTF-8 where nobody has set one.
static inline char *shim_ascii_host(const char *host) {
    char *ascii = NULL;
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!utf8) return NULL;
    locale_t before = uselocale(utf8);
    CURLU *url = curl_url();
    if (url && curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK)
        curl_url_get(url, CURLUPART_HOST, &ascii, CURLU_PUNYCODE);
    curl_url_cleanup(url);
    uselocale(before);
    freelocale(utf8);
    return ascii;
}
static inline CURLcode shim_result(const CURLMsg *message) { return message->data.result; }
