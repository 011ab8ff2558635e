/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  What a MySQL or MariaDB server tells of its tables: information_schema's
 *	  TABLES, COLUMNS, STATISTICS, KEY_COLUMN_USAGE and CHECK_CONSTRAINTS.
 *
 *	  Names are looked up as the server finds them and then held to the bytes
 *	  of the one that was found, since information_schema folds their case.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "connection.h"
#include "mysql/mysql.h"
#include "value.h"

/* How long a description holds unless a statement finds it wrong: a minute. */
#define DESCRIPTION_TIME (INT64CONST(60) * USECS_PER_SEC)

/* What columns may be imported as instead. */
#define TINYINT1_AS_BOOLEAN "import_tinyint1_as_boolean"
#define BINARY16_AS_UUID "import_binary16_as_uuid"
#define CHAR36_AS_UUID "import_char36_as_uuid"
#define TIME_AS_INTERVAL "import_time_as_interval"

static const char *const choices[] = {
	TINYINT1_AS_BOOLEAN, BINARY16_AS_UUID, CHAR36_AS_UUID, TIME_AS_INTERVAL, NULL
};

/* ---- small tools ---- */

static char *
literal(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '\'');
	for (; *text != '\0'; text++)
	{
		if (*text == '\'')
			appendStringInfoChar(&buf, '\'');
		appendStringInfoChar(&buf, *text);
	}
	appendStringInfoChar(&buf, '\'');
	return buf.data;
}

static int64
get_int(const FsqValue *value, int64 missing)
{
	return value->type == FSQ_WIRE_INT64 ? value->u.i : missing;
}

static double
get_number(const FsqValue *value)
{
	return value->type == FSQ_WIRE_FLOAT8 ? value->u.d : 0;
}

static bool
get_flag(const FsqValue *value)
{
	return get_int(value, 0) != 0;
}

/* ---- types ---- */

/* By DATA_TYPE.  %n, %s: the numbers of a type's parentheses; NULL: see map_type. */
typedef struct TypeRule
{
	const char *name;
	FsqMysqlStorage storage;
	const char *type;
	const char *unsigned_type;	/* NULL: the same */
} TypeRule;

static const TypeRule type_rules[] = {
	{"tinyint", FSQ_MYSQL_SIGNED, "smallint"},
	{"smallint", FSQ_MYSQL_SIGNED, "smallint", "integer"},
	{"mediumint", FSQ_MYSQL_SIGNED, "integer"},
	{"int", FSQ_MYSQL_SIGNED, "integer", "bigint"},
	{"bigint", FSQ_MYSQL_SIGNED, "bigint", "numeric(20)"},
	{"year", FSQ_MYSQL_SIGNED, "smallint"},
	{"decimal", FSQ_MYSQL_DECIMAL, "numeric"},
	{"float", FSQ_MYSQL_FLOAT, "real"},
	{"double", FSQ_MYSQL_DOUBLE, "double precision"},
	{"bit", FSQ_MYSQL_BIT, "bit"},
	{"char", FSQ_MYSQL_CHAR, "character"},
	{"varchar", FSQ_MYSQL_TEXT, "character varying"},
	{"tinytext", FSQ_MYSQL_TEXT, "text"},
	{"text", FSQ_MYSQL_TEXT, "text"},
	{"mediumtext", FSQ_MYSQL_TEXT, "text"},
	{"longtext", FSQ_MYSQL_TEXT, "text"},
	{"enum", FSQ_MYSQL_ENUM, "text"},
	{"set", FSQ_MYSQL_ENUM, "text"},
	{"binary", FSQ_MYSQL_BINARY, "bytea"},
	{"varbinary", FSQ_MYSQL_BINARY, "bytea"},
	{"tinyblob", FSQ_MYSQL_BINARY, "bytea"},
	{"blob", FSQ_MYSQL_BINARY, "bytea"},
	{"mediumblob", FSQ_MYSQL_BINARY, "bytea"},
	{"longblob", FSQ_MYSQL_BINARY, "bytea"},
	{"date", FSQ_MYSQL_DATE, "date"},
	{"datetime", FSQ_MYSQL_DATETIME, "timestamp(%d) without time zone"},
	{"timestamp", FSQ_MYSQL_TIMESTAMP, "timestamp(%d) with time zone"},
	{"time", FSQ_MYSQL_TIME, "time(%d) without time zone"},
	{"json", FSQ_MYSQL_OTHER, "json"},
	{"uuid", FSQ_MYSQL_OTHER, "uuid"},
	{"inet4", FSQ_MYSQL_OTHER, "inet"},
	{"inet6", FSQ_MYSQL_OTHER, "inet"},
	{"vector", FSQ_MYSQL_OTHER, "bytea"},
	{"geometry", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"point", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"linestring", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"polygon", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"multipoint", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"multilinestring", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"multipolygon", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"geometrycollection", FSQ_MYSQL_GEOMETRY, "bytea"},
	{"geomcollection", FSQ_MYSQL_GEOMETRY, "bytea"},
	{NULL}
};

/* Types that keep what stands in their parentheses, up to PostgreSQL's limits. */
static bool
keeps_modifier(const TypeRule *rule)
{
	return rule->storage == FSQ_MYSQL_DECIMAL || rule->storage == FSQ_MYSQL_BIT ||
		strcmp(rule->name, "char") == 0 || strcmp(rule->name, "varchar") == 0;
}

/*
 * Fill in a column's storage and local type, and a notice if the type had to
 * be guessed.  precision: of fractions of a second.
 */
static void
map_type(const FsqRemoteTable *table, FsqRemoteColumn *column, const char *data_type, int precision)
{
	const TypeRule *rule = type_rules;
	const char *open = strchr(column->type_name, '(');
	const char *close = open != NULL ? strchr(open, ')') : NULL;

	while (rule->name != NULL && strcmp(rule->name, data_type) != 0)
		rule++;
	if (rule->name == NULL)
	{
		column->storage = FSQ_MYSQL_OTHER;
		column->local_type = "text";
		column->notice = psprintf("column \"%s\" of \"%s\" has the unknown type %s: imported as text",
								  column->name, table->name, column->type_name);
		return;
	}
	column->storage = rule->storage;
	column->local_type = rule->type;
	if (rule->storage == FSQ_MYSQL_SIGNED && strstr(column->type_name, "unsigned") != NULL)
	{
		column->storage = FSQ_MYSQL_UNSIGNED;
		if (rule->unsigned_type != NULL)
			column->local_type = rule->unsigned_type;
	}
	if (strstr(rule->type, "%d") != NULL)
		column->local_type = psprintf(rule->type, precision);
	else if (keeps_modifier(rule) && close != NULL && strncmp(open, "(0)", 3) != 0)
		column->local_type = psprintf("%s%.*s", rule->type, (int) (close - open + 1), open);
	else if (strncmp(rule->name, "char", 4) == 0)
		column->local_type = "text";

	if (strncmp(column->type_name, "tinyint(1)", 10) == 0)
	{
		column->choice = TINYINT1_AS_BOOLEAN;
		column->chosen_type = "boolean";
	}
	else if (strcmp(column->type_name, "binary(16)") == 0)
	{
		column->choice = BINARY16_AS_UUID;
		column->chosen_type = "uuid";
	}
	else if (strcmp(column->type_name, "char(36)") == 0)
	{
		column->choice = CHAR36_AS_UUID;
		column->chosen_type = "uuid";
	}
	else if (rule->storage == FSQ_MYSQL_TIME)
	{
		column->choice = TIME_AS_INTERVAL;
		column->chosen_type = psprintf("interval(%d)", precision);
	}
}

/* ---- defaults ---- */

/*
 * The text of a quoted string as the session writes it: quotes are doubled,
 * backslashes are not.  NULL: it is something else.
 */
static char *
unquote(const char *quoted)
{
	int			length = strlen(quoted);
	StringInfoData text;

	if (length < 2 || quoted[0] != '\'' || quoted[length - 1] != '\'')
		return NULL;
	initStringInfo(&text);
	for (int i = 1; i < length - 1; i++)
	{
		appendStringInfoChar(&text, quoted[i]);
		if (quoted[i] == '\'' && quoted[++i] != '\'')
			return NULL;
	}
	return text.data;
}

/*
 * The current time, of which the session's time zone is UTC.
 */
static const char *
current_time_default(const FsqRemoteColumn *column, const char *expression)
{
	if (pg_strncasecmp(expression, "current_timestamp", 17) != 0)
		return NULL;
	if (column->storage == FSQ_MYSQL_TIMESTAMP)
		return "statement_timestamp()";
	return column->storage == FSQ_MYSQL_DATETIME ? "(statement_timestamp() AT TIME ZONE 'UTC')" : NULL;
}

/*
 * A column's default.  MariaDB tells an expression in its own words; MySQL the
 * text of a constant, or an expression, which EXTRA says.
 */
static void
describe_default(FsqRemoteColumn *column, const char *declared, bool expression, bool mariadb)
{
	const char *text = declared;

	if (declared == NULL || (mariadb && strcmp(declared, "NULL") == 0))
		return;
	column->declared_default = declared;
	if (strncmp(declared, "b'", 2) == 0 && column->storage == FSQ_MYSQL_BIT)
	{
		const char *open = strchr(column->type_name, '(');
		char	   *bits = unquote(declared + 1);

		if (bits != NULL && strlen(bits) <= 64)
			column->local_default = psprintf("B'%0*d%s'", Max(atoi(open + 1) - (int) strlen(bits), 0), 0,
											 bits);
		return;
	}
	column->local_default = current_time_default(column, declared);
	if (column->local_default != NULL || expression)
		return;
	if (mariadb && declared[0] == '\'')
		text = unquote(declared);
	else if (mariadb && !fsq_is_decimal(declared, strlen(declared)))
		return;
	/* bytes are not text, of which only the empty one is the same */
	if (text != NULL && (column->storage != FSQ_MYSQL_BINARY || text[0] == '\0'))
		column->local_default = quote_literal_cstr(text);
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

static bool
mysql_list_tables(FsqConn *conn, const char *schema, List **names)
{
	List	   *found = NIL;

	*names = NIL;
	fsq_query_run(conn,
				  psprintf("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s",
						   literal(schema)),
				  0, NULL, add_name, &found);
	if (found == NIL)
		return false;
	fsq_query_run(conn,
				  psprintf("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
						   " AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VIEW', 'SYSTEM VERSIONED')"
						   " ORDER BY CAST(TABLE_NAME AS BINARY)", literal(schema)),
				  0, NULL, add_name, names);
	return true;
}

/* ---- describe ---- */

typedef struct DescribeState
{
	FsqRemoteTable *table;
	const char *wanted;
	char	   *schema;
	bool		mariadb;
	int			capacity;		/* of table->columns */
	List	   *index_names;	/* in step with table->indexes */
	List	   *foreign_keys;	/* of FsqForeignKeyPart * */
} DescribeState;

/* TABLE_SCHEMA, TABLE_NAME, whether it is a view, TABLE_ROWS, TABLE_COMMENT */
static void
see_table(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	char	   *name = fsq_value_text(&values[1]);

	/* of several that differ in case only, the one that is spelt so */
	if (table->name != NULL && strcmp(name, state->wanted) != 0)
		return;
	state->schema = fsq_value_text(&values[0]);
	table->schema = state->schema;
	table->name = name;
	table->is_view = get_flag(&values[2]);
	table->rows = (double) get_int(&values[3], -1);
	table->comment = fsq_value_text(&values[4]);
	if (!table->is_view || table->comment == NULL)
		return;
	/* the comment of a view says that it is one, or what is wrong with it */
	if (table->comment[0] != '\0' && strcmp(table->comment, "VIEW") != 0)
		table->problem = unconstify(char *, table->comment);
	table->comment = NULL;
}

/*
 * COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, whether NOT NULL, COLLATION_NAME,
 * whether generated, DATETIME_PRECISION, COLUMN_COMMENT, COLUMN_DEFAULT,
 * whether that is an expression
 */
static void
see_column(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	FsqRemoteColumn *column;

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
	/* what a view computes need not keep what its columns promise */
	column->not_null = get_flag(&values[3]) && !table->is_view;
	column->collation = fsq_value_text(&values[4]);
	column->generated = get_flag(&values[5]);
	column->comment = fsq_value_text(&values[7]);
	map_type(table, column, fsq_value_text(&values[2]), get_int(&values[6], 0));
	if (!column->generated)
		describe_default(column, fsq_value_text(&values[8]), get_flag(&values[9]), state->mariadb);
}

static int
find_column(const FsqRemoteTable *table, const char *name)
{
	for (int i = 0; name != NULL && i < table->ncolumns; i++)
	{
		if (strcmp(table->columns[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* INDEX_NAME, whether unique, COLUMN_NAME (null: an expression), CARDINALITY; a row for each column, in order */
static void
see_index(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	char	   *name = fsq_value_text(&values[0]);
	int			place = find_column(table, fsq_value_text(&values[2]));
	int64		cardinality = get_int(&values[3], 0);
	FsqRemoteIndex *index;

	if (state->index_names == NIL || strcmp(llast(state->index_names), name) != 0)
	{
		index = palloc0(sizeof(FsqRemoteIndex));
		index->unique = get_flag(&values[1]);
		index->columns = palloc(sizeof(int) * Max(table->ncolumns, 64));
		index->distinct = palloc0(sizeof(double) * Max(table->ncolumns, 64));
		table->indexes = lappend(table->indexes, index);
		state->index_names = lappend(state->index_names, name);
	}
	index = llast(table->indexes);
	/* an index has at most 64 columns, and a key names a column once */
	if (index->ncolumns >= Max(table->ncolumns, 64))
		return;
	index->distinct[index->ncolumns] = Max(cardinality, 0);
	index->columns[index->ncolumns++] = place;
	if (place < 0)
		return;
	if (strcmp(name, "PRIMARY") == 0)
		table->columns[place].key_position = index->ncolumns;
	/* distinct values of the index's columns up to this one */
	if (index->ncolumns == 1 && cardinality > 0)
		table->columns[place].ndistinct = cardinality;
}

/* CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME */
static void
see_foreign_key(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqForeignKeyPart *part = palloc(sizeof(FsqForeignKeyPart));

	part->key = fsq_value_text(&values[0]);
	part->column = find_column(state->table, fsq_value_text(&values[1]));
	part->target_table = fsq_value_text(&values[2]);
	part->target_column = fsq_value_text(&values[3]);
	state->foreign_keys = lappend(state->foreign_keys, part);
}

/* COLUMN_NAME of a LONGTEXT that is checked to be JSON: what MariaDB makes of JSON */
static void
see_json(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	int			place = find_column(state->table, fsq_value_text(&values[0]));

	if (place >= 0)
		state->table->columns[place].local_type = "json";
}

/*
 * A unique index of one column: all values differ.
 */
static void
note_unique_columns(FsqRemoteTable *table)
{
	ListCell   *lc;

	foreach(lc, table->indexes)
	{
		FsqRemoteIndex *index = lfirst(lc);

		if (index->unique && index->ncolumns == 1 && index->columns[0] >= 0)
			table->columns[index->columns[0]].ndistinct = -1;
	}
}

/*
 * COLUMN_NAME, share of nulls, average length, average number of rows with the
 * same value: MariaDB's statistics of ANALYZE TABLE ... PERSISTENT
 */
static void
see_column_statistics(const FsqValue *values, int ncolumns, void *arg)
{
	FsqRemoteTable *table = arg;
	int			place = find_column(table, fsq_value_text(&values[0]));
	FsqRemoteColumn *column;
	double		frequency;

	if (place < 0)
		return;
	column = &table->columns[place];
	column->null_share = get_number(&values[1]);
	column->width = (int) rint(get_number(&values[2]));
	frequency = get_number(&values[3]);
	if (column->ndistinct == 0 && frequency >= 1 && table->rows > 0)
		column->ndistinct = frequency == 1 ? -1 + column->null_share :
			Max(1, rint(table->rows * (1 - column->null_share) / frequency));
}

/*
 * Statistics of columns, if the login can read them; those of indexes are more
 * recent.
 */
static void
describe_column_statistics(FsqConn *conn, FsqRemoteTable *table)
{
	(void) fsq_query_try(conn,
						 psprintf("SELECT COLUMN_NAME, NULLS_RATIO + 0e0, AVG_LENGTH + 0e0, AVG_FREQUENCY + 0e0"
								  " FROM mysql.column_stats WHERE DB_NAME = %s AND TABLE_NAME = %s",
								  literal(table->schema), literal(table->name)),
						 0, NULL, see_column_statistics, table);
}

static FsqRemoteTable *
mysql_describe(FsqConn *conn, const char *schema, const char *name)
{
	DescribeState state = {.table = palloc0(sizeof(FsqRemoteTable)),.wanted = name};
	FsqRemoteTable *table = state.table;
	char	   *where;

	fsq_query_run(conn,
				  psprintf("SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE LIKE '%%VIEW', TABLE_ROWS, TABLE_COMMENT"
						   " FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s",
						   schema != NULL ? literal(schema) : "DATABASE()", literal(name)),
				  0, NULL, see_table, &state);
	if (table->name == NULL)
		return NULL;
	if (table->problem != NULL)
		return table;
	state.mariadb = fsq_mysql_is_mariadb(conn);
	where = psprintf("TABLE_SCHEMA = %s AND TABLE_NAME = %s AND CAST(CONVERT(TABLE_NAME USING utf8mb4) AS BINARY) = %s",
					 literal(state.schema), literal(table->name), literal(table->name));
	table->strict = true;
	table->utf8 = true;

	fsq_query_run(conn,
				  psprintf("SELECT COLUMN_NAME, COLUMN_TYPE, LOWER(DATA_TYPE), IS_NULLABLE = 'NO', COLLATION_NAME,"
						   " EXTRA LIKE '%%GENERATED%%' AND EXTRA NOT LIKE '%%DEFAULT_GENERATED%%',"
						   " DATETIME_PRECISION, COLUMN_COMMENT, COLUMN_DEFAULT, EXTRA LIKE '%%DEFAULT_GENERATED%%'"
						   " FROM information_schema.COLUMNS WHERE %s ORDER BY ORDINAL_POSITION", where),
				  0, NULL, see_column, &state);
	if (table->ncolumns == 0)
	{
		table->problem = "Nothing is known of its columns.";
		return table;
	}
	if (table->is_view)
		return table;
	fsq_query_run(conn,
				  psprintf("SELECT INDEX_NAME, NON_UNIQUE = 0, COLUMN_NAME, CARDINALITY"
						   " FROM information_schema.STATISTICS WHERE %s AND INDEX_TYPE IN ('BTREE', 'HASH')"
						   " ORDER BY INDEX_NAME, SEQ_IN_INDEX", where),
				  0, NULL, see_index, &state);
	note_unique_columns(table);
	if (state.mariadb)
		describe_column_statistics(conn, table);
	fsq_query_run(conn,
				  psprintf("SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
						   " FROM information_schema.KEY_COLUMN_USAGE WHERE %s"
						   " AND REFERENCED_TABLE_NAME IS NOT NULL AND REFERENCED_TABLE_SCHEMA = TABLE_SCHEMA"
						   " ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION", where),
				  0, NULL, see_foreign_key, &state);
	fsq_remote_set_references(table, state.foreign_keys);
	if (state.mariadb)
		fsq_query_run(conn,
					  psprintf("SELECT c.COLUMN_NAME FROM (SELECT * FROM information_schema.COLUMNS WHERE %s) c"
							   " JOIN (SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
							   " WHERE CONSTRAINT_SCHEMA = %s AND CAST(CONVERT(TABLE_NAME USING utf8mb4) AS BINARY) = %s) k"
							   " ON CAST(k.CHECK_CLAUSE AS BINARY) ="
							   " CAST(CONCAT('json_valid(`', REPLACE(c.COLUMN_NAME, '`', '``'), '`)') AS BINARY)"
							   " WHERE c.DATA_TYPE = 'longtext'",
							   where, literal(state.schema), literal(table->name)),
					  0, NULL, see_json, &state);
	return table;
}

/*
 * Nothing tells that a table has changed, but statements that no longer find
 * what was described: a description holds for a while.
 */
static int64
mysql_version(FsqConn *conn)
{
	return ((int64) fsq_mysql_generation(conn) << 40) + GetCurrentTimestamp() / DESCRIPTION_TIME;
}

const FsqCatalog fsq_mysql_catalog = {
	.choices = choices,
	.list_tables = mysql_list_tables,
	.describe = mysql_describe,
	.version = mysql_version,
	.estimate = fsq_mysql_estimate,
};
