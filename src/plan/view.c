/*-------------------------------------------------------------------------
 *
 * view.c
 *	  What of a plan a request includes, by the booleans that @skip and @include
 *	  ask for: one plan serves all of their values.
 *
 *	  Where nothing is conditional the view is part of the plan.  Elsewhere the
 *	  objects are put together anew for each request, as they are small, and a
 *	  statement that reads only the columns which are left is looked up: what is
 *	  excluded is not read, and cannot fail.  A fetch keeps a few of these.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "plan/build.h"
#include "utils/memutils.h"

/* Statements of a fetch that read less than all of its columns. */
#define MAX_SELECTS 8

/* ---- conditions ---- */

static bool
condition_holds(const FsqCondition *condition, const FsqVariables *variables)
{
	for (; condition; condition = condition->outer)
		if (variables->values[condition->variable]->boolean != condition->value)
			return false;
	return true;
}

/* Whether a field stands in the place of a part. */
static bool
part_stays(const FsqPart *part, const FsqVariables *variables)
{
	if (!condition_holds(part->condition, variables))
		return false;
	for (int i = 0; i < part->nearlier; i++)
		if (condition_holds(part->earlier[i], variables))
			return false;
	return true;
}

/* ---- objects ---- */

/* The texts of an object while they are written. */
typedef struct Finish
{
	FsqObject  *object;
	const FsqVariables *variables;
	MemoryContext context;
	StringInfoData text;		/* since the last output */
} Finish;

static int
count_outputs(const FsqObject *from)
{
	int			n = from->nparts * (from->segmented ? 2 : 1);

	for (int i = 0; i < from->noutputs; i++)
		if (from->outputs[i].kind == FSQ_OUTPUT_OBJECT)
			n += count_outputs(from->outputs[i].object);
	return n;
}

/* The next output, with the text before it. */
static void
finish_output(Finish *f, const FsqPart *part, const FsqOutput *from)
{
	FsqOutput  *output = &f->object->outputs[f->object->noutputs++];

	*output = *from;
	output->column = from->result;
	output->offset = part->offset;
	output->text = MemoryContextStrdup(f->context, f->text.data);
	output->text_length = f->text.len;
	resetStringInfo(&f->text);
}

static void
finish_object(Finish *f, const FsqObject *from)
{
	static const FsqOutput segment = {.kind = FSQ_OUTPUT_SEGMENT};
	bool		first = true;

	check_stack_depth();
	if (!from->segmented)
		appendStringInfoChar(&f->text, '{');
	for (int i = 0; i < from->nparts; i++)
	{
		const FsqPart *part = &from->parts[i];
		const FsqOutput *output = part->output < 0 ? NULL : &from->outputs[part->output];

		if (!part_stays(part, f->variables))
			continue;
		if (!first && from->segmented)
			finish_output(f, part, &segment);
		else if (!first)
			appendStringInfoChar(&f->text, ',');
		first = false;
		appendBinaryStringInfo(&f->text, part->text, part->text_length);
		if (output && output->kind == FSQ_OUTPUT_OBJECT)
			finish_object(f, output->object);
		else if (output)
			finish_output(f, part, output);
	}
	if (!from->segmented)
		appendStringInfoChar(&f->text, '}');
}

void
fsq_object_finish(FsqObject *object, const FsqObject *from, const FsqVariables *variables,
				  MemoryContext context)
{
	Finish		f = {.object = object, .variables = variables, .context = context};

	initStringInfo(&f.text);
	object->noutputs = 0;
	object->outputs = MemoryContextAllocZero(context,
											 sizeof(FsqOutput) * Max(count_outputs(from), 1));
	finish_object(&f, from);
	object->close = MemoryContextStrdup(context, f.text.data);
	object->close_length = f.text.len;
	pfree(f.text.data);
}

/* An object as these variables leave it. */
static FsqObject *
object_view(FsqObject *object, const FsqVariables *variables)
{
	FsqObject  *result;

	if (object->nparts == 0)
		return object;
	result = palloc0(sizeof(FsqObject));
	fsq_object_finish(result, object, variables, CurrentMemoryContext);
	return result;
}

/* ---- statements ---- */

/* The results that an output is made of. */
static void
mark_output(const FsqOutput *output, bool *reads)
{
	if (output->kind == FSQ_OUTPUT_COLUMN)
		reads[output->result] = true;
	for (int i = 0; output->kind == FSQ_OUTPUT_TOKEN && i < output->token->nvalues; i++)
		reads[output->token->results[i]] = true;
}

/* The result columns that a view of a fetch needs; NULL: all. */
static bool *
columns_read(const FsqFetch *fetch, const FsqFetchView *view)
{
	bool	   *reads = palloc0(sizeof(bool) * Max(fetch->nresult, 1));

	for (int i = 0; i < view->object->noutputs; i++)
		mark_output(&view->object->outputs[i], reads);
	for (int i = 0; i < fetch->nkeys; i++)
		reads[fetch->keys[i].child_column] = true;
	for (int i = 0; i < view->nchildren; i++)
		for (int j = 0; j < view->children[i]->nkeys; j++)
			reads[view->children[i]->keys[j].parent_column] = true;
	for (int i = 0; i < fetch->nresult; i++)
		if (!reads[i])
			return reads;
	return NULL;
}

static void
select_free(FsqSelect *select)
{
	dlist_delete(&select->link);
	if (select->statement)
		DropCachedPlan(select->statement);
	MemoryContextDelete(select->context);
}

/* Drop those that were not used for longest, except what requests use. */
static void
drop_selects(FsqFetch *fetch)
{
	dlist_mutable_iter iter;
	int			n = 0;

	dlist_foreach_modify(iter, &fetch->others)
	{
		FsqSelect  *select = dlist_container(FsqSelect, link, iter.cur);

		if (++n > MAX_SELECTS && select->pins == 0)
			select_free(select);
	}
}

/* A new statement that reads these columns. */
static FsqSelect *
select_create(const FsqPlan *plan, FsqFetch *fetch, const bool *reads)
{
	MemoryContext context = AllocSetContextCreate(plan->context, "fraiseql select",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	FsqSelect  *select = palloc0(sizeof(FsqSelect));
	int			n = 0;

	select->context = context;
	select->reads = palloc(sizeof(bool) * fetch->nresult);
	memcpy(select->reads, reads, sizeof(bool) * fetch->nresult);
	select->positions = palloc(sizeof(int) * fetch->nresult);
	for (int i = 0; i < fetch->nresult; i++)
		select->positions[i] = reads[i] ? n++ : -1;
	fsq_select_write_sql(fetch, select);
	MemoryContextSwitchTo(old);
	return select;
}

/* The statement that reads these columns. */
static FsqSelect *
find_select(const FsqPlan *plan, FsqFetch *fetch, const bool *reads)
{
	FsqSelect  *select;
	dlist_iter	iter;

	if (reads == NULL)
		return &fetch->all;
	dlist_foreach(iter, &fetch->others)
	{
		select = dlist_container(FsqSelect, link, iter.cur);
		if (memcmp(select->reads, reads, sizeof(bool) * fetch->nresult) == 0)
		{
			dlist_move_head(&fetch->others, &select->link);
			return select;
		}
	}
	select = select_create(plan, fetch, reads);
	dlist_push_head(&fetch->others, &select->link);
	return select;
}

/* ---- the view ---- */

/* A fetch of an object's view, which becomes active. */
static void
add_child(FsqFetchView *view, FsqPlanView *plan_view, FsqFetch *fetch)
{
	if (fetch == NULL)
		return;
	view->children[view->nchildren++] = fetch;
	plan_view->fetches[fetch->number].active = true;
}

/* The fetches of an object's view, and where its segments begin. */
static void
view_children(FsqFetchView *view, FsqPlanView *plan_view)
{
	FsqObject  *object = view->object;
	int			n = Max(object->noutputs, 1);

	view->children = palloc(sizeof(FsqFetch *) * n * 2);
	view->segment_outputs = palloc0(sizeof(int) * (n + 2));
	view->segment_children = palloc0(sizeof(int) * (n + 2));
	view->nsegments = 1;
	for (int i = 0; i < object->noutputs; i++)
	{
		FsqOutput  *output = &object->outputs[i];

		for (int j = 0; output->kind == FSQ_OUTPUT_ENTITIES && j < output->entities->ngroups; j++)
			plan_view->fetches[output->entities->groups[j].fetch->number].active = true;
		output->child = view->nchildren;
		if (output->kind == FSQ_OUTPUT_FETCH)
			add_child(view, plan_view, output->fetch);
		else if (output->kind == FSQ_OUTPUT_CONNECTION)
		{
			add_child(view, plan_view, output->connection->page);
			add_child(view, plan_view, output->connection->counted);
		}
		else if (output->kind == FSQ_OUTPUT_SEGMENT)
		{
			view->segment_outputs[view->nsegments] = i + 1;
			view->segment_children[view->nsegments++] = view->nchildren;
		}
	}
	view->segment_outputs[view->nsegments] = object->noutputs;
	view->segment_children[view->nsegments] = view->nchildren;
	/* where a segment begins is noted behind the children */
	for (int i = 1; i < view->nsegments; i++)
		object->outputs[view->segment_outputs[i] - 1].child = view->nchildren + i - 1;
}

/* What is left of a fetch. */
static void
view_fetch(FsqPlan *plan, FsqFetch *fetch, FsqPlanView *plan_view, const FsqVariables *variables)
{
	FsqFetchView *view = &plan_view->fetches[fetch->number];

	view->object = object_view(&fetch->object, variables);
	view_children(view, plan_view);
	view->select = &fetch->all;
	if (view->object == &fetch->object)
		return;
	view->select = find_select(plan, fetch, columns_read(fetch, view));
	view->select->pins++;
	for (int i = 0; i < view->object->noutputs; i++)
		if (view->object->outputs[i].kind == FSQ_OUTPUT_COLUMN)
			view->object->outputs[i].column =
				fsq_select_position(view->select, view->object->outputs[i].result);
	drop_selects(fetch);
}

FsqPlanView *
fsq_plan_view(FsqPlan *plan, FsqVariables *variables)
{
	MemoryContext old;
	FsqPlanView *view;
	FsqFetchView root = {0};

	if (plan->view.object)
		return &plan->view;
	/* one that holds for all requests is the plan's */
	old = MemoryContextSwitchTo(plan->conditional ? CurrentMemoryContext : plan->context);
	view = palloc0(sizeof(FsqPlanView));
	view->fetches = palloc0(sizeof(FsqFetchView) * Max(plan->nfetches, 1));
	view->object = root.object = object_view(&plan->object, variables);
	view_children(&root, view);
	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqFetch   *fetch = plan->fetches[i];

		/* a fetch that finds keys goes with the one that needs them */
		if (fetch->consumer)
			view->fetches[i].active = view->fetches[fetch->consumer->number].active;
		if (view->fetches[i].active)
			view_fetch(plan, fetch, view, variables);
	}
	MemoryContextSwitchTo(old);
	return view;
}

void
fsq_plan_view_release(FsqPlan *plan, FsqPlanView *view)
{
	for (int i = 0; view != &plan->view && i < plan->nfetches; i++)
	{
		FsqFetchView *fetch = &view->fetches[i];

		if (fetch->active && fetch->object != &plan->fetches[i]->object)
			fetch->select->pins--;
	}
}
