/*-------------------------------------------------------------------------
 *
 * provided_required_arguments.c
 *	  ProvidedRequiredArgumentsRule: arguments that are required are given.
 *	  (specification section 5.4.2.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

/* Whether an argument is among those given. */
static bool
is_given(List *arguments, const char *name)
{
	ListCell   *lc;

	foreach(lc, arguments)
	{
		if (strcmp(((FsqArgumentNode *) lfirst(lc))->name->value, name) == 0)
			return true;
	}
	return false;
}

/* Report the required arguments that are not given; where is "Field" or "Directive" and the name. */
static void
report_missing(FsqValidator *v, int offset, List *definitions, List *arguments, const char *where)
{
	ListCell   *lc;

	foreach(lc, definitions)
	{
		FsqInputValue *definition = lfirst(lc);

		if (fsq_is_required(definition) && !is_given(arguments, definition->name))
			fsq_report_at(v, offset,
						  psprintf("%s argument \"%s\" of type \"%s\" is required, but it was not provided.",
								   where, definition->name, fsq_type_text(definition->type)));
	}
}

static bool
leave_field(FsqValidator *v, void *state, const void *node)
{
	const FsqFieldNode *field = node;

	if (v->info.field != NULL && v->info.field->arguments != NIL)
		report_missing(v, field->node.start, v->info.field->arguments, field->arguments,
					   psprintf("Field \"%s\"", v->info.field->name));
	return true;
}

static bool
leave_directive(FsqValidator *v, void *state, const void *node)
{
	const FsqDirectiveNode *directive = node;

	FsqDirective *definition = fsq_rule_directive(v, directive->name->value);

	if (definition != NULL && definition->arguments != NIL)
		report_missing(v, directive->node.start, definition->arguments, directive->arguments,
					   psprintf("Directive \"@%s\"", definition->name));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FIELD, NULL, leave_field},
	{FSQ_NODE_DIRECTIVE, NULL, leave_directive},
	{0, NULL, NULL}
};

static const FsqRuleVisit directive_visits[] = {
	{FSQ_NODE_DIRECTIVE, NULL, leave_directive},
	{0, NULL, NULL}
};

/* The part of it that concerns documents which define a schema. */
const FsqRule fsq_rule_provided_required_arguments_on_directives = {
	"ProvidedRequiredArgumentsOnDirectivesRule", 0, directive_visits
};

const FsqRule fsq_rule_provided_required_arguments = {"ProvidedRequiredArgumentsRule", 0, visits};
