/*-------------------------------------------------------------------------
 *
 * object.c
 *	  The GraphQL types that are made from relations, with the fields for their
 *	  columns and relationships, and the makers of types, fields and arguments.
 *
 *	  Each type, field and input field is made when it is first asked for, and
 *	  is the same pointer ever after.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"

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

/* One that is made for a relation: named after its type, as the naming calls it, registered, and bound to it. */
FsqType *
fsq_relation_type_make(FsqRelation *relation, FsqTypeKind kind, const char *suffix)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);
	FsqType    *type = fsq_hub_type_make(hub, kind, psprintf("%s%s", relation->type_name, fsq_naming_word(hub->rules, suffix)));

	type->binding = relation;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
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

FsqInputValue *
fsq_hub_argument_make(FsqHub *hub, const char *name, FsqType *type, FsqArgumentKind kind)
{
	return fsq_hub_input_make(hub, name, type, (void *) (intptr_t) kind);
}

FsqInputBinding *
fsq_input_binding_make(FsqInputFieldKind kind, FsqColumn *column, FsqRelationship *relationship)
{
	FsqInputBinding *binding = palloc0(sizeof(FsqInputBinding));

	binding->kind = kind;
	binding->column = column;
	binding->relationship = relationship;
	return binding;
}

FsqField *
fsq_hub_field_make(FsqType *parent, const char *name, FsqType *type, FsqFieldKind kind)
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

FsqArgumentNode *
fsq_directive_argument(const char *name, const char *text)
{
	FsqArgumentNode *argument = palloc0(sizeof(FsqArgumentNode));

	argument->node.kind = FSQ_NODE_ARGUMENT;
	argument->name = make_name(name);
	argument->value = string_value(text);
	return argument;
}

FsqDirectiveNode *
fsq_directive_make(const char *name, List *arguments)
{
	FsqDirectiveNode *directive = palloc0(sizeof(FsqDirectiveNode));

	directive->node.kind = FSQ_NODE_DIRECTIVE;
	directive->name = make_name(name);
	directive->arguments = arguments;
	return directive;
}

/* @source(server: "shop", kind: "mysql") for a field that reads a foreign table. */
List *
fsq_source_directive(FsqRelation *relation)
{
	const char *kind = relation->wrapper;

	if (!relation->foreign)
		return NIL;
	if (strncmp(kind, "fraiseql_", 9) == 0)
		kind += 9;
	return list_make1(fsq_directive_make("source",
										 list_make2(fsq_directive_argument("server", relation->server),
													fsq_directive_argument("kind", kind))));
}

/* Arguments of a field that gives a list of a relation's rows. */
List *
fsq_list_arguments(FsqHub *hub, FsqRelation *relation)
{
	FsqType    *order = fsq_order_by_type(relation);
	FsqType    *columns = fsq_column_enum_type(relation);
	FsqType    *number = fsq_scalar_type(hub, "Int");
	List	   *arguments;

	arguments = list_make1(fsq_hub_argument_make(hub, fsq_naming_word(hub->rules, "where"),
												 fsq_where_type(relation), FSQ_ARGUMENT_WHERE));
	if (order)
		arguments = lappend(arguments,
							fsq_hub_argument_make(hub, "orderBy",
										  fsq_type_list(fsq_type_non_null(order)),
										  FSQ_ARGUMENT_ORDER_BY));
	if (columns)
		arguments = lappend(arguments,
							fsq_hub_argument_make(hub, "distinctOn",
										  fsq_type_list(fsq_type_non_null(columns)),
										  FSQ_ARGUMENT_DISTINCT_ON));
	arguments = lappend(arguments, fsq_hub_argument_make(hub, "limit", number, FSQ_ARGUMENT_LIMIT));
	arguments = lappend(arguments, fsq_hub_argument_make(hub, "first", number, FSQ_ARGUMENT_FIRST));
	return lappend(arguments, fsq_hub_argument_make(hub, "offset", number, FSQ_ARGUMENT_OFFSET));
}

/* [User!], not null if the rows are always there to be read. */
FsqType *
fsq_list_type(FsqRelation *relation, bool nullable)
{
	FsqType    *list = fsq_type_list(fsq_type_non_null(fsq_object_type(relation)));

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
	field = fsq_hub_field_make(fsq_object_type(column->relation), column->field,
					   column->not_null ? fsq_type_non_null(column->gql_type) : column->gql_type,
					   FSQ_FIELD_COLUMN);
	field->description = column->description;
	if (fsq_type_is_json(column->base_type))
		field->arguments = list_make1(fsq_hub_argument_make(hub, "path", fsq_scalar_type(hub, "String"),
															FSQ_ARGUMENT_PATH));
	binding = field->binding;
	binding->relation = column->relation;
	binding->column = column;
	MemoryContextSwitchTo(old);
	return column->gql_field = field;
}

/*
 * The field of a relationship.  In a naming of collections, that of one to many
 * is the connection, if a key tells the rows apart.
 */
static FsqField *
relationship_field(FsqRelationship *relationship)
{
	FsqRelation *target = relationship->target;
	FsqHub	   *hub = fsq_hub(target->schema);
	MemoryContext old;
	FsqField   *field;
	FsqFieldBinding *binding;
	FsqType    *type;

	if (hub->rules->collection && (field = fsq_relationship_connection_field(relationship)))
		return field;
	if (relationship->gql_field)
		return relationship->gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	if (relationship->to_many)
		type = fsq_list_type(target, relationship->nullable);
	else
	{
		type = fsq_object_type(target);
		if (!relationship->nullable)
			type = fsq_type_non_null(type);
	}
	field = fsq_hub_field_make(fsq_object_type(relationship->source), relationship->field, type,
					   FSQ_FIELD_RELATIONSHIP);
	field->description = relationship->description;
	field->directives = fsq_source_directive(target);
	if (relationship->to_many)
		field->arguments = fsq_list_arguments(hub, target);
	binding = field->binding;
	binding->relation = relationship->source;
	binding->relationship = relationship;
	MemoryContextSwitchTo(old);
	return relationship->gql_field = field;
}

FsqColumn *
fsq_relation_column_by_field(FsqRelation *relation, const char *name)
{
	for (int i = 0; i < relation->ncolumns; i++)
		if (strcmp(relation->columns[i].field, name) == 0)
			return &relation->columns[i];
	return NULL;
}

FsqRelationship *
fsq_relation_relationship_by_field(FsqRelation *relation, const char *name)
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

FsqRelationship *
fsq_relation_list_by_field(FsqRelation *relation, const char *name)
{
	FsqRelationship *relationship = fsq_relation_relationship_by_field(relation, name);

	if (relationship == NULL)
		relationship = fsq_relation_shortcut_by_field(relation, name);
	return relationship && relationship->to_many ? relationship : NULL;
}

static FsqField *
object_find_field(FsqType *type, const char *name)
{
	FsqRelation *relation = type->binding;
	FsqColumn  *column = fsq_relation_column_by_field(relation, name);
	FsqRelationship *relationship;
	FsqField   *field;
	ListCell   *lc;

	if (column)
		return column_field(column);
	if ((field = fsq_node_id_field(relation, name)))
		return field;
	relationship = fsq_relation_relationship_by_field(relation, name);
	if (relationship == NULL)
		relationship = fsq_relation_shortcut_by_field(relation, name);
	if (relationship)
		return relationship_field(relationship);
	if ((field = fsq_connection_field_by_name(relation, name)) ||
		(field = fsq_aggregate_object_field(relation, name)))
		return field;
	foreach(lc, fsq_relation_functions(relation))
	{
		FsqFunction *function = lfirst(lc);

		if (strcmp(function->field, name) == 0)
			return fsq_function_field(fsq_hub(type->schema), function);
	}
	return NULL;
}

/* Add a field, unless a column, a relationship or an earlier field has its name. */
static List *
add_free_field(FsqRelation *relation, List *fields, FsqField *field, const char *what)
{
	if (object_find_field(relation->object_type, field->name) == field)
		return lappend(fields, field);
	fsq_problem(fsq_hub(relation->schema), relation->entry, NULL, NULL,
				"the field \"%s\" is taken, the %s of that name has no field", field->name, what);
	return fields;
}

/* Add what belongs to a relationship with many rows, beside its own field. */
static List *
add_fields_of_many(FsqRelation *relation, List *fields, FsqRelationship *relationship)
{
	FsqField   *connection = fsq_relationship_connection_field(relationship);
	ListCell   *lc;

	if (connection && connection != relationship_field(relationship))
		fields = add_free_field(relation, fields, connection, "connection");
	foreach(lc, fsq_aggregate_object_fields(relationship))
		fields = add_free_field(relation, fields, lfirst(lc), "aggregate");
	return fields;
}

static void
object_complete(FsqType *type)
{
	FsqRelation *relation = type->binding;
	MemoryContext old = MemoryContextSwitchTo(type->schema->context);
	List	   *fields = NIL;
	ListCell   *lc;

	if (type->interfaces != NIL)
		fields = list_make1(object_find_field(type, "nodeId"));
	else if (fsq_relation_column_by_field(relation, "nodeId"))
		fsq_problem(fsq_hub(type->schema), relation->entry, NULL, NULL,
					"the field \"nodeId\" is a column, so the type is no Node");
	for (int i = 0; i < relation->ncolumns; i++)
		fields = lappend(fields, column_field(&relation->columns[i]));
	foreach(lc, fsq_relation_relationships(relation))
	{
		FsqRelationship *relationship = lfirst(lc);

		fields = add_free_field(relation, fields, relationship_field(relationship), "relationship");
		if (relationship->to_many)
			fields = add_fields_of_many(relation, fields, relationship);
	}
	foreach(lc, fsq_relation_shortcuts(relation))
	{
		fields = lappend(fields, relationship_field(lfirst(lc)));
		fields = add_fields_of_many(relation, fields, lfirst(lc));
	}
	foreach(lc, fsq_relation_functions(relation))
	{
		FsqFunction *function = lfirst(lc);

		if (object_find_field(type, function->field) == fsq_function_field(fsq_hub(type->schema), function))
			fields = lappend(fields, function->gql_field);
		else
			fsq_problem(fsq_hub(type->schema), relation->entry, NULL, NULL,
						"function %s has no field: \"%s\" is taken", function->signature, function->field);
	}
	type->fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

FsqType *
fsq_object_type(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;

	if (relation->object_type)
		return relation->object_type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_relation_type_make(relation, FSQ_OBJECT, "");
	type->description = relation->description;
	type->directives = fsq_source_directive(relation);
	type->find_field = object_find_field;
	type->complete = object_complete;
	if (fsq_relation_node_key(relation))
		type->interfaces = list_make1(fsq_node_type(hub));
	MemoryContextSwitchTo(old);
	return relation->object_type = type;
}
