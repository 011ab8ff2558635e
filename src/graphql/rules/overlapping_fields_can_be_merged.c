/*-------------------------------------------------------------------------
 *
 * overlapping_fields_can_be_merged.c
 *	  OverlappingFieldsCanBeMergedRule: fields of one response key are the
 *	  same field, or of the same shape.
 *	  (specification section 5.3.2)
 *
 *	  Whether there is anything to report is found out in linear time
 *	  (overlap_fast.c).  Only if there is, fields are compared in pairs, in
 *	  graphql-js's order, to report what it reports; that takes quadratic time,
 *	  and is limited.
 *
 *	  A conflict is between two fields, or between two fields of which some
 *	  subfields conflict.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/overlap.h"
#include "miscadmin.h"
#include "utils/hsearch.h"

/* Pairs of fields, or of fragments, that are compared at most. */
#define MAX_COMPARISONS 200000

typedef struct Conflict
{
	const char *key;			/* response key */
	char	   *reason;
	List	   *nodes1;			/* of FsqFieldNode * */
	List	   *nodes2;
} Conflict;

/* The fields of a selection set by response key, and the fragments that it spreads. */
typedef struct FieldMap
{
	FsqNames   *keys;			/* of the position in groups, from 1 */
	List	   *groups;			/* of List of FsqOverlapField * */
	FsqNames   *seen;			/* fragments */
	List	   *fragments;		/* of FsqFragmentNode * */
} FieldMap;

/* A pair that was compared, and whether only as mutually exclusive. */
typedef struct PairKey
{
	const void *a;
	const void *b;
} PairKey;

typedef struct Pair
{
	PairKey		key;
	bool		exclusive;
} Pair;

typedef struct CachedMap
{
	const List *selections;		/* the key */
	FieldMap   *map;
} CachedMap;

typedef struct State
{
	FsqValidator *v;
	HTAB	   *maps;			/* of CachedMap */
	HTAB	   *pairs;			/* of Pair: fragments, or a field map and a fragment */
	int64		comparisons;
	bool		exhausted;
} State;

static void between_maps(State *s, List **conflicts, bool exclusive, FieldMap *map1, FieldMap *map2);
static void between_map_and_fragment(State *s, List **conflicts, bool exclusive,
									 FieldMap *map, const FsqFragmentNode *fragment);
static void between_fragments(State *s, List **conflicts, bool exclusive,
							  const FsqFragmentNode *fragment1, const FsqFragmentNode *fragment2);

/* Add the fields and fragments of a selection set to a map. */
static void
fill_map(State *s, FieldMap *map, const List *selections, FsqType *parent)
{
	ListCell   *lc;

	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqOverlapField *field = fsq_overlap_field(s->v, parent, (FsqFieldNode *) node);
			intptr_t	next = list_length(map->groups) + 1;
			intptr_t	position = (intptr_t) fsq_names_add(map->keys, fsq_response_key(field->node),
															(void *) next);

			if (position == 0)
				map->groups = lappend(map->groups, list_make1(field));
			else
			{
				ListCell   *group = list_nth_cell(map->groups, position - 1);

				lfirst(group) = lappend(lfirst(group), field);
			}
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
		{
			FsqInlineFragmentNode *fragment = (FsqInlineFragmentNode *) node;

			fill_map(s, map, fragment->selections,
					 fragment->type_condition ?
					 fsq_schema_type(s->v->schema, fragment->type_condition->value) : parent);
		}
		else
		{
			const char *name = ((FsqFragmentSpreadNode *) node)->name->value;
			const FsqFragmentNode *fragment = fsq_fragment(s->v, name);

			if (fragment != NULL && fsq_names_add(map->seen, name, node) == NULL)
				map->fragments = lappend(map->fragments, unconstify(FsqFragmentNode *, fragment));
		}
	}
}

/* The map of a selection set; made once. */
static FieldMap *
get_map(State *s, const List *selections, FsqType *parent)
{
	bool		found;
	CachedMap  *cached = hash_search(s->maps, &selections, HASH_ENTER, &found);
	FieldMap   *map;

	if (found)
		return cached->map;
	map = palloc0(sizeof(FieldMap));
	cached->map = map;
	map->keys = fsq_names_make(CurrentMemoryContext, 8);
	map->seen = fsq_names_make(CurrentMemoryContext, 8);
	fill_map(s, map, selections, parent);
	return map;
}

static FieldMap *
get_fragment_map(State *s, const FsqFragmentNode *fragment)
{
	return get_map(s, fragment->selections,
				   fsq_schema_type(s->v->schema, fragment->type_condition->value));
}

/*
 * Whether a pair was compared before as strictly as now; if not, it is from
 * now on.
 */
static bool
was_compared(State *s, const void *a, const void *b, bool exclusive)
{
	PairKey		key = {a, b};
	bool		found;
	Pair	   *pair = hash_search(s->pairs, &key, HASH_ENTER, &found);

	if (++s->comparisons > MAX_COMPARISONS)
		s->exhausted = true;
	if (s->exhausted || (found && (exclusive || !pair->exclusive)))
		return true;
	pair->exclusive = exclusive;
	return false;
}

static Conflict *
make_conflict(const FsqOverlapField *a, const FsqOverlapField *b, char *reason)
{
	Conflict   *conflict = palloc(sizeof(Conflict));

	conflict->key = fsq_response_key(a->node);
	conflict->reason = reason;
	conflict->nodes1 = list_make1(unconstify(FsqFieldNode *, a->node));
	conflict->nodes2 = list_make1(unconstify(FsqFieldNode *, b->node));
	return conflict;
}

/* The conflict of two fields whose subfields conflict, or NULL if they do not. */
static Conflict *
between_subfields(State *s, bool exclusive, const FsqOverlapField *a, const FsqOverlapField *b)
{
	FsqType    *type1 = a->definition ? fsq_type_named(a->definition->type) : NULL;
	FsqType    *type2 = b->definition ? fsq_type_named(b->definition->type) : NULL;
	FieldMap   *map1 = get_map(s, a->node->selections, type1);
	FieldMap   *map2 = get_map(s, b->node->selections, type2);
	List	   *conflicts = NIL;
	Conflict   *conflict;
	StringInfoData reason;
	ListCell   *lc;
	ListCell   *lc2;

	between_maps(s, &conflicts, exclusive, map1, map2);
	foreach(lc, map2->fragments)
		between_map_and_fragment(s, &conflicts, exclusive, map1, lfirst(lc));
	foreach(lc, map1->fragments)
		between_map_and_fragment(s, &conflicts, exclusive, map2, lfirst(lc));
	foreach(lc, map1->fragments)
	{
		foreach(lc2, map2->fragments)
			between_fragments(s, &conflicts, exclusive, lfirst(lc), lfirst(lc2));
	}
	if (conflicts == NIL)
		return NULL;

	initStringInfo(&reason);
	conflict = make_conflict(a, b, NULL);
	foreach(lc, conflicts)
	{
		Conflict   *sub = lfirst(lc);

		appendStringInfo(&reason, "%ssubfields \"%s\" conflict because %s",
						 foreach_current_index(lc) > 0 ? " and " : "", sub->key, sub->reason);
		conflict->nodes1 = list_concat(conflict->nodes1, sub->nodes1);
		conflict->nodes2 = list_concat(conflict->nodes2, sub->nodes2);
	}
	conflict->reason = reason.data;
	return conflict;
}

/* Compare two fields of one response key, and add their conflict if there is one. */
static void
between_fields(State *s, List **conflicts, bool exclusive,
			   const FsqOverlapField *a, const FsqOverlapField *b)
{
	Conflict   *conflict = NULL;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (s->exhausted || ++s->comparisons > MAX_COMPARISONS)
	{
		s->exhausted = true;
		return;
	}

	exclusive = exclusive || fsq_are_exclusive(a, b);
	if (!exclusive && strcmp(a->node->name->value, b->node->name->value) != 0)
		conflict = make_conflict(a, b, psprintf("\"%s\" and \"%s\" are different fields",
												a->node->name->value, b->node->name->value));
	else if (!exclusive && !fsq_same_arguments(a->node, b->node))
		conflict = make_conflict(a, b, pstrdup("they have differing arguments"));
	else if (a->definition != NULL && b->definition != NULL &&
			 fsq_shapes_conflict(a->definition->type, b->definition->type))
		conflict = make_conflict(a, b, psprintf("they return conflicting types \"%s\" and \"%s\"",
												fsq_type_text(a->definition->type),
												fsq_type_text(b->definition->type)));
	else if (a->node->selections != NIL && b->node->selections != NIL)
		conflict = between_subfields(s, exclusive, a, b);
	if (conflict != NULL)
		*conflicts = lappend(*conflicts, conflict);
}

/* Compare the fields of each response key that two maps share. */
static void
between_maps(State *s, List **conflicts, bool exclusive, FieldMap *map1, FieldMap *map2)
{
	ListCell   *lc;
	ListCell   *lc1;
	ListCell   *lc2;

	foreach(lc, map1->groups)
	{
		List	   *fields1 = lfirst(lc);
		const char *key = fsq_response_key(((FsqOverlapField *) linitial(fields1))->node);
		intptr_t	position = (intptr_t) fsq_names_get(map2->keys, key);

		if (position == 0 || s->exhausted)
			continue;
		foreach(lc1, fields1)
		{
			foreach(lc2, (List *) list_nth(map2->groups, position - 1))
				between_fields(s, conflicts, exclusive, lfirst(lc1), lfirst(lc2));
		}
	}
}

/* Compare the fields of a map with those of a fragment and of all that it spreads. */
static void
between_map_and_fragment(State *s, List **conflicts, bool exclusive,
						 FieldMap *map, const FsqFragmentNode *fragment)
{
	FieldMap   *map2;
	ListCell   *lc;

	check_stack_depth();
	if (s->exhausted || was_compared(s, map, fragment, exclusive))
		return;
	map2 = get_fragment_map(s, fragment);
	if (map == map2)
		return;
	between_maps(s, conflicts, exclusive, map, map2);
	foreach(lc, map2->fragments)
		between_map_and_fragment(s, conflicts, exclusive, map, lfirst(lc));
}

/* Compare the fields of two fragments and of all that they spread. */
static void
between_fragments(State *s, List **conflicts, bool exclusive,
				  const FsqFragmentNode *fragment1, const FsqFragmentNode *fragment2)
{
	FieldMap   *map1;
	FieldMap   *map2;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (s->exhausted || fragment1 == fragment2 ||
		was_compared(s, Min(fragment1, fragment2), Max(fragment1, fragment2), exclusive))
		return;
	map1 = get_fragment_map(s, fragment1);
	map2 = get_fragment_map(s, fragment2);
	between_maps(s, conflicts, exclusive, map1, map2);
	foreach(lc, map2->fragments)
		between_fragments(s, conflicts, exclusive, fragment1, lfirst(lc));
	foreach(lc, map1->fragments)
		between_fragments(s, conflicts, exclusive, lfirst(lc), fragment2);
}

/* The conflicts within a selection set, of Conflict *. */
static List *
within_selections(State *s, const List *selections, FsqType *parent)
{
	FieldMap   *map = get_map(s, selections, parent);
	List	   *conflicts = NIL;
	ListCell   *lc;

	foreach(lc, map->groups)
	{
		List	   *fields = lfirst(lc);

		for (int i = 0; i < list_length(fields); i++)
		{
			for (int j = i + 1; j < list_length(fields) && !s->exhausted; j++)
				between_fields(s, &conflicts, false, list_nth(fields, i), list_nth(fields, j));
		}
	}
	for (int i = 0; i < list_length(map->fragments); i++)
	{
		FsqFragmentNode *fragment = list_nth(map->fragments, i);

		between_map_and_fragment(s, &conflicts, false, map, fragment);
		for (int j = i + 1; j < list_length(map->fragments) && !s->exhausted; j++)
			between_fragments(s, &conflicts, false, fragment, list_nth(map->fragments, j));
	}
	return conflicts;
}

static void
report_conflict(FsqValidator *v, Conflict *conflict)
{
	List	   *nodes = list_concat_copy(conflict->nodes1, conflict->nodes2);
	int		   *offsets = palloc(sizeof(int) * list_length(nodes));

	for (int i = 0; i < list_length(nodes); i++)
		offsets[i] = ((FsqNode *) list_nth(nodes, i))->start;
	fsq_report(v, offsets, list_length(nodes),
			   psprintf("Fields \"%s\" conflict because %s. Use different aliases on the fields to fetch both if this was intentional.",
						conflict->key, conflict->reason));
}

static HTAB *
make_table(const char *name, Size keysize, Size entrysize)
{
	HASHCTL		ctl = {0};

	ctl.keysize = keysize;
	ctl.entrysize = entrysize;
	ctl.hcxt = CurrentMemoryContext;
	return hash_create(name, 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static bool
enter_document(FsqValidator *v, void *state, const void *node)
{
	State	   *s = state;

	s->v = v;
	if (fsq_overlap_is_clean(v))
		return false;
	s->maps = make_table("field maps", sizeof(List *), sizeof(CachedMap));
	s->pairs = make_table("compared pairs", sizeof(PairKey), sizeof(Pair));
	return true;
}

static bool
enter_selections(FsqValidator *v, void *state, const void *node)
{
	State	   *s = state;
	const FsqSelectionSet *set = node;
	bool		was_exhausted = s->exhausted;
	ListCell   *lc;

	foreach(lc, within_selections(s, set->selections, v->info.parent_type))
		report_conflict(v, lfirst(lc));
	if (s->exhausted && !was_exhausted)
		fsq_report_at(v, set->node.start,
					  "Too many fields of this document overlap to check that they can be merged.");
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_DOCUMENT, enter_document, NULL},
	{FSQ_NODE_SELECTION_SET, enter_selections, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_overlapping_fields_can_be_merged = {
	"OverlappingFieldsCanBeMergedRule", sizeof(State), visits
};
