/*-------------------------------------------------------------------------
 *
 * bare_shop.c
 *	  What the statements of a federated request take by themselves, one after
 *	  the other, sent by a program that does nothing else: the peer of the hub in
 *	  test/bench/federated.sh.
 *
 *	  bare_shop SECONDS LAST USERS STATEMENT...
 *
 *	  Each round takes so many users behind a key that is random up to LAST, and
 *	  runs the statements in turn, each with the keys of the one that it rests on:
 *
 *		users				of the hub's PostgreSQL, prepared
 *		orders, wide, few	of MySQL; the columns that the requests want;
 *		top, items, skus	"top" is the first three of each user
 *		analytics			of SQLite
 *		payments, activity	of another PostgreSQL, of SQL Server
 *
 *	  Rows are read as they come, and every value is copied.  Prints the mean of
 *	  a round in microseconds.  Where the servers are is in the environment, as
 *	  for test/bench/node, and POSTGRES_URL, the other PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include <libpq-fe.h>
#include <mysql.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sybfront.h>
#include <sybdb.h>
#include <time.h>

/* A list of keys, as a statement's text wants it. */
typedef struct Keys
{
	long	   *values;
	int			count,
				size;
} Keys;

static PGconn *hub,
		   *postgres;
static MYSQL *mysql;
static DBPROCESS *sqlserver;
static sqlite3 *file;
static Keys users,
			orders;

static char *copy;
static size_t copy_size;
static uint64_t sum;

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "bare_shop: %s: %s\n", what, why);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL)
		fail(name, "not in the environment");
	return value;
}

/* Use a value as any user of it must. */
static void
touch(const char *value, size_t length)
{
	if (length > copy_size)
		copy = realloc(copy, copy_size = length * 2);
	memcpy(copy, value, length);
	sum += length;
}

static void
add_key(Keys *keys, long key)
{
	if (keys->count == keys->size)
		keys->values = realloc(keys->values, (keys->size = keys->size * 2 + 1024) * sizeof(long));
	keys->values[keys->count++] = key;
}

/* "before (1, 2, 3) after"; the caller frees it. */
static char *
with_keys(const char *before, const Keys *keys, const char *after)
{
	char	   *text = malloc(strlen(before) + strlen(after) + keys->count * 12 + 8);
	char	   *end = text + sprintf(text, "%s (", before);

	for (int i = 0; i < keys->count; i++)
		end += sprintf(end, i > 0 ? ", %ld" : "%ld", keys->values[i]);
	sprintf(end, ")%s", after);
	return text;
}

/* ---- PostgreSQL ---- */

static void
read_postgres(PGconn *conn, Keys *keys)
{
	PGresult   *result;

	while ((result = PQgetResult(conn)) != NULL)
	{
		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			fail("PostgreSQL", PQerrorMessage(conn));
		for (int row = 0; row < PQntuples(result); row++)
		{
			for (int column = 0; column < PQnfields(result); column++)
				touch(PQgetvalue(result, row, column), PQgetlength(result, row, column));
			if (keys)
				add_key(keys, atol(PQgetvalue(result, row, 0)));
		}
		PQclear(result);
	}
}

static void
read_users(long start, int count)
{
	char		after[24],
				limit[24];
	const char *values[] = {after, limit};

	if (hub == NULL)
	{
		hub = PQconnectdb("");
		if (PQstatus(hub) != CONNECTION_OK)
			fail("the hub", PQerrorMessage(hub));
		PQclear(PQprepare(hub, "users", "SELECT id, name, email FROM shop.users WHERE id > $1 ORDER BY id LIMIT $2", 0, NULL));
	}
	sprintf(after, "%ld", start);
	sprintf(limit, "%d", count);
	users.count = 0;
	if (!PQsendQueryPrepared(hub, "users", 2, values, NULL, NULL, 0))
		fail("the hub", PQerrorMessage(hub));
	read_postgres(hub, &users);
}

static void
read_payments(void)
{
	char	   *text = with_keys("SELECT user_id, method, balance FROM payments WHERE user_id IN", &users, "");

	if (postgres == NULL)
	{
		postgres = PQconnectdb(environment("POSTGRES_URL"));
		if (PQstatus(postgres) != CONNECTION_OK)
			fail("PostgreSQL", PQerrorMessage(postgres));
	}
	if (!PQsendQuery(postgres, text))
		fail("PostgreSQL", PQerrorMessage(postgres));
	read_postgres(postgres, NULL);
	free(text);
}

/* ---- MySQL ---- */

static void
read_mysql(char *text, Keys *keys)
{
	MYSQL_RES  *result;
	MYSQL_ROW	row;

	if (mysql == NULL)
	{
		mysql = mysql_init(NULL);
		if (!mysql_real_connect(mysql, "127.0.0.1", "hub", "secret", "shop", atoi(environment("MYSQL_PORT")), NULL, 0))
			fail("MySQL", mysql_error(mysql));
	}
	if (mysql_query(mysql, text) || !(result = mysql_use_result(mysql)))
		fail("MySQL", mysql_error(mysql));
	while ((row = mysql_fetch_row(result)))
	{
		const unsigned long *lengths = mysql_fetch_lengths(result);

		for (unsigned i = 0; i < mysql_num_fields(result); i++)
			touch(row[i], lengths[i]);
		if (keys)
			add_key(keys, atol(row[0]));
	}
	if (mysql_errno(mysql))
		fail("MySQL", mysql_error(mysql));
	mysql_free_result(result);
	free(text);
}

static void
read_orders(const char *before, const char *after)
{
	orders.count = 0;
	read_mysql(with_keys(before, &users, after), &orders);
}

/* ---- SQLite ---- */

static void
read_analytics(void)
{
	char	   *text = with_keys("SELECT user_id, visits, score, segment FROM analytics WHERE user_id IN", &users, "");
	sqlite3_stmt *stmt;

	if (file == NULL && sqlite3_open_v2(environment("SQLITE_FILE"), &file, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		fail("SQLite", sqlite3_errmsg(file));
	if (sqlite3_prepare_v2(file, text, -1, &stmt, NULL) != SQLITE_OK)
		fail("SQLite", sqlite3_errmsg(file));
	while (sqlite3_step(stmt) == SQLITE_ROW)
	{
		for (int i = 0; i < sqlite3_column_count(stmt); i++)
		{
			const char *value = (const char *) sqlite3_column_text(stmt, i);

			touch(value, sqlite3_column_bytes(stmt, i));
		}
	}
	sqlite3_finalize(stmt);
	free(text);
}

/* ---- SQL Server ---- */

static void
connect_sqlserver(void)
{
	LOGINREC   *login;
	char		server[64];

	dbinit();
	login = dblogin();
	DBSETLUSER(login, environment("SQLSERVER_USER"));
	DBSETLPWD(login, environment("SQLSERVER_PASSWORD"));
	DBSETLVERSION(login, DBVERSION_74);
	sprintf(server, "127.0.0.1:%d", atoi(environment("SQLSERVER_PORT")));
	sqlserver = dbopen(login, server);
	if (sqlserver == NULL)
		fail("SQL Server", "cannot connect");
	dbloginfree(login);
}

static void
read_activity(void)
{
	char	   *text = with_keys("SELECT user_id, logins, last_page FROM dbo.activity WHERE user_id IN", &users, "");

	if (sqlserver == NULL)
		connect_sqlserver();
	if (dbcmd(sqlserver, text) != SUCCEED || dbsqlexec(sqlserver) != SUCCEED)
		fail("SQL Server", "a statement fails");
	while (dbresults(sqlserver) == SUCCEED)
	{
		while (dbnextrow(sqlserver) != NO_MORE_ROWS)
		{
			for (int i = 1; i <= dbnumcols(sqlserver); i++)
				touch((char *) dbdata(sqlserver, i), dbdatlen(sqlserver, i));
		}
	}
	free(text);
}

/* ---- rounds ---- */

static void
run(const char *statement)
{
	if (strcmp(statement, "orders") == 0)
		read_orders("SELECT id, user_id, total, status, placed FROM orders WHERE user_id IN", "");
	else if (strcmp(statement, "wide") == 0)
		read_orders("SELECT id, user_id, total, status FROM orders WHERE user_id IN", "");
	else if (strcmp(statement, "few") == 0)
		read_orders("SELECT id, user_id, total FROM orders WHERE user_id IN", "");
	else if (strcmp(statement, "top") == 0)
		read_orders("SELECT * FROM (SELECT id, user_id, total, placed, row_number() OVER (PARTITION BY user_id ORDER BY total DESC, id) AS place"
					" FROM orders WHERE user_id IN", ") AS numbered WHERE place <= 3");
	else if (strcmp(statement, "items") == 0)
		read_mysql(with_keys("SELECT id, order_id, sku, quantity, price FROM items WHERE order_id IN", &orders, ""), NULL);
	else if (strcmp(statement, "skus") == 0)
		read_mysql(with_keys("SELECT id, order_id, sku FROM items WHERE order_id IN", &orders, ""), NULL);
	else if (strcmp(statement, "analytics") == 0)
		read_analytics();
	else if (strcmp(statement, "payments") == 0)
		read_payments();
	else if (strcmp(statement, "activity") == 0)
		read_activity();
	else
		fail(statement, "there is no such statement");
}

int
main(int argc, char **argv)
{
	double		elapsed = 0,
				seconds;
	long		rounds = 0,
				last;
	int			count;
	unsigned	seed = (unsigned) now();

	if (argc < 5)
		return 2;
	seconds = atof(argv[1]) * 1e6;
	last = atol(argv[2]);
	count = atoi(argv[3]);

	/* The first round makes the connections, and is not counted. */
	while (elapsed < seconds)
	{
		long		first = 1 + rand_r(&seed) % last;
		double		start = now();
		int			i = 4;

		/* without "users" their keys are known, as pinned ones are */
		if (strcmp(argv[i], "users") == 0)
		{
			read_users(first, count);
			i++;
		}
		else
		{
			users.count = 0;
			for (int u = 1; u <= count; u++)
				add_key(&users, first + u);
		}
		for (; i < argc; i++)
			run(argv[i]);
		if (rounds++ > 0)
			elapsed += now() - start;
	}

	/* the sum keeps the compiler from leaving the work out */
	fprintf(stderr, "%llu\n", (unsigned long long) sum);
	printf("%.3f\n", elapsed / (rounds - 1));
	return 0;
}
