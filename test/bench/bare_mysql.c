/*-------------------------------------------------------------------------
 *
 * bare_mysql.c
 *	  What the client library itself takes: the peer of the wrapper in
 *	  test/bench/network.sh.
 *
 *	  bare_mysql HOST PORT USER PASSWORD
 *
 *	  Reads bench.big whole in the text protocol, row by row as it comes,
 *	  turns numbers into numbers and copies text, as any user of it must.
 *	  Prints milliseconds.
 *
 *-------------------------------------------------------------------------
 */
#include <mysql.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *copy;
static size_t copy_size;
static uint64_t sum;

static void
fail(MYSQL *mysql)
{
	fprintf(stderr, "bare_mysql: %s\n", mysql_error(mysql));
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Use every value of a row: id, n, r, a, b. */
static void
touch_row(MYSQL_ROW row, const unsigned long *lengths)
{
	sum += strtol(row[0], NULL, 10) + strtol(row[1], NULL, 10) + (uint64_t) strtod(row[2], NULL);
	for (int i = 3; i < 5; i++)
	{
		if (lengths[i] > copy_size)
			copy = realloc(copy, copy_size = lengths[i] * 2);
		memcpy(copy, row[i], lengths[i]);
		sum += lengths[i];
	}
}

int
main(int argc, char **argv)
{
	MYSQL	   *mysql = mysql_init(NULL);
	MYSQL_RES  *result;
	MYSQL_ROW	row;
	double		start;

	if (argc != 5)
		return 2;
	if (!mysql_real_connect(mysql, argv[1], argv[3], argv[4], "bench", atoi(argv[2]), NULL, 0) ||
		mysql_set_character_set(mysql, "utf8mb4"))
		fail(mysql);

	start = now();
	if (mysql_query(mysql, "SELECT id, n, r, a, b FROM big") || !(result = mysql_use_result(mysql)))
		fail(mysql);
	while ((row = mysql_fetch_row(result)))
		touch_row(row, mysql_fetch_lengths(result));
	if (mysql_errno(mysql))
		fail(mysql);
	printf("%.3f\n", now() - start);

	/* the sum keeps the compiler from leaving the work out */
	fprintf(stderr, "%llu\n", (unsigned long long) sum);
	mysql_free_result(result);
	mysql_close(mysql);
	return 0;
}
