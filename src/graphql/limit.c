/*-------------------------------------------------------------------------
 *
 * limit.c
 *	  How much an operation may ask for: how deep, how many aliases and root
 *	  fields.
 *
 *	  What a fragment adds is found once and counts wherever it is spread, so
 *	  that the time is linear in the document, whatever it expands to.
 *	  Introspection has a limit of its own (MaxIntrospectionDepthRule) and
 *	  counts nothing here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/limit.h"
#include "graphql/names.h"
#include "miscadmin.h"

/* What a selection set comes to, its fragments included. */
typedef struct Extent
{
	int			depth;
	int64		aliases;
} Extent;

/* No operation is counted beyond this. */
#define MAX_COUNT ((int64) 1000000000)

typedef struct Counter
{
	FsqNames   *fragments;		/* of FsqFragmentNode * */
	FsqNames   *extents;		/* of Extent *: of fragments */
	FsqNames   *root_keys;
	FsqNames   *root_fragments; /* that were spread at the root */
} Counter;

static Extent selections_extent(Counter *c, List *selections);

static Extent
fragment_extent(Counter *c, const char *name)
{
	FsqFragmentNode *fragment = fsq_names_get(c->fragments, name);
	Extent	   *extent = fsq_names_get(c->extents, name);

	if (extent == NULL)
	{
		extent = palloc0(sizeof(Extent));
		if (fragment)
			*extent = selections_extent(c, fragment->selections);
		fsq_names_add(c->extents, name, extent);
	}
	return *extent;
}

static Extent
field_extent(Counter *c, FsqFieldNode *field)
{
	Extent		extent = {0};

	if (strcmp(field->name->value, "__schema") != 0 && strcmp(field->name->value, "__type") != 0)
		extent = selections_extent(c, field->selections);
	extent.depth++;
	extent.aliases += field->alias != NULL;
	return extent;
}

static Extent
selections_extent(Counter *c, List *selections)
{
	Extent		extent = {0};
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);
		Extent		part;

		CHECK_FOR_INTERRUPTS();
		if (node->kind == FSQ_NODE_FIELD)
			part = field_extent(c, (FsqFieldNode *) node);
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
			part = selections_extent(c, ((FsqInlineFragmentNode *) node)->selections);
		else
			part = fragment_extent(c, ((FsqFragmentSpreadNode *) node)->name->value);
		extent.depth = Max(extent.depth, part.depth);
		extent.aliases = Min(extent.aliases + part.aliases, MAX_COUNT);
	}
	return extent;
}

/* Collect the response keys of the root. */
static void
collect_root(Counter *c, List *selections)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqFieldNode *field = (FsqFieldNode *) node;

			fsq_names_add(c->root_keys, (field->alias ? field->alias : field->name)->value, field);
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
			collect_root(c, ((FsqInlineFragmentNode *) node)->selections);
		else
		{
			const char *name = ((FsqFragmentSpreadNode *) node)->name->value;
			FsqFragmentNode *fragment = fsq_names_get(c->fragments, name);

			if (fragment && fsq_names_add(c->root_fragments, name, fragment) == NULL)
				collect_root(c, fragment->selections);
		}
	}
}

static void
check(FsqErrorList *errors, const FsqOperationNode *operation, const char *what,
	  int64 count, const char *setting, int limit)
{
	if (limit > 0 && count > limit)
		fsq_error_at(errors, FSQ_VALIDATION_ERROR, operation->node.start,
					 "The operation has %lld %s, where fraiseql.%s allows %d.",
					 (long long) count, what, setting, limit);
}

bool
fsq_check_limits(FsqDocument *document, const FsqLimits *limits, FsqErrorList *errors)
{
	int			n = list_length(document->definitions);
	int			before = list_length(errors->errors);
	Counter		c = {
		.fragments = fsq_names_make(CurrentMemoryContext, n),
		.extents = fsq_names_make(CurrentMemoryContext, n)
	};
	ListCell   *lc;

	foreach(lc, document->definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION)
			fsq_names_add(c.fragments, fragment->name->value, fragment);
	}
	foreach(lc, document->definitions)
	{
		FsqOperationNode *operation = lfirst(lc);
		Extent		extent;

		if (operation->node.kind != FSQ_NODE_OPERATION)
			continue;
		extent = selections_extent(&c, operation->selections);
		c.root_keys = fsq_names_make(CurrentMemoryContext, 16);
		c.root_fragments = fsq_names_make(CurrentMemoryContext, 8);
		collect_root(&c, operation->selections);
		check(errors, operation, "levels of fields", extent.depth, "max_depth", limits->depth);
		check(errors, operation, "aliases", extent.aliases, "max_aliases", limits->aliases);
		check(errors, operation, "root fields", c.root_keys->members, "max_root_fields", limits->root_fields);
	}
	return list_length(errors->errors) == before;
}
