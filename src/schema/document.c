/*-------------------------------------------------------------------------
 *
 * document.c
 *	  Documents of requests, against the schema of this moment and the settings
 *	  that say what a request may be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fraiseql.h"
#include "graphql/limit.h"
#include "graphql/validate.h"
#include "schema/schema.h"

#define NO_TABLE_HINT \
	"The current role sees no table: name schemas in fraiseql.schemas or search_path, " \
	"and grant the role USAGE on them and SELECT on their tables."

FsqDocument *
fsq_schema_parse(const char *source, int length, FsqErrorList *errors)
{
	if (fsq_max_document_size > 0 && length > fsq_max_document_size * 1024LL)
	{
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, -1,
					 "The document has %d bytes, where fraiseql.max_document_size allows %lld.",
					 length, fsq_max_document_size * 1024LL);
		return NULL;
	}
	return fsq_parse(source, length, errors);
}

bool
fsq_schema_validate(FsqSchema *schema, FsqDocument *document, FsqErrorList *errors)
{
	FsqLimits	limits = {fsq_max_depth, fsq_max_aliases, fsq_max_root_fields};
	ListCell   *lc;

	if (fsq_validate(schema, document, errors))
		return (fsq_introspection ||
				fsq_validate_rule(schema, document, "NoSchemaIntrospectionCustomRule", errors)) &&
			fsq_check_limits(document, &limits, errors);
	if (strcmp(((FsqField *) linitial(fsq_type_fields(schema->query)))->name, FSQ_EMPTY_FIELD) == 0)
	{
		foreach(lc, errors->errors)
			((FsqError *) lfirst(lc))->hint = pstrdup(NO_TABLE_HINT);
	}
	return false;
}

uint32
fsq_schema_document_settings(void)
{
	int			settings[] = {
		fsq_introspection, fsq_max_document_size, fsq_max_depth, fsq_max_aliases,
		fsq_max_root_fields, fsq_max_page_size
	};

	return hash_bytes((unsigned char *) settings, sizeof(settings));
}
