/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  The SQL function of the language: fraiseql.validate(); and how texts of
 *	  SQL become those of the language, which are UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "graphql/coerce.h"
#include "graphql/sql.h"
#include "graphql/validate.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(fsq_sql_validate);

char *
fsq_text_argument(text *argument)
{
	char	   *str = text_to_cstring(argument);

	return pg_server_to_any(str, strlen(str), PG_UTF8);
}

Jsonb *
fsq_jsonb_argument(Jsonb *argument)
{
	char	   *str;

	if (GetDatabaseEncoding() == PG_UTF8)
		return argument;
	str = JsonbToCString(NULL, &argument->root, VARSIZE(argument));
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(pg_server_to_any(str, strlen(str), PG_UTF8))));
}

const char *
fsq_text_to_server(const char *str, int length)
{
	return GetDatabaseEncoding() == PG_UTF8 ? str : pg_any_to_server(str, length, PG_UTF8);
}

Datum
fsq_errors_datum(const FsqErrorList *errors)
{
	StringInfoData json;

	initStringInfo(&json);
	fsq_errors_write(&json, errors);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(fsq_text_to_server(json.data, json.len)));
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

/* Whether a document has operations or fragments. */
static bool
is_executable(const FsqDocument *document)
{
	ListCell   *lc;

	foreach(lc, document->definitions)
	{
		FsqNode    *node = lfirst(lc);

		if (node->kind == FSQ_NODE_OPERATION || node->kind == FSQ_NODE_FRAGMENT_DEFINITION)
			return true;
	}
	return false;
}

/*
 * Check a document against a schema (NULL: none), and the variables of its only
 * operation; rule is NULL or the one rule to check.
 */
static void
check_document(FsqSchema *schema, const char *query, Jsonb *variables, const char *rule,
			   FsqErrorList *errors)
{
	FsqDocument *document;

	fsq_errors_init(errors, query, strlen(query));
	document = fsq_parse(query, strlen(query), errors);
	if (document == NULL)
		return;
	if (rule && fsq_is_definition_rule(rule) && (schema == NULL || !is_executable(document)))
		fsq_validate_definitions(schema, document, rule, errors);
	else if (schema && fsq_validate_rule(schema, document, rule, errors) && variables)
		check_variables(schema, document, variables, errors);
}

/*
 * validate(sdl text, query text, variables jsonb, rule text) returns jsonb:
 * the errors of a document against the schema that another defines, as an
 * array; those of the schema if it has any, or if there is no other document.
 */
Datum
fsq_sql_validate(PG_FUNCTION_ARGS)
{
	FsqErrorList errors;
	FsqSchema  *schema = NULL;
	char	   *sdl;
	char	   *query;
	char	   *rule = PG_ARGISNULL(3) ? NULL : fsq_text_argument(PG_GETARG_TEXT_PP(3));

	if (PG_ARGISNULL(0) && (PG_ARGISNULL(1) || rule == NULL || !fsq_is_definition_rule(rule)))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(0))
	{
		sdl = fsq_text_argument(PG_GETARG_TEXT_PP(0));
		fsq_errors_init(&errors, sdl, strlen(sdl));
		schema = fsq_schema_from_sdl(sdl, strlen(sdl), &errors);
		/* documents that extend it are judged by themselves */
		if (schema == NULL ||
			((rule == NULL || !fsq_is_definition_rule(rule)) && !fsq_validate_schema(schema, &errors)))
			return fsq_errors_datum(&errors);
	}
	if (!PG_ARGISNULL(1))
	{
		query = fsq_text_argument(PG_GETARG_TEXT_PP(1));
		check_document(schema, query,
					   PG_ARGISNULL(2) ? NULL : fsq_jsonb_argument(PG_GETARG_JSONB_P(2)),
					   rule, &errors);
	}
	return fsq_errors_datum(&errors);
}
