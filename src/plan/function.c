/*-------------------------------------------------------------------------
 *
 * function.c
 *	  Calls of functions in statements.
 *
 *	  Every argument is a parameter of the function's own type, so that the
 *	  call means this function and no other of its name.  Arguments are given
 *	  by position up to the first that is left out, and by name after it.
 *
 *	  The rows of a function stand in FROM, as those of a table would.  A value
 *	  of a row is an expression; rows of a row need the row: its table is read
 *	  again by the keys of all parents, and the function called for each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "plan/build.h"
#include "plan/operator.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* One argument as SQL; NULL after adding an error. */
static char *
argument_sql(FsqStatement *statement, const FsqFunctionArgument *argument, FsqInput *input)
{
	char	   *type = format_type_be_qualified(argument->type);
	Oid			element = get_element_type(getBaseType(argument->type));
	int			param;

	if (input == NULL && argument->variadic)
		return psprintf("'{}'::%s", type);
	if (input == NULL || input->kind == FSQ_VALUE_NULL)
		return psprintf("NULL::%s", type);
	/* its value may decide how an inlined function is planned */
	statement->filtered = true;
	if (argument->row)
	{
		param = fsq_statement_value(statement, input, FSQ_USE_VALUE, JSONBOID, argument->field);
		return psprintf("pg_catalog.jsonb_populate_record(NULL::%s, $%d)", type, param);
	}
	if (OidIsValid(element))
		param = fsq_statement_value(statement, input, FSQ_USE_LIST, element, argument->field);
	else
		param = fsq_statement_value(statement, input, FSQ_USE_VALUE, argument->type, argument->field);
	/* an array may be of a domain */
	return OidIsValid(element) ? psprintf("$%d::%s", param, type) : psprintf("$%d", param);
}

char *
fsq_function_call(FsqStatement *statement, const FsqFunction *function, const char *row,
				  FsqInput **inputs)
{
	StringInfoData sql;
	const char *separator = "";
	bool		named = false;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s.%s(", quote_identifier(function->namespace),
					 quote_identifier(function->name));
	if (row)
	{
		/* not a column that has the alias's name */
		appendStringInfo(&sql, "%s.*", row);
		separator = ", ";
	}
	for (int i = 0; i < function->nargs; i++)
	{
		const FsqFunctionArgument *argument = &function->args[i];

		if (inputs[i] == NULL && argument->optional && !argument->variadic)
		{
			named = true;
			continue;
		}
		if (named && argument->name == NULL)
		{
			if (inputs[i])
				fsq_error_at(statement->builder->errors, FSQ_BAD_USER_INPUT, statement->offset,
							 "Argument \"%s\" cannot be given without those before it.", argument->field);
			continue;
		}
		appendStringInfo(&sql, "%s%s", separator, argument->variadic ? "VARIADIC " : "");
		if (named)
			appendStringInfo(&sql, "%s => ", quote_identifier(argument->name));
		appendStringInfoString(&sql, argument_sql(statement, argument, inputs[i]));
		separator = ", ";
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

char *
fsq_function_rows(FsqStatement *statement, const FsqFunction *function, const char *row,
				  FsqInput **inputs, const char *alias)
{
	char	   *call = fsq_function_call(statement, function, row, inputs);

	if (function->target)
		return psprintf("%s %s", call, alias);
	return psprintf("(SELECT %s AS v) %s", call, alias);
}

/* ---- values of a row ---- */

/* A computed field whose values are part of its row. */
typedef struct Computed
{
	const FsqFunction *function;
	FsqArguments arguments;
} Computed;

static char *
write_computed(FsqStatement *statement, const char *alias, const void *arg)
{
	const Computed *computed = arg;
	char	   *call = fsq_function_call(statement, computed->function, alias,
										 computed->arguments.call);
	StringInfoData sql;

	if (computed->function->result == FSQ_RESULT_VALUE)
		return call;
	initStringInfo(&sql);
	appendStringInfo(&sql, "ARRAY(SELECT f.v FROM (SELECT %s AS v) f", call);
	if (computed->arguments.limit)
		appendStringInfo(&sql, " LIMIT $%d",
						 fsq_statement_value(statement, computed->arguments.limit, FSQ_USE_COUNT,
											 INT8OID, "limit"));
	if (computed->arguments.offset)
		appendStringInfo(&sql, " OFFSET $%d",
						 fsq_statement_value(statement, computed->arguments.offset, FSQ_USE_COUNT,
											 INT8OID, "offset"));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

int
fsq_result_function(FsqBuilder *builder, FsqFetch *fetch, const FsqFunction *function,
					const FsqArguments *arguments, const char *place)
{
	Computed   *computed = palloc(sizeof(Computed));
	FsqValueType type = function->value;
	bool		plain = function->nargs == 0 && !arguments->limit && !arguments->offset;

	computed->function = function;
	computed->arguments = *arguments;
	if (function->result == FSQ_RESULT_VALUES)
		type = fsq_value_type(builder->schema, get_array_type(function->value.type));
	return fsq_result_expression(builder, fetch,
								 plain ? psprintf("f%u", function->oid) :
								 psprintf("f%u %s", function->oid, place),
								 type, write_computed, computed);
}

/* ---- what a function gives that is no row ---- */

static char *
write_value(FsqStatement *statement, const char *alias, const void *arg)
{
	return psprintf("%s.v", alias);
}

int
fsq_result_value(FsqBuilder *builder, FsqFetch *fetch, const FsqFunction *function)
{
	return fsq_result_expression(builder, fetch, "v", function->value, write_value, NULL);
}

/* ---- paths into JSON ---- */

typedef struct JsonPath
{
	const FsqColumn *column;
	FsqInput   *path;
} JsonPath;

static char *
write_path(FsqStatement *statement, const char *alias, const void *arg)
{
	const JsonPath *json = arg;
	int			param = fsq_statement_value(statement, json->path, FSQ_USE_VALUE, JSONPATHOID, "path");
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "pg_catalog.jsonb_path_query_first(");
	fsq_append_column(&sql, alias, json->column);
	appendStringInfo(&sql, "%s, $%d)", json->column->base_type == JSONOID ? "::pg_catalog.jsonb" : "",
					 param);
	return sql.data;
}

int
fsq_result_path(FsqBuilder *builder, FsqFetch *fetch, const FsqColumn *column, FsqInput *path,
				const char *place)
{
	JsonPath   *json = palloc(sizeof(JsonPath));

	json->column = column;
	json->path = path;
	return fsq_result_expression(builder, fetch, psprintf("j%d %s", column->attnum, place),
								 fsq_value_type(builder->schema, JSONBOID), write_path, json);
}
