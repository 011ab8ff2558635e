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
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"

#include "fdw.h"
#include "postgres/engine.h"

/* How long a description is taken to hold, in seconds: the remote is not asked. */
#define DESCRIPTION_SECONDS 300

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
	table->is_view = kind[0] == 'v' || kind[0] == 'm';
	table->comment = get_text(&values[4]);
	table->rows = get_number(&values[5], -1);
	if ((kind[0] == 'v' || kind[0] == 'f') && table->rows <= 0)
		table->rows = -1;
}

/*
 * Its columns: name, number, the type as declared, the type under its domains
 * (kind, OID, as text with modifier), that of an array's elements likewise,
 * NOT NULL, generated, place in the primary key, comment, distinct values,
 * and the collation (deterministic, provider, locale, version).
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
					" s.n_distinct,"
					" l.collisdeterministic,"
					" CASE WHEN l.collprovider = 'd' THEN %s ELSE l.collprovider END,"
					" CASE WHEN l.collprovider = 'd' THEN %s ELSE %s END,"
					" CASE WHEN l.collprovider = 'd' THEN d.datctype ELSE l.collctype END,"
					" CASE WHEN l.collprovider = 'd' THEN %s ELSE pg_collation_actual_version(l.oid) END"
					" FROM pg_attribute a"
					" JOIN base b ON b.attnum = a.attnum"
					" JOIN pg_type t ON t.oid = b.type AND t.typtype <> 'd'"
					" LEFT JOIN pg_collation l ON l.oid = a.attcollation"
					" JOIN pg_database d ON d.datname = current_database()"
					" LEFT JOIN pg_stats s ON s.schemaname = $2::text AND s.tablename = $3::text AND s.attname = a.attname"
					" AND s.inherited = $4::boolean"
					" WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
					version >= 150000 ? "d.datlocprovider" : "'c'", database, locale,
					version >= 150000 ? "pg_database_collation_actual_version(d.oid)" : "NULL");
}

/*
 * Whether there is a type of this name here; the name is of the remote and may
 * be anything.
 */
static bool
type_exists(const char *name)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			type = InvalidOid;
	int32		typmod;

	PG_TRY();
	{
		parseTypeString(name, &type, &typmod, true);
	}
	PG_CATCH();
	{
		int			category = ERRCODE_TO_CATEGORY(geterrcode());

		/* a name that does not parse, or a modifier that the type does not take */
		if (category != ERRCODE_TO_CATEGORY(ERRCODE_SYNTAX_ERROR) &&
			category != ERRCODE_TO_CATEGORY(ERRCODE_INVALID_PARAMETER_VALUE))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		type = InvalidOid;
	}
	PG_END_TRY();
	return OidIsValid(type) && get_typtype(type) != TYPTYPE_PSEUDO;
}

/*
 * The type that a column has here: its own if there is one of that name, that
 * under its domain, or text, which every type can be read as.
 */
static void
map_type(const FsqRemoteTable *table, FsqRemoteColumn *column, const char *declared,
		 const char *base, const char *kind)
{
	const char *what = kind[0] == TYPTYPE_ENUM ? "enum" : kind[0] == TYPTYPE_COMPOSITE ? "composite" :
		kind[0] == TYPTYPE_RANGE ? "range" : "";

	column->local_type = declared;
	if (type_exists(declared))
		return;
	if (strcmp(declared, base) != 0 && type_exists(base))
	{
		column->local_type = base;
		column->notice = psprintf("column \"%s\" of \"%s\" has the domain %s, which does not exist here: imported as %s",
								  column->name, table->name, declared, base);
		return;
	}
	column->local_type = strlen(base) > 2 && strcmp(base + strlen(base) - 2, "[]") == 0 ? "text[]" : "text";
	column->notice = psprintf("column \"%s\" of \"%s\" has the %s%stype %s, which does not exist here: imported as %s",
							  column->name, table->name, what, what[0] != '\0' ? " " : "", declared,
							  column->local_type);
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
	column->ndistinct = get_number(&values[10], 0);
	column->collation = describe_collation(state, &values[11]);
	map_type(table, column, get_text(&values[2]), column->type_name, get_text(&values[3]));
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

/* attnum, table and column of a foreign key of one column, in the same schema */
static const char references_sql[] =
"SELECT k.conkey[1], c.relname, a.attname FROM pg_constraint k"
" JOIN pg_class c ON c.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
" JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = k.confkey[1]"
" WHERE k.conrelid = $1::oid AND k.contype = 'f' AND cardinality(k.conkey) = 1 AND k.convalidated"
" AND n.nspname = $2::text ORDER BY k.oid";

static void
see_reference(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	int			column = find_column(state, (int) get_number(&values[0], 0));

	if (column < 0 || state->table->columns[column].references_table != NULL)
		return;
	state->table->columns[column].references_table = get_text(&values[1]);
	state->table->columns[column].references_column = get_text(&values[2]);
	state->table->columns[column].references_position = 1;
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

static FsqRemoteTable *
postgres_describe(FsqConn *base, const char *schema, const char *name)
{
	DescribeState state = {.conn = (PgConn *) base};
	FsqRemoteTable *table = palloc0(sizeof(FsqRemoteTable));
	const char *encoding = PQparameterStatus(state.conn->handle, "server_encoding");
	FsqValue	params[4];

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
	params[2] = text_param(name);
	params[3] = text_param("false");
	fsq_query_run(base, columns_sql(&state), 4, params, see_column, &state);
	if (table->ncolumns == 0)
	{
		table->problem = pstrdup("It has no columns.");
		return table;
	}
	if (table->is_view)
		return table;
	fsq_query_run(base, references_sql, 2, params, see_reference, &state);
	fsq_query_run(base, indexes_sql, 1, params, see_index, &state);
	return table;
}

/*
 * The number of the time span that this is: the remote is not asked.
 */
static int64
postgres_version(FsqConn *conn)
{
	return GetCurrentTimestamp() / (DESCRIPTION_SECONDS * USECS_PER_SEC);
}

const FsqCatalog fsq_postgres_catalog = {
	.list_tables = postgres_list_tables,
	.describe = postgres_describe,
	.version = postgres_version,
};
