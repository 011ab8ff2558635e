/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Aggregates in the words of the remote.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"

#include "pushdown.h"

static const FsqAggregateRule *
aggregate_rule(const FsqScope *scope, Oid id)
{
	const FsqAggregateRule *rule;

	for (rule = scope->rules->aggregates; OidIsValid(rule->id); rule++)
	{
		if (rule->id == id)
			return rule;
	}
	return NULL;
}

/*
 * The argument of an aggregate, if the aggregate may see it.
 */
static bool
push_aggregate_argument(FsqScope *scope, const FsqAggregateRule *rule, Aggref *aggref,
						const char **text, int32 *typmod, Oid *collation)
{
	FsqFragment arg;
	const FsqTypeRule *type;

	*typmod = -1;
	*collation = InvalidOid;
	if (aggref->aggstar)
	{
		*text = "*";
		return true;
	}
	if (list_length(aggref->args) != 1 ||
		!fsq_push_expr(scope, linitial_node(TargetEntry, aggref->args)->expr, FSQ_ENCODING_USUAL, &arg))
		return false;
	if (fsq_may_hide_bad_values(&arg))
		return false;
	if (rule->need == FSQ_NEEDS_ORDER &&
		fsq_fragment_order(scope, &arg, aggref->inputcollid) != FSQ_EXACT)
		return false;
	if (rule->need == FSQ_NEEDS_ARITHMETIC && arg.arithmetic != FSQ_EXACT)
		return false;
	/* values of several spellings are as little distinct there as grouped */
	if (aggref->aggdistinct != NIL &&
		fsq_push_group(scope, linitial_node(TargetEntry, aggref->args)->expr, false) == NULL)
		return false;
	if (rule->need != FSQ_NEEDS_NOTHING && (arg.external || arg.encoding != FSQ_ENCODING_USUAL))
		return false;
	if (rule->need == FSQ_NEEDS_ORDER && arg.column != NULL && arg.column->output != FSQ_EXACT)
		return false;
	*text = fsq_fragment_value(scope, &arg);
	type = fsq_type_rule(scope, arg.type);
	/* one value in several spellings is counted once */
	if (aggref->aggdistinct != NIL && type->equal != NULL)
		return false;
	if (rule->need != FSQ_NEEDS_NOTHING && type->scaled && arg.column != NULL)
		*typmod = arg.column->typmod;
	*collation = arg.collation;
	if (rule->need == FSQ_NEEDS_ORDER)
		*text = fsq_order_text(scope, &arg, aggref->inputcollid);
	else if (type != NULL && aggref->aggdistinct != NIL)
		*text = fsq_group_text(type, *text);
	return true;
}

bool
fsq_push_aggref(FsqScope *scope, Aggref *aggref, FsqFragment *result)
{
	const FsqAggregateRule *rule = aggregate_rule(scope, aggref->aggfnoid);
	bool		no_query = scope->no_query;
	const char *argument;
	const char *args[5];
	FsqFragment filter;
	Oid			collation;
	int32		typmod;

	if (!scope->aggregates || rule == NULL || !fsq_set_computed(scope, result) ||
		aggref->agglevelsup != 0 || aggref->aggsplit != AGGSPLIT_SIMPLE ||
		aggref->aggkind != AGGKIND_NORMAL || aggref->aggvariadic || aggref->aggorder != NIL)
		return false;
	if (aggref->aggdistinct != NIL && !rule->distinct)
		return false;
	/* aggregates do not nest, and some engines have no queries in them */
	scope->aggregates = false;
	scope->no_query = true;
	if (!push_aggregate_argument(scope, rule, aggref, &argument, &typmod, &collation) ||
		(typmod >= 0 && (rule->scaled == NULL || (aggref->aggdistinct != NIL && !rule->distinct_scaled))) ||
		(aggref->aggfilter != NULL &&
		 ((scope->rules->aggregate_filter == NULL && scope->rules->filtered_argument == NULL) ||
		  !fsq_push_condition(scope, aggref->aggfilter, false, &filter))))
	{
		scope->aggregates = true;
		scope->no_query = no_query;
		return false;
	}
	scope->aggregates = true;
	scope->no_query = no_query;
	if (aggref->aggfilter != NULL && scope->rules->filtered_argument != NULL)
		argument = fsq_template2(scope->rules->filtered_argument,
								 aggref->aggstar ? "1" : argument, filter.sql);
	args[3] = argument;
	args[4] = aggref->aggdistinct != NIL ? "DISTINCT " : "";
	args[0] = psprintf("%s%s", args[4], argument);
	args[1] = psprintf("%d", typmod);
	args[2] = aggref->aggfilter == NULL || scope->rules->filtered_argument != NULL ? "" :
		fsq_template1(scope->rules->aggregate_filter, filter.sql);
	result->sql = fsq_template(typmod >= 0 ? rule->scaled : rule->template, 5, args);
	fsq_set_integer_range(result);
	result->collation = rule->need == FSQ_NEEDS_ORDER ? collation : InvalidOid;
	result->encoding = typmod >= 0 && rule->need == FSQ_NEEDS_ORDER ? FSQ_ENCODING_DECIMAL : rule->encoding;
	if (result->encoding != FSQ_ENCODING_USUAL)
		result->equality = result->order = result->arithmetic = FSQ_LOCAL;
	return true;
}
