/*-------------------------------------------------------------------------
 *
 * nesting.c
 *	  How deep selection sets nest when fragments are spread.
 *
 *	  The parser bounds how deep a definition nests by itself.  Through
 *	  fragments, each of which spreads the next, a document can nest as deep as
 *	  it is long, and whoever walks it that way needs as much stack.  This is
 *	  found first, without recursion over fragments and in linear time, so that
 *	  it is an error of the document.  It is no rule of the specification.
 *
 *	  Fragments that spread themselves are NoFragmentCycles' affair: the spread
 *	  that closes a cycle counts nothing here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/nesting.h"
#include "miscadmin.h"

/* A definition, and how deep it nests. */
typedef struct Nesting
{
	const FsqNode *node;
	int64		depth;			/* so far; levels of selection sets */
	enum
	{
		NESTING_NEW,
		NESTING_OPEN,			/* on the path that is being followed */
		NESTING_DONE
	}			state;
	int			nspreads;
	int			capacity;
	struct NestingSpread *spreads;
	int			next;			/* spread to look at */
	struct Nesting *outer;		/* on the path, or NULL */
} Nesting;

/* A fragment spread somewhere below a definition. */
typedef struct NestingSpread
{
	const char *name;
	int			level;			/* of the selection set that it is in, from 1 */
} NestingSpread;

static void
add_spread(Nesting *nesting, const char *name, int level)
{
	if (nesting->nspreads == nesting->capacity)
	{
		nesting->capacity = Max(4, nesting->capacity * 2);
		nesting->spreads = nesting->spreads ?
			repalloc(nesting->spreads, sizeof(NestingSpread) * nesting->capacity) :
			palloc(sizeof(NestingSpread) * nesting->capacity);
	}
	nesting->spreads[nesting->nspreads++] = (NestingSpread) {name, level};
}

/* Note the depth of a selection set without its fragments, and what it spreads. */
static void
look_at(Nesting *nesting, const List *selections, int level)
{
	ListCell   *lc;

	check_stack_depth();
	nesting->depth = Max(nesting->depth, level);
	foreach(lc, selections)
	{
		const FsqNode *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (node->kind == FSQ_NODE_FRAGMENT_SPREAD)
			add_spread(nesting, ((const FsqFragmentSpreadNode *) node)->name->value, level);
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
			look_at(nesting, ((const FsqInlineFragmentNode *) node)->selections, level + 1);
		else if (((const FsqFieldNode *) node)->selections != NIL)
			look_at(nesting, ((const FsqFieldNode *) node)->selections, level + 1);
	}
}

static Nesting *
make_nesting(const FsqNode *node)
{
	Nesting    *nesting = palloc0(sizeof(Nesting));

	nesting->node = node;
	look_at(nesting, node->kind == FSQ_NODE_OPERATION ? ((const FsqOperationNode *) node)->selections :
			((const FsqFragmentNode *) node)->selections, 1);
	return nesting;
}

/* Follow the fragments of a definition, each once, and find its depth. */
static void
follow(FsqNames *fragments, Nesting *from)
{
	Nesting    *nesting = from;

	nesting->state = NESTING_OPEN;
	nesting->outer = NULL;
	while (nesting)
	{
		CHECK_FOR_INTERRUPTS();
		if (nesting->next < nesting->nspreads)
		{
			const NestingSpread *spread = &nesting->spreads[nesting->next];
			Nesting    *inner = fsq_names_get(fragments, spread->name);

			if (inner && inner->state == NESTING_NEW)
			{
				inner->state = NESTING_OPEN;
				inner->outer = nesting;
				nesting = inner;
				continue;
			}
			if (inner && inner->state == NESTING_DONE)
				nesting->depth = Max(nesting->depth, spread->level + inner->depth);
			nesting->next++;
		}
		else
		{
			nesting->state = NESTING_DONE;
			nesting = nesting->outer;
		}
	}
}

bool
fsq_check_nesting(FsqValidator *v)
{
	FsqNames   *fragments = fsq_names_make(CurrentMemoryContext, list_length(v->document->definitions));
	List	   *definitions = NIL;
	ListCell   *lc;

	foreach(lc, v->document->definitions)
	{
		const FsqNode *node = lfirst(lc);
		Nesting    *nesting;

		CHECK_FOR_INTERRUPTS();
		if (node->kind != FSQ_NODE_OPERATION && node->kind != FSQ_NODE_FRAGMENT_DEFINITION)
			continue;
		nesting = make_nesting(node);
		definitions = lappend(definitions, nesting);
		/* of several with a name, any may be followed: the name is an error */
		if (node->kind == FSQ_NODE_FRAGMENT_DEFINITION)
			fsq_names_add(fragments, ((const FsqFragmentNode *) node)->name->value, nesting);
	}
	foreach(lc, definitions)
	{
		Nesting    *nesting = lfirst(lc);

		if (nesting->state == NESTING_NEW)
			follow(fragments, nesting);
		if (nesting->depth <= FSQ_MAX_DEPTH)
			continue;
		fsq_report_at(v, nesting->node->start,
					  psprintf("Selections are nested " INT64_FORMAT " levels deep through fragments, where %d are allowed.",
							   nesting->depth, FSQ_MAX_DEPTH));
		return false;
	}
	return true;
}
