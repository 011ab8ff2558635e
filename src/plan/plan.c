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

	if (!read_arguments(builder, field, node, &arguments))
		return fetch;
	arguments.key = binding->key;
	if (parent)
		link_fetch(builder, fetch, (arguments.limit || arguments.offset) && !fetch->relation->foreign);
	plan_object(builder, fsq_type_named(field->type),
				fsq_collect_subfields(&builder->collector, fsq_type_named(field->type), group->nodes),
				fetch, &fetch->object);
	fsq_fetch_write_sql(builder, fetch, &arguments);
	return fetch;
}

/* Append "key": to a text that stands before a value. */
static void
append_key(StringInfo text, const char *key, bool *first)
{
	if (!*first)
		appendStringInfoChar(text, ',');
	*first = false;
	fsq_json_string(text, key, strlen(key));
	appendStringInfoChar(text, ':');
}

/*
 * Fill in the outputs of an object from its fields; fetch is NULL for the root.
 */
static void
plan_object(FsqBuilder *builder, FsqType *type, List *groups, FsqFetch *fetch, FsqObject *object)
{
	StringInfoData text;
	bool		first = true;
	List	   *children = NIL;
	ListCell   *lc;

	check_stack_depth();
	object->outputs = plan_alloc(builder, sizeof(FsqOutput) * list_length(groups));
	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	foreach(lc, groups)
	{
		FsqFieldGroup *group = lfirst(lc);
		FsqFieldNode *node = linitial(group->nodes);
		FsqField   *field;
		FsqFieldBinding *binding;
		FsqOutput  *output;

		CHECK_FOR_INTERRUPTS();
		append_key(&text, group->key, &first);
		if (strcmp(node->name->value, "__typename") == 0)
		{
			fsq_json_string(&text, type->name, strlen(type->name));
			continue;
		}
		field = fsq_type_field(type, node->name->value);
		if (field == NULL)
		{
			field = fsq_schema_field(builder->schema, type, node->name->value);
			if (!fsq_introspection_write(&text, &builder->collector, field, group->nodes))
				builder->plan->cacheable = false;
			continue;
		}

		binding = field->binding;
		output = &object->outputs[object->noutputs++];
		output->text = plan_strdup(builder, text.data);
		output->text_length = text.len;
		resetStringInfo(&text);
		output->key = plan_strdup(builder, group->key);
		output->offset = node->node.start;
		output->non_null = field->type->kind == FSQ_NON_NULL;
		if (binding->kind == FSQ_FIELD_COLUMN)
		{
			output->kind = FSQ_OUTPUT_COLUMN;
			output->source = binding->column;
			output->column = result_column(builder, fetch, binding->column);
		}
		else
		{
			output->kind = FSQ_OUTPUT_FETCH;
			output->fetch = plan_fetch(builder, fetch, type, field, group);
			output->child = list_length(children);
			children = lappend(children, output->fetch);
		}
	}
	appendStringInfoChar(&text, '}');
	object->close = plan_strdup(builder, text.data);
	object->close_length = text.len;
	if (fetch)
	{
		fetch->nchildren = list_length(children);
		fetch->children = plan_alloc(builder, sizeof(FsqFetch *) * fetch->nchildren);
		foreach(lc, children)
			fetch->children[foreach_current_index(lc)] = lfirst(lc);
	}
}

FsqPlan *
fsq_plan_create(FsqSchema *schema, FsqDocument *document, FsqOperationNode *operation,
				FsqVariables *variables, FsqErrorList *errors)
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
	if (list_length(errors->errors) > nerrors)
		return NULL;
	fsq_plan_pin_keys(plan);
	return plan;
}

void
fsq_plan_free(FsqPlan *plan)
{
	for (int i = 0; i < plan->nfetches; i++)
		if (plan->fetches[i]->statement)
			DropCachedPlan(plan->fetches[i]->statement);
	MemoryContextDelete(plan->context);
}
