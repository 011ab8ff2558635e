/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  What a SQLite database tells of its tables: sqlite_schema, the pragmas
 *	  table_xinfo, index_list, index_xinfo and foreign_key_list, and the
 *	  statistics that ANALYZE left in sqlite_stat1.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <sqlite3.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "fdw.h"
#include "sqlite/sqlite.h"
#include "value.h"

/* Tables without statistics are counted as far as this, where counting is all there is. */
#define COUNT_LIMIT 10000

/* ---- small tools ---- */

/* A name or statement for the library's own functions, which take UTF-8. */
static const char *
wire_text(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* A text parameter, in the encoding of the wire; the string may be the caller's. */
static FsqValue
text_param(const char *text)
{
	FsqValue	value = {.type = FSQ_WIRE_TEXT};

	value.u.s = wire_text(text);
	value.length = strlen(value.u.s);
	return value;
}

static int64
get_int(const FsqValue *value)
{
	return value->type == FSQ_WIRE_INT64 ? value->u.i : 0;
}

/* Callback: keep the first column of the last row. */
static void
keep_int(const FsqValue *values, int ncolumns, void *arg)
{
	*(int64 *) arg = get_int(&values[0]);
}

static int64
query_int(FsqConn *conn, const char *sql)
{
	int64		result = 0;

	fsq_query_run(conn, sql, 0, NULL, keep_int, &result);
	return result;
}

/* Schemas of a handle: "main" is all there is, since nothing can be attached. */
static bool
is_main(const char *schema)
{
	return schema == NULL || pg_strcasecmp(schema, "main") == 0;
}

/* ---- types ---- */

/*
 * Affinity of a declared type, by the rules of
 * https://www.sqlite.org/datatype3.html section 3.1, in their order.
 */
static const struct
{
	const char *part;
	FsqSqliteAffinity affinity;
}			affinity_rules[] = {
	{"INT", FSQ_SQLITE_INTEGER},
	{"CHAR", FSQ_SQLITE_TEXT},
	{"CLOB", FSQ_SQLITE_TEXT},
	{"TEXT", FSQ_SQLITE_TEXT},
	{"BLOB", FSQ_SQLITE_NONE},
	{"REAL", FSQ_SQLITE_REAL},
	{"FLOA", FSQ_SQLITE_REAL},
	{"DOUB", FSQ_SQLITE_REAL},
	{NULL}
};

/* PostgreSQL's types for usual names; others go by affinity. */
static const struct
{
	const char *name;
	const char *type;
}			usual_types[] = {
	{"BOOL", "boolean"},
	{"BOOLEAN", "boolean"},
	{"DATE", "date"},
	{"DATETIME", "timestamp without time zone"},
	{"TIMESTAMP", "timestamp without time zone"},
	{"TIMESTAMPTZ", "timestamp with time zone"},
	{"TIMESTAMP WITH TIME ZONE", "timestamp with time zone"},
	{"TIME", "time without time zone"},
	{"UUID", "uuid"},
	{"GUID", "uuid"},
	{"JSON", "json"},
	{"JSONB", "jsonb"},
	{"DECIMAL", "numeric"},
	{"NUMERIC", "numeric"},
	{"NUMBER", "numeric"},
	{"BYTEA", "bytea"},
	{"VARBINARY", "bytea"},
	{"BINARY", "bytea"},
	{NULL}
};

/*
 * A declared type in upper case without "(n)", as SQLite itself reads it.
 */
static char *
normalise_type(const char *declared)
{
	StringInfoData name;
	int			depth = 0;

	initStringInfo(&name);
	for (const char *p = declared; *p != '\0'; p++)
	{
		if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
		else if (depth == 0 && !(*p == ' ' && (name.len == 0 || name.data[name.len - 1] == ' ')))
			appendStringInfoChar(&name, pg_ascii_toupper((unsigned char) *p));
	}
	while (name.len > 0 && name.data[name.len - 1] == ' ')
		name.data[--name.len] = '\0';
	return name.data;
}

static FsqSqliteAffinity
affinity_of(const char *type)
{
	if (type[0] == '\0' || strcmp(type, "ANY") == 0)
		return FSQ_SQLITE_NONE;
	for (int i = 0; affinity_rules[i].part != NULL; i++)
	{
		if (strstr(type, affinity_rules[i].part) != NULL)
			return affinity_rules[i].affinity;
	}
	return FSQ_SQLITE_NUMERIC;
}

/*
 * Fill in a column's affinity and local type, and a notice if the type had to
 * be guessed.
 */
static void
map_type(FsqRemoteTable *table, FsqRemoteColumn *column)
{
	char	   *type = normalise_type(column->type_name);
	FsqSqliteAffinity affinity = affinity_of(type);

	column->storage = affinity;
	column->local_type = NULL;
	for (int i = 0; usual_types[i].name != NULL; i++)
	{
		if (strcmp(usual_types[i].name, type) == 0)
			column->local_type = usual_types[i].type;
	}
	if (column->local_type != NULL)
		return;

	column->local_type = "text";
	if (affinity == FSQ_SQLITE_INTEGER)
		column->local_type = "bigint";
	else if (affinity == FSQ_SQLITE_REAL)
		column->local_type = "double precision";
	else if (strstr(type, "BLOB") != NULL)
		column->local_type = "bytea";
	else if (type[0] == '\0')
		column->notice = psprintf("column \"%s\" of \"%s\" has no declared type: imported as text",
								  column->name, table->name);
	else if (affinity != FSQ_SQLITE_TEXT)
		column->notice = psprintf("column \"%s\" of \"%s\" has the unknown type %s: imported as text",
								  column->name, table->name, column->type_name);
}

/* ---- list ---- */

static void
add_name(const FsqValue *values, int ncolumns, void *arg)
{
	List	  **names = arg;
	char	   *name = fsq_value_text(&values[0]);

	if (name != NULL)
		*names = lappend(*names, name);
}

/*
 * Tables and views, without the library's own and those that belong to a
 * virtual table.
 */
static bool
sqlite_list_tables(FsqConn *conn, const char *schema, List **names)
{
	*names = NIL;
	if (!is_main(schema))
		return false;
	fsq_query_run(conn,
				  sqlite3_libversion_number() >= 3037000 ?
				  "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow'"
				  " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name COLLATE BINARY" :
				  "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
				  " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name COLLATE BINARY",
				  0, NULL, add_name, names);
	return true;
}

/* ---- describe ---- */

typedef struct DescribeState
{
	FsqConn    *conn;
	FsqRemoteTable *table;
	bool		found;
	bool		virtual;		/* a virtual table */
	bool		rowid;			/* has rows in the order of a rowid */
	int			capacity;		/* of table->columns */
	int			nkeys;
	List	   *index_names;	/* in step with table->indexes; "" for the rowid */
	List	   *foreign_keys;	/* of FsqForeignKeyPart * */
} DescribeState;

/* The type, root page, SQL and name of a table or view. */
static const char *const object_sql =
"SELECT type, rootpage, sql, name FROM main.sqlite_schema"
" WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";

/*
 * The next character of SQL that is neither blank nor in a comment; NULL at the
 * end.
 */
static const char *
skip_blanks(const char *sql)
{
	for (;;)
	{
		if (sql[0] == '-' && sql[1] == '-')
			sql = strchr(sql, '\n');
		else if (sql[0] == '/' && sql[1] == '*')
		{
			sql = strstr(sql + 2, "*/");
			sql = sql != NULL ? sql + 1 : NULL;
		}
		else if (sql[0] == '\0' || strchr(" \t\n\f\r", sql[0]) == NULL)
			return sql[0] != '\0' ? sql : NULL;
		if (sql == NULL)
			return NULL;
		sql++;
	}
}

/*
 * What follows the first pair of parentheses in a CREATE statement: the
 * options of a table; NULL if there is nothing.
 */
static const char *
table_options(const char *sql)
{
	int			depth = 0;

	while ((sql = skip_blanks(sql)) != NULL)
	{
		char		c = *sql++;

		/* a quote that is doubled closes one text and opens another */
		if (c == '\'' || c == '"' || c == '`' || c == '[')
		{
			sql = strchr(sql, c == '[' ? ']' : c);
			if (sql == NULL)
				return NULL;
			sql++;
		}
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return skip_blanks(sql);
	}
	return NULL;
}

/*
 * Whether one of the options begins with a word.  (PRAGMA table_list knows them
 * too, but to answer it the library looks into every view of the database.)
 */
static bool
has_option(const char *options, const char *word)
{
	int			length = strlen(word);

	for (; options != NULL; options = skip_blanks(options))
	{
		if (pg_strncasecmp(options, word, length) == 0)
			return true;
		/* a word, or a comma */
		options += Max(1, strcspn(options, " \t\n\f\r,-/"));
	}
	return false;
}

/* a row of object_sql */
static void
see_object(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	const char *type = fsq_value_text(&values[0]);
	/* of the wire's encoding: every byte of what is looked for is ASCII */
	const char *sql = values[2].type == FSQ_WIRE_TEXT ? pnstrdup(values[2].u.s, values[2].length) : "";
	const char *options = table_options(sql);

	state->found = true;
	state->table->is_view = strcmp(type, "view") == 0;
	state->virtual = !state->table->is_view && get_int(&values[1]) == 0;
	if (!state->table->is_view && !state->virtual)
	{
		state->rowid = !has_option(options, "WITHOUT");
		state->table->strict = has_option(options, "STRICT");
	}
	state->table->name = fsq_value_text(&values[3]);
}

/* Defaults that are words of SQL; the times are in UTC. */
static const struct
{
	const char *word;
	const char *expression;		/* NULL: the same as none */
}			default_words[] = {
	{"NULL", NULL},
	{"TRUE", "'1'"},
	{"FALSE", "'0'"},
	{"CURRENT_DATE", "(statement_timestamp() AT TIME ZONE 'UTC')::date"},
	{"CURRENT_TIME", "(statement_timestamp() AT TIME ZONE 'UTC')::time(0)"},
	{"CURRENT_TIMESTAMP", "(statement_timestamp() AT TIME ZONE 'UTC')::timestamp(0)"},
	{NULL}
};

/*
 * A default as it was written: a number, a string in quotes of either kind, or
 * one of these words.  Anything else is an expression, which is not told.
 */
static void
describe_default(FsqRemoteColumn *column, const char *declared)
{
	int			length = declared != NULL ? strlen(declared) : 0;
	StringInfoData text;

	if (length == 0)
		return;
	for (int i = 0; default_words[i].word != NULL; i++)
	{
		if (pg_strcasecmp(declared, default_words[i].word) != 0)
			continue;
		column->local_default = default_words[i].expression;
		column->declared_default = column->local_default != NULL ? declared : NULL;
		return;
	}
	column->declared_default = declared;
	if (fsq_is_decimal(declared, length))
		column->local_default = quote_literal_cstr(declared);
	if (length < 2 || (declared[0] != '\'' && declared[0] != '"') || declared[length - 1] != declared[0])
		return;
	initStringInfo(&text);
	for (int i = 1; i < length - 1; i++)
	{
		appendStringInfoChar(&text, declared[i]);
		/* a doubled quote; one that is not ends the string too soon */
		if (declared[i] == declared[0] && (++i >= length - 1 || declared[i] != declared[0]))
			return;
	}
	column->local_default = quote_literal_cstr(text.data);
}

/* name, type, notnull, pk, hidden, dflt_value of a row of table_xinfo */
static void
see_column(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	FsqRemoteColumn *column;
	int			hidden = get_int(&values[4]);

	/* columns of a virtual table that only take arguments */
	if (hidden == 1)
		return;
	if (table->ncolumns == state->capacity)
	{
		state->capacity = Max(16, state->capacity * 2);
		table->columns = table->columns == NULL ?
			palloc(sizeof(FsqRemoteColumn) * state->capacity) :
			repalloc(table->columns, sizeof(FsqRemoteColumn) * state->capacity);
	}
	column = &table->columns[table->ncolumns++];
	memset(column, 0, sizeof(*column));
	column->name = fsq_value_text(&values[0]);
	column->type_name = fsq_value_text(&values[1]);
	if (column->type_name == NULL)
		column->type_name = "";
	column->not_null = get_int(&values[2]) != 0;
	column->key_position = get_int(&values[3]);
	column->generated = hidden == 2 || hidden == 3;
	if (column->key_position > 0)
		state->nkeys++;
	map_type(table, column);
	if (!column->generated)
		describe_default(column, fsq_value_text(&values[5]));

	/* declarations hold only where values are stored, not where they are computed */
	if (table->is_view || state->virtual)
	{
		column->storage = FSQ_SQLITE_NONE;
		column->not_null = false;
	}
}

static int
find_column(const FsqRemoteTable *table, const char *name)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (pg_strcasecmp(table->columns[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* key, column, table, referenced column (null: the primary key) */
static void
see_foreign_key(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqForeignKeyPart *part = palloc0(sizeof(FsqForeignKeyPart));
	char	   *name = fsq_value_text(&values[1]);

	part->key = psprintf(INT64_FORMAT, get_int(&values[0]));
	part->column = name ? find_column(state->table, name) : -1;
	part->target_table = fsq_value_text(&values[2]);
	part->target_column = fsq_value_text(&values[3]);
	state->foreign_keys = lappend(state->foreign_keys, part);
}

/*
 * Foreign keys in the order of their declaration.
 */
static void
describe_foreign_keys(DescribeState *state, FsqValue *name)
{
	fsq_query_run(state->conn,
				  "SELECT id, \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
				  1, name, see_foreign_key, state);
	fsq_remote_set_references(state->table, state->foreign_keys);
}

/* name, unique, columns of an index in order, separated by commas */
static void
see_index(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteIndex *index = palloc0(sizeof(FsqRemoteIndex));
	char	   *columns = fsq_value_text(&values[2]);
	char	   *place;
	char	   *rest = NULL;

	if (columns == NULL)
		return;
	index->unique = get_int(&values[1]) != 0;
	index->columns = palloc(sizeof(int) * (strlen(columns) / 2 + 1));
	for (place = strtok_r(columns, ",", &rest); place != NULL; place = strtok_r(NULL, ",", &rest))
		index->columns[index->ncolumns++] = atoi(place);
	state->table->indexes = lappend(state->table->indexes, index);
	state->index_names = lappend(state->index_names, fsq_value_text(&values[0]));
}

/*
 * Indexes of a table, and the rowid if it is the primary key.
 */
static void
describe_indexes(DescribeState *state, FsqValue *name)
{
	FsqRemoteTable *table = state->table;

	fsq_query_run(state->conn,
				  "SELECT l.name, l.\"unique\","
				  " (SELECT group_concat(max(x.cid, -1)) FROM (SELECT cid FROM pragma_index_xinfo(l.name) WHERE key ORDER BY seqno) x)"
				  " FROM pragma_index_list(?1) l WHERE NOT l.partial ORDER BY l.seq DESC",
				  1, name, see_index, state);

	for (int i = 0; state->rowid && i < table->ncolumns; i++)
	{
		FsqRemoteColumn *column = &table->columns[i];
		FsqRemoteIndex *index;

		if (column->key_position != 1 || state->nkeys != 1 ||
			strcmp(normalise_type(column->type_name), "INTEGER") != 0)
			continue;
		index = palloc0(sizeof(FsqRemoteIndex));
		index->unique = true;
		index->ncolumns = 1;
		index->columns = palloc(sizeof(int));
		index->columns[0] = i;
		table->indexes = lcons(index, table->indexes);
		state->index_names = lcons("", state->index_names);
		/* the rowid is never null, declared so or not */
		column->not_null = true;
	}
}

/*
 * The collation of each column, for which there is no pragma.
 */
static void
describe_collations(DescribeState *state)
{
	FsqRemoteTable *table = state->table;

	for (int i = 0; i < table->ncolumns; i++)
	{
		const char *collation = NULL;

		if (sqlite3_table_column_metadata(fsq_sqlite_handle(state->conn), "main",
										  wire_text(table->name), wire_text(table->columns[i].name), NULL, &collation,
										  NULL, NULL, NULL) == SQLITE_OK && collation != NULL)
			table->columns[i].collation = pstrdup(collation);
	}
}

/* ---- statistics ---- */

/*
 * The rows per value of an index's columns.
 */
static void
see_index_statistics(FsqRemoteTable *table, FsqRemoteIndex *index, double rows, const char *stat)
{
	index->distinct = palloc0(sizeof(double) * Max(index->ncolumns, 1));
	for (int i = 0; i < index->ncolumns; i++)
	{
		char	   *rest;
		double		per_value = strtod(stat, &rest);

		if (rest == stat || !(per_value >= 1))
			break;
		index->distinct[i] = per_value == 1 ? -1 : Max(1, rint(rows / per_value));
		stat = rest;
	}
	if (index->ncolumns > 0 && index->columns[0] >= 0 && index->distinct[0] != 0)
		table->columns[index->columns[0]].ndistinct = index->distinct[0];
}

/* idx and stat of a row of sqlite_stat1 */
static void
see_statistics(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	char	   *name = fsq_value_text(&values[0]);
	char	   *stat = fsq_value_text(&values[1]);
	char	   *rest;
	double		rows;
	ListCell   *lc_name;
	ListCell   *lc_index;

	/* rows, and rows per value of the first column, of the first two together, ... */
	if (stat == NULL)
		return;
	rows = strtod(stat, &rest);
	if (rest == stat || !(rows >= 0 && rows < 1e18))
		return;
	table->rows = Max(table->rows, rows);
	if (name == NULL)
		return;
	forboth(lc_name, state->index_names, lc_index, table->indexes)
	{
		if (strcmp(lfirst(lc_name), name) == 0)
			see_index_statistics(table, lfirst(lc_index), rows, rest);
	}
}

/*
 * An estimate of rows without statistics: the range of rowids, which both ends
 * of the table's B-tree give, but not more than the file has room for.
 */
static double
estimate_rows(DescribeState *state)
{
	static const char *const rowids[] = {"_rowid_", "rowid", "oid", NULL};
	const char *quoted;
	StringInfoData buf;
	double		rows;
	double		room;

	if (state->table->is_view || state->virtual)
		return -1;
	initStringInfo(&buf);
	fsq_sqlite_dialect.quote_identifier(&buf, state->table->name);
	quoted = buf.data;
	if (!state->rowid)
	{
		rows = query_int(state->conn,
						 psprintf("SELECT count(*) FROM (SELECT 1 FROM main.%s LIMIT %d)",
								  quoted, COUNT_LIMIT));
		return rows < COUNT_LIMIT ? rows : -1;
	}
	for (int i = 0; rowids[i] != NULL; i++)
	{
		/* a column of that name hides it */
		if (find_column(state->table, rowids[i]) >= 0)
			continue;
		rows = (double) query_int(state->conn,
								  psprintf("SELECT coalesce(CAST((SELECT max(%s) FROM main.%s) * 1.0"
										   " - (SELECT min(%s) FROM main.%s) + 1 AS INTEGER), 0)",
										   rowids[i], quoted, rowids[i], quoted));
		room = (double) query_int(state->conn, "PRAGMA main.page_count") *
			query_int(state->conn, "PRAGMA main.page_size") / 4;
		return Min(rows, room);
	}
	return -1;
}

/*
 * Rows of the table and distinct values of columns.
 */
static void
describe_statistics(DescribeState *state, FsqValue *name)
{
	FsqRemoteTable *table = state->table;
	ListCell   *lc;

	table->rows = -1;
	if (table->is_view)
		return;
	foreach(lc, table->indexes)
	{
		FsqRemoteIndex *index = lfirst(lc);

		if (index->unique && index->ncolumns == 1 && index->columns[0] >= 0)
			table->columns[index->columns[0]].ndistinct = -1;
	}
	if (sqlite3_table_column_metadata(fsq_sqlite_handle(state->conn), "main", "sqlite_stat1",
									  NULL, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK)
		fsq_query_run(state->conn, "SELECT idx, stat FROM main.sqlite_stat1 WHERE tbl = ?1 COLLATE NOCASE",
					  1, name, see_statistics, state);
	if (table->rows < 0)
		table->rows = estimate_rows(state);
}

/*
 * Why a table cannot be read, or NULL: the tables and columns of a view, or
 * the module of a virtual table, may be missing.
 */
static char *
find_problem(FsqConn *conn, const char *name)
{
	sqlite3    *db = fsq_sqlite_handle(conn);
	sqlite3_stmt *statement = NULL;
	char	   *problem = NULL;
	StringInfoData sql;
	int			code;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT * FROM main.");
	fsq_sqlite_dialect.quote_identifier(&sql, name);
	code = sqlite3_prepare_v2(db, wire_text(sql.data), -1, &statement, NULL);
	/* locks and damage are not the table's problem: the next statement meets them */
	if ((code & 0xff) == SQLITE_ERROR)
		problem = pstrdup(sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	return problem;
}

/* Callback: whether the encoding is UTF-8 */
static void
see_encoding(const FsqValue *values, int ncolumns, void *arg)
{
	*(bool *) arg = strcmp(fsq_value_text(&values[0]), "UTF-8") == 0;
}

static FsqRemoteTable *
sqlite_describe(FsqConn *conn, const char *schema, const char *name)
{
	DescribeState state = {.conn = conn};
	FsqRemoteTable *table = palloc0(sizeof(FsqRemoteTable));
	FsqValue	param = text_param(name);

	if (!is_main(schema))
		return NULL;
	state.table = table;
	fsq_query_run(conn, object_sql, 1, &param, see_object, &state);
	if (!state.found)
		return NULL;
	table->schema = "main";
	table->rows = -1;
	fsq_query_run(conn, "PRAGMA main.encoding", 0, NULL, see_encoding, &table->utf8);

	table->problem = find_problem(conn, table->name);
	if (table->problem != NULL)
		return table;
	fsq_query_run(conn,
				  "SELECT name, type, \"notnull\", pk, hidden, dflt_value FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
				  1, &param, see_column, &state);
	if (table->ncolumns == 0)
	{
		table->problem = pstrdup("It has no columns.");
		return table;
	}
	if (!table->is_view && !state.virtual)
	{
		describe_foreign_keys(&state, &param);
		describe_indexes(&state, &param);
		describe_collations(&state);
	}
	describe_statistics(&state, &param);
	return table;
}

/*
 * Changes with the schema, and with every commit of another connection: the
 * statistics and the range of rowids may have changed then.
 */
static int64
sqlite_version(FsqConn *conn)
{
	return (query_int(conn, "PRAGMA main.schema_version") << 32) ^
		query_int(conn, "PRAGMA main.data_version");
}

const FsqCatalog fsq_sqlite_catalog = {
	.list_tables = sqlite_list_tables,
	.describe = sqlite_describe,
	.version = sqlite_version,
};
