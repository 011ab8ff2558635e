/*
 * tran.c
 *	  Transactions: counted as T-SQL counts them, one of the backend beneath
 *	  ("BEGIN TRANSACTION", "SAVE TRANSACTION", MS-TDS 2.2.6.9).
 */
#include "backend.h"
#include "net.h"
#include "session.h"
#include "token.h"
#include "wirein.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_SAVEPOINTS 256

static char *outer_name;
static char *savepoints[MAX_SAVEPOINTS];
static int	nsavepoints;

static const char *
pg_level(void)
{
	if (strcmp(session.isolation, "SERIALIZABLE") == 0)
		return "SERIALIZABLE";
	if (strcmp(session.isolation, "SNAPSHOT") == 0 || strcmp(session.isolation, "REPEATABLE READ") == 0)
		return "REPEATABLE READ";
	return "READ COMMITTED";
}

static void
forget(void)
{
	free(outer_name);
	outer_name = NULL;
	while (nsavepoints > 0)
		free(savepoints[--nsavepoints]);
}

/* The transaction is over: tell the client, and everybody of new definitions. */
static void
ended(int env)
{
	uint64_t	id = session.tran_id;

	session.trancount = 0;
	session.doomed = false;
	forget();
	put_env_bytes(env, "", 0, &id, 8);
	if (session.ddl_in_tran)
		catalog_changed();
	session.ddl_in_tran = false;
}

void
tran_begin(const char *name)
{
	static uint64_t next;

	if (session.trancount == 0)
	{
		pg_run(fmt("BEGIN ISOLATION LEVEL %s", pg_level()));
		session.tran_id = ((uint64_t) session.spid << 32) | ++next;
		if (name)
			outer_name = strdup(name);
		session.trancount = 1;
		put_env_bytes(8, &session.tran_id, 8, "", 0);
		return;
	}
	session.trancount++;
}

/* Under SET IMPLICIT_TRANSACTIONS ON a statement begins one. */
void
tran_implicit(void)
{
	if (session.implicit_transactions && session.trancount == 0)
		tran_begin(NULL);
}

void
tran_commit(void)
{
	if (session.trancount == 0)
		raise_error(3902, 16, 1, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.");
	if (session.doomed)
		raise_error(3930, 16, 1, "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.");
	if (session.trancount > 1)
	{
		session.trancount--;
		return;
	}
	TRY(pg_run("COMMIT"))
	{
		session.trancount = 0;
		ended(10);
		raise_again();
	}
	END_TRY;
	ended(9);
}

static char *
savepoint_sql(const char *name)
{
	Buf			b = {0};

	buf_puts(&b, "\"sp ");
	for (; *name; name++)
	{
		if (*name == '"')
			buf_putc(&b, '"');
		buf_putc(&b, *name);
	}
	buf_putc(&b, '"');
	return buf_dup(&b);
}

void
tran_rollback(const char *name)
{
	if (session.trancount == 0)
		raise_error(3903, 16, 1, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.");
	if (name && !(outer_name && strcasecmp(outer_name, name) == 0))
	{
		int			i = nsavepoints - 1;

		while (i >= 0 && strcasecmp(savepoints[i], name) != 0)
			i--;
		if (i < 0)
			raise_error(6401, 16, 1, "Cannot roll back %s. No transaction or savepoint of that name was found.", name);
		pg_run(fmt("ROLLBACK TO SAVEPOINT %s", savepoint_sql(savepoints[i])));
		while (nsavepoints > i + 1)
			free(savepoints[--nsavepoints]);
		if (session.ddl_in_tran)
			catalog_changed();
		return;
	}
	pg_run("ROLLBACK");
	ended(10);
}

void
tran_save(const char *name)
{
	if (session.trancount == 0)
		raise_error(628, 16, 0, "Cannot issue SAVE TRANSACTION when there is no active transaction.");
	if (nsavepoints == MAX_SAVEPOINTS)
		raise_error(701, 17, 123, "There is insufficient system memory in resource pool 'default' to run this query.");
	savepoints[nsavepoints++] = strdup(name);
	pg_run(fmt("SAVEPOINT %s", savepoint_sql(name)));
}

/* A transaction manager request of the client. */
void
transaction_message(Buf *body)
{
	Reader		r;
	int			what;
	static const char *const levels[] = {NULL, "READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "SNAPSHOT"};

	r.p = (unsigned char *) body->p + skip_all_headers(body);
	r.end = (unsigned char *) body->p + body->n;
	TRY(
		what = rd16(&r);
		switch (what)
		{
			case 5:
				{
					int			level = rd8(&r);

					if (level >= 1 && level <= 5)
						session.isolation = levels[level];
					tran_begin(rd_utf16(&r, rd8(&r) / 2));
					break;
				}
			case 7:
			case 8:
				{
					const char *name = rd_utf16(&r, rd8(&r) / 2);
					int			flags = rd8(&r);

					if (what == 7)
						tran_commit();
					else
						tran_rollback(*name ? name : NULL);
					if (flags & 1)
					{
						int			level = rd8(&r);

						if (level >= 1 && level <= 5)
							session.isolation = levels[level];
						tran_begin(rd_utf16(&r, rd8(&r) / 2));
					}
					break;
				}
			case 9:
				tran_save(rd_utf16(&r, rd8(&r) / 2));
				break;
			default:
				raise_error(8524, 16, 1, "The current transaction could not be exported to the remote provider. It has been rolled back.");
		}
		put_done(0, 0, 0))
	{
		report_error(1);
		put_done(DONE_ERROR, 0, 0);
	}
	END_TRY;
	end_reply();
}
