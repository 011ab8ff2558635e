/*-------------------------------------------------------------------------
 *
 * dialect.c
 *	  What is sent to another PostgreSQL: whatever is built in and immutable,
 *	  over columns that are there what they are declared to be here.
 *
 *	  The rule of objects is that of postgres_fdw: types, operators and
 *	  functions with OIDs that every PostgreSQL shares.  Every literal and
 *	  parameter is written with its type and every cast is written, so that
 *	  the remote finds the same operators and functions.  What depends on
 *	  settings (STABLE) or on the text search configuration or objects of a
 *	  database (the reg* types) is evaluated here.
 *
 *	  Text is compared for equality by its bytes on both sides; its order, case
 *	  and classes of characters depend on the collation, which must be known
 *	  to be the same there (collation.c), or be C, which can be asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "fdw.h"
#include "postgres/engine.h"

/* ---- identifiers and statements ---- */

static void
postgres_quote_identifier(StringInfo sql, const char *name)
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
postgres_write_select(StringInfo sql, const FsqSelect *select)
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
	if (select->limit != NULL)
		appendStringInfo(sql, " LIMIT %s", select->limit);
	if (select->offset != NULL)
		appendStringInfo(sql, " OFFSET %s", select->offset);
}

/* ---- types ---- */

/* Built-in types whose values depend on more than themselves. */
static const Oid local_types[] = {
	REGPROCOID, REGPROCEDUREOID, REGOPEROID, REGOPERATOROID, REGCLASSOID, REGCOLLATIONOID,
	REGTYPEOID, REGROLEOID, REGNAMESPACEOID, REGCONFIGOID, REGDICTIONARYOID,	/* objects of a database */
	MONEYOID,					/* lc_monetary */
	XMLOID,						/* xmloption, libxml's version */
	ACLITEMOID,					/* roles */
	XIDOID, CIDOID, TIDOID		/* of a database's own rows */
};

static bool
is_portable(Oid type)
{
	Oid			element = get_element_type(type);
	char		kind;

	if (!FSQ_IS_BUILTIN(type))
		return false;
	if (OidIsValid(element))
		return is_portable(element);
	for (int i = 0; i < lengthof(local_types); i++)
	{
		if (local_types[i] == type)
			return false;
	}
	kind = get_typtype(type);
	return kind == TYPTYPE_BASE || kind == TYPTYPE_RANGE || kind == TYPTYPE_MULTIRANGE;
}

/* All types are one family: the operator decides what compares with what. */
static const FsqTypeRule *
postgres_any_type(Oid type)
{
	FsqTypeRule *rule;

	if (!is_portable(type))
		return NULL;
	rule = palloc0(sizeof(FsqTypeRule));
	rule->type = type;
	rule->equality = rule->order = rule->arithmetic = FSQ_EXACT;
	rule->parameter = rule->array = true;
	return rule;
}

/* ---- columns ---- */

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static void
trust(FsqColumnInfo *column, FsqVerdict comparison, FsqVerdict output)
{
	column->equality = column->order = comparison;
	column->arithmetic = column->output = output;
}

/*
 * Whether the remote's collation, as catalog.c has described it (with a
 * version if that matters), orders text as the column's does here.
 */
static bool
same_collation(Oid collation, const char *remote)
{
	const char *locale = OidIsValid(collation) ? fsq_postgres_collation_locale(collation) : NULL;
	const char *version = strchr(remote, '\n');
	int			length = version != NULL ? version - remote : strlen(remote);

	if (locale == NULL || strlen(locale) != length || strncmp(locale, remote, length) != 0)
		return false;
	if (version == NULL || strcmp(locale, "c:C") == 0)
		return true;
	locale = fsq_postgres_collation_version(collation);
	return strcmp(version + 1, locale != NULL ? locale : "") == 0;
}

/*
 * What is known of a text column's collation there.
 */
static void
describe_collation(FsqColumnInfo *column)
{
	const char *remote = column->remote->collation;

	/* another encoding: bytes, and what functions see of them, are not the same */
	if (remote == NULL)
	{
		column->order = FSQ_LOCAL;
		column->arithmetic = column->output = FSQ_LOCAL;
	}
	/* one that takes different texts for equal */
	else if (remote[0] == '\0')
		trust(column, FSQ_LOCAL, FSQ_LOCAL);
	else if (same_collation(column->collation, remote))
		column->collates = column->collation;
}

/*
 * A column is trusted if it has the very type there, or one whose values all
 * are values of the type here and compare alike.
 */
static void
postgres_describe_column(FsqColumnInfo *column)
{
	Oid			remote;

	column->encoding = FSQ_ENCODING_USUAL;
	if (column->remote == NULL)
		return;
	remote = column->remote->storage;
	if (!OidIsValid(remote) || !is_portable(column->type))
		return;
	if (remote == column->type || (is_text(remote) && is_text(column->type)))
		trust(column, FSQ_EXACT, FSQ_EXACT);
	else if (is_integer(remote) && is_integer(column->type) && get_typlen(remote) < get_typlen(column->type))
		trust(column, FSQ_EXACT, FSQ_LOCAL);
	else
		return;
	/* of values that the type here has no room for, the row must not be lost */
	if (column->typmod >= 0 &&
		strcmp(format_type_with_typemod(column->type, column->typmod), column->remote->type_name) != 0)
		trust(column, FSQ_SUPERSET, FSQ_LOCAL);
	if (type_is_collatable(column->type))
		describe_collation(column);
}

/* ---- operators and functions ---- */

/*
 * Functions of text, and of operators, whose answer is the same under every
 * deterministic collation.
 */
static const Oid any_collation[] = {
	F_TEXTCAT, F_TEXTANYCAT, F_ANYTEXTCAT,
	F_TEXTLIKE, F_TEXTNLIKE, F_BPCHARLIKE, F_BPCHARNLIKE,
	F_LIKE_TEXT_TEXT, F_NOTLIKE_TEXT_TEXT,
	F_STARTS_WITH,
	F_LENGTH_TEXT, F_CHAR_LENGTH_TEXT, F_CHARACTER_LENGTH_TEXT, F_OCTET_LENGTH_TEXT,
	F_LENGTH_BPCHAR, F_CHAR_LENGTH_BPCHAR, F_CHARACTER_LENGTH_BPCHAR, F_OCTET_LENGTH_BPCHAR,
	F_SUBSTR_TEXT_INT4, F_SUBSTR_TEXT_INT4_INT4, F_SUBSTRING_TEXT_INT4, F_SUBSTRING_TEXT_INT4_INT4,
	F_LEFT, F_RIGHT, F_REVERSE, F_REPEAT, F_LPAD_TEXT_INT4, F_LPAD_TEXT_INT4_TEXT,
	F_RPAD_TEXT_INT4, F_RPAD_TEXT_INT4_TEXT,
	F_BTRIM_TEXT, F_LTRIM_TEXT, F_RTRIM_TEXT, F_BTRIM_TEXT_TEXT, F_LTRIM_TEXT_TEXT, F_RTRIM_TEXT_TEXT,
	F_REPLACE, F_STRPOS, F_POSITION_TEXT_TEXT, F_SPLIT_PART, F_TRANSLATE, F_MD5_TEXT, F_ASCII,
	F_OVERLAY_TEXT_TEXT_INT4, F_OVERLAY_TEXT_TEXT_INT4_INT4,
	F_TEXT_BPCHAR, F_BPCHAR_BPCHAR_INT4_BOOL, F_VARCHAR_VARCHAR_INT4_BOOL,
	F_ARRAYCONTAINS, F_ARRAYCONTAINED, F_ARRAYOVERLAP,
	F_JSON_OBJECT_FIELD, F_JSON_OBJECT_FIELD_TEXT, F_JSONB_OBJECT_FIELD, F_JSONB_OBJECT_FIELD_TEXT,
	F_JSON_ARRAY_ELEMENT_TEXT, F_JSONB_ARRAY_ELEMENT_TEXT,
	F_JSONB_EXISTS, F_JSONB_EXISTS_ANY, F_JSONB_EXISTS_ALL
};

static bool
ignores_collation(Oid function)
{
	for (int i = 0; i < lengthof(any_collation); i++)
	{
		if (any_collation[i] == function)
			return true;
	}
	return false;
}

static bool
check_deterministic(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
					const char **template)
{
	return fsq_collation_is_deterministic(collation);
}

/*
 * One that looks at the collation: its arguments have that collation there, or
 * are given it, if it is C.
 */
static bool
check_collation(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
				const char **template)
{
	StringInfoData buf;
	char	   *locale;

	if (!OidIsValid(collation) || result->collation == collation)
		return true;
	locale = fsq_postgres_collation_locale(collation);
	if (locale == NULL || strcmp(locale, "c:C") != 0)
		return false;
	initStringInfo(&buf);
	for (const char *c = *template; *c != '\0'; c++)
	{
		int			number = *c == '%' ? c[1] - '1' : -1;

		if (number >= 0 && number < nargs && !args[number].external &&
			type_is_collatable(args[number].type))
			appendStringInfo(&buf, "(%%%d COLLATE \"C\")", number + 1);
		else if (*c == '%')
			appendBinaryStringInfo(&buf, c, 2);
		else
			appendStringInfoChar(&buf, *c);
		if (*c == '%')
			c++;
	}
	*template = buf.data;
	result->collation = collation;
	return true;
}

/*
 * A name as it may stand in a template.
 */
static char *
escape_percent(const char *name)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *name != '\0'; name++)
	{
		if (*name == '%')
			appendStringInfoChar(&buf, '%');
		appendStringInfoChar(&buf, *name);
	}
	return buf.data;
}

static FsqCallRule *
make_rule(Oid id, Oid function, const char *template)
{
	FsqCallRule *rule = palloc0(sizeof(FsqCallRule));

	rule->id = id;
	rule->template = template;
	rule->check = ignores_collation(function) ? check_deterministic : check_collation;
	return rule;
}

/*
 * Hash functions are free to change between versions.
 */
static bool
is_portable_function(Oid function)
{
	char	   *name;

	if (!FSQ_IS_BUILTIN(function) || func_volatile(function) != PROVOLATILE_IMMUTABLE)
		return false;
	name = get_func_name(function);
	return name != NULL && strncmp(name, "hash", 4) != 0;
}

static const FsqCallRule *
postgres_any_operator(Oid id)
{
	HeapTuple	tuple;
	Form_pg_operator form;
	const FsqCallRule *rule = NULL;

	if (!FSQ_IS_BUILTIN(id) || !is_portable_function(get_opcode(id)))
		return NULL;
	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(id));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	form = (Form_pg_operator) GETSTRUCT(tuple);
	rule = make_rule(id, form->oprcode,
					 form->oprkind == 'l' ? psprintf("(%s %%1)", escape_percent(NameStr(form->oprname))) :
					 psprintf("(%%1 %s %%2)", escape_percent(NameStr(form->oprname))));
	ReleaseSysCache(tuple);
	return rule;
}

/*
 * Casts are functions, too, and are called by their names.  (Quoted, since
 * some are names of types as well.)
 */
static const FsqCallRule *
postgres_any_function(Oid id)
{
	StringInfoData template;
	int			nargs;

	if (!is_portable_function(id))
		return NULL;
	nargs = get_func_nargs(id);
	if (nargs > 9)
		return NULL;
	initStringInfo(&template);
	appendStringInfo(&template, "pg_catalog.\"%s\"(", escape_percent(get_func_name(id)));
	for (int i = 1; i <= nargs; i++)
		appendStringInfo(&template, "%s%%%d", i > 1 ? ", " : "", i);
	appendStringInfoChar(&template, ')');
	return make_rule(id, id, template.data);
}

static const FsqTypeRule types[] = {{InvalidOid}};
static const FsqCallRule operators[] = {{InvalidOid}};
static const FsqCallRule functions[] = {{InvalidOid}};

#define COUNTS(id) {id, "count(%1)%3", FSQ_NEEDS_NOTHING, .distinct = true}
#define COMPUTES(id, name) {id, name "(%1)%3", FSQ_NEEDS_ARITHMETIC, .distinct = true}
#define ORDERS(id, name) {id, name "(%1)%3", FSQ_NEEDS_ORDER, .distinct = true}

/*
 * Aggregates whose result does not depend on the order of their input.  (Of
 * floating-point sums the last digits do, here as there.)
 */
static const FsqAggregateRule aggregates[] = {
	{F_COUNT_, "count(%1)%3", FSQ_NEEDS_NOTHING},
	COUNTS(F_COUNT_ANY),
	COMPUTES(F_SUM_INT2, "sum"), COMPUTES(F_SUM_INT4, "sum"), COMPUTES(F_SUM_INT8, "sum"),
	COMPUTES(F_SUM_NUMERIC, "sum"), COMPUTES(F_SUM_FLOAT4, "sum"), COMPUTES(F_SUM_FLOAT8, "sum"),
	COMPUTES(F_SUM_INTERVAL, "sum"),
	COMPUTES(F_AVG_INT2, "avg"), COMPUTES(F_AVG_INT4, "avg"), COMPUTES(F_AVG_INT8, "avg"),
	COMPUTES(F_AVG_NUMERIC, "avg"), COMPUTES(F_AVG_FLOAT4, "avg"), COMPUTES(F_AVG_FLOAT8, "avg"),
	COMPUTES(F_AVG_INTERVAL, "avg"),
	COMPUTES(F_STDDEV_INT2, "stddev"), COMPUTES(F_STDDEV_INT4, "stddev"), COMPUTES(F_STDDEV_INT8, "stddev"),
	COMPUTES(F_STDDEV_NUMERIC, "stddev"),
	COMPUTES(F_VARIANCE_INT2, "variance"), COMPUTES(F_VARIANCE_INT4, "variance"),
	COMPUTES(F_VARIANCE_INT8, "variance"), COMPUTES(F_VARIANCE_NUMERIC, "variance"),
	ORDERS(F_BOOL_AND, "bool_and"), ORDERS(F_BOOL_OR, "bool_or"), ORDERS(F_EVERY, "every"),
	COMPUTES(F_BIT_AND_INT2, "bit_and"), COMPUTES(F_BIT_AND_INT4, "bit_and"), COMPUTES(F_BIT_AND_INT8, "bit_and"),
	COMPUTES(F_BIT_OR_INT2, "bit_or"), COMPUTES(F_BIT_OR_INT4, "bit_or"), COMPUTES(F_BIT_OR_INT8, "bit_or"),
	ORDERS(F_MIN_INT2, "min"), ORDERS(F_MIN_INT4, "min"), ORDERS(F_MIN_INT8, "min"),
	ORDERS(F_MIN_FLOAT4, "min"), ORDERS(F_MIN_FLOAT8, "min"), ORDERS(F_MIN_NUMERIC, "min"),
	ORDERS(F_MIN_TEXT, "min"), ORDERS(F_MIN_BPCHAR, "min"), ORDERS(F_MIN_DATE, "min"),
	ORDERS(F_MIN_TIME, "min"), ORDERS(F_MIN_TIMETZ, "min"), ORDERS(F_MIN_TIMESTAMP, "min"),
	ORDERS(F_MIN_TIMESTAMPTZ, "min"), ORDERS(F_MIN_INTERVAL, "min"), ORDERS(F_MIN_INET, "min"),
	ORDERS(F_MIN_OID, "min"), ORDERS(F_MIN_ANYARRAY, "min"),
	ORDERS(F_MAX_INT2, "max"), ORDERS(F_MAX_INT4, "max"), ORDERS(F_MAX_INT8, "max"),
	ORDERS(F_MAX_FLOAT4, "max"), ORDERS(F_MAX_FLOAT8, "max"), ORDERS(F_MAX_NUMERIC, "max"),
	ORDERS(F_MAX_TEXT, "max"), ORDERS(F_MAX_BPCHAR, "max"), ORDERS(F_MAX_DATE, "max"),
	ORDERS(F_MAX_TIME, "max"), ORDERS(F_MAX_TIMETZ, "max"), ORDERS(F_MAX_TIMESTAMP, "max"),
	ORDERS(F_MAX_TIMESTAMPTZ, "max"), ORDERS(F_MAX_INTERVAL, "max"), ORDERS(F_MAX_INET, "max"),
	ORDERS(F_MAX_OID, "max"), ORDERS(F_MAX_ANYARRAY, "max"),
	{InvalidOid}
};

/* https://www.postgresql.org/docs/current/sql-select.html, TABLESAMPLE: of tables that hold rows themselves */
static const FsqSampling samplings[] = {
	{"bernoulli", .from = " TABLESAMPLE BERNOULLI (%1)", .tables_only = true},
	{"random", .where = "pg_catalog.random() < %1"},
	{"system", .from = " TABLESAMPLE SYSTEM (%1)", .tables_only = true},
	{NULL}
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

static const FsqRules rules = {
	.types = types,
	.operators = operators,
	.functions = functions,
	.aggregates = aggregates,
	.windows = windows,
	.any_type = postgres_any_type,
	.any_operator = postgres_any_operator,
	.any_function = postgres_any_function,
	.write_cast = fsq_postgres_write_cast,
	.by_bytes = "(%1 COLLATE \"C\")",
	.comparison = {"(%1 <> %2)", "(%1 < %2)", "(%1 <= %2)", "(%1 = %2)", "(%1 >= %2)", "(%1 > %2)"},
	.is_distinct = "(%1 IS DISTINCT FROM %2)",
	.is_not_distinct = "(%1 IS NOT DISTINCT FROM %2)",
	.in = "(%1 IN (%2))",
	.not_in = "(%1 NOT IN (%2))",
	.in_array = "(%1 = ANY (%2))",
	.not_in_array = "(%1 <> ALL (%2))",
	.condition_of_value = "%1",
	.value_of_condition = "%1",
	.is_true = "(%1 IS TRUE)",
	.is_false = "(%1 IS FALSE)",
	.sort = {{"%1", "%1 NULLS FIRST"}, {"%1 DESC NULLS LAST", "%1 DESC"}},
	.sort_plain = {"%1", "%1 DESC"},
	.aggregate_filter = " FILTER (WHERE %1)",
	.frame_options = FRAMEOPTION_RANGE | FRAMEOPTION_ROWS | FRAMEOPTION_GROUPS | FSQ_FRAME_BOUNDS |
	FRAMEOPTION_EXCLUSION,
	.nothing = "NULL",
	.samplings = samplings,
	.write_select = postgres_write_select,
	/* a round trip; a row is text on a wire */
	.startup_cost = 25,
	.tuple_cost = 0.05,
	.scan_cost = 0.01,
};

const FsqDialect fsq_postgres_dialect = {
	.name = "postgres",
	.param_style = FSQ_PARAMS_BOUND,
	.native_text = true,
	/* an array is one parameter: several of them are read side by side, and held here one by one */
	.max_keys = 50000,
	.max_key_bytes = 16 * 1024 * 1024,
	.quote_identifier = postgres_quote_identifier,
	.describe_column = postgres_describe_column,
	.write_placeholder = fsq_postgres_write_placeholder,
	.encode_value = fsq_postgres_encode_value,
	.write_value = fsq_postgres_write_value,
	.write_unknown = fsq_postgres_write_unknown,
	.rules = &rules,
};
