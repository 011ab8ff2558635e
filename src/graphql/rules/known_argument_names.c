/*-------------------------------------------------------------------------
 *
 * known_argument_names.c
 *	  KnownArgumentNamesRule: arguments that are given exist.
 *	  (specification section 5.4.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "graphql/suggest.h"

/* Report an argument that is none of those defined. */
static void
report_unknown(FsqValidator *v, const FsqArgumentNode *argument, List *definitions, const char *where)
{
	const char *name = argument->name->value;

	fsq_report_at(v, argument->node.start,
				  psprintf("Unknown argument \"%s\" on %s.%s", name, where,
						   fsq_did_you_mean(NULL, fsq_suggestions(name, fsq_member_names(definitions)))));
}

static bool
enter_argument(FsqValidator *v, void *state, const void *node)
{
	FsqField   *field = v->info.field;

	if (v->info.argument == NULL && field != NULL && v->info.parent_type != NULL)
		report_unknown(v, node, field->arguments,
					   psprintf("field \"%s.%s\"", v->info.parent_type->name, field->name));
	return true;
}

/* Looks at a directive's arguments itself: the walk would take them for the field's. */
static bool
enter_directive(FsqValidator *v, void *state, const void *node)
{
	const FsqDirectiveNode *directive = node;
	FsqDirective *definition = fsq_rule_directive(v, directive->name->value);
	ListCell   *lc;

	if (definition == NULL)
		return false;
	foreach(lc, directive->arguments)
	{
		FsqArgumentNode *argument = lfirst(lc);
		bool		known = false;
		ListCell   *lc2;

		foreach(lc2, definition->arguments)
			known = known || strcmp(((FsqInputValue *) lfirst(lc2))->name, argument->name->value) == 0;
		if (!known)
			report_unknown(v, argument, definition->arguments,
						   psprintf("directive \"@%s\"", definition->name));
	}
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_ARGUMENT, enter_argument, NULL},
	{FSQ_NODE_DIRECTIVE, enter_directive, NULL},
	{0, NULL, NULL}
};

static const FsqRuleVisit directive_visits[] = {
	{FSQ_NODE_DIRECTIVE, enter_directive, NULL},
	{0, NULL, NULL}
};

/* The part of it that concerns documents which define a schema. */
const FsqRule fsq_rule_known_argument_names_on_directives = {
	"KnownArgumentNamesOnDirectivesRule", 0, directive_visits
};

const FsqRule fsq_rule_known_argument_names = {"KnownArgumentNamesRule", 0, visits};
