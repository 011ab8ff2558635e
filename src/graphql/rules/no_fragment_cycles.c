/*-------------------------------------------------------------------------
 *
 * no_fragment_cycles.c
 *	  NoFragmentCyclesRule: no fragment spreads itself, directly or not.
 *	  (specification section 5.5.2.2)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "miscadmin.h"

typedef struct State
{
	FsqNames   *visited;
	FsqNames   *positions;		/* of a fragment on the path, from 1; 0 when it is left */
	List	   *path;			/* of FsqFragmentSpreadNode * */
} State;

/* Report the part of the path that comes back to a fragment. */
static void
report_cycle(FsqValidator *v, State *s, const char *name, int from)
{
	int			n = list_length(s->path) - from;
	int		   *offsets = palloc(sizeof(int) * n);
	StringInfoData via;

	initStringInfo(&via);
	for (int i = 0; i < n; i++)
	{
		FsqFragmentSpreadNode *spread = list_nth(s->path, from + i);

		offsets[i] = spread->node.start;
		if (i < n - 1)
			appendStringInfo(&via, "%s\"%s\"", i == 0 ? " via " : ", ", spread->name->value);
	}
	fsq_report(v, offsets, n,
			   psprintf("Cannot spread fragment \"%s\" within itself%s.", name, via.data));
}

/* Follow the spreads of a fragment. */
static void
detect_cycles(FsqValidator *v, State *s, const FsqFragmentNode *fragment)
{
	const char *name = fragment->name->value;
	List	   *spreads;
	FsqNameEntry *entry;
	bool		found;
	ListCell   *lc;

	check_stack_depth();
	if (fsq_names_add(s->visited, name, unconstify(FsqFragmentNode *, fragment)) != NULL)
		return;
	spreads = fsq_fragment_spreads(v, &fragment->node);
	if (spreads == NIL)
		return;

	entry = fsq_names_insert(s->positions, name, &found);
	entry->value = (void *) (intptr_t) (list_length(s->path) + 1);
	foreach(lc, spreads)
	{
		FsqFragmentSpreadNode *spread = lfirst(lc);
		intptr_t	position = (intptr_t) fsq_names_get(s->positions, spread->name->value);

		CHECK_FOR_INTERRUPTS();
		s->path = lappend(s->path, spread);
		if (position > 0)
			report_cycle(v, s, spread->name->value, position - 1);
		else
		{
			const FsqFragmentNode *next = fsq_fragment(v, spread->name->value);

			if (next != NULL)
				detect_cycles(v, s, next);
		}
		s->path = list_delete_last(s->path);
	}
	entry = fsq_names_insert(s->positions, name, &found);
	entry->value = NULL;
}

static bool
enter_operation(FsqValidator *v, void *state, const void *node)
{
	return false;
}

static bool
enter_fragment(FsqValidator *v, void *state, const void *node)
{
	State	   *s = state;

	if (s->visited == NULL)
	{
		s->visited = fsq_names_make(CurrentMemoryContext, 8);
		s->positions = fsq_names_make(CurrentMemoryContext, 8);
	}
	detect_cycles(v, s, node);
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, enter_operation, NULL},
	{FSQ_NODE_FRAGMENT_DEFINITION, enter_fragment, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_no_fragment_cycles = {"NoFragmentCyclesRule", sizeof(State), visits};
