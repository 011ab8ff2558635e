/*-------------------------------------------------------------------------
 *
 * cache.c
 *	  The operations that a session has planned, so that a request that comes
 *	  again costs neither parsing nor planning.
 *
 *	  An operation is found by the text of its document, its name and the
 *	  schema (which stands for role, search path and settings).  Below it are
 *	  its plans, by the shape of the variables: what of them the statements
 *	  depend on.  That is the structure of input objects, which values are
 *	  null or absent, directions of orders, and booleans that decide about
 *	  parts of the request; other values are parameters.
 *
 *	  Plans point into the schema.  When a schema has been dropped, nothing
 *	  that was planned before is used again.  The statements themselves are
 *	  kept valid by PostgreSQL's plan cache.
 *
 *	  fraiseql.planning_cache_size bounds the number of plans, of which a large
 *	  one counts as many; the one unused for longest goes first.  What a request
 *	  uses is pinned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fraiseql.h"
#include "graphql/validate.h"
#include "miscadmin.h"
#include "plan/cache.h"
#include "utils/memutils.h"

#define NBUCKETS 1024

/*
 * Bytes of document, shape and statements that count as one plan; and bytes of
 * introspection, which stands there as text alone.
 */
#define PLAN_UNIT 4096
#define INTROSPECTION_UNIT 32768

typedef struct FsqCachedPlan
{
	dlist_node	of_operation;	/* in FsqOperation.plans */
	dlist_node	of_all;			/* in the list by last use */
	FsqOperation *operation;
	uint32		hash;
	int			length;
	char	   *shape;
	int			weight;			/* in plans of usual size */
	FsqPlan    *plan;
} FsqCachedPlan;

static MemoryContext cache_context = NULL;
static FsqOperation **buckets;
static dlist_head by_use;		/* of FsqCachedPlan: the last used first */
static int64 total_weight = 0;
static uint64 cache_generation = 0;

static void
cache_init(void)
{
	if (cache_context)
		return;
	dlist_init(&by_use);
	buckets = MemoryContextAllocZero(TopMemoryContext, sizeof(FsqOperation *) * NBUCKETS);
	cache_context = AllocSetContextCreate(TopMemoryContext, "fraiseql operations",
										  ALLOCSET_DEFAULT_SIZES);
}

/* ---- dropping ---- */

/* Free the plans of an operation, and then the operation itself. */
static void
operation_free(FsqOperation *operation)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &operation->plans)
	{
		FsqCachedPlan *entry = dlist_container(FsqCachedPlan, of_operation, iter.cur);

		dlist_delete(&entry->of_all);
		total_weight -= entry->weight;
		fsq_plan_free(entry->plan);
	}
	MemoryContextDelete(operation->context);
}

/* Take an operation out of the cache; it is freed at once unless it is in use. */
static void
operation_forget(FsqOperation *operation)
{
	FsqOperation **link = &buckets[operation->hash % NBUCKETS];

	while (*link != operation)
		link = &(*link)->next;
	*link = operation->next;
	operation->cached = false;
	if (operation->pins == 0)
		operation_free(operation);
}

/* Forget everything that was planned with schemas which may be gone. */
static void
forget_stale(void)
{
	uint64		generation = fsq_schema_generation();

	if (generation == cache_generation)
		return;
	for (int i = 0; i < NBUCKETS; i++)
		while (buckets[i])
			operation_forget(buckets[i]);
	cache_generation = generation;
}

/* Drop plans, the longest unused first, until there is room for one of this weight. */
static void
make_room(int weight)
{
	dlist_iter	iter;

	while (total_weight > 0 && total_weight + weight > fsq_planning_cache_size)
	{
		FsqCachedPlan *victim = NULL;

		dlist_reverse_foreach(iter, &by_use)
		{
			FsqCachedPlan *entry = dlist_container(FsqCachedPlan, of_all, iter.cur);

			if (entry->plan->pins == 0)
			{
				victim = entry;
				break;
			}
		}
		if (victim == NULL)
			return;
		if (victim->operation->pins == 0 &&
			dlist_head_node(&victim->operation->plans) == &victim->of_operation &&
			!dlist_has_next(&victim->operation->plans, &victim->of_operation))
			operation_forget(victim->operation);
		else
		{
			dlist_delete(&victim->of_all);
			dlist_delete(&victim->of_operation);
			total_weight -= victim->weight;
			fsq_plan_free(victim->plan);
			pfree(victim->shape);
			pfree(victim);
		}
	}
}

void
fsq_plan_release(FsqPlan *plan)
{
	Assert(plan->pins > 0);
	if (--plan->pins == 0 && !plan->kept)
		fsq_plan_free(plan);
}

void
fsq_operation_release(FsqOperation *operation)
{
	Assert(operation->pins > 0);
	operation->pins--;
	if (operation->pins == 0 && (!operation->cached || dlist_is_empty(&operation->plans)))
	{
		if (operation->cached)
			operation_forget(operation);
		else
			operation_free(operation);
	}
}

/* ---- operations ---- */

static bool
same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The operation of that name, or the only one. */
static FsqOperationNode *
choose_operation(FsqDocument *document, const char *name, FsqErrorList *errors)
{
	FsqOperationNode *result = NULL;
	ListCell   *lc;

	foreach(lc, document->definitions)
	{
		FsqOperationNode *node = lfirst(lc);

		if (node->node.kind != FSQ_NODE_OPERATION)
			continue;
		if (name == NULL)
		{
			if (result)
			{
				fsq_error_at(errors, FSQ_BAD_USER_INPUT, -1,
							 "Must provide operation name if query contains multiple operations.");
				return NULL;
			}
			result = node;
		}
		else if (node->name && strcmp(node->name->value, name) == 0)
			return node;
	}
	if (result == NULL && name)
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, -1, "Unknown operation named \"%s\".", name);
	else if (result == NULL)
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, -1, "Must provide an operation.");
	return result;
}

/* Whether the schema has a root type for the operation; an error is added if not. */
static bool
operation_supported(FsqSchema *schema, FsqOperationNode *node, FsqErrorList *errors)
{
	if (node->operation == FSQ_QUERY)
		return true;
	fsq_error_at(errors, FSQ_VALIDATION_ERROR, node->node.start,
				 "Schema is not configured to execute %s operation.",
				 node->operation == FSQ_MUTATION ? "mutation" : "subscription");
	return false;
}

static int
variable_index(FsqOperationNode *node, const char *name)
{
	ListCell   *lc;

	foreach(lc, node->variables)
		if (strcmp(((FsqVariableDefinitionNode *) lfirst(lc))->name->value, name) == 0)
			return foreach_current_index(lc);
	return -1;
}

/* ---- which boolean variables are part of the statements ---- */

static void
mark_variable(FsqOperation *operation, const FsqNode *node)
{
	if (node->kind == FSQ_NODE_VARIABLE)
	{
		int			i = variable_index(operation->node, ((const FsqValueNode *) node)->str);

		if (i >= 0)
			operation->structural[i] = true;
	}
}

/* Booleans that arguments of introspection take. */
static void
mark_argument(FsqOperation *operation, const FsqArgumentNode *argument)
{
	if (strcmp(argument->name->value, "includeDeprecated") == 0)
		mark_variable(operation, argument->value);
}

/* Values of isnull, anywhere in a literal. */
static void
mark_value(FsqOperation *operation, const FsqNode *node)
{
	const FsqValueNode *value = (const FsqValueNode *) node;
	ListCell   *lc;

	check_stack_depth();
	if (node->kind == FSQ_NODE_LIST)
		foreach(lc, value->items)
			mark_value(operation, lfirst(lc));
	else if (node->kind == FSQ_NODE_OBJECT)
		foreach(lc, value->fields)
		{
			FsqArgumentNode *field = lfirst(lc);

			if (strcmp(field->name->value, "isnull") == 0)
				mark_variable(operation, field->value);
			else
				mark_value(operation, field->value);
		}
}

static void
mark_directives(FsqOperation *operation, List *directives)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, directives)
		foreach(lc2, ((FsqDirectiveNode *) lfirst(lc))->arguments)
			mark_variable(operation, ((FsqArgumentNode *) lfirst(lc2))->value);
}

static void
mark_selections(FsqOperation *operation, List *selections)
{
	ListCell   *lc;
	ListCell   *lc2;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqFieldNode *field = (FsqFieldNode *) node;

			mark_directives(operation, field->directives);
			foreach(lc2, field->arguments)
			{
				mark_argument(operation, lfirst(lc2));
				mark_value(operation, ((FsqArgumentNode *) lfirst(lc2))->value);
			}
			mark_selections(operation, field->selections);
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
		{
			mark_directives(operation, ((FsqInlineFragmentNode *) node)->directives);
			mark_selections(operation, ((FsqInlineFragmentNode *) node)->selections);
		}
		else
			mark_directives(operation, ((FsqFragmentSpreadNode *) node)->directives);
	}
}

/* Find the variables that decide about the shape; those of fragments count in any operation. */
static void
mark_structural(FsqOperation *operation)
{
	ListCell   *lc;

	operation->structural = palloc0(sizeof(bool) * (list_length(operation->node->variables) + 1));
	mark_selections(operation, operation->node->selections);
	foreach(lc, operation->document->definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION)
			mark_selections(operation, fragment->selections);
	}
}

/* Parse, validate and choose, in the current context; false after adding errors. */
static bool
operation_read(FsqOperation *operation, FsqErrorList *errors)
{
	operation->document = fsq_parse(operation->source, operation->source_length, errors);
	if (operation->document == NULL ||
		!fsq_schema_validate(operation->schema, operation->document, errors))
		return false;
	operation->node = choose_operation(operation->document, operation->name, errors);
	if (operation->node == NULL || !operation_supported(operation->schema, operation->node, errors))
		return false;
	mark_structural(operation);
	return true;
}

static FsqOperation *
operation_find(uint32 hash, FsqSchema *schema, const char *source, int length, const char *name)
{
	for (FsqOperation *operation = buckets[hash % NBUCKETS]; operation; operation = operation->next)
	{
		if (operation->hash == hash && operation->schema == schema &&
			operation->introspection == fsq_introspection &&
			operation->source_length == length &&
			memcmp(operation->source, source, length) == 0 &&
			same_name(operation->name, name))
			return operation;
	}
	return NULL;
}

FsqOperation *
fsq_operation_get(FsqSchema *schema, const char *source, int length,
				  const char *name, FsqErrorList *errors)
{
	uint32		hash = hash_bytes((const unsigned char *) source, length);
	FsqOperation *operation;
	MemoryContext context;
	MemoryContext old;
	bool		ok;

	cache_init();
	forget_stale();
	operation = operation_find(hash, schema, source, length, name);
	if (operation)
	{
		operation->pins++;
		return operation;
	}

	context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql operation",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	operation = palloc0(sizeof(FsqOperation));
	operation->context = context;
	operation->hash = hash;
	operation->source = pnstrdup(source, length);
	operation->source_length = length;
	operation->name = name ? pstrdup(name) : NULL;
	operation->schema = schema;
	operation->generation = cache_generation;
	operation->introspection = fsq_introspection;
	dlist_init(&operation->plans);
	operation->pins = 1;
	ok = operation_read(operation, errors);
	MemoryContextSwitchTo(old);
	/* errors are in the operation's context, which ends with the request's */
	return ok ? operation : NULL;
}

/* ---- shapes ---- */

/*
 * Append what a plan depends on of a value.  Lists of scalars are one
 * parameter, whatever their length.
 */
static void
write_shape(StringInfo shape, const FsqInput *input, bool structural)
{
	if (input == NULL)
	{
		appendStringInfoChar(shape, '-');
		return;
	}
	check_stack_depth();
	switch (input->kind)
	{
		case FSQ_VALUE_NULL:
			appendStringInfoChar(shape, 'n');
			break;
		case FSQ_VALUE_BOOLEAN:
			appendStringInfoChar(shape, !structural ? 'v' : input->boolean ? 't' : 'f');
			break;
		case FSQ_VALUE_ENUM:
			if (strcmp(input->type->name, "OrderDirection") == 0)
				appendStringInfo(shape, "%s,", input->str);
			else
				appendStringInfoChar(shape, 'v');
			break;
		case FSQ_VALUE_LIST:
			if (fsq_type_named(input->type)->kind != FSQ_INPUT_OBJECT)
			{
				appendStringInfoChar(shape, 'l');
				break;
			}
			appendStringInfoChar(shape, '[');
			for (int i = 0; i < input->nitems; i++)
			{
				CHECK_FOR_INTERRUPTS();
				write_shape(shape, input->items[i], false);
			}
			appendStringInfoChar(shape, ']');
			break;
		case FSQ_VALUE_OBJECT:
			appendStringInfoChar(shape, '{');
			for (int i = 0; i < input->nitems; i++)
			{
				CHECK_FOR_INTERRUPTS();
				appendStringInfo(shape, "%s:", input->fields[i]->name);
				write_shape(shape, input->items[i],
							strcmp(input->fields[i]->name, "isnull") == 0);
			}
			appendStringInfoChar(shape, '}');
			break;
		default:
			appendStringInfoChar(shape, 'v');
			break;
	}
}

/* ---- plans ---- */

static FsqCachedPlan *
plan_find(FsqOperation *operation, uint32 hash, const StringInfoData *shape)
{
	dlist_iter	iter;

	dlist_foreach(iter, &operation->plans)
	{
		FsqCachedPlan *entry = dlist_container(FsqCachedPlan, of_operation, iter.cur);

		if (entry->hash == hash && entry->length == shape->len &&
			memcmp(entry->shape, shape->data, shape->len) == 0)
			return entry;
	}
	return NULL;
}

/* How many plans of usual size a plan counts as. */
static int
plan_weight(const FsqOperation *operation, const FsqPlan *plan, const StringInfoData *shape)
{
	Size		size = (Size) operation->source_length + shape->len;
	Size		text = plan->object.close_length;

	for (int i = 0; i < plan->nfetches; i++)
		size += strlen(plan->fetches[i]->sql);
	for (int i = 0; i < plan->object.noutputs; i++)
		text += plan->object.outputs[i].text_length;
	return 1 + size / PLAN_UNIT + text / INTROSPECTION_UNIT;
}

/* Keep a new plan, and its operation with it. */
static void
plan_keep(FsqOperation *operation, FsqPlan *plan, int weight, uint32 hash,
		  const StringInfoData *shape)
{
	FsqCachedPlan *entry = MemoryContextAlloc(operation->context, sizeof(FsqCachedPlan));

	entry->operation = operation;
	entry->hash = hash;
	entry->length = shape->len;
	entry->shape = MemoryContextAlloc(operation->context, shape->len + 1);
	memcpy(entry->shape, shape->data, shape->len + 1);
	entry->weight = weight;
	entry->plan = plan;
	plan->kept = true;
	make_room(weight);
	MemoryContextSetParent(plan->context, operation->context);
	if (!operation->cached)
	{
		MemoryContextSetParent(operation->context, cache_context);
		operation->next = buckets[operation->hash % NBUCKETS];
		buckets[operation->hash % NBUCKETS] = operation;
		operation->cached = true;
	}
	dlist_push_head(&operation->plans, &entry->of_operation);
	dlist_push_head(&by_use, &entry->of_all);
	total_weight += weight;
}

FsqPlan *
fsq_operation_plan(FsqOperation *operation, FsqVariables *variables, FsqErrorList *errors)
{
	StringInfoData shape;
	FsqCachedPlan *entry;
	FsqPlan    *plan;
	uint32		hash;
	int			weight;

	initStringInfo(&shape);
	for (int i = 0; i < variables->nvariables; i++)
		write_shape(&shape, variables->values[i], operation->structural[i]);
	hash = hash_bytes((unsigned char *) shape.data, shape.len);
	entry = plan_find(operation, hash, &shape);
	if (entry)
	{
		dlist_move_head(&by_use, &entry->of_all);
		entry->plan->pins++;
		return entry->plan;
	}

	plan = fsq_plan_create(operation->schema, operation->document, operation->node,
						   variables, errors);
	if (plan == NULL)
		return NULL;
	/* a change that came while it was planned makes it a plan for this once */
	weight = plan_weight(operation, plan, &shape);
	if (plan->cacheable && weight <= fsq_planning_cache_size &&
		operation->generation == fsq_schema_generation() &&
		operation->generation == cache_generation)
		plan_keep(operation, plan, weight, hash, &shape);
	plan->pins++;
	return plan;
}
