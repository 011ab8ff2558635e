/*-------------------------------------------------------------------------
 *
 * function.c
 *	  Functions that are fields.
 *
 *	  A function of an exposed schema whose first argument takes a table's rows
 *	  is a field of their type; a function that fraiseql.add_query() names is a
 *	  field of Query.  Both only read, as they say themselves (STABLE or
 *	  IMMUTABLE).  One pass over pg_proc finds them all, when the first is
 *	  needed; names do not depend on the role, which sees those that it may
 *	  execute.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Columns of fraiseql.query */
enum
{
	QUERY_FUNCTION_SCHEMA,
	QUERY_FUNCTION_NAME,
	QUERY_ARGUMENT_TYPES,
	QUERY_FIELD,
	QUERY_NUMBER
};

/* Arguments of fields that are lists. */
static const char *const list_arguments[] = {"where", "orderBy", "distinctOn", "limit", "first", "offset"};

/* ---- what can be a field ---- */

/* Whether the values of a type are rows that a JSON object can stand for. */
static bool
is_row(Oid type)
{
	return get_typtype(getBaseType(type)) == TYPTYPE_COMPOSITE;
}

/* Why values of a type cannot be given as an argument, or NULL. */
static const char *
unfit_argument(Oid type)
{
	Oid			element = get_base_element_type(type);

	if (get_typtype(type) == TYPTYPE_PSEUDO)
		return psprintf("it has an argument of type %s", format_type_be(type));
	if (OidIsValid(element) && is_row(element))
		return psprintf("it has an argument of type %s", format_type_be(type));
	return NULL;
}

const char *
fsq_function_unfit(HeapTuple tuple, bool computed)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	const char *reason = NULL;

	if (form->prokind != PROKIND_FUNCTION)
		return form->prokind == PROKIND_PROCEDURE ? "it is a procedure" :
			form->prokind == PROKIND_AGGREGATE ? "it is an aggregate" : "it is a window function";
	if (form->provolatile == PROVOLATILE_VOLATILE)
		return "it is volatile; a function that only reads is declared STABLE";
	if (form->prorettype == RECORDOID)
	{
		if (build_function_result_tupdesc_t(tuple) == NULL)
			return "it returns record, without saying of which columns";
	}
	else if (get_typtype(form->prorettype) == TYPTYPE_PSEUDO)
		return psprintf("it returns %s", format_type_be(form->prorettype));
	else if (computed && form->proretset && !is_row(form->prorettype) &&
			 (OidIsValid(get_element_type(getBaseType(form->prorettype))) ||
			  !OidIsValid(get_array_type(form->prorettype))))
		return psprintf("it returns a set of %s", format_type_be(form->prorettype));
	for (int i = computed ? 1 : 0; i < form->pronargs && reason == NULL; i++)
		reason = unfit_argument(form->proargtypes.values[i]);
	return reason;
}

/* ---- reading ---- */

/* Whether another function of the schema has the same name: a call may be ambiguous. */
static bool
is_overloaded(Form_pg_proc form)
{
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, NameGetDatum(&form->proname));
	int			n = 0;

	for (int i = 0; i < list->n_members; i++)
		if (((Form_pg_proc) GETSTRUCT(&list->members[i]->tuple))->pronamespace == form->pronamespace)
			n++;
	ReleaseSysCacheList(list);
	return n > 1;
}

/* Give an argument a GraphQL name that no other of the field's has. */
static void
name_argument(FsqHub *hub, FsqFunction *function, FsqFunctionArgument *argument, FsqNames *taken)
{
	const char *wanted = argument->name ? fsq_name_of_column(argument->name, hub->rules) :
		psprintf("arg%d", function->nargs + 1);

	argument->field = wanted;
	for (int number = 2; fsq_names_add(taken, argument->field, argument) != NULL; number++)
		argument->field = fsq_name_numbered(wanted, number);
	if (argument->field != wanted)
		fsq_problem(hub, function->owner, NULL, NULL,
					"function %s: the argument \"%s\" is taken, it is called \"%s\"",
					function->signature, wanted, argument->field);
}

/* Read the arguments that a request gives. */
static void
read_arguments(FsqHub *hub, FsqFunction *function, HeapTuple tuple)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	FsqNames   *taken = fsq_names_make(CurrentMemoryContext, 8);
	Oid		   *types;
	char	  **names;
	char	   *modes;
	int			n = get_func_arg_info(tuple, &types, &names, &modes);
	int			first_default = form->pronargs - form->pronargdefaults;
	int			number = 0;

	if (form->pronargdefaults > 0 && is_overloaded(form))
	{
		first_default = form->pronargs;
		fsq_problem(hub, function->owner, NULL, NULL,
					"function %s: no argument can be left out, as there are other functions of its name",
					function->signature);
	}
	for (int i = 0; function->result != FSQ_RESULT_VALUE && function->result != FSQ_RESULT_ROW &&
		 i < lengthof(list_arguments); i++)
		fsq_names_add(taken, fsq_naming_word(hub->rules, list_arguments[i]), function);
	function->args = palloc0(sizeof(FsqFunctionArgument) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		char		mode = modes ? modes[i] : PROARGMODE_IN;
		FsqFunctionArgument *argument = &function->args[function->nargs];

		if (mode == PROARGMODE_OUT || mode == PROARGMODE_TABLE)
			continue;
		if (number++ == 0 && function->owner)
			continue;
		argument->name = names && names[i] && names[i][0] ? names[i] : NULL;
		argument->type = types[i];
		argument->value = fsq_value_type(&hub->schema, types[i]);
		argument->variadic = mode == PROARGMODE_VARIADIC;
		argument->optional = number > first_default || argument->variadic;
		argument->row = is_row(types[i]);
		name_argument(hub, function, argument, taken);
		function->nargs++;
	}
}

/* Find out what the function gives. */
static void
read_result(FsqHub *hub, FsqFunction *function, HeapTuple tuple, const char *name)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	Oid			type = getBaseType(form->prorettype);

	if (type == RECORDOID)
		function->target = fsq_rowtype_of_result(hub, tuple, name);
	else if (get_typtype(type) == TYPTYPE_COMPOSITE)
	{
		Oid			relid = get_typ_typrelid(type);

		function->target = fsq_hub_entry(hub, relid);
		if (function->target == NULL)
			function->target = fsq_hub_rowtype(hub, relid);
	}
	if (function->target)
		function->result = form->proretset && !(hub->rules->sets_of_one && form->prorows == 1) ?
			FSQ_RESULT_ROWS : FSQ_RESULT_ROW;
	else
	{
		function->result = form->proretset ? FSQ_RESULT_VALUES : FSQ_RESULT_VALUE;
		function->value = fsq_value_type(&hub->schema, form->prorettype);
	}
}

/* A function as a field of a relation's type, or (owner NULL) of Query; NULL if it cannot be one. */
static FsqFunction *
function_make(FsqHub *hub, HeapTuple tuple, FsqEntry *owner, const char *field)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	const char *signature = format_procedure_extended(form->oid, FORMAT_PROC_FORCE_QUALIFY);
	const char *unfit = fsq_function_unfit(tuple, owner != NULL);
	FsqFunction *function;

	if (unfit)
	{
		fsq_problem(hub, owner, NULL, NULL, "function %s is no field: %s", signature, unfit);
		return NULL;
	}
	function = palloc0(sizeof(FsqFunction));
	function->oid = form->oid;
	function->namespace = get_namespace_name(form->pronamespace);
	function->name = pstrdup(NameStr(form->proname));
	function->signature = signature;
	function->owner = owner;
	function->field = field;
	function->strict = form->proisstrict;
	function->executable =
		fsq_proc_aclcheck(form->oid, hub->role, ACL_EXECUTE) == ACLCHECK_OK &&
		fsq_namespace_aclcheck(form->pronamespace, hub->role, ACL_USAGE) == ACLCHECK_OK;
	function->description = GetComment(form->oid, ProcedureRelationId, 0);
	read_result(hub, function, tuple, field ? field : function->name);
	read_arguments(hub, function, tuple);
	return function;
}

/* Keep a row of fraiseql.query. */
static void
read_query(FsqHub *hub, Datum *values, bool *nulls)
{
	const char *name = NameStr(*DatumGetName(values[QUERY_FUNCTION_NAME]));
	Oid			oid = fsq_config_function(values[QUERY_FUNCTION_SCHEMA], values[QUERY_FUNCTION_NAME],
										  values[QUERY_ARGUMENT_TYPES]);
	FsqQueryRow *row;

	if (!OidIsValid(oid))
	{
		fsq_problem(hub, NULL, name, NULL, "the function of a field of Query is gone");
		return;
	}
	row = palloc(sizeof(FsqQueryRow));
	row->number = DatumGetInt64(values[QUERY_NUMBER]);
	row->function = oid;
	row->name = pstrdup(name);
	row->field = nulls[QUERY_FIELD] ? NULL : TextDatumGetCString(values[QUERY_FIELD]);
	hub->query_rows = lappend(hub->query_rows, row);
}

static int
compare_query_rows(const ListCell *left, const ListCell *right)
{
	const FsqQueryRow *a = lfirst(left);
	const FsqQueryRow *b = lfirst(right);

	return a->number < b->number ? -1 : a->number > b->number;
}

/*
 * Make the fields of Query, in the order in which they were added: none takes
 * the name of a field, or of a type, that one before it has.
 */
static void
load_queries(FsqHub *hub)
{
	ListCell   *lc;

	fsq_config_read(hub, FSQ_CONFIG_QUERY, read_query);
	list_sort(hub->query_rows, compare_query_rows);
	foreach(lc, hub->query_rows)
	{
		FsqQueryRow *row = lfirst(lc);
		HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(row->function));
		FsqFunction *function;

		if (!HeapTupleIsValid(tuple))
			continue;
		function = function_make(hub, tuple, NULL, row->field);
		ReleaseSysCache(tuple);
		if (function)
			hub->queries = lappend(hub->queries, function);
	}
}

/* The relation whose rows a function takes first; NULL if it is none of the exposed. */
static FsqEntry *
owner_of(FsqHub *hub, Form_pg_proc form)
{
	Oid			relid;
	bool		exposed = false;

	for (int i = 0; i < hub->nnamespaces && !exposed; i++)
		exposed = hub->namespaces[i] == form->pronamespace;
	if (!exposed || form->pronargs == 0 || form->prorettype == TRIGGEROID)
		return NULL;
	relid = get_typ_typrelid(form->proargtypes.values[0]);
	return OidIsValid(relid) ? fsq_hub_entry(hub, relid) : NULL;
}

/* A function that was found, and the relation whose rows it takes. */
typedef struct Candidate
{
	HeapTuple	tuple;
	FsqEntry   *owner;
	const char *signature;
} Candidate;

static int
compare_candidates(const ListCell *left, const ListCell *right)
{
	return strcmp(((Candidate *) lfirst(left))->signature, ((Candidate *) lfirst(right))->signature);
}

/* Read the functions that take rows of the exposed relations. */
static void
scan_functions(FsqHub *hub)
{
	Relation	rel = table_open(ProcedureRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	List	   *candidates = NIL;
	ListCell   *lc;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
		FsqEntry   *owner = owner_of(hub, form);
		Candidate  *candidate;

		if (owner == NULL)
			continue;
		candidate = palloc(sizeof(Candidate));
		candidate->tuple = heap_copytuple(tuple);
		candidate->owner = owner;
		candidate->signature = format_procedure_extended(form->oid, FORMAT_PROC_FORCE_QUALIFY);
		candidates = lappend(candidates, candidate);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	/* types are named after functions in an order that a restore does not change */
	list_sort(candidates, compare_candidates);
	foreach(lc, candidates)
	{
		Candidate  *candidate = lfirst(lc);
		FsqFunction *function = function_make(hub, candidate->tuple, candidate->owner, NULL);

		if (function)
			candidate->owner->functions = lappend(candidate->owner->functions, function);
	}
}

/* ---- names ---- */

/* Functions of one relation's rows */
static int
compare_functions(const ListCell *left, const ListCell *right)
{
	const FsqFunction *a = lfirst(left);
	const FsqFunction *b = lfirst(right);

	/* names that users chose come first */
	if ((a->field != NULL) != (b->field != NULL))
		return a->field ? -1 : 1;
	return strcmp(a->signature, b->signature);
}

/* Give a function a field that no other has. */
static void
name_function(FsqHub *hub, FsqFunction *function, FsqNames *taken)
{
	const char *wanted = function->field ? function->field :
		fsq_name_of_function(function->name, hub->rules);

	function->wanted = fsq_name_of_function(function->name, hub->rules);
	function->field = wanted;
	for (int number = 2; fsq_names_add(taken, function->field, function) != NULL; number++)
		function->field = fsq_name_numbered(wanted, number);
	if (function->field != wanted)
		fsq_problem(hub, function->owner, NULL, NULL,
					"function %s: the field \"%s\" is taken, it is called \"%s\"",
					function->signature, wanted, function->field);
}

void
fsq_hub_load_functions(FsqHub *hub)
{
	MemoryContext old;
	ListCell   *lc;

	if (hub->functions_loaded)
		return;
	old = MemoryContextSwitchTo(hub->schema.context);
	/* an error may have cut an earlier attempt short */
	hub->query_rows = hub->queries = NIL;
	for (int i = 0; i < hub->nentries; i++)
		hub->entries[i].functions = NIL;
	load_queries(hub);
	scan_functions(hub);
	hub->queries_by_name = fsq_names_make(hub->schema.context, list_length(hub->queries));
	foreach(lc, hub->queries)
		name_function(hub, lfirst(lc), hub->queries_by_name);
	MemoryContextSwitchTo(old);
	hub->functions_loaded = true;
}

/*
 * The functions that take a relation's rows, with their fields: those that no
 * column and no relationship has.
 */
List *
fsq_entry_functions(FsqHub *hub, FsqEntry *entry)
{
	MemoryContext old;
	FsqNames   *taken;
	ListCell   *lc;

	fsq_hub_load_functions(hub);
	if (entry->functions_named || entry->functions == NIL)
		return entry->functions;
	old = MemoryContextSwitchTo(hub->schema.context);
	taken = fsq_entry_taken_names(hub, entry);
	foreach(lc, fsq_entry_shortcuts(hub, entry))
	{
		FsqShortcut *shortcut = lfirst(lc);

		if (!shortcut->omitted)
			fsq_names_add(taken, shortcut->field, shortcut);
	}
	foreach(lc, entry->functions)
	{
		FsqFunction *function = lfirst(lc);
		FsqOverride *override = fsq_override_of_function(entry, function->oid);

		function->omitted = override && override->omitted;
		function->field = override && !override->omitted ? override->name : NULL;
	}
	list_sort(entry->functions, compare_functions);
	foreach(lc, entry->functions)
	{
		FsqFunction *function = lfirst(lc);

		if (!function->omitted)
			name_function(hub, function, taken);
		else
			function->field = function->wanted = fsq_name_of_function(function->name, hub->rules);
	}
	MemoryContextSwitchTo(old);
	entry->functions_named = true;
	return entry->functions;
}

/* ---- what the role sees ---- */

/* The rows that a function gives, as a relation. */
static FsqRelation *
rows_of(FsqHub *hub, FsqFunction *function)
{
	FsqRelation *target = function->target ? fsq_entry_relation(hub, function->target) : NULL;
	FsqRelation *rows;

	if (function->target && target == NULL)
		return NULL;
	rows = palloc0(sizeof(FsqRelation));
	if (target)
		*rows = *target;
	rows->schema = &hub->schema;
	rows->function = function;
	rows->namespace = function->namespace;
	rows->name = function->name;
	rows->foreign = false;
	rows->server = rows->wrapper = NULL;
	rows->columns_loaded = true;
	return rows;
}

/* Whether rows of a relation can be found again, and given to a function as they are. */
static bool
rows_are_found(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	List	   *keys = fsq_relation_keys(relation);

	if (keys == NIL || !((FsqKey *) linitial(keys))->primary)
	{
		fsq_problem(hub, relation->entry, NULL, NULL,
					"functions of its rows that return rows are no fields: it has no primary key");
		return false;
	}
	return true;
}

/* The computed fields of a relation that the role may use. */
List *
fsq_relation_functions(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	List	   *functions = NIL;
	ListCell   *lc;

	if (relation->functions_loaded)
		return relation->functions;
	old = MemoryContextSwitchTo(hub->schema.context);
	/* a function gets whole rows */
	if (relation->entry->relkind != RELKIND_COMPOSITE_TYPE &&
		relation->ncolumns + relation->nomitted == relation->entry->nattributes)
	{
		foreach(lc, fsq_entry_functions(hub, relation->entry))
		{
			FsqFunction *function = lfirst(lc);

			if (function->omitted || !function->executable ||
				(function->target && !rows_are_found(relation)) ||
				(function->rows = rows_of(hub, function)) == NULL)
				continue;
			function->source = relation;
			functions = lappend(functions, function);
		}
	}
	MemoryContextSwitchTo(old);
	relation->functions = functions;
	relation->functions_loaded = true;
	return functions;
}

List *
fsq_query_functions(FsqHub *hub)
{
	fsq_hub_load_functions(hub);
	return hub->queries;
}

/* Whether a function that was added would have that field, in any naming. */
static bool
row_has_field(const FsqQueryRow *row, const char *field)
{
	if (row->field)
		return strcmp(row->field, field) == 0;
	for (int i = 0; i < FSQ_N_NAMINGS; i++)
		if (strcmp(fsq_name_of_function(row->name, &fsq_naming_rules[i]), field) == 0)
			return true;
	return false;
}

const char *
fsq_query_having(FsqHub *hub, const char *field, Oid except)
{
	ListCell   *lc;

	foreach(lc, fsq_query_functions(hub))
	{
		FsqFunction *function = lfirst(lc);

		if (function->oid != except && strcmp(function->field, field) == 0)
			return function->signature;
	}
	/* also those that cannot be a field at the moment */
	foreach(lc, hub->query_rows)
	{
		FsqQueryRow *row = lfirst(lc);

		if (row->function != except && row_has_field(row, field))
			return format_procedure_extended(row->function, FORMAT_PROC_FORCE_QUALIFY);
	}
	return NULL;
}

bool
fsq_query_usable(FsqHub *hub, FsqFunction *function)
{
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);

	if (function->executable && function->rows == NULL)
		function->rows = rows_of(hub, function);
	MemoryContextSwitchTo(old);
	return function->rows != NULL;
}

FsqFunction *
fsq_query_function(FsqHub *hub, const char *field)
{
	FsqFunction *function;

	fsq_hub_load_functions(hub);
	function = fsq_names_get(hub->queries_by_name, field);
	return function && fsq_query_usable(hub, function) ? function : NULL;
}
