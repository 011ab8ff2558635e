/*-------------------------------------------------------------------------
 *
 * input.c
 *	  The inputs of where and orderBy arguments.
 *
 *	  Each type and input field is made when it is first asked for, and is the
 *	  same pointer ever after.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"

/* ---- where inputs ---- */

static FsqInputValue *
column_where_field(FsqColumn *column)
{
	FsqHub	   *hub = fsq_hub(column->relation->schema);
	FsqType    *filter;
	MemoryContext old;

	if (column->where_field)
		return column->where_field;
	filter = fsq_value_filter(hub, fsq_column_value_type(column));
	old = MemoryContextSwitchTo(hub->schema.context);
	column->where_field = fsq_hub_input_make(hub, column->field, filter,
										 fsq_input_binding_make(FSQ_INPUT_COLUMN, column, NULL));
	MemoryContextSwitchTo(old);
	return column->where_field;
}

static FsqInputValue *
relationship_where_field(FsqRelationship *relationship)
{
	FsqHub	   *hub = fsq_hub(relationship->target->schema);
	MemoryContext old;
	FsqType    *type;

	if (relationship->where_field)
		return relationship->where_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = relationship->to_many ? fsq_list_filter_type(relationship->target) :
		fsq_where_type(relationship->target);
	relationship->where_field =
		fsq_hub_input_make(hub, relationship->field, type,
					   fsq_input_binding_make(relationship->to_many ? FSQ_INPUT_TO_MANY : FSQ_INPUT_TO_ONE,
									 NULL, relationship));
	MemoryContextSwitchTo(old);
	return relationship->where_field;
}

static FsqInputValue *
where_find_field(FsqType *type, const char *name)
{
	FsqRelation *relation = type->binding;
	FsqColumn  *column;
	FsqRelationship *relationship;
	ListCell   *lc;

	if ((column = fsq_relation_column_by_field(relation, name)))
		return column_where_field(column);
	relationship = fsq_relation_relationship_by_field(relation, name);
	if (relationship == NULL)
		relationship = fsq_relation_shortcut_by_field(relation, name);
	if (relationship)
		return relationship_where_field(relationship);
	/* before completion, the list holds _and, _or and _not */
	foreach(lc, type->input_fields)
	{
		FsqInputValue *field = lfirst(lc);

		if (strcmp(field->name, name) == 0)
			return field;
	}
	return fsq_aggregate_where_field(relation, name);
}

/* Add an input field unless its name is that of a column or a relationship. */
static List *
add_free_field(FsqType *type, List *fields, FsqInputValue *field)
{
	return type->find_input_field(type, field->name) == field ? lappend(fields, field) : fields;
}

static void
where_complete(FsqType *type)
{
	FsqRelation *relation = type->binding;
	MemoryContext old = MemoryContextSwitchTo(type->schema->context);
	List	   *fields = NIL;
	ListCell   *lc;

	foreach(lc, type->input_fields)
		fields = add_free_field(type, fields, lfirst(lc));
	for (int i = 0; i < relation->ncolumns; i++)
		fields = lappend(fields, column_where_field(&relation->columns[i]));
	foreach(lc, fsq_relation_relationships(relation))
	{
		FsqRelationship *relationship = lfirst(lc);

		fields = lappend(fields, relationship_where_field(relationship));
		if (relationship->to_many)
			fields = add_free_field(type, fields, fsq_aggregate_related_where_field(relationship));
	}
	foreach(lc, fsq_relation_shortcuts(relation))
		fields = lappend(fields, relationship_where_field(lfirst(lc)));
	type->input_fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* _and, _or or _not, as the naming calls it */
static FsqInputValue *
logic_field(FsqHub *hub, const char *word, FsqType *type, FsqInputFieldKind kind)
{
	FsqInputBinding *binding = fsq_input_binding_make(kind, NULL, NULL);

	binding->empty_is_nothing = hub->rules->empty_is_nothing;
	return fsq_hub_input_make(hub, fsq_naming_word(hub->rules, word), type, binding);
}

/* A field that each type of its kind has. */
static FsqInputValue *
word_field(FsqType *type, const char *name, FsqType *of, FsqInputFieldKind kind)
{
	return fsq_hub_input_make(fsq_hub(type->schema), name, of, fsq_input_binding_make(kind, NULL, NULL));
}

FsqType *
fsq_where_type(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;
	FsqType    *list;

	if (relation->where_type)
		return relation->where_type;
	type = fsq_relation_type_make(relation, FSQ_INPUT_OBJECT, "WhereInput");
	old = MemoryContextSwitchTo(hub->schema.context);
	list = fsq_type_list(fsq_type_non_null(type));
	type->input_fields = list_make3(logic_field(hub, "_and", list, FSQ_INPUT_AND),
									logic_field(hub, "_or", list, FSQ_INPUT_OR),
									logic_field(hub, "_not", type, FSQ_INPUT_NOT));
	type->all_optional = true;
	type->find_input_field = where_find_field;
	type->complete = where_complete;
	MemoryContextSwitchTo(old);
	return relation->where_type = type;
}

/* { some, none, every }: which of the related rows must match. */
FsqType *
fsq_list_filter_type(FsqRelation *relation)
{
	MemoryContext old;
	FsqType    *type;
	FsqType    *where;

	if (relation->list_filter_type)
		return relation->list_filter_type;
	where = fsq_where_type(relation);
	type = fsq_relation_type_make(relation, FSQ_INPUT_OBJECT, "ListFilter");
	old = MemoryContextSwitchTo(type->schema->context);
	type->input_fields = list_make3(word_field(type, "some", where, FSQ_INPUT_SOME),
									word_field(type, "none", where, FSQ_INPUT_NONE),
									word_field(type, "every", where, FSQ_INPUT_EVERY));
	type->all_optional = true;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
	return relation->list_filter_type = type;
}

/* ---- orderBy inputs ---- */

static FsqInputValue *
column_order_by_field(FsqColumn *column)
{
	FsqHub	   *hub = fsq_hub(column->relation->schema);
	MemoryContext old;

	if (column->order_by_field || !fsq_column_orderable(column))
		return column->order_by_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	column->order_by_field = fsq_hub_input_make(hub, column->field,
											fsq_order_direction_type(hub),
											fsq_input_binding_make(FSQ_INPUT_COLUMN, column, NULL));
	MemoryContextSwitchTo(old);
	return column->order_by_field;
}

/* By a field of the related row; NULL for a to-many relationship. */
static FsqInputValue *
relationship_order_by_field(FsqRelationship *relationship)
{
	FsqHub	   *hub = fsq_hub(relationship->target->schema);
	MemoryContext old;
	FsqType    *type;

	if (relationship->order_by_field || relationship->to_many ||
		(type = fsq_order_by_type(fsq_relationship_target(relationship))) == NULL)
		return relationship->order_by_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	relationship->order_by_field =
		fsq_hub_input_make(hub, relationship->field, type,
						   fsq_input_binding_make(FSQ_INPUT_TO_ONE, NULL, relationship));
	MemoryContextSwitchTo(old);
	return relationship->order_by_field;
}

static FsqInputValue *
order_by_find_field(FsqType *type, const char *name)
{
	FsqRelation *relation = type->binding;
	FsqColumn  *column = fsq_relation_column_by_field(relation, name);
	FsqRelationship *relationship;

	if (column)
		return column_order_by_field(column);
	relationship = fsq_relation_relationship_by_field(relation, name);
	return relationship ? relationship_order_by_field(relationship) :
		fsq_aggregate_order_by_field(relation, name);
}

static void
order_by_complete(FsqType *type)
{
	FsqRelation *relation = type->binding;
	MemoryContext old = MemoryContextSwitchTo(type->schema->context);
	List	   *fields = NIL;
	ListCell   *lc;

	for (int i = 0; i < relation->ncolumns; i++)
	{
		FsqInputValue *field = column_order_by_field(&relation->columns[i]);

		if (field)
			fields = lappend(fields, field);
	}
	foreach(lc, fsq_relation_relationships(relation))
	{
		FsqRelationship *relationship = lfirst(lc);
		FsqInputValue *field = relationship_order_by_field(relationship);

		if (field)
			fields = lappend(fields, field);
		if (relationship->to_many)
			fields = add_free_field(type, fields, fsq_aggregate_related_order_by_field(relationship));
	}
	type->input_fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* NULL if no column of the relation has an order. */
FsqType *
fsq_order_by_type(FsqRelation *relation)
{
	FsqType    *type;
	bool		orderable = false;

	if (relation->order_by_type)
		return relation->order_by_type;
	for (int i = 0; i < relation->ncolumns && !orderable; i++)
		orderable = fsq_column_orderable(&relation->columns[i]);
	if (!orderable)
		return NULL;
	type = fsq_relation_type_make(relation, FSQ_INPUT_OBJECT, "OrderByInput");
	type->description = "Exactly one field; the order of the list is the priority";
	type->one_of = true;
	type->all_optional = true;
	type->find_input_field = order_by_find_field;
	type->complete = order_by_complete;
	return relation->order_by_type = type;
}
