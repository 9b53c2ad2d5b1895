/* SPDX-License-Identifier: MIT */
/*
 * tls.c -- parleyctl tls self-signed: a certificate to try HTTPS with.
 *
 * P-256, good for a year, for localhost and the names given.  No browser
 * trusts it unasked; a certificate of an authority goes the same way.
 */
#include "ctl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/str.h"

enum { VALID_DAYS = 365 };

static bool
is_address(const char *name)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, raw) == 1 ||
	       inet_pton(AF_INET6, name, raw) == 1;
}

/* "DNS:localhost,IP:127.0.0.1,…" for the names given. */
static const char *
alternative_names(struct arena *arena, int n, char **names)
{
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_adds(&text, "DNS:localhost,IP:127.0.0.1,IP:::1");
	for (int i = 0; i < n; i++)
		strbuf_addf(&text, ",%s:%s",
		    is_address(names[i]) ? "IP" : "DNS", names[i]);
	return text.data;
}

static int
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX	ctx;
	X509_EXTENSION *extension;
	int		rc;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	if ((extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value)) == NULL)
		return -1;
	rc = X509_add_ext(cert, extension, -1) == 1 ? 0 : -1;
	X509_EXTENSION_free(extension);
	return rc;
}

static X509 *
make_certificate(EVP_PKEY *key, const char *name, const char *names)
{
	X509	  *cert = X509_new();
	X509_NAME *subject;

	if (cert == NULL)
		return NULL;
	subject = X509_get_subject_name(cert);
	if (X509_set_version(cert, X509_VERSION_3) == 1 &&
	    ASN1_INTEGER_set_uint64(
		X509_get_serialNumber(cert), random_u64() >> 1) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -60) != NULL &&
	    X509_gmtime_adj(
		X509_getm_notAfter(cert), (long)VALID_DAYS * 86400) != NULL &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		(const unsigned char *)name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, subject) == 1 &&
	    X509_set_pubkey(cert, key) == 1 &&
	    add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") ==
		0 &&
	    add_extension(cert, NID_subject_alt_name, names) == 0 &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static int
write_pem(const char *path, EVP_PKEY *key, X509 *cert, struct err *e)
{
	int   fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file;
	bool  is_written;

	if (fd == -1 || (file = fdopen(fd, "w")) == NULL)
		return err_set(e, ERR_INTERNAL, "internal",
		    "cannot write %s: %s", path, strerror(errno));
	is_written = cert != NULL ? PEM_write_X509(file, cert) == 1
				  : PEM_write_PKCS8PrivateKey(file, key, NULL,
					NULL, 0, NULL, NULL) == 1;
	if (fclose(file) != 0 || !is_written)
		return err_set(
		    e, ERR_INTERNAL, "internal", "cannot write %s", path);
	return 0;
}

int
ctl_tls_self_signed(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct config *c = ctl_config(ctl, e);
	const char *crt, *pem, *name = argc > 0 ? argv[0] : "localhost";
	EVP_PKEY   *key;
	X509	   *cert = NULL;
	int	    rc = -1;

	if (c == NULL)
		return -1;
	/* It may come before the first start. */
	(void)mkdir(
	    arena_printf(ctl->arena, "%s/secrets", config_instance(c)), 0700);
	crt =
	    arena_printf(ctl->arena, "%s/secrets/tls.crt", config_instance(c));
	pem =
	    arena_printf(ctl->arena, "%s/secrets/tls.key", config_instance(c));
	key = EVP_EC_gen("P-256");
	if (key != NULL)
		cert = make_certificate(
		    key, name, alternative_names(ctl->arena, argc, argv));
	if (cert == NULL)
		err_set(e, ERR_INVALID, "invalid",
		    "no certificate can be made for these names");
	else if (write_pem(pem, key, NULL, e) == 0 &&
		 write_pem(crt, NULL, cert, e) == 0)
		rc = 0;
	X509_free(cert);
	EVP_PKEY_free(key);
	if (rc == 0)
		printf("tls.certificate = %s\ntls.key = %s\n", crt, pem);
	return rc;
}
