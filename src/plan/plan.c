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

/* ---- arguments ---- */

static FsqInput *
not_null(FsqInput *input)
{
	return input && input->kind != FSQ_VALUE_NULL ? input : NULL;
}

static FsqInput *
not_empty(FsqInput *input)
{
	return not_null(input) && input->nitems > 0 ? input : NULL;
}

bool
fsq_arguments_read(FsqBuilder *builder, FsqField *field, FsqFieldNode *node, FsqArguments *arguments)
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
	arguments->call = palloc(sizeof(FsqInput *) * Max(n, 1));
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
			case FSQ_ARGUMENT_DISTINCT_ON:
				arguments->distinct_on = not_empty(value);
				break;
			case FSQ_ARGUMENT_FIRST:
				arguments->first = not_null(value);
				break;
			case FSQ_ARGUMENT_AFTER:
				arguments->after = not_null(value);
				break;
			case FSQ_ARGUMENT_LAST:
				arguments->last = not_null(value);
				break;
			case FSQ_ARGUMENT_BEFORE:
				arguments->before = not_null(value);
				break;
			case FSQ_ARGUMENT_NODE_ID:
				arguments->node_id = value;
				break;
			case FSQ_ARGUMENT_KEY:
				arguments->keys[arguments->nkeys] = value;
				arguments->key_names[arguments->nkeys++] = definition->name;
				break;
			case FSQ_ARGUMENT_FUNCTION:
				arguments->call[arguments->ncall++] = value;
				break;
			case FSQ_ARGUMENT_PATH:
				arguments->path = not_null(value);
				break;
			case FSQ_ARGUMENT_BY:
				arguments->by = value;
				break;
			case FSQ_ARGUMENT_BUCKETS:
				arguments->buckets = not_null(value);
				break;
			case FSQ_ARGUMENT_TIME_ZONE:
				arguments->time_zone = not_null(value);
				break;
			case FSQ_ARGUMENT_HAVING:
				arguments->having = not_null(value);
				break;
			case FSQ_ARGUMENT_COLUMN:
				break;
		}
	}
	return true;
}

/* Of a list, first is another word for limit; false after adding an error. */
static bool
take_first(FsqBuilder *builder, const FsqField *field, const FsqFieldNode *node,
		   FsqArguments *arguments)
{
	if (arguments->first && arguments->limit)
	{
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "\"first\" and \"limit\" of \"%s\" are the same, give one of them.",
					 field->name);
		return false;
	}
	if (arguments->first)
		arguments->limit = arguments->first;
	return true;
}

/* ---- the tree ---- */

/* The response keys from the root to a fetch, inside objects of its parent's rows. */
static List *
fetch_path(FsqBuilder *builder, const FsqParts *p, const char *key)
{
	MemoryContext old = MemoryContextSwitchTo(builder->plan->context);
	List	   *path = list_concat_copy(p->fetch ? p->fetch->path : NIL, p->list);

	path = lappend(list_concat(path, p->around), unconstify(char *, key));
	MemoryContextSwitchTo(old);
	return path;
}

/* A list needs a limit where the settings say so. */
static void
check_limit(FsqBuilder *builder, const FsqField *field, const FsqFieldNode *node,
			const FsqArguments *arguments)
{
	if (fsq_max_page_size > 0 && arguments->limit == NULL)
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "The list \"%s\" needs a limit: fraiseql.max_page_size allows %d rows.",
					 field->name, fsq_max_page_size);
}

/* The rows of a fetch are not objects, but what a function gives. */
static void
plan_value(FsqBuilder *builder, FsqFetch *fetch, FsqFunction *function)
{
	FsqOutput  *output = plan_alloc(builder, sizeof(FsqOutput));

	output->kind = FSQ_OUTPUT_COLUMN;
	output->text = "";
	output->key = fetch->key;
	output->offset = fetch->offset;
	output->parent_type = fetch->parent_type;
	output->field = fetch->field;
	output->result = output->column = fsq_result_value(builder, fetch, function);
	fetch->object.noutputs = 1;
	fetch->object.outputs = output;
	fetch->object.close = "";
	fetch->children = plan_alloc(builder, 0);
}

FsqFetch *
fsq_fetch_make(FsqBuilder *builder, const FsqParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqFieldBinding *binding = field->binding;
	FsqFunction *function = binding->kind == FSQ_FIELD_FUNCTION ? binding->function : NULL;
	FsqFetch   *fetch = plan_alloc(builder, sizeof(FsqFetch));

	fetch->parent = p->fetch;
	if (binding->relationship)
	{
		fetch->relationship = binding->relationship;
		fetch->relation = fsq_relationship_target(binding->relationship);
	}
	else if (function)
		fetch->relation = function->rows;
	else
		fetch->relation = binding->relation;
	fetch->parent_type = p->type->name;
	fetch->field = field->name;
	fetch->key = plan_strdup(builder, group->key);
	fetch->around = p->around;
	fetch->path = fetch_path(builder, p, fetch->key);
	fetch->offset = ((FsqFieldNode *) linitial(group->nodes))->node.start;
	fetch->to_many = function ?
		function->result == FSQ_RESULT_VALUES || function->result == FSQ_RESULT_ROWS :
		fsq_type_nullable(field->type)->kind == FSQ_LIST;
	fetch->non_null = field->type->kind == FSQ_NON_NULL;
	fetch->affinity = fsq_plan_affinity(builder, group);
	fetch->number = list_length(builder->fetches);
	fsq_relation_load_columns(fetch->relation);
	builder->fetches = lappend(builder->fetches, fetch);
	dlist_init(&fetch->others);
	return fetch;
}

void
fsq_fetch_finish(FsqBuilder *builder, FsqFetch *fetch, const FsqArguments *arguments)
{
	fsq_results_sort(fetch);
	fsq_fetch_write_sql(builder, fetch, arguments);
}

bool
fsq_link_is_joined(const FsqRelationship *relationship)
{
	return (relationship->back ? relationship->back : relationship)->ncolumns > 1;
}

/* Make the fetch of a relation field, and those below it. */
static FsqFetch *
plan_fetch(FsqBuilder *builder, const FsqParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqFieldNode *node = linitial(group->nodes);
	FsqFieldBinding *binding = field->binding;
	FsqFunction *function = binding->kind == FSQ_FIELD_FUNCTION ? binding->function : NULL;
	FsqFetch   *fetch = fsq_fetch_make(builder, p, field, group);
	FsqType    *type = fsq_type_named(field->type);
	List	   *children = NIL;
	FsqParts	parts = {.fetch = fetch, .type = type, .children = &children};
	FsqArguments arguments;

	if (!fsq_arguments_read(builder, field, node, &arguments))
		return fetch;
	arguments.key = binding->key;
	if (!take_first(builder, field, node, &arguments))
		return fetch;
	if (fetch->to_many && field->arguments != NIL)
		check_limit(builder, field, node, &arguments);
	fetch->grouped = binding->kind == FSQ_FIELD_AGGREGATES || binding->kind == FSQ_FIELD_GROUP_BY;
	if (fetch->parent && fetch->grouped)
		fsq_aggregate_link(builder, fetch);
	else if (fetch->parent && function)
		fsq_fetch_link_function(builder, fetch);
	else if (fetch->parent)
		fsq_fetch_link(builder, fetch, !fetch->relation->foreign &&
					   (arguments.limit || arguments.offset || arguments.distinct_on ||
						fsq_link_is_joined(fetch->relationship)));
	if (binding->kind == FSQ_FIELD_GROUP_BY)
		fsq_aggregate_group(builder, fetch, &arguments);
	if (function && function->target == NULL)
		plan_value(builder, fetch, function);
	else
	{
		fsq_parts_collect(builder, fsq_collect_subfields(&builder->collector, type, group), &parts);
		fsq_fetch_set_object(builder, fetch, &parts);
	}
	fsq_fetch_finish(builder, fetch, &arguments);
	return fetch;
}

/* ---- the fields of an object ---- */

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

/* An object of values of the same row. */
static FsqObject *
inner_object(FsqBuilder *builder, FsqParts *p, FsqField *field, FsqFieldGroup *group,
			 const char *key)
{
	FsqType    *type = fsq_type_named(field->type);
	FsqParts	inner = {
		.fetch = p->fetch,
		.type = type,
		.connection = p->connection,
		.list = p->list,
		.children = p->children
	};
	const FsqFieldBinding *binding = field->binding;
	MemoryContext old = MemoryContextSwitchTo(builder->plan->context);
	FsqObject  *object;

	inner.around = lappend(list_copy(p->around), unconstify(char *, key));
	MemoryContextSwitchTo(old);
	inner.aggregate = binding->aggregate;
	fsq_parts_collect(builder, fsq_collect_subfields(&builder->collector, type, group), &inner);
	p->conditional |= inner.conditional;
	object = palloc(sizeof(FsqObject));
	*object = inner.object;
	return object;
}

/*
 * Where a field with arguments is in its row: lists of one connection read the
 * same rows, and may give the same response key other arguments.
 */
static char *
place_of(const FsqParts *p, const FsqFieldGroup *group)
{
	List	   *keys = list_concat_copy(p->list, p->around);
	StringInfoData place;
	ListCell   *lc;

	initStringInfo(&place);
	foreach(lc, keys)
		appendStringInfo(&place, "%s.", (char *) lfirst(lc));
	appendStringInfoString(&place, group->key);
	return place.data;
}

/* The result of a column, or of a path into it. */
static int
column_result(FsqBuilder *builder, const FsqParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqColumn  *column = ((FsqFieldBinding *) field->binding)->column;
	FsqArguments arguments;

	if (field->arguments == NIL ||
		!fsq_arguments_read(builder, field, linitial(group->nodes), &arguments) || arguments.path == NULL)
		return fsq_result_column(builder, p->fetch, column);
	return fsq_result_path(builder, p->fetch, column, arguments.path, place_of(p, group));
}

/* The result of a computed field whose values are no rows. */
static int
function_result(FsqBuilder *builder, const FsqParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqFunction *function = ((FsqFieldBinding *) field->binding)->function;
	FsqArguments arguments;

	if (!fsq_arguments_read(builder, field, linitial(group->nodes), &arguments) ||
		!take_first(builder, field, linitial(group->nodes), &arguments))
		return fsq_result_column(builder, p->fetch, p->fetch->relation->columns);	/* not to be read */
	if (function->result == FSQ_RESULT_VALUES)
		check_limit(builder, field, linitial(group->nodes), &arguments);
	return fsq_result_function(builder, p->fetch, function, &arguments, place_of(p, group));
}

/* Whether a field has a statement of its own. */
static bool
reads_rows(const FsqParts *p, const FsqFieldBinding *binding)
{
	switch (binding->kind)
	{
		case FSQ_FIELD_ROOT_LIST:
		case FSQ_FIELD_ROOT_KEY:
		case FSQ_FIELD_RELATIONSHIP:
		case FSQ_FIELD_AGGREGATES:
		case FSQ_FIELD_GROUP_BY:
		case FSQ_FIELD_CONNECTION:
			return true;
		case FSQ_FIELD_FUNCTION:
			return p->fetch == NULL || binding->function->target != NULL;
		default:
			return false;
	}
}

/* A new output for a field. */
static FsqOutput *
make_output(FsqBuilder *builder, FsqParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqOutput  *output = &p->object.outputs[p->object.noutputs++];

	output->key = plan_strdup(builder, group->key);
	output->offset = ((FsqFieldNode *) linitial(group->nodes))->node.start;
	output->around = p->around;
	output->parent_type = p->type->name;
	output->field = field->name;
	output->non_null = field->type->kind == FSQ_NON_NULL;
	return output;
}

/* A new output for a fetch; returns its number. */
static int
add_fetch(FsqBuilder *builder, FsqParts *p, FsqField *field, FsqFieldGroup *group, FsqFetch *fetch)
{
	FsqOutput  *output = make_output(builder, p, field, group);

	output->kind = FSQ_OUTPUT_FETCH;
	output->fetch = fetch;
	*p->children = lappend(*p->children, fetch);
	return output - p->object.outputs;
}

/* A new output for the value of a field; returns its number. */
static int
add_output(FsqBuilder *builder, FsqParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqFieldBinding *binding = field->binding;
	FsqOutput  *output = make_output(builder, p, field, group);

	if (!reads_rows(p, binding))
		fsq_affinity_refuse(builder, group);
	switch (binding->kind)
	{
		case FSQ_FIELD_ENTITIES:
			output->kind = FSQ_OUTPUT_ENTITIES;
			output->entities = fsq_plan_entities(builder, p->type, field, group);
			break;
		case FSQ_FIELD_COLUMN:
			output->kind = FSQ_OUTPUT_COLUMN;
			output->result = column_result(builder, p, field, group);
			break;
		case FSQ_FIELD_AGGREGATE:
			output->kind = FSQ_OUTPUT_COLUMN;
			output->result = fsq_aggregate_result(builder, p->fetch, field, group, p->aggregate);
			break;
		case FSQ_FIELD_GROUP_KEY:
			output->kind = FSQ_OUTPUT_COLUMN;
			output->result = fsq_aggregate_key(builder, p->fetch, field, group);
			break;
		case FSQ_FIELD_OBJECT:
		case FSQ_FIELD_PAGE_INFO:
			output->kind = FSQ_OUTPUT_OBJECT;
			output->object = inner_object(builder, p, field, group, output->key);
			break;
		case FSQ_FIELD_NODE_ID:
			fsq_node_id_output(builder, p, binding->relation, output);
			break;
		case FSQ_FIELD_CONNECTION:
			output->kind = FSQ_OUTPUT_CONNECTION;
			output->connection = fsq_connection_plan(builder, p, field, group);
			break;
		case FSQ_FIELD_FUNCTION:
			if (p->fetch && binding->function->target == NULL)
			{
				output->kind = FSQ_OUTPUT_COLUMN;
				output->result = function_result(builder, p, field, group);
				break;
			}
			/* FALLTHROUGH */
		case FSQ_FIELD_ROOT_LIST:
		case FSQ_FIELD_ROOT_KEY:
		case FSQ_FIELD_RELATIONSHIP:
		case FSQ_FIELD_AGGREGATES:
		case FSQ_FIELD_GROUP_BY:
			output->kind = FSQ_OUTPUT_FETCH;
			output->fetch = plan_fetch(builder, p, field, group);
			*p->children = lappend(*p->children, output->fetch);
			break;
		default:
			fsq_connection_output(builder, p, field, group, output);
			break;
	}
	return output - p->object.outputs;
}

/* Write a field's key, and its value if that is known already; returns its output or -1. */
static int
write_part(FsqBuilder *builder, FsqParts *p, FsqFieldGroup *group, StringInfo text)
{
	const char *name = ((FsqFieldNode *) linitial(group->nodes))->name->value;
	FsqField   *field;
	bool		service;

	fsq_json_string(text, group->key, strlen(group->key));
	appendStringInfoChar(text, ':');
	if (strcmp(name, "__typename") == 0)
	{
		fsq_affinity_refuse(builder, group);
		fsq_json_string(text, p->type->name, strlen(p->type->name));
		return -1;
	}
	field = fsq_type_field(p->type, name);
	if (field && ((FsqFieldBinding *) field->binding)->kind == FSQ_FIELD_EMPTY)
	{
		appendStringInfoString(text, "true");
		return -1;
	}
	if (field && ((FsqFieldBinding *) field->binding)->kind == FSQ_FIELD_NODE)
	{
		FsqFetch   *fetch = fsq_node_plan(builder, p, field, group);

		if (fetch)
			return add_fetch(builder, p, field, group, fetch);
		appendStringInfoString(text, "null");
		return -1;
	}
	service = field && ((FsqFieldBinding *) field->binding)->kind == FSQ_FIELD_SERVICE;
	if (field && !service)
		return add_output(builder, p, field, group);
	/* its text is part of the plan, so it cannot depend on conditions */
	if (builder->collector.conditional)
	{
		builder->collector.too_complex = true;
		return -1;
	}
	if (service)
	{
		fsq_service_write(text, &builder->collector, field, group);
		return -1;
	}
	field = fsq_schema_field(builder->schema, p->type, name);
	if (!fsq_introspection_write(text, &builder->collector, field, group))
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
add_part(FsqBuilder *builder, FsqParts *p, FsqFieldGroup *group)
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
	object->segmented = from->segmented;
	object->noutputs = from->noutputs;
	object->outputs = plan_alloc(builder, sizeof(FsqOutput) * from->noutputs);
	for (int i = 0; i < from->noutputs; i++)
	{
		FsqOutput  *output = &object->outputs[i];

		*output = from->outputs[i];
		if (output->kind != FSQ_OUTPUT_OBJECT)
			continue;
		output->object = plan_alloc(builder, sizeof(FsqObject));
		keep_parts(builder, output->object, from->outputs[i].object);
	}
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

void
fsq_parts_collect(FsqBuilder *builder, List *groups, FsqParts *p)
{
	int			n = Max(list_length(groups), 1);
	ListCell   *lc;

	check_stack_depth();
	p->object.outputs = palloc0(sizeof(FsqOutput) * n);
	p->object.parts = palloc0(sizeof(FsqPart) * n);
	p->groups = palloc(sizeof(FsqFieldGroup *) * n);
	foreach(lc, groups)
	{
		CHECK_FOR_INTERRUPTS();
		add_part(builder, p, lfirst(lc));
	}
}

/* Fill in an object of which all parts are known. */
static void
finish_object(FsqBuilder *builder, FsqObject *object, const FsqParts *p)
{
	if (p->conditional)
		keep_parts(builder, object, &p->object);
	else
		fsq_object_finish(object, &p->object, NULL, builder->plan->context);
}

void
fsq_fetch_set_object(FsqBuilder *builder, FsqFetch *fetch, const FsqParts *p)
{
	ListCell   *lc;

	finish_object(builder, &fetch->object, p);
	fetch->nchildren = list_length(*p->children);
	fetch->children = plan_alloc(builder, sizeof(FsqFetch *) * fetch->nchildren);
	foreach(lc, *p->children)
		fetch->children[foreach_current_index(lc)] = lfirst(lc);
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
	List	   *children = NIL;
	FsqParts	root = {.type = schema->query, .children = &children};
	ListCell   *lc;

	plan->context = context;
	plan->schema = schema;
	plan->cacheable = true;
	fsq_collector_init(&builder.collector, schema, document, variables, errors);
	builder.collector.conditional = conditional;
	fsq_parts_collect(&builder,
					  fsq_collect_fields(&builder.collector, schema->query, operation->selections),
					  &root);
	finish_object(&builder, &plan->object, &root);
	plan->nentities = list_length(builder.entities);
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
	fsq_plan_estimate(plan);
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
