/*-------------------------------------------------------------------------
 *
 * unique_directives_per_location.c
 *	  UniqueDirectivesPerLocationRule: a directive stands once in a place, unless it is repeatable.
 *	  (specification section 5.7.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

typedef struct State
{
	FsqNames   *places;			/* of FsqNames *: those used at a type or schema, of FsqDirectiveNode * */
} State;

/* Whether a directive is known and may not be repeated. */
static bool
is_unique(FsqValidator *v, const char *name)
{
	FsqDirective *directive = fsq_rule_directive(v, name);

	return directive != NULL && !directive->repeatable;
}

/* Look at directives; seen are those of the same place. */
static void
check_with(FsqValidator *v, List *directives, FsqNames *seen)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		FsqDirectiveNode *directive = lfirst(lc);
		FsqDirectiveNode *other;

		if (!is_unique(v, directive->name->value))
			continue;
		other = fsq_names_add(seen, directive->name->value, directive);
		if (other != NULL)
		{
			int			offsets[] = {other->node.start, directive->node.start};

			fsq_report(v, offsets, 2,
					   psprintf("The directive \"@%s\" can only be used once at this location.",
								directive->name->value));
		}
	}
}

/* Look at the directives of a place. */
static bool
check(FsqValidator *v, List *directives)
{
	FsqNames   *seen;

	if (list_length(directives) < 2)
		return true;
	seen = fsq_names_make(CurrentMemoryContext, list_length(directives));
	check_with(v, directives, seen);
	fsq_names_destroy(seen);
	return true;
}

/* A type or the schema is one place together with all of its extensions. */
static bool
enter_definition(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeSystemNode *definition = node;

	/* no type is called so */
	if (definition->directives != NIL)
		check_with(v, definition->directives,
				   fsq_rule_names_of(&((State *) state)->places,
									 definition->name ? definition->name->value : "schema definition"));
	return true;
}

static bool
enter_member(FsqValidator *v, void *state, const void *node)
{
	return check(v, ((const FsqTypeSystemNode *) node)->directives);
}

static bool
enter_operation(FsqValidator *v, void *state, const void *node)
{
	return check(v, ((const FsqOperationNode *) node)->directives);
}

static bool
enter_fragment(FsqValidator *v, void *state, const void *node)
{
	return check(v, ((const FsqFragmentNode *) node)->directives);
}

static bool
enter_variable_definition(FsqValidator *v, void *state, const void *node)
{
	return check(v, ((const FsqVariableDefinitionNode *) node)->directives);
}

static bool
enter_field(FsqValidator *v, void *state, const void *node)
{
	return check(v, ((const FsqFieldNode *) node)->directives);
}

static bool
enter_spread(FsqValidator *v, void *state, const void *node)
{
	return check(v, ((const FsqFragmentSpreadNode *) node)->directives);
}

static bool
enter_inline_fragment(FsqValidator *v, void *state, const void *node)
{
	return check(v, ((const FsqInlineFragmentNode *) node)->directives);
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, enter_operation, NULL},
	{FSQ_NODE_FRAGMENT_DEFINITION, enter_fragment, NULL},
	{FSQ_NODE_VARIABLE_DEFINITION, enter_variable_definition, NULL},
	{FSQ_NODE_FIELD, enter_field, NULL},
	{FSQ_NODE_FRAGMENT_SPREAD, enter_spread, NULL},
	{FSQ_NODE_INLINE_FRAGMENT, enter_inline_fragment, NULL},
	{FSQ_NODE_SCHEMA_DEFINITION, enter_definition, NULL},
	{FSQ_NODE_SCALAR_DEFINITION, enter_definition, NULL},
	{FSQ_NODE_OBJECT_DEFINITION, enter_definition, NULL},
	{FSQ_NODE_INTERFACE_DEFINITION, enter_definition, NULL},
	{FSQ_NODE_UNION_DEFINITION, enter_definition, NULL},
	{FSQ_NODE_ENUM_DEFINITION, enter_definition, NULL},
	{FSQ_NODE_INPUT_OBJECT_DEFINITION, enter_definition, NULL},
	{FSQ_NODE_FIELD_DEFINITION, enter_member, NULL},
	{FSQ_NODE_INPUT_VALUE_DEFINITION, enter_member, NULL},
	{FSQ_NODE_ENUM_VALUE_DEFINITION, enter_member, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_directives_per_location = {"UniqueDirectivesPerLocationRule", sizeof(State), visits};
