/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  The catalogs of another PostgreSQL: tables and views, their columns,
 *	  keys, references, indexes and statistics.
 *
 *	  https://www.postgresql.org/docs/current/catalogs.html; everything that
 *	  is asked for has been there since PostgreSQL 12.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/pg_locale.h"

#include "fdw.h"
#include "postgres/engine.h"

/* How long a description is taken to hold, in seconds: the remote is not asked. */
#define DESCRIPTION_SECONDS 60

/* ---- values of catalog queries ---- */

/*
 * Text in the database's encoding, or NULL.
 */
static char *
get_text(const FsqValue *value)
{
	char	   *copy;

	if (value->type == FSQ_WIRE_NULL)
		return NULL;
	copy = pnstrdup(value->u.s, value->length);
	return pg_any_to_server(copy, strlen(copy), PG_UTF8);
}

static bool
get_bool(const FsqValue *value)
{
	return value->type == FSQ_WIRE_TEXT && value->length == 1 && value->u.s[0] == 't';
}

static double
get_number(const FsqValue *value, double missing)
{
	return value->type == FSQ_WIRE_NULL ? missing : strtod(pnstrdup(value->u.s, value->length), NULL);
}

static FsqValue
text_param(const char *text)
{
	FsqValue	value = {.type = FSQ_WIRE_TEXT};

	value.u.s = pg_server_to_any(text, strlen(text), PG_UTF8);
	value.length = strlen(value.u.s);
	return value;
}

/* ---- list ---- */

#define OUR_KINDS "('r', 'p', 'v', 'm', 'f')"

static void
add_name(const FsqValue *values, int ncolumns, void *arg)
{
	List	  **names = arg;

	/* the first row says that there is a schema */
	*names = lappend(*names, get_text(&values[0]));
}

/*
 * Tables, views and foreign tables; a partition is read through its parent.
 */
static bool
postgres_list_tables(FsqConn *conn, const char *schema, List **names)
{
	FsqValue	param = text_param(schema);

	*names = NIL;
	fsq_query_run(conn,
				  "SELECT c.relname FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid"
				  " AND c.relkind IN " OUR_KINDS " AND NOT c.relispartition"
				  " WHERE n.nspname = $1::text ORDER BY c.relname",
				  1, &param, add_name, names);
	if (*names == NIL)
		return false;
	if (linitial(*names) == NULL)
		*names = NIL;
	return true;
}

/* ---- describe ---- */

typedef struct DescribeState
{
	PgConn	   *conn;
	FsqRemoteTable *table;
	char	   *oid;			/* of the table, as text; NULL: there is none */
	bool		utf8;			/* both sides hold text in the same encoding */
	int		   *attnums;		/* in step with table->columns */
	int			capacity;
	List	   *foreign_keys;	/* of FsqForeignKeyPart * */
} DescribeState;

/*
 * The table itself.  Rows of one that was never analysed are guessed from its
 * size, those of a partitioned one are its partitions'.
 */
static const char table_sql[] =
"SELECT c.oid, n.nspname, c.relname, c.relkind, obj_description(c.oid, 'pg_class'),"
" CASE WHEN c.relkind IN ('v', 'f') THEN c.reltuples"
" WHEN c.relkind = 'p' AND c.reltuples <= 0 THEN"
" (SELECT sum(greatest(p.reltuples, 0)) FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid AND t.isleaf)"
" WHEN c.reltuples < 0 OR c.reltuples = 0 AND c.relpages = 0 THEN pg_relation_size(c.oid) / 100"
" ELSE c.reltuples END"
" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
" WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN " OUR_KINDS;

static void
see_table(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	char	   *kind = get_text(&values[3]);

	state->oid = get_text(&values[0]);
	table->schema = get_text(&values[1]);
	table->name = get_text(&values[2]);
	/* nor does a foreign table hold rows, or keep what its columns promise */
	table->is_view = kind[0] == 'v' || kind[0] == 'm' || kind[0] == 'f';
	table->comment = get_text(&values[4]);
	table->rows = get_number(&values[5], -1);
	if ((kind[0] == 'v' || kind[0] == 'f') && table->rows <= 0)
		table->rows = -1;
}

/*
 * Its columns: name, number, the type as declared, the type under its domains
 * (kind, OID, as text with modifier), that of an array's elements likewise,
 * NOT NULL, generated, place in the primary key, comment, the collation
 * (deterministic, provider, locale, version), its name unless it is the type's own, the expression of a default or of a generated column, and
 * whether it is an identity.
 */
static char *
columns_sql(const DescribeState *state)
{
	int			version = PQserverVersion(state->conn->handle);
	const char *locale;
	const char *database;

	/* ICU's locale is in another column than libc's since 15, and renamed in 17 */
	if (version >= 170000)
	{
		locale = "CASE WHEN l.collprovider = 'c' THEN l.collcollate ELSE l.colllocale END";
		database = "CASE WHEN d.datlocprovider = 'c' THEN d.datcollate ELSE d.datlocale END";
	}
	else if (version >= 150000)
	{
		locale = "CASE WHEN l.collprovider = 'c' THEN l.collcollate ELSE l.colliculocale END";
		database = "CASE WHEN d.datlocprovider = 'c' THEN d.datcollate ELSE d.daticulocale END";
	}
	else
	{
		locale = "l.collcollate";
		database = "d.datcollate";
	}
	return psprintf("WITH RECURSIVE base AS ("
					" SELECT a.attnum, a.atttypid AS type, a.atttypmod AS typmod FROM pg_attribute a"
					" WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped"
					" UNION ALL SELECT b.attnum, t.typbasetype, t.typtypmod"
					" FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd')"
					" SELECT a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), t.typtype,"
					" b.type, format_type(b.type, b.typmod),"
					" a.attnotnull, a.attgenerated <> '',"
					" (SELECT k.n FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)"
					" WHERE i.indrelid = a.attrelid AND i.indisprimary AND k.attnum = a.attnum AND k.n <= i.indnkeyatts),"
					" col_description(a.attrelid, a.attnum),"
					" l.collisdeterministic,"
					" CASE WHEN l.collprovider = 'd' THEN %s ELSE l.collprovider END,"
					" CASE WHEN l.collprovider = 'd' THEN %s ELSE %s END,"
					" CASE WHEN l.collprovider = 'd' THEN d.datctype ELSE l.collctype END,"
					" CASE WHEN l.collprovider = 'd' THEN %s ELSE pg_collation_actual_version(l.oid) END,"
					" CASE WHEN a.attcollation <> o.typcollation THEN"
					" (SELECT quote_ident(nspname) FROM pg_namespace WHERE oid = l.collnamespace) || '.' || quote_ident(l.collname) END,"
					" pg_get_expr(e.adbin, e.adrelid), a.attidentity <> ''"
					" FROM pg_attribute a"
					" JOIN pg_type o ON o.oid = a.atttypid"
					" LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum"
					" JOIN base b ON b.attnum = a.attnum"
					" JOIN pg_type t ON t.oid = b.type AND t.typtype <> 'd'"
					" LEFT JOIN pg_collation l ON l.oid = a.attcollation"
					" JOIN pg_database d ON d.datname = current_database()"
					" WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
					version >= 150000 ? "d.datlocprovider" : "'c'", database, locale,
					version >= 150000 ? "pg_database_collation_actual_version(d.oid)" : "NULL");
}

/*
 * The collation as same_collation() of dialect.c compares it: "" if it is not
 * deterministic; the version is left out where it is trusted.
 */
static const char *
describe_collation(const DescribeState *state, const FsqValue *values)
{
	char	   *provider = get_text(&values[1]);
	char	   *locale = get_text(&values[2]);
	char	   *ctype = get_text(&values[3]);
	char	   *version = get_text(&values[4]);

	if (values[0].type == FSQ_WIRE_NULL || !state->utf8)
		return NULL;
	if (!get_bool(&values[0]))
		return "";
	if (provider == NULL || locale == NULL)
		return "?";
	if (provider[0] == 'c' && ctype != NULL && strcmp(locale, ctype) != 0)
		locale = psprintf("%s/%s", locale, ctype);
	locale = fsq_postgres_normalise_locale(provider[0], locale);
	return state->conn->collation_trusted ? locale :
		psprintf("%s\n%s", locale, version != NULL ? version : "");
}

/*
 * A default; one that takes a number from a sequence belongs to the remote.
 */
static void
describe_default(FsqRemoteColumn *column, char *expression, bool identity)
{
	column->declared_default = identity ? "GENERATED AS IDENTITY" : expression;
	if (expression != NULL && strstr(expression, "nextval(") == NULL)
		column->local_default = expression;
}

static void
see_column(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	FsqRemoteColumn *column;
	Oid			base;

	if (table->ncolumns == state->capacity)
	{
		int			size = Max(16, state->capacity * 2);

		table->columns = state->capacity == 0 ? palloc(sizeof(FsqRemoteColumn) * size) :
			repalloc(table->columns, sizeof(FsqRemoteColumn) * size);
		state->attnums = state->capacity == 0 ? palloc(sizeof(int) * size) :
			repalloc(state->attnums, sizeof(int) * size);
		state->capacity = size;
	}
	state->attnums[table->ncolumns] = (int) get_number(&values[1], 0);
	column = &table->columns[table->ncolumns++];
	memset(column, 0, sizeof(*column));
	column->name = get_text(&values[0]);
	base = (Oid) get_number(&values[4], 0);
	column->storage = FSQ_IS_BUILTIN(base) ? base : InvalidOid;
	column->type_name = get_text(&values[5]);
	column->not_null = get_bool(&values[6]) && !table->is_view;
	column->generated = get_bool(&values[7]);
	column->key_position = (int) get_number(&values[8], 0);
	column->comment = get_text(&values[9]);
	column->collation = describe_collation(state, &values[10]);
	column->local_type = get_text(&values[2]);
	if (strcmp(column->local_type, column->type_name) != 0)
		column->base_type = column->type_name;
	column->local_collation = get_text(&values[15]);
	if (column->generated)
		column->generation = get_text(&values[16]);
	else
		describe_default(column, get_text(&values[16]), get_bool(&values[17]));
}

static int
find_column(const DescribeState *state, int attnum)
{
	for (int i = 0; i < state->table->ncolumns; i++)
	{
		if (state->attnums[i] == attnum)
			return i;
	}
	return -1;
}

/* foreign keys within the schema, column by column: key, attnum, table and column referred to */
static const char references_sql[] =
"SELECT k.oid, f.here, c.relname, a.attname FROM pg_constraint k"
" JOIN pg_class c ON c.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace,"
" unnest(k.conkey, k.confkey) WITH ORDINALITY f(here, there, place), pg_attribute a"
" WHERE k.conrelid = $1::oid AND k.contype = 'f' AND k.convalidated AND n.nspname = $2::text"
" AND a.attrelid = k.confrelid AND a.attnum = f.there"
/* those of a partitioned table's partitions are of other tables */
" AND NOT c.relispartition ORDER BY k.oid, f.place";

static void
see_reference(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqForeignKeyPart *part = palloc(sizeof(FsqForeignKeyPart));

	part->key = get_text(&values[0]);
	part->column = find_column(state, (int) get_number(&values[1], 0));
	part->target_table = get_text(&values[2]);
	part->target_column = get_text(&values[3]);
	state->foreign_keys = lappend(state->foreign_keys, part);
}

/* unique, attnums of the key columns (0: an expression) of indexes that find single values */
static const char indexes_sql[] =
"SELECT i.indisunique AND i.indimmediate,"
" (SELECT string_agg(k.attnum::text, ',' ORDER BY k.n)"
" FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n) WHERE k.n <= i.indnkeyatts)"
" FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam"
" WHERE i.indrelid = $1::oid AND i.indisvalid AND i.indpred IS NULL AND m.amname IN ('btree', 'hash')"
" ORDER BY i.indexrelid";

static void
see_index(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteIndex *index = palloc0(sizeof(FsqRemoteIndex));
	char	   *columns = get_text(&values[1]);
	char	   *rest = NULL;

	index->unique = get_bool(&values[0]);
	index->columns = palloc(sizeof(int) * (strlen(columns) / 2 + 1));
	for (char *attnum = strtok_r(columns, ",", &rest); attnum != NULL; attnum = strtok_r(NULL, ",", &rest))
		index->columns[index->ncolumns++] = find_column(state, atoi(attnum));
	state->table->indexes = lappend(state->table->indexes, index);
	if (index->unique && index->ncolumns == 1 && index->columns[0] >= 0)
		state->table->columns[index->columns[0]].ndistinct = -1;
}

/*
 * What ANALYZE has found there: attnum, distinct values, share of nulls, width.
 * A parent is read with its children, whose statistics come last.  Columns that
 * the login may not read have none.
 */
static const char statistics_sql[] =
"SELECT a.attnum, s.n_distinct, s.null_frac, s.avg_width FROM pg_class c"
" JOIN pg_namespace n ON n.oid = c.relnamespace"
" JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname"
" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname"
" WHERE c.oid = $1::oid ORDER BY s.inherited";

static void
see_statistics(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	int			place = find_column(state, (int) get_number(&values[0], 0));
	FsqRemoteColumn *column;

	if (place < 0)
		return;
	column = &state->table->columns[place];
	column->ndistinct = get_number(&values[1], 0);
	column->null_share = get_number(&values[2], 0);
	column->width = (int) get_number(&values[3], 0);
}

static FsqRemoteTable *
postgres_describe(FsqConn *base, const char *schema, const char *name)
{
	DescribeState state = {.conn = (PgConn *) base};
	FsqRemoteTable *table = palloc0(sizeof(FsqRemoteTable));
	const char *encoding = PQparameterStatus(state.conn->handle, "server_encoding");
	FsqValue	params[2];

	if (schema == NULL)
		schema = "public";
	state.table = table;
	state.utf8 = encoding != NULL && pg_char_to_encoding(encoding) == GetDatabaseEncoding();
	table->strict = true;
	table->utf8 = state.utf8 && GetDatabaseEncoding() == PG_UTF8;
	params[0] = text_param(schema);
	params[1] = text_param(name);
	fsq_query_run(base, table_sql, 2, params, see_table, &state);
	if (state.oid == NULL)
		return NULL;

	params[0] = text_param(state.oid);
	params[1] = text_param(schema);
	fsq_query_run(base, columns_sql(&state), 1, params, see_column, &state);
	if (table->ncolumns == 0)
	{
		table->problem = pstrdup("It has no columns.");
		return table;
	}
	(void) fsq_query_try(base, statistics_sql, 1, params, see_statistics, &state);
	if (table->is_view)
		return table;
	fsq_query_run(base, references_sql, 2, params, see_reference, &state);
	fsq_remote_set_references(table, state.foreign_keys);
	fsq_query_run(base, indexes_sql, 1, params, see_index, &state);
	return table;
}

/*
 * The number of the time span that this is, and of statements that have found
 * the remote to be other than described: the remote is not asked.
 */
static int64
postgres_version(FsqConn *conn)
{
	return ((int64) ((PgConn *) conn)->generation << 40) +
		GetCurrentTimestamp() / (DESCRIPTION_SECONDS * USECS_PER_SEC);
}

const FsqCatalog fsq_postgres_catalog = {
	.list_tables = postgres_list_tables,
	.describe = postgres_describe,
	.version = postgres_version,
	.estimate = fsq_postgres_estimate,
	.estimates_costs = true,
	.tells_definitions = true,
};
