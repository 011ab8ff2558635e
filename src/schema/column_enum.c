/*-------------------------------------------------------------------------
 *
 * column_enum.c
 *	  The enum of a relation's columns, for arguments that name columns:
 *	  UserColumn { ID EMAIL CREATED_AT }.
 *
 *	  It has the columns that can be compared.  The values are the names of
 *	  fields in upper case; where two would be the same, the later ones get a
 *	  number.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

static bool
comparable(const FsqColumn *column)
{
	return OidIsValid(lookup_type_cache(column->base_type, TYPECACHE_LT_OPR)->lt_opr);
}

/*
 * The enum's values.  Names that another role sees are the same: they depend on
 * all columns of the relation, in their order.
 */
static void
add_values(FsqHub *hub, FsqRelation *relation, FsqType *type)
{
	FsqEntry   *entry = relation->entry;
	FsqNames   *names = fsq_names_make(hub->schema.context, entry->nattributes);

	for (int i = 0; i < entry->nattributes; i++)
	{
		FsqAttribute *attribute = &entry->attributes[i];
		FsqColumn  *column = fsq_relation_column(relation, attribute->attnum);
		char	   *wanted = fsq_name_upper(attribute->field);
		char	   *name = wanted;
		FsqEnumValue *value;

		if (attribute->omitted)
			continue;
		for (int number = 2; fsq_names_add(names, name, attribute) != NULL; number++)
			name = fsq_name_numbered(wanted, number);
		if (column == NULL || !comparable(column))
			continue;
		value = palloc0(sizeof(FsqEnumValue));
		value->name = name;
		value->description = column->description;
		value->binding = column;
		type->enum_values = lappend(type->enum_values, value);
	}
}

FsqType *
fsq_column_enum_type(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;

	if (relation->column_enum_type)
		return relation->column_enum_type;
	fsq_relation_load_columns(relation);
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_ENUM, psprintf("%sColumn", relation->type_name));
	type->description = "Columns that can be compared";
	type->structural = true;
	type->is_complete = true;
	add_values(hub, relation, type);
	if (type->enum_values != NIL)
	{
		fsq_names_add(hub->types, type->name, type);
		relation->column_enum_type = type;
	}
	MemoryContextSwitchTo(old);
	return relation->column_enum_type;
}
