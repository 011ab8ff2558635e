/*-------------------------------------------------------------------------
 *
 * index.c
 *	  The name index of a hub: which relations there are and what they are
 *	  called, from one pass over pg_class.
 *
 *	  Relations are named in the order of their schemas, and by name within a
 *	  schema.  The first to come takes a name.  Others of the same type name
 *	  then have their schema's name put before, and a number behind if that is
 *	  taken too; the same goes for root fields.
 *
 *	  A name that an owner chose comes before those that are made for other
 *	  relations of that owner, but never takes that of another owner's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/varlena.h"

typedef struct OidSlot
{
	Oid			relid;
	FsqEntry   *entry;
} OidSlot;

/* Root fields that no relation can have. */
static const char *const reserved_fields[] = {FSQ_EMPTY_FIELD, FSQ_STATUS_FIELD, "_service", "_entities"};

/* Names of types that a relation or an enum cannot have, unless the naming has others. */
static const char *const reserved_types[] = {
	"Query", "Mutation", "Subscription", "Node", "PageInfo", "Cursor",
	"DatabaseStatus", "OrderDirection", "SourceAffinity", "TimeBucket", "_Any", "_Entity", "_Service"
};

/* A type's name and one of these, or the naming's word for it, is another type made from it. */
static const char *const reserved_suffixes[] = {
	"Aggregate", "AggregateFilter", "AggregateOrderByInput", "ArrayFilter", "Avg",
	"AvgFilter", "BoolAggregate", "BucketsInput", "Column", "Connection", "Constraint",
	"CreateInput", "Edge", "Filter", "GroupBy", "GroupByKey", "GroupByKeyOrderByInput",
	"GroupByOrderByInput", "HavingInput", "IncInput", "ListFilter", "Max", "Min",
	"MinMaxFilter", "MinMaxOrderByInput", "MutationResult", "OnConflictInput",
	"OrderByInput", "Sum", "SumAvgOrderByInput", "SumFilter", "UpdateEachInput",
	"UpdateInput", "VarianceAggregate", "WhereInput"
};

/*
 * Record that a name was changed or something was left out.  Costs nothing in
 * a hub that does not collect problems.
 */
void
fsq_problem(FsqHub *hub, FsqEntry *entry, const char *object, const char *column,
			const char *fmt,...)
{
	MemoryContext old;
	FsqProblem *problem;
	StringInfoData text;

	if (!hub->collect_problems)
		return;
	old = MemoryContextSwitchTo(hub->schema.context);
	problem = palloc0(sizeof(FsqProblem));
	problem->entry = entry;
	problem->object = object ? pstrdup(object) : NULL;
	problem->column = column ? pstrdup(column) : NULL;
	initStringInfo(&text);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, fmt);
		needed = appendStringInfoVA(&text, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	problem->problem = text.data;
	hub->problems = lappend(hub->problems, problem);
	MemoryContextSwitchTo(old);
}

/* Add a schema by name, unless it is unknown, not for users, or there already. */
static int
add_schema(Oid *oids, const char **names, int n, const char *name)
{
	Oid			oid = get_namespace_oid(name, true);

	if (!OidIsValid(oid) || strncmp(name, "pg_", 3) == 0 ||
		strcmp(name, "information_schema") == 0 || strcmp(name, "fraiseql") == 0)
		return n;
	for (int i = 0; i < n; i++)
		if (oids[i] == oid)
			return n;
	oids[n] = oid;
	names[n] = pstrdup(name);
	return n + 1;
}

/*
 * The schemas that the GraphQL schema is made of: fraiseql.schemas, or those
 * of search_path, whether or not the role may use them, so that names do not
 * depend on it.  Schemas that do not exist are passed over, as search_path
 * does; where fraiseql.schemas names them, they are a problem.
 */
static int
exposed_schemas(FsqHub *hub, Oid **oids, const char ***names)
{
	bool		own = fsq_schemas && fsq_schemas[0];
	const char *setting = own ? fsq_schemas : namespace_search_path;
	List	   *list = NIL;
	ListCell   *lc;
	int			n = 0;

	if (!SplitIdentifierString(pstrdup(setting), ',', &list))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid list of schemas: \"%s\"", setting)));
	*oids = palloc((list_length(list) + 1) * sizeof(Oid));
	*names = palloc((list_length(list) + 1) * sizeof(char *));
	foreach(lc, list)
	{
		const char *name = lfirst(lc);

		if (strcmp(name, "$user") == 0)
			name = GetUserNameFromId(GetUserId(), true);
		else if (own && !OidIsValid(get_namespace_oid(name, true)))
			fsq_problem(hub, NULL, NULL, NULL,
						"fraiseql.schemas names a schema that does not exist: \"%s\"", name);
		if (name)
			n = add_schema(*oids, *names, n, name);
	}
	return n;
}

static int
compare_entries(const void *left, const void *right)
{
	const FsqEntry *a = left;
	const FsqEntry *b = right;

	if (a->position != b->position)
		return a->position - b->position;
	return strcmp(a->name, b->name);
}

/* Fill hub->entries from pg_class, sorted; names come later. */
static void
scan_relations(FsqHub *hub)
{
	Relation	rel = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	int			capacity = 64;
	HeapTuple	tuple;

	hub->entries = palloc(capacity * sizeof(FsqEntry));
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		FsqEntry   *entry;
		int			position = 0;

		if (form->relispartition || form->relpersistence == RELPERSISTENCE_TEMP)
			continue;
		switch (form->relkind)
		{
			case RELKIND_RELATION:
			case RELKIND_PARTITIONED_TABLE:
			case RELKIND_VIEW:
			case RELKIND_MATVIEW:
			case RELKIND_FOREIGN_TABLE:
				break;
			default:
				continue;
		}
		while (position < hub->nnamespaces && hub->namespaces[position] != form->relnamespace)
			position++;
		if (position == hub->nnamespaces)
			continue;

		if (hub->nentries == capacity)
		{
			capacity *= 2;
			hub->entries = repalloc(hub->entries, capacity * sizeof(FsqEntry));
		}
		entry = &hub->entries[hub->nentries++];
		memset(entry, 0, sizeof(FsqEntry));
		entry->relid = form->oid;
		entry->namespace = form->relnamespace;
		entry->owner = form->relowner;
		entry->position = position;
		entry->name = pstrdup(NameStr(form->relname));
		entry->relkind = form->relkind;
		entry->version = fsq_row_fingerprint(tuple);
		entry->has_rls = form->relrowsecurity;
		entry->has_subclass = form->relhassubclass && form->relkind == RELKIND_RELATION;
		if (form->relkind == RELKIND_FOREIGN_TABLE)
			hub->has_foreign = true;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	qsort(hub->entries, hub->nentries, sizeof(FsqEntry), compare_entries);
}

/* Whether a name, or that of its where input, is one of a type of the language, of a scalar or a filter. */
bool
fsq_type_name_reserved(FsqHub *hub, const char *name)
{
	for (int i = 0; i < lengthof(reserved_types); i++)
		if (strcmp(name, fsq_naming_word(hub->rules, reserved_types[i])) == 0)
			return true;
	if (hub->rules->null_test && strcmp(name, hub->rules->null_test) == 0)
		return true;
	return fsq_scalar_name_reserved(hub, name) || fsq_filter_name_reserved(hub, name) ||
		fsq_filter_name_reserved(hub, psprintf("%s%s", name, fsq_naming_word(hub->rules, "WhereInput")));
}

/* What the beginning of a name stands for, if the rest is a reserved suffix; or NULL. */
static FsqEntry *
base_of_derived(FsqHub *hub, FsqNames *candidates, const char *name)
{
	size_t		length = strlen(name);

	for (const char **ending = hub->derived; *ending; ending++)
	{
		size_t		n = strlen(*ending);

		if (length > n && name[length - 1] == (*ending)[n - 1] &&
			strcmp(name + length - n, *ending) == 0)
		{
			char	   *base = pnstrdup(name, length - n);
			FsqEntry   *found = fsq_names_get(candidates, base);

			pfree(base);
			if (found)
				return found;
		}
	}
	return NULL;
}

bool
fsq_type_name_derived(FsqHub *hub, const char *name)
{
	return base_of_derived(hub, hub->by_type, name) != NULL;
}

/* The entry whose type, or a type made of it, a type of that name would meet; NULL: none. */
static FsqEntry *
type_met_by(FsqHub *hub, const char *name)
{
	FsqEntry   *entry = fsq_names_get(hub->by_type, name);

	if (entry == NULL)
		entry = base_of_derived(hub, hub->by_type, name);
	for (const char **ending = hub->derived; entry == NULL && *ending; ending++)
		entry = fsq_names_get(hub->by_type, psprintf("%s%s", name, *ending));
	return entry;
}

static bool
type_clashes(FsqHub *hub, const char *name)
{
	return fsq_type_name_reserved(hub, name) || type_met_by(hub, name) != NULL;
}

/* Whether a name, or that of its where input, is one of a scalar, an enum or a filter. */
static bool
leaf_clashes(FsqHub *hub, const char *name)
{
	return fsq_leaf_type(hub, name) ||
		fsq_leaf_type(hub, psprintf("%s%s", name, fsq_naming_word(hub->rules, "WhereInput")));
}

char *
fsq_type_name_clash(FsqHub *hub, FsqEntry *entry, const char *name)
{
	FsqEntry   *other = type_met_by(hub, name);

	if (fsq_type_name_reserved(hub, name))
		return psprintf("the type name \"%s\" has a meaning of its own", name);
	if (other && other != entry)
		return psprintf("the type name \"%s\" clashes with the type \"%s\" of \"%s\"",
						name, other->type_name, other->name);
	if (other == NULL && leaf_clashes(hub, name))
		return psprintf("the type name \"%s\" is that of another type", name);
	return NULL;
}

static void
report_taken(FsqHub *hub, FsqEntry *entry, const char *what, const char *name, const char *instead)
{
	fsq_problem(hub, entry, NULL, NULL, "the %s \"%s\" is taken, it is called \"%s\"",
				what, name, instead);
}

/*
 * Take a type name with the schema before it, and a number behind it if need be.
 * Relations come before scalars and enums, others after them.
 */
static const char *
take_qualified_type(FsqHub *hub, FsqEntry *entry, const char *name, bool after_leaves)
{
	char	   *qualified = fsq_name_qualified_type(hub->namespace_names[entry->position], name,
												hub->rules);
	char	   *taken = qualified;

	for (int number = 2;
		 type_clashes(hub, taken) || (after_leaves && leaf_clashes(hub, taken)); number++)
		taken = psprintf("%s%d", qualified, number);
	fsq_names_add(hub->by_type, taken, entry);
	report_taken(hub, entry, "type name", name, taken);
	return taken;
}

void
fsq_type_name_take(FsqHub *hub, FsqEntry *entry, const char *wanted)
{
	if (!type_clashes(hub, wanted) && !leaf_clashes(hub, wanted))
	{
		entry->type_name = wanted;
		fsq_names_add(hub->by_type, wanted, entry);
	}
	else
		entry->type_name = take_qualified_type(hub, entry, wanted, true);
}

/* Take a root field for the entry unless it is another's; NULL if it is. */
static const char *
take_field(FsqNames *table, FsqNames *other, FsqEntry *entry, const char *name)
{
	for (int i = 0; i < lengthof(reserved_fields); i++)
		if (strcmp(name, reserved_fields[i]) == 0)
			return NULL;
	if (fsq_names_get(other, name) || fsq_names_add(table, name, entry) != NULL)
		return NULL;
	return name;
}

/* As take_qualified_type, for a root field. */
static const char *
take_qualified_field(FsqHub *hub, FsqNames *table, FsqNames *other, FsqEntry *entry, const char *name)
{
	char	   *qualified = fsq_name_qualified_field(hub->namespace_names[entry->position], name, hub->rules);
	char	   *taken = qualified;

	for (int number = 2; take_field(table, other, entry, taken) == NULL; number++)
		taken = psprintf("%s%d", qualified, number);
	report_taken(hub, entry, "field name", name, taken);
	return taken;
}

/* What a relation would be called if no other were there, and what of that it must not have. */
typedef struct Wanted
{
	FsqRelationNames names;
	bool		type_yields;
	bool		list_yields;
	bool		item_yields;
} Wanted;

static void
wanted_names(FsqHub *hub, FsqEntry *entry, Wanted *wanted)
{
	FsqOverride *override = entry->override;
	FsqRelationNames *names = &wanted->names;

	memset(wanted, 0, sizeof(Wanted));
	fsq_names_of_relation(names, override ? override->name : entry->name, hub->rules);
	if (override == NULL)
		return;
	names->type = unconstify(char *, override->name);
	if (override->list_field)
		names->list = unconstify(char *, override->list_field);
	if (override->item_field)
		names->item = unconstify(char *, override->item_field);
}

/* Whether the entry is to be named in this pass: those with chosen names, or the others. */
static bool
in_pass(const FsqEntry *entry, bool chosen)
{
	return !entry->omitted && (entry->override != NULL) == chosen;
}

/* Give those of one pass the names that they want and can have. */
static void
take_wanted(FsqHub *hub, const Wanted *wanted, FsqNames *candidates, bool chosen)
{
	for (int i = 0; i < hub->nentries; i++)
	{
		FsqEntry   *entry = &hub->entries[i];
		const FsqRelationNames *names = &wanted[i].names;

		if (!in_pass(entry, chosen))
			continue;
		if (!wanted[i].type_yields && !fsq_type_name_reserved(hub, names->type) &&
			base_of_derived(hub, candidates, names->type) == NULL &&
			fsq_names_add(hub->by_type, names->type, entry) == NULL)
			entry->type_name = names->type;
		if (!wanted[i].list_yields)
			entry->list_field = take_field(hub->by_list, hub->by_item, entry, names->list);
		if (!wanted[i].item_yields)
			entry->item_field = take_field(hub->by_item, hub->by_list, entry, names->item);
	}
}

/* Give those of one pass that did not have what they want what is left. */
static void
take_left(FsqHub *hub, const Wanted *wanted, bool chosen)
{
	for (int i = 0; i < hub->nentries; i++)
	{
		FsqEntry   *entry = &hub->entries[i];
		const FsqRelationNames *names = &wanted[i].names;

		if (!in_pass(entry, chosen))
			continue;
		if (entry->type_name == NULL)
			entry->type_name = take_qualified_type(hub, entry, names->type, false);
		if (entry->list_field == NULL)
			entry->list_field = take_qualified_field(hub, hub->by_list, hub->by_item, entry,
													 names->list);
		if (entry->item_field == NULL)
			entry->item_field = take_qualified_field(hub, hub->by_item, hub->by_list, entry,
													 names->item);
		if (entry->override == NULL && !fsq_name_valid(entry->name))
			fsq_problem(hub, entry, NULL, NULL,
						"\"%s\" is not a GraphQL name, its fields are called \"%s\" and \"%s\"",
						entry->name, entry->list_field, entry->item_field);
	}
}

/*
 * Give each entry its type name and root fields: first to those for which users
 * chose them (unless these are not with_chosen), then to all others who can have
 * what they want, then what is left to the others and at last to the chosen.
 */
static void
take_names(FsqHub *hub, const Wanted *wanted, bool with_chosen)
{
	FsqNames   *candidates = fsq_names_make(CurrentMemoryContext, hub->nentries);

	hub->by_type = fsq_names_make(hub->schema.context, hub->nentries);
	hub->by_list = fsq_names_make(hub->schema.context, hub->nentries);
	hub->by_item = fsq_names_make(hub->schema.context, hub->nentries);
	for (int i = 0; i < hub->nentries; i++)
		if (in_pass(&hub->entries[i], false) ||
			(with_chosen && in_pass(&hub->entries[i], true) && !wanted[i].type_yields))
			fsq_names_add(candidates, wanted[i].names.type, &hub->entries[i]);
	if (with_chosen)
		take_wanted(hub, wanted, candidates, true);
	take_wanted(hub, wanted, candidates, false);
	take_left(hub, wanted, false);
	if (with_chosen)
		take_left(hub, wanted, true);
}

/* Whether a name is that of another owner's relation. */
static bool
is_of_another(FsqNames *table, const FsqEntry *entry, const char *name)
{
	const FsqEntry *other = fsq_names_get(table, name);

	return other && other->owner != entry->owner;
}

/* Whether a type of that name, or one made of it, would be in the place of another owner's. */
static bool
displaces_type(FsqHub *hub, const FsqEntry *entry, const char *name)
{
	bool		displaces = is_of_another(hub->by_type, entry, name);

	for (const char **ending = hub->derived; !displaces && *ending; ending++)
	{
		char	   *made = psprintf("%s%s", name, *ending);

		displaces = is_of_another(hub->by_type, entry, made);
		pfree(made);
	}
	return displaces;
}

FsqEntry *
fsq_root_field_base(FsqHub *hub, const char *name)
{
	const FsqNamingRules *rules = hub->rules;
	const char *suffixes[] = {rules->connection, rules->aggregate, rules->group_by};
	const char *word = rules->by;
	size_t		length = strlen(name);
	FsqEntry   *found = NULL;

	for (int i = 0; found == NULL && i < lengthof(suffixes); i++)
	{
		size_t		n = strlen(suffixes[i]);

		/* without an ending it would be the list field itself */
		if (n > 0 && length > n && strcmp(name + length - n, suffixes[i]) == 0)
			found = fsq_names_get(hub->by_list, pnstrdup(name, length - n));
	}
	for (const char *by = strstr(name, word); found == NULL && by; by = strstr(by + 1, word))
		found = fsq_names_get(hub->by_item, pnstrdup(name, by - name));
	return found;
}

/* Whether a field would be in the place of another owner's, or of one made of its relation. */
static bool
displaces_field(FsqHub *hub, const FsqEntry *entry, const char *name)
{
	FsqEntry   *base = fsq_root_field_base(hub, name);

	return (base && base->owner != entry->owner) ||
		is_of_another(hub->by_list, entry, name) || is_of_another(hub->by_item, entry, name);
}

/*
 * Find the chosen names that must yield: those that a relation of another owner
 * has if only those are named for which none were chosen.  (rename() refuses
 * what is taken, but among the schemas that its caller has set.)
 */
static void
find_yielding(FsqHub *hub, Wanted *wanted)
{
	bool		collect = hub->collect_problems;

	hub->collect_problems = false;
	take_names(hub, wanted, false);
	hub->collect_problems = collect;
	for (int i = 0; i < hub->nentries; i++)
	{
		const FsqEntry *entry = &hub->entries[i];
		const FsqRelationNames *names = &wanted[i].names;

		if (!in_pass(entry, true))
			continue;
		wanted[i].type_yields = displaces_type(hub, entry, names->type);
		wanted[i].list_yields = displaces_field(hub, entry, names->list);
		wanted[i].item_yields = displaces_field(hub, entry, names->item);
	}
	for (int i = 0; i < hub->nentries; i++)
		hub->entries[i].type_name = hub->entries[i].list_field = hub->entries[i].item_field = NULL;
}

static void
name_relations(FsqHub *hub)
{
	Wanted	   *wanted = palloc(Max(hub->nentries, 1) * sizeof(Wanted));
	bool		chosen = false;

	for (int i = 0; i < hub->nentries; i++)
	{
		if (hub->entries[i].omitted)
			continue;
		wanted_names(hub, &hub->entries[i], &wanted[i]);
		chosen |= hub->entries[i].override != NULL;
	}
	if (chosen)
		find_yielding(hub, wanted);
	take_names(hub, wanted, true);
}

/* The endings of the types that are made of relations, in a naming. */
static const char **
derived_endings(const FsqNamingRules *rules)
{
	const char **endings = palloc(sizeof(char *) * (lengthof(reserved_suffixes) + 1));

	for (int i = 0; i < lengthof(reserved_suffixes); i++)
		endings[i] = fsq_naming_word(rules, reserved_suffixes[i]);
	endings[lengthof(reserved_suffixes)] = NULL;
	return endings;
}

static void
index_oids(FsqHub *hub)
{
	HASHCTL		ctl = {
		.keysize = sizeof(Oid),
		.entrysize = sizeof(OidSlot),
		.hcxt = hub->schema.context
	};

	hub->by_oid = hash_create("fraiseql relations", Max(hub->nentries, 16), &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int i = 0; i < hub->nentries; i++)
	{
		OidSlot    *slot = hash_search(hub->by_oid, &hub->entries[i].relid, HASH_ENTER, NULL);

		slot->entry = &hub->entries[i];
	}
}

/* The entry of a relation of the exposed schemas, omitted or not; NULL if it is not one. */
FsqEntry *
fsq_hub_known_entry(FsqHub *hub, Oid relid)
{
	OidSlot    *slot = hash_search(hub->by_oid, &relid, HASH_FIND, NULL);

	return slot ? slot->entry : NULL;
}

/* The entry of an exposed relation; NULL if it is not one. */
FsqEntry *
fsq_hub_entry(FsqHub *hub, Oid relid)
{
	FsqEntry   *entry = fsq_hub_known_entry(hub, relid);

	return entry && !entry->omitted ? entry : NULL;
}

/*
 * A hub for the current role, search path and settings, with its name index,
 * in a memory context of its own below parent.  After an error nothing is left
 * of it.
 */
FsqHub *
fsq_hub_create(MemoryContext parent, bool collect_problems)
{
	MemoryContext building = AllocSetContextCreate(CurrentMemoryContext, "fraiseql schema",
												   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(building);
	FsqHub	   *hub = palloc0(sizeof(FsqHub));

	hub->schema.context = building;
	hub->role = GetUserId();
	hub->rules = &fsq_naming_rules[fsq_naming];
	hub->derived = derived_endings(hub->rules);
	hub->bigint_as = fsq_bigint_as;
	hub->numeric_as = fsq_numeric_as;
	hub->subgraph = fsq_subgraph;
	hub->collect_problems = collect_problems;
	for (int i = 0; i < FSQ_CONFIG_TABLES; i++)
		hub->config[i] = fsq_config_table(i);
	hub->nnamespaces = exposed_schemas(hub, &hub->namespaces, &hub->namespace_names);
	scan_relations(hub);
	index_oids(hub);
	fsq_hub_read_overrides(hub);
	hub->types = fsq_names_make(building, 64);
	name_relations(hub);
	fsq_hub_set_provider(hub);

	MemoryContextSwitchTo(old);
	MemoryContextSetParent(building, parent);
	return hub;
}
