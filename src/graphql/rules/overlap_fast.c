/*-------------------------------------------------------------------------
 *
 * overlap_fast.c
 *	  Whether all fields of a document can be merged, in time that is linear
 *	  in the document.
 *
 *	  Comparing each pair of fields takes quadratic time.  But to be mergeable
 *	  is to be equal in everything that is compared, which is transitive: so
 *	  the fields of one response key are each compared with the first of them,
 *	  and their selection sets are merged into one, which is looked at in the
 *	  same way.  A set of fields is merged once, however often it is reached.
 *
 *	  Fields of different object types never meet in one object.  They need
 *	  only have the same shape, so they are looked at twice: each type's fields
 *	  (with those of interfaces and unions) for everything, and all fields
 *	  together for their shape.
 *
 *	  A document can be contrived so that there are very many such sets.  The
 *	  work is limited, and what exceeds the limit counts as not clean.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "graphql/rules/overlap.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

/* Fields looked at for each token of the document, and in any case. */
#define WORK_PER_TOKEN 20
#define WORK_AT_LEAST 1000000

/* A set of fields whose selection sets are merged: the key of what was done. */
typedef struct SetKey
{
	int			n;
	bool		shape_only;
	const FsqFieldNode **nodes; /* sorted by address */
} SetKey;

typedef struct Check
{
	FsqValidator *v;
	HTAB	   *done;			/* of SetKey */
	int64		work;			/* that is left */
	bool		clean;
} Check;

/* The fields of a merged selection set, by response key. */
typedef struct Merged
{
	FsqNames   *keys;			/* of the position in groups, from 1 */
	FsqNames   *fragments;		/* visited */
	List	   *groups;			/* of List of FsqOverlapField * */
} Merged;

static void check_merged(Check *c, Merged *merged, bool shape_only);

static uint32
hash_set(const void *key, Size size)
{
	const SetKey *set = *(SetKey *const *) key;

	return hash_bytes((const unsigned char *) set->nodes, set->n * sizeof(set->nodes[0])) ^ set->shape_only;
}

static int
match_set(const void *a, const void *b, Size size)
{
	const SetKey *x = *(SetKey *const *) a;
	const SetKey *y = *(SetKey *const *) b;

	return x->n != y->n || x->shape_only != y->shape_only ||
		memcmp(x->nodes, y->nodes, x->n * sizeof(x->nodes[0])) != 0;
}

static int
compare_nodes(const void *a, const void *b)
{
	const FsqFieldNode *x = *(const FsqFieldNode *const *) a;
	const FsqFieldNode *y = *(const FsqFieldNode *const *) b;

	return x < y ? -1 : x > y ? 1 : 0;
}

/* Whether this set of fields is met for the first time. */
static bool
is_new_set(Check *c, List *fields, bool shape_only)
{
	SetKey	   *key = palloc(sizeof(SetKey));
	bool		found;
	ListCell   *lc;

	key->shape_only = shape_only;
	key->n = 0;
	key->nodes = palloc(sizeof(key->nodes[0]) * list_length(fields));
	foreach(lc, fields)
		key->nodes[key->n++] = ((FsqOverlapField *) lfirst(lc))->node;
	if (key->n > 1)
		qsort(key->nodes, key->n, sizeof(key->nodes[0]), compare_nodes);
	hash_search(c->done, &key, HASH_ENTER, &found);
	return !found;
}

/* Add the fields of a selection set, and of its fragments, to a merged one. */
static void
add_selections(Check *c, Merged *merged, List *selections, FsqType *parent)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (--c->work < 0)
		{
			c->clean = false;
			return;
		}
		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqOverlapField *field = fsq_overlap_field(c->v, parent, (FsqFieldNode *) node);
			const char *key = fsq_response_key(field->node);
			intptr_t	next = list_length(merged->groups) + 1;
			intptr_t	position = (intptr_t) fsq_names_add(merged->keys, key, (void *) next);

			if (position == 0)
				merged->groups = lappend(merged->groups, list_make1(field));
			else
			{
				ListCell   *group = list_nth_cell(merged->groups, position - 1);

				lfirst(group) = lappend(lfirst(group), field);
			}
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
		{
			FsqInlineFragmentNode *fragment = (FsqInlineFragmentNode *) node;

			add_selections(c, merged, fragment->selections,
						   fragment->type_condition ?
						   fsq_schema_type(c->v->schema, fragment->type_condition->value) : parent);
		}
		else
		{
			const char *name = ((FsqFragmentSpreadNode *) node)->name->value;
			const FsqFragmentNode *fragment = fsq_fragment(c->v, name);

			if (fragment != NULL && fsq_names_add(merged->fragments, name, node) == NULL)
				add_selections(c, merged, fragment->selections,
							   fsq_schema_type(c->v->schema, fragment->type_condition->value));
		}
		if (!c->clean)
			return;
	}
}

/* An empty merged selection set. */
static Merged
make_merged(void)
{
	Merged		merged;

	merged.keys = fsq_names_make(CurrentMemoryContext, 8);
	merged.fragments = fsq_names_make(CurrentMemoryContext, 8);
	merged.groups = NIL;
	return merged;
}

/* Merge the selection sets of fields and look at the result. */
static void
check_subfields(Check *c, List *fields, bool shape_only)
{
	Merged		merged;
	ListCell   *lc;

	if (!is_new_set(c, fields, shape_only))
		return;
	merged = make_merged();
	foreach(lc, fields)
	{
		FsqOverlapField *field = lfirst(lc);

		if (field->node->selections != NIL && c->clean)
			add_selections(c, &merged, field->node->selections,
						   field->definition ? fsq_type_named(field->definition->type) : NULL);
	}
	if (c->clean)
		check_merged(c, &merged, shape_only);
	fsq_names_destroy(merged.keys);
	fsq_names_destroy(merged.fragments);
}

/* Whether all fields have the shape of the first whose type is known. */
static bool
have_same_shape(List *fields)
{
	FsqType    *type = NULL;
	ListCell   *lc;

	foreach(lc, fields)
	{
		FsqOverlapField *field = lfirst(lc);

		if (field->definition == NULL)
			continue;
		if (type == NULL)
			type = field->definition->type;
		else if (type != field->definition->type && fsq_shapes_conflict(type, field->definition->type))
			return false;
	}
	return true;
}

/*
 * Whether all fields have the name and the arguments of the first.  One that is
 * given an argument twice is not even the same as itself.
 */
static bool
are_same_fields(List *fields)
{
	const FsqFieldNode *first = ((FsqOverlapField *) linitial(fields))->node;
	ListCell   *lc;

	if (list_length(first->arguments) > 1 && !fsq_same_arguments(first, first))
		return false;
	for_each_from(lc, fields, 1)
	{
		const FsqFieldNode *node = ((FsqOverlapField *) lfirst(lc))->node;

		if (strcmp(node->name->value, first->name->value) != 0 || !fsq_same_arguments(node, first))
			return false;
	}
	return true;
}

/* The different object types that are parents of fields. */
static List *
parent_objects(List *fields)
{
	List	   *types = NIL;
	ListCell   *lc;

	foreach(lc, fields)
	{
		FsqType    *parent = ((FsqOverlapField *) lfirst(lc))->parent;

		if (parent != NULL && parent->kind == FSQ_OBJECT)
			types = list_append_unique_ptr(types, parent);
	}
	return types;
}

/* The fields that an object of a type can have. */
static List *
fields_of_object(List *fields, FsqType *object)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, fields)
	{
		FsqOverlapField *field = lfirst(lc);

		if (field->parent == object || field->parent == NULL || field->parent->kind != FSQ_OBJECT)
			result = lappend(result, field);
	}
	return result;
}

/* Whether any of the fields has a selection set. */
static bool
have_subfields(List *fields)
{
	ListCell   *lc;

	foreach(lc, fields)
	{
		if (((FsqOverlapField *) lfirst(lc))->node->selections != NIL)
			return true;
	}
	return false;
}

/* Look at the fields of one response key. */
static void
check_group(Check *c, List *fields, bool shape_only)
{
	List	   *objects;
	ListCell   *lc;

	if (list_length(fields) > 1 && !have_same_shape(fields))
	{
		c->clean = false;
		return;
	}
	objects = shape_only || list_length(fields) == 1 ? NIL : parent_objects(fields);
	if (list_length(objects) < 2)
	{
		if (!shape_only && !are_same_fields(fields))
			c->clean = false;
		else if (have_subfields(fields))
			check_subfields(c, fields, shape_only);
		return;
	}

	foreach(lc, objects)
	{
		List	   *own = fields_of_object(fields, lfirst(lc));

		c->work -= list_length(fields);
		if (c->work < 0 || !are_same_fields(own))
		{
			c->clean = false;
			return;
		}
		if (have_subfields(own))
			check_subfields(c, own, false);
		if (!c->clean)
			return;
	}
	if (have_subfields(fields))
		check_subfields(c, fields, true);
}

/* Look at each response key of a merged selection set. */
static void
check_merged(Check *c, Merged *merged, bool shape_only)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, merged->groups)
	{
		CHECK_FOR_INTERRUPTS();
		check_group(c, lfirst(lc), shape_only);
		if (!c->clean)
			return;
	}
}

/* Look at a definition's selection set. */
static void
check_selections(Check *c, List *selections, FsqType *parent)
{
	Merged		merged = make_merged();

	if (parent != NULL && !fsq_type_is_composite(parent))
		parent = NULL;
	add_selections(c, &merged, selections, parent);
	if (c->clean)
		check_merged(c, &merged, false);
	fsq_names_destroy(merged.keys);
	fsq_names_destroy(merged.fragments);
}

/* Look at all operations, and at the fragments that none of them reaches. */
static void
check_document(Check *c)
{
	FsqValidator *v = c->v;
	FsqType    *roots[] = {v->schema->query, v->schema->mutation, v->schema->subscription};
	ListCell   *lc;

	foreach(lc, v->document->definitions)
	{
		FsqOperationNode *operation = lfirst(lc);

		if (operation->node.kind == FSQ_NODE_OPERATION && c->clean)
			check_selections(c, operation->selections, roots[operation->operation]);
	}
	foreach(lc, v->document->definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION && c->clean &&
			!(fsq_fragment_is_used(v, fragment->name->value) &&
			  fsq_fragment(v, fragment->name->value) == fragment))
			check_selections(c, fragment->selections,
							 fsq_schema_type(v->schema, fragment->type_condition->value));
	}
}

/*
 * Whether no two fields of the document conflict.  False also if that would
 * take too long to find out.
 */
bool
fsq_overlap_is_clean(FsqValidator *v)
{
	Check		c = {.v = v, .clean = true};
	HASHCTL		ctl = {0};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;

	context = AllocSetContextCreate(caller, "fraiseql overlapping fields", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	ctl.keysize = sizeof(SetKey *);
	ctl.entrysize = sizeof(SetKey *);
	ctl.hash = hash_set;
	ctl.match = match_set;
	ctl.hcxt = context;
	c.done = hash_create("merged sets of fields", 256, &ctl,
						 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	c.work = (int64) v->document->token_count * WORK_PER_TOKEN + WORK_AT_LEAST;
	check_document(&c);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return c.clean;
}
