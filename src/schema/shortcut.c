/*-------------------------------------------------------------------------
 *
 * shortcut.c
 *	  Many-to-many relationships through join tables, as fields of both sides.
 *
 *	  A join table is nothing but the pairs of two others: it refers to each by
 *	  some of its columns, its key is made of exactly these, and its other
 *	  columns, if it has any, have defaults.  Its rows are still there as
 *	  objects; the shortcut leads past them.
 *
 *	  Any of the three may be in another database: src/plan/pairs.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/hub.h"
#include "schema/names.h"

static bool
among(AttrNumber column, const FsqEdge *edge)
{
	for (int i = 0; i < edge->ncolumns; i++)
		if (edge->source_columns[i] == column)
			return true;
	return false;
}

/* Whether a key has no other columns than those of two edges, and all of them. */
static bool
key_is_pair(const FsqKeyDef *key, const FsqEdge *a, const FsqEdge *b)
{
	for (int i = 0; i < key->ncolumns; i++)
		if (!among(key->columns[i], a) && !among(key->columns[i], b))
			return false;
	for (int side = 0; side < 2; side++)
	{
		const FsqEdge *edge = side == 0 ? a : b;

		for (int i = 0; i < edge->ncolumns; i++)
		{
			bool		found = false;

			for (int j = 0; j < key->ncolumns && !found; j++)
				found = key->columns[j] == edge->source_columns[i];
			if (!found)
				return false;
		}
	}
	return true;
}

FsqEdge *
fsq_join_table_edge(FsqHub *hub, const FsqEdge *edge)
{
	FsqEntry   *through = edge->source;
	List	   *edges = fsq_entry_edges(hub, through);
	FsqEdge    *other;
	ListCell   *lc;
	bool		paired = false;

	if (list_length(edges) != 2)
		return NULL;
	other = linitial(edges) == edge ? lsecond(edges) : linitial(edges);
	if (edge->target == through || other->target == through ||
		!fsq_entry_unique(hub, edge->target, edge->ncolumns, edge->target_columns) ||
		!fsq_entry_unique(hub, other->target, other->ncolumns, other->target_columns) ||
		fsq_entry_unique(hub, through, edge->ncolumns, edge->source_columns) ||
		fsq_entry_unique(hub, through, other->ncolumns, other->source_columns))
		return NULL;
	foreach(lc, fsq_entry_keys(hub, through))
		paired |= key_is_pair(lfirst(lc), edge, other);
	fsq_entry_load_attributes(hub, through);
	for (int i = 0; i < through->nattributes && paired; i++)
		paired = among(through->attributes[i].attnum, edge) ||
			among(through->attributes[i].attnum, other) || through->attributes[i].has_default;
	return paired ? other : NULL;
}

/* The link of a relation that is one of its edges, seen from its source. */
static FsqLink *
forward_link(FsqHub *hub, FsqEdge *edge)
{
	ListCell   *lc;

	foreach(lc, fsq_entry_links(hub, edge->source))
	{
		FsqLink    *link = lfirst(lc);

		if (link->edge == edge && !link->reverse)
			return link;
	}
	return NULL;
}

/* Name a shortcut: the plural of what the join table calls the other side. */
static void
name_shortcut(FsqHub *hub, FsqEntry *entry, FsqShortcut *shortcut, FsqNames *taken)
{
	FsqOverride *override = fsq_override_of_shortcut(hub, entry, shortcut);
	FsqRelationNames names;
	const char *through = shortcut->back->edge->source->list_field;

	fsq_names_of_relation(&names, shortcut->forward->plain, hub->rules);
	shortcut->plain = names.list;
	shortcut->field = override && !override->omitted ? override->name : names.list;
	shortcut->omitted = override && override->omitted;
	if (shortcut->omitted)
		return;
	if (fsq_names_add(taken, shortcut->field, shortcut) == NULL)
		return;
	if (through)
		shortcut->field = fsq_name_join(shortcut->field, "Through", through, hub->rules);
	for (int number = 2; fsq_names_add(taken, shortcut->field, shortcut) != NULL; number++)
		shortcut->field = fsq_name_numbered(names.list, number);
	fsq_problem(hub, entry, NULL, NULL, "the field \"%s\" is taken, the relationship through \"%s\" is called \"%s\"",
				names.list, shortcut->back->edge->source->name, shortcut->field);
}

List *
fsq_entry_shortcuts(FsqHub *hub, FsqEntry *entry)
{
	MemoryContext old;
	FsqNames   *taken;
	List	   *shortcuts = NIL;
	ListCell   *lc;

	if (entry->shortcuts_loaded)
		return entry->shortcuts;
	old = MemoryContextSwitchTo(hub->schema.context);
	taken = fsq_entry_taken_names(hub, entry);
	foreach(lc, fsq_entry_links(hub, entry))
	{
		FsqLink    *link = lfirst(lc);
		FsqEdge    *other = link->reverse && link->to_many ? fsq_join_table_edge(hub, link->edge) : NULL;
		FsqShortcut *shortcut;

		if (other == NULL)
			continue;
		shortcut = palloc0(sizeof(FsqShortcut));
		shortcut->back = link;
		shortcut->forward = forward_link(hub, other);
		name_shortcut(hub, entry, shortcut, taken);
		shortcuts = lappend(shortcuts, shortcut);
	}
	MemoryContextSwitchTo(old);
	entry->shortcuts = shortcuts;
	entry->shortcuts_loaded = true;
	return shortcuts;
}

/* A shortcut as the role sees it; NULL if it may not follow one of both steps. */
static FsqRelationship *
relationship_of_shortcut(FsqHub *hub, FsqRelation *source, FsqShortcut *shortcut)
{
	FsqRelationship *back = fsq_relationship_of_link(hub, source, shortcut->back);
	FsqRelationship *forward = back ? fsq_relationship_of_link(hub, back->target, shortcut->forward) : NULL;
	FsqRelationship *relationship;

	if (forward == NULL)
		return NULL;
	relationship = palloc0(sizeof(FsqRelationship));
	relationship->field = shortcut->field;
	relationship->source = source;
	relationship->target = forward->target;
	relationship->target_relid = forward->target_relid;
	relationship->ncolumns = back->ncolumns;
	relationship->source_columns = back->source_columns;
	relationship->to_many = true;
	relationship->nullable = back->target->foreign || forward->target->foreign;
	relationship->back = back;
	relationship->forward = forward;
	return relationship;
}

/* The relationships through join tables that the role may follow. */
List *
fsq_relation_shortcuts(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	List	   *shortcuts = NIL;
	ListCell   *lc;

	if (relation->shortcuts_loaded)
		return relation->shortcuts;
	old = MemoryContextSwitchTo(hub->schema.context);
	foreach(lc, fsq_entry_shortcuts(hub, relation->entry))
	{
		FsqShortcut *shortcut = lfirst(lc);
		FsqRelationship *relationship = shortcut->omitted ? NULL :
			relationship_of_shortcut(hub, relation, shortcut);

		if (relationship)
			shortcuts = lappend(shortcuts, relationship);
	}
	MemoryContextSwitchTo(old);
	relation->shortcuts = shortcuts;
	relation->shortcuts_loaded = true;
	return shortcuts;
}

FsqRelationship *
fsq_relation_shortcut_by_field(FsqRelation *relation, const char *name)
{
	ListCell   *lc;

	foreach(lc, fsq_relation_shortcuts(relation))
	{
		FsqRelationship *shortcut = lfirst(lc);

		if (strcmp(shortcut->field, name) == 0)
			return shortcut;
	}
	return NULL;
}

/*
 * The field of where by which the join table's rows lead on to the other side;
 * it is not a field of its input, if that was omitted.  Negated: to a row that
 * does not match.
 */
FsqInputValue *
fsq_shortcut_step(FsqRelationship *shortcut, bool negated)
{
	FsqInputValue **step = negated ? &shortcut->step_not : &shortcut->step;
	FsqHub	   *hub = fsq_hub(shortcut->target->schema);
	MemoryContext old;

	if (*step)
		return *step;
	old = MemoryContextSwitchTo(hub->schema.context);
	*step = fsq_hub_input_make(hub, shortcut->forward->field, fsq_where_type(shortcut->target),
							   fsq_input_binding_make(negated ? FSQ_INPUT_TO_ONE_NOT : FSQ_INPUT_TO_ONE,
													  NULL, shortcut->forward));
	MemoryContextSwitchTo(old);
	return *step;
}
