/*-------------------------------------------------------------------------
 *
 * source.c
 *	  The directive @source, which serves two: in the schema it says where a
 *	  field or type reads from (server, kind); on a field of a request it says
 *	  where that one is to be read (affinity).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/hub.h"

static const struct
{
	const char *name;
	FsqSourceAffinity affinity;
	const char *description;
}			affinities[] = {
	{"CACHE", FSQ_SOURCE_CACHE, "The fallback of the table, if it has one; the source for keys that it does not have."},
	{"REPLICA", FSQ_SOURCE_REPLICA, "A replica of the server that is alive, if it has one."},
	{"PRIMARY", FSQ_SOURCE_PRIMARY, "The server itself."}
};

FsqType *
fsq_source_affinity_type(FsqHub *hub)
{
	FsqType    *type = fsq_names_get(hub->types, FSQ_SOURCE_AFFINITY);
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_ENUM, FSQ_SOURCE_AFFINITY);
	type->description = "Where a field of a request is to be read";
	type->structural = true;
	type->is_complete = true;
	for (int i = 0; i < lengthof(affinities); i++)
	{
		FsqEnumValue *value = palloc0(sizeof(FsqEnumValue));

		value->name = affinities[i].name;
		value->description = affinities[i].description;
		value->binding = (void *) (intptr_t) affinities[i].affinity;
		type->enum_values = lappend(type->enum_values, value);
	}
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}

FsqDirective *
fsq_source_definition(FsqHub *hub)
{
	FsqDirective *directive = palloc0(sizeof(FsqDirective));
	FsqType    *string = fsq_scalar_type(hub, "String");

	directive->name = "source";
	directive->description = "What it reads is a table of another database. On a field of a request: where it is to be read.";
	directive->arguments = list_make3(fsq_hub_input_make(hub, "server", string, NULL),
									  fsq_hub_input_make(hub, "kind", string, NULL),
									  fsq_hub_input_make(hub, "affinity", fsq_source_affinity_type(hub), NULL));
	directive->locations = list_make3("OBJECT", "FIELD_DEFINITION", "FIELD");
	return directive;
}
