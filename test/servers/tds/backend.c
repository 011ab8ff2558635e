/*
 * backend.c
 *	  The PostgreSQL behind the server: statements, streams, errors.
 *
 * Every wait is for both sockets: an attention of the client cancels what runs,
 * and a client that is gone ends the process and the statement with it.
 */
#include "backend.h"
#include "net.h"
#include "session.h"
#include "token.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PGconn *conn;
static bool attention;
const char *current_command = "INSERT";

bool
backend_connect(const char *conninfo)
{
	PGresult   *r;
	bool		ok;

	conn = PQconnectdb(conninfo);
	if (PQstatus(conn) != CONNECTION_OK)
	{
		fprintf(stderr, "tds: %s", PQerrorMessage(conn));
		return false;
	}
	r = PQexec(conn, "SET client_min_messages = error; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET jit = off; SET client_connection_check_interval = '1s';"
			   "SET bytea_output = 'hex'; SET search_path = pg_catalog; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on");
	ok = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	return ok;
}

static char *
read_file(const char *path)
{
	FILE	   *f = fopen(path, "r");
	Buf			b = {0};
	char		chunk[8192];
	size_t		n;

	if (!f)
	{
		fprintf(stderr, "tds: cannot read %s\n", path);
		return NULL;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&b, chunk, n);
	fclose(f);
	return buf_dup(&b);
}

/* Create the helper schema and the catalog where they are missing. */
bool
backend_install(const char *conninfo, const char *dir)
{
	static const char *const files[] = {"convert.sql", "functions.sql", "catalog.sql", "sysviews.sql"};
	Buf			all = {0};
	const char *sql;
	PGresult   *r;
	bool		there;
	size_t		i;

	if (!backend_connect(conninfo))
		return false;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
	{
		sql = read_file(fmt("%s/%s", dir, files[i]));
		if (!sql)
			return false;
		buf_printf(&all, "%s;\n", sql);
	}
	sql = buf_dup(&all);
	r = PQexec(conn, fmt("SELECT obj_description(to_regnamespace('ms'), 'pg_namespace') = md5(%s)", pg_quote(sql)));
	there = PQresultStatus(r) == PGRES_TUPLES_OK && PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	if (!there)
	{
		/* what another version of this program has made does not fit */
		r = PQexec(conn, fmt("BEGIN; SET LOCAL client_min_messages = warning; DROP SCHEMA IF EXISTS ms, d CASCADE; SET LOCAL check_function_bodies = off; %s; "
							 "DO $do$ BEGIN EXECUTE format('COMMENT ON SCHEMA ms IS %%L', md5(%s)); END $do$; COMMIT", sql, pg_quote(sql)));
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
		{
			fprintf(stderr, "tds: %s", PQerrorMessage(conn));
			return false;
		}
		PQclear(r);
	}
	PQfinish(conn);
	conn = NULL;
	return true;
}

static void
cancel(void)
{
	PGcancel   *c = PQgetCancel(conn);
	char		msg[256];

	if (c)
	{
		PQcancel(c, msg, sizeof(msg));
		PQfreeCancel(c);
	}
}

/* Look at the client; with wait, until it or the backend has something. */
static void
look_around(bool wait)
{
	struct pollfd p[2] = {{PQsocket(conn), POLLIN, 0}, {net_fd(), POLLIN, 0}};

	if (wait && !net_pending())
		poll(p, attention ? 1 : 2, -1);
	if (attention)
		return;
	switch (net_peek())
	{
		case NET_GONE:
			cancel();
			exit(0);
		case NET_ATTENTION:
			attention = true;
			cancel();
			break;
		default:
			break;
	}
}

/* Read all results that are left. */
static void
drain(void)
{
	PGresult   *r;

	while ((r = PQgetResult(conn)) != NULL)
	{
		ExecStatusType st = PQresultStatus(r);

		PQclear(r);
		if (st == PGRES_COPY_OUT)
		{
			char	   *row;

			while (PQgetCopyData(conn, &row, 0) > 0)
				PQfreemem(row);
		}
		if (st == PGRES_COPY_IN)
			PQputCopyEnd(conn, "stopped");
	}
}

static char *
between(const char *s, const char *from, const char *to)
{
	const char *b = strstr(s, from),
			   *e;

	if (!b)
		return NULL;
	b += strlen(from);
	e = strstr(b, to);
	return e ? dup_n(b, e - b) : NULL;
}

/* One row of text values about a constraint, or NULL. */
static PGresult *
look_up(const char *sql)
{
	PGresult   *r;

	/* The transaction has failed: the catalog is asked on the way out of it. */
	guard_fail();
	r = PQexec(conn, sql);
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0)
		return r;
	PQclear(r);
	return NULL;
}

/* Violated constraints: 2627, 2601, 547, 515 (names from the catalog). */
static void
constraint_error(const char *state, const char *con, const char *table, const char *column, const char *detail)
{
	PGresult   *r;

	if (strcmp(state, "23505") == 0)
	{
		char	   *value = between(detail, ")=", " already exists");

		if (value && strcmp(value, "(null)") == 0)
			value = "(<NULL>)";

		r = look_up(fmt("SELECT * FROM ms.unique_error(%s)", pg_quote(con)));
		if (r)
		{
			bool		index = PQgetvalue(r, 0, 0)[0] == 'I';

			err.num = index ? 2601 : 2627;
			err.sev = 14;
			err.state = 1;
			err.msg = index ?
				fmt("Cannot insert duplicate key row in object '%s' with unique index '%s'. The duplicate key value is %s.", PQgetvalue(r, 0, 2), PQgetvalue(r, 0, 1), value ? value : "()") :
				fmt("Violation of %s constraint '%s'. Cannot insert duplicate key in object '%s'. The duplicate key value is %s.", PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1), PQgetvalue(r, 0, 2), value ? value : "()");
			PQclear(r);
		}
	}
	else if (strcmp(state, "23502") == 0)
	{
		r = look_up(fmt("SELECT * FROM ms.null_error(%s, %s)", pg_quote(table), pg_quote(column)));
		if (r)
		{
			err.num = 515;
			err.sev = 16;
			err.state = 2;
			err.msg = fmt("Cannot insert the value NULL into column '%s', table '%s'; column does not allow nulls. %s fails.", PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1), current_command);
			PQclear(r);
		}
	}
	else
	{
		bool		fk = strcmp(state, "23503") == 0;
		bool		referenced = fk && strstr(detail, "still referenced");

		r = look_up(fmt("SELECT * FROM ms.reference_error(%s, %s)", pg_quote(con), referenced ? "true" : "false"));
		if (r)
		{
			err.num = 547;
			err.sev = 16;
			err.state = 0;
			err.msg = fmt("The %s statement conflicted with the %s constraint \"%s\". The conflict occurred in database \"%s\", table \"%s\"%s.",
						  current_command, referenced ? "REFERENCE" : fk ? (PQgetvalue(r, 0, 4)[0] == 't' ? "FOREIGN KEY SAME TABLE" : "FOREIGN KEY") : "CHECK",
						  PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1), PQgetvalue(r, 0, 2), PQgetvalue(r, 0, 3)[0] ? fmt(", column '%s'", PQgetvalue(r, 0, 3)) : "");
			PQclear(r);
		}
	}
}

/* Errors of the backend whose meaning the SQLSTATE tells. */
static const struct
{
	const char *sqlstate;
	int			num,
				sev,
				state;
	bool		batch;
	const char *msg;
}			mapped[] = {
	{"22012", 8134, 16, 1, false, "Divide by zero error encountered."},
	{"21000", 512, 16, 1, false, "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression."},
	{"55P03", 1222, 16, 51, false, "Lock request time out period exceeded."},
	{"22007", 241, 16, 1, true, "Conversion failed when converting date and/or time from character string."},
	{"22008", 517, 16, 1, false, "Adding a value to a 'datetime' column caused an overflow."},
	{"2201E", 3623, 16, 1, false, "An invalid floating point operation occurred."},
	{"2201F", 3623, 16, 1, false, "An invalid floating point operation occurred."},
	{"2201W", 1014, 15, 1, false, "A TOP or FETCH clause contains an invalid value."},
	{"2201X", 10742, 15, 1, false, "The offset specified in a OFFSET clause may not be negative."},
	{"54000", 8621, 17, 1, false, "The query processor ran out of stack space during query optimization. Please simplify the query."},
	{"53200", 701, 17, 123, false, "There is insufficient system memory in resource pool 'default' to run this query."},
};

/* Fill err from a failed result of the backend, which is freed, and raise it. */
static void __attribute__((noreturn))
raise_result(PGresult *r)
{
	const char *state = dup_s(PQresultErrorField(r, PG_DIAG_SQLSTATE));
	const char *msg = dup_s(PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
	const char *detail = dup_s(PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL));
	const char *con = dup_s(PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME));
	const char *table = dup_s(PQresultErrorField(r, PG_DIAG_TABLE_NAME));
	const char *column = dup_s(PQresultErrorField(r, PG_DIAG_COLUMN_NAME));
	size_t		i;

	PQclear(r);
	drain();
	memset(&err, 0, sizeof(err));
	err.runtime = true;
	err.sev = 16;
	err.state = 1;
	if (PQstatus(conn) != CONNECTION_OK || !state)
	{
		/* The database behind is gone: so is this server. */
		exit(1);
	}
	if (attention)
	{
		err.cancelled = true;
		raise_again();
	}
	if (strcmp(state, "TS001") == 0)
	{
		sscanf(detail ? detail : "", "%d|%d|%d", &err.num, &err.state, &err.sev);
		err.msg = msg;
		err.batch = err.num == 245 || err.num == 241 || err.num == 8169 || err.num == 248 || err.num == 244;
		raise_again();
	}
	if (strcmp(state, "40P01") == 0 || strcmp(state, "40001") == 0)
	{
		bool		update = state[4] == '1' && state[2] == '0' && strcmp(session.isolation, "SNAPSHOT") == 0;

		err.num = update ? 3960 : 1205;
		err.sev = update ? 16 : 13;
		err.state = update ? 2 : 51;
		err.batch = true;
		err.msg = update ? fmt("Snapshot isolation transaction aborted due to update conflict. You cannot use snapshot isolation to access table '' directly or indirectly in database '%s' to update, delete, or insert the row that has been modified or deleted by another transaction. Retry the transaction or change the isolation level for the update/delete statement.", session.db) :
			fmt("Transaction (Process ID %d) was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction.", session.spid);
		raise_again();
	}
	if (strncmp(state, "2350", 4) == 0 || strcmp(state, "23514") == 0)
		constraint_error(state, con ? con : "", table ? table : "", column ? column : "", detail ? detail : "");
	else if (strcmp(state, "22003") == 0)
	{
		const char *type = strstr(msg, "bigint") ? "bigint" : strstr(msg, "smallint") ? "smallint" : strstr(msg, "integer") ? "int" :
			strstr(msg, "numeric") ? "numeric" : "float";

		err.num = 8115;
		err.state = strcmp(type, "numeric") == 0 ? 8 : 2;
		err.msg = fmt(strcmp(type, "numeric") == 0 ? "Arithmetic overflow error converting %s to data type %s." : "Arithmetic overflow error converting %s to data type %s.",
					  strcmp(type, "numeric") == 0 ? "numeric" : "expression", type);
	}
	else
		for (i = 0; i < sizeof(mapped) / sizeof(*mapped); i++)
			if (strcmp(mapped[i].sqlstate, state) == 0)
			{
				err.num = mapped[i].num;
				err.sev = mapped[i].sev;
				err.state = mapped[i].state;
				err.batch = mapped[i].batch;
				err.msg = mapped[i].msg;
			}
	if (!err.num)
	{
		err.num = 8630;
		err.sev = 17;
		err.msg = fmt("Internal Query Processor Error: %s %s%s%s", state, msg, detail ? " " : "", detail ? detail : "");
	}
	raise_again();
}

static void
send_query(const char *sql)
{
	static int	trace = -1;

	if (trace < 0)
		trace = getenv("TDS_TRACE") != NULL;
	if (trace)
		fprintf(stderr, "%s\n", sql);
	attention = false;
	if (!PQsendQuery(conn, sql))
		exit(1);
}

/* The next result, with an eye on the client. */
static PGresult *
next_result(void)
{
	while (PQisBusy(conn))
	{
		look_around(true);
		if (!PQconsumeInput(conn))
			exit(1);
	}
	return PQgetResult(conn);
}

/* Run statements; the result of the last one, or an error is raised. */
PGresult *
pg_exec(const char *sql)
{
	PGresult   *last = NULL,
			   *r;

	send_query(sql);
	while ((r = next_result()) != NULL)
	{
		if (last)
			PQclear(last);
		last = r;
		if (PQresultStatus(r) == PGRES_FATAL_ERROR)
			raise_result(r);
	}
	if (attention)
	{
		PQclear(last);
		memset(&err, 0, sizeof(err));
		err.cancelled = true;
		raise_again();
	}
	return last;
}

void
pg_run(const char *sql)
{
	PQclear(pg_exec(sql));
}

/* The first value of the first row, or NULL. */
char *
pg_value(const char *sql)
{
	PGresult   *r = pg_exec(sql);
	char	   *v = NULL;

	if (PQntuples(r) > 0 && !PQgetisnull(r, 0, 0))
		v = dup_s(PQgetvalue(r, 0, 0));
	PQclear(r);
	return v;
}

/* How many rows a statement changed. */
long
pg_count(const char *sql)
{
	PGresult   *r = pg_exec(sql);
	long		n = atol(PQcmdTuples(r));

	PQclear(r);
	return n;
}

#define COPY_HEADER 19

/*
 * Stream the rows of a query to the client, after its COLMETADATA; returns how
 * many there were.  The backend sends the binary form of COPY.
 */
long
pg_rows(const char *sql, Vec *cols)
{
	PGresult   *r;
	long		n = 0;
	char	   *row;
	int			len;
	bool		first = true;

	if (cols->n == 0)
		return pg_count(sql);
	send_query(fmt("COPY (%s) TO STDOUT (FORMAT binary)", sql));
	r = next_result();
	put_colmetadata(cols);
	if (PQresultStatus(r) != PGRES_COPY_OUT)
		raise_result(r);
	PQclear(r);
	for (;;)
	{
		const char *p;

		len = PQgetCopyData(conn, &row, 1);
		if (len == 0)
		{
			net_flush(false);
			look_around(true);
			if (!PQconsumeInput(conn))
				exit(1);
			continue;
		}
		if (len < 0)
			break;
		p = row;
		if (first)
		{
			p += COPY_HEADER;
			len -= COPY_HEADER;
			first = false;
		}
		if (len > 2 && !attention)
		{
			put_row(cols, p, len);
			n++;
			if ((n & 255) == 0)
				look_around(false);
		}
		PQfreemem(row);
	}
	while ((r = next_result()) != NULL)
	{
		if (PQresultStatus(r) == PGRES_FATAL_ERROR)
			raise_result(r);
		PQclear(r);
	}
	if (attention)
	{
		memset(&err, 0, sizeof(err));
		err.cancelled = true;
		raise_again();
	}
	return n;
}

/* The binary form of the only row of a query, for as long as use() runs. */
void
pg_field(const char *sql, void (*use) (void *arg, const char *p, size_t len), void *arg)
{
	PGresult   *r;
	char	   *row;
	int			len;
	bool		first = true;

	send_query(fmt("COPY (%s) TO STDOUT (FORMAT binary)", sql));
	r = next_result();
	if (PQresultStatus(r) != PGRES_COPY_OUT)
		raise_result(r);
	PQclear(r);
	while ((len = PQgetCopyData(conn, &row, 0)) > 0)
	{
		if (first)
			use(arg, row + COPY_HEADER, len - COPY_HEADER);
		first = false;
		PQfreemem(row);
	}
	while ((r = PQgetResult(conn)) != NULL)
		PQclear(r);
}

/* COPY ... FROM STDIN of rows in the text format. */
void
pg_copy_in(const char *sql, const char *data, size_t len)
{
	PGresult   *r;

	send_query(sql);
	r = next_result();
	if (PQresultStatus(r) != PGRES_COPY_IN)
		raise_result(r);
	PQclear(r);
	while (len > 0)
	{
		size_t		m = len > 1 << 20 ? 1 << 20 : len;

		PQputCopyData(conn, data, (int) m);
		data += m;
		len -= m;
	}
	PQputCopyEnd(conn, NULL);
	while ((r = next_result()) != NULL)
	{
		if (PQresultStatus(r) == PGRES_FATAL_ERROR)
			raise_result(r);
		PQclear(r);
	}
}

/*
 * Inside of a transaction, a statement's error undoes that statement only; what
 * takes several statements of the backend is one outside of a transaction too.
 */
static bool guarded;

void
guard_begin(void)
{
	if (guarded)
		return;
	pg_run(PQtransactionStatus(conn) == PQTRANS_IDLE ? "BEGIN" : "SAVEPOINT ms_st");
	guarded = true;
}

void
guard_end(void)
{
	if (!guarded)
		return;
	guarded = false;
	pg_run(session.trancount > 0 ? "RELEASE SAVEPOINT ms_st" : "COMMIT");
}

/* After an error: back to where the statement began. */
void
guard_fail(void)
{
	if (!guarded)
		return;
	guarded = false;
	PQclear(PQexec(conn, session.trancount > 0 ? "ROLLBACK TO SAVEPOINT ms_st; RELEASE SAVEPOINT ms_st" : "ROLLBACK"));
}
