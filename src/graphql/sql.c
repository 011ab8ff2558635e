/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  The SQL function of the language: fraiseql.validate().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "graphql/coerce.h"
#include "graphql/validate.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(fsq_sql_validate);

/* A text argument in UTF-8. */
static char *
utf8_argument(FunctionCallInfo fcinfo, int i)
{
	text	   *arg = PG_GETARG_TEXT_PP(i);

	return pg_server_to_any(text_to_cstring(arg), VARSIZE_ANY_EXHDR(arg), PG_UTF8);
}

/* Errors as jsonb. */
static Datum
errors_datum(const FsqErrorList *errors)
{
	StringInfoData json;

	initStringInfo(&json);
	fsq_errors_write(&json, errors);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(pg_any_to_server(json.data, json.len, PG_UTF8)));
}

/* Coerce the variables of a document's only operation. */
static void
check_variables(FsqSchema *schema, FsqDocument *document, Jsonb *variables, FsqErrorList *errors)
{
	FsqOperationNode *operation = NULL;
	ListCell   *lc;

	foreach(lc, document->definitions)
	{
		if (((FsqNode *) lfirst(lc))->kind != FSQ_NODE_OPERATION)
			continue;
		if (operation != NULL)
		{
			fsq_error_at(errors, FSQ_BAD_USER_INPUT, -1,
						 "Must provide operation name if query contains multiple operations.");
			return;
		}
		operation = lfirst(lc);
	}
	if (operation != NULL)
		fsq_coerce_variables(schema, operation, variables, errors);
}

/*
 * validate(sdl text, query text, variables jsonb, rule text) returns jsonb:
 * the errors of a document against the schema that another defines, as an
 * array; those of the schema if it has any.
 */
Datum
fsq_sql_validate(PG_FUNCTION_ARGS)
{
	FsqErrorList errors;
	FsqSchema  *schema;
	FsqDocument *document;
	char	   *sdl;
	char	   *query;
	char	   *rule;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	sdl = utf8_argument(fcinfo, 0);
	query = utf8_argument(fcinfo, 1);
	rule = PG_ARGISNULL(3) ? NULL : utf8_argument(fcinfo, 3);

	fsq_errors_init(&errors, sdl, strlen(sdl));
	schema = fsq_schema_from_sdl(sdl, strlen(sdl), &errors);
	if (schema == NULL)
		return errors_datum(&errors);

	fsq_errors_init(&errors, query, strlen(query));
	document = fsq_parse(query, strlen(query), &errors);
	if (document != NULL && fsq_validate_rule(schema, document, rule, &errors) && !PG_ARGISNULL(2))
		check_variables(schema, document, PG_GETARG_JSONB_P(2), &errors);
	return errors_datum(&errors);
}
