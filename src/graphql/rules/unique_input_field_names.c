/*-------------------------------------------------------------------------
 *
 * unique_input_field_names.c
 *	  UniqueInputFieldNamesRule: an object value has each field once.
 *	  (specification section 5.6.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

typedef struct State
{
	List	   *objects;		/* of FsqNames *: fields seen, outermost object first */
} State;

static bool
enter_object(FsqValidator *v, void *state, const void *node)
{
	State	   *s = state;

	s->objects = lappend(s->objects, fsq_names_make(CurrentMemoryContext,
													list_length(((const FsqValueNode *) node)->fields)));
	return true;
}

static bool
leave_object(FsqValidator *v, void *state, const void *node)
{
	State	   *s = state;

	fsq_names_destroy(llast(s->objects));
	s->objects = list_delete_last(s->objects);
	return true;
}

static bool
enter_object_field(FsqValidator *v, void *state, const void *node)
{
	FsqName    *name = ((const FsqArgumentNode *) node)->name;
	FsqName    *other = fsq_names_add(llast(((State *) state)->objects), name->value, name);

	if (other != NULL)
	{
		int			offsets[] = {other->start, name->start};

		fsq_report(v, offsets, 2, psprintf("There can be only one input field named \"%s\".", name->value));
	}
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OBJECT, enter_object, leave_object},
	{FSQ_NODE_OBJECT_FIELD, enter_object_field, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_input_field_names = {"UniqueInputFieldNamesRule", sizeof(State), visits};
