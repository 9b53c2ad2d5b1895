/* SPDX-License-Identifier: MIT */
/*
 * log.h -- One JSON object a line on standard error, for s6-log to keep.
 *
 *	log_info("relay.batch", LOG_INT("rows", n), LOG_STR("bus", name));
 *
 * Each line has time, level, program, pid, the request's id where there is
 * one, event and the fields.  No secret, token or message text is ever a field.
 */
#ifndef PARLEY_BASE_LOG_H
#define PARLEY_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

struct err;

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR
};

struct log_field {
	const char *key;
	const char *text; /* NULL: it is number */
	int64_t	    number;
};

static inline struct log_field
log_text_field(const char *key, const char *text)
{
	return (struct log_field){key, text == NULL ? "" : text, 0};
}

#define LOG_STR(k, v) log_text_field((k), (v))
#define LOG_INT(k, v) ((struct log_field){(k), 0, (int64_t)(v)})

/* As log.level names it; what is no name is info. */
enum log_level log_level_of(const char *name);

/* Names the program on every line from now on; drops lines below level. */
void log_open(const char *program, enum log_level);

/* The request that the next lines belong to; NULL: none.  Not copied. */
void log_request(const char *request_id);

void log_write(enum log_level, const char *event, const struct log_field *);

#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {0, 0, 0}})
#define log_debug(event, ...) \
	log_write(LOG_LEVEL_DEBUG, (event), LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...) \
	log_write(LOG_LEVEL_INFO, (event), LOG_FIELDS(__VA_ARGS__))
#define log_warn(event, ...) \
	log_write(LOG_LEVEL_WARN, (event), LOG_FIELDS(__VA_ARGS__))
#define log_error(event, ...) \
	log_write(LOG_LEVEL_ERROR, (event), LOG_FIELDS(__VA_ARGS__))

/* An error at the edge, with its code, detail and the place it was set. */
void log_err(const char *event, const struct err *);

#endif
