/* SPDX-License-Identifier: MIT */
/*
 * secure.c -- TLS to the brokers, and who we are to them.
 *
 * As with MariaDB: where an authority is named the broker must prove its name,
 * and nothing is said in the clear.  The password comes from a file of its
 * own, and is in no setting, no environment and no log.
 */
#include <stdbool.h>
#include <string.h>

#include "base/config.h"
#include "base/err.h"
#include "base/secret.h"
#include "data/kafka/kafka.h"

/* SASL: the name, the way to prove it, and the password. */
static int
identify(const struct config *config, rd_kafka_conf_t *conf, const char *user,
    const char *mechanism, struct err *e)
{
	const char *instance = config_instance(config);
	char	    password[SECRET_TEXT];
	int	    rc;

	if (secret_text(instance, "kafka", password, e) == -1)
		return -1;
	if (password[0] == '\0')
		return err_set(e, ERR_INTERNAL, "config",
		    "%s/secrets/kafka: there is no password for kafka.user",
		    instance);
	rc = kafka_set_all(conf,
	    (const char *const[][2]){{"sasl.mechanism", mechanism},
		{"sasl.username", user}, {"sasl.password", password}, {NULL}},
	    e);
	explicit_bzero(password, sizeof(password));
	return rc;
}

int
kafka_secure(const struct config *config, rd_kafka_conf_t *conf, struct err *e)
{
	static const char *const protocols[2][2] = {
	    {"plaintext", "sasl_plaintext"}, {"ssl", "sasl_ssl"}};
	const char *ca = config_str(config, "kafka.ca");
	const char *user = config_str(config, "kafka.user");
	const char *mechanism = config_str(config, "kafka.mechanism");
	bool	    has_ca = ca[0] != '\0', has_user = user[0] != '\0';

	if (has_user && !has_ca && strcmp(mechanism, "PLAIN") == 0)
		return err_set(e, ERR_INTERNAL, "config",
		    "kafka.mechanism = PLAIN would send the password in the "
		    "clear: it needs kafka.ca");
	if (kafka_set_all(conf,
		(const char *const[][2]){
		    {"security.protocol", protocols[has_ca][has_user]},
		    {has_ca ? "ssl.ca.location" : NULL, ca}, {NULL}},
		e) == -1)
		return -1;
	return has_user ? identify(config, conf, user, mechanism, e) : 0;
}
