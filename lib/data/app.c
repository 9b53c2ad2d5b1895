/* SPDX-License-Identifier: MIT */
/* app.c -- What a use case is handed: the instance's settings and engines. */
#include "data/app.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "data/db.h"
#include "data/redis.h"

int
app_open(struct app **app_r, const char *program, const char *instance,
    struct err *e)
{
	struct app    *app = calloc(1, sizeof(*app));
	struct config *config;

	*app_r = NULL;
	if (app == NULL)
		abort();
	app->nudge_fd = -1;
	app->program = program;
	log_open(program, LOG_LEVEL_INFO);
	if (instance == NULL &&
	    (instance = getenv("PARLEY_INSTANCE")) == NULL) {
		free(app);
		return err_set(e, ERR_INTERNAL, "config",
		    "PARLEY_INSTANCE does not say where the instance is");
	}
	if (config_load(&config, instance, e) == -1) {
		free(app);
		return -1;
	}
	app->config = config;
	log_open(program, log_level_of(config_str(config, "log.level")));
	if (metrics_open(config_instance(config), program, e) == -1 ||
	    db_new(&app->db, config, program, e) == -1 ||
	    redis_new(&app->redis, config, e) == -1) {
		app_close(&app);
		return -1;
	}
	*app_r = app;
	return 0;
}

void
app_close(struct app **app_r)
{
	struct app    *app = *app_r;
	struct config *config;

	if (app == NULL)
		return;
	*app_r = NULL;
	for (size_t i = 0; i < APP_KEEPERS; i++)
		if (app->kept[i].release != NULL)
			app->kept[i].release(app->kept[i].state);
	if (app->nudge_fd != -1)
		close(app->nudge_fd);
	redis_free(&app->redis);
	db_free(&app->db);
	config = (struct config *)app->config;
	config_free(&config);
	free(app);
}
