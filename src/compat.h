/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Every difference between the PostgreSQL versions that fraiseql supports
 *	  (15 to 18).  No other file looks at PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_COMPAT_H
#define FSQ_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "fraiseql supports PostgreSQL 15 to 18"
#endif

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/pathnode.h"
#include "storage/proc.h"
#include "storage/procsignal.h"
#include "utils/acl.h"
#include "utils/syscache.h"

/* PostgreSQL 18 writes before a declaration what earlier versions write after it. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* PostgreSQL 17 calls a search path that another is compared with otherwise. */
#if PG_VERSION_NUM < 170000
#define SearchPathMatcher OverrideSearchPath
#define GetSearchPathMatcher(context) GetOverrideSearchPath(context)
#define SearchPathMatchesCurrentEnvironment(path) OverrideSearchPathMatchesCurrent(path)
#endif

/* PostgreSQL 16 replaced pg_*_aclcheck by object_aclcheck. */
#if PG_VERSION_NUM >= 160000
#define fsq_foreign_server_aclcheck(serverid, roleid, mode) \
	object_aclcheck(ForeignServerRelationId, serverid, roleid, mode)
#define fsq_proc_aclcheck(procid, roleid, mode) \
	object_aclcheck(ProcedureRelationId, procid, roleid, mode)
#define fsq_namespace_aclcheck(nspid, roleid, mode) \
	object_aclcheck(NamespaceRelationId, nspid, roleid, mode)
#define fsq_class_ownercheck(relid, roleid) \
	object_ownercheck(RelationRelationId, relid, roleid)
#define fsq_proc_ownercheck(procid, roleid) \
	object_ownercheck(ProcedureRelationId, procid, roleid)
#define fsq_foreign_server_ownercheck(serverid, roleid) \
	object_ownercheck(ForeignServerRelationId, serverid, roleid)
#else
#define fsq_foreign_server_aclcheck(serverid, roleid, mode) \
	pg_foreign_server_aclcheck(serverid, roleid, mode)
#define fsq_proc_aclcheck(procid, roleid, mode) \
	pg_proc_aclcheck(procid, roleid, mode)
#define fsq_namespace_aclcheck(nspid, roleid, mode) \
	pg_namespace_aclcheck(nspid, roleid, mode)
#define fsq_class_ownercheck(relid, roleid) \
	pg_class_ownercheck(relid, roleid)
#define fsq_proc_ownercheck(procid, roleid) \
	pg_proc_ownercheck(procid, roleid)
#define fsq_foreign_server_ownercheck(serverid, roleid) \
	pg_foreign_server_ownercheck(serverid, roleid)
#endif

/*
 * create_foreignscan_path and its siblings gained fdw_restrictinfo in 17 and
 * disabled_nodes in 18.
 */
#if PG_VERSION_NUM >= 180000
#define fsq_create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, private) \
	create_foreignscan_path(root, rel, target, rows, 0, startup, total, pathkeys, outer, outerpath, NIL, private)
#define fsq_create_foreign_join_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, restrictinfo, private) \
	create_foreign_join_path(root, rel, target, rows, 0, startup, total, pathkeys, outer, outerpath, restrictinfo, private)
#define fsq_create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, outerpath, private) \
	create_foreign_upper_path(root, rel, target, rows, 0, startup, total, pathkeys, outerpath, NIL, private)
#elif PG_VERSION_NUM >= 170000
#define fsq_create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, private) \
	create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, NIL, private)
#define fsq_create_foreign_join_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, restrictinfo, private) \
	create_foreign_join_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, restrictinfo, private)
#define fsq_create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, outerpath, private) \
	create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, outerpath, NIL, private)
#else
#define fsq_create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, private) \
	create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, private)
#define fsq_create_foreign_join_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, restrictinfo, private) \
	create_foreign_join_path(root, rel, target, rows, startup, total, pathkeys, outer, outerpath, private)
#define fsq_create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, outerpath, private) \
	create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, outerpath, private)
#endif

/*
 * The role a foreign scan runs as: a field of the plan since 16, of its range
 * table entry before.  InvalidOid: the current one.
 */
#if PG_VERSION_NUM >= 160000
#define fsq_foreign_scan_userid(plan, estate) ((plan)->checkAsUser)
#else
#define fsq_foreign_scan_userid(plan, estate) \
	(exec_rt_fetch((plan)->scan.scanrelid > 0 ? (plan)->scan.scanrelid : \
				   bms_next_member((plan)->fs_relids, -1), (estate))->checkAsUser)
#endif

/*
 * The same before the plan is executed, and the check of privileges that its
 * execution begins with.
 */
#if PG_VERSION_NUM >= 160000
#define fsq_planned_scan_userid(plan, planned) ((plan)->checkAsUser)
#define fsq_check_privileges(planned) \
	((void) ExecCheckPermissions((planned)->rtable, (planned)->permInfos, true))
#else
#define fsq_planned_scan_userid(plan, planned) \
	(rt_fetch((plan)->scan.scanrelid > 0 ? (plan)->scan.scanrelid : \
			  bms_next_member((plan)->fs_relids, -1), (planned)->rtable)->checkAsUser)
#define fsq_check_privileges(planned) \
	((void) ExecCheckRTPerms((planned)->rtable, true))
#endif

/*
 * Numbers of processes: a field of PGPROC before 17.  What a process is told
 * by fsq_catch_up it does when it is idle, as if it had fallen behind with
 * invalidation messages: an empty transaction.
 */
#if PG_VERSION_NUM >= 170000
#define fsq_proc_number() MyProcNumber
#define fsq_catch_up(pid) ((void) SendProcSignal(pid, PROCSIG_CATCHUP_INTERRUPT, INVALID_PROC_NUMBER))
#else
#define fsq_proc_number() (MyProc->pgprocno)
#define fsq_catch_up(pid) ((void) SendProcSignal(pid, PROCSIG_CATCHUP_INTERRUPT, InvalidBackendId))
#endif

/*
 * Shared memory that can be had without preloading, by its name: since 17.
 */
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#define FSQ_HAS_NAMED_SEGMENTS true
#define fsq_named_segment(name, size, initialise, found) \
	GetNamedDSMSegment(name, size, initialise, found)
#else
#define FSQ_HAS_NAMED_SEGMENTS false
#define fsq_named_segment(name, size, initialise, found) \
	((void) (name), (void) (size), (void) (initialise), (void) (found), (void *) NULL)
#endif

/* A set for one wait, and one for many: owned by a resource owner, or none, since 17. */
#if PG_VERSION_NUM >= 170000
#define fsq_create_wait_event_set(nevents) CreateWaitEventSet(CurrentResourceOwner, nevents)
#define fsq_create_kept_wait_event_set(nevents) CreateWaitEventSet(NULL, nevents)
#else
#define fsq_create_wait_event_set(nevents) CreateWaitEventSet(CurrentMemoryContext, nevents)
#define fsq_create_kept_wait_event_set(nevents) CreateWaitEventSet(TopMemoryContext, nevents)
#endif

/*
 * What a session waits for, as pg_stat_activity shows it: a remote server, or
 * the connections of others to it.  Extensions name their events since 17.
 */
#include "utils/wait_event.h"

typedef enum FsqWaitEvent
{
	FSQ_EVENT_REMOTE,
	FSQ_EVENT_POOL
} FsqWaitEvent;

#if PG_VERSION_NUM >= 170000
static inline uint32
fsq_wait_event(FsqWaitEvent event)
{
	static const char *const names[] = {"FraiseqlRemote", "FraiseqlPool"};
	static uint32 events[lengthof(names)];

	if (events[event] == 0)
		events[event] = WaitEventExtensionNew(names[event]);
	return events[event];
}
#else
#define fsq_wait_event(event) PG_WAIT_EXTENSION
#endif

/* PostgreSQL 18 has NOT NULL constraints that are not valid: attnotnull alone says too much. */
#if PG_VERSION_NUM >= 180000
#include "access/htup_details.h"
#include "catalog/pg_constraint.h"

static inline bool
fsq_not_null_is_valid(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = findNotNullConstraintAttnum(relid, attnum);

	return tuple == NULL || ((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;
}
#else
#define fsq_not_null_is_valid(relid, attnum) true
#endif

/* PostgreSQL 18 has foreign keys that are not enforced, or over periods. */
#if PG_VERSION_NUM >= 180000
#define fsq_constraint_is_enforced(form) ((form)->conenforced)
#define fsq_constraint_has_period(form) ((form)->conperiod)
#else
#define fsq_constraint_is_enforced(form) true
#define fsq_constraint_has_period(form) false
#endif

/*
 * The conditions on window functions that WindowAgg nodes would evaluate: kept
 * by each window function since 17, by its window before.
 */
static inline List *
fsq_run_conditions(Query *parse, List *functions)
{
	List	   *conditions = NIL;
	ListCell   *lc;

#if PG_VERSION_NUM >= 170000
	foreach(lc, functions)
	{
		WindowFunc *function = lfirst_node(WindowFunc, lc);
		ListCell   *lr;

		foreach(lr, function->runCondition)
		{
			WindowFuncRunCondition *run = lfirst_node(WindowFuncRunCondition, lr);
			Expr	   *left = run->wfunc_left ? (Expr *) function : run->arg;
			Expr	   *right = run->wfunc_left ? run->arg : (Expr *) function;

			conditions = lappend(conditions,
								 make_opclause(run->opno, BOOLOID, false, left, right,
											   InvalidOid, run->inputcollid));
		}
	}
#else
	foreach(lc, parse->windowClause)
		conditions = list_concat(conditions, lfirst_node(WindowClause, lc)->runCondition);
#endif
	return conditions;
}

/* The same for a query that is to be planned again. */
static inline void
fsq_forget_run_conditions(Query *query)
{
	ListCell   *lc;

#if PG_VERSION_NUM >= 170000
	foreach(lc, query->targetList)
	{
		WindowFunc *function = (WindowFunc *) lfirst_node(TargetEntry, lc)->expr;

		if (IsA(function, WindowFunc))
			function->runCondition = NIL;
	}
#else
	foreach(lc, query->windowClause)
		lfirst_node(WindowClause, lc)->runCondition = NIL;
#endif
}

/* The role that a query's own tables are read as: of its permissions since 16. */
static inline void
fsq_query_check_as(Query *query, Oid userid)
{
	ListCell   *lc;

#if PG_VERSION_NUM >= 160000
	foreach(lc, query->rteperminfos)
		lfirst_node(RTEPermissionInfo, lc)->checkAsUser = userid;
#else
	foreach(lc, query->rtable)
		lfirst_node(RangeTblEntry, lc)->checkAsUser = userid;
#endif
}

/* PostgreSQL 18 keeps the meaning of a sort key's strategy instead of its number. */
#if PG_VERSION_NUM >= 180000
#define fsq_pathkey_is_descending(pathkey) ((pathkey)->pk_cmptype == COMPARE_GT)
#else
#define fsq_pathkey_is_descending(pathkey) ((pathkey)->pk_strategy == BTGreaterStrategyNumber)
#endif

#if PG_VERSION_NUM >= 180000
#include "utils/lsyscache.h"

/* What get_ordering_op_properties says, with the direction for the strategy. */
static inline bool
fsq_ordering_properties(Oid sortop, Oid *opfamily, Oid *type, bool *descending)
{
	CompareType meaning;

	if (!get_ordering_op_properties(sortop, opfamily, type, &meaning))
		return false;
	*descending = meaning == COMPARE_GT;
	return true;
}
#else
#include "access/stratnum.h"
#include "utils/lsyscache.h"

static inline bool
fsq_ordering_properties(Oid sortop, Oid *opfamily, Oid *type, bool *descending)
{
	int16		strategy;

	if (!get_ordering_op_properties(sortop, opfamily, type, &strategy))
		return false;
	*descending = strategy == BTGreaterStrategyNumber;
	return true;
}
#endif

/* PostgreSQL 18 keeps the pruning of partitions beside the plan tree. */
#if PG_VERSION_NUM >= 180000
#define fsq_append_prunes(append) ((append)->part_prune_index >= 0)
#else
#define fsq_append_prunes(append) ((append)->part_prune_info != NULL)
#endif

/* PostgreSQL 18 can reverse bytea, too. */
#if PG_VERSION_NUM >= 180000
#define F_REVERSE F_REVERSE_TEXT
#endif

/* EXPLAIN's state and output have headers of their own in 18. */
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

/*
 * A locale's name.  utils/builtins.h, which declares the function, has a
 * json_object() that is not jansson's.
 */
extern char *text_to_cstring(const text *t);
#define fsq_locale_text(datum) text_to_cstring((text *) DatumGetPointer(datum))

/*
 * Whether a collation sorts text by its bytes.  Collations are looked at by
 * their names, too: C.UTF-8 of libc sorts by code point, which for UTF-8 is
 * the same.
 */
static inline bool
fsq_locale_is_c(char provider, const char *name)
{
	if (name == NULL)
		return false;
	if (strcmp(name, "C") == 0 || (provider == 'c' && strcmp(name, "POSIX") == 0))
		return provider == 'c' || provider == 'b';
	return (provider == 'c' || provider == 'b') &&
		(pg_strcasecmp(name, "C.UTF-8") == 0 || pg_strcasecmp(name, "C.UTF8") == 0);
}

static inline bool
fsq_collation_is_c(Oid collation)
{
	bool		is_default = collation == DEFAULT_COLLATION_OID;
	int			cache = is_default ? DATABASEOID : COLLOID;
	HeapTuple	tuple;
	Datum		locale;
	char		provider;
	bool		isnull;
	bool		result;

	tuple = SearchSysCache1(cache, ObjectIdGetDatum(is_default ? MyDatabaseId : collation));
	if (!HeapTupleIsValid(tuple))
		return false;
	provider = is_default ? ((Form_pg_database) GETSTRUCT(tuple))->datlocprovider :
		((Form_pg_collation) GETSTRUCT(tuple))->collprovider;
	locale = SysCacheGetAttr(cache, tuple,
							 is_default ? Anum_pg_database_datcollate : Anum_pg_collation_collcollate, &isnull);
#if PG_VERSION_NUM >= 170000
	if (provider == 'b')
		locale = SysCacheGetAttr(cache, tuple,
								 is_default ? Anum_pg_database_datlocale : Anum_pg_collation_colllocale, &isnull);
#endif
	result = !isnull && fsq_locale_is_c(provider, fsq_locale_text(locale));
	ReleaseSysCache(tuple);
	return result;
}

/*
 * The provider and the locale of a collation (of libc, both of its names if
 * they differ), as pg_collation and pg_database hold them; NULL if there is
 * none.  ICU's and the built-in ones are in another column since 17.
 */
#if PG_VERSION_NUM >= 170000
#define FSQ_DATABASE_LOCALE Anum_pg_database_datlocale
#define FSQ_COLLATION_LOCALE Anum_pg_collation_colllocale
#else
#define FSQ_DATABASE_LOCALE Anum_pg_database_daticulocale
#define FSQ_COLLATION_LOCALE Anum_pg_collation_colliculocale
#endif

static inline char *
fsq_collation_locale(Oid collation, char *provider)
{
	bool		is_default = collation == DEFAULT_COLLATION_OID;
	int			cache = is_default ? DATABASEOID : COLLOID;
	HeapTuple	tuple;
	Datum		locale;
	bool		isnull;
	char	   *result = NULL;

	tuple = SearchSysCache1(cache, ObjectIdGetDatum(is_default ? MyDatabaseId : collation));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	*provider = is_default ? ((Form_pg_database) GETSTRUCT(tuple))->datlocprovider :
		((Form_pg_collation) GETSTRUCT(tuple))->collprovider;
	if (*provider != COLLPROVIDER_LIBC)
		locale = SysCacheGetAttr(cache, tuple, is_default ? FSQ_DATABASE_LOCALE : FSQ_COLLATION_LOCALE, &isnull);
	else
		locale = SysCacheGetAttr(cache, tuple,
								 is_default ? Anum_pg_database_datcollate : Anum_pg_collation_collcollate, &isnull);
	if (!isnull)
		result = fsq_locale_text(locale);
	if (*provider == COLLPROVIDER_LIBC && result != NULL)
	{
		locale = SysCacheGetAttr(cache, tuple,
								 is_default ? Anum_pg_database_datctype : Anum_pg_collation_collctype, &isnull);
		if (!isnull && strcmp(fsq_locale_text(locale), result) != 0)
			result = psprintf("%s/%s", result, fsq_locale_text(locale));
	}
	ReleaseSysCache(tuple);
	return result;
}

/* vacuum_delay_point learned whom it delays in 18. */
#if PG_VERSION_NUM >= 180000
#define fsq_analyze_delay_point() vacuum_delay_point(true)
#else
#define fsq_analyze_delay_point() vacuum_delay_point()
#endif

/* ExecutorRun lost execute_once in 18; ExplainOnePlan gained mem_counters in 17. */
#if PG_VERSION_NUM >= 180000
#define fsq_executor_run(query) ExecutorRun(query, ForwardScanDirection, 0)
#define fsq_executor_run_one(query) ExecutorRun(query, ForwardScanDirection, 1)
#else
#define fsq_executor_run(query) ExecutorRun(query, ForwardScanDirection, 0, true)
#define fsq_executor_run_one(query) ExecutorRun(query, ForwardScanDirection, 1, false)
#endif
#if PG_VERSION_NUM >= 170000
#define fsq_explain_plan(planned, es, sql, params) \
	ExplainOnePlan(planned, NULL, es, sql, params, NULL, NULL, NULL, NULL)
#else
#define fsq_explain_plan(planned, es, sql, params) \
	ExplainOnePlan(planned, NULL, es, sql, params, NULL, NULL, NULL)
#endif

/* Reading a temporary file, all or an error, since 16. */
#if PG_VERSION_NUM >= 160000
#define fsq_buffile_read_exact(file, data, size) BufFileReadExact(file, data, size)
#else
#include "storage/buffile.h"

static inline void
fsq_buffile_read_exact(BufFile *file, void *data, size_t size)
{
	if (BufFileRead(file, data, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from temporary file: %m")));
}
#endif

/* Parsers of names got a place for soft errors in 16. */
#if PG_VERSION_NUM >= 160000
#define fsq_type_of_text(text, type, typmod) parseTypeString(text, type, typmod, NULL)
#define fsq_qualified_name_list(text) stringToQualifiedNameList(text, NULL)
#else
#define fsq_type_of_text(text, type, typmod) parseTypeString(text, type, typmod, false)
#define fsq_qualified_name_list(text) stringToQualifiedNameList(text)
#endif

/*
 * Before 18, EXPLAIN says "OVER (?)" for a window function that a foreign scan
 * computes; 18 looks for its WindowAgg and fails.  So there the window functions
 * of a planned scan come to look like ordinary ones: only EXPLAIN reads what
 * they were.
 */
#if PG_VERSION_NUM >= 180000
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "utils/memutils.h"

static inline Node *
fsq_without_windows(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, WindowFunc))
	{
		WindowFunc *function = (WindowFunc *) node;
		List	   *args = (List *) expression_tree_mutator((Node *) function->args,
															fsq_without_windows, context);

		return (Node *) makeFuncExpr(function->winfnoid, function->wintype, args,
									 function->wincollid, function->inputcollid,
									 COERCE_EXPLICIT_CALL);
	}
	return expression_tree_mutator(node, fsq_without_windows, context);
}

static inline void
fsq_hide_windows(ForeignScan *plan)
{
	MemoryContext old;

	if (!contain_window_function((Node *) plan->fdw_scan_tlist))
		return;
	old = MemoryContextSwitchTo(GetMemoryChunkContext(plan));
	plan->fdw_scan_tlist = (List *) fsq_without_windows((Node *) plan->fdw_scan_tlist, NULL);
	MemoryContextSwitchTo(old);
}
#else
#define fsq_hide_windows(plan) ((void) (plan))
#endif

#endif							/* FSQ_COMPAT_H */
