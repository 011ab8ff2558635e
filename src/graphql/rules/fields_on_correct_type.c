/*-------------------------------------------------------------------------
 *
 * fields_on_correct_type.c
 *	  FieldsOnCorrectTypeRule: fields exist on the type that they are asked of.
 *	  (specification section 5.3.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "graphql/suggest.h"
#include "miscadmin.h"

/* A type that has the field, and how often it was met. */
typedef struct Candidate
{
	FsqType    *type;
	int			usage;
} Candidate;

/* Add a type to the candidates, or count it once more. */
static List *
add_candidate(List *candidates, FsqType *type)
{
	ListCell   *lc;
	Candidate  *candidate;

	foreach(lc, candidates)
	{
		candidate = lfirst(lc);
		if (candidate->type == type)
		{
			candidate->usage++;
			return candidates;
		}
	}
	candidate = palloc(sizeof(Candidate));
	candidate->type = type;
	candidate->usage = 1;
	return lappend(candidates, candidate);
}

/* Often met ones first, interfaces before what implements them, then by name. */
static int
compare_candidates(const ListCell *a, const ListCell *b)
{
	const Candidate *x = lfirst(a);
	const Candidate *y = lfirst(b);

	if (x->usage != y->usage)
		return y->usage - x->usage;
	if (x->type->kind == FSQ_INTERFACE && fsq_is_subtype(y->type, x->type))
		return -1;
	if (y->type->kind == FSQ_INTERFACE && fsq_is_subtype(x->type, y->type))
		return 1;
	return fsq_compare_names(x->type->name, y->type->name);
}

/* Names of the types that have the field, below an interface or union. */
static List *
suggested_types(FsqType *type, const char *field)
{
	List	   *candidates = NIL;
	List	   *names = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	if (!fsq_type_is_abstract(type))
		return NIL;
	foreach(lc, fsq_type_possible_types(type))
	{
		FsqType    *possible = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (fsq_type_field(possible, field) == NULL)
			continue;
		candidates = add_candidate(candidates, possible);
		foreach(lc2, possible->interfaces)
		{
			if (fsq_type_field(lfirst(lc2), field) != NULL)
				candidates = add_candidate(candidates, lfirst(lc2));
		}
	}
	list_sort(candidates, compare_candidates);
	foreach(lc, candidates)
		names = lappend(names, unconstify(char *, ((Candidate *) lfirst(lc))->type->name));
	return names;
}

static bool
enter_field(FsqValidator *v, void *state, const void *node)
{
	const FsqFieldNode *field = node;
	FsqType    *type = v->info.parent_type;
	const char *name = field->name->value;
	char	   *suggestion;

	if (type == NULL || v->info.field != NULL)
		return true;
	suggestion = fsq_did_you_mean("to use an inline fragment on", suggested_types(type, name));
	if (*suggestion == '\0' && type->kind != FSQ_UNION)
		suggestion = fsq_did_you_mean(NULL, fsq_suggestions(name, fsq_member_names(fsq_type_fields(type))));
	fsq_report_at(v, field->node.start,
				  psprintf("Cannot query field \"%s\" on type \"%s\".%s", name, type->name, suggestion));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FIELD, enter_field, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_fields_on_correct_type = {"FieldsOnCorrectTypeRule", 0, visits};
