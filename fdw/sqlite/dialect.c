/*-------------------------------------------------------------------------
 *
 * dialect.c
 *	  The words of SQLite, and what it answers as PostgreSQL does.
 *
 *	  SQLite types values, not columns: any column (but of a STRICT table) may
 *	  hold any class of value in any row.  value.c says which values convert
 *	  to a PostgreSQL type.  A comparison is exact if SQLite's answer is
 *	  PostgreSQL's for all of them; what else the column may hold is caught by
 *	  fraiseql_check() (function.c) where it could take part in silence.
 *
 *	  Sources: https://www.sqlite.org/datatype3.html (affinity, comparison),
 *	  lang_expr.html, lang_corefunc.html, lang_aggfunc.html.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/fmgroids.h"

#include "fdw.h"
#include "integer_operator.h"
#include "sqlite/sqlite.h"

/* ---- identifiers and statements ---- */

static void
sqlite_quote_identifier(StringInfo sql, const char *name)
{
	appendStringInfoChar(sql, '"');
	for (; *name != '\0'; name++)
	{
		if (*name == '"')
			appendStringInfoChar(sql, '"');
		appendStringInfoChar(sql, *name);
	}
	appendStringInfoChar(sql, '"');
}

static void
sqlite_write_select(StringInfo sql, const FsqSelect *select)
{
	appendStringInfo(sql, "SELECT %s FROM %s", select->targets, select->from);
	if (select->where != NULL)
		appendStringInfo(sql, " WHERE %s", select->where);
	if (select->group_by != NULL)
		appendStringInfo(sql, " GROUP BY %s", select->group_by);
	if (select->having != NULL)
		appendStringInfo(sql, " HAVING %s", select->having);
	if (select->order_by != NULL)
		appendStringInfo(sql, " ORDER BY %s", select->order_by);
	if (select->limit != NULL || select->offset != NULL)
		appendStringInfo(sql, " LIMIT %s", select->limit != NULL ? select->limit : "-1");
	if (select->offset != NULL)
		appendStringInfo(sql, " OFFSET %s", select->offset);
}

/* ---- columns ---- */

/* the second argument of fraiseql_check() for a column, by its type and encoding */
typedef struct CheckRule
{
	Oid			type;
	FsqEncoding encoding;
	const char *name;
} CheckRule;

static const CheckRule checks[] = {
	{BOOLOID, FSQ_ENCODING_USUAL, "boolean"},
	{INT2OID, FSQ_ENCODING_USUAL, "smallint"},
	{INT4OID, FSQ_ENCODING_USUAL, "integer"},
	{INT8OID, FSQ_ENCODING_USUAL, "bigint"},
	{FLOAT8OID, FSQ_ENCODING_USUAL, "double precision"},
	{NUMERICOID, FSQ_ENCODING_USUAL, "numeric"},
	{TEXTOID, FSQ_ENCODING_USUAL, "text"},
	{VARCHAROID, FSQ_ENCODING_USUAL, "varchar"},
	{BYTEAOID, FSQ_ENCODING_USUAL, "bytea"},
	{UUIDOID, FSQ_ENCODING_USUAL, "uuid"},
	{DATEOID, FSQ_ENCODING_USUAL, "date"},
	{DATEOID, FSQ_ENCODING_UNIX, "date of unix seconds"},
	{TIMESTAMPOID, FSQ_ENCODING_USUAL, "timestamp"},
	{TIMESTAMPOID, FSQ_ENCODING_UNIX, "time of unix seconds"},
	{TIMESTAMPOID, FSQ_ENCODING_JULIAN, "time of Julian days"},
	{TIMESTAMPTZOID, FSQ_ENCODING_USUAL, "timestamptz"},
	{TIMESTAMPTZOID, FSQ_ENCODING_UNIX, "time of unix seconds"},
	{TIMESTAMPTZOID, FSQ_ENCODING_JULIAN, "time of Julian days"},
	{InvalidOid}
};

/*
 * The condition that a column's value is one that value.c converts, or NULL if
 * there is none.
 */
static const char *
check_of(const FsqColumnInfo *column)
{
	const CheckRule *rule;
	StringInfoData buf;
	const char *s;

	for (rule = checks; OidIsValid(rule->type); rule++)
	{
		if (rule->type == column->type && rule->encoding == column->encoding)
			break;
	}
	/* fractions of seconds may be limited, which no check knows */
	if (!OidIsValid(rule->type) ||
		(column->typmod >= 0 && (column->type == TIMESTAMPOID || column->type == TIMESTAMPTZOID)))
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "fraiseql_check(%%1, '%s', '", rule->name);
	for (s = column->remote_name; *s; s++)
	{
		if (*s == '\'' || *s == '%')
			appendStringInfoChar(&buf, *s);
		appendStringInfoChar(&buf, *s);
	}
	appendStringInfoChar(&buf, '\'');
	if (column->typmod >= 0)
		appendStringInfo(&buf, ", %d", column->typmod);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

static void
trust(FsqColumnInfo *column, FsqVerdict equality, FsqVerdict order, FsqVerdict arithmetic,
	  FsqVerdict output)
{
	column->equality = equality;
	column->order = order;
	column->arithmetic = arithmetic;
	column->output = output;
}

/*
 * Numbers.  A column that converts text to numbers when it can has none left
 * that value.c would take for a number; one of no affinity may, and TEXT
 * affinity would compare numbers as text.
 */
static void
describe_number(FsqColumnInfo *column, int storage, FsqVerdict arithmetic)
{
	if (storage == FSQ_SQLITE_NONE)
	{
		trust(column, FSQ_SUPERSET, FSQ_SUPERSET, FSQ_LOCAL, FSQ_LOCAL);
		column->unsure = "typeof(%1) = 'text'";
	}
	else if (storage != FSQ_SQLITE_TEXT)
		trust(column, FSQ_EXACT, FSQ_EXACT, arithmetic, FSQ_EXACT);
}

/*
 * Whether "x IN (?1)" is what "x IN (SELECT value FROM json_each(?1))" is for
 * one key.  The column value has no declared type, which is BLOB affinity, and
 * ?1 has none at all: they differ where x would have ?1 converted, which keys
 * of the class that x holds are not.  A REAL column's own conversion of an
 * integer is not relied upon.
 */
static bool
has_lone_keys(const FsqColumnInfo *column, int storage)
{
	switch (column->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return storage == FSQ_SQLITE_INTEGER || storage == FSQ_SQLITE_NUMERIC ||
				storage == FSQ_SQLITE_NONE;
		case TEXTOID:
		case VARCHAROID:
			return storage == FSQ_SQLITE_TEXT || storage == FSQ_SQLITE_NONE;
		default:
			return false;
	}
}

/*
 * What a column's values can be trusted with, by its type here and by what
 * its affinity there leaves possible.
 */
static void
describe_values(FsqColumnInfo *column)
{
	int			storage = column->remote->storage;

	column->check = check_of(column);
	column->lone_key = has_lone_keys(column, storage);
	column->folds = column->remote->collation != NULL &&
		pg_strcasecmp(column->remote->collation, "BINARY") != 0;
	switch (column->type)
	{
		case INT2OID:
			describe_number(column, storage, FSQ_EXACT);
			break;
		case INT4OID:
			describe_number(column, storage, FSQ_EXACT);
			break;
		case INT8OID:
			describe_number(column, storage, FSQ_EXACT);
			if (column->strict && storage == FSQ_SQLITE_INTEGER)
				column->check = NULL;
			break;
		case FLOAT8OID:
			describe_number(column, storage, FSQ_LOCAL);
			if (column->strict && storage == FSQ_SQLITE_REAL)
				column->check = NULL;
			break;
		case NUMERICOID:
			/* a large integral real reads as its shortest decimal form, not as itself */
			if (storage != FSQ_SQLITE_REAL)
				describe_number(column, storage, FSQ_EXACT);
			break;
		case BOOLOID:
			if (storage == FSQ_SQLITE_INTEGER || storage == FSQ_SQLITE_NUMERIC)
				trust(column, FSQ_EXACT, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			break;
		case TEXTOID:
		case VARCHAROID:
			/* what is held as UTF-16 is neither ordered nor matched as UTF-8 is */
			if (storage == FSQ_SQLITE_TEXT && !column->utf8)
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_LOCAL, FSQ_LOCAL);
			else if (storage == FSQ_SQLITE_TEXT)
				trust(column, FSQ_EXACT, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			else if (storage == FSQ_SQLITE_NONE)
			{
				/* numbers are read as text */
				trust(column, FSQ_SUPERSET, FSQ_SUPERSET, FSQ_LOCAL, FSQ_LOCAL);
				column->unsure = "typeof(%1) IN ('integer', 'real')";
			}
			break;
		case BYTEAOID:
			trust(column, FSQ_EXACT, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			break;
		case UUIDOID:
			trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_LOCAL, FSQ_LOCAL);
			break;
		case DATEOID:
			if (column->encoding == FSQ_ENCODING_USUAL ? storage != FSQ_SQLITE_REAL :
				column->encoding == FSQ_ENCODING_UNIX && storage != FSQ_SQLITE_TEXT)
				trust(column, FSQ_EXACT, FSQ_EXACT, FSQ_LOCAL, FSQ_LOCAL);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			if (column->encoding == FSQ_ENCODING_USUAL ? storage != FSQ_SQLITE_REAL :
				storage != FSQ_SQLITE_TEXT)
				trust(column, FSQ_SUPERSET, FSQ_SUPERSET, FSQ_LOCAL, FSQ_LOCAL);
			break;
		default:
			break;
	}
}

static void
sqlite_describe_column(FsqColumnInfo *column)
{
	const char *format = fsq_option_get(column->options, "date_format");

	column->encoding = FSQ_ENCODING_USUAL;
	if (format != NULL && strcmp(format, "unix") == 0)
		column->encoding = FSQ_ENCODING_UNIX;
	else if (format != NULL && strcmp(format, "julian") == 0)
		column->encoding = FSQ_ENCODING_JULIAN;
	if (column->remote != NULL)
		describe_values(column);
}

/* ---- functions whose answer depends on their arguments ---- */

/*
 * substr() is the same from the first character on.
 */
static bool
check_substring(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
				const char **template)
{
	return fsq_is_integer_constant(&args[1], 1) && (nargs < 3 || fsq_is_integer_constant(&args[2], 0));
}

static bool
check_left(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
		   const char **template)
{
	return fsq_is_integer_constant(&args[1], 0);
}

/*
 * Patterns are matched by GLOB, which never folds case; the one who asks
 * must be a column or computed text.
 */
static bool
check_pattern(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			  const char **template)
{
	return fsq_collation_is_deterministic(collation) && args[1].external;
}

/* ---- the tables ---- */

enum
{
	FAMILY_BOOL, FAMILY_INTEGER, FAMILY_FLOAT, FAMILY_NUMERIC, FAMILY_TEXT, FAMILY_BYTEA,
	FAMILY_UUID, FAMILY_DATE, FAMILY_TIMESTAMP, FAMILY_TIMESTAMPTZ
};

/* supersets of a comparison with a parameter between two bounds */
#define NEAR_BOUNDS \
	.near_equal = "(%1 COLLATE BINARY >= %2 AND %1 COLLATE BINARY <= %3)", \
	.near_less = "(%1 COLLATE BINARY <= %3)", \
	.near_greater = "(%1 COLLATE BINARY >= %2)"

/* BINARY is memcmp(): a column's own collation may fold case or drop blanks */
#define BINARY_TEXT \
	.comparand = "%1 COLLATE BINARY", \
	.sort = "%1 COLLATE BINARY"

static const FsqTypeRule types[] = {
	{BOOLOID, FAMILY_BOOL, FSQ_EXACT, FSQ_EXACT, .parameter = true},
	{INT2OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{INT4OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{INT8OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{FLOAT8OID, FAMILY_FLOAT, FSQ_EXACT, FSQ_EXACT, .parameter = true},
	/* a parameter may have more digits than a real */
	{NUMERICOID, FAMILY_NUMERIC, FSQ_EXACT, FSQ_EXACT, .scaled = true, NEAR_BOUNDS},
	{TEXTOID, FAMILY_TEXT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, BINARY_TEXT},
	{VARCHAROID, FAMILY_TEXT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, BINARY_TEXT},
	{BYTEAOID, FAMILY_BYTEA, FSQ_EXACT, FSQ_EXACT, .parameter = true},
	/* text in lower or upper case, or 16 bytes */
	{UUIDOID, FAMILY_UUID, FSQ_LOCAL, FSQ_LOCAL, .parameter = true, .array = true,
		.partition = "CASE typeof(%1) WHEN 'text' THEN fraiseql_uuid(%1) ELSE %1 END",
		.equal = "(%1 COLLATE BINARY IN (%2, upper(%2), fraiseql_uuid(%2)))",
		.not_equal = "(%1 COLLATE BINARY NOT IN (%2, upper(%2), fraiseql_uuid(%2)))",
		.equal_any = "(%1 COLLATE BINARY IN (%2))",
	.not_equal_all = "(%1 COLLATE BINARY NOT IN (%2))"},
	{DATEOID, FAMILY_DATE, FSQ_LOCAL, FSQ_LOCAL, .parameter = true, BINARY_TEXT},
	/* several spellings of an instant: only a range around it can be sent */
	{TIMESTAMPOID, FAMILY_TIMESTAMP, FSQ_LOCAL, FSQ_LOCAL, NEAR_BOUNDS},
	{TIMESTAMPTZOID, FAMILY_TIMESTAMPTZ, FSQ_LOCAL, FSQ_LOCAL, NEAR_BOUNDS},
	{InvalidOid}
};

/* OIDs of pg_operator.dat, which names few of them */
static const FsqCallRule operators[] = {
	FSQ_INTEGER_OPERATORS("(%1 + %2)", "(%1 - %2)", "(%1 * %2)", "(%1 / %2)", "(%1 %% %2)"),
	{654, "(%1 || %2)"},		/* text, text */
	{1209, "(%1 GLOB %2)", FSQ_ENCODING_PATTERN, check_pattern},	/* ~~ */
	{1210, "(%1 NOT GLOB %2)", FSQ_ENCODING_PATTERN, check_pattern},	/* !~~ */
	{InvalidOid}
};

static const FsqCallRule functions[] = {
	/* casts */
	{F_INT4_INT2, "%1", .check = fsq_check_integer_cast},
	{F_INT8_INT2, "%1", .check = fsq_check_integer_cast},
	{F_INT8_INT4, "%1", .check = fsq_check_integer_cast},
	{F_INT2_INT4, "%1", .check = fsq_check_integer_cast},
	{F_INT2_INT8, "%1", .check = fsq_check_integer_cast},
	{F_INT4_INT8, "%1", .check = fsq_check_integer_cast},
	{F_FLOAT8_INT2, "CAST(%1 AS REAL)"},
	{F_FLOAT8_INT4, "CAST(%1 AS REAL)"},
	{F_FLOAT8_INT8, "CAST(%1 AS REAL)"},
	{F_NUMERIC_INT2, "%1"},
	{F_NUMERIC_INT4, "%1"},
	{F_NUMERIC_INT8, "%1"},
	/* numbers */
	{F_ABS_INT2, "abs(%1)", .check = fsq_check_absolute},
	{F_ABS_INT4, "abs(%1)", .check = fsq_check_absolute},
	{F_ABS_INT8, "abs(%1)", .check = fsq_check_absolute},
	/* text; upper and lower know ASCII only, and so stay here */
	{F_LENGTH_TEXT, "length(%1)"},
	{F_CHAR_LENGTH_TEXT, "length(%1)"},
	{F_CHARACTER_LENGTH_TEXT, "length(%1)"},
	{F_SUBSTR_TEXT_INT4, "substr(%1, %2)", .check = check_substring},
	{F_SUBSTR_TEXT_INT4_INT4, "substr(%1, %2, %3)", .check = check_substring},
	{F_SUBSTRING_TEXT_INT4, "substr(%1, %2)", .check = check_substring},
	{F_SUBSTRING_TEXT_INT4_INT4, "substr(%1, %2, %3)", .check = check_substring},
	{F_LEFT, "substr(%1, 1, %2)", .check = check_left},
	{F_REPLACE, "replace(%1, %2, %3)", .check = fsq_check_deterministic},
	{F_BTRIM_TEXT, "trim(%1)"},
	{F_LTRIM_TEXT, "ltrim(%1)"},
	{F_RTRIM_TEXT, "rtrim(%1)"},
	{F_BTRIM_TEXT_TEXT, "trim(%1, %2)"},
	{F_LTRIM_TEXT_TEXT, "ltrim(%1, %2)"},
	{F_RTRIM_TEXT_TEXT, "rtrim(%1, %2)"},
	{InvalidOid}
};

/* min() and max() of frames that do not only grow forget their FILTER */
#define MIN_MAX_FRAMES .filtered_frames = FSQ_FRAMES_GROWING

/* sums and averages that are numeric are computed by decimal.c */
static const FsqAggregateRule aggregates[] = {
	{F_COUNT_, "count(%1)%3", FSQ_NEEDS_NOTHING},
	{F_COUNT_ANY, "count(%1)%3", FSQ_NEEDS_NOTHING, .distinct = true},
	{F_SUM_INT2, "sum(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true},
	{F_SUM_INT4, "sum(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true},
	{F_SUM_INT8, "fraiseql_sum(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL, .frames = FSQ_FRAMES_GROWING},
	{F_SUM_NUMERIC, "fraiseql_sum(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL, .frames = FSQ_FRAMES_GROWING,
	.scaled = "fraiseql_numeric(fraiseql_sum(%1)%3, %2)", .distinct_scaled = true},
	{F_AVG_INT2, "fraiseql_avg(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL, .frames = FSQ_FRAMES_GROWING},
	{F_AVG_INT4, "fraiseql_avg(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL, .frames = FSQ_FRAMES_GROWING},
	{F_AVG_INT8, "fraiseql_avg(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL, .frames = FSQ_FRAMES_GROWING},
	/* an aggregate with DISTINCT takes one argument */
	{F_AVG_NUMERIC, "fraiseql_avg(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL, .frames = FSQ_FRAMES_GROWING,
	.scaled = "fraiseql_avg(%1, %2)%3"},
	{F_MIN_INT2, "min(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MIN_INT4, "min(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MIN_INT8, "min(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MIN_FLOAT8, "min(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MIN_NUMERIC, "min(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true,
	.scaled = "fraiseql_numeric(min(%1)%3, %2)", .distinct_scaled = true},
	{F_MIN_TEXT, "min(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MAX_INT2, "max(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MAX_INT4, "max(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MAX_INT8, "max(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MAX_FLOAT8, "max(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{F_MAX_NUMERIC, "max(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true,
	.scaled = "fraiseql_numeric(max(%1)%3, %2)", .distinct_scaled = true},
	{F_MAX_TEXT, "max(%1)%3", FSQ_NEEDS_ORDER, MIN_MAX_FRAMES, .distinct = true},
	{InvalidOid}
};

/* row_number() of peers is not determined, and so may be any engine's */
static const FsqAggregateRule windows[] = {
	{F_ROW_NUMBER, "row_number()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE},
	{F_RANK_, "rank()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE},
	{F_DENSE_RANK_, "dense_rank()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE},
	{F_LAG_ANYELEMENT, "lag(%1)%3", FSQ_NEEDS_VALUE, .frames = FSQ_FRAMES_NONE},
	{F_LEAD_ANYELEMENT, "lead(%1)%3", FSQ_NEEDS_VALUE, .frames = FSQ_FRAMES_NONE},
	{F_FIRST_VALUE, "first_value(%1)%3", FSQ_NEEDS_VALUE},
	{F_LAST_VALUE, "last_value(%1)%3", FSQ_NEEDS_VALUE},
	{InvalidOid}
};

/* random() is any integer of 64 bits, drawn for each row */
static const FsqSampling samplings[] = {
	{"random", .where = "random() / 18446744073709551616.0 + 0.5 < %1"},
	{NULL}
};

static const FsqRules rules = {
	.types = types,
	.operators = operators,
	.functions = functions,
	.aggregates = aggregates,
	.windows = windows,
	.comparison = {"(%1 <> %2)", "(%1 < %2)", "(%1 <= %2)", "(%1 = %2)", "(%1 >= %2)", "(%1 > %2)"},
	.is_distinct = "(%1 IS NOT %2)",
	.is_not_distinct = "(%1 IS %2)",
	.in = "(%1 IN (%2))",
	.not_in = "(%1 NOT IN (%2))",
	.condition_of_value = "%1",
	.value_of_condition = "%1",
	.is_true = "(%1 IS TRUE)",
	.is_false = "(%1 IS FALSE)",
	/* NULL is lowest */
	.sort = {{"%1 NULLS LAST", "%1"}, {"%1 DESC", "%1 DESC NULLS FIRST"}},
	.sort_plain = {"%1", "%1 DESC"},
	.aggregate_filter = " FILTER (WHERE %1)",
	.frame_options = FRAMEOPTION_RANGE | FRAMEOPTION_ROWS | FRAMEOPTION_GROUPS | FSQ_FRAME_BOUNDS |
	FRAMEOPTION_EXCLUSION,
	.nothing = "NULL",
	.samplings = samplings,
	.write_select = sqlite_write_select,
	/* in process: a statement is parsed and planned, a row is a function call away */
	.startup_cost = 1,
	.tuple_cost = 0.015,
	.scan_cost = 0.005,
};

const FsqDialect fsq_sqlite_dialect = {
	.name = "sqlite",
	.param_style = FSQ_PARAMS_BOUND,
	/* an array is one parameter, whose JSON is parsed at once and sorted in memory */
	.max_keys = 100000,
	.max_key_bytes = 16 * 1024 * 1024,
	.quote_identifier = sqlite_quote_identifier,
	.describe_column = sqlite_describe_column,
	.write_placeholder = fsq_sqlite_write_placeholder,
	.encode_value = fsq_sqlite_encode_value,
	.write_value = fsq_sqlite_write_value,
	.rules = &rules,
};
