/*-------------------------------------------------------------------------
 *
 * object.c
 *	  The GraphQL types that are made from relations: Query, object types,
 *	  and the inputs of their where and orderBy arguments.
 *
 *	  Each type, field and input field is made when it is first asked for, and
 *	  is the same pointer ever after.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"

static FsqType *where_type(FsqRelation *relation);
static FsqType *list_filter_type(FsqRelation *relation);
static FsqType *order_by_type(FsqRelation *relation);
static FsqType *object_type(FsqRelation *relation);

/* ---- makers; all in the current context, which is the schema's ---- */

/* A type that is not registered yet. */
FsqType *
fsq_hub_type_make(FsqHub *hub, FsqTypeKind kind, const char *name)
{
	FsqType    *type = MemoryContextAllocZero(hub->schema.context, sizeof(FsqType));

	type->kind = kind;
	type->schema = &hub->schema;
	type->name = name;
	return type;
}

FsqInputValue *
fsq_hub_input_make(FsqHub *hub, const char *name, FsqType *type, void *binding)
{
	FsqInputValue *value = MemoryContextAllocZero(hub->schema.context, sizeof(FsqInputValue));

	value->name = name;
	value->type = type;
	value->binding = binding;
	return value;
}

static FsqInputValue *
argument_make(FsqHub *hub, const char *name, FsqType *type, FsqArgumentKind kind)
{
	return fsq_hub_input_make(hub, name, type, (void *) (intptr_t) kind);
}

static FsqInputBinding *
input_binding(FsqInputFieldKind kind, FsqColumn *column, FsqRelationship *relationship)
{
	FsqInputBinding *binding = palloc0(sizeof(FsqInputBinding));

	binding->kind = kind;
	binding->column = column;
	binding->relationship = relationship;
	return binding;
}

static FsqField *
field_make(FsqType *parent, const char *name, FsqType *type, FsqFieldKind kind)
{
	FsqField   *field = palloc0(sizeof(FsqField));
	FsqFieldBinding *binding = palloc0(sizeof(FsqFieldBinding));

	binding->kind = kind;
	field->parent = parent;
	field->name = name;
	field->type = type;
	field->binding = binding;
	return field;
}

static FsqNode *
string_value(const char *text)
{
	FsqValueNode *node = palloc0(sizeof(FsqValueNode));

	node->node.kind = FSQ_NODE_STRING;
	node->str = pstrdup(text);
	node->length = strlen(text);
	return (FsqNode *) node;
}

static FsqName *
make_name(const char *text)
{
	FsqName    *name = palloc0(sizeof(FsqName));

	name->value = pstrdup(text);
	return name;
}

static FsqArgumentNode *
string_argument(const char *name, const char *text)
{
	FsqArgumentNode *argument = palloc0(sizeof(FsqArgumentNode));

	argument->node.kind = FSQ_NODE_ARGUMENT;
	argument->name = make_name(name);
	argument->value = string_value(text);
	return argument;
}

/* @source(server: "shop", kind: "mysql") for a field that reads a foreign table. */
static List *
source_directive(FsqRelation *relation)
{
	FsqDirectiveNode *directive;
	const char *kind = relation->wrapper;

	if (!relation->foreign)
		return NIL;
	if (strncmp(kind, "fraiseql_", 9) == 0)
		kind += 9;
	directive = palloc0(sizeof(FsqDirectiveNode));
	directive->node.kind = FSQ_NODE_DIRECTIVE;
	directive->name = make_name("source");
	directive->arguments = list_make2(string_argument("server", relation->server),
									  string_argument("kind", kind));
	return list_make1(directive);
}

/* Arguments of a field that gives a list of a relation's rows. */
static List *
list_arguments(FsqHub *hub, FsqRelation *relation)
{
	FsqType    *order = order_by_type(relation);
	FsqType    *number = fsq_scalar_type(hub, "Int");
	List	   *arguments;

	arguments = list_make1(argument_make(hub, "where", where_type(relation), FSQ_ARGUMENT_WHERE));
	if (order)
		arguments = lappend(arguments,
							argument_make(hub, "orderBy",
										  fsq_type_list(fsq_type_non_null(order)),
										  FSQ_ARGUMENT_ORDER_BY));
	arguments = lappend(arguments, argument_make(hub, "limit", number, FSQ_ARGUMENT_LIMIT));
	return lappend(arguments, argument_make(hub, "offset", number, FSQ_ARGUMENT_OFFSET));
}

/* [User!], not null if the rows are always there to be read. */
static FsqType *
list_type(FsqRelation *relation, bool nullable)
{
	FsqType    *list = fsq_type_list(fsq_type_non_null(object_type(relation)));

	return nullable ? list : fsq_type_non_null(list);
}

/* ---- object types ---- */

static FsqField *
column_field(FsqColumn *column)
{
	FsqHub	   *hub = fsq_hub(column->relation->schema);
	MemoryContext old;
	FsqField   *field;
	FsqFieldBinding *binding;

	if (column->gql_field)
		return column->gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = field_make(object_type(column->relation), column->field,
					   column->not_null ? fsq_type_non_null(column->gql_type) : column->gql_type,
					   FSQ_FIELD_COLUMN);
	field->description = column->description;
	binding = field->binding;
	binding->relation = column->relation;
	binding->column = column;
	MemoryContextSwitchTo(old);
	return column->gql_field = field;
}

static FsqField *
relationship_field(FsqRelationship *relationship)
{
	FsqRelation *target = relationship->target;
	FsqHub	   *hub = fsq_hub(target->schema);
	MemoryContext old;
	FsqField   *field;
	FsqFieldBinding *binding;
	FsqType    *type;

	if (relationship->gql_field)
		return relationship->gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	if (relationship->to_many)
		type = list_type(target, relationship->nullable);
	else
	{
		type = object_type(target);
		if (!relationship->nullable)
			type = fsq_type_non_null(type);
	}
	field = field_make(object_type(relationship->source), relationship->field, type,
					   FSQ_FIELD_RELATIONSHIP);
	field->description = relationship->description;
	field->directives = source_directive(target);
	if (relationship->to_many)
		field->arguments = list_arguments(hub, target);
	binding = field->binding;
	binding->relation = relationship->source;
	binding->relationship = relationship;
	MemoryContextSwitchTo(old);
	return relationship->gql_field = field;
}

static FsqColumn *
column_by_field(FsqRelation *relation, const char *name)
{
	for (int i = 0; i < relation->ncolumns; i++)
		if (strcmp(relation->columns[i].field, name) == 0)
			return &relation->columns[i];
	return NULL;
}

static FsqRelationship *
relationship_by_field(FsqRelation *relation, const char *name)
{
	ListCell   *lc;

	foreach(lc, fsq_relation_relationships(relation))
	{
		FsqRelationship *relationship = lfirst(lc);

		if (strcmp(relationship->field, name) == 0)
			return relationship;
	}
	return NULL;
}

static FsqField *
object_find_field(FsqType *type, const char *name)
{
	FsqRelation *relation = type->binding;
	FsqColumn  *column = column_by_field(relation, name);
	FsqRelationship *relationship;

	if (column)
		return column_field(column);
	relationship = relationship_by_field(relation, name);
	return relationship ? relationship_field(relationship) : NULL;
}

static void
object_complete(FsqType *type)
{
	FsqRelation *relation = type->binding;
	MemoryContext old = MemoryContextSwitchTo(type->schema->context);
	List	   *fields = NIL;
	ListCell   *lc;

	for (int i = 0; i < relation->ncolumns; i++)
		fields = lappend(fields, column_field(&relation->columns[i]));
	foreach(lc, fsq_relation_relationships(relation))
		fields = lappend(fields, relationship_field(lfirst(lc)));
	type->fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

static FsqType *
object_type(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;

	if (relation->object_type)
		return relation->object_type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_OBJECT, relation->type_name);
	type->description = relation->description;
	type->directives = source_directive(relation);
	type->find_field = object_find_field;
	type->complete = object_complete;
	type->binding = relation;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return relation->object_type = type;
}

/* ---- where inputs ---- */

static FsqInputValue *
column_where_field(FsqColumn *column)
{
	FsqHub	   *hub = fsq_hub(column->relation->schema);
	FsqType    *filter;
	MemoryContext old;

	if (column->where_field)
		return column->where_field;
	filter = fsq_column_filter(hub, column);
	old = MemoryContextSwitchTo(hub->schema.context);
	column->where_field = fsq_hub_input_make(hub, column->field, filter,
										 input_binding(FSQ_INPUT_COLUMN, column, NULL));
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
	type = relationship->to_many ? list_filter_type(relationship->target) :
		where_type(relationship->target);
	relationship->where_field =
		fsq_hub_input_make(hub, relationship->field, type,
					   input_binding(relationship->to_many ? FSQ_INPUT_TO_MANY : FSQ_INPUT_TO_ONE,
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

	/* before completion, the list holds _and, _or and _not */
	if (name[0] == '_')
	{
		foreach(lc, type->input_fields)
		{
			FsqInputValue *field = lfirst(lc);

			if (strcmp(field->name, name) == 0)
				return field;
		}
	}
	if ((column = column_by_field(relation, name)))
		return column_where_field(column);
	relationship = relationship_by_field(relation, name);
	return relationship ? relationship_where_field(relationship) : NULL;
}

static void
where_complete(FsqType *type)
{
	FsqRelation *relation = type->binding;
	MemoryContext old = MemoryContextSwitchTo(type->schema->context);
	List	   *fields = list_copy(type->input_fields);
	ListCell   *lc;

	for (int i = 0; i < relation->ncolumns; i++)
		fields = lappend(fields, column_where_field(&relation->columns[i]));
	foreach(lc, fsq_relation_relationships(relation))
		fields = lappend(fields, relationship_where_field(lfirst(lc)));
	type->input_fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

static FsqType *
where_type(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;
	FsqType    *list;

	if (relation->where_type)
		return relation->where_type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_INPUT_OBJECT, psprintf("%sWhereInput", relation->type_name));
	list = fsq_type_list(fsq_type_non_null(type));
	type->input_fields = list_make3(fsq_hub_input_make(hub, "_and", list, input_binding(FSQ_INPUT_AND, NULL, NULL)),
									fsq_hub_input_make(hub, "_or", list, input_binding(FSQ_INPUT_OR, NULL, NULL)),
									fsq_hub_input_make(hub, "_not", type, input_binding(FSQ_INPUT_NOT, NULL, NULL)));
	type->all_optional = true;
	type->find_input_field = where_find_field;
	type->complete = where_complete;
	type->binding = relation;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return relation->where_type = type;
}

/* { some, none, every }: which of the related rows must match. */
static FsqType *
list_filter_type(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;
	FsqType    *where;

	if (relation->list_filter_type)
		return relation->list_filter_type;
	where = where_type(relation);
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_INPUT_OBJECT, psprintf("%sListFilter", relation->type_name));
	type->input_fields = list_make3(fsq_hub_input_make(hub, "some", where, input_binding(FSQ_INPUT_SOME, NULL, NULL)),
									fsq_hub_input_make(hub, "none", where, input_binding(FSQ_INPUT_NONE, NULL, NULL)),
									fsq_hub_input_make(hub, "every", where, input_binding(FSQ_INPUT_EVERY, NULL, NULL)));
	type->all_optional = true;
	type->is_complete = true;
	type->binding = relation;
	fsq_names_add(hub->types, type->name, type);
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
											fsq_leaf_type(hub, "OrderDirection"),
											input_binding(FSQ_INPUT_COLUMN, column, NULL));
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
		(type = order_by_type(fsq_relationship_target(relationship))) == NULL)
		return relationship->order_by_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	relationship->order_by_field =
		fsq_hub_input_make(hub, relationship->field, type,
						   input_binding(FSQ_INPUT_TO_ONE, NULL, relationship));
	MemoryContextSwitchTo(old);
	return relationship->order_by_field;
}

static FsqInputValue *
order_by_find_field(FsqType *type, const char *name)
{
	FsqRelation *relation = type->binding;
	FsqColumn  *column = column_by_field(relation, name);
	FsqRelationship *relationship;

	if (column)
		return column_order_by_field(column);
	relationship = relationship_by_field(relation, name);
	return relationship ? relationship_order_by_field(relationship) : NULL;
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
		FsqInputValue *field = relationship_order_by_field(lfirst(lc));

		if (field)
			fields = lappend(fields, field);
	}
	type->input_fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* NULL if no column of the relation has an order. */
static FsqType *
order_by_type(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;
	bool		orderable = false;

	if (relation->order_by_type)
		return relation->order_by_type;
	for (int i = 0; i < relation->ncolumns && !orderable; i++)
		orderable = fsq_column_orderable(&relation->columns[i]);
	if (!orderable)
		return NULL;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_INPUT_OBJECT, psprintf("%sOrderByInput", relation->type_name));
	type->description = "Exactly one field; the order of the list is the priority";
	type->one_of = true;
	type->all_optional = true;
	type->find_input_field = order_by_find_field;
	type->complete = order_by_complete;
	type->binding = relation;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return relation->order_by_type = type;
}

/* ---- Query ---- */

static FsqField *
root_list_field(FsqHub *hub, FsqRelation *relation)
{
	MemoryContext old;
	FsqField   *field;

	if (relation->list_gql_field)
		return relation->list_gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = field_make(hub->schema.query, relation->list_field,
					   list_type(relation, relation->foreign), FSQ_FIELD_ROOT_LIST);
	field->description = relation->description;
	field->directives = source_directive(relation);
	field->arguments = list_arguments(hub, relation);
	((FsqFieldBinding *) field->binding)->relation = relation;
	MemoryContextSwitchTo(old);
	return relation->list_gql_field = field;
}

static FsqField *
root_key_field(FsqHub *hub, FsqRelation *relation, FsqKey *key)
{
	MemoryContext old;
	FsqField   *field;
	FsqFieldBinding *binding;

	if (key->gql_field)
		return key->gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = field_make(hub->schema.query, key->root_field, object_type(relation),
					   FSQ_FIELD_ROOT_KEY);
	field->directives = source_directive(relation);
	for (int i = 0; i < key->ncolumns; i++)
		field->arguments = lappend(field->arguments,
								   argument_make(hub, key->columns[i]->field,
												 fsq_type_non_null(key->columns[i]->gql_type),
												 FSQ_ARGUMENT_KEY));
	binding = field->binding;
	binding->relation = relation;
	binding->key = key;
	MemoryContextSwitchTo(old);
	return key->gql_field = field;
}

/* The key field of that name of a relation; NULL if it has none. */
static FsqField *
key_field_of(FsqHub *hub, FsqRelation *relation, const char *name)
{
	ListCell   *lc;

	if (relation == NULL)
		return NULL;
	foreach(lc, fsq_relation_keys(relation))
	{
		FsqKey	   *key = lfirst(lc);

		if (strcmp(key->root_field, name) == 0)
			return root_key_field(hub, relation, key);
	}
	return NULL;
}

/*
 * A root field by name.  The names of the index come first; "userByEmail" is
 * looked for under the shortest item that it begins with.
 */
static FsqField *
query_find_field(FsqType *type, const char *name)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	const char *word = hub->naming == FSQ_NAMING_PRESERVE ? "_by_" : "By";
	FsqEntry   *entry;

	if ((entry = fsq_names_get(hub->by_list, name)))
	{
		FsqRelation *relation = fsq_entry_relation(hub, entry);

		return relation ? root_list_field(hub, relation) : NULL;
	}
	if ((entry = fsq_names_get(hub->by_item, name)))
		return key_field_of(hub, fsq_entry_relation(hub, entry), name);
	for (const char *by = strstr(name, word); by; by = strstr(by + 1, word))
	{
		FsqField   *field;

		entry = fsq_names_get(hub->by_item, pnstrdup(name, by - name));
		if (entry && (field = key_field_of(hub, fsq_entry_relation(hub, entry), name)))
			return field;
	}
	return NULL;
}

static void
query_complete(FsqType *type)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);
	List	   *fields = NIL;

	for (int i = 0; i < hub->nentries; i++)
	{
		FsqRelation *relation = fsq_entry_relation(hub, &hub->entries[i]);
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		if (relation == NULL)
			continue;
		fields = lappend(fields, root_list_field(hub, relation));
		foreach(lc, fsq_relation_keys(relation))
		{
			FsqKey	   *key = lfirst(lc);
			FsqField   *field = query_find_field(type, key->root_field);

			if (field && ((FsqFieldBinding *) field->binding)->key == key)
				fields = lappend(fields, field);
			else
				fsq_problem(hub, relation->entry, NULL, NULL,
							"the field \"%s\" is taken, the key \"%s\" has no field",
							key->root_field, key->constraint_name ? key->constraint_name : "");
		}
	}
	type->fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* ---- the provider ---- */

/* The relation whose type and an ending make a name; NULL if there is none. */
static FsqRelation *
relation_of_derived(FsqHub *hub, const char *name, const char *suffix)
{
	size_t		length = strlen(name);
	size_t		n = strlen(suffix);
	FsqEntry   *entry;

	if (length <= n || strcmp(name + length - n, suffix) != 0)
		return NULL;
	entry = fsq_names_get(hub->by_type, pnstrdup(name, length - n));
	return fsq_entry_relation(hub, entry);
}

static FsqType *
hub_find_type(FsqSchema *schema, const char *name)
{
	FsqHub	   *hub = fsq_hub(schema);
	FsqType    *type = fsq_names_get(hub->types, name);
	FsqEntry   *entry;
	FsqRelation *relation;

	if (type)
		return type;
	if ((entry = fsq_names_get(hub->by_type, name)))
	{
		relation = fsq_entry_relation(hub, entry);
		return relation ? object_type(relation) : NULL;
	}
	if ((relation = relation_of_derived(hub, name, "WhereInput")))
		return where_type(relation);
	if ((relation = relation_of_derived(hub, name, "OrderByInput")))
		return order_by_type(relation);
	if ((relation = relation_of_derived(hub, name, "ListFilter")))
		return list_filter_type(relation);
	return fsq_leaf_type(hub, name);
}

/* The types that can be reached, while they are collected. */
typedef struct Reachable
{
	FsqNames   *seen;
	List	   *types;			/* of FsqType *; also the queue */
} Reachable;

static void
reach(Reachable *reachable, FsqType *type)
{
	type = fsq_type_named(type);
	if (fsq_names_add(reachable->seen, type->name, type) == NULL)
		reachable->types = lappend(reachable->types, type);
}

static int
compare_types(const ListCell *left, const ListCell *right)
{
	return strcmp(((FsqType *) lfirst(left))->name, ((FsqType *) lfirst(right))->name);
}

/* Every type that can be reached from Query, completed, by name. */
static List *
hub_all_types(FsqSchema *schema)
{
	FsqHub	   *hub = fsq_hub(schema);
	MemoryContext old;
	Reachable	reachable = {0};

	if (hub->all_types)
		return hub->all_types;
	reachable.seen = fsq_names_make(CurrentMemoryContext, hub->nentries * 5);
	old = MemoryContextSwitchTo(schema->context);
	reach(&reachable, schema->query);
	/* introspection and directives use them */
	reach(&reachable, fsq_scalar_type(hub, "String"));
	reach(&reachable, fsq_scalar_type(hub, "Boolean"));
	for (int i = 0; i < list_length(reachable.types); i++)
	{
		FsqType    *type = list_nth(reachable.types, i);
		ListCell   *lc;
		ListCell   *lc2;

		CHECK_FOR_INTERRUPTS();
		if (type->kind == FSQ_OBJECT)
		{
			foreach(lc, fsq_type_fields(type))
			{
				FsqField   *field = lfirst(lc);

				reach(&reachable, field->type);
				foreach(lc2, field->arguments)
					reach(&reachable, ((FsqInputValue *) lfirst(lc2))->type);
			}
		}
		else if (type->kind == FSQ_INPUT_OBJECT)
		{
			foreach(lc, fsq_type_input_fields(type))
				reach(&reachable, ((FsqInputValue *) lfirst(lc))->type);
		}
	}
	list_sort(reachable.types, compare_types);
	MemoryContextSwitchTo(old);
	return hub->all_types = reachable.types;
}

/* Relations have no interfaces. */
static List *
hub_implementations(FsqSchema *schema, FsqType *interface)
{
	return NIL;
}

static FsqDirective *
source_definition(FsqHub *hub)
{
	FsqDirective *directive = palloc0(sizeof(FsqDirective));
	FsqType    *string = fsq_type_non_null(fsq_scalar_type(hub, "String"));

	directive->name = "source";
	directive->description = "What it reads is a table of another database.";
	directive->arguments = list_make2(fsq_hub_input_make(hub, "server", string, NULL),
									  fsq_hub_input_make(hub, "kind", string, NULL));
	directive->locations = list_make2("OBJECT", "FIELD_DEFINITION");
	return directive;
}

/* Make the hub a GraphQL schema; its name index is complete. */
void
fsq_hub_set_provider(FsqHub *hub)
{
	FsqSchema  *schema = &hub->schema;

	schema->find_type = hub_find_type;
	schema->all_types = hub_all_types;
	schema->implementations = hub_implementations;
	schema->query = fsq_hub_type_make(hub, FSQ_OBJECT, "Query");
	schema->query->find_field = query_find_field;
	schema->query->complete = query_complete;
	fsq_names_add(hub->types, "Query", schema->query);
	schema->directives = fsq_builtin_directives(schema);
	schema->directives = lappend(schema->directives, source_definition(hub));
}
