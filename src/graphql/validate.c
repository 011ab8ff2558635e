/*-------------------------------------------------------------------------
 *
 * validate.c
 *	  Validation of an executable document: one walk over it that calls the
 *	  rules (src/graphql/rules) at each node.
 *
 *	  The order of the walk, and thereby of the errors, is graphql-js's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/nesting.h"
#include "graphql/rules/rule.h"
#include "graphql/validate.h"
#include "miscadmin.h"

/* More errors than this are not reported. */
#define MAX_ERRORS 100

/* In the order in which graphql-js runs them. */
static const FsqRule *const all_rules[] = {
	&fsq_rule_executable_definitions,
	&fsq_rule_unique_operation_names,
	&fsq_rule_lone_anonymous_operation,
	&fsq_rule_single_field_subscriptions,
	&fsq_rule_known_type_names,
	&fsq_rule_fragments_on_composite_types,
	&fsq_rule_variables_are_input_types,
	&fsq_rule_scalar_leafs,
	&fsq_rule_fields_on_correct_type,
	&fsq_rule_unique_fragment_names,
	&fsq_rule_known_fragment_names,
	&fsq_rule_no_unused_fragments,
	&fsq_rule_possible_fragment_spreads,
	&fsq_rule_no_fragment_cycles,
	&fsq_rule_unique_variable_names,
	&fsq_rule_no_undefined_variables,
	&fsq_rule_no_unused_variables,
	&fsq_rule_known_directives,
	&fsq_rule_unique_directives_per_location,
	&fsq_rule_known_argument_names,
	&fsq_rule_unique_argument_names,
	&fsq_rule_values_of_correct_type,
	&fsq_rule_provided_required_arguments,
	&fsq_rule_variables_in_allowed_position,
	&fsq_rule_overlapping_fields_can_be_merged,
	&fsq_rule_unique_input_field_names,
	&fsq_rule_max_introspection_depth,
};

/* Those for documents that define types, likewise. */
static const FsqRule *const definition_rules[] = {
	&fsq_rule_lone_schema_definition,
	&fsq_rule_unique_operation_types,
	&fsq_rule_unique_type_names,
	&fsq_rule_unique_enum_value_names,
	&fsq_rule_unique_field_definition_names,
	&fsq_rule_unique_argument_definition_names,
	&fsq_rule_unique_directive_names,
	&fsq_rule_known_type_names,
	&fsq_rule_known_directives,
	&fsq_rule_unique_directives_per_location,
	&fsq_rule_possible_type_extensions,
	&fsq_rule_known_argument_names_on_directives,
	&fsq_rule_unique_argument_names,
	&fsq_rule_unique_input_field_names,
	&fsq_rule_provided_required_arguments_on_directives,
};

#define MAX_RULES Max(lengthof(all_rules), lengthof(definition_rules))

/* Those that run only when they are asked for by name. */
static const FsqRule *const optional_rules[] = {
	&fsq_rule_no_deprecated,
	&fsq_rule_no_schema_introspection,
};

/* A rule during a walk. */
typedef struct FsqActiveRule
{
	const FsqRule *rule;
	void	   *state;
	const void *skipping;		/* the node whose inside it does not want, or NULL */
} FsqActiveRule;

/* The rules that want a kind of node. */
typedef struct FsqVisitList
{
	int			n;
	struct FsqVisitEntry *entries;
} FsqVisitList;

typedef struct FsqVisitEntry
{
	FsqActiveRule *active;
	const FsqRuleVisit *visit;
} FsqVisitEntry;

static void walk_selections(FsqValidator *v, const List *selections, int start);
static void walk_directives(FsqValidator *v, const FsqNode *parent, const List *directives);
static void walk_value(FsqValidator *v, const FsqNode *node);

/* ---- errors ---- */

/* Whether one more error may be added; the last one says that there are more. */
static bool
count_error(FsqValidator *v)
{
	if (v->aborted)
		return false;
	if (v->nerrors < MAX_ERRORS)
	{
		v->nerrors++;
		return true;
	}
	v->aborted = true;
	fsq_error_at(v->errors, FSQ_VALIDATION_ERROR, -1,
				 "Too many validation errors, error limit reached. Validation aborted.");
	return false;
}

/* Add an error of code VALIDATION_ERROR, unless there are too many. */
void
fsq_report(FsqValidator *v, const int *offsets, int noffsets, const char *message)
{
	if (count_error(v))
		fsq_error_add(v->errors, FSQ_VALIDATION_ERROR, offsets, noffsets, "%s", message);
}

/* ---- calling the rules ---- */

/* Call the rules that want to see this node before what is below it. */
static void
enter(FsqValidator *v, const void *node)
{
	FsqVisitList *list = &v->by_kind[((const FsqNode *) node)->kind];

	for (int i = 0; i < list->n && !v->aborted; i++)
	{
		FsqActiveRule *active = list->entries[i].active;
		FsqVisit	visit = list->entries[i].visit->enter;

		if (active->skipping == NULL && visit != NULL && !visit(v, active->state, node))
			active->skipping = node;
	}
}

/* Call the rules that want to see this node after what is below it. */
static void
leave(FsqValidator *v, const void *node)
{
	FsqVisitList *list = &v->by_kind[((const FsqNode *) node)->kind];

	for (int i = 0; i < list->n && !v->aborted; i++)
	{
		FsqActiveRule *active = list->entries[i].active;
		FsqVisit	visit = list->entries[i].visit->leave;

		if (active->skipping == node)
			active->skipping = NULL;
		else if (active->skipping == NULL && visit != NULL)
			visit(v, active->state, node);
	}
}

/* ---- the walk ---- */

/* A type, if it can be an input's. */
static FsqType *
input_type(FsqType *type)
{
	return type != NULL && fsq_type_is_input(type) ? type : NULL;
}

/* A type, if it can be an output's. */
static FsqType *
output_type(FsqType *type)
{
	return type != NULL && fsq_type_is_output(type) ? type : NULL;
}

/* Go one input type down, walk a value, and come back. */
static void
walk_value_of_type(FsqValidator *v, const FsqNode *node, FsqType *type, const FsqNode *default_value)
{
	FsqTypeInfo saved = v->info;

	v->info.parent_input_type = v->info.input_type;
	v->info.input_type = input_type(type);
	v->info.default_value = default_value;
	walk_value(v, node);
	v->info = saved;
}

static void
walk_list(FsqValidator *v, const FsqValueNode *node)
{
	FsqTypeInfo saved = v->info;
	FsqType    *list = fsq_type_nullable(v->info.input_type);
	FsqType    *item = list != NULL && list->kind == FSQ_LIST ? list->of_type : list;
	ListCell   *lc;

	v->info.parent_input_type = v->info.input_type;
	v->info.input_type = input_type(item);
	v->info.default_value = NULL;
	enter(v, node);
	foreach(lc, node->items)
		walk_value(v, lfirst(lc));
	leave(v, node);
	v->info = saved;
}

static void
walk_object(FsqValidator *v, const FsqValueNode *node)
{
	ListCell   *lc;

	enter(v, node);
	foreach(lc, node->fields)
	{
		FsqArgumentNode *field = lfirst(lc);
		FsqTypeInfo saved = v->info;
		FsqType    *type = fsq_type_named(v->info.input_type);
		FsqInputValue *definition = NULL;

		if (type != NULL && type->kind == FSQ_INPUT_OBJECT)
			definition = fsq_type_input_field(type, field->name->value);
		v->info.parent_input_type = v->info.input_type;
		v->info.input_type = definition ? input_type(definition->type) : NULL;
		v->info.default_value = definition ? definition->default_value : NULL;
		enter(v, field);
		walk_value(v, field->value);
		leave(v, field);
		v->info = saved;
	}
	leave(v, node);
}

/* Note the use of a variable, where that is wanted. */
static void
note_use(FsqValidator *v, const FsqValueNode *node)
{
	FsqVariableUse *use = palloc(sizeof(FsqVariableUse));

	use->node = node;
	use->type = v->info.input_type;
	use->parent_type = v->info.parent_input_type;
	use->default_value = v->info.default_value;
	*v->uses = lappend(*v->uses, use);
}

static void
walk_value(FsqValidator *v, const FsqNode *node)
{
	if (v->aborted)
		return;
	CHECK_FOR_INTERRUPTS();
	if (node->kind == FSQ_NODE_LIST)
		walk_list(v, (const FsqValueNode *) node);
	else if (node->kind == FSQ_NODE_OBJECT)
		walk_object(v, (const FsqValueNode *) node);
	else
	{
		if (node->kind == FSQ_NODE_VARIABLE && v->uses != NULL)
			note_use(v, (const FsqValueNode *) node);
		enter(v, node);
		leave(v, node);
	}
}

/* The arguments of the current directive, or else of the current field. */
static void
walk_arguments(FsqValidator *v, const List *arguments)
{
	ListCell   *lc;

	foreach(lc, arguments)
	{
		FsqArgumentNode *argument = lfirst(lc);
		FsqTypeInfo saved = v->info;
		List	   *definitions = v->info.directive ? v->info.directive->arguments :
			v->info.field ? v->info.field->arguments : NIL;
		FsqInputValue *definition = NULL;
		ListCell   *lc2;

		foreach(lc2, definitions)
		{
			definition = lfirst(lc2);
			if (strcmp(definition->name, argument->name->value) == 0)
				break;
			definition = NULL;
		}
		v->info.argument = definition;
		v->info.parent_input_type = v->info.input_type;
		v->info.input_type = definition ? input_type(definition->type) : NULL;
		v->info.default_value = definition ? definition->default_value : NULL;
		enter(v, argument);
		walk_value(v, argument->value);
		leave(v, argument);
		v->info = saved;
	}
}

static void
walk_directives(FsqValidator *v, const FsqNode *parent, const List *directives)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		FsqDirectiveNode *directive = lfirst(lc);

		v->parent = parent;
		v->info.directive = fsq_schema_directive(v->schema, directive->name->value);
		enter(v, directive);
		walk_arguments(v, directive->arguments);
		v->parent = parent;
		leave(v, directive);
		v->info.directive = NULL;
	}
}

/* A reference to a type. */
static void
walk_type(FsqValidator *v, const FsqNode *node)
{
	while (node->kind != FSQ_NODE_NAMED_TYPE)
		node = ((const FsqTypeNode *) node)->inner;
	enter(v, node);
	leave(v, node);
}

/* A type condition, which is a reference to a type by its name alone. */
static void
walk_condition(FsqValidator *v, FsqName *name)
{
	FsqTypeNode node = {.node = {FSQ_NODE_NAMED_TYPE, name->start, name->start}, .name = name};

	walk_type(v, &node.node);
}

static void
walk_field(FsqValidator *v, const FsqFieldNode *node)
{
	FsqTypeInfo saved = v->info;
	FsqType    *parent = v->info.parent_type;

	v->info.field = parent ? fsq_schema_field(v->schema, parent, node->name->value) : NULL;
	v->info.type = v->info.field ? output_type(v->info.field->type) : NULL;
	enter(v, node);
	walk_arguments(v, node->arguments);
	walk_directives(v, &node->node, node->directives);
	if (node->selections != NIL)
		walk_selections(v, node->selections, node->selection_start);
	leave(v, node);
	v->info = saved;
}

static void
walk_inline_fragment(FsqValidator *v, const FsqInlineFragmentNode *node)
{
	FsqTypeInfo saved = v->info;

	if (node->type_condition)
		v->info.type = output_type(fsq_schema_type(v->schema, node->type_condition->value));
	else
		v->info.type = output_type(fsq_type_named(v->info.type));
	enter(v, node);
	if (node->type_condition)
		walk_condition(v, node->type_condition);
	walk_directives(v, &node->node, node->directives);
	walk_selections(v, node->selections, node->selection_start);
	leave(v, node);
	v->info = saved;
}

/* A selection set of the current type. */
static void
walk_selections(FsqValidator *v, const List *selections, int start)
{
	FsqSelectionSet set = {{FSQ_NODE_SELECTION_SET, start, start}, unconstify(List *, selections)};
	FsqTypeInfo saved = v->info;
	FsqType    *named = fsq_type_named(v->info.type);
	ListCell   *lc;

	check_stack_depth();

	v->info.parent_type = named != NULL && fsq_type_is_composite(named) ? named : NULL;
	enter(v, &set);
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (v->aborted)
			break;
		switch (node->kind)
		{
			case FSQ_NODE_FIELD:
				walk_field(v, (FsqFieldNode *) node);
				break;
			case FSQ_NODE_INLINE_FRAGMENT:
				walk_inline_fragment(v, (FsqInlineFragmentNode *) node);
				break;
			default:
				enter(v, node);
				walk_directives(v, node, ((FsqFragmentSpreadNode *) node)->directives);
				leave(v, node);
				break;
		}
	}
	leave(v, &set);
	v->info = saved;
}

static void
walk_variable_definition(FsqValidator *v, const FsqVariableDefinitionNode *node)
{
	FsqTypeInfo saved = v->info;
	FsqType    *type = input_type(fsq_type_from_node(v->schema, node->type));

	v->info.parent_input_type = v->info.input_type;
	v->info.input_type = type;
	enter(v, node);
	walk_type(v, node->type);
	if (node->default_value)
		walk_value(v, node->default_value);
	walk_directives(v, &node->node, node->directives);
	leave(v, node);
	v->info = saved;
}

static void
walk_operation(FsqValidator *v, const FsqOperationNode *node)
{
	FsqType    *roots[] = {v->schema->query, v->schema->mutation, v->schema->subscription};
	ListCell   *lc;

	v->info.type = roots[node->operation];
	enter(v, node);
	if (v->uses == NULL)
	{
		foreach(lc, node->variables)
			walk_variable_definition(v, lfirst(lc));
	}
	walk_directives(v, &node->node, node->directives);
	walk_selections(v, node->selections, node->selection_start);
	leave(v, node);
}

static void
walk_fragment(FsqValidator *v, const FsqFragmentNode *node)
{
	v->info.type = output_type(fsq_schema_type(v->schema, node->type_condition->value));
	enter(v, node);
	walk_condition(v, node->type_condition);
	walk_directives(v, &node->node, node->directives);
	walk_selections(v, node->selections, node->selection_start);
	leave(v, node);
}

/*
 * A definition of the type system has no place in an executable document; what
 * it refers to is looked at all the same.
 */
static void
walk_type_system(FsqValidator *v, const FsqTypeSystemNode *node)
{
	ListCell   *lc;

	enter(v, node);
	foreach(lc, node->interfaces)
		walk_type(v, lfirst(lc));
	foreach(lc, node->arguments)
		walk_type_system(v, lfirst(lc));
	if (node->type)
		walk_type(v, node->type);
	if (node->default_value)
		walk_value_of_type(v, node->default_value, NULL, NULL);
	walk_directives(v, &node->node, node->directives);
	foreach(lc, node->fields)
		walk_type_system(v, lfirst(lc));
	foreach(lc, node->types)
		walk_type(v, lfirst(lc));
	foreach(lc, node->operation_types)
		walk_type(v, lfirst(lc));
	leave(v, node);
}

static void
walk_definition(FsqValidator *v, const FsqNode *node)
{
	memset(&v->info, 0, sizeof(v->info));
	v->definition = node;
	if (node->kind == FSQ_NODE_OPERATION)
		walk_operation(v, (const FsqOperationNode *) node);
	else if (node->kind == FSQ_NODE_FRAGMENT_DEFINITION)
		walk_fragment(v, (const FsqFragmentNode *) node);
	else
		walk_type_system(v, (const FsqTypeSystemNode *) node);
}

/* Walk one definition only to collect its uses of variables. */
List *
fsq_collect_uses(FsqValidator *v, const FsqNode *definition)
{
	static FsqVisitList nothing[FSQ_NODE_KINDS];
	FsqValidator collector = *v;
	List	   *uses = NIL;

	collector.by_kind = nothing;
	collector.uses = &uses;
	walk_definition(&collector, definition);
	return uses;
}

/* ---- entry ---- */

/* Let a rule take part in the walk. */
static void
activate_rule(FsqValidator *v, const FsqRule *rule)
{
	FsqActiveRule *active = &v->rules[v->nrules++];

	active->rule = rule;
	active->state = palloc0(Max(rule->state_size, 1));
	for (const FsqRuleVisit *visit = rule->visits; visit->enter || visit->leave; visit++)
	{
		FsqVisitList *list = &v->by_kind[visit->kind];

		if (list->entries == NULL)
			list->entries = palloc(sizeof(FsqVisitEntry) * MAX_RULES);
		list->entries[list->n].active = active;
		list->entries[list->n].visit = visit;
		list->n++;
	}
}

/* Activate the rules of a table: all of them, or the one of a name. */
static void
activate_rules(FsqValidator *v, const FsqRule *const *rules, int n, const char *name)
{
	for (int i = 0; i < n; i++)
	{
		if (name == NULL || strcmp(rules[i]->name, name) == 0)
			activate_rule(v, rules[i]);
	}
}

/* Prepare a walk. */
static void
validator_init(FsqValidator *v, FsqSchema *schema, FsqDocument *document, FsqErrorList *errors)
{
	memset(v, 0, sizeof(FsqValidator));
	v->schema = schema;
	v->document = document;
	v->errors = errors;
	v->context = CurrentMemoryContext;
	v->rules = palloc0(sizeof(FsqActiveRule) * MAX_RULES);
	v->by_kind = palloc0(sizeof(FsqVisitList) * FSQ_NODE_KINDS);
}

/* Note the fragments and types that the document defines; of several with a name, the last. */
static void
index_definitions(FsqValidator *v)
{
	int			n = list_length(v->document->definitions);
	ListCell   *lc;

	v->fragments = fsq_names_make(CurrentMemoryContext, n);
	v->defined_types = fsq_names_make(CurrentMemoryContext, 8);
	foreach(lc, v->document->definitions)
	{
		FsqNode    *node = lfirst(lc);

		if (node->kind == FSQ_NODE_FRAGMENT_DEFINITION)
		{
			FsqFragmentNode *fragment = (FsqFragmentNode *) node;
			bool		found;
			FsqNameEntry *entry = fsq_names_insert(v->fragments, fragment->name->value, &found);

			entry->value = fragment;
		}
		else if (node->kind >= FSQ_NODE_SCALAR_DEFINITION &&
				 node->kind <= FSQ_NODE_INPUT_OBJECT_DEFINITION &&
				 !((FsqTypeSystemNode *) node)->extension)
		{
			bool		found;

			fsq_names_insert(v->defined_types, ((FsqTypeSystemNode *) node)->name->value,
							 &found)->value = node;
		}
	}
}

/* Walk the document; whether the rules found no error. */
static bool
walk_document(FsqValidator *v)
{
	ListCell   *lc;

	index_definitions(v);
	if (!fsq_check_nesting(v))
		return false;
	enter(v, v->document);
	foreach(lc, v->document->definitions)
	{
		CHECK_FOR_INTERRUPTS();
		if (v->aborted)
			break;
		walk_definition(v, lfirst(lc));
	}
	leave(v, v->document);
	return v->nerrors == 0;
}

bool
fsq_validate_rule(FsqSchema *schema, FsqDocument *document, const char *rule, FsqErrorList *errors)
{
	FsqValidator v;

	validator_init(&v, schema, document, errors);
	activate_rules(&v, all_rules, lengthof(all_rules), rule);
	if (rule)
		activate_rules(&v, optional_rules, lengthof(optional_rules), rule);
	if (v.nrules == 0)
	{
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, -1, "Unknown validation rule \"%s\".", rule);
		return false;
	}
	return walk_document(&v);
}

bool
fsq_validate(FsqSchema *schema, FsqDocument *document, FsqErrorList *errors)
{
	return fsq_validate_rule(schema, document, NULL, errors);
}

bool
fsq_is_definition_rule(const char *rule)
{
	for (int i = 0; i < lengthof(definition_rules); i++)
	{
		if (strcmp(definition_rules[i]->name, rule) == 0)
			return true;
	}
	return false;
}

bool
fsq_validate_definitions(FsqSchema *base, FsqDocument *document, const char *rule,
						 FsqErrorList *errors)
{
	FsqValidator v;

	validator_init(&v, base ? base : fsq_schema_empty(), document, errors);
	v.base = base;
	v.empty = base == NULL;
	activate_rules(&v, definition_rules, lengthof(definition_rules), rule);
	return walk_document(&v);
}
