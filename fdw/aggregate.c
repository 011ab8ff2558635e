/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Aggregates in the words of the remote; with OVER, window functions, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "optimizer/tlist.h"

#include "pushdown.h"

const FsqAggregateRule *
fsq_aggregate_rule(const FsqAggregateRule *rules, Oid id)
{
	const FsqAggregateRule *rule;

	for (rule = rules; rule != NULL && OidIsValid(rule->id); rule++)
	{
		if (rule->id == id)
			return rule;
	}
	return NULL;
}

/*
 * Whether a function that computes with its argument may see it; the text of
 * the argument, and what the result's look depends on.
 */
static bool
push_computed_argument(FsqScope *scope, const FsqAggregateCall *call,
					   const char **text, int32 *typmod, Oid *collation)
{
	FsqAggregateNeed need = call->rule->need;
	FsqFragment arg;
	const FsqTypeRule *type;

	if (!fsq_push_expr(scope, linitial(call->args), FSQ_ENCODING_USUAL, &arg))
		return false;
	if (fsq_may_hide_bad_values(&arg))
		return false;
	if (need == FSQ_NEEDS_ORDER && fsq_fragment_order(scope, &arg, call->collation) != FSQ_EXACT)
		return false;
	if (need == FSQ_NEEDS_ARITHMETIC && arg.arithmetic != FSQ_EXACT)
		return false;
	/* values of several spellings are as little distinct there as grouped */
	if (call->distinct && fsq_push_group(scope, linitial(call->args), false) == NULL)
		return false;
	if (need != FSQ_NEEDS_NOTHING && (arg.external || arg.encoding != FSQ_ENCODING_USUAL))
		return false;
	if (need == FSQ_NEEDS_ORDER && arg.column != NULL && arg.column->output != FSQ_EXACT)
		return false;
	*text = fsq_fragment_value(scope, &arg);
	type = fsq_type_rule(scope, arg.type);
	/* one value in several spellings is counted once */
	if (call->distinct && type->equal != NULL)
		return false;
	if (need != FSQ_NEEDS_NOTHING && type->scaled && arg.column != NULL)
		*typmod = arg.column->typmod;
	*collation = arg.collation;
	if (need == FSQ_NEEDS_ORDER)
		*text = fsq_order_text(scope, &arg, call->collation);
	else if (type != NULL && call->distinct)
		*text = fsq_group_text(type, *text);
	return true;
}

/*
 * As push_computed_argument, for one that comes back as it is.
 */
static bool
push_value_argument(FsqScope *scope, const FsqAggregateCall *call, const char **text, Oid *collation)
{
	FsqFragment arg;

	if (!fsq_push_argument(scope, linitial(call->args), FSQ_ENCODING_USUAL, &arg) ||
		arg.external || fsq_type_rule(scope, arg.type)->stored_only)
		return false;
	*text = fsq_fragment_value(scope, &arg);
	*collation = arg.collation;
	return true;
}

static bool
push_argument(FsqScope *scope, const FsqAggregateCall *call,
			  const char **text, int32 *typmod, Oid *collation)
{
	*typmod = -1;
	*collation = InvalidOid;
	*text = call->star ? "*" : "";
	if (call->args == NIL)
		return true;
	if (list_length(call->args) > 1)
		return false;
	if (call->rule->need == FSQ_NEEDS_VALUE)
		return push_value_argument(scope, call, text, collation);
	return push_computed_argument(scope, call, text, typmod, collation);
}

/*
 * The argument and the condition of a call.  Aggregates do not nest, and some
 * engines have no queries in them.
 */
static bool
push_parts(FsqScope *scope, const FsqAggregateCall *call, const char **text, int32 *typmod,
		   Oid *collation, FsqFragment *filter)
{
	bool		aggregates = scope->aggregates;
	bool		windows = scope->windows;
	bool		no_query = scope->no_query;
	bool		result;

	scope->aggregates = scope->windows = false;
	scope->no_query = true;
	result = push_argument(scope, call, text, typmod, collation) &&
		(call->filter == NULL || fsq_push_condition(scope, call->filter, false, filter));
	scope->aggregates = aggregates;
	scope->windows = windows;
	scope->no_query = no_query;
	return result;
}

bool
fsq_push_aggregate(FsqScope *scope, const FsqAggregateCall *call, FsqFragment *result)
{
	const FsqAggregateRule *rule = call->rule;
	const FsqRules *rules = scope->rules;
	const char *argument;
	const char *args[5];
	FsqFragment filter;
	Oid			collation;
	int32		typmod;

	if (!fsq_set_computed(scope, result) || (call->distinct && !rule->distinct) ||
		(call->filter != NULL && rules->aggregate_filter == NULL && rules->filtered_argument == NULL) ||
		!push_parts(scope, call, &argument, &typmod, &collation, &filter) ||
		(typmod >= 0 && (rule->scaled == NULL || (call->distinct && !rule->distinct_scaled))))
		return false;
	if (call->filter != NULL && rules->filtered_argument != NULL)
		argument = fsq_template2(rules->filtered_argument, call->star ? "1" : argument, filter.sql);
	args[3] = argument;
	args[4] = call->distinct ? "DISTINCT " : "";
	args[0] = psprintf("%s%s", args[4], argument);
	args[1] = psprintf("%d", typmod);
	args[2] = call->filter == NULL || rules->filtered_argument != NULL ? call->over :
		psprintf("%s%s", fsq_template1(rules->aggregate_filter, filter.sql), call->over);
	result->sql = fsq_template(typmod >= 0 ? rule->scaled : rule->template, 5, args);
	fsq_set_integer_range(result);
	result->collation = rule->need == FSQ_NEEDS_ORDER || rule->need == FSQ_NEEDS_VALUE ? collation : InvalidOid;
	result->encoding = typmod >= 0 && rule->need == FSQ_NEEDS_ORDER ? FSQ_ENCODING_DECIMAL : rule->encoding;
	if (result->encoding != FSQ_ENCODING_USUAL)
		result->equality = result->order = result->arithmetic = FSQ_LOCAL;
	return true;
}

bool
fsq_push_aggref(FsqScope *scope, Aggref *aggref, FsqFragment *result)
{
	FsqAggregateCall call = {
		.rule = fsq_aggregate_rule(scope->rules->aggregates, aggref->aggfnoid),
		.star = aggref->aggstar,
		.distinct = aggref->aggdistinct != NIL,
		.filter = aggref->aggfilter,
		.collation = aggref->inputcollid,
		.over = ""
	};

	if (!scope->aggregates || call.rule == NULL || aggref->agglevelsup != 0 ||
		aggref->aggsplit != AGGSPLIT_SIMPLE || aggref->aggkind != AGGKIND_NORMAL ||
		aggref->aggvariadic || aggref->aggorder != NIL)
		return false;
	call.args = get_tlist_exprs(aggref->args, true);
	return fsq_push_aggregate(scope, &call, result);
}
