/*-------------------------------------------------------------------------
 *
 * override_sql.c
 *	  fraiseql.rename(), fraiseql.omit(), and what takes them back.
 *
 *	  A field is found by the name of its column, or by the name that it has in
 *	  the schema of the moment; what is kept is the object that it stands for.
 *	  Who owns the relation may change its names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(fsq_rename);
PG_FUNCTION_INFO_V1(fsq_rename_field);
PG_FUNCTION_INFO_V1(fsq_omit);
PG_FUNCTION_INFO_V1(fsq_drop_rename);
PG_FUNCTION_INFO_V1(fsq_drop_omit);

/* The columns of fraiseql.override that say which object it is about. */
#define OBJECT_COLUMNS 9
#define ALL_COLUMNS 13

static Oid	column_types[ALL_COLUMNS] = {
	REGCLASSOID, TEXTOID, NAMEARRAYOID, REGCLASSOID, NAMEARRAYOID, BOOLOID,
	NAMEOID, NAMEOID, REGTYPEARRAYOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID
};

#define WHERE_OBJECT \
	"WHERE (relation, kind) = ($1, $2) AND columns IS NOT DISTINCT FROM $3 " \
	"AND target IS NOT DISTINCT FROM $4 AND target_columns IS NOT DISTINCT FROM $5 " \
	"AND reverse IS NOT DISTINCT FROM $6 AND function_schema IS NOT DISTINCT FROM $7 " \
	"AND function_name IS NOT DISTINCT FROM $8 AND argument_types IS NOT DISTINCT FROM $9"

/* A relation whose names are to be changed, in the schema of the moment. */
typedef struct Subject
{
	FsqHub	   *hub;
	FsqEntry   *entry;
	bool		exposed;
	/* the object: the relation itself, or what a field of it stands for */
	FsqAttribute *attribute;
	FsqLink    *link;
	FsqShortcut *shortcut;
	FsqFunction *function;
	/* as a row */
	Datum		values[ALL_COLUMNS];
	char		nulls[ALL_COLUMNS + 1];
} Subject;

static void
set_value(Subject *subject, int column, Datum value)
{
	subject->values[column] = value;
	subject->nulls[column] = ' ';
}

static void
set_text(Subject *subject, int column, const char *text)
{
	set_value(subject, column, CStringGetTextDatum(text));
}

static void
set_names(Subject *subject, int column, FsqEntry *entry, int n, const AttrNumber *columns)
{
	Datum	   *names = palloc(n * sizeof(Datum));

	for (int i = 0; i < n; i++)
		names[i] = DirectFunctionCall1(namein,
									   CStringGetDatum(fsq_entry_attribute(subject->hub, entry, columns[i])->name));
	set_value(subject, column,
			  PointerGetDatum(construct_array(names, n, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR)));
}

static void
set_kind(Subject *subject, FsqOverrideKind kind)
{
	set_text(subject, FSQ_OVERRIDE_KIND, fsq_override_kinds[kind]);
}

/* Open the relation whose names are to be changed, as one that the caller owns. */
static void
open_subject(Subject *subject, Oid relid)
{
	memset(subject, 0, sizeof(Subject));
	memset(subject->nulls, 'n', ALL_COLUMNS);
	subject->hub = fsq_hub_create(CurrentMemoryContext, false);
	subject->entry = fsq_config_entry(subject->hub, relid, false, &subject->exposed);
	fsq_config_check_owner(relid);
	fsq_entry_load_attributes(subject->hub, subject->entry);
	set_value(subject, FSQ_OVERRIDE_RELATION, ObjectIdGetDatum(relid));
	set_value(subject, FSQ_OVERRIDE_OMITTED, BoolGetDatum(false));
}

static void
set_column(Subject *subject, FsqAttribute *attribute)
{
	subject->attribute = attribute;
	set_kind(subject, FSQ_OVERRIDE_COLUMN);
	set_names(subject, FSQ_OVERRIDE_COLUMNS, subject->entry, 1, &attribute->attnum);
}

static void
set_link(Subject *subject, FsqLink *link)
{
	FsqEdge    *edge = link->edge;
	FsqEntry   *target = link->reverse ? edge->source : edge->target;

	if (edge->origin == FSQ_ORIGIN_ADDED)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the relationship \"%s\" of \"%s\" was added with this name",
						link->field, subject->entry->name),
				 errhint("Use fraiseql.drop_relationship() and fraiseql.add_relationship().")));
	subject->link = link;
	set_kind(subject, FSQ_OVERRIDE_RELATIONSHIP);
	set_names(subject, FSQ_OVERRIDE_COLUMNS, subject->entry, edge->ncolumns,
			  link->reverse ? edge->target_columns : edge->source_columns);
	set_value(subject, FSQ_OVERRIDE_TARGET, ObjectIdGetDatum(target->relid));
	set_names(subject, FSQ_OVERRIDE_TARGET_COLUMNS, target, edge->ncolumns,
			  link->reverse ? edge->source_columns : edge->target_columns);
	set_value(subject, FSQ_OVERRIDE_REVERSE, BoolGetDatum(link->reverse));
}

static void
set_shortcut(Subject *subject, FsqShortcut *shortcut)
{
	FsqEdge    *back = shortcut->back->edge;
	FsqEdge    *forward = shortcut->forward->edge;

	subject->shortcut = shortcut;
	set_kind(subject, FSQ_OVERRIDE_SHORTCUT);
	set_names(subject, FSQ_OVERRIDE_COLUMNS, back->source, back->ncolumns, back->source_columns);
	set_value(subject, FSQ_OVERRIDE_TARGET, ObjectIdGetDatum(back->source->relid));
	set_names(subject, FSQ_OVERRIDE_TARGET_COLUMNS, back->source, forward->ncolumns,
			  forward->source_columns);
	set_value(subject, FSQ_OVERRIDE_REVERSE, BoolGetDatum(true));
}

static void
set_function(Subject *subject, FsqFunction *function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function->oid));
	Form_pg_proc form;
	Datum	   *types;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function->oid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	subject->function = function;
	set_kind(subject, FSQ_OVERRIDE_FUNCTION);
	set_value(subject, FSQ_OVERRIDE_FUNCTION_SCHEMA,
			  DirectFunctionCall1(namein, CStringGetDatum(function->namespace)));
	set_value(subject, FSQ_OVERRIDE_FUNCTION_NAME,
			  DirectFunctionCall1(namein, CStringGetDatum(function->name)));
	types = palloc(form->pronargs * sizeof(Datum));
	for (int i = 0; i < form->pronargs; i++)
		types[i] = ObjectIdGetDatum(form->proargtypes.values[i]);
	set_value(subject, FSQ_OVERRIDE_ARGUMENT_TYPES,
			  PointerGetDatum(construct_array(types, form->pronargs, REGTYPEOID, sizeof(Oid), true,
											  TYPALIGN_INT)));
	ReleaseSysCache(tuple);
}

/* A column by its name, or one that has that field. */
static FsqAttribute *
find_attribute(Subject *subject, const char *name)
{
	FsqEntry   *entry = subject->entry;
	FsqAttribute *attribute = fsq_entry_attribute_named(subject->hub, entry, name);

	for (int i = 0; i < entry->nattributes && attribute == NULL; i++)
		if (!entry->attributes[i].omitted && strcmp(entry->attributes[i].field, name) == 0)
			attribute = &entry->attributes[i];
	return attribute;
}

/*
 * How well an object answers to a name: best by the field that it has, then by
 * that which it had when it was omitted, then by what it would have or is made
 * by; NO_MATCH: not at all.
 */
#define NO_MATCH 3

static int
link_rank(const void *object, const char *name)
{
	const FsqLink *link = object;

	if (strcmp(link->field, name) == 0)
		return link->omitted ? 1 : 0;
	return strcmp(link->plain, name) == 0 ? 2 : NO_MATCH;
}

static int
shortcut_rank(const void *object, const char *name)
{
	const FsqShortcut *shortcut = object;

	if (strcmp(shortcut->field, name) == 0 && !shortcut->omitted)
		return 0;
	return strcmp(shortcut->plain, name) == 0 ? 2 : NO_MATCH;
}

static int
function_rank(const void *object, const char *name)
{
	const FsqFunction *function = object;

	if (strcmp(function->field, name) == 0 && !function->omitted)
		return 0;
	return strcmp(function->wanted, name) == 0 || strcmp(function->name, name) == 0 ? 2 : NO_MATCH;
}

/* The first of those that answer best to a name, or NULL. */
static void *
find_best(List *objects, int (*rank) (const void *object, const char *name), const char *name)
{
	void	   *best = NULL;
	int			best_rank = NO_MATCH;
	ListCell   *lc;

	foreach(lc, objects)
	{
		int			its = rank(lfirst(lc), name);

		if (its < best_rank)
		{
			best = lfirst(lc);
			best_rank = its;
		}
	}
	return best;
}

/* Find what a field stands for; false if there is nothing. */
static bool
find_field(Subject *subject, const char *field)
{
	FsqAttribute *attribute = find_attribute(subject, field);
	FsqLink    *link;
	FsqShortcut *shortcut;
	FsqFunction *function;

	if (attribute)
		set_column(subject, attribute);
	else if (!subject->exposed)
		return false;
	else if ((link = find_best(fsq_entry_links(subject->hub, subject->entry), link_rank, field)))
		set_link(subject, link);
	else if ((shortcut = find_best(fsq_entry_shortcuts(subject->hub, subject->entry), shortcut_rank, field)))
		set_shortcut(subject, shortcut);
	else if ((function = find_best(fsq_entry_functions(subject->hub, subject->entry), function_rank, field)))
		set_function(subject, function);
	else
		return false;
	return true;
}

static void
open_field(Subject *subject, const char *field)
{
	if (!find_field(subject, field))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("\"%s\" has no column or field \"%s\"", subject->entry->name, field),
				 subject->exposed ? 0 :
				 errdetail("It is not one of the exposed relations, so that only its columns are known.")));
}

/* ---- what can be a name ---- */

/* The relation is among those of the hub, whose names the new ones are compared with. */
static void
check_exposed(Subject *subject)
{
	if (fsq_hub_known_entry(subject->hub, subject->entry->relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" is not one of the exposed relations", subject->entry->name),
				 errdetail("A relation is named beside the others of its schema, so that none of them loses its name."),
				 errhint("Set fraiseql.schemas to the schemas that are exposed.")));
}

static void
raise_taken(const char *message)
{
	ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("%s", message)));
}

static void
check_type_name(Subject *subject, const char *name)
{
	char	   *clash;

	fsq_config_check_base_name("type", name);
	clash = fsq_type_name_clash(subject->hub, subject->entry, name);
	if (clash)
		raise_taken(clash);
}

/* A root field that is no other relation's. */
static void
check_root_field(Subject *subject, const char *field)
{
	FsqEntry   *other = fsq_names_get(subject->hub->by_list, field);
	const char *function;

	fsq_config_check_base_name("field", field);
	if (other == NULL || other == subject->entry)
		other = fsq_names_get(subject->hub->by_item, field);
	if (other && other != subject->entry)
		raise_taken(psprintf("the field \"%s\" of Query is that of \"%s\"", field, other->name));
	other = fsq_root_field_base(subject->hub, field);
	if (other && other->owner != subject->entry->owner)
		raise_taken(psprintf("a field \"%s\" of Query is made of \"%s\"", field, other->name));
	function = fsq_query_having(subject->hub, field, InvalidOid);
	if (function)
		raise_taken(psprintf("the field \"%s\" of Query is that of function %s", field, function));
}

/* The root fields that are made of a type's name are no function's, in any naming. */
static void
check_made_fields(Subject *subject, const char *type)
{
	for (int i = 0; i < FSQ_N_NAMINGS; i++)
	{
		FsqRelationNames names;
		const char *function;

		fsq_names_of_relation(&names, type, &fsq_naming_rules[i]);
		function = fsq_query_having(subject->hub, names.list, InvalidOid);
		if (function == NULL)
			function = fsq_query_having(subject->hub, names.item, InvalidOid);
		if (function)
			raise_taken(psprintf("a field of Query that the type \"%s\" would have is that of function %s",
								 type, function));
	}
}

/* A field that no other object of the relation has. */
static void
check_field(Subject *subject, const char *field)
{
	FsqEntry   *entry = subject->entry;
	ListCell   *lc;

	fsq_config_check_base_name("field", field);
	if (strcmp(field, "_and") == 0 || strcmp(field, "_or") == 0 || strcmp(field, "_not") == 0)
		raise_taken(psprintf("the name \"%s\" has a meaning in filters", field));
	for (int i = 0; i < entry->nattributes; i++)
	{
		FsqAttribute *attribute = &entry->attributes[i];

		if (attribute != subject->attribute && !attribute->omitted &&
			strcmp(attribute->field, field) == 0)
			raise_taken(psprintf("the field \"%s\" of \"%s\" is that of its column \"%s\"",
								 field, entry->name, attribute->name));
	}
	if (!subject->exposed)
		return;
	foreach(lc, fsq_entry_links(subject->hub, entry))
	{
		FsqLink    *link = lfirst(lc);

		if (link != subject->link && !link->omitted && strcmp(link->field, field) == 0)
			raise_taken(psprintf("\"%s\" has a relationship \"%s\" already", entry->name, field));
	}
	foreach(lc, fsq_entry_shortcuts(subject->hub, entry))
	{
		FsqShortcut *shortcut = lfirst(lc);

		if (shortcut != subject->shortcut && !shortcut->omitted && strcmp(shortcut->field, field) == 0)
			raise_taken(psprintf("\"%s\" has a relationship \"%s\" already", entry->name, field));
	}
	foreach(lc, fsq_entry_functions(subject->hub, entry))
	{
		FsqFunction *function = lfirst(lc);

		if (function != subject->function && !function->omitted && strcmp(function->field, field) == 0)
			raise_taken(psprintf("the field \"%s\" of \"%s\" is that of function %s",
								 field, entry->name, function->signature));
	}
}

/* ---- the table ---- */

/* Rows of relations that are gone go with the next change. */
static void
drop_gone(void)
{
	fsq_config_execute(FSQ_CONFIG_OVERRIDE,
					   "DELETE FROM fraiseql.override o WHERE NOT EXISTS "
					   "(SELECT FROM pg_class c WHERE c.oid = o.relation) "
					   "OR o.target IS NOT NULL AND NOT EXISTS "
					   "(SELECT FROM pg_class c WHERE c.oid = o.target)",
					   0, NULL, NULL, NULL);
}

/* Write the subject's row, or into the one that its object has. */
static void
write_row(Subject *subject, const char *update)
{
	char	   *sql = psprintf("INSERT INTO fraiseql.override VALUES "
							   "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
							   "ON CONFLICT ON CONSTRAINT override_object DO UPDATE SET %s", update);

	drop_gone();
	fsq_config_execute(FSQ_CONFIG_OVERRIDE, sql, ALL_COLUMNS, column_types, subject->values,
					   subject->nulls);
	MemoryContextDelete(subject->hub->schema.context);
}

/* Change the row of the subject's object, and delete it if nothing is left of it; false: there is none. */
static bool
take_back(Subject *subject, const char *update, const char *condition)
{
	char	   *sql = psprintf("UPDATE fraiseql.override SET %s " WHERE_OBJECT " AND %s", update, condition);
	bool		found;

	found = fsq_config_execute(FSQ_CONFIG_OVERRIDE, sql, OBJECT_COLUMNS, column_types, subject->values,
							   subject->nulls) > 0;
	fsq_config_execute(FSQ_CONFIG_OVERRIDE,
					   "DELETE FROM fraiseql.override WHERE name IS NULL AND NOT omitted", 0, NULL, NULL, NULL);
	return found;
}

/* Remove a row whose object is not there any more, by its column or name; false: there is none. */
static bool
take_back_gone(Oid relid, const char *field)
{
	Oid			types[] = {REGCLASSOID, TEXTOID};
	Datum		values[] = {ObjectIdGetDatum(relid), CStringGetTextDatum(field)};

	return fsq_config_execute(FSQ_CONFIG_OVERRIDE,
							  "DELETE FROM fraiseql.override WHERE relation = $1 AND "
							  "(name = $2 OR kind = 'column' AND columns = ARRAY[$2::name] "
							  "OR function_name = $2)",
							  2, types, values, NULL) > 0;
}

/* ---- SQL functions ---- */

/*
 * fraiseql.rename(relation, type_name) and, with its root fields,
 * fraiseql.rename(relation, type_name, list_field, item_field)
 */
Datum
fsq_rename(PG_FUNCTION_ARGS)
{
	const char *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Subject		subject;
	FsqRelationNames names;

	open_subject(&subject, PG_GETARG_OID(0));
	set_kind(&subject, FSQ_OVERRIDE_TABLE);
	check_exposed(&subject);
	check_type_name(&subject, name);
	fsq_names_of_relation(&names, name, subject.hub->rules);
	if (PG_NARGS() > 2)
	{
		names.list = text_to_cstring(PG_GETARG_TEXT_PP(2));
		names.item = text_to_cstring(PG_GETARG_TEXT_PP(3));
		set_text(&subject, FSQ_OVERRIDE_LIST_FIELD, names.list);
		set_text(&subject, FSQ_OVERRIDE_ITEM_FIELD, names.item);
	}
	else
		check_made_fields(&subject, name);
	check_root_field(&subject, names.list);
	check_root_field(&subject, names.item);
	if (strcmp(names.list, names.item) == 0)
		raise_taken("the fields of a list and of one row need different names");
	set_text(&subject, FSQ_OVERRIDE_NAME, name);
	write_row(&subject, "name = excluded.name, list_field = excluded.list_field, item_field = excluded.item_field");
	PG_RETURN_VOID();
}

/* fraiseql.rename(relation, field, name) */
Datum
fsq_rename_field(PG_FUNCTION_ARGS)
{
	const char *name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Subject		subject;

	open_subject(&subject, PG_GETARG_OID(0));
	open_field(&subject, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	check_field(&subject, name);
	set_text(&subject, FSQ_OVERRIDE_NAME, name);
	write_row(&subject, "name = excluded.name");
	PG_RETURN_VOID();
}

/* fraiseql.omit(relation) and fraiseql.omit(relation, field) */
Datum
fsq_omit(PG_FUNCTION_ARGS)
{
	Subject		subject;

	open_subject(&subject, PG_GETARG_OID(0));
	if (PG_NARGS() > 1)
		open_field(&subject, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	else
		set_kind(&subject, FSQ_OVERRIDE_TABLE);
	set_value(&subject, FSQ_OVERRIDE_OMITTED, BoolGetDatum(true));
	write_row(&subject, "omitted = true");
	PG_RETURN_VOID();
}

/* Take back a part of the override of a relation, or of a field of it. */
static void
drop_override(FunctionCallInfo fcinfo, const char *what, const char *update, const char *condition)
{
	Subject		subject;
	const char *field = PG_NARGS() > 1 ? text_to_cstring(PG_GETARG_TEXT_PP(1)) : NULL;
	bool		done = false;

	open_subject(&subject, PG_GETARG_OID(0));
	if (field == NULL)
		set_kind(&subject, FSQ_OVERRIDE_TABLE);
	if (field == NULL || find_field(&subject, field))
		done = take_back(&subject, update, condition);
	if (!done && field)
		done = take_back_gone(PG_GETARG_OID(0), field);
	if (!done)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 field ? errmsg("field \"%s\" of \"%s\" is not %s", field, subject.entry->name, what) :
				 errmsg("\"%s\" is not %s", subject.entry->name, what)));
	MemoryContextDelete(subject.hub->schema.context);
}

/* fraiseql.drop_rename(relation) and fraiseql.drop_rename(relation, field) */
Datum
fsq_drop_rename(PG_FUNCTION_ARGS)
{
	drop_override(fcinfo, "renamed", "name = NULL, list_field = NULL, item_field = NULL",
				  "name IS NOT NULL");
	PG_RETURN_VOID();
}

/* fraiseql.drop_omit(relation) and fraiseql.drop_omit(relation, field) */
Datum
fsq_drop_omit(PG_FUNCTION_ARGS)
{
	drop_override(fcinfo, "omitted", "omitted = false", "omitted");
	PG_RETURN_VOID();
}
