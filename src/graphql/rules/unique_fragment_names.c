/*-------------------------------------------------------------------------
 *
 * unique_fragment_names.c
 *	  UniqueFragmentNamesRule: fragment names are unique.
 *	  (specification section 5.5.1.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

typedef struct State
{
	FsqNames   *seen;			/* of FsqName * */
} State;

static bool
enter_definition(FsqValidator *v, void *state, const void *node)
{
	State	   *s = state;
	FsqName    *name = ((const FsqFragmentNode *) node)->name;
	FsqName    *other;

	if (name == NULL)
		return true;
	if (s->seen == NULL)
		s->seen = fsq_names_make(CurrentMemoryContext, 8);
	other = fsq_names_add(s->seen, name->value, name);
	if (other != NULL)
	{
		int			offsets[] = {other->start, name->start};

		fsq_report(v, offsets, 2, psprintf("There can be only one fragment named \"%s\".", name->value));
	}
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FRAGMENT_DEFINITION, enter_definition, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_fragment_names = {"UniqueFragmentNamesRule", sizeof(State), visits};
