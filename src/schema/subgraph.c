/*-------------------------------------------------------------------------
 *
 * subgraph.c
 *	  The hub as a subgraph of an Apollo federation (version 2), with
 *	  fraiseql.subgraph: the fields _service and _entities of Query, and the
 *	  SDL that a gateway composes its schema of.
 *
 *	  Entities are the types of relations that have a key.  What a gateway reads
 *	  is the hub's own SDL with @key, without what only a hub can tell of itself:
 *	  where its tables are, and whether its servers answer.
 *
 *	  Source of the names and of the SDL: "Apollo Federation subgraph
 *	  specification", https://www.apollographql.com/docs/federation/subgraph-spec
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "schema/hub.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define SERVICE_FIELD "_service"
#define ENTITIES_FIELD "_entities"
#define SERVICE_TYPE "_Service"
#define ENTITY_TYPE "_Entity"
#define ANY_TYPE "_Any"

/* The first version of the specification that has all of these directives. */
#define LINK "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.0\", import: [\"@key\", \"@shareable\"])\n\n"

/* ---- entities ---- */

/* Whether the columns of a key can name a row in a request. */
static bool
is_entity_key(const FsqKey *key)
{
	if (!key->primary && !key->not_null)
		return false;
	for (int i = 0; i < key->ncolumns; i++)
	{
		const FsqColumn *column = key->columns[i];

		if (fsq_type_is_json(column->base_type) || column->form == FSQ_JSON_ARRAY ||
			column->form == FSQ_JSON_COMPOSITE || !OidIsValid(get_array_type(column->base_type)))
			return false;
	}
	return true;
}

List *
fsq_relation_entity_keys(FsqRelation *relation)
{
	List	   *keys = fsq_relation_keys(relation);
	List	   *result = NIL;
	MemoryContext old;
	ListCell   *lc;

	if (relation->entity_keys_loaded)
		return relation->entity_keys;
	old = MemoryContextSwitchTo(relation->schema->context);
	foreach(lc, keys)
		if (is_entity_key(lfirst(lc)))
			result = lappend(result, lfirst(lc));
	MemoryContextSwitchTo(old);
	relation->entity_keys = result;
	relation->entity_keys_loaded = true;
	return result;
}

FsqRelation *
fsq_entity_relation(FsqSchema *schema, const char *type_name)
{
	FsqEntry   *entry = fsq_names_get(fsq_hub(schema)->by_type, type_name);
	FsqRelation *relation = entry ? fsq_entry_relation(fsq_hub(schema), entry) : NULL;

	return relation && fsq_relation_entity_keys(relation) != NIL ? relation : NULL;
}

/* Find the members of _Entity. */
static void
entity_complete(FsqType *type)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);
	List	   *types = NIL;

	for (int i = 0; i < hub->nentries; i++)
	{
		FsqRelation *relation = fsq_entry_relation(hub, &hub->entries[i]);

		CHECK_FOR_INTERRUPTS();
		if (relation && fsq_relation_entity_keys(relation) != NIL)
			types = lappend(types, fsq_object_type(relation));
	}
	type->possible_types = types;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* ---- types and fields ---- */

static FsqType *
make_any(FsqHub *hub)
{
	FsqType    *type = fsq_hub_type_make(hub, FSQ_SCALAR, ANY_TYPE);

	type->description = "The name of an entity's type, and the values of one of its keys";
	type->scalar = FSQ_SCALAR_JSON;
	return type;
}

static FsqType *
make_entity(FsqHub *hub)
{
	FsqType    *type = fsq_hub_type_make(hub, FSQ_UNION, ENTITY_TYPE);

	type->description = "What other subgraphs can refer to by a key";
	type->complete = entity_complete;
	return type;
}

static FsqType *
make_service(FsqHub *hub)
{
	FsqType    *type = fsq_hub_type_make(hub, FSQ_OBJECT, SERVICE_TYPE);
	FsqField   *sdl = fsq_hub_field_make(type, "sdl",
										 fsq_type_non_null(fsq_scalar_type(hub, "String")),
										 FSQ_FIELD_SDL);

	type->description = "What a gateway composes its schema of";
	type->fields = list_make1(sdl);
	type->is_complete = true;
	return type;
}

static const struct
{
	const char *name;
	FsqType    *(*make) (FsqHub *hub);
}			subgraph_types[] = {
	{ANY_TYPE, make_any},
	{ENTITY_TYPE, make_entity},
	{SERVICE_TYPE, make_service}
};

FsqType *
fsq_subgraph_type(FsqHub *hub, const char *name)
{
	for (int i = 0; hub->subgraph && i < lengthof(subgraph_types); i++)
	{
		FsqType    *type = fsq_names_get(hub->types, name);
		MemoryContext old;

		if (type)
			return type;
		if (strcmp(subgraph_types[i].name, name) != 0)
			continue;
		old = MemoryContextSwitchTo(hub->schema.context);
		type = subgraph_types[i].make(hub);
		fsq_names_add(hub->types, type->name, type);
		MemoryContextSwitchTo(old);
		return type;
	}
	return NULL;
}

static FsqField *
service_field(FsqHub *hub)
{
	FsqField   *field = fsq_hub_field_make(hub->schema.query, SERVICE_FIELD,
										   fsq_type_non_null(fsq_subgraph_type(hub, SERVICE_TYPE)),
										   FSQ_FIELD_SERVICE);

	field->description = "This hub as a subgraph.";
	return field;
}

static FsqField *
entities_field(FsqHub *hub)
{
	FsqType    *any = fsq_subgraph_type(hub, ANY_TYPE);
	FsqField   *field = fsq_hub_field_make(hub->schema.query, ENTITIES_FIELD,
										   fsq_type_non_null(fsq_type_list(fsq_subgraph_type(hub, ENTITY_TYPE))),
										   FSQ_FIELD_ENTITIES);

	field->description = "The entities that these representations mean, each in its place; null where there is none.";
	field->arguments = list_make1(fsq_hub_input_make(hub, "representations",
													 fsq_type_non_null(fsq_type_list(fsq_type_non_null(any))),
													 NULL));
	return field;
}

List *
fsq_subgraph_fields(FsqHub *hub)
{
	MemoryContext old;

	if (!hub->subgraph || hub->subgraph_fields != NIL)
		return hub->subgraph_fields;
	old = MemoryContextSwitchTo(hub->schema.context);
	hub->subgraph_fields = list_make1(service_field(hub));
	/* a union has members: without entities there is none */
	if (fsq_type_possible_types(fsq_subgraph_type(hub, ENTITY_TYPE)) != NIL)
		hub->subgraph_fields = lappend(hub->subgraph_fields, entities_field(hub));
	MemoryContextSwitchTo(old);
	return hub->subgraph_fields;
}

FsqField *
fsq_subgraph_field(FsqHub *hub, const char *name)
{
	ListCell   *lc;

	if (name[0] != '_')
		return NULL;
	foreach(lc, fsq_subgraph_fields(hub))
	{
		FsqField   *field = lfirst(lc);

		if (strcmp(field->name, name) == 0)
			return field;
	}
	return NULL;
}

/* ---- the SDL for gateways ---- */

/* @key(fields: "orderId number") */
static FsqDirectiveNode *
key_directive(const FsqKey *key)
{
	StringInfoData fields;

	initStringInfo(&fields);
	for (int i = 0; i < key->ncolumns; i++)
		appendStringInfo(&fields, "%s%s", i ? " " : "", key->columns[i]->field);
	return fsq_directive_make("key", list_make1(fsq_directive_argument("fields", fields.data)));
}

/*
 * What a gateway should know of a type beside its fields: the keys of an entity;
 * of a type that every hub has, that others may have it, too.
 */
static List *
type_directives(FsqHub *hub, const FsqType *type)
{
	FsqRelation *relation = fsq_entity_relation(&hub->schema, type->name);
	List	   *directives = NIL;
	ListCell   *lc;

	if (type->kind != FSQ_OBJECT || type == hub->schema.query)
		return NIL;
	if (relation == NULL && fsq_type_name_reserved(hub, type->name))
		return list_make1(fsq_directive_make("shareable", NIL));
	foreach(lc, relation ? fsq_relation_entity_keys(relation) : NIL)
		directives = lappend(directives, key_directive(lfirst(lc)));
	return directives;
}

/* Take from Query what a hub tells of itself alone, and what looks only among its own rows. */
static void
remove_own_fields(FsqHub *hub)
{
	List	   *fields = fsq_type_fields(hub->schema.query);
	ListCell   *lc;

	foreach(lc, fields)
		if (strcmp(((FsqField *) lfirst(lc))->name, FSQ_STATUS_FIELD) == 0 ||
			lfirst(lc) == fsq_node_field(hub))
			fields = foreach_delete_current(fields, lc);
	hub->schema.query->fields = fields;
}

/* Have a type, and its fields, the directives that a gateway reads and no others. */
static void
prepare_type(FsqHub *hub, FsqType *type)
{
	ListCell   *lc;

	type->directives = type_directives(hub, type);
	/* composition knows no @oneOf; the hub checks what it is given all the same */
	type->one_of = false;
	if (type->kind != FSQ_OBJECT)
		return;
	foreach(lc, fsq_type_fields(type))
	{
		FsqField   *field = lfirst(lc);

		/* what every hub without tables has */
		field->directives = strcmp(field->name, FSQ_EMPTY_FIELD) == 0 && type == hub->schema.query ?
			list_make1(fsq_directive_make("shareable", NIL)) : NIL;
	}
}

char *
fsq_subgraph_sdl(void)
{
	/* of its own, as it is changed before it is printed */
	FsqHub	   *hub = fsq_hub_create(CurrentMemoryContext, false);
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);
	StringInfoData out;
	ListCell   *lc;

	hub->subgraph = false;
	hub->schema.directives = NIL;
	remove_own_fields(hub);
	foreach(lc, hub->schema.all_types(&hub->schema))
	{
		CHECK_FOR_INTERRUPTS();
		prepare_type(hub, lfirst(lc));
	}
	MemoryContextSwitchTo(old);
	initStringInfo(&out);
	appendStringInfoString(&out, LINK);
	fsq_schema_print(&out, &hub->schema);
	MemoryContextDelete(hub->schema.context);
	return out.data;
}
