/*-------------------------------------------------------------------------
 *
 * bare.c
 *	  What SQLite itself takes: the peer of the wrapper in test/bench/run.sh.
 *
 *	  bare FILE scan			read the table whole, touch and copy every value
 *	  bare FILE lookup COUNT	as many rows by key, one prepared statement
 *
 *	  Prints milliseconds (scan) or microseconds per lookup.
 *
 *-------------------------------------------------------------------------
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS 1000000

static char *copy;
static size_t copy_size;
static uint64_t sum;

static void
fail(sqlite3 *db)
{
	fprintf(stderr, "bare: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Read every value of the current row; copy text, as any user of it must. */
static void
touch_row(sqlite3_stmt *stmt, int ncolumns)
{
	for (int i = 0; i < ncolumns; i++)
	{
		switch (sqlite3_column_type(stmt, i))
		{
			case SQLITE_INTEGER:
				sum += sqlite3_column_int64(stmt, i);
				break;
			case SQLITE_FLOAT:
				sum += (uint64_t) sqlite3_column_double(stmt, i);
				break;
			case SQLITE_TEXT:
				{
					const unsigned char *s = sqlite3_column_text(stmt, i);
					size_t		length = sqlite3_column_bytes(stmt, i);

					if (length > copy_size)
						copy = realloc(copy, copy_size = length * 2);
					memcpy(copy, s, length);
					sum += length;
					break;
				}
		}
	}
}

int
main(int argc, char **argv)
{
	sqlite3    *db;
	sqlite3_stmt *stmt;
	int			lookup = argc > 3 && strcmp(argv[2], "lookup") == 0;
	int			count = lookup ? atoi(argv[3]) : 1;
	double		start;
	double		elapsed;
	int			rc;

	if (argc < 3)
		return 2;
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		fail(db);
	if (sqlite3_prepare_v2(db, lookup ? "SELECT id, n, r, a, b FROM big WHERE id = ?" : "SELECT id, n, r, a, b FROM big",
						   -1, &stmt, NULL) != SQLITE_OK)
		fail(db);

	start = now();
	for (int i = 0; i < count; i++)
	{
		if (lookup)
			sqlite3_bind_int64(stmt, 1, 1 + (int64_t) (drand48() * ROWS));
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			touch_row(stmt, 5);
		if (rc != SQLITE_DONE)
			fail(db);
		sqlite3_reset(stmt);
	}
	elapsed = now() - start;

	/* the sum keeps the compiler from leaving the work out */
	fprintf(stderr, "%llu\n", (unsigned long long) sum);
	printf("%.3f\n", lookup ? elapsed * 1000 / count : elapsed);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return 0;
}
