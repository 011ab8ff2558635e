/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  From an operation to a tree of fetches: its fields are collected and
 *	  merged, all at once.
 *
 *	  Fields with the same response key are one output; their selections are
 *	  merged.  A relation field becomes a fetch; its columns and the columns of
 *	  the links to its children become the statement's result.
 *
 *	  Planning goes on in the request's context; only what plan_alloc() gives is the
 *	  plan's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fraiseql.h"
#include "graphql/introspection.h"
#include "miscadmin.h"
#include "plan/build.h"
#include "utils/memutils.h"

/* Zeroed memory that lives as long as the plan. */
static void *
plan_alloc(FsqBuilder *builder, Size size)
{
	return MemoryContextAllocZero(builder->plan->context, Max(size, 1));
}

static char *
plan_strdup(FsqBuilder *builder, const char *str)
{
	return MemoryContextStrdup(builder->plan->context, str);
}

/* ---- results and links ---- */

/* The position of a column in the statement's result; it is added if it is not there. */
static int
result_column(FsqBuilder *builder, FsqFetch *fetch, FsqColumn *column)
{
	for (int i = 0; i < fetch->nresult; i++)
		if (fetch->result[i] == column)
			return i;
	/* room for all columns of the relation was made with the fetch */
	fetch->result[fetch->nresult] = column;
	return fetch->nresult++;
}

/* Link a child fetch with its parent by the columns of its relationship. */
static void
link_fetch(FsqBuilder *builder, FsqFetch *fetch, bool exact)
{
	FsqRelationship *relationship = fetch->relationship;

	fetch->nkeys = relationship->ncolumns;
	fetch->keys = plan_alloc(builder, sizeof(FsqKeyColumn) * fetch->nkeys);
	for (int i = 0; i < fetch->nkeys; i++)
	{
		FsqColumn  *parent = fsq_relation_column(fetch->parent->relation,
												 relationship->source_columns[i]);
		FsqColumn  *child = fsq_relation_column(fetch->relation, relationship->target_columns[i]);

		fsq_key_init(&fetch->keys[i], parent, child, exact);
		fetch->keys[i].parent_column = result_column(builder, fetch->parent, parent);
		fetch->keys[i].child_column = result_column(builder, fetch, child);
	}
}

/* ---- arguments ---- */

static FsqInput *
not_null(FsqInput *input)
{
	return input && input->kind != FSQ_VALUE_NULL ? input : NULL;
}

/* Coerce the arguments of a field and sort them by what they are; false after adding errors. */
static bool
read_arguments(FsqBuilder *builder, FsqField *field, FsqFieldNode *node, FsqArguments *arguments)
{
	FsqInput  **values = fsq_coerce_arguments(builder->schema, field->arguments, node->arguments,
											  (FsqNode *) node, builder->variables, builder->errors);
	int			n = list_length(field->arguments);
	ListCell   *lc;

	memset(arguments, 0, sizeof(FsqArguments));
	if (values == NULL)
		return false;
	arguments->keys = palloc(sizeof(FsqInput *) * Max(n, 1));
	arguments->key_names = palloc(sizeof(char *) * Max(n, 1));
	foreach(lc, field->arguments)
	{
		FsqInputValue *definition = lfirst(lc);
		FsqInput   *value = values[foreach_current_index(lc)];

		switch ((FsqArgumentKind) (intptr_t) definition->binding)
		{
			case FSQ_ARGUMENT_WHERE:
				arguments->where = not_null(value);
				break;
			case FSQ_ARGUMENT_ORDER_BY:
				arguments->order_by = not_null(value);
				break;
			case FSQ_ARGUMENT_LIMIT:
				arguments->limit = not_null(value);
				break;
			case FSQ_ARGUMENT_OFFSET:
				arguments->offset = not_null(value);
				break;
			case FSQ_ARGUMENT_KEY:
				arguments->keys[arguments->nkeys] = value;
				arguments->key_names[arguments->nkeys++] = definition->name;
				break;
		}
	}
	return true;
}

/* ---- the tree ---- */

static void plan_object(FsqBuilder *builder, FsqType *type, List *groups, FsqFetch *fetch,
						FsqObject *object);
static void sort_columns(FsqBuilder *builder, FsqFetch *fetch);

/* The response keys from the root to a fetch. */
static List *
fetch_path(FsqBuilder *builder, FsqFetch *parent, const char *key)
{
	MemoryContext old = MemoryContextSwitchTo(builder->plan->context);
	List	   *path = lappend(parent ? list_copy(parent->path) : NIL, unconstify(char *, key));

	MemoryContextSwitchTo(old);
	return path;
}

/* Make the fetch of a relation field, and those below it. */
static FsqFetch *
plan_fetch(FsqBuilder *builder, FsqFetch *parent, FsqType *parent_type, FsqField *field,
		   FsqFieldGroup *group)
{
	FsqFieldNode *node = linitial(group->nodes);
	FsqFieldBinding *binding = field->binding;
	FsqFetch   *fetch = plan_alloc(builder, sizeof(FsqFetch));
	FsqArguments arguments;

	fetch->parent = parent;
	if (binding->kind == FSQ_FIELD_RELATIONSHIP)
	{
		fetch->relationship = binding->relationship;
		fetch->relation = fsq_relationship_target(binding->relationship);
	}
	else
		fetch->relation = binding->relation;
	fetch->parent_type = parent_type->name;
	fetch->field = field->name;
	fetch->key = plan_strdup(builder, group->key);
	fetch->path = fetch_path(builder, parent, fetch->key);
	fetch->offset = node->node.start;
	fetch->to_many = fsq_type_nullable(field->type)->kind == FSQ_LIST;
	fetch->non_null = field->type->kind == FSQ_NON_NULL;
	fetch->number = list_length(builder->fetches);
	fsq_relation_load_columns(fetch->relation);
	fetch->result = plan_alloc(builder, sizeof(FsqColumn *) * fetch->relation->ncolumns);
	builder->fetches = lappend(builder->fetches, fetch);

	dlist_init(&fetch->others);
	if (!read_arguments(builder, field, node, &arguments))
		return fetch;
	arguments.key = binding->key;
	if (fetch->to_many && fsq_max_page_size > 0 && arguments.limit == NULL)
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "The list \"%s\" needs a limit: fraiseql.max_page_size allows %d rows.",
					 fetch->field, fsq_max_page_size);
	if (parent)
		link_fetch(builder, fetch, (arguments.limit || arguments.offset) && !fetch->relation->foreign);
	plan_object(builder, fsq_type_named(field->type),
				fsq_collect_subfields(&builder->collector, fsq_type_named(field->type), group),
				fetch, &fetch->object);
	sort_columns(builder, fetch);
	fsq_fetch_write_sql(builder, fetch, &arguments);
	return fetch;
}

/* ---- the fields of an object ---- */

/* An object in the making: its fields in the order of the request. */
typedef struct ObjectParts
{
	FsqFetch   *fetch;			/* whose rows it is of; NULL: the root's */
	FsqType    *type;
	FsqObject	object;			/* parts, and outputs without texts, of the request */
	FsqFieldGroup **groups;		/* in step with parts */
	List	   *children;		/* of FsqFetch * */
	bool		conditional;
} ObjectParts;

/* A condition as long as the plan. */
static const FsqCondition *
copy_condition(FsqBuilder *builder, const FsqCondition *condition)
{
	FsqCondition *copy;

	if (condition == NULL)
		return NULL;
	copy = plan_alloc(builder, sizeof(FsqCondition));
	*copy = *condition;
	copy->outer = copy_condition(builder, condition->outer);
	return copy;
}

/* A new output for the value of a field that is a column or a fetch; returns its number. */
static int
add_output(FsqBuilder *builder, ObjectParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqFieldBinding *binding = field->binding;
	FsqOutput  *output = &p->object.outputs[p->object.noutputs];

	output->key = plan_strdup(builder, group->key);
	output->offset = ((FsqFieldNode *) linitial(group->nodes))->node.start;
	output->non_null = field->type->kind == FSQ_NON_NULL;
	if (binding->kind == FSQ_FIELD_COLUMN)
	{
		output->kind = FSQ_OUTPUT_COLUMN;
		output->source = binding->column;
		output->column = result_column(builder, p->fetch, binding->column);
	}
	else
	{
		output->kind = FSQ_OUTPUT_FETCH;
		output->fetch = plan_fetch(builder, p->fetch, p->type, field, group);
		output->child = list_length(p->children);
		p->children = lappend(p->children, output->fetch);
	}
	return p->object.noutputs++;
}

/* Write a field's key, and its value if that is known already; returns its output or -1. */
static int
write_part(FsqBuilder *builder, ObjectParts *p, FsqFieldGroup *group, StringInfo text)
{
	const char *name = ((FsqFieldNode *) linitial(group->nodes))->name->value;
	FsqField   *field;

	fsq_json_string(text, group->key, strlen(group->key));
	appendStringInfoChar(text, ':');
	if (strcmp(name, "__typename") == 0)
	{
		fsq_json_string(text, p->type->name, strlen(p->type->name));
		return -1;
	}
	field = fsq_type_field(p->type, name);
	if (field)
		return add_output(builder, p, field, group);
	field = fsq_schema_field(builder->schema, p->type, name);
	/* its text is part of the plan, so it cannot depend on conditions */
	if (builder->collector.conditional)
		builder->collector.too_complex = true;
	else if (!fsq_introspection_write(text, &builder->collector, field, group))
		builder->plan->cacheable = false;
	return -1;
}

/* The first node of a group that is included under a condition. */
static FsqFieldNode *
node_at(FsqFieldGroup *group, const FsqCondition *condition)
{
	ListCell   *node;
	ListCell   *lc;

	forboth(node, group->nodes, lc, group->conditions)
		if (lfirst(lc) == condition)
			return lfirst(node);
	return linitial(group->nodes);
}

/* The next place of a group, which has been placed as often as it is found before. */
static void
add_part(FsqBuilder *builder, ObjectParts *p, FsqFieldGroup *group)
{
	FsqPart    *part = &p->object.parts[p->object.nparts];
	const FsqPart *before = NULL;
	StringInfoData text;
	int			nplaced = 0;

	for (int i = 0; list_length(group->places) > 1 && i < p->object.nparts; i++)
	{
		if (p->groups[i] != group)
			continue;
		before = &p->object.parts[i];
		nplaced++;
	}
	p->groups[p->object.nparts++] = group;
	part->condition = list_nth(group->places, nplaced);
	part->nearlier = nplaced;
	part->earlier = palloc(sizeof(FsqCondition *) * Max(nplaced, 1));
	for (int i = 0; i < nplaced; i++)
		part->earlier[i] = list_nth(group->places, i);
	part->offset = node_at(group, part->condition)->node.start;
	p->conditional |= part->condition != NULL;
	if (before)
	{
		part->text = before->text;
		part->text_length = before->text_length;
		part->output = before->output;
		return;
	}
	initStringInfo(&text);
	part->output = write_part(builder, p, group, &text);
	part->text = text.data;
	part->text_length = text.len;
}

/* Keep the parts and outputs with the plan, as what is left of them differs by request. */
static void
keep_parts(FsqBuilder *builder, FsqObject *object, const FsqObject *from)
{
	builder->plan->conditional = true;
	object->noutputs = from->noutputs;
	object->outputs = plan_alloc(builder, sizeof(FsqOutput) * from->noutputs);
	memcpy(object->outputs, from->outputs, sizeof(FsqOutput) * from->noutputs);
	object->nparts = from->nparts;
	object->parts = plan_alloc(builder, sizeof(FsqPart) * from->nparts);
	for (int i = 0; i < from->nparts; i++)
	{
		FsqPart    *part = &object->parts[i];

		*part = from->parts[i];
		part->text = plan_strdup(builder, part->text);
		part->condition = copy_condition(builder, part->condition);
		part->earlier = plan_alloc(builder, sizeof(FsqCondition *) * part->nearlier);
		for (int j = 0; j < part->nearlier; j++)
			part->earlier[j] = copy_condition(builder, from->parts[i].earlier[j]);
	}
}

/*
 * Fill in the outputs of an object from its fields; fetch is NULL for the root.
 */
static void
plan_object(FsqBuilder *builder, FsqType *type, List *groups, FsqFetch *fetch, FsqObject *object)
{
	ObjectParts p = {.fetch = fetch, .type = type};
	int			n = Max(list_length(groups), 1);
	ListCell   *lc;

	check_stack_depth();
	p.object.outputs = palloc0(sizeof(FsqOutput) * n);
	p.object.parts = palloc0(sizeof(FsqPart) * n);
	p.groups = palloc(sizeof(FsqFieldGroup *) * n);
	foreach(lc, groups)
	{
		CHECK_FOR_INTERRUPTS();
		add_part(builder, &p, lfirst(lc));
	}
	if (p.conditional)
		keep_parts(builder, object, &p.object);
	else
		fsq_object_finish(object, &p.object, NULL, builder->plan->context);
	if (fetch)
	{
		fetch->nchildren = list_length(p.children);
		fetch->children = plan_alloc(builder, sizeof(FsqFetch *) * fetch->nchildren);
		foreach(lc, p.children)
			fetch->children[foreach_current_index(lc)] = lfirst(lc);
	}
}

/* ---- the order of a statement's columns ---- */

static int
compare_columns(const void *a, const void *b)
{
	return (*(FsqColumn *const *) a)->attnum - (*(FsqColumn *const *) b)->attnum;
}

static int
find_column(const FsqFetch *fetch, const FsqColumn *column)
{
	int			i = 0;

	while (fetch->result[i] != column)
		i++;
	return i;
}

/* Have the keys of a fetch below refer to columns that have moved. */
static void
move_keys(const FsqFetch *fetch, FsqFetch *child, FsqColumn **before)
{
	for (int i = 0; i < child->nkeys; i++)
		child->keys[i].parent_column = find_column(fetch, before[child->keys[i].parent_column]);
}

/*
 * Read the columns in the relation's order, so that requests which ask for the
 * same in another order have the same statement.
 */
static void
sort_columns(FsqBuilder *builder, FsqFetch *fetch)
{
	FsqColumn **before = palloc(sizeof(FsqColumn *) * Max(fetch->nresult, 1));
	ListCell   *lc;

	memcpy(before, fetch->result, sizeof(FsqColumn *) * fetch->nresult);
	qsort(fetch->result, fetch->nresult, sizeof(FsqColumn *), compare_columns);
	for (int i = 0; i < fetch->object.noutputs; i++)
		if (fetch->object.outputs[i].kind == FSQ_OUTPUT_COLUMN)
			fetch->object.outputs[i].column = find_column(fetch, fetch->object.outputs[i].source);
	for (int i = 0; i < fetch->nkeys; i++)
		fetch->keys[i].child_column = find_column(fetch, before[fetch->keys[i].child_column]);
	for (int i = 0; i < fetch->nchildren; i++)
		move_keys(fetch, fetch->children[i], before);
	foreach(lc, fetch->lookups)
		move_keys(fetch, lfirst(lc), before);
}

FsqPlan *
fsq_plan_create(FsqSchema *schema, FsqDocument *document, FsqOperationNode *operation,
				FsqVariables *variables, bool conditional, FsqErrorList *errors)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql plan",
												  ALLOCSET_SMALL_SIZES);
	FsqPlan    *plan = MemoryContextAllocZero(context, sizeof(FsqPlan));
	int			nerrors = list_length(errors->errors);
	FsqBuilder	builder = {
		.schema = schema,
		.variables = variables,
		.errors = errors,
		.plan = plan
	};
	ListCell   *lc;

	plan->context = context;
	plan->schema = schema;
	plan->cacheable = true;
	fsq_collector_init(&builder.collector, schema, document, variables, errors);
	builder.collector.conditional = conditional;
	plan_object(&builder, schema->query,
				fsq_collect_fields(&builder.collector, schema->query, operation->selections),
				NULL, &plan->object);
	plan->nfetches = list_length(builder.fetches);
	plan->fetches = plan_alloc(&builder, sizeof(FsqFetch *) * plan->nfetches);
	foreach(lc, builder.fetches)
	{
		FsqFetch   *fetch = lfirst(lc);

		plan->fetches[foreach_current_index(lc)] = fetch;
		plan->has_lookups |= fetch->kind != FSQ_KIND_FIELD;
	}
	if (list_length(errors->errors) > nerrors || builder.collector.too_complex)
		return NULL;
	fsq_plan_pin_keys(plan);
	if (!plan->conditional)
		plan->view = *fsq_plan_view(plan, NULL);
	return plan;
}

void
fsq_plan_free(FsqPlan *plan)
{
	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqFetch   *fetch = plan->fetches[i];
		dlist_iter	iter;

		if (fetch->all.statement)
			DropCachedPlan(fetch->all.statement);
		dlist_foreach(iter, &fetch->others)
		{
			FsqSelect  *select = dlist_container(FsqSelect, link, iter.cur);

			if (select->statement)
				DropCachedPlan(select->statement);
		}
	}
	MemoryContextDelete(plan->context);
}
