/*-------------------------------------------------------------------------
 *
 * dialect.c
 *	  The words of MySQL and MariaDB, and what they answer as PostgreSQL does.
 *
 *	  Text is compared by a collation that folds case and accents, and mostly
 *	  drops blanks at the end.  An exact comparison is one of the bytes of the
 *	  UTF-8 text, cast to binary, which neither folds nor pads; beside it goes
 *	  the column's own comparison, which is true for more and can use an index.
 *
 *	  A value that the engine holds and PostgreSQL's type does not (a zero
 *	  date, a time of more than a day, an integer beyond the declared type) is
 *	  an error when it is read.  Where such a column decides without being
 *	  read, an overflow makes it an error there.
 *
 *	  Sources: https://dev.mysql.com/doc/refman/8.0/en/ and
 *	  https://mariadb.com/kb/en/, sections on comparison operators, type
 *	  conversion, collations (PAD SPACE), arithmetic, aggregates, LIKE.
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
#include "mysql/mysql.h"

/*
 * Sorting looks at so many bytes of a string and no further
 * (max_sort_length's default, which connect.c leaves): order by longer columns
 * stays here.
 */
#define MAX_SORT_BYTES 1024

/* the longest UTF-8 character */
#define CHARACTER_BYTES 4

/* ---- identifiers and statements ---- */

static void
mysql_quote_identifier(StringInfo sql, const char *name)
{
	appendStringInfoChar(sql, '`');
	for (; *name != '\0'; name++)
	{
		if (*name == '`')
			appendStringInfoChar(sql, '`');
		appendStringInfoChar(sql, *name);
	}
	appendStringInfoChar(sql, '`');
}

static void
mysql_write_select(StringInfo sql, const FsqSelect *select)
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
		appendStringInfo(sql, " LIMIT %s", select->limit != NULL ? select->limit : "18446744073709551615");
	if (select->offset != NULL)
		appendStringInfo(sql, " OFFSET %s", select->offset);
}

/* Parameters are written into the text: nothing stands for them. */
static void
mysql_write_placeholder(StringInfo sql, int number, const FsqParam *param)
{
	elog(ERROR, "parameters of MySQL are literals");
}

static bool
mysql_encode_value(const FsqParam *param, Datum value, bool isnull, FsqValue *out)
{
	return false;
}

/* ---- columns ---- */

/*
 * A check that fails with an overflow where a condition on the column holds.
 */
#define CHECK(condition) "((9223372036854775807 + COALESCE(" condition ", 0)) > 0)"

/* LAST_DAY of a zero month is null; ALLOW_INVALID_DATES lets the 30th of February in */
#define DATE_CHECK CHECK("COALESCE(DAYOFMONTH(%1) NOT BETWEEN 1 AND DAYOFMONTH(LAST_DAY(%1)), %1 IS NOT NULL)")
#define TIME_CHECK CHECK("%1 < TIME'00:00:00' OR %1 > TIME'24:00:00'")

/* zero_dates 'null' */
#define ZERO_DATE_NULL "(CASE WHEN DAYOFMONTH(%1) <> 0 AND MONTH(%1) <> 0 THEN %1 END)"

/* Integer types there, by the beginning of their names, and the range that each has. */
static const struct
{
	const char *name;
	bool		is_unsigned;
	Oid			fits;			/* the smallest type here; numeric: none of the integers */
}			integer_types[] = {
	{"tinyint", false, INT2OID},
	{"tinyint", true, INT2OID},
	{"smallint", false, INT2OID},
	{"smallint", true, INT4OID},
	{"mediumint", false, INT4OID},
	{"mediumint", true, INT4OID},
	{"int", false, INT4OID},
	{"int", true, INT8OID},
	{"bigint", false, INT8OID},
	{"bigint", true, NUMERICOID},
	{"year", false, INT2OID},
	{"year", true, INT2OID},
	{NULL}
};

/*
 * The check that an integer is within its type here, or NULL if it always is.
 */
static const char *
integer_check(const FsqColumnInfo *column)
{
	const char *name = column->remote->type_name;
	bool		is_unsigned = column->remote->storage == FSQ_MYSQL_UNSIGNED;

	for (int i = 0; integer_types[i].name != NULL; i++)
	{
		if (strncmp(name, integer_types[i].name, strlen(integer_types[i].name)) != 0 ||
			is_unsigned != integer_types[i].is_unsigned)
			continue;
		if (column->type == integer_types[i].fits || integer_types[i].fits == INT2OID ||
			(integer_types[i].fits == INT4OID && column->type == INT8OID))
			return NULL;
		break;
	}
	if (column->type == INT2OID)
		return CHECK("%1 NOT BETWEEN -32768 AND 32767");
	if (column->type == INT4OID)
		return CHECK("%1 NOT BETWEEN -2147483648 AND 2147483647");
	return CHECK("%1 NOT BETWEEN -9223372036854775808 AND 9223372036854775807");
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
	return s != NULL ? atoi(s + 1) : -1;
}

/*
 * Whether sorting sees all of a column's text, or bytes.
 */
static bool
is_short(const FsqColumnInfo *column)
{
	const char *name = column->remote->type_name;
	int			length = type_number(name, 0);

	if (column->remote->storage == FSQ_MYSQL_ENUM)
		return strlen(name) * CHARACTER_BYTES <= MAX_SORT_BYTES;
	if (strncmp(name, "char", 4) == 0 || strncmp(name, "varchar", 7) == 0)
		return length * CHARACTER_BYTES <= MAX_SORT_BYTES;
	if (strncmp(name, "binary", 6) == 0 || strncmp(name, "varbinary", 9) == 0)
		return length <= MAX_SORT_BYTES;
	return strcmp(name, "tinytext") == 0 || strcmp(name, "tinyblob") == 0;
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
	int			scale = column->remote->storage == FSQ_MYSQL_DECIMAL ?
		Max(type_number(column->remote->type_name, 1), 0) : 0;
	bool		alike = column->typmod < 0 ? scale == 0 || column->remote->storage == FSQ_MYSQL_DECIMAL :
		((column->typmod - VARHDRSZ) & 0x7ff) == scale;

	trust(column, FSQ_EXACT, alike ? FSQ_EXACT : FSQ_LOCAL, alike ? FSQ_EXACT : FSQ_LOCAL);
	if (column->typmod >= 0)
	{
		int			here_scale = (column->typmod - VARHDRSZ) & 0x7ff;
		int			here_whole = (((column->typmod - VARHDRSZ) >> 16) & 0xffff) - here_scale;
		int			there_whole = column->remote->storage == FSQ_MYSQL_DECIMAL ?
			type_number(column->remote->type_name, 0) - scale : 20;

		if (scale > here_scale || there_whole > here_whole)
			column->check = psprintf(CHECK("%%1 <> ROUND(%%1, %d) OR ABS(%%1) >= 1%0*d"),
									 here_scale, Max(here_whole, 0), 0);
	}
}

/*
 * Text that PostgreSQL does not have: with NUL, or longer than its type.
 */
static void
check_text(FsqColumnInfo *column)
{
	int			limit = column->typmod >= (int32) VARHDRSZ ? column->typmod - VARHDRSZ : -1;
	const char *nul = "LOCATE(_utf8mb4 x'00', CONVERT(%1 USING utf8mb4) COLLATE utf8mb4_bin) > 0";

	if (column->remote->storage == FSQ_MYSQL_ENUM)
		return;
	if (limit < 0 || (column->remote->storage != FSQ_MYSQL_OTHER && is_short(column) &&
					  type_number(column->remote->type_name, 0) >= 0 &&
					  type_number(column->remote->type_name, 0) <= limit))
		column->check = psprintf("((9223372036854775807 + COALESCE(%s, 0)) > 0)", nul);
	else
		column->check = psprintf("((9223372036854775807 + COALESCE(%s OR CHAR_LENGTH(%%1) > %d, 0)) > 0)",
								 nul, limit);
}

/*
 * The column's own comparison beside the exact one.  In another character set
 * than the wire's a value that cannot be expressed would be an error: it is
 * made one that can, be it with question marks.
 */
static void
describe_folding(FsqColumnInfo *column)
{
	const char *collation = column->remote->collation;
	const char *end = collation != NULL ? strchr(collation, '_') : NULL;

	if (end == NULL)
		return;
	column->folds = true;
	if (strncmp(collation, "utf8mb4_", 8) != 0)
		column->fold_value = psprintf("CONVERT(%%1 USING %.*s) COLLATE %s",
									  (int) (end - collation), collation, collation);
}

static void
describe_dates(FsqColumnInfo *column)
{
	const char *zero_dates = fsq_option_get(column->options, "zero_dates");

	if (zero_dates == NULL)
		zero_dates = fsq_option_get(column->server_options, "zero_dates");
	trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
	column->check = DATE_CHECK;
	if (zero_dates != NULL && strcmp(zero_dates, "null") == 0)
	{
		column->expression = ZERO_DATE_NULL;
		column->not_null = false;
	}
}

/*
 * What a column's values can be trusted with, by its type here and what it
 * holds there.  A pair that is not mentioned is read as it comes, and all else
 * is done here.
 */
static void
mysql_describe_column(FsqColumnInfo *column)
{
	int			storage;

	column->encoding = FSQ_ENCODING_USUAL;
	if (column->remote == NULL)
		return;
	storage = column->remote->storage;

	/* forms in which the value comes out exactly: FLOAT prints six digits, BIT bytes */
	if (storage == FSQ_MYSQL_FLOAT)
		column->expression = "(%1 * 1e0)";
	else if (storage == FSQ_MYSQL_BIT && (column->type == BITOID || column->type == VARBITOID))
		column->expression = psprintf("LPAD(BIN(%%1 + 0), %d, '0')",
									  Max(type_number(column->remote->type_name, 0), 1));
	else if (storage == FSQ_MYSQL_BIT)
		column->expression = "(%1 + 0)";
	else if (storage == FSQ_MYSQL_GEOMETRY)
		column->expression = "ST_AsWKB(%1)";
	/* which takes 99 for 1999 where it is compared with numbers */
	else if (strncmp(column->remote->type_name, "year", 4) == 0)
		column->expression = "CAST(%1 AS SIGNED)";

	switch (column->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			if (storage == FSQ_MYSQL_SIGNED || storage == FSQ_MYSQL_UNSIGNED || storage == FSQ_MYSQL_BIT)
			{
				trust(column, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT);
				column->check = integer_check(column);
			}
			break;
		case NUMERICOID:
			if (storage == FSQ_MYSQL_SIGNED || storage == FSQ_MYSQL_UNSIGNED || storage == FSQ_MYSQL_DECIMAL)
				describe_numeric(column);
			break;
		case FLOAT8OID:
			if (storage == FSQ_MYSQL_DOUBLE || storage == FSQ_MYSQL_FLOAT)
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
			break;
		case BOOLOID:
			if (storage == FSQ_MYSQL_SIGNED || storage == FSQ_MYSQL_UNSIGNED || storage == FSQ_MYSQL_BIT)
			{
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
				column->check = CHECK("%1 NOT IN (0, 1)");
			}
			break;
		case TEXTOID:
		case VARCHAROID:
			if (storage == FSQ_MYSQL_CHAR || storage == FSQ_MYSQL_TEXT || storage == FSQ_MYSQL_ENUM)
			{
				trust(column, is_short(column) ? FSQ_EXACT : FSQ_LOCAL, FSQ_LOCAL, FSQ_EXACT);
				describe_folding(column);
				check_text(column);
			}
			break;
		case BPCHAROID:
			if (storage == FSQ_MYSQL_CHAR || storage == FSQ_MYSQL_TEXT || storage == FSQ_MYSQL_ENUM)
			{
				trust(column, is_short(column) ? FSQ_EXACT : FSQ_LOCAL, FSQ_LOCAL, FSQ_EXACT);
				check_text(column);
				/* other types may have blanks that only some collations drop */
				if (storage == FSQ_MYSQL_CHAR)
					describe_folding(column);
			}
			break;
		case BYTEAOID:
			if (storage == FSQ_MYSQL_BINARY)
				trust(column, is_short(column) ? FSQ_EXACT : FSQ_LOCAL, FSQ_LOCAL, FSQ_EXACT);
			break;
		case UUIDOID:
			if (storage == FSQ_MYSQL_CHAR || storage == FSQ_MYSQL_TEXT || storage == FSQ_MYSQL_OTHER)
				trust(column, FSQ_LOCAL, FSQ_LOCAL, FSQ_LOCAL);
			else if (storage == FSQ_MYSQL_BINARY)
			{
				trust(column, FSQ_LOCAL, FSQ_LOCAL, FSQ_LOCAL);
				column->encoding = FSQ_ENCODING_BYTES;
			}
			break;
		case DATEOID:
			if (storage == FSQ_MYSQL_DATE)
				describe_dates(column);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			if (storage == FSQ_MYSQL_DATETIME || storage == FSQ_MYSQL_TIMESTAMP)
				describe_dates(column);
			break;
		case TIMEOID:
			if (storage == FSQ_MYSQL_TIME)
			{
				trust(column, FSQ_EXACT, FSQ_LOCAL, FSQ_EXACT);
				column->check = TIME_CHECK;
			}
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
check_left(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
		   const char **template)
{
	return fsq_is_integer_constant(&args[1], 0);
}

/*
 * The pattern is a constant or parameter, in whose spelling the escape is
 * known.
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
	FAMILY_BOOL, FAMILY_INTEGER, FAMILY_FLOAT, FAMILY_NUMERIC, FAMILY_TEXT, FAMILY_BPCHAR,
	FAMILY_BYTEA, FAMILY_UUID, FAMILY_DATE, FAMILY_TIMESTAMP, FAMILY_TIMESTAMPTZ, FAMILY_TIME
};

/* the bytes of the text in UTF-8, whatever the column's character set */
#define BYTES_OF_TEXT(text) "CAST(CONVERT(" text " USING utf8mb4) AS BINARY)"

/* text in one character set and collation, so that any two can be put together */
#define PLAIN_TEXT "CONVERT(%1 USING utf8mb4) COLLATE utf8mb4_bin"

#define TEXT_RULE .comparand = BYTES_OF_TEXT("%1"), .sort = BYTES_OF_TEXT("%1"), .argument = PLAIN_TEXT

static const FsqTypeRule types[] = {
	{BOOLOID, FAMILY_BOOL, FSQ_EXACT, FSQ_EXACT, .parameter = true},
	{INT2OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{INT4OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{INT8OID, FAMILY_INTEGER, FSQ_EXACT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	/* grouping takes 0 and -0 for two numbers */
	{FLOAT8OID, FAMILY_FLOAT, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true, .group = "(%1 + 0e0)"},
	/* an expression's value has the longest scale of all that it is made of */
	{NUMERICOID, FAMILY_NUMERIC, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true, .between = true, .stored_only = true},
	{TEXTOID, FAMILY_TEXT, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true, TEXT_RULE},
	{VARCHAROID, FAMILY_TEXT, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true, TEXT_RULE},
	{BPCHAROID, FAMILY_BPCHAR, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true, .stored_only = true,
		.comparand = BYTES_OF_TEXT("RTRIM(%1)"), .sort = BYTES_OF_TEXT("RTRIM(%1)"), .argument = PLAIN_TEXT},
	{BYTEAOID, FAMILY_BYTEA, FSQ_EXACT, FSQ_LOCAL, .parameter = true, .array = true},
	/* text in lower or upper case, or 16 bytes, which have no case */
	{UUIDOID, FAMILY_UUID, FSQ_LOCAL, FSQ_LOCAL, .parameter = true, .array = true,
		.partition = "UPPER(%1)",
		.equal = "(%1 IN (%2, UPPER(%2)))", .not_equal = "(%1 NOT IN (%2, UPPER(%2)))",
		.equal_any = "(%1 IN (%2))", .not_equal_all = "(%1 NOT IN (%2))"},
	{DATEOID, FAMILY_DATE, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true},
	{TIMESTAMPOID, FAMILY_TIMESTAMP, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true},
	{TIMESTAMPTZOID, FAMILY_TIMESTAMPTZ, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true, .beyond = true},
	{TIMEOID, FAMILY_TIME, FSQ_EXACT, FSQ_EXACT, .parameter = true, .array = true},
	{InvalidOid}
};

/* with an unsigned operand the result would be unsigned, and no negative number */
#define ADD "(CAST(%1 AS SIGNED) + CAST(%2 AS SIGNED))"
#define SUBTRACT "(CAST(%1 AS SIGNED) - CAST(%2 AS SIGNED))"
#define MULTIPLY "(CAST(%1 AS SIGNED) * CAST(%2 AS SIGNED))"
#define DIVIDE "(CAST(%1 AS SIGNED) DIV %2)"
#define REMAINDER "(CAST(%1 AS SIGNED) %% %2)"

/* OIDs of pg_operator.dat, which names few of them */
static const FsqCallRule operators[] = {
	FSQ_INTEGER_OPERATORS(ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER),
	{654, "CONCAT(%1, %2)"},	/* text, text */
	/* the utf8mb4_bin of PLAIN_TEXT compares characters as they are; LIKE does not pad */
	{1209, "(%1 LIKE %2 ESCAPE '\\')", FSQ_ENCODING_PATTERN, check_pattern},	/* ~~ */
	{1210, "(%1 NOT LIKE %2 ESCAPE '\\')", FSQ_ENCODING_PATTERN, check_pattern},	/* !~~ */
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
	{F_FLOAT8_INT2, "(%1 + 0e0)"},
	{F_FLOAT8_INT4, "(%1 + 0e0)"},
	{F_FLOAT8_INT8, "(%1 + 0e0)"},
	{F_TEXT_BPCHAR, "RTRIM(%1)"},
	/* numbers */
	{F_ABS_INT2, "ABS(CAST(%1 AS SIGNED))", .check = fsq_check_absolute},
	{F_ABS_INT4, "ABS(CAST(%1 AS SIGNED))", .check = fsq_check_absolute},
	{F_ABS_INT8, "ABS(CAST(%1 AS SIGNED))", .check = fsq_check_absolute},
	/* text; upper and lower follow other tables of characters, and so stay here */
	{F_LENGTH_TEXT, "CHAR_LENGTH(%1)"},
	{F_CHAR_LENGTH_TEXT, "CHAR_LENGTH(%1)"},
	{F_CHARACTER_LENGTH_TEXT, "CHAR_LENGTH(%1)"},
	{F_SUBSTR_TEXT_INT4, "SUBSTRING(%1, %2)", .check = check_substring},
	{F_SUBSTR_TEXT_INT4_INT4, "SUBSTRING(%1, %2, %3)", .check = check_substring},
	{F_SUBSTRING_TEXT_INT4, "SUBSTRING(%1, %2)", .check = check_substring},
	{F_SUBSTRING_TEXT_INT4_INT4, "SUBSTRING(%1, %2, %3)", .check = check_substring},
	{F_LEFT, "LEFT(%1, %2)", .check = check_left},
	{F_BTRIM_TEXT, "TRIM(%1)"},
	{F_LTRIM_TEXT, "LTRIM(%1)"},
	{F_RTRIM_TEXT, "RTRIM(%1)"},
	{InvalidOid}
};

/* the sum is a DECIMAL of up to 65 digits; the division is done here (value.c) */
#define AVERAGE "CONCAT(SUM(%1)%3, '/', COUNT(%1)%3)"

/* what is sorted by is bytes: back to text */
#define TEXT_OF_BYTES(bytes) "CONVERT(" bytes " USING utf8mb4)"

static const FsqAggregateRule aggregates[] = {
	{F_COUNT_, "COUNT(%1)%3", FSQ_NEEDS_NOTHING},
	{F_COUNT_ANY, "COUNT(%1)%3", FSQ_NEEDS_NOTHING, .distinct = true},
	{F_SUM_INT2, "SUM(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true},
	{F_SUM_INT4, "SUM(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true},
	{F_SUM_INT8, "SUM(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true},
	{F_SUM_NUMERIC, "SUM(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true},
	{F_AVG_INT2, AVERAGE, FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_AVG_INT4, AVERAGE, FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_AVG_INT8, AVERAGE, FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_AVG_NUMERIC, AVERAGE, FSQ_NEEDS_ARITHMETIC, .distinct = true, .encoding = FSQ_ENCODING_DECIMAL},
	{F_MIN_INT2, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_INT4, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_INT8, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_FLOAT8, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_NUMERIC, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_TEXT, TEXT_OF_BYTES("MIN(%1)%3"), FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_DATE, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_TIMESTAMP, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_TIMESTAMPTZ, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MIN_TIME, "MIN(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_INT2, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_INT4, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_INT8, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_FLOAT8, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_NUMERIC, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_TEXT, TEXT_OF_BYTES("MAX(%1)%3"), FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_DATE, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_TIMESTAMP, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_TIMESTAMPTZ, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{F_MAX_TIME, "MAX(%1)%3", FSQ_NEEDS_ORDER, .distinct = true},
	{InvalidOid}
};

/*
 * MariaDB wants an order for some; given ORDER BY NULL, it takes partitions of
 * other windows for sorted.  row_number() of peers is not determined, and so may
 * be any engine's.
 */
static const FsqAggregateRule windows[] = {
	{F_ROW_NUMBER, "ROW_NUMBER()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE},
	{F_RANK_, "RANK()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_DENSE_RANK_, "DENSE_RANK()%3", FSQ_NEEDS_NOTHING, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_LAG_ANYELEMENT, "LAG(%1)%3", FSQ_NEEDS_VALUE, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_LEAD_ANYELEMENT, "LEAD(%1)%3", FSQ_NEEDS_VALUE, .frames = FSQ_FRAMES_NONE, .ordered = true},
	{F_FIRST_VALUE, "FIRST_VALUE(%1)%3", FSQ_NEEDS_VALUE},
	{F_LAST_VALUE, "LAST_VALUE(%1)%3", FSQ_NEEDS_VALUE},
	{InvalidOid}
};

/* RAND() is drawn for each row */
static const FsqSampling samplings[] = {
	{"random", .where = "RAND() < %1"},
	{NULL}
};

static const FsqRules rules = {
	.types = types,
	.operators = operators,
	.functions = functions,
	.aggregates = aggregates,
	.windows = windows,
	.comparison = {"(%1 <> %2)", "(%1 < %2)", "(%1 <= %2)", "(%1 = %2)", "(%1 >= %2)", "(%1 > %2)"},
	.comparand_both = true,
	.is_distinct = "(NOT (%1 <=> %2))",
	.is_not_distinct = "(%1 <=> %2)",
	.in = "(%1 IN (%2))",
	.not_in = "(%1 NOT IN (%2))",
	.condition_of_value = "(%1 <> 0)",
	.value_of_condition = "%1",
	.is_true = "(%1 IS TRUE)",
	.is_false = "(%1 IS FALSE)",
	/* NULL is lowest */
	.sort = {{"%1 IS NULL, %1", "%1"}, {"%1 DESC", "%1 IS NULL DESC, %1 DESC"}},
	.sort_plain = {"%1", "%1 DESC"},
	.filtered_argument = "CASE WHEN %2 THEN %1 END",
	.frame_options = FRAMEOPTION_RANGE | FRAMEOPTION_ROWS | FSQ_FRAME_BOUNDS,
	.nothing = "NULL",
	.samplings = samplings,
	.write_select = mysql_write_select,
	/* a round trip is some thousand times what a row on the wire costs */
	.startup_cost = 25,
	.tuple_cost = 0.03,
	.scan_cost = 0.01,
};

const FsqDialect fsq_mysql_dialect = {
	.name = "mysql",
	.param_style = FSQ_PARAMS_LITERAL,
	/* a statement is one thread there: some at a time find rows sooner than one for all */
	.max_keys = 2500,
	/* but one statement for all finds them with less work */
	.busy_keys = 10000,
	/* max_allowed_packet is 16 MB by default, and a quoted value at most twice as long */
	.max_key_bytes = 4 * 1024 * 1024,
	/* range_optimizer_max_mem_size: at about 36,000 values an index is no longer used */
	.most_keys = 10000,
	/* MariaDB: not a table of the keys, joined row by row; and rows are read in their own order */
	.many_keys = 2500,
	.before_many = "/*M!100600 SET STATEMENT in_predicate_conversion_threshold = 0, optimizer_switch = 'mrr=on' FOR */ ",
	/* each key costs a search for an estimate, and one in the index; a range one of either */
	.run_keys = 8,
	.quote_identifier = mysql_quote_identifier,
	.describe_column = mysql_describe_column,
	.write_placeholder = mysql_write_placeholder,
	.encode_value = mysql_encode_value,
	.write_value = fsq_mysql_write_value,
	.place = fsq_mysql_place,
	.rules = &rules,
};
