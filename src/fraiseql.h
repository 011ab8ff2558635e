/*-------------------------------------------------------------------------
 *
 * fraiseql.h
 *	  What the entry point calls in each room when the library is loaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FRAISEQL_H
#define FSQ_FRAISEQL_H

#include "postgres.h"

#include "utils/memutils.h"

/* settings.c: the GUCs, named fraiseql.* (see docs) */
extern void fsq_settings_init(void);

/* GUC variables, read by the rooms that they steer */
extern PGDLLIMPORT bool fsq_pushdown;	/* fraiseql.pushdown */
extern PGDLLIMPORT char *fsq_schemas;	/* fraiseql.schemas; "" = search_path */
extern PGDLLIMPORT int fsq_naming;		/* fraiseql.naming: FsqNaming */
extern PGDLLIMPORT int fsq_bigint_as;	/* fraiseql.bigint_as: FsqNumberAs */
extern PGDLLIMPORT int fsq_numeric_as;	/* fraiseql.numeric_as: FsqNumberAs */
extern PGDLLIMPORT int fsq_planning_cache_size;	/* fraiseql.planning_cache_size */
extern PGDLLIMPORT int fsq_remote_timeout_setting;	/* fraiseql.remote_timeout, in milliseconds */
extern PGDLLIMPORT int fsq_connection_timeout_setting;	/* fraiseql.connection_timeout */
extern PGDLLIMPORT int fsq_filter_strategy;	/* fraiseql.filter_strategy: FsqFilterStrategy */
extern PGDLLIMPORT int fsq_join_strategy;	/* fraiseql.join_strategy: FsqJoinStrategy */
extern PGDLLIMPORT int fsq_max_concurrent_queries;	/* fraiseql.max_concurrent_queries */
extern PGDLLIMPORT int fsq_timeout_setting; /* fraiseql.timeout, in milliseconds */
extern PGDLLIMPORT bool fsq_introspection;	/* fraiseql.introspection */
extern PGDLLIMPORT int fsq_max_document_size;	/* fraiseql.max_document_size, in kB */
extern PGDLLIMPORT int fsq_max_depth;	/* fraiseql.max_depth */
extern PGDLLIMPORT int fsq_max_aliases; /* fraiseql.max_aliases */
extern PGDLLIMPORT int fsq_max_root_fields;	/* fraiseql.max_root_fields */
extern PGDLLIMPORT int fsq_max_page_size;	/* fraiseql.max_page_size */
extern PGDLLIMPORT bool fsq_mask_errors;	/* fraiseql.mask_errors */
extern PGDLLIMPORT bool fsq_subgraph;	/* fraiseql.subgraph */
extern PGDLLIMPORT int fsq_max_cost;	/* fraiseql.max_cost */
extern PGDLLIMPORT bool fsq_trusted_only;	/* fraiseql.trusted_only */
extern PGDLLIMPORT bool fsq_persisted_queries;	/* fraiseql.persisted_queries */
extern PGDLLIMPORT int fsq_persisted_queries_size;	/* fraiseql.persisted_queries_size, in kilobytes */
extern PGDLLIMPORT bool fsq_trace;		/* fraiseql.trace */

extern PGDLLIMPORT int fsq_max_servers;	/* fraiseql.max_servers */
extern PGDLLIMPORT int fsq_max_statements;	/* fraiseql.max_statements */
extern PGDLLIMPORT bool fsq_circuit_breaker;	/* fraiseql.circuit_breaker */
extern PGDLLIMPORT int fsq_failure_threshold;	/* fraiseql.failure_threshold */
extern PGDLLIMPORT int fsq_recovery_timeout;	/* fraiseql.recovery_timeout, in milliseconds */
extern PGDLLIMPORT int fsq_success_threshold;	/* fraiseql.success_threshold */
extern PGDLLIMPORT int fsq_max_attempts;	/* fraiseql.max_attempts */
extern PGDLLIMPORT int fsq_backoff; /* fraiseql.backoff: FsqBackoff */
extern PGDLLIMPORT int fsq_initial_delay;	/* fraiseql.initial_delay, in milliseconds */
extern PGDLLIMPORT int fsq_max_delay;	/* fraiseql.max_delay, in milliseconds */
extern PGDLLIMPORT char *fsq_dont_retry_on; /* fraiseql.dont_retry_on */
extern PGDLLIMPORT double fsq_retry_budget; /* fraiseql.retry_budget */
extern PGDLLIMPORT double fsq_retry_jitter; /* fraiseql.retry_jitter */
extern PGDLLIMPORT int fsq_pool_size_setting;	/* fraiseql.pool_size */
extern PGDLLIMPORT int fsq_min_idle;	/* fraiseql.min_idle */
extern PGDLLIMPORT int fsq_max_lifetime;	/* fraiseql.max_lifetime, in milliseconds */
extern PGDLLIMPORT int fsq_idle_timeout;	/* fraiseql.idle_timeout, in milliseconds */
extern PGDLLIMPORT int fsq_health_timeout;	/* fraiseql.health_timeout, in milliseconds */
extern PGDLLIMPORT int fsq_health_max_age;	/* fraiseql.health_max_age, in milliseconds */
extern PGDLLIMPORT bool fsq_direct_path;	/* fraiseql.direct_path */
extern PGDLLIMPORT bool fsq_fallback;	/* fraiseql.fallback */
extern PGDLLIMPORT int fsq_work_mem;	/* fraiseql.work_mem, in kilobytes */
extern PGDLLIMPORT int fsq_keep_memory;	/* fraiseql.keep_memory, in kilobytes */
extern PGDLLIMPORT int fsq_max_result_size; /* fraiseql.max_result_size, in kilobytes */

/* The largest fraiseql.max_result_size: a value is one allocation, and so is a message. */
#define FSQ_MAX_RESULT_SIZE ((int) ((MaxAllocSize - 1024 * 1024) / 1024))

typedef enum FsqNaming
{
	FSQ_NAMING_CAMEL,			/* created_at becomes createdAt */
	FSQ_NAMING_PRESERVE,		/* column and table names as they are */
	FSQ_NAMING_PG_GRAPHQL,		/* as pg_graphql calls things */
	FSQ_NAMING_PG_GRAPHQL_INFLECTED	/* likewise, where it inflects names */
} FsqNaming;

typedef enum FsqNumberAs
{
	FSQ_NUMBER_AS_STRING,
	FSQ_NUMBER_AS_NUMBER
} FsqNumberAs;

typedef enum FsqFilterStrategy
{
	FSQ_FILTER_AUTO,			/* as the planner's estimates say */
	FSQ_FILTER_RELATED,			/* the related rows that match, whosesoever they are */
	FSQ_FILTER_OWN				/* the rows to be filtered, then what is related to them */
} FsqFilterStrategy;

typedef enum FsqJoinStrategy
{
	FSQ_JOIN_PARALLEL,			/* all sources at once */
	FSQ_JOIN_SEQUENTIAL			/* one statement after the other */
} FsqJoinStrategy;

#endif							/* FSQ_FRAISEQL_H */
