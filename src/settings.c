/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The GUCs of fraiseql.  Each is documented in docs/settings.md.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/guc.h"

#include "fraiseql.h"
#include "resilience/retry.h"

bool		fsq_pushdown = true;
char	   *fsq_schemas = NULL;
int			fsq_naming = FSQ_NAMING_CAMEL;
int			fsq_bigint_as = FSQ_NUMBER_AS_STRING;
int			fsq_numeric_as = FSQ_NUMBER_AS_STRING;
int			fsq_planning_cache_size = 1000;
int			fsq_remote_timeout_setting = 0;
int			fsq_max_statements = 1000;
int			fsq_health_timeout = 2000;
int			fsq_health_max_age = 5000;
int			fsq_connection_timeout_setting = 5000;
int			fsq_filter_strategy = FSQ_FILTER_AUTO;
int			fsq_join_strategy = FSQ_JOIN_PARALLEL;
int			fsq_max_concurrent_queries = 100;
int			fsq_timeout_setting = 30000;
bool		fsq_introspection = true;
bool		fsq_subgraph = false;
bool		fsq_trusted_only = false;
bool		fsq_persisted_queries = false;
int			fsq_persisted_queries_size = 4096;
bool		fsq_mask_errors = false;
int			fsq_max_document_size = 1024;
int			fsq_max_depth = 32;
int			fsq_max_aliases = 1000;
int			fsq_max_root_fields = 500;
int			fsq_max_page_size = 0;
int			fsq_max_cost = 10000000;
bool		fsq_trace = false;
int			fsq_max_servers = 128;
bool		fsq_circuit_breaker = true;
int			fsq_failure_threshold = 5;
int			fsq_recovery_timeout = 60000;
int			fsq_success_threshold = 2;
int			fsq_max_attempts = 3;
int			fsq_backoff = FSQ_BACKOFF_EXPONENTIAL;
int			fsq_initial_delay = 100;
int			fsq_max_delay = 5000;
char	   *fsq_dont_retry_on = NULL;
double		fsq_retry_budget = 0.2;
double		fsq_retry_jitter = 1;
int			fsq_pool_size_setting = 0;
int			fsq_min_idle = 0;
int			fsq_max_lifetime = 30 * 60 * 1000;
int			fsq_idle_timeout = 10 * 60 * 1000;
bool		fsq_direct_path = true;
bool		fsq_fallback = true;
int			fsq_work_mem = 64 * 1024;
int			fsq_keep_memory = 32 * 1024;
int			fsq_max_result_size = FSQ_MAX_RESULT_SIZE;

static const struct config_enum_entry naming_options[] = {
	{"camelCase", FSQ_NAMING_CAMEL, false},
	{"preserve", FSQ_NAMING_PRESERVE, false},
	{"pg_graphql", FSQ_NAMING_PG_GRAPHQL, false},
	{"pg_graphql_inflected", FSQ_NAMING_PG_GRAPHQL_INFLECTED, false},
	{NULL, 0, false}
};

static const struct config_enum_entry number_as_options[] = {
	{"string", FSQ_NUMBER_AS_STRING, false},
	{"number", FSQ_NUMBER_AS_NUMBER, false},
	{NULL, 0, false}
};

static const struct config_enum_entry filter_strategy_options[] = {
	{"auto", FSQ_FILTER_AUTO, false},
	{"related", FSQ_FILTER_RELATED, false},
	{"own", FSQ_FILTER_OWN, false},
	{NULL, 0, false}
};

static const struct config_enum_entry join_strategy_options[] = {
	{"parallel", FSQ_JOIN_PARALLEL, false},
	{"sequential", FSQ_JOIN_SEQUENTIAL, false},
	{NULL, 0, false}
};

static const struct config_enum_entry backoff_options[] = {
	{"exponential", FSQ_BACKOFF_EXPONENTIAL, false},
	{"fibonacci", FSQ_BACKOFF_FIBONACCI, false},
	{"linear", FSQ_BACKOFF_LINEAR, false},
	{NULL, 0, false}
};

static bool
check_dont_retry_on(char **value, void **extra, GucSource source)
{
	const char *word = fsq_retry_list_problem(*value);

	if (word == NULL)
		return true;
	GUC_check_errdetail("\"%.*s\" is neither an SQLSTATE or its class nor a number.",
						(int) strcspn(word, ", \t\n"), word);
	return false;
}

/*
 * How a session's own reads are retried; the budget is everybody's.
 */
static void
define_retry(void)
{
	DefineCustomIntVariable("fraiseql.max_attempts",
							"How often a read of a remote server is tried at most.",
							"One is not to retry. The server option max_attempts overrides it.",
							&fsq_max_attempts,
							3, 1, 100, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomEnumVariable("fraiseql.backoff",
							 "How the delays between attempts grow.",
							 "The server option backoff overrides it.", &fsq_backoff,
							 FSQ_BACKOFF_EXPONENTIAL, backoff_options, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.initial_delay",
							"The delay before the second attempt, at most.",
							"The server option initial_delay overrides it.",
							&fsq_initial_delay,
							100, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_delay",
							"The delay between two attempts, at most.",
							"The server option max_delay overrides it.",
							&fsq_max_delay,
							5000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomStringVariable("fraiseql.dont_retry_on",
							   "Errors that are not retried: SQLSTATEs, their classes, native codes, or statuses as of HTTP.",
							   "The server option dont_retry_on overrides it.",
							   &fsq_dont_retry_on,
							   "", PGC_USERSET, GUC_LIST_INPUT, check_dont_retry_on, NULL, NULL);

	DefineCustomRealVariable("fraiseql.retry_jitter",
							 "Which part of a delay is random.",
							 "Zero waits exactly as long as backoff says.",
							 &fsq_retry_jitter,
							 1, 0, 1, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomRealVariable("fraiseql.retry_budget",
							 "Retries of all sessions together, as a share of what a remote server answers.",
							 "Ten are free, for servers with little traffic.",
							 &fsq_retry_budget,
							 0.2, 0, 10, PGC_SIGHUP, 0, NULL, NULL, NULL);
}

/* How health is found out. */
static void
define_health(void)
{
	DefineCustomIntVariable("fraiseql.health_timeout",
							"How long fraiseql.health() waits for the answers of remote servers.",
							NULL, &fsq_health_timeout,
							2000, 1, 600000, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.health_max_age",
							"How old an answer may be that fraiseql.health() gives.",
							"Zero asks a server each time.",
							&fsq_health_max_age,
							5000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

/*
 * The rules that all sessions share are the configuration's: no session
 * changes them for the others.
 */
static void
define_resilience(void)
{
	/* a library that is not preloaded may not define what only a restart changes */
	GucContext	context = process_shared_preload_libraries_in_progress ? PGC_POSTMASTER : PGC_SIGHUP;

	DefineCustomIntVariable("fraiseql.max_servers",
							"Number of remote servers, of all databases, that have a place in shared memory.",
							NULL, &fsq_max_servers,
							128, 1, 100000, context, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_statements",
							"Number of remote statements whose statistics are kept.",
							"Zero keeps none. Their texts are as long as track_activity_query_size allows.",
							&fsq_max_statements,
							1000, 0, 1000000, context, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.circuit_breaker",
							 "Whether a remote server that has failed several times in a row is left alone for a while.",
							 "The server option circuit_breaker overrides it.",
							 &fsq_circuit_breaker,
							 true, PGC_SIGHUP, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.failure_threshold",
							"After how many failures in a row the circuit breaker of a server opens.",
							"The server option failure_threshold overrides it.",
							&fsq_failure_threshold,
							5, 1, INT_MAX, PGC_SIGHUP, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.recovery_timeout",
							"How long an open circuit breaker refuses every use of its server, before one probes it.",
							"The server option recovery_timeout overrides it.",
							&fsq_recovery_timeout,
							60000, 1, INT_MAX, PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.success_threshold",
							"How many probes must succeed before a circuit breaker closes.",
							"The server option success_threshold overrides it.",
							&fsq_success_threshold,
							2, 1, INT_MAX, PGC_SIGHUP, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.pool_size",
							"How many connections all sessions together may have to a remote server.",
							"Zero sets no limit. The server option pool_size overrides it.",
							&fsq_pool_size_setting,
							0, 0, INT_MAX, PGC_SIGHUP, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.min_idle",
							"How many idle connections to a remote server are kept when idle_timeout has passed.",
							"The server option min_idle overrides it.",
							&fsq_min_idle,
							0, 0, INT_MAX, PGC_SIGHUP, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_lifetime",
							"How old a connection may become before it is closed, as soon as it is idle.",
							"Zero sets no limit. The server option max_lifetime overrides it.",
							&fsq_max_lifetime,
							30 * 60 * 1000, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.idle_timeout",
							"How long a connection may be idle before it is closed.",
							"Zero sets no limit. The server option idle_timeout overrides it.",
							&fsq_idle_timeout,
							10 * 60 * 1000, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
}

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

	DefineCustomEnumVariable("fraiseql.filter_strategy",
							 "Which side of a filter or an order over another database is read first.",
							 "\"related\": the rows that it is about; \"own\": those that are filtered or ordered, "
							 "so that only rows related to them are read; \"auto\": what the planner expects to be less.",
							 &fsq_filter_strategy,
							 FSQ_FILTER_AUTO, filter_strategy_options, PGC_USERSET, 0, NULL, NULL, NULL);

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

	DefineCustomBoolVariable("fraiseql.subgraph",
							 "Makes the hub a subgraph of an Apollo federation.",
							 "Query has _service and _entities then.",
							 &fsq_subgraph,
							 false, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.trusted_only",
							 "Answers no GraphQL documents but those of fraiseql.trusted_document.",
							 NULL, &fsq_trusted_only,
							 false, PGC_SUSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.persisted_queries",
							 "Lets GraphQL requests register their documents, to name them by their hashes from then on.",
							 NULL, &fsq_persisted_queries,
							 false, PGC_SUSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.persisted_queries_size",
							"Memory for the documents that GraphQL requests have registered.",
							"Those unused for longest give way.",
							&fsq_persisted_queries_size,
							4096, 64, MAX_KILOBYTES,
							process_shared_preload_libraries_in_progress ? PGC_POSTMASTER : PGC_SIGHUP,
							GUC_UNIT_KB, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.mask_errors",
							 "Tells GraphQL clients that a statement failed, and only the server's log why.",
							 NULL, &fsq_mask_errors,
							 false, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_document_size",
							"Size of the largest GraphQL document.",
							"Zero sets no limit.",
							&fsq_max_document_size,
							1024, 0, INT_MAX / 1024, PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_depth",
							"How deep a GraphQL operation may nest fields.",
							"Zero sets no limit.",
							&fsq_max_depth,
							32, 0, 1000, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_aliases",
							"How many aliases a GraphQL operation may have.",
							"Zero sets no limit.",
							&fsq_max_aliases,
							1000, 0, 1000000, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_root_fields",
							"How many root fields a GraphQL operation may have.",
							"Zero sets no limit.",
							&fsq_max_root_fields,
							500, 0, 1000000, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_page_size",
							"How many rows the limit of a GraphQL list may be.",
							"Zero sets no limit; otherwise each list of rows must have one.",
							&fsq_max_page_size,
							0, 0, INT_MAX, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_cost",
							"How many rows a GraphQL request may be expected to read.",
							"Zero sets no limit.",
							&fsq_max_cost,
							10000000, 0, INT_MAX, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.trace",
							 "Adds what was sent to which database, and when, to the extensions of each response.",
							 NULL, &fsq_trace,
							 false, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.work_mem",
							"Memory for the rows of a GraphQL request; others go to temporary files.",
							NULL, &fsq_work_mem,
							64 * 1024, 64, MAX_KILOBYTES, PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.keep_memory",
							"Memory of a GraphQL request that a session keeps for its next one.",
							"Zero gives all back that can be given back.",
							&fsq_keep_memory,
							32 * 1024, 0, 1024 * 1024, PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);

	DefineCustomIntVariable("fraiseql.max_result_size",
							"Size of the largest response; a request whose response would be larger is refused.",
							"No value can be larger than 1 GB.",
							&fsq_max_result_size,
							FSQ_MAX_RESULT_SIZE, 1, FSQ_MAX_RESULT_SIZE, PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.direct_path",
							 "Writes the rows of remote statements to JSON without making tuples of them.",
							 "Off makes every row pass the executor: for diagnosis.",
							 &fsq_direct_path,
							 true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable("fraiseql.fallback",
							 "Lets fallbacks of foreign tables answer for them.",
							 "Off: a source that fails is an error, and rows that it lacks are missing.",
							 &fsq_fallback,
							 true, PGC_USERSET, 0, NULL, NULL, NULL);

	define_resilience();
	define_retry();
	define_health();
	MarkGUCPrefixReserved("fraiseql");
}
