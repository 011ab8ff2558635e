/*-------------------------------------------------------------------------
 *
 * lookup_needed.c
 *	  Which filters and orders over relationships take a key fetch: those that
 *	  lead to or from another database, if their keys can be compared one by
 *	  one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "plan/build.h"
#include "utils/lsyscache.h"

static bool
is_deterministic(const FsqColumn *column)
{
	return !OidIsValid(column->collation) || get_collation_isdeterministic(column->collation);
}

bool
fsq_lookup_can_compare(FsqRelationship *relationship)
{
	FsqRelation *target = fsq_relationship_target(relationship);

	for (int i = 0; i < relationship->ncolumns; i++)
	{
		FsqColumn  *from = fsq_relation_column(relationship->source, relationship->source_columns[i]);
		FsqColumn  *to = fsq_relation_column(target, relationship->target_columns[i]);

		if (!is_deterministic(from) || !is_deterministic(to) ||
			!OidIsValid(get_array_type(from->base_type)) || !OidIsValid(get_array_type(to->base_type)))
			return false;
	}
	return true;
}

bool
fsq_lookup_needed(FsqRelationship *relationship)
{
	if (relationship->back)
		return fsq_lookup_needed(relationship->back) || fsq_lookup_needed(relationship->forward);
	return (relationship->source->foreign || fsq_relationship_target(relationship)->foreign) &&
		fsq_lookup_can_compare(relationship);
}

bool
fsq_lookup_inside(FsqInputBinding *binding, FsqInput *value)
{
	check_stack_depth();
	if (binding->kind == FSQ_INPUT_COLUMN)
		return false;
	if (binding->relationship && fsq_lookup_needed(binding->relationship))
		return true;
	for (int i = 0; i < value->nitems; i++)
	{
		FsqInputBinding *inner = value->kind == FSQ_VALUE_OBJECT ? value->fields[i]->binding : binding;

		CHECK_FOR_INTERRUPTS();
		if (fsq_lookup_inside(inner, value->items[i]))
			return true;
	}
	return false;
}

bool
fsq_lookup_unique(FsqRelationship *relationship)
{
	FsqRelation *target = fsq_relationship_target(relationship);
	ListCell   *lc;

	foreach(lc, fsq_relation_keys(target))
	{
		FsqKey	   *key = lfirst(lc);
		int			n = 0;

		for (int i = 0; i < key->ncolumns; i++)
			for (int j = 0; j < relationship->ncolumns; j++)
				if (key->columns[i]->attnum == relationship->target_columns[j])
				{
					n++;
					break;
				}
		if (n == key->ncolumns)
			return true;
	}
	return false;
}
