/*-------------------------------------------------------------------------
 *
 * link.c
 *	  The relationships of a relation, with the names of their fields.
 *
 *	  An edge gives the relation that it starts from a field (its column's
 *	  name without "_id" and the like), and the relation that it leads to
 *	  another (the list or item of the relation that refers to it).
 *
 *	  Columns have their names first, then added relationships, then forward
 *	  fields, then back fields.  What finds its name taken is called
 *	  "<name>By<Columns>".  All back fields from one relation are called so if
 *	  there are several of them.  A back field loses the beginning that it has
 *	  in common with the relation it is a field of, if what remains is free:
 *	  user_analytics is the analytics of a user.  That of a join table does not:
 *	  what remains is the name of the relationship through it (shortcut.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "schema/hub.h"
#include "schema/names.h"

/* What naming the links of one relation knows. */
typedef struct LinkNamer
{
	FsqHub	   *hub;
	FsqEntry   *entry;
	FsqNames   *taken;		/* columns and links named so far */
	FsqNames   *omitted;	/* links left out: each has a name to be called back by */
	List	   *links;
} LinkNamer;

/* An edge that leads to the relation, with the names that its field might have. */
typedef struct BackLink
{
	FsqEdge    *edge;
	bool		to_many;
	bool		several;		/* from the same relation */
	char	   *plain;			/* list or item of the source */
	char	   *stripped;		/* without the target's name before it, or NULL */
} BackLink;

/* "createdByAndTenantId": the fields of the edge's columns on its source. */
static char *
columns_text(FsqHub *hub, FsqEdge *edge)
{
	char	   *text = NULL;

	for (int i = 0; i < edge->ncolumns; i++)
	{
		const char *field = fsq_entry_attribute(hub, edge->source, edge->source_columns[i])->field;

		text = text ? fsq_name_join(text, "And", field, hub->rules) : pstrdup(field);
	}
	return text;
}

/* Take the names that users chose for relationships, before the others are named. */
static void
reserve_overrides(LinkNamer *namer)
{
	ListCell   *lc;

	foreach(lc, namer->entry->overrides)
	{
		FsqOverride *override = lfirst(lc);

		if (override->kind == FSQ_OVERRIDE_RELATIONSHIP && !override->omitted &&
			fsq_names_add(namer->taken, override->name, override) != NULL)
			fsq_problem(namer->hub, namer->entry, NULL, NULL,
						"a relationship is not called \"%s\": another field is", override->name);
	}
}

/* Take a name for a link: what users chose, as wanted, by its columns, or with a number. */
static void
link_add(LinkNamer *namer, FsqEdge *edge, bool reverse, bool to_many, const char *wanted)
{
	FsqLink    *link = palloc0(sizeof(FsqLink));
	FsqOverride *override = fsq_override_of_edge(namer->hub, namer->entry, edge, reverse);
	const char *field = wanted;
	FsqNames   *taken = namer->taken;
	char	   *by_columns;

	link->edge = edge;
	link->reverse = reverse;
	link->to_many = to_many;
	link->plain = wanted;
	if (override && override->omitted)
	{
		link->omitted = true;
		taken = namer->omitted;
	}
	else if (override && fsq_names_get(taken, override->name) == override)
	{
		link->field = override->name;
		namer->links = lappend(namer->links, link);
		return;
	}
	if (fsq_names_add(taken, field, link) != NULL)
	{
		by_columns = fsq_name_join(wanted, "By", columns_text(namer->hub, edge),
								   namer->hub->rules);
		field = by_columns;
		for (int number = 2; fsq_names_add(taken, field, link) != NULL; number++)
			field = fsq_name_numbered(by_columns, number);
		if (!link->omitted)
			fsq_problem(namer->hub, namer->entry, NULL, NULL,
					"the field \"%s\" is taken, the relationship with \"%s\" is called \"%s\"",
					wanted, reverse ? edge->source->name : edge->target->name, field);
	}
	link->field = field;
	namer->links = lappend(namer->links, link);
}

/* The name of a single column without the ending of a key; NULL if it has none. */
static char *
column_stem(FsqHub *hub, FsqEdge *edge)
{
	const char *const *endings = hub->rules->key_endings;
	const char *column;
	size_t		length;

	if (edge->ncolumns > 1)
		return NULL;
	column = fsq_entry_attribute(hub, edge->source, edge->source_columns[0])->name;
	length = strlen(column);
	for (int i = 0; endings[i]; i++)
	{
		size_t		n = strlen(endings[i]);

		/* without an underscore, a capital after a small letter marks the word */
		if (length > n && strcmp(column + length - n, endings[i]) == 0 &&
			(endings[i][0] == '_' || islower((unsigned char) column[length - n - 1])))
			return fsq_name_of_column(pnstrdup(column, length - n), hub->rules);
	}
	return NULL;
}

/*
 * The name of a forward field: the column without its ending.  Where there is
 * none, the target's item, with the columns if several fields would have it.
 */
static char *
forward_name(LinkNamer *namer, FsqEdge *edge)
{
	char	   *stem = column_stem(namer->hub, edge);
	ListCell   *lc;

	if (stem)
		return stem;
	foreach(lc, fsq_entry_edges(namer->hub, namer->entry))
	{
		FsqEdge    *other = lfirst(lc);

		if (other != edge && other->target == edge->target &&
			other->origin != FSQ_ORIGIN_ADDED && column_stem(namer->hub, other) == NULL)
			return fsq_name_join(edge->target->item_field, "By", columns_text(namer->hub, edge),
								 namer->hub->rules);
	}
	return pstrdup(edge->target->item_field);
}

static bool
edge_to_many(FsqHub *hub, FsqEdge *edge, bool reverse)
{
	if (reverse)
		return !fsq_entry_unique(hub, edge->source, edge->ncolumns, edge->source_columns);
	if (edge->origin != FSQ_ORIGIN_ADDED)
		return false;
	if (edge->cardinality)
		return edge->cardinality == 'm';
	return !fsq_entry_unique(hub, edge->target, edge->ncolumns, edge->target_columns);
}

static void
name_forward(LinkNamer *namer)
{
	ListCell   *lc;

	foreach(lc, fsq_entry_edges(namer->hub, namer->entry))
	{
		FsqEdge    *edge = lfirst(lc);

		if (edge->origin == FSQ_ORIGIN_ADDED)
			link_add(namer, edge, false, edge_to_many(namer->hub, edge, false), edge->field);
	}
	foreach(lc, fsq_entry_edges(namer->hub, namer->entry))
	{
		FsqEdge    *edge = lfirst(lc);

		if (edge->origin != FSQ_ORIGIN_ADDED)
			link_add(namer, edge, false, false, forward_name(namer, edge));
	}
}

/*
 * A name without the singular of the relation that it will be a field of:
 * "userAnalytics" -> "analytics" on User; NULL if it does not begin so.
 */
static char *
strip_prefix(FsqHub *hub, FsqEntry *entry, const char *name)
{
	const char *item = entry->item_field;
	size_t		length = strlen(item);
	const char *rest = name + length;

	if (!hub->rules->short_back_fields || strncmp(name, item, length) != 0)
		return NULL;
	if (hub->rules->snake)
	{
		if (*rest != '_')
			return NULL;
		rest++;
		return fsq_name_valid(rest) && rest[0] != '_' ? pstrdup(rest) : NULL;
	}
	if (*rest < 'A' || *rest > 'Z')
		return NULL;
	return fsq_name_of_column(rest, hub->rules);
}

/* The edges that lead to the relation, except those that have no field here. */
static List *
back_links(LinkNamer *namer)
{
	List	   *links = NIL;
	ListCell   *child;

	foreach(child, fsq_entry_children(namer->hub, namer->entry))
	{
		BackLink   *first = NULL;
		ListCell   *lc;

		foreach(lc, fsq_entry_edges(namer->hub, lfirst(child)))
		{
			FsqEdge    *edge = lfirst(lc);
			BackLink   *back;

			if (edge->target != namer->entry ||
				(edge->origin == FSQ_ORIGIN_ADDED && edge->reverse_field == NULL))
				continue;
			back = palloc0(sizeof(BackLink));
			back->edge = edge;
			back->to_many = edge_to_many(namer->hub, edge, true);
			links = lappend(links, back);
			if (edge->origin == FSQ_ORIGIN_ADDED)
				continue;
			back->plain = pstrdup(back->to_many ? edge->source->list_field : edge->source->item_field);
			back->stripped = strip_prefix(namer->hub, namer->entry, back->plain);
			if (first)
				first->several = back->several = true;
			else
				first = back;
		}
	}
	return links;
}

/* Whether the short name of a back field is free of every other name. */
static bool
stripped_is_free(LinkNamer *namer, List *backs, BackLink *back)
{
	ListCell   *lc;

	if (back->stripped == NULL || back->several || fsq_names_get(namer->taken, back->stripped) ||
		fsq_join_table_edge(namer->hub, back->edge))
		return false;
	foreach(lc, backs)
	{
		BackLink   *other = lfirst(lc);

		if (other == back || other->plain == NULL)
			continue;
		if (strcmp(other->plain, back->stripped) == 0 ||
			(other->stripped && strcmp(other->stripped, back->stripped) == 0))
			return false;
	}
	return true;
}

static void
name_back(LinkNamer *namer)
{
	List	   *backs = back_links(namer);
	ListCell   *lc;

	/* the names that users chose come first */
	foreach(lc, backs)
	{
		BackLink   *back = lfirst(lc);

		if (back->plain == NULL)
			link_add(namer, back->edge, true, back->to_many, back->edge->reverse_field);
	}
	foreach(lc, backs)
	{
		BackLink   *back = lfirst(lc);
		char	   *name;

		if (back->plain == NULL)
			continue;
		if (back->several)
			name = fsq_name_join(back->plain, "By", columns_text(namer->hub, back->edge),
								 namer->hub->rules);
		else
			name = stripped_is_free(namer, backs, back) ? back->stripped : back->plain;
		link_add(namer, back->edge, true, back->to_many, name);
	}
}

/*
 * The relationships of a relation in both directions, with their fields.  The
 * names depend on the catalogs alone, not on the role.
 */
List *
fsq_entry_links(FsqHub *hub, FsqEntry *entry)
{
	LinkNamer	namer = {.hub = hub, .entry = entry};
	MemoryContext old;

	if (entry->links_loaded)
		return entry->links;
	old = MemoryContextSwitchTo(hub->schema.context);
	fsq_entry_load_attributes(hub, entry);
	namer.taken = fsq_names_make(hub->schema.context, entry->nattributes);
	namer.omitted = fsq_names_make(hub->schema.context, 0);
	for (int i = 0; i < entry->nattributes; i++)
		if (!entry->attributes[i].omitted)
			fsq_names_add(namer.taken, entry->attributes[i].field, &entry->attributes[i]);
	reserve_overrides(&namer);
	name_forward(&namer);
	name_back(&namer);
	MemoryContextSwitchTo(old);

	entry->links = namer.links;
	entry->links_loaded = true;
	return entry->links;
}

FsqNames *
fsq_entry_taken_names(FsqHub *hub, FsqEntry *entry)
{
	FsqNames   *taken = fsq_names_make(CurrentMemoryContext, 16);
	ListCell   *lc;

	foreach(lc, fsq_entry_links(hub, entry))
	{
		FsqLink    *link = lfirst(lc);

		if (!link->omitted)
			fsq_names_add(taken, link->field, link);
	}
	for (int i = 0; i < entry->nattributes; i++)
		if (!entry->attributes[i].omitted)
			fsq_names_add(taken, entry->attributes[i].field, &entry->attributes[i]);
	return taken;
}
