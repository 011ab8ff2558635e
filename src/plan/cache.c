/*-------------------------------------------------------------------------
 *
 * cache.c
 *	  The operations that a session has planned, so that a request that comes
 *	  again costs neither parsing nor planning.
 *
 *	  An operation is found by the text of its document, its name and the
 *	  schema (which stands for role, search path and settings).  Below it are
 *	  its plans, by the shape of the variables (shape.c).
 *
 *	  Plans point into the schema.  When a schema has been dropped, nothing
 *	  that was planned before is used again.  The statements themselves are
 *	  kept valid by PostgreSQL's plan cache.
 *
 *	  fraiseql.planning_cache_size bounds the number of plans, of which a large
 *	  one counts as many: by its texts when it is made, and by the memory that it
 *	  has when it has been used.  The one unused for longest goes first.  What a
 *	  request uses is pinned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
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

/* Bytes of memory, document and statements included, that count as one plan. */
#define MEMORY_UNIT (64 * 1024)

typedef struct FsqCachedPlan
{
	dlist_node	of_operation;	/* in FsqOperation.plans */
	dlist_node	of_all;			/* in the list by last use */
	FsqOperation *operation;
	uint32		hash;
	int			length;
	char	   *shape;
	int			text_weight;	/* in plans of usual size, by its texts ... */
	int			weight;			/* ... and what it counts as now */
	int64		generation;		/* how often its statements had been planned then */
	int64		hits;
	TimestampTz last_used;
	FsqPlan    *plan;
} FsqCachedPlan;

static MemoryContext cache_context = NULL;
static FsqOperation **buckets;
static dlist_head by_use;		/* of FsqCachedPlan: the last used first */
static int64 total_weight = 0;
static uint64 cache_generation = 0;
static FsqPlanCacheCounts counts;

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
		counts.plans--;
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
	counts.operations--;
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
	counts.invalidations += counts.plans;
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
		counts.evictions++;
		if (victim->operation->pins == 0 &&
			dlist_head_node(&victim->operation->plans) == &victim->of_operation &&
			!dlist_has_next(&victim->operation->plans, &victim->of_operation))
			operation_forget(victim->operation);
		else
		{
			dlist_delete(&victim->of_all);
			dlist_delete(&victim->of_operation);
			total_weight -= victim->weight;
			counts.plans--;
			fsq_plan_free(victim->plan);
			pfree(victim->shape);
			pfree(victim);
		}
	}
}

/* ---- sizes ---- */

/* The memory of a statement, its plan included. */
static Size
select_bytes(const FsqSelect *select)
{
	const CachedPlanSource *source = select->statement;

	if (source == NULL)
		return 0;
	return MemoryContextMemAllocated(source->context, true) +
		(source->gplan ? MemoryContextMemAllocated(source->gplan->context, true) : 0);
}

/* The memory of a plan. */
static Size
plan_bytes(const FsqPlan *plan)
{
	Size		size = MemoryContextMemAllocated(plan->context, true);
	dlist_iter	iter;

	for (int i = 0; i < plan->nfetches; i++)
	{
		size += select_bytes(&plan->fetches[i]->all);
		dlist_foreach(iter, &plan->fetches[i]->others)
			size += select_bytes(dlist_container(FsqSelect, link, iter.cur));
	}
	return size;
}

/* How often the statements of a plan were planned. */
static int64
plan_generation(const FsqPlan *plan)
{
	int64		n = 0;
	dlist_iter	iter;

	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqFetch   *fetch = plan->fetches[i];

		n += fetch->all.statement ? fetch->all.statement->generation : 0;
		dlist_foreach(iter, &fetch->others)
		{
			FsqSelect  *select = dlist_container(FsqSelect, link, iter.cur);

			n += select->statement ? select->statement->generation : 0;
		}
	}
	return n;
}

/*
 * A plan has been used: if that has made more of it, it may count as more, and
 * others give way.
 */
static void
weigh(FsqCachedPlan *entry)
{
	int64		generation = plan_generation(entry->plan);
	Size		size;
	int			weight;

	if (generation == entry->generation)
		return;
	entry->generation = generation;
	size = plan_bytes(entry->plan) + entry->operation->bytes;
	weight = Max(entry->text_weight, 1 + size / MEMORY_UNIT);
	total_weight += weight - entry->weight;
	entry->weight = weight;
	make_room(0);
}

void
fsq_plan_release(FsqPlan *plan)
{
	Assert(plan->pins > 0);
	if (--plan->pins > 0)
		return;
	if (plan->entry)
		weigh(plan->entry);
	else
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

/* Parse, validate and choose, in the current context; false after adding errors. */
static bool
operation_read(FsqOperation *operation, FsqErrorList *errors)
{
	operation->document = fsq_schema_parse(operation->source, operation->source_length, errors);
	if (operation->document == NULL ||
		!fsq_schema_validate(operation->schema, operation->document, errors))
		return false;
	operation->node = choose_operation(operation->document, operation->name, errors);
	if (operation->node == NULL || !operation_supported(operation->schema, operation->node, errors))
		return false;
	fsq_operation_mark(operation);
	return true;
}

static FsqOperation *
operation_find(uint32 hash, FsqSchema *schema, const char *source, int length, const char *name)
{
	uint32		settings = fsq_schema_document_settings();

	for (FsqOperation *operation = buckets[hash % NBUCKETS]; operation; operation = operation->next)
	{
		if (operation->hash == hash && operation->schema == schema &&
			operation->settings == settings &&
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
	operation->role = GetUserId();
	operation->settings = fsq_schema_document_settings();
	dlist_init(&operation->plans);
	operation->pins = 1;
	ok = operation_read(operation, errors);
	MemoryContextSwitchTo(old);
	/* errors are in the operation's context, which ends with the request's */
	return ok ? operation : NULL;
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

/* How many plans of usual size a plan counts as before it has been used. */
static int
plan_weight(const FsqOperation *operation, const FsqPlan *plan, const StringInfoData *shape)
{
	Size		size = (Size) operation->source_length + shape->len;
	Size		text = plan->object.close_length;

	for (int i = 0; i < plan->nfetches; i++)
		size += strlen(plan->fetches[i]->all.text);
	for (int i = 0; i < plan->object.noutputs; i++)
		text += plan->object.outputs[i].text_length;
	return 1 + size / PLAN_UNIT + text / INTROSPECTION_UNIT;
}

/* Keep a new plan, and its operation with it, unless that is too large. */
static void
plan_keep(FsqOperation *operation, FsqPlan *plan, const StringInfoData *shape)
{
	int			weight = plan_weight(operation, plan, shape);
	FsqCachedPlan *entry;

	/* a change that came while it was planned makes it a plan for this once */
	if (!plan->cacheable || weight > fsq_planning_cache_size ||
		operation->generation != fsq_schema_generation() ||
		operation->generation != cache_generation)
		return;
	entry = MemoryContextAllocZero(operation->context, sizeof(FsqCachedPlan));
	entry->operation = operation;
	entry->hash = hash_bytes((unsigned char *) shape->data, shape->len);
	entry->length = shape->len;
	entry->shape = MemoryContextAlloc(operation->context, shape->len + 1);
	memcpy(entry->shape, shape->data, shape->len + 1);
	entry->weight = entry->text_weight = weight;
	entry->plan = plan;
	entry->last_used = GetCurrentStatementStartTimestamp();
	plan->entry = entry;
	make_room(weight);
	if (!operation->cached)
	{
		operation->bytes = MemoryContextMemAllocated(operation->context, true);
		MemoryContextSetParent(operation->context, cache_context);
		operation->next = buckets[operation->hash % NBUCKETS];
		buckets[operation->hash % NBUCKETS] = operation;
		operation->cached = true;
		counts.operations++;
	}
	MemoryContextSetParent(plan->context, operation->context);
	dlist_push_head(&operation->plans, &entry->of_operation);
	dlist_push_head(&by_use, &entry->of_all);
	total_weight += weight;
	counts.plans++;
}

/* The plan that an operation has for variables of this shape, or NULL. */
static FsqPlan *
use_plan(FsqOperation *operation, const StringInfoData *shape)
{
	uint32		hash = hash_bytes((unsigned char *) shape->data, shape->len);
	FsqCachedPlan *entry = plan_find(operation, hash, shape);

	if (entry == NULL)
		return NULL;
	dlist_move_head(&by_use, &entry->of_all);
	entry->last_used = GetCurrentStatementStartTimestamp();
	entry->hits++;
	counts.hits++;
	entry->plan->pins++;
	return entry->plan;
}

/*
 * Plan an operation for all values of its conditions; NULL if that cannot be
 * done.  What is wrong with an excluded field is no error of the request: it is
 * planned again for the values that it has, and any errors are those then.
 */
static FsqPlan *
plan_conditional(FsqOperation *operation, FsqVariables *variables)
{
	FsqErrorList errors;
	FsqPlan    *plan;

	fsq_errors_init(&errors, operation->source, operation->source_length);
	plan = fsq_plan_create(operation->schema, operation->document, operation->node,
						   variables, true, &errors);
	if (plan == NULL && errors.errors == NIL)
		operation->too_complex = true;
	return plan;
}

FsqPlan *
fsq_operation_plan(FsqOperation *operation, FsqVariables *variables, FsqErrorList *errors)
{
	bool		conditional = fsq_shape_is_conditional(operation, variables);
	StringInfoData shape;
	FsqPlan    *plan = NULL;

	initStringInfo(&shape);
	if (conditional)
	{
		fsq_shape_write(&shape, operation, variables, true);
		plan = use_plan(operation, &shape);
		if (plan)
			return plan;
	}
	fsq_shape_write(&shape, operation, variables, false);
	plan = use_plan(operation, &shape);
	if (plan)
		return plan;

	counts.misses++;
	if (conditional)
	{
		plan = plan_conditional(operation, variables);
		if (plan)
			fsq_shape_write(&shape, operation, variables, true);
	}
	if (plan == NULL)
		plan = fsq_plan_create(operation->schema, operation->document, operation->node,
							   variables, false, errors);
	if (plan == NULL)
		return NULL;
	plan_keep(operation, plan, &shape);
	plan->pins++;
	return plan;
}

/* ---- statistics ---- */

void
fsq_plan_cache_counts(FsqPlanCacheCounts *result)
{
	dlist_iter	iter;

	cache_init();
	*result = counts;
	result->bytes = MemoryContextMemAllocated(cache_context, true);
	dlist_foreach(iter, &by_use)
	{
		const FsqPlan *plan = dlist_container(FsqCachedPlan, of_all, iter.cur)->plan;

		result->bytes += plan_bytes(plan) - MemoryContextMemAllocated(plan->context, true);
	}
}

/* How many statements a plan has prepared. */
static int
count_statements(const FsqPlan *plan)
{
	int			n = 0;
	dlist_iter	iter;

	for (int i = 0; i < plan->nfetches; i++)
	{
		n += plan->fetches[i]->all.statement != NULL;
		dlist_foreach(iter, &plan->fetches[i]->others)
			n += dlist_container(FsqSelect, link, iter.cur)->statement != NULL;
	}
	return n;
}

List *
fsq_plan_cache_entries(void)
{
	List	   *result = NIL;
	dlist_iter	iter;

	cache_init();
	dlist_foreach(iter, &by_use)
	{
		FsqCachedPlan *entry = dlist_container(FsqCachedPlan, of_all, iter.cur);
		FsqPlanCacheEntry *row = palloc(sizeof(FsqPlanCacheEntry));

		row->operation = entry->operation;
		row->plan = entry->plan;
		row->hits = entry->hits;
		row->last_used = entry->last_used;
		row->weight = entry->weight;
		row->bytes = plan_bytes(entry->plan) + entry->operation->bytes;
		row->nstatements = count_statements(entry->plan);
		result = lappend(result, row);
	}
	return result;
}
