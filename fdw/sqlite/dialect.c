/*-------------------------------------------------------------------------
 *
 * dialect.c
 *	  The words of SQLite.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw.h"
#include "sqlite/sqlite.h"

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
sqlite_describe_column(FsqColumnInfo *column)
{
	const char *format = fsq_option_get(column->options, "date_format");

	column->encoding = FSQ_ENCODING_USUAL;
	if (format != NULL && strcmp(format, "unix") == 0)
		column->encoding = FSQ_ENCODING_UNIX;
	else if (format != NULL && strcmp(format, "julian") == 0)
		column->encoding = FSQ_ENCODING_JULIAN;
}

const FsqDialect fsq_sqlite_dialect = {
	.name = "sqlite",
	.param_style = FSQ_PARAMS_BOUND,
	.quote_identifier = sqlite_quote_identifier,
	.describe_column = sqlite_describe_column,
};
