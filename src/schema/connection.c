/*-------------------------------------------------------------------------
 *
 * connection.c
 *	  Connections, as the Relay specification has them: a page of a relation's
 *	  rows with cursors, usersConnection(first, after, ..) { edges { node } }.
 *
 *	  A relation has connections if a key keeps its rows apart: a cursor says
 *	  where a row stands among all others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"

FsqKey *
fsq_relation_row_key(FsqRelation *relation)
{
	ListCell   *lc;

	foreach(lc, fsq_relation_keys(relation))
	{
		FsqKey	   *key = lfirst(lc);
		bool		orderable = key->primary || key->not_null;

		for (int i = 0; i < key->ncolumns; i++)
			orderable &= fsq_column_orderable(key->columns[i]);
		if (orderable)
			return key;
	}
	return NULL;
}

char *
fsq_connection_name(const FsqHub *hub, const char *list_field)
{
	return psprintf("%s%s", list_field, hub->rules->connection);
}

/* The name of a list field whose connection has that name; NULL if it is not one of a connection. */
static char *
list_name(const FsqHub *hub, const char *name)
{
	const char *suffix = hub->rules->connection;
	size_t		length = strlen(name);
	size_t		n = strlen(suffix);

	if (length <= n || strcmp(name + length - n, suffix) != 0)
		return NULL;
	return pnstrdup(name, length - n);
}

/* ---- types ---- */

/* A field of a connection's own types. */
typedef struct FieldRule
{
	const char *name;
	FsqFieldKind kind;
	const char *description;
} FieldRule;

static const FieldRule page_info_fields[] = {
	{"hasNextPage", FSQ_FIELD_HAS_NEXT_PAGE, "Whether there are rows behind this page"},
	{"hasPreviousPage", FSQ_FIELD_HAS_PREVIOUS_PAGE, "Whether there are rows before this page"},
	{"startCursor", FSQ_FIELD_START_CURSOR, "The cursor of the first row, null if there is none"},
	{"endCursor", FSQ_FIELD_END_CURSOR, "The cursor of the last row, null if there is none"}
};

FsqType *
fsq_page_info_type(FsqHub *hub)
{
	FsqType    *type = fsq_names_get(hub->types, "PageInfo");
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_OBJECT, "PageInfo");
	type->description = "Where a page is among all rows";
	for (int i = 0; i < lengthof(page_info_fields); i++)
	{
		bool		is_cursor = page_info_fields[i].kind == FSQ_FIELD_START_CURSOR ||
			page_info_fields[i].kind == FSQ_FIELD_END_CURSOR;
		FsqField   *field;

		field = fsq_hub_field_make(type, page_info_fields[i].name,
								   is_cursor ? fsq_scalar_type(hub, hub->rules->cursor) :
								   fsq_type_non_null(fsq_scalar_type(hub, "Boolean")),
								   page_info_fields[i].kind);
		field->description = page_info_fields[i].description;
		type->fields = lappend(type->fields, field);
	}
	type->is_complete = true;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}

/* Add a field to one of the types of a relation's connection. */
static void
add_field(FsqType *type, FsqRelation *relation, const char *name, FsqType *field_type,
		  FsqFieldKind kind, const char *description)
{
	FsqField   *field = fsq_hub_field_make(type, name, field_type, kind);

	field->description = description;
	((FsqFieldBinding *) field->binding)->relation = relation;
	type->fields = lappend(type->fields, field);
}

static void
edge_complete(FsqType *type)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	FsqRelation *relation = type->binding;
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);

	type->fields = NIL;
	add_field(type, relation, "cursor", fsq_type_non_null(fsq_scalar_type(hub, hub->rules->cursor)),
			  FSQ_FIELD_CURSOR, "Where the row stands: for after and before");
	add_field(type, relation, "node", fsq_type_non_null(fsq_object_type(relation)),
			  FSQ_FIELD_OBJECT, "The row");
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* The type of a relation's edges; NULL if it has no connections. */
FsqType *
fsq_edge_type(FsqRelation *relation)
{
	FsqType    *type;

	if (relation->edge_type || fsq_relation_row_key(relation) == NULL)
		return relation->edge_type;
	type = fsq_relation_type_make(relation, FSQ_OBJECT, "Edge");
	type->description = "A row of a page, with its cursor";
	type->complete = edge_complete;
	return relation->edge_type = type;
}

static void
connection_complete(FsqType *type)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	FsqRelation *relation = type->binding;
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);

	type->fields = NIL;
	add_field(type, relation, "edges",
			  fsq_type_non_null(fsq_type_list(fsq_type_non_null(fsq_edge_type(relation)))),
			  FSQ_FIELD_EDGES, "The rows of the page, with their cursors");
	add_field(type, relation, "nodes", fsq_list_type(relation, false), FSQ_FIELD_NODES,
			  "The rows of the page");
	add_field(type, relation, "pageInfo", fsq_type_non_null(fsq_page_info_type(hub)),
			  FSQ_FIELD_PAGE_INFO, NULL);
	add_field(type, relation, "totalCount", fsq_type_non_null(fsq_scalar_type(hub, hub->rules->count)),
			  FSQ_FIELD_TOTAL_COUNT, "How many rows there are on all pages");
	add_field(type, relation, "aggregate", fsq_type_non_null(fsq_aggregate_type(relation)),
			  FSQ_FIELD_CONNECTION_AGGREGATE, "Of the rows of all pages");
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* The type of a relation's connections; NULL if it has none. */
FsqType *
fsq_connection_type(FsqRelation *relation)
{
	MemoryContext old;
	FsqType    *type;

	if (relation->connection_type || fsq_relation_row_key(relation) == NULL)
		return relation->connection_type;
	type = fsq_relation_type_make(relation, FSQ_OBJECT, "Connection");
	type->description = "A page of rows";
	type->complete = connection_complete;
	old = MemoryContextSwitchTo(type->schema->context);
	type->directives = fsq_source_directive(relation);
	MemoryContextSwitchTo(old);
	return relation->connection_type = type;
}

/* ---- fields ---- */

/* Arguments of a connection. */
static List *
connection_arguments(FsqHub *hub, FsqRelation *relation)
{
	FsqType    *number = fsq_scalar_type(hub, "Int");
	FsqType    *cursor = fsq_scalar_type(hub, "Cursor");
	FsqType    *order = fsq_type_list(fsq_type_non_null(fsq_order_by_type(relation)));
	List	   *arguments;

	arguments = list_make2(fsq_hub_argument_make(hub, fsq_naming_word(hub->rules, "where"),
												 fsq_where_type(relation), FSQ_ARGUMENT_WHERE),
						   fsq_hub_argument_make(hub, "orderBy", order, FSQ_ARGUMENT_ORDER_BY));
	arguments = lappend(arguments, fsq_hub_argument_make(hub, "first", number, FSQ_ARGUMENT_FIRST));
	arguments = lappend(arguments, fsq_hub_argument_make(hub, "after", cursor, FSQ_ARGUMENT_AFTER));
	arguments = lappend(arguments, fsq_hub_argument_make(hub, "last", number, FSQ_ARGUMENT_LAST));
	arguments = lappend(arguments, fsq_hub_argument_make(hub, "before", cursor, FSQ_ARGUMENT_BEFORE));
	return lappend(arguments, fsq_hub_argument_make(hub, "offset", number, FSQ_ARGUMENT_OFFSET));
}

/* A connection over a relation's rows: the root's, or those of a relationship. */
static FsqField *
connection_field(FsqType *parent, FsqRelation *relation, FsqRelationship *relationship,
				 const char *list_field, bool nullable)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type = fsq_connection_type(relation);
	FsqField   *field;
	FsqFieldBinding *binding;

	if (type == NULL)
		return NULL;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = fsq_hub_field_make(parent, fsq_connection_name(hub, list_field),
							   nullable ? type : fsq_type_non_null(type), FSQ_FIELD_CONNECTION);
	field->directives = fsq_source_directive(relation);
	field->arguments = connection_arguments(hub, relation);
	binding = field->binding;
	binding->relation = relation;
	binding->relationship = relationship;
	MemoryContextSwitchTo(old);
	return field;
}

FsqField *
fsq_root_connection_field(FsqRelation *relation)
{
	if (relation->connection_gql_field == NULL)
		relation->connection_gql_field =
			connection_field(relation->schema->query, relation, NULL, relation->list_field,
							 relation->foreign);
	return relation->connection_gql_field;
}

FsqField *
fsq_relationship_connection_field(FsqRelationship *relationship)
{
	if (relationship->connection_gql_field == NULL && relationship->to_many)
		relationship->connection_gql_field =
			connection_field(fsq_object_type(relationship->source),
							 fsq_relationship_target(relationship), relationship,
							 relationship->field, relationship->nullable);
	return relationship->connection_gql_field;
}

FsqField *
fsq_root_connection_field_by_name(FsqHub *hub, const char *name)
{
	char	   *list = list_name(hub, name);
	FsqEntry   *entry = list ? fsq_names_get(hub->by_list, list) : NULL;
	FsqRelation *relation = entry ? fsq_entry_relation(hub, entry) : NULL;

	return relation ? fsq_root_connection_field(relation) : NULL;
}

FsqField *
fsq_connection_field_by_name(FsqRelation *relation, const char *name)
{
	char	   *list = list_name(fsq_hub(relation->schema), name);
	FsqRelationship *relationship = list ? fsq_relation_list_by_field(relation, list) : NULL;

	return relationship ? fsq_relationship_connection_field(relationship) : NULL;
}
