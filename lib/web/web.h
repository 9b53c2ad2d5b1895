/* SPDX-License-Identifier: MIT */
/*
 * web.h -- A page program: const tables of routes and fields, one call.
 *
 *	int
 *	main(int argc, char **argv)
 *	{
 *		return web_main(argc, argv, &program);
 *	}
 *
 * A request comes in as JSON under /api/v1 or as a form or link at /; the same
 * handler serves both.  It reads its declared fields, calls one use case, and
 * fills a view: a JSON value and the name of a template.  An API client gets
 * the value; a browser gets the template rendered over it.  So a page cannot
 * show what the API can't.  No handler writes HTML, SQL or a header line.
 *
 * For a browser a successful change is answered 303 to view->location, and a
 * failed one is answered by the page that the form stands on (web_route.form),
 * with .form.values.FIELD, .form.errors.FIELD and .error set in its data.
 */
#ifndef PARLEY_WEB_WEB_H
#define PARLEY_WEB_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"

struct app;
struct arena;
struct config;
struct req;
struct view;

enum web_method {
	WEB_GET = 1,
	WEB_POST = 2,
	WEB_PUT = 4,
	WEB_PATCH = 8,
	WEB_DELETE = 16
};

/* Who may call: there is no default; a row without a right stops the start. */
enum web_right {
	RIGHT_UNSET,
	RIGHT_PUBLIC,	/* anybody; credentials are not looked at */
	RIGHT_OPTIONAL, /* anybody, but who is logged in is known */
	RIGHT_USER,	/* who is logged in */
	RIGHT_ADMIN,	/* the role admin */
	RIGHT_OPERATOR	/* from an address in operator.addresses */
};

enum web_side {
	SIDE_BOTH, /* /api/v1/x and /x */
	SIDE_API,  /* /api/v1/x only */
	SIDE_PAGE, /* /x only */
	SIDE_ROOT  /* /x, but JSON or plain text: /healthz */
};

enum web_type {
	FIELD_STRING,  /* one line: no control characters */
	FIELD_TEXT,    /* many lines: \n and \t are fine */
	FIELD_SECRET,  /* all but NUL; never shown again, never logged */
	FIELD_ID,      /* a decimal string (or JSON integer) */
	FIELD_ID_LIST, /* a JSON array of ids */
	FIELD_INT,
	FIELD_BOOL,   /* JSON true/false; "1", "on", "true" in a form */
	FIELD_CHOICE, /* one of the words in pattern, space-separated */
	FIELD_WORDS   /* any of them: a JSON array; text with blanks between */
};

enum {
	FIELD_REQUIRED = 1,
	FIELD_QUERY = 2,    /* comes in the query string, not the body */
	FIELD_NULLABLE = 4, /* JSON null is a value of its own */
	FIELD_TRIM = 8 /* outer blanks don't count, nor what shows nothing */
};

/*
 * A field that isn't declared doesn't exist.  min and max bound a number, or
 * the code points of a text; max_bytes (0: none) its bytes.
 */
struct web_field {
	const char   *name;
	enum web_type type;
	unsigned      flags;
	int64_t	      min, max;
	size_t	      max_bytes;
	const char   *pattern; /* choices, or the characters: "a-z0-9_." */
};

/* How much of a list is asked for: the field of its route, and req_limit(). */
enum { LIST_SIZE = 50, LIST_MAX = 200 };
#define FIELD_LIMIT                                                \
	{                                                          \
		"limit", FIELD_INT, FIELD_QUERY, 1, LIST_MAX, 0, 0 \
	}

typedef int (*web_handler)(struct req *, struct view *, struct err *);

/* What is wrong with the fields beyond the table, by err_field(). */
typedef void (*web_judge)(struct req *, struct err *);

struct web_route {
	enum web_method method;
	enum web_side	side;
	const char     *path; /* "/contacts/{user_id}", "/setup/{token:text}" */
	enum web_right	right;
	web_handler	handler;
	const struct web_field *fields; /* ended by a nameless row; or NULL */
	const char	       *templ;	/* page template, "chat" for chat.cst */
	web_handler		form;	/* the page to show again on an error */
	const char	       *form_templ;
	const char *bucket; /* rate limit: its own; "": none; NULL: by method */
	/*
	 * Asked when a field is at fault, so that what the handler would have
	 * refused is told with it: all at once.  Those at fault are not given.
	 */
	web_judge judge;
};

/* What lib/web needs from above, and must not know. */
struct web_guard {
	/*
	 * Opens the engines at start (app_open() of lib/data) and hands out
	 * the settings, which live as long as the app.
	 */
	int (*open)(const char *program, const char *instance,
	    struct app **app_r, const struct config **config_r, struct err *);
	void (*close)(struct app **);
	/*
	 * Who is it?  Reads bearer or cookie and sets req->user.  0 also when
	 * there are no credentials; -1 "unauthorized" when they are bad.
	 */
	int (*authenticate)(struct req *, struct err *);
	/*
	 * May it be served now?  -1 "rate_limited".  bucket is the route's,
	 * or "read" (GET) or "write" (all else); never NULL or "".
	 */
	int (*admit)(struct req *, const char *bucket, struct err *);
	/* Adds what every page shows of the user (view "me") to the data. */
	int (*decorate)(struct req *, json_t *data, struct err *);
};

struct web_program {
	const char *name; /* "accounts": socket, log, MariaDB user */
	const struct web_route *routes;
	size_t			nroutes;
	const struct web_guard *guard;
	/* once, before workers are forked: what they are to have in common */
	void (*share)(struct app *); /* NULL: nothing */
};

/*
 * All of a program's main(): its settings, what its routes and templates need,
 * its workers until SIGTERM.  The exit status, with the reason on stderr.
 */
int web_main(int argc, char **argv, const struct web_program *);

/* The cookie that carries a log-in; see view_cookie() for its prefix on TLS. */
#define WEB_LOGIN_COOKIE "parley"

/* -- the request ----------------------------------------------------------- */

enum { ROLE_USER, ROLE_ADMIN };

struct web_user {
	uint64_t    id; /* 0: nobody is logged in */
	uint64_t    session_id;
	int	    role;
	bool	    by_cookie;
	const char *csrf_token; /* what its forms must carry; NULL by bearer */
	/* A fresh log-in cookie to set on a page where it is due, or NULL. */
	const char *cookie;
	int64_t	    cookie_age_s;
};

struct req {
	struct app	       *app;
	struct arena	       *arena;
	const struct web_route *route;
	enum web_method		method;
	bool			is_api; /* answer JSON */
	bool			is_tls;
	const char	       *path;	 /* without /api/v1 and query */
	const char	       *uri;	 /* path and query, as a link of ours */
	const char	       *id;	 /* X-Request-Id */
	const char	       *address; /* the client's, proxies heeded */
	const char	       *user_agent; /* at most 200 bytes */
	const char	       *lang;	    /* "en" | "zh" */
	int64_t			now_ms;	    /* when it came in */
	struct web_user		user;
	void		       *guard; /* the guard's, between its calls */
	struct req_private     *priv;
};

const char *req_header(const struct req *, const char *name); /* NULL: none */
const char *req_cookie(const struct req *, const char *name);

/*
 * An {id} of the path, and a {name:text}: [A-Za-z0-9._~-]{1,128}.  0 or NULL
 * where the path has no such name: on a form's page, it may be another's.
 */
uint64_t    req_path_id(const struct req *, const char *name);
const char *req_path_text(const struct req *, const char *name);

/*
 * Declared fields, already checked: every handler may assume type, bounds and
 * UTF-8.  Absent: NULL, 0, false; ask req_has() to tell.
 */
bool	    req_has(const struct req *, const char *name); /* null counts */
bool	    req_is_null(const struct req *, const char *name);
const char *req_str(const struct req *, const char *name);
int64_t	    req_int(const struct req *, const char *name, int64_t fallback);
unsigned    req_limit(const struct req *); /* LIST_SIZE unless it says */
uint64_t    req_u64(const struct req *, const char *name);
bool	    req_bool(const struct req *, const char *name);
size_t req_ids(const struct req *, const char *name, const uint64_t **ids_r);

/*
 * A moment that a form gives: in the field "span" so many seconds from now, 0
 * for no end (*ms_r is 0), or in "at" as "2026-11-21T18:30" where the reader
 * is, which goes first.  1, 0 if neither is there, -1 with the field's error.
 */
int req_moment(const struct req *, const char *span, const char *at,
    int64_t *ms_r, struct err *);

/* The longest span that such a form may name: a year. */
enum { WEB_SPAN_MAX_S = 366 * 86400 };

/* A path of our own site, for redirects after log-in; else fallback. */
const char *
req_local_path(const struct req *, const char *name, const char *fallback);

/* Does the request come from one of operator.addresses? */
bool req_is_operator(const struct req *);

/*
 * Where the site is, for links to hand on: "https://chat.example.org"; as
 * configured (site.url), else as it was asked for.
 */
const char *req_site_url(const struct req *);

/* A number for the day of a time, where the page shows times. */
int req_day(const struct req *, int64_t ms);

/* -- the answer ------------------------------------------------------------ */

struct view {
	struct req *req;
	int	    status;   /* 200 */
	json_t	   *data;     /* an object; what API and template see */
	const char *templ;    /* of the route, unless the handler changes it */
	const char *location; /* a browser goes there (303) after a change */
	struct view_private *priv;
};

/* Takes the reference of value.  Never fails but by lack of memory. */
void view_set(struct view *, const char *key, json_t *value);

/* For a page only: what no API client gets (titles, forms, other parts). */
void view_page(struct view *, const char *key, json_t *value);

/* The whole reply is this value (an API reply that is not {key: …}). */
void view_root(struct view *, json_t *object);

/*
 * The ways a handler ends, all answering 0.  For a client 201 with the object
 * (whose reference is taken) or 204, for a browser the way to that address of
 * ours; or that way for both (303); or a text as it is, which must last as
 * long as the request.
 */
int view_created(struct view *, json_t *object, const char *location_fmt, ...);
int view_no_content(struct view *, const char *location_fmt, ...);
int view_redirect(struct view *, const char *location_fmt, ...);
int view_text(struct view *, const char *content_type, const char *text);

/* The answer is such a list: see json_list(). */
void view_list(struct view *, json_t *items, const char *next);

/* HttpOnly, SameSite=Lax, Path=/; __Host- and Secure on TLS.  age 0 deletes. */
void view_cookie(
    struct view *, const char *name, const char *value, int64_t max_age_s);

/* One more header, at most VIEW_HEADERS_MAX; both last as the request does. */
void view_header(struct view *, const char *name, const char *value);

/* JSON helpers: ids as strings, times as RFC 3339 (ms 0: null). */
json_t *json_id(uint64_t);
json_t *json_ids(const uint64_t *, size_t n); /* an array of them */
json_t *json_time(int64_t ms);
json_t *json_text(const char *); /* NULL: null; text must be valid UTF-8 */

/* {"items": [...], "next": cursor or null}; takes the reference of items. */
json_t *json_list(json_t *items, const char *next);

#endif
