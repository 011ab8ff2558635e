/*
 * login.c
 *	  Prelogin with the negotiation of encryption, and LOGIN7 (MS-TDS 2.2.6.4,
 *	  2.2.6.5, 3.3.5).
 */
#include "backend.h"
#include "net.h"
#include "session.h"
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum
{
	ENCRYPT_OFF, ENCRYPT_ON, ENCRYPT_NOT_SUP, ENCRYPT_REQ
};

/* Answer a prelogin; sets what is encrypted.  False ends the connection. */
static bool
prelogin(Buf *body, bool *login_only)
{
	const unsigned char *p = (unsigned char *) body->p;
	int			client = ENCRYPT_NOT_SUP,
				answer;
	size_t		i;
	Buf			b = {0};
	bool		tls;
	static const unsigned char options[] = {
		0x00, 0, 21, 0, 6,			/* VERSION */
		0x01, 0, 27, 0, 1,			/* ENCRYPTION */
		0x02, 0, 28, 0, 1,			/* INSTOPT */
		0x04, 0, 29, 0, 1,			/* MARS */
		0xff,
		15, 0, 4415 >> 8, 4415 & 255, 0, 0
	};

	for (i = 0; i + 4 < body->n && p[i] != 0xff; i += 5)
	{
		size_t		at = p[i + 1] << 8 | p[i + 2];

		if (p[i] == 1 && at < body->n)
			client = p[at];
	}
	switch (config.encrypt)
	{
		case 0:
			answer = ENCRYPT_NOT_SUP;
			break;
		case 1:
			answer = client == ENCRYPT_NOT_SUP ? ENCRYPT_NOT_SUP : client == ENCRYPT_OFF ? ENCRYPT_OFF : ENCRYPT_ON;
			break;
		default:
			answer = ENCRYPT_REQ;
			break;
	}
	tls = answer != ENCRYPT_NOT_SUP && client != ENCRYPT_NOT_SUP;
	*login_only = answer == ENCRYPT_OFF;
	if (config.encrypt == 2)
		answer = client == ENCRYPT_NOT_SUP || client == ENCRYPT_OFF ? ENCRYPT_REQ : ENCRYPT_ON;
	buf_put(&b, options, sizeof(options));
	buf_putc(&b, answer);
	buf_putc(&b, 0);
	buf_putc(&b, 0);
	net_put(b.p, b.n);
	net_flush(true);
	free(b.p);
	/* One side insists on encryption that the other one has not. */
	if ((client == ENCRYPT_ON || client == ENCRYPT_REQ) && config.encrypt == 0)
		return false;
	if (config.encrypt == 2 && client == ENCRYPT_NOT_SUP)
		return false;
	return !tls || net_tls_accept();
}

static unsigned
u16(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

/* The string of a pair of offset and length, in the body of LOGIN7. */
static const char *
field(Buf *body, int at)
{
	const unsigned char *p = (unsigned char *) body->p;
	size_t		off = u16(p + at),
				n = u16(p + at + 2) * 2;

	return off + n <= body->n ? utf8_from_utf16(p + off, n) : "";
}

/* The password: nibbles swapped, after an exclusive or with 0xa5. */
static const char *
password(Buf *body)
{
	unsigned char *p = (unsigned char *) body->p;
	size_t		off = u16(p + 44),
				n = u16(p + 46) * 2,
				i;
	char	   *s;

	if (off + n > body->n)
		return "";
	for (i = 0; i < n; i++)
	{
		unsigned char c = p[off + i] ^ 0xa5;

		p[off + i] = c << 4 | c >> 4;
	}
	s = utf8_from_utf16(p + off, n);
	memset(p + off, 0, n);
	return s;
}

/* Is this a login of the users' file?  Its exact name comes back. */
static bool
known_login(const char *name, const char *pass, const char **exact)
{
	FILE	   *f = fopen(config.users, "r");
	char		line[1024];
	bool		ok = false;

	while (f && !ok && fgets(line, sizeof(line), f))
	{
		char	   *blank = strpbrk(line, " \t");

		line[strcspn(line, "\r\n")] = 0;
		if (!blank || line[0] == '#')
			continue;
		*blank++ = 0;
		if (strcasecmp(line, name) == 0 && strcmp(blank, pass) == 0)
		{
			*exact = strdup(line);
			ok = true;
		}
	}
	if (f)
		fclose(f);
	return ok;
}

static bool
refuse(int num, int sev, int state, const char *msg)
{
	Err			e;

	memset(&e, 0, sizeof(e));
	e.num = num;
	e.sev = sev;
	e.state = state;
	e.msg = msg;
	put_error(&e, 1);
	put_done(DONE_ERROR, 0, 0);
	end_reply();
	return false;
}

static bool
login(Buf *body)
{
	const unsigned char *p = (unsigned char *) body->p;
	const char *user,
			   *db,
			   *exact = NULL,
			   *exact_db = "master";
	uint32_t	size;
	bool		odbc;
	char		was[16],
				is[16];

	if (body->n < 94)
		return false;
	session.tds_version = (uint32_t) p[4] | p[5] << 8 | p[6] << 16 | (uint32_t) p[7] << 24;
	size = p[8] | p[9] << 8 | p[10] << 16 | (uint32_t) p[11] << 24;
	odbc = p[25] & 2;
	session.host = strdup(field(body, 36));
	user = field(body, 40);
	session.app = strdup(field(body, 48));
	db = field(body, 68);
	/* The protocol of SQL Server 2008 is the oldest one with its date types. */
	if (session.tds_version < 0x730a0003)
		return refuse(17835, 16, 1, "The login packet uses a version of TDS before 7.3, which this server does not speak.");
	if (session.tds_version > 0x74000004)
		session.tds_version = 0x74000004;
	if (p[25] & 0x80)
		return refuse(18452, 14, 1, "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.");
	if (!known_login(user, password(body), &exact))
		return refuse(18456, 14, 1, fmt("Login failed for user '%s'.", user));
	session.login = exact;
	session.quoted_identifier = session.ansi_nulls = session.concat_null = odbc;
	session.concat_null = true;
	session.textsize = odbc ? 2147483647 : 4096;
	if (!backend_connect(config.backend))
		return refuse(17806, 20, 1, "The database behind this server does not answer.");
	session.db_id = catalog_db(*db ? db : "master", &exact_db);
	if (!session.db_id)
	{
		Err			e;

		memset(&e, 0, sizeof(e));
		e.num = 4060;
		e.sev = 11;
		e.state = 1;
		e.msg = fmt("Cannot open database \"%s\" requested by the login. The login failed.", db);
		put_error(&e, 1);
		return refuse(18456, 14, 1, fmt("Login failed for user '%s'.", user));
	}
	session.db = strdup(exact_db);
	pg_run(fmt("SELECT set_config('ms.db', '%d', false), set_config('ms.spid', '%d', false), set_config('ms.login', %s, false)", session.db_id, session.spid, pg_quote(session.login)));
	strncpy(shared->slot[session.spid - 51].login, session.login, sizeof(shared->slot[0].login) - 1);
	strncpy(shared->slot[session.spid - 51].db, session.db, sizeof(shared->slot[0].db) - 1);

	put_envchange(1, session.db, "master");
	put_info(5701, 2, 0, fmt("Changed database context to '%s'.", session.db), 1);
	put_env_bytes(7, coll_info(0)->wire, 5, "", 0);
	put_envchange(2, session.language, "");
	put_info(5703, 1, 0, fmt("Changed language setting to %s.", session.language), 1);
	put_loginack(session.tds_version);
	if (size < 512 || size > 32767)
		size = size == 0 ? 4096 : size < 512 ? 512 : 32767;
	snprintf(was, sizeof(was), "%d", net_packet_size());
	snprintf(is, sizeof(is), "%u", size);
	put_envchange(4, is, was);
	put_done(0, 0, 0);
	end_reply();
	net_set_packet_size((int) size);
	return true;
}

/* From the first packet to an accepted login; false ends the connection. */
bool
login_phase(void)
{
	Buf			body = {0};
	int			status,
				type;
	bool		login_only = false;
	bool		volatile ok = false;

	type = net_read(&body, &status);
	if (type == PKT_PRELOGIN)
	{
		if (!prelogin(&body, &login_only))
			return false;
		type = net_read(&body, &status);
	}
	else if (config.encrypt == 2)
		return false;
	if (login_only)
		net_tls_end();
	if (type != PKT_LOGIN7)
		return false;
	TRY(ok = login(&body))
	{
		refuse(18456, 14, 1, err.msg ? err.msg : "Login failed.");
	}
	END_TRY;
	free(body.p);
	return ok;
}
