/*-------------------------------------------------------------------------
 *
 * dialect.c
 *	  The words of SQL Server 2016 and later, and what it answers as PostgreSQL
 *	  does.
 *
 *	  Text: a collation folds case, mostly, and every comparison ignores blanks
 *	  at the end.  An exact comparison is one of nvarchar(max) under a binary
 *	  collation, with a full stop at the end of both sides; beside it goes the
 *	  column's own comparison, which is true for more and can use an index.
 *	  Binary collations order UTF-16 units, which is not the order of UTF-8:
 *	  text is ordered here.  Bytes: zeros at the end are ignored in the same
 *	  way.
 *
 *	  Truth values are conditions and never values: a value is made by CASE,
 *	  and a column of bit is compared with 1.  There is no IS DISTINCT FROM
 *	  before 2022, and neither aggregates nor GROUP BY may contain a query: it
 *	  is a CASE, too.
 *
 *	  A value that the engine holds and PostgreSQL's type does not (a time finer
 *	  than a microsecond, a number beyond the declared type) is an error when
 *	  it is read.  Where such a column decides without being read, a conversion
 *	  that fails makes it an error there.
 *
 *	  Sources, pages of https://learn.microsoft.com/en-us/sql/t-sql/ and
 *	  /relational-databases/: "SELECT (Transact-SQL)", "ORDER BY clause", "TOP",
 *	  "Search Condition", "CASE", "COALESCE", "IN", "LIKE", "Collation and
 *	  Unicode support", "COLLATE", "Collation Precedence", "Data type
 *	  precedence", "Data type conversion", "Precision, scale, and length",
 *	  "Operator precedence", "GROUP BY", "SUM", "COUNT_BIG", "AVG", "MIN",
 *	  "MAX", "LEN", "SUBSTRING", "LEFT", "LTRIM", "RTRIM", "CAST and CONVERT",
 *	  "TRY_CAST", "DATEPART", "datetime", "datetime2", "datetimeoffset",
 *	  "uniqueidentifier", "money and smallmoney", "sql_variant".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/numeric.h"

#include "compat.h"
#include "fdw.h"
#include "integer_operator.h"
#include "sqlserver/column.h"
#include "sqlserver/sqlserver.h"

/* ---- identifiers and statements ---- */

static void
sqlserver_quote_identifier(StringInfo sql, const char *name)
{
	appendStringInfoChar(sql, '[');
	for (; *name != '\0'; name++)
	{
		if (*name == ']')
			appendStringInfoChar(sql, ']');
		appendStringInfoChar(sql, *name);
	}
	appendStringInfoChar(sql, ']');
}

/*
 * TOP, or OFFSET and FETCH, which belong to ORDER BY.  FETCH takes no 0: then
 * everything is skipped instead.
 */
static void
sqlserver_write_select(StringInfo sql, const FsqSelect *select)
{
	const char *limit = select->limit;
	const char *offset = select->offset;
	bool		constant = limit != NULL && strspn(limit, "0123456789") == strlen(limit);

	if (offset != NULL && constant && strcmp(limit, "0") == 0)
		offset = NULL;
	appendStringInfoString(sql, "SELECT ");
	if (limit != NULL && offset == NULL)
		appendStringInfo(sql, "TOP (%s) ", limit);
	appendStringInfo(sql, "%s FROM %s", select->targets, select->from);
	if (select->where != NULL)
		appendStringInfo(sql, " WHERE %s", select->where);
	if (select->group_by != NULL)
		appendStringInfo(sql, " GROUP BY %s", select->group_by);
	if (select->having != NULL)
		appendStringInfo(sql, " HAVING %s", select->having);
	if (select->order_by != NULL)
		appendStringInfo(sql, " ORDER BY %s", select->order_by);
	if (offset == NULL)
		return;
	if (select->order_by == NULL)
		appendStringInfoString(sql, " ORDER BY (SELECT NULL)");
	if (limit == NULL || constant)
	{
		appendStringInfo(sql, " OFFSET %s ROWS", offset);
		if (limit != NULL)
			appendStringInfo(sql, " FETCH NEXT %s ROWS ONLY", limit);
		return;
	}
	appendStringInfo(sql, " OFFSET (SELECT CASE WHEN %s = 0 THEN CAST(9223372036854775807 AS bigint) ELSE %s END) ROWS"
					 " FETCH NEXT (SELECT CASE WHEN %s = 0 THEN CAST(1 AS bigint) ELSE %s END) ROWS ONLY",
					 limit, offset, limit, limit);
}

/* Parameters are written into the text: nothing stands for them. */
static void
sqlserver_write_placeholder(StringInfo sql, int number, const FsqParam *param)
{
	elog(ERROR, "parameters of SQL Server are literals");
}

static bool
sqlserver_encode_value(const FsqParam *param, Datum value, bool isnull, FsqValue *out)
{
	return false;
}

/* ---- columns ---- */

/* text as UTF-16 units, and as characters of one or two of them */
#define UNITS "Latin1_General_100_BIN2"
#define CHARACTERS "Latin1_General_100_CI_AS_SC"

/*
 * A check (a template) that fails where a condition on the column holds: text
 * that says why is no number.
 */
static char *
check_against(const char *condition, const char *reason)
{
	return psprintf("(CASE WHEN %s THEN CAST(N'%s: ' + CAST(%%1 AS nvarchar(60)) AS int) ELSE 1 END = 1)",
					condition, reason);
}

/*
 * Integer types there, and the range that each has, in the type that holds it
 * here.
 */
static const struct
{
	const char *name;
	Oid			fits;
}			integer_types[] = {
	{"tinyint", INT2OID},
	{"smallint", INT2OID},
	{"int", INT4OID},
	{"bigint", INT8OID},
	{NULL}
};

/*
 * The check that an integer is within its type here, or NULL if it always is.
 */
static const char *
integer_check(const FsqColumnInfo *column)
{
	Oid			fits = INT8OID;

	for (int i = 0; integer_types[i].name != NULL; i++)
	{
		if (strcmp(column->remote->type_name, integer_types[i].name) == 0)
			fits = integer_types[i].fits;
	}
	if (column->type == INT8OID || column->type == fits || fits == INT2OID)
		return NULL;
	if (column->type == INT2OID)
		return check_against("%1 NOT BETWEEN -32768 AND 32767", "out of range for smallint");
	return check_against("%1 NOT BETWEEN -2147483648 AND 2147483647", "out of range for integer");
}

/*
 * A number in parentheses of a type's name, by its place from 0; -1: none.
 */
static int
type_number(const char *name, int place)
{
	const char *s = strchr(name, '(');

	for (; s != NULL && place > 0; place--)
		s = strchr(s + 1, ',');
	return s != NULL && s[1] != 'm' ? atoi(s + 1) : -1;
}

static void
trust(FsqColumnInfo *column, FsqVerdict order, FsqVerdict arithmetic, FsqVerdict output)
{
	column->equality = FSQ_EXACT;
	column->order = order;
	column->arithmetic = arithmetic;
	column->output = output;
}

/*
 * A decimal number looks there as its type says: as here if the types agree.
 */
static void
describe_numeric(FsqColumnInfo *column)
{
	const char *name = column->remote->type_name;
	bool		integer = column->remote->storage == FSQ_SQLSERVER_INTEGER;
	bool		money = column->remote->storage == FSQ_SQLSERVER_MONEY;
	int			scale = integer ? 0 : money ? 4 : Max(type_number(name, 1), 0);
	int			whole = integer ? (strcmp(name, "bigint") == 0 ? 19 : 10) : money ? 15 : type_number(name, 0) - scale;
	bool		alike = column->typmod < 0 || ((column->typmod - VARHDRSZ) & 0x7ff) == scale;

	if (money)
	{
		/* a number of type money loses places when it is computed with */
		column->expression = strcmp(name, "smallmoney") == 0 ?
			"CAST(%1 AS decimal(10, 4))" : "CAST(%1 AS decimal(19, 4))";
		column->folds = true;
		column->fold_less = "(%1 <= %2)";
		column->fold_greater = "(%1 >= %2)";
	}
	trust(column, FSQ_EXACT, alike ? FSQ_EXACT : FSQ_LOCAL, alike ? FSQ_EXACT : FSQ_LOCAL);
	if (whole > FSQ_SQLSERVER_DECIMAL_DIGITS || scale > FSQ_SQLSERVER_DECIMAL_DIGITS)
		column->equality = column->order = FSQ_LOCAL;
	if (column->typmod >= 0)
	{
		int			here_scale = (column->typmod - VARHDRSZ) & 0x7ff;
		int			here_whole = (((column->typmod - VARHDRSZ) >> 16) & 0xffff) - here_scale;

		if (scale > here_scale || whole > here_whole)
			column->check = check_against(psprintf("%%1 <> ROUND(%%1, %d) OR ABS(%%1) >= 1%0*d",
												   here_scale, Max(here_whole, 0), 0),
										  psprintf("does not fit in numeric(%d,%d)",
												   here_whole + here_scale, here_scale));
	}
}

/*
 * Text longer than its type here.
 */
static void
check_text(FsqColumnInfo *column)
{
	int			limit = column->typmod >= (int32) VARHDRSZ ? column->typmod - VARHDRSZ : -1;
	int			length = type_number(column->remote->type_name, 0);
	bool		limited = column->remote->storage == FSQ_SQLSERVER_CHAR ||
		column->remote->storage == FSQ_SQLSERVER_TEXT;

	if (limit < 0 || (limited && length >= 0 && length <= limit))
		return;
	column->check = check_against(psprintf("LEN((CAST(%%1 AS nvarchar(max)) + N'.') COLLATE " CHARACTERS ") - 1 > %d",
										   limit),
								  psprintf("longer than %d characters", limit));
}

/*
 * The column's own comparison beside the exact one.  A column of another code
 * page than UTF-16 is compared in its own, or its indexes would be of no use.
 */
static void
describe_folding(FsqColumnInfo *column)
{
	const char *collation = column->remote->collation;
	const char *name = column->remote->type_name;

	if (collation == NULL || type_number(name, 0) < 0 ||
		strspn(collation, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(collation))
		return;
	column->folds = true;
	if (name[0] == 'n')
		column->fold_value = psprintf("%%1 COLLATE %s", collation);
	else
		column->fold_value = psprintf("CAST(%%1 COLLATE %s AS varchar(8000))", collation);
}

static void
describe_text(FsqColumnInfo *column)
{
	switch (column->remote->storage)
	{
		case FSQ_SQLSERVER_CHAR:
		case FSQ_SQLSERVER_TEXT:
			describe_folding(column);
			break;
		case FSQ_SQLSERVER_OTHER:
		case FSQ_SQLSERVER_OLD_TEXT:
		case FSQ_SQLSERVER_XML:
		case FSQ_SQLSERVER_JSON:
		case FSQ_SQLSERVER_VARIANT:
			break;
		default:
			return;
	}
	trust(column, FSQ_LOCAL, FSQ_LOCAL, FSQ_EXACT);
	check_text(column);
}

/*
 * Types of whose values the wire has another form than the type here, or none:
 * what they are read and compared as.
 */
static const char *
expression_of(int storage)
{
	switch (storage)
	{
		case FSQ_SQLSERVER_OTHER:
		case FSQ_SQLSERVER_OLD_TEXT:
		case FSQ_SQLSERVER_XML:
		case FSQ_SQLSERVER_JSON:
			return "CAST(%1 AS nvarchar(max))";
		case FSQ_SQLSERVER_VARIANT:
			return "CAST(%1 AS nvarchar(4000))";
		case FSQ_SQLSERVER_OLD_BINARY:
			return "CAST(%1 AS varbinary(max))";
		case FSQ_SQLSERVER_SPATIAL:
			return "%1.AsBinaryZM()";
		default:
			return NULL;
	}
}

/*
 * A datetime is shown to the millisecond, and is a number of 1/300 seconds.
 * Compared with something finer it would be one of those numbers or the
 * other, depending on the database's compatibility level: as datetime2(3) it
 * is what it is shown as.  Its indexes serve a comparison with the value that
 * datetime rounds to, which is the same or lies further in.
 */
static void
describe_datetime(FsqColumnInfo *column)
{
	column->expression = "CAST(%1 AS datetime2(3))";
	column->folds = true;
	column->fold_value = "TRY_CAST(%1 AS datetime)";
	column->fold_less = "(%1 <= COALESCE(TRY_CAST(%2 AS datetime), CAST('9999-12-31T23:59:59.997' AS datetime)))";
	column->fold_greater = "(%1 >= COALESCE(TRY_CAST(%2 AS datetime), CAST('1753-01-01T00:00:00.000' AS datetime)))";
}

/*
 * Times of day and instants.  PostgreSQL knows microseconds, the engine 100
 * nanoseconds.
 */
static void
describe_time(FsqColumnInfo *column)
{
	int			storage = column->remote->storage;
	int			here = column->typmod >= 0 ? column->typmod : 6;
	int			there = storage == FSQ_SQLSERVER_DATETIME ? 3 :
		storage == FSQ_SQLSERVER_SMALLDATETIME ? 0 :
		type_number(column->remote->type_name, 0);

	trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
	if (storage == FSQ_SQLSERVER_DATETIME)
		describe_datetime(column);
	if (there > here)
		column->check = check_against(psprintf("DATEPART(nanosecond, %%1) %%%% 1%0*d <> 0", 9 - here, 0),
									  psprintf("more than %d places of a second", here));
}

/*
 * What a column's values can be trusted with, by its type here and what it
 * holds there.  A pair that is not mentioned is read as it comes, and all else
 * is done here.
 */
static void
sqlserver_describe_column(FsqColumnInfo *column)
{
	int			storage;

	column->encoding = FSQ_ENCODING_USUAL;
	if (column->remote == NULL)
		return;
	storage = column->remote->storage;
	column->expression = expression_of(storage);

	switch (column->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			if (storage == FSQ_SQLSERVER_BIT)
				column->expression = "CAST(%1 AS smallint)";
			else if (storage == FSQ_SQLSERVER_INTEGER)
				column->check = integer_check(column);
			else
				break;
			trust(column, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT);
			break;
		case NUMERICOID:
			if (storage == FSQ_SQLSERVER_INTEGER || storage == FSQ_SQLSERVER_DECIMAL ||
				storage == FSQ_SQLSERVER_MONEY)
				describe_numeric(column);
			break;
		case FLOAT4OID:
			if (storage == FSQ_SQLSERVER_REAL)
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			break;
		case FLOAT8OID:
			if (storage == FSQ_SQLSERVER_REAL || storage == FSQ_SQLSERVER_FLOAT)
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			break;
		case BOOLOID:
			if (storage == FSQ_SQLSERVER_BIT)
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			else if (storage == FSQ_SQLSERVER_INTEGER)
			{
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
				column->check = check_against("%1 NOT IN (0, 1)", "not a boolean");
			}
			break;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			describe_text(column);
			break;
		case BYTEAOID:
			if (storage == FSQ_SQLSERVER_BINARY || storage == FSQ_SQLSERVER_OLD_BINARY)
				trust(column, FSQ_LOCAL, FSQ_LOCAL, FSQ_EXACT);
			column->folds = storage == FSQ_SQLSERVER_BINARY &&
				type_number(column->remote->type_name, 0) >= 0;
			break;
		case UUIDOID:
			if (storage == FSQ_SQLSERVER_UUID)
				trust(column, FSQ_LOCAL, FSQ_LOCAL, FSQ_EXACT);
			break;
		case DATEOID:
			if (storage == FSQ_SQLSERVER_DATE)
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			break;
		case TIMEOID:
			if (storage == FSQ_SQLSERVER_TIME)
				describe_time(column);
			break;
		case TIMESTAMPTZOID:
			if (storage == FSQ_SQLSERVER_DATETIMEOFFSET)
			{
				describe_time(column);
				break;
			}
			/* FALLTHROUGH */
		case TIMESTAMPOID:
			if (storage == FSQ_SQLSERVER_DATETIME2 || storage == FSQ_SQLSERVER_DATETIME ||
				storage == FSQ_SQLSERVER_SMALLDATETIME)
				describe_time(column);
			break;
		default:
			break;
	}
}

/* ---- functions whose answer depends on their arguments ---- */

/*
 * SUBSTRING() is the same from the first character on.
 */
static bool
check_substring(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
				const char **template)
{
	return fsq_is_integer_constant(&args[1], 1) && (nargs < 3 || fsq_is_integer_constant(&args[2], 0));
}

static bool
check_length(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			 const char **template)
{
	return fsq_is_integer_constant(&args[1], 0);
}

/*
 * A pattern that the remote may understand otherwise is written as one that
 * matches more: it is a prefilter.  Which it is, is known of a constant only.
 */
static bool
check_like(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
		   const char **template)
{
	if (!fsq_collation_is_deterministic(collation) || !args[1].external)
		return false;
	if (args[1].constant == NULL || args[1].constant->constisnull ||
		!fsq_sqlserver_pattern_is_exact(args[1].constant->constvalue))
		result->verdict = FSQ_SUPERSET;
	return true;
}

static bool
check_not_like(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			   const char **template)
{
	return check_like(args, nargs, collation, result, template) && result->verdict == FSQ_EXACT;
}

/* ---- the tables ---- */

enum
{
	FAMILY_BOOL, FAMILY_INTEGER, FAMILY_FLOAT, FAMILY_NUMERIC, FAMILY_TEXT, FAMILY_BPCHAR,
	FAMILY_BYTEA, FAMILY_UUID, FAMILY_DATE, FAMILY_TIMESTAMP, FAMILY_TIMESTAMPTZ, FAMILY_TIME
};

#define EXACT_TEXT(text) "(CAST(" text " AS nvarchar(max)) + N'" FSQ_SQLSERVER_TEXT_END "') COLLATE " UNITS
#define EXACT_BYTES "(CAST(%1 AS varbinary(max)) + 0x" FSQ_SQLSERVER_BYTES_END ")"

/* text of one type and collation, so that any two can be put together */
#define PLAIN_TEXT "(CAST(%1 AS nvarchar(max)) COLLATE " CHARACTERS ")"

#define TEXT_VALUE "(%1 + N'" FSQ_SQLSERVER_TEXT_END "')"
#define TEXT_RULE .comparand = EXACT_TEXT("%1"), .value = TEXT_VALUE, .argument = PLAIN_TEXT

static const FsqTypeRule types[] = {
	{BOOLOID, FAMILY_BOOL, FSQ_EXACT, FSQ_EXACT, .parameter = true},
	{INT2OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{INT4OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{INT8OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	/* whether 0 and -0 are one group is not documented */
	{FLOAT4OID, FAMILY_FLOAT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true, .between = true,
		.ungrouped = true},
	{FLOAT8OID, FAMILY_FLOAT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true, .between = true,
		.ungrouped = true},
	/* an expression's precision and scale follow rules of their own, and may cut */
	{NUMERICOID, FAMILY_NUMERIC, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .stored_only = true},
	{TEXTOID, FAMILY_TEXT, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true, TEXT_RULE},
	{VARCHAROID, FAMILY_TEXT, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true, TEXT_RULE},
	{BPCHAROID, FAMILY_BPCHAR, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true, .stored_only = true,
		.comparand = EXACT_TEXT("RTRIM(%1)"), .value = TEXT_VALUE, .argument = PLAIN_TEXT},
	{BYTEAOID, FAMILY_BYTEA, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true,
		.comparand = EXACT_BYTES, .value = "(%1 + 0x" FSQ_SQLSERVER_BYTES_END ")"},
	/* ordered by groups of its bytes, the last ones first */
	{UUIDOID, FAMILY_UUID, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true, .partition = "%1"},
	{DATEOID, FAMILY_DATE, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true},
	{TIMESTAMPOID, FAMILY_TIMESTAMP, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true},
	{TIMESTAMPTZOID, FAMILY_TIMESTAMPTZ, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true},
	{TIMEOID, FAMILY_TIME, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true},
	{InvalidOid}
};

/* tinyint has no negative numbers, and the result of two is of their type */
#define ADD "(CAST(%1 AS bigint) + %2)"
#define SUBTRACT "(CAST(%1 AS bigint) - %2)"
#define MULTIPLY "(CAST(%1 AS bigint) * %2)"
#define DIVIDE "(CAST(%1 AS bigint) / %2)"
#define REMAINDER "(CAST(%1 AS bigint) %% %2)"

/* OIDs of pg_operator.dat, which names few of them */
static const FsqCallRule operators[] = {
	FSQ_INTEGER_OPERATORS(ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER),
	/* what is not nvarchar(max) would be cut at 4000 characters */
	{654, "(CAST(%1 AS nvarchar(max)) + %2)"},	/* text, text */
	/* of nvarchar, so that blanks at the end count */
	{1209, "(%1 COLLATE " UNITS " LIKE %2 ESCAPE N'\\')", FSQ_ENCODING_PATTERN, check_like},	/* ~~ */
	{1210, "(%1 COLLATE " UNITS " NOT LIKE %2 ESCAPE N'\\')", FSQ_ENCODING_PATTERN, check_not_like},	/* !~~ */
	{InvalidOid}
};

/* LEN() does not count blanks at the end */
#define LENGTH "(LEN((%1 + N'.') COLLATE " CHARACTERS ") - 1)"
#define SUBSTRING(length) "SUBSTRING(%1 COLLATE " CHARACTERS ", %2, " length ")"

static const FsqCallRule functions[] = {
	/* casts, which keep a column from being twice in ORDER BY */
	{F_INT4_INT2, "CAST(%1 AS int)", .check = fsq_check_integer_cast},
	{F_INT8_INT2, "CAST(%1 AS bigint)", .check = fsq_check_integer_cast},
	{F_INT8_INT4, "CAST(%1 AS bigint)", .check = fsq_check_integer_cast},
	{F_INT2_INT4, "CAST(%1 AS smallint)", .check = fsq_check_integer_cast},
	{F_INT2_INT8, "CAST(%1 AS smallint)", .check = fsq_check_integer_cast},
	{F_INT4_INT8, "CAST(%1 AS int)", .check = fsq_check_integer_cast},
	{F_FLOAT8_INT2, "CAST(%1 AS float)"},
	{F_FLOAT8_INT4, "CAST(%1 AS float)"},
	{F_FLOAT8_INT8, "CAST(%1 AS float)"},
	{F_FLOAT8_FLOAT4, "CAST(%1 AS float)"},
	{F_TEXT_BPCHAR, "RTRIM(%1)"},
	/* numbers */
	{F_ABS_INT2, "ABS(CAST(%1 AS bigint))", .check = fsq_check_absolute},
	{F_ABS_INT4, "ABS(CAST(%1 AS bigint))", .check = fsq_check_absolute},
	{F_ABS_INT8, "ABS(CAST(%1 AS bigint))", .check = fsq_check_absolute},
	/* text; upper and lower follow other tables of characters, and so stay here */
	{F_LENGTH_TEXT, LENGTH},
	{F_CHAR_LENGTH_TEXT, LENGTH},
	{F_CHARACTER_LENGTH_TEXT, LENGTH},
	{F_SUBSTR_TEXT_INT4, SUBSTRING("2147483647"), .check = check_substring},
	{F_SUBSTR_TEXT_INT4_INT4, SUBSTRING("%3"), .check = check_substring},
	{F_SUBSTRING_TEXT_INT4, SUBSTRING("2147483647"), .check = check_substring},
	{F_SUBSTRING_TEXT_INT4_INT4, SUBSTRING("%3"), .check = check_substring},
	{F_LEFT, "LEFT(%1 COLLATE " CHARACTERS ", %2)", .check = check_length},
	{F_RIGHT, "RIGHT(%1 COLLATE " CHARACTERS ", %2)", .check = check_length},
	{F_BTRIM_TEXT, "LTRIM(RTRIM(%1))"},
	{F_LTRIM_TEXT, "LTRIM(%1)"},
	{F_RTRIM_TEXT, "RTRIM(%1)"},
	{InvalidOid}
};

/* a sum is of its argument's type: of int it would overflow */
#define SUM_INTEGER "SUM(%5CAST(%4 AS bigint))%3"
#define SUM_BIGINT "SUM(%5CAST(%4 AS decimal(38, 0)))%3"

/* AVG() cuts; the division is done here (value.c) */
#define AVERAGE(sum) "(CAST(" sum " AS varchar(41)) + '/' + CAST(COUNT_BIG(%1)%3 AS varchar(20)))"

static const FsqAggregateRule aggregates[] = {
	{F_COUNT_, "COUNT_BIG(%1)%3", FSQ_NEEDS_NOTHING},
	{F_COUNT_ANY, "COUNT_BIG(%1)%3", FSQ_NEEDS_NOTHING, .distinct = true},
	{F_SUM_INT2, SUM_INTEGER, FSQ_NEEDS_ARITHMETIC, .distinct = true},
	{F_SUM_INT4, SUM_INTEGER, FSQ_NEEDS_ARITHMETIC, .distinct = true},
	/* sums are decimal(38, n): more than what may be compared with any number */
	{F_SUM_INT8, SUM_BIGINT, FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_SUM_NUMERIC, "SUM(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_AVG_INT2, AVERAGE(SUM_BIGINT), FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_AVG_INT4, AVERAGE(SUM_BIGINT), FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_AVG_INT8, AVERAGE(SUM_BIGINT), FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_AVG_NUMERIC, AVERAGE("SUM(%1)%3"), FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_MIN_INT2, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_INT4, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_INT8, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_FLOAT4, "MIN(%1)%3", FSQ_NEEDS_ORDER},
	{F_MIN_FLOAT8, "MIN(%1)%3", FSQ_NEEDS_ORDER},
	{F_MIN_NUMERIC, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_DATE, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_TIMESTAMP, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_TIMESTAMPTZ, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_TIME, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_INT2, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_INT4, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_INT8, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_FLOAT4, "MAX(%1)%3", FSQ_NEEDS_ORDER},
	{F_MAX_FLOAT8, "MAX(%1)%3", FSQ_NEEDS_ORDER},
	{F_MAX_NUMERIC, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_DATE, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_TIMESTAMP, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_TIMESTAMPTZ, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_TIME, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{InvalidOid}
};

/* true or false, never unknown */
#define NOT_DISTINCT(same, other) \
	"(CASE WHEN %1 = %2 OR (%1 IS NULL AND %2 IS NULL) THEN " same " ELSE " other " END = 1)"

/*
 * https://learn.microsoft.com/en-us/sql/t-sql/queries/select-over-clause-transact-sql: all
 * of these want an order.  row_number() of peers is not determined, and so may
 * be any engine's.
 */
static const FsqAggregateRule windows[] = {
	{F_ROW_NUMBER, "ROW_NUMBER()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_RANK_, "RANK()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_DENSE_RANK_, "DENSE_RANK()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_LAG_ANYELEMENT, "LAG(%1)%3", FSQ_NEEDS_VALUE, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_LEAD_ANYELEMENT, "LEAD(%1)%3", FSQ_NEEDS_VALUE, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_FIRST_VALUE, "FIRST_VALUE(%1)%3", FSQ_NEEDS_VALUE, .ordered = true},
	{F_LAST_VALUE, "LAST_VALUE(%1)%3", FSQ_NEEDS_VALUE, .ordered = true},
	{InvalidOid}
};

static const FsqRules rules = {
	.types = types,
	.operators = operators,
	.functions = functions,
	.aggregates = aggregates,
	.windows = windows,
	.comparison = {"(%1 <> %2)", "(%1 < %2)", "(%1 <= %2)", "(%1 = %2)", "(%1 >= %2)", "(%1 > %2)"},
	.comparand_both = true,
	.is_distinct = NOT_DISTINCT("0", "1"),
	.is_not_distinct = NOT_DISTINCT("1", "0"),
	.in = "(%1 IN (%2))",
	.not_in = "(%1 NOT IN (%2))",
	.array_is_query = true,
	.fold_in_array = "(%1 IN (SELECT %3 FROM (%2) AS [a]([v])))",
	.fold_row = "[a].[v]",
	.condition_of_value = "(%1 = 1)",
	.value_of_condition = "CASE WHEN %1 THEN 1 WHEN NOT %1 THEN 0 END",
	.is_true = "(CASE WHEN %1 THEN 1 ELSE 0 END = 1)",
	.is_false = "(CASE WHEN NOT %1 THEN 1 ELSE 0 END = 1)",
	/* NULL is lowest */
	.sort = {{"CASE WHEN %1 IS NULL THEN 1 ELSE 0 END, %1", "%1"},
	{"%1 DESC", "CASE WHEN %1 IS NULL THEN 0 ELSE 1 END, %1 DESC"}},
	.sort_plain = {"%1", "%1 DESC"},
	.filtered_argument = "CASE WHEN %2 THEN %1 END",
	.groups_are_listed = true,
	.frame_options = FRAMEOPTION_RANGE | FRAMEOPTION_ROWS | FSQ_FRAME_BOUNDS,
	.unordered = "ORDER BY (SELECT NULL)",
	.nothing = "NULL",
	.write_select = sqlserver_write_select,
	/* a round trip is some thousand times what a row on the wire costs */
	.startup_cost = 25,
	.tuple_cost = 0.03,
	.scan_cost = 0.01,
};

const FsqDialect fsq_sqlserver_dialect = {
	.name = "sqlserver",
	.param_style = FSQ_PARAMS_LITERAL,
	/*
	 * One table value constructor: several thousand values make its optimizer
	 * slow, and in the end fail (errors 8623 and 8632).
	 */
	.max_keys = 1000,
	.max_key_bytes = 4 * 1024 * 1024,
	.most_keys = 10000,
	.quote_identifier = sqlserver_quote_identifier,
	.describe_column = sqlserver_describe_column,
	.write_placeholder = sqlserver_write_placeholder,
	.encode_value = sqlserver_encode_value,
	.write_value = fsq_sqlserver_write_value,
	.place = fsq_sqlserver_place,
	.rules = &rules,
};
