/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  What SQL Server tells of its tables: the catalog views of sys.
 *
 *	  Names are looked up by OBJECT_ID, which finds what a statement would
 *	  find.  Rows are counted by sys.partitions: sys.dm_db_partition_stats says
 *	  the same, but only to those who may see the state of the database.
 *
 *	  Source: "Object Catalog Views", "Extended Properties Catalog Views",
 *	  "sys.partitions", "Metadata Visibility Configuration" of
 *	  https://learn.microsoft.com/en-us/sql/relational-databases/
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "connection.h"
#include "sqlserver/column.h"
#include "sqlserver/sqlserver.h"
#include "value.h"

/* How long a description holds: a minute. */
#define DESCRIPTION_TIME (INT64CONST(60) * USECS_PER_SEC)

/* An index has at most 32 key columns (16 before 2016). */
#define MAX_INDEX_COLUMNS 32

/* ---- small tools ---- */

static char *
literal(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	fsq_sqlserver_write_string(&buf, text);
	return buf.data;
}

/*
 * A table's name as statements have it.
 */
static char *
quoted_name(const char *schema, const char *table)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (schema != NULL)
	{
		fsq_sqlserver_dialect.quote_identifier(&buf, schema);
		appendStringInfoChar(&buf, '.');
	}
	fsq_sqlserver_dialect.quote_identifier(&buf, table);
	return buf.data;
}

static int64
get_int(const FsqValue *value, int64 missing)
{
	return value->type == FSQ_WIRE_INT64 ? value->u.i : missing;
}

static bool
get_flag(const FsqValue *value)
{
	return get_int(value, 0) != 0;
}

/* ---- types ---- */

/* What stands in the parentheses of a type. */
typedef enum TypeNumbers
{
	NO_NUMBERS,
	LENGTH,						/* of bytes; -1: max */
	UNICODE_LENGTH,				/* of pairs of bytes; likewise */
	PRECISION_SCALE,
	SCALE						/* places of a second */
} TypeNumbers;

/* By the name of the system type.  %d: what stands in the parentheses. */
typedef struct TypeRule
{
	const char *name;
	FsqSqlserverStorage storage;
	TypeNumbers numbers;
	const char *type;			/* here */
	const char *long_type;		/* here, of (max); NULL: the same */
} TypeRule;

static const TypeRule type_rules[] = {
	{"bit", FSQ_SQLSERVER_BIT, NO_NUMBERS, "boolean"},
	{"tinyint", FSQ_SQLSERVER_INTEGER, NO_NUMBERS, "smallint"},
	{"smallint", FSQ_SQLSERVER_INTEGER, NO_NUMBERS, "smallint"},
	{"int", FSQ_SQLSERVER_INTEGER, NO_NUMBERS, "integer"},
	{"bigint", FSQ_SQLSERVER_INTEGER, NO_NUMBERS, "bigint"},
	{"decimal", FSQ_SQLSERVER_DECIMAL, PRECISION_SCALE, "numeric(%d,%d)"},
	{"numeric", FSQ_SQLSERVER_DECIMAL, PRECISION_SCALE, "numeric(%d,%d)"},
	{"money", FSQ_SQLSERVER_MONEY, NO_NUMBERS, "numeric(19,4)"},
	{"smallmoney", FSQ_SQLSERVER_MONEY, NO_NUMBERS, "numeric(10,4)"},
	{"real", FSQ_SQLSERVER_REAL, NO_NUMBERS, "real"},
	{"float", FSQ_SQLSERVER_FLOAT, NO_NUMBERS, "double precision"},
	{"char", FSQ_SQLSERVER_CHAR, LENGTH, "character(%d)"},
	{"varchar", FSQ_SQLSERVER_TEXT, LENGTH, "character varying(%d)", "text"},
	{"nchar", FSQ_SQLSERVER_CHAR, UNICODE_LENGTH, "character(%d)"},
	{"nvarchar", FSQ_SQLSERVER_TEXT, UNICODE_LENGTH, "character varying(%d)", "text"},
	{"text", FSQ_SQLSERVER_OLD_TEXT, NO_NUMBERS, "text"},
	{"ntext", FSQ_SQLSERVER_OLD_TEXT, NO_NUMBERS, "text"},
	{"binary", FSQ_SQLSERVER_BINARY, LENGTH, "bytea"},
	{"varbinary", FSQ_SQLSERVER_BINARY, LENGTH, "bytea", "bytea"},
	{"timestamp", FSQ_SQLSERVER_BINARY, LENGTH, "bytea"},
	{"image", FSQ_SQLSERVER_OLD_BINARY, NO_NUMBERS, "bytea"},
	{"date", FSQ_SQLSERVER_DATE, NO_NUMBERS, "date"},
	{"time", FSQ_SQLSERVER_TIME, SCALE, "time(%d) without time zone"},
	{"smalldatetime", FSQ_SQLSERVER_SMALLDATETIME, NO_NUMBERS, "timestamp(0) without time zone"},
	{"datetime", FSQ_SQLSERVER_DATETIME, NO_NUMBERS, "timestamp(3) without time zone"},
	{"datetime2", FSQ_SQLSERVER_DATETIME2, SCALE, "timestamp(%d) without time zone"},
	{"datetimeoffset", FSQ_SQLSERVER_DATETIMEOFFSET, SCALE, "timestamp(%d) with time zone"},
	{"uniqueidentifier", FSQ_SQLSERVER_UUID, NO_NUMBERS, "uuid"},
	{"xml", FSQ_SQLSERVER_XML, NO_NUMBERS, "xml"},
	{"json", FSQ_SQLSERVER_JSON, NO_NUMBERS, "json"},
	{"sql_variant", FSQ_SQLSERVER_VARIANT, NO_NUMBERS, "text"},
	{"hierarchyid", FSQ_SQLSERVER_OTHER, NO_NUMBERS, "text"},
	{"geometry", FSQ_SQLSERVER_SPATIAL, NO_NUMBERS, "bytea"},
	{"geography", FSQ_SQLSERVER_SPATIAL, NO_NUMBERS, "bytea"},
	{NULL}
};

/* PostgreSQL's places of a second. */
#define MAX_PLACES 6

/*
 * Fill in a column's storage and its types there and here, and a notice if
 * the one does not say all of the other.
 */
static void
map_type(const FsqRemoteTable *table, FsqRemoteColumn *column, const char *name,
		 int length, int precision, int scale)
{
	const TypeRule *rule = type_rules;

	while (rule->name != NULL && strcmp(rule->name, name) != 0)
		rule++;
	if (rule->name == NULL)
	{
		column->type_name = name;
		column->storage = FSQ_SQLSERVER_OTHER;
		column->local_type = "text";
		column->notice = psprintf("column \"%s\" of \"%s\" has the unknown type %s: imported as text",
								  column->name, table->name, name);
		return;
	}
	column->storage = rule->storage;
	column->type_name = rule->name;
	column->local_type = rule->type;
	switch (rule->numbers)
	{
		case NO_NUMBERS:
			break;
		case LENGTH:
		case UNICODE_LENGTH:
			if (length < 0)
			{
				column->type_name = psprintf("%s(max)", rule->name);
				column->local_type = rule->long_type;
				break;
			}
			if (rule->numbers == UNICODE_LENGTH)
				length /= 2;
			column->type_name = psprintf("%s(%d)", rule->name, length);
			if (strchr(rule->type, '%') != NULL)
				column->local_type = psprintf(rule->type, length);
			break;
		case PRECISION_SCALE:
			column->type_name = psprintf("%s(%d,%d)", rule->name, precision, scale);
			column->local_type = psprintf(rule->type, precision, scale);
			break;
		case SCALE:
			column->type_name = psprintf("%s(%d)", rule->name, scale);
			column->local_type = psprintf(rule->type, Min(scale, MAX_PLACES));
			if (scale > MAX_PLACES)
				column->notice = psprintf("column \"%s\" of \"%s\" is %s: a value finer than a microsecond will be an error",
										  column->name, table->name, column->type_name);
			break;
	}
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
sqlserver_list_tables(FsqConn *conn, const char *schema, List **names)
{
	List	   *found = NIL;

	*names = NIL;
	fsq_query_run(conn, psprintf("SELECT name FROM sys.schemas WHERE name = %s", literal(schema)),
				  0, NULL, add_name, &found);
	if (found == NIL)
		return false;
	fsq_query_run(conn,
				  psprintf("SELECT o.name FROM sys.all_objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
						   " WHERE s.name = %s AND o.type IN ('U', 'V')"
						   " AND (o.is_ms_shipped = 0 OR s.name IN (N'sys', N'INFORMATION_SCHEMA'))"
						   " ORDER BY o.name COLLATE Latin1_General_100_BIN2", literal(schema)),
				  0, NULL, add_name, names);
	return true;
}

/* ---- describe ---- */

typedef struct DescribeState
{
	FsqRemoteTable *table;
	int64		object_id;
	int			capacity;		/* of table->columns, and ids */
	int		   *ids;			/* sys.columns.column_id, which has gaps */
	int64		index_id;		/* of the last row of see_index */
	List	   *foreign_keys;	/* of FsqForeignKeyPart * */
} DescribeState;

/* object_id, schema, name, whether it is a view, rows, comment */
static void
see_table(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;

	state->object_id = get_int(&values[0], 0);
	table->schema = fsq_value_text(&values[1]);
	table->name = fsq_value_text(&values[2]);
	table->is_view = get_flag(&values[3]);
	table->rows = (double) get_int(&values[4], -1);
	table->comment = fsq_value_text(&values[5]);
}

/* Functions of the current time, in the time zone of the server, as the session has it. */
static const char *const time_functions[] = {
	"(getdate())", "(sysdatetime())", "(current_timestamp)", "(getutcdate())", "(sysutcdatetime())",
	"(sysdatetimeoffset())", NULL
};

/*
 * A column's default, which is told within parentheses: a number, a string, a
 * random uuid, or the time in UTC.  What the server's own time zone is, is not known.
 */
static void
describe_default(FsqRemoteColumn *column, char *declared)
{
	char	   *text = declared;
	int			length = declared != NULL ? strlen(declared) : 0;
	StringInfoData buf;

	if (length == 0)
		return;
	column->declared_default = declared;
	for (int i = 0; time_functions[i] != NULL; i++)
	{
		if (pg_strcasecmp(declared, time_functions[i]) != 0)
			continue;
		if (strstr(time_functions[i], "utc") != NULL)
			column->local_default = "(statement_timestamp() AT TIME ZONE 'UTC')";
		else if (strstr(time_functions[i], "offset") != NULL)
			column->local_default = "statement_timestamp()";
		return;
	}
	if (column->storage == FSQ_SQLSERVER_UUID && pg_strcasecmp(declared, "(newid())") == 0)
	{
		column->local_default = "gen_random_uuid()";
		return;
	}
	for (; length > 2 && text[0] == '(' && text[length - 1] == ')'; length -= 2)
		text++;
	if (length == 4 && pg_strncasecmp(text, "null", 4) == 0)
	{
		column->declared_default = NULL;
		return;
	}
	if (fsq_is_decimal(text, length))
		column->local_default = quote_literal_cstr(pnstrdup(text, length));
	if (length > 1 && text[0] == 'N')
	{
		text++;
		length--;
	}
	if (length < 2 || text[0] != '\'' || text[length - 1] != '\'')
		return;
	initStringInfo(&buf);
	for (int i = 1; i < length - 1; i++)
	{
		appendStringInfoChar(&buf, text[i]);
		/* a doubled quote; one that is not ends the string too soon */
		if (text[i] == '\'' && (++i >= length - 1 || text[i] != '\''))
			return;
	}
	column->local_default = quote_literal_cstr(buf.data);
}

/*
 * column_id, name, type, max_length, precision, scale, whether NOT NULL,
 * collation, whether computed there, comment, default
 */
static void
see_column(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	FsqRemoteColumn *column;
	char	   *type;

	if (table->ncolumns == state->capacity)
	{
		state->capacity = Max(16, state->capacity * 2);
		table->columns = table->columns == NULL ?
			palloc(sizeof(FsqRemoteColumn) * state->capacity) :
			repalloc(table->columns, sizeof(FsqRemoteColumn) * state->capacity);
		state->ids = state->ids == NULL ?
			palloc(sizeof(int) * state->capacity) :
			repalloc(state->ids, sizeof(int) * state->capacity);
	}
	state->ids[table->ncolumns] = (int) get_int(&values[0], 0);
	column = &table->columns[table->ncolumns++];
	memset(column, 0, sizeof(*column));
	column->name = fsq_value_text(&values[1]);
	type = fsq_value_text(&values[2]);
	/* what a view computes need not keep what its columns promise */
	column->not_null = get_flag(&values[6]) && !table->is_view;
	column->collation = fsq_value_text(&values[7]);
	column->generated = get_flag(&values[8]);
	column->comment = fsq_value_text(&values[9]);
	map_type(table, column, type != NULL ? type : "",
			 get_int(&values[3], 0), get_int(&values[4], 0), get_int(&values[5], 0));
	describe_default(column, fsq_value_text(&values[10]));
}

/*
 * The place of a column, or -1.
 */
static int
find_column(const DescribeState *state, int64 id)
{
	for (int i = 0; i < state->table->ncolumns; i++)
	{
		if (state->ids[i] == id)
			return i;
	}
	return -1;
}

/* index_id, whether unique, whether the primary key, column_id; a row for each column, in order */
static void
see_index(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqRemoteTable *table = state->table;
	int64		id = get_int(&values[0], 0);
	int			place = find_column(state, get_int(&values[3], 0));
	FsqRemoteIndex *index;

	if (table->indexes == NIL || state->index_id != id)
	{
		state->index_id = id;
		index = palloc0(sizeof(FsqRemoteIndex));
		index->unique = get_flag(&values[1]);
		index->columns = palloc(sizeof(int) * MAX_INDEX_COLUMNS);
		table->indexes = lappend(table->indexes, index);
	}
	index = llast(table->indexes);
	if (index->ncolumns >= MAX_INDEX_COLUMNS)
		return;
	index->columns[index->ncolumns++] = place;
	if (place >= 0 && get_flag(&values[2]))
		table->columns[place].key_position = index->ncolumns;
}

/* the key, column_id, table and column that it refers to; a row for each column, in order */
static void
see_foreign_key(const FsqValue *values, int ncolumns, void *arg)
{
	DescribeState *state = arg;
	FsqForeignKeyPart *part = palloc(sizeof(FsqForeignKeyPart));

	part->key = psprintf(INT64_FORMAT, get_int(&values[0], 0));
	part->column = find_column(state, get_int(&values[1], 0));
	part->target_table = fsq_value_text(&values[2]);
	part->target_column = fsq_value_text(&values[3]);
	state->foreign_keys = lappend(state->foreign_keys, part);
}

static void
see_nothing(const FsqValue *values, int ncolumns, void *arg)
{
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
 * A view's columns are those that it had when it was made.  Raises the remote's
 * error if it can no longer be read, which shows when it is asked for nothing.
 */
static void
try_view(FsqConn *conn, const FsqRemoteTable *table)
{
	fsq_query_run(conn,
				  psprintf("SELECT NULL FROM %s WHERE 1 = 0", quoted_name(table->schema, table->name)),
				  0, NULL, see_nothing, NULL);
}

static FsqRemoteTable *
sqlserver_describe(FsqConn *conn, const char *schema, const char *name)
{
	DescribeState state = {.table = palloc0(sizeof(FsqRemoteTable))};
	FsqRemoteTable *table = state.table;

	fsq_query_run(conn,
				  psprintf("SELECT o.object_id, s.name, o.name, CASE o.type WHEN 'V' THEN 1 ELSE 0 END,"
						   " (SELECT SUM(p.rows) FROM sys.partitions AS p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)),"
						   " (SELECT CAST(e.value AS nvarchar(4000)) FROM sys.extended_properties AS e"
						   " WHERE e.class = 1 AND e.major_id = o.object_id AND e.minor_id = 0 AND e.name = N'MS_Description')"
						   " FROM sys.all_objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
						   " WHERE o.object_id = OBJECT_ID(%s) AND o.type IN ('U', 'V')",
						   literal(quoted_name(schema, name))),
				  0, NULL, see_table, &state);
	if (table->name == NULL)
		return NULL;
	table->strict = true;

	fsq_query_run(conn,
				  psprintf("SELECT c.column_id, c.name, COALESCE(b.name, u.name), c.max_length, c.precision, c.scale,"
						   " CASE c.is_nullable WHEN 0 THEN 1 ELSE 0 END, c.collation_name,"
						   " CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 OR b.name = N'timestamp' THEN 1 ELSE 0 END,"
						   " CAST(e.value AS nvarchar(4000)), d.definition"
						   " FROM sys.all_columns AS c LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id"
						   " LEFT JOIN sys.types AS u ON u.user_type_id = c.user_type_id"
						   " LEFT JOIN sys.extended_properties AS e ON e.class = 1 AND e.major_id = c.object_id"
						   " AND e.minor_id = c.column_id AND e.name = N'MS_Description'"
						   " LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id"
						   " WHERE c.object_id = " INT64_FORMAT " ORDER BY c.column_id", state.object_id),
				  0, NULL, see_column, &state);
	if (table->is_view)
		try_view(conn, table);
	if (table->ncolumns == 0)
		table->problem = "Nothing is known of its columns.";
	if (table->is_view || table->problem != NULL)
		return table;
	/* neither disabled nor filtered; 1 and 2: of rows, clustered or not */
	fsq_query_run(conn,
				  psprintf("SELECT i.index_id, i.is_unique, i.is_primary_key, k.column_id"
						   " FROM sys.indexes AS i JOIN sys.index_columns AS k"
						   " ON k.object_id = i.object_id AND k.index_id = i.index_id"
						   " WHERE i.object_id = " INT64_FORMAT " AND i.type IN (1, 2) AND i.is_disabled = 0"
						   " AND i.is_hypothetical = 0 AND i.has_filter = 0 AND k.key_ordinal > 0"
						   " ORDER BY i.index_id, k.key_ordinal", state.object_id),
				  0, NULL, see_index, &state);
	note_unique_columns(table);
	fsq_query_run(conn,
				  psprintf("SELECT k.constraint_object_id, k.parent_column_id, t.name, c.name"
						   " FROM sys.foreign_key_columns AS k"
						   " JOIN sys.all_objects AS p ON p.object_id = k.parent_object_id"
						   " JOIN sys.all_objects AS t ON t.object_id = k.referenced_object_id AND t.schema_id = p.schema_id"
						   " JOIN sys.all_columns AS c ON c.object_id = k.referenced_object_id AND c.column_id = k.referenced_column_id"
						   " WHERE k.parent_object_id = " INT64_FORMAT
						   " ORDER BY k.constraint_object_id, k.constraint_column_id",
						   state.object_id),
				  0, NULL, see_foreign_key, &state);
	fsq_remote_set_references(table, state.foreign_keys);
	return table;
}

/*
 * Nothing tells that a table has changed: a description holds for a while.
 */
static int64
sqlserver_version(FsqConn *conn)
{
	return GetCurrentTimestamp() / DESCRIPTION_TIME;
}

const FsqCatalog fsq_sqlserver_catalog = {
	.list_tables = sqlserver_list_tables,
	.describe = sqlserver_describe,
	.version = sqlserver_version,
};
