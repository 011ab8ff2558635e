/*-------------------------------------------------------------------------
 *
 * value.c
 *	  Converts values of the wire to PostgreSQL's types, exactly or not at all.
 *
 *	  A converter is chosen once per column per scan.  What each type accepts
 *	  (anything else is an error that names server, table, column and value):
 *
 *	  boolean			integer 0 and 1
 *	  smallint, integer, bigint
 *						integer in range; real without fraction and in range;
 *						text [+-]digits in range
 *	  double precision	real; integer that a double holds exactly; text of a
 *						decimal number
 *	  real				as double precision, if the value fits in float4 as it is
 *	  numeric			integer; real by its shortest decimal form; text of a
 *						decimal number.  numeric(p,s): if nothing is rounded away.
 *						A computed one may be "sum/count", an average
 *	  text				text; integer in decimal; real in its shortest form.
 *						varchar(n), char(n): if not longer than n characters
 *	  bytea				bytes (never text)
 *	  uuid				text of 36 characters with hyphens, its letters all lower
 *						or all upper case; 16 bytes
 *	  json, jsonb		text; integer; real
 *	  date				text YYYY-MM-DD
 *	  time				text HH:MM[:SS[.fraction]]; 24:00:00 too
 *	  timestamp			text YYYY-MM-DD, or YYYY-MM-DD followed by a blank or T and
 *						HH:MM[:SS[.fraction]]; no zone
 *	  timestamptz		as timestamp, then Z, +HH, +HHMM or +HH:MM (or -); without a
 *						zone it is UTC
 *	  domains			as their base type, then their constraints
 *	  anything else		text that the type's input function accepts
 *
 *	  Results of another PostgreSQL (FsqDialect.native_text) are the text of
 *	  its output functions: what a type's input function accepts, if nothing of
 *	  it is lost by the column's type and modifier.
 *
 *	  Text is valid UTF-8 without NUL, converted to the database's encoding.
 *	  Years of ISO dates have four digits: 0000 (1 BC) to 9999.  Fractions of
 *	  seconds finer than microseconds, or than the type's precision, must be
 *	  zero.
 *
 *	  Encoding FSQ_ENCODING_UNIX, for date, time, timestamp and timestamptz:
 *	  integer, or real (taken to the nearest microsecond), seconds since
 *	  1970-01-01 00:00 UTC; for date whole days, for time 0 to 86400.
 *	  Encoding FSQ_ENCODING_JULIAN, for date, timestamp and timestamptz: real
 *	  or integer day number, taken to the nearest millisecond as SQLite does;
 *	  for date midnight (x.5).  Text is an error in both.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "fdw.h"
#include "value.h"

/* How much of a value an error shows, in bytes. */
#define SHOWN_BYTES 64

static const char *const wire_type_names[] = {
	[FSQ_WIRE_NULL] = "null",
	[FSQ_WIRE_INT64] = "integer",
	[FSQ_WIRE_FLOAT8] = "real",
	[FSQ_WIRE_TEXT] = "text",
	[FSQ_WIRE_BYTES] = "bytes"
};

/* ---- errors ---- */

/*
 * A value as an error shows it: shortened, printable, and valid in any
 * encoding.
 */
static char *
show_value(const FsqValue *value)
{
	StringInfoData buf;
	int			shown;

	initStringInfo(&buf);
	switch (value->type)
	{
		case FSQ_WIRE_NULL:
			appendStringInfoString(&buf, "null");
			break;
		case FSQ_WIRE_INT64:
			appendStringInfo(&buf, INT64_FORMAT, value->u.i);
			break;
		case FSQ_WIRE_FLOAT8:
			appendStringInfoString(&buf, DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(value->u.d))));
			break;
		case FSQ_WIRE_TEXT:
			appendStringInfoChar(&buf, '"');
			for (shown = 0; shown < value->length && shown < SHOWN_BYTES;)
			{
				const unsigned char *s = (const unsigned char *) value->u.s + shown;
				int			length = pg_utf_mblen(s);

				if (*s < 0x20 || *s == 0x7f || length > value->length - shown ||
					!pg_utf8_islegal(s, length) ||
					(length > 1 && GetDatabaseEncoding() != PG_UTF8))
				{
					appendStringInfo(&buf, "\\x%02x", *s);
					length = 1;
				}
				else
					appendBinaryStringInfo(&buf, (const char *) s, length);
				shown += length;
			}
			appendStringInfoString(&buf, shown < value->length ? "...\"" : "\"");
			break;
		case FSQ_WIRE_BYTES:
			appendStringInfoString(&buf, "\\x");
			for (shown = 0; shown < value->length && shown < SHOWN_BYTES / 2; shown++)
				appendStringInfo(&buf, "%02x", (unsigned char) value->u.s[shown]);
			if (shown < value->length)
				appendStringInfoString(&buf, "...");
			break;
	}
	return buf.data;
}

/*
 * Raise the error of a value that does not convert.  The reason is a
 * sentence, or NULL if the kind of value says all.
 */
void
fsq_converter_error(const FsqConverter *converter, const FsqValue *value, const char *reason)
{
	const char *type = format_type_with_typemod(converter->type, converter->typmod);
	char	   *shown = show_value(value);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 converter->column_name != NULL ?
			 errmsg("value of column \"%s\" of foreign table \"%s\" is not a valid %s: %s",
					converter->column_name, converter->table_name, type, shown) :
			 errmsg("computed value of a remote query on \"%s\" is not a valid %s: %s",
					converter->table_name, type, shown),
			 errdetail("Server \"%s\" sent a value of kind %s.%s%s", converter->server_name,
					   wire_type_names[value->type], reason ? " " : "", reason ? reason : "")));
}

/*
 * The line of context that FSQ_PUSH_VALUE_CONTEXT adds to errors.
 */
void
fsq_value_context(void *arg)
{
	FsqValueContext *context = arg;
	const FsqConverter *converter = context->converter;

	if (converter->column_name != NULL)
		errcontext("column \"%s\" of foreign table \"%s\" on server \"%s\", value %s",
				   converter->column_name, converter->table_name, converter->server_name,
				   show_value(context->value));
	else
		errcontext("computed value of a remote query on \"%s\" on server \"%s\", value %s",
				   converter->table_name, converter->server_name, show_value(context->value));
}

/* ---- choosing ---- */

/* Types with converters of their own; any other type goes by its input function. */
static const struct
{
	Oid			type;
	FsqConvert	convert;
	FsqConvert	convert_number; /* with an encoding other than the usual */
}			converters[] = {
	{BOOLOID, fsq_convert_bool},
	{INT2OID, fsq_convert_int2},
	{INT4OID, fsq_convert_int4},
	{INT8OID, fsq_convert_int8},
	{FLOAT4OID, fsq_convert_float4},
	{FLOAT8OID, fsq_convert_float8},
	{NUMERICOID, fsq_convert_numeric},
	{TEXTOID, fsq_convert_text},
	{VARCHAROID, fsq_convert_text},
	{BPCHAROID, fsq_convert_text},
	{NAMEOID, fsq_convert_name},
	{BYTEAOID, fsq_convert_bytea},
	{UUIDOID, fsq_convert_uuid},
	{JSONOID, fsq_convert_json},
	{JSONBOID, fsq_convert_json},
	{DATEOID, fsq_convert_date, fsq_convert_number_time},
	{TIMEOID, fsq_convert_time, fsq_convert_number_time},
	{TIMESTAMPOID, fsq_convert_timestamp, fsq_convert_number_time},
	{TIMESTAMPTZOID, fsq_convert_timestamp, fsq_convert_number_time},
	{InvalidOid}
};

static const struct
{
	Oid			type;
	FsqConvert	convert;
}			native_converters[] = {
	{BOOLOID, fsq_convert_native_bool},
	{INT2OID, fsq_convert_int2},
	{INT4OID, fsq_convert_int4},
	{INT8OID, fsq_convert_int8},
	{FLOAT4OID, fsq_convert_native_float4},
	{FLOAT8OID, fsq_convert_native_float8},
	{NUMERICOID, fsq_convert_native_numeric},
	{TEXTOID, fsq_convert_text},
	{VARCHAROID, fsq_convert_text},
	{BPCHAROID, fsq_convert_text},
	{NAMEOID, fsq_convert_name},
	{UUIDOID, fsq_convert_uuid},
	{DATEOID, fsq_convert_native_time},
	{TIMESTAMPOID, fsq_convert_native_time},
	{TIMESTAMPTZOID, fsq_convert_native_time},
	{InvalidOid}
};

/* A domain: its base type's converter, then its constraints. */
typedef struct DomainConverter
{
	FsqConverter base;
	void	   *extra;			/* of domain_check */
	MemoryContext context;
} DomainConverter;

static Datum
convert_domain(FsqConverter *converter, const FsqValue *value)
{
	DomainConverter *domain = converter->input.fn_extra;
	bool		isnull = value->type == FSQ_WIRE_NULL;
	Datum		result = isnull ? (Datum) 0 : domain->base.convert(&domain->base, value);

	FSQ_PUSH_VALUE_CONTEXT(converter, value);
	domain_check(result, isnull, converter->type, &domain->extra, domain->context);
	FSQ_POP_VALUE_CONTEXT();
	return result;
}

/*
 * How the remote holds a column's values (FsqEncoding), as far as reading them
 * needs to know.
 */
static int
column_encoding(const FsqTable *table, int column)
{
	const FsqTableColumn *source = &table->columns[column];
	FsqColumnInfo info = {0};

	info.remote_name = source->remote_name;
	info.typmod = source->typmod;
	info.type = getBaseTypeAndTypmod(source->type, &info.typmod);
	info.collation = source->collation;
	info.options = source->options;
	table->driver->dialect->describe_column(&info);
	return info.encoding;
}

/*
 * Make a converter, in the current memory context.  column is an index into
 * the table's columns, or -1 for a computed value; table names the relation.
 */
void
fsq_converter_init(FsqConverter *converter, const FsqTable *table, int column,
				   Oid type, int32 typmod, int encoding)
{
	int32		base_typmod = typmod;
	Oid			base_type = getBaseTypeAndTypmod(type, &base_typmod);
	bool		native = table->driver->dialect->native_text;
	Oid			input_function;

	memset(converter, 0, sizeof(*converter));
	converter->type = type;
	converter->typmod = typmod;
	converter->encoding = encoding;
	converter->dialect = table->driver->dialect;
	converter->server_name = table->server_name;
	converter->table_name = table->name;
	converter->column_name = column >= 0 ? table->columns[column].name : NULL;

	if (base_type != type)
	{
		DomainConverter *domain = palloc0(sizeof(DomainConverter));

		fsq_converter_init(&domain->base, table, column, base_type, base_typmod, encoding);
		domain->context = CurrentMemoryContext;
		converter->convert = convert_domain;
		converter->sees_null = true;
		converter->input.fn_extra = domain;
		return;
	}

	for (int i = 0; native && native_converters[i].type != InvalidOid; i++)
	{
		if (native_converters[i].type == type)
			converter->convert = native_converters[i].convert;
	}
	for (int i = 0; !native && converters[i].type != InvalidOid; i++)
	{
		if (converters[i].type != type)
			continue;
		converter->convert = encoding != FSQ_ENCODING_USUAL && converters[i].convert_number ?
			converters[i].convert_number : converters[i].convert;
		break;
	}
	/* varchar(n) and char(n) */
	if (converter->convert == fsq_convert_text && typmod >= (int32) VARHDRSZ)
		converter->convert = fsq_convert_text_limited;
	if (converter->convert != NULL && converter->convert != fsq_convert_json && !native)
		return;
	get_typlenbyval(type, &converter->input_length, &converter->input_byval);
	getTypeInputInfo(type, &input_function, &converter->input_param);
	converter->input_function = input_function;
	fmgr_info_cxt(input_function, &converter->input, CurrentMemoryContext);
	if (converter->convert == NULL)
		converter->convert = native ? fsq_convert_native : fsq_convert_by_input;
}

/*
 * The same for a column.  What was made before is copied, but for a domain's,
 * which are made for each scan, whose memory the constraints are in.
 */
void
fsq_converter_init_column(FsqConverter *converter, const FsqTable *table, int column,
						  Oid type, int32 typmod)
{
	FsqTableColumn *source = &table->columns[column];
	FsqConverter *known = source->converter;

	if (known != NULL && known->type == type && known->typmod == typmod)
	{
		*converter = *known;
		converter->table_name = table->name;
		if (OidIsValid(known->input_function))
			fmgr_info_copy(&converter->input, &known->input, CurrentMemoryContext);
		return;
	}
	fsq_converter_init(converter, table, column, type, typmod, column_encoding(table, column));
	if (known == NULL && converter->convert != convert_domain)
	{
		MemoryContext context = GetMemoryChunkContext(table->columns);

		known = MemoryContextAlloc(context, sizeof(FsqConverter));
		*known = *converter;
		if (OidIsValid(known->input_function))
			fmgr_info_copy(&known->input, &converter->input, context);
		source->converter = known;
	}
}
