/*-------------------------------------------------------------------------
 *
 * unique_directive_names.c
 *	  UniqueDirectiveNamesRule: directives have different names.
 *	  (specification section 3.13)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

typedef struct State
{
	FsqNames   *known;			/* of FsqName * */
} State;

static bool
enter_directive(FsqValidator *v, void *state, const void *node)
{
	FsqName    *name = ((const FsqTypeSystemNode *) node)->name;
	State	   *s = state;
	FsqName    *other;

	if (s->known == NULL)
		s->known = fsq_names_make(CurrentMemoryContext, 8);
	if (v->base && fsq_schema_directive(v->base, name->value))
		fsq_report_at(v, name->start,
					  psprintf("Directive \"@%s\" already exists in the schema. It cannot be redefined.",
							   name->value));
	else if ((other = fsq_names_add(s->known, name->value, name)))
	{
		int			offsets[] = {other->start, name->start};

		fsq_report(v, offsets, 2, psprintf("There can be only one directive named \"@%s\".", name->value));
	}
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_DIRECTIVE_DEFINITION, enter_directive, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_directive_names = {"UniqueDirectiveNamesRule", sizeof(State), visits};
