/*-------------------------------------------------------------------------
 *
 * unique_field_definition_names.c
 *	  UniqueFieldDefinitionNamesRule: the fields of a type have different names.
 *	  (specification sections 3.6, 3.7 and 3.10)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "miscadmin.h"

typedef struct State
{
	FsqNames   *types;			/* of FsqNames *: the fields of each type, of FsqName * */
} State;

/* Whether a type of the schema that is extended has a member. */
static bool
has_member(FsqType *type, const char *name)
{
	return fsq_type_field(type, name) != NULL || fsq_type_input_field(type, name) != NULL;
}

static bool
enter_type(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeSystemNode *type = node;
	FsqType    *existing = v->base ? fsq_schema_type(v->base, type->name->value) : NULL;
	FsqNames   *known = fsq_rule_names_of(&((State *) state)->types, type->name->value);
	ListCell   *lc;

	foreach(lc, type->fields)
	{
		FsqName    *name = ((FsqTypeSystemNode *) lfirst(lc))->name;
		FsqName    *other;

		CHECK_FOR_INTERRUPTS();
		if (existing && has_member(existing, name->value))
			fsq_report_at(v, name->start,
						  psprintf("Field \"%s.%s\" already exists in the schema. It cannot also be defined in this type extension.",
								   type->name->value, name->value));
		else if ((other = fsq_names_add(known, name->value, name)))
		{
			int			offsets[] = {other->start, name->start};

			fsq_report(v, offsets, 2,
					   psprintf("Field \"%s.%s\" can only be defined once.",
								type->name->value, name->value));
		}
	}
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OBJECT_DEFINITION, enter_type, NULL},
	{FSQ_NODE_INTERFACE_DEFINITION, enter_type, NULL},
	{FSQ_NODE_INPUT_OBJECT_DEFINITION, enter_type, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_field_definition_names = {"UniqueFieldDefinitionNamesRule", sizeof(State), visits};
