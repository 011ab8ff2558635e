/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The GUCs of fraiseql.  Each is documented in docs/settings.md.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "fraiseql.h"

bool		fsq_pushdown = true;
char	   *fsq_schemas = NULL;
int			fsq_naming = FSQ_NAMING_CAMEL;
int			fsq_bigint_as = FSQ_NUMBER_AS_STRING;
int			fsq_numeric_as = FSQ_NUMBER_AS_STRING;
int			fsq_planning_cache_size = 1000;
int			fsq_remote_timeout_setting = 0;
int			fsq_connection_timeout_setting = 5000;
int			fsq_join_strategy = FSQ_JOIN_PARALLEL;
int			fsq_max_concurrent_queries = 100;
int			fsq_timeout_setting = 30000;
bool		fsq_introspection = true;
bool		fsq_trace = false;

static const struct config_enum_entry naming_options[] = {
	{"camelCase", FSQ_NAMING_CAMEL, false},
	{"preserve", FSQ_NAMING_PRESERVE, false},
	{NULL, 0, false}
};

static const struct config_enum_entry number_as_options[] = {
	{"string", FSQ_NUMBER_AS_STRING, false},
	{"number", FSQ_NUMBER_AS_NUMBER, false},
	{NULL, 0, false}
};

static const struct config_enum_entry join_strategy_options[] = {
	{"parallel", FSQ_JOIN_PARALLEL, false},
	{"sequential", FSQ_JOIN_SEQUENTIAL, false},
	{NULL, 0, false}
};

/*
 * Define every setting and reserve the prefix, so that a misspelt setting is
 * an error instead of a placeholder.
 */
void
fsq_settings_init(void)
{
	DefineCustomBoolVariable("fraiseql.pushdown",
							 "Sends qualifiers, orders, limits and aggregates to remote servers.",
							 "Off makes every foreign scan read its columns whole and evaluate locally: for diagnosis.",
							 &fsq_pushdown,
							 true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomStringVariable("fraiseql.schemas",
							   "Schemas whose tables the GraphQL schema is made of, separated by commas.",
							   "Empty means the schemas of search_path.",
							   &fsq_schemas,
							   "", PGC_USERSET, GUC_LIST_INPUT, NULL, NULL, NULL);

	DefineCustomEnumVariable("fraiseql.naming",
							 "How GraphQL names are made from column and table names.",
							 NULL, &fsq_naming,
							 FSQ_NAMING_CAMEL, naming_options, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomEnumVariable("fraiseql.bigint_as",
							 "Whether bigint is written to JSON as a string or as a number.",
							 NULL, &fsq_bigint_as,
							 FSQ_NUMBER_AS_STRING, number_as_options, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomEnumVariable("fraiseql.numeric_as",
							 "Whether numeric is written to JSON as a string or as a number.",
							 NULL, &fsq_numeric_as,
							 FSQ_NUMBER_AS_STRING, number_as_options, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.planning_cache_size",
							"Number of GraphQL operations whose plans a session keeps.",
							"Zero plans every request anew.",
							&fsq_planning_cache_size,
							1000, 0, 1000000, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.remote_timeout",
							"How long a remote statement may take for its next row.",
							"Zero sets no limit. The server option timeout overrides it.",
							&fsq_remote_timeout_setting,
							0, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.connection_timeout",
							"How long to wait for a connection, or for a lock of the remote where no timeout is set.",
							"Zero sets no limit. The server option connection_timeout overrides it.",
							&fsq_connection_timeout_setting,
							5000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomEnumVariable("fraiseql.join_strategy",
							 "Whether the sources of a GraphQL request work at the same time or one after the other.",
							 NULL, &fsq_join_strategy,
							 FSQ_JOIN_PARALLEL, join_strategy_options, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_concurrent_queries",
							"Number of remote statements that a GraphQL request runs at the same time.",
							NULL, &fsq_max_concurrent_queries,
							100, 1, 10000, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.timeout",
							"How long a GraphQL request may take; what is late is null, with an error.",
							"Zero sets no limit.",
							&fsq_timeout_setting,
							30000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.introspection",
							 "Answers what GraphQL requests ask about the schema.",
							 "Off makes __schema and __type errors.",
							 &fsq_introspection,
							 true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.trace",
							 "Adds what was sent to which database, and when, to the extensions of each response.",
							 NULL, &fsq_trace,
							 false, PGC_USERSET, 0, NULL, NULL, NULL);

	MarkGUCPrefixReserved("fraiseql");
}
