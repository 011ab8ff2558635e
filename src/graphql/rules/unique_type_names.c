/*-------------------------------------------------------------------------
 *
 * unique_type_names.c
 *	  UniqueTypeNamesRule: types have different names.
 *	  (specification section 3.4)
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
enter_type(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeSystemNode *type = node;
	FsqName    *name = type->name;
	State	   *s = state;
	FsqName    *other;

	if (type->extension)
		return true;
	if (s->known == NULL)
		s->known = fsq_names_make(CurrentMemoryContext, 16);
	if (v->base && fsq_schema_type(v->base, name->value))
		fsq_report_at(v, name->start,
					  psprintf("Type \"%s\" already exists in the schema. It cannot also be defined in this type definition.",
							   name->value));
	else if ((other = fsq_names_add(s->known, name->value, name)))
	{
		int			offsets[] = {other->start, name->start};

		fsq_report(v, offsets, 2, psprintf("There can be only one type named \"%s\".", name->value));
	}
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_SCALAR_DEFINITION, enter_type, NULL},
	{FSQ_NODE_OBJECT_DEFINITION, enter_type, NULL},
	{FSQ_NODE_INTERFACE_DEFINITION, enter_type, NULL},
	{FSQ_NODE_UNION_DEFINITION, enter_type, NULL},
	{FSQ_NODE_ENUM_DEFINITION, enter_type, NULL},
	{FSQ_NODE_INPUT_OBJECT_DEFINITION, enter_type, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_type_names = {"UniqueTypeNamesRule", sizeof(State), visits};
