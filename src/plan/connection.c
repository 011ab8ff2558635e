/*-------------------------------------------------------------------------
 *
 * connection.c
 *	  Connections: a page of rows by cursors, and what is said of all rows.
 *
 *	  The page is one fetch, whatever is shown of its rows: each of the lists
 *	  that are selected (edges, nodes, both perhaps more than once) is a segment
 *	  of the text of each row.  It asks for one row more than the page has, which
 *	  says whether there is a next page.  totalCount and aggregate are a grouped
 *	  fetch of their own, if they are selected; its row has a segment for each.
 *	  Both are children of the row around the connection, so that they run at the
 *	  same time, once for all parents.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fraiseql.h"
#include "plan/build.h"
#include "plan/token.h"
#include "utils/memutils.h"

/* The rows of one of the fetches, whose texts have segments. */
typedef struct Segments
{
	FsqFetch   *fetch;			/* NULL: it is not needed yet */
	FsqParts	parts;			/* one for each segment */
	List	   *children;
} Segments;

typedef struct FsqConnectionPlan
{
	FsqParts   *outer;
	FsqField   *field;
	FsqFieldGroup *group;
	FsqArguments arguments;
	int			capacity;		/* of segments */
	Segments	page;
	Segments	counted;
	int			cursor_segment;	/* the cursor of a row, alone; -1: there is none */
} FsqConnectionPlan;

/* ---- fetches and their segments ---- */

/* Make one of the fetches; its parent's row is the one around the connection. */
static void
make_fetch(FsqBuilder *builder, FsqConnectionPlan *c, Segments *segments)
{
	FsqParts   *parts = &segments->parts;

	segments->fetch = fsq_fetch_make(builder, c->outer, c->field, c->group);
	*c->outer->children = lappend(*c->outer->children, segments->fetch);
	parts->fetch = segments->fetch;
	parts->children = &segments->children;
	parts->object.segmented = true;
	parts->object.outputs = palloc0(sizeof(FsqOutput) * c->capacity);
	parts->object.parts = palloc0(sizeof(FsqPart) * c->capacity);
}

/* A new segment, which is one value; returns its number. */
static int
add_segment(FsqConnectionPlan *c, Segments *segments, const FsqOutput *output)
{
	FsqObject  *object = &segments->parts.object;
	int			number = object->nparts++;

	Assert(number < c->capacity);
	object->outputs[number] = *output;
	object->noutputs++;
	object->parts[number].text = "";
	object->parts[number].output = number;
	object->parts[number].offset = output->offset;
	return number;
}

/* A new segment that is an object of the rows' values. */
static int
add_object_segment(FsqBuilder *builder, FsqConnectionPlan *c, Segments *segments, FsqField *field,
				   FsqFieldGroup *group, const FsqOutput *of)
{
	FsqType    *type = fsq_type_named(field->type);
	FsqParts	inner = {
		.fetch = segments->fetch,
		.type = type,
		.connection = c,
		.children = &segments->children
	};
	FsqOutput	output = *of;
	MemoryContext old = MemoryContextSwitchTo(builder->plan->context);

	inner.list = list_make1(unconstify(char *, of->key));
	MemoryContextSwitchTo(old);
	fsq_parts_collect(builder, fsq_collect_subfields(&builder->collector, type, group), &inner);
	segments->parts.conditional |= inner.conditional;
	output.kind = FSQ_OUTPUT_OBJECT;
	output.object = palloc(sizeof(FsqObject));
	*output.object = inner.object;
	return add_segment(c, segments, &output);
}

/* ---- cursors ---- */

/* What a related row's value is in the statement. */
static char *
write_order_item(FsqStatement *statement, const char *alias, const void *arg)
{
	return ((const FsqOrderItem *) arg)->expression;
}

/* The number of the value of an item among the page's results. */
static int
order_result(FsqBuilder *builder, FsqFetch *fetch, FsqOrderItem *item)
{
	if (item->path == NULL)
		return fsq_result_column(builder, fetch, item->column);
	return fsq_result_expression(builder, fetch,
								 psprintf("order %s%s", item->path, item->column->field),
								 fsq_column_value_type(item->column), write_order_item, item);
}

/* Make an output the cursor of its row. */
static void
set_cursor(FsqBuilder *builder, FsqConnectionPlan *c, FsqOutput *output)
{
	const FsqOrder *order = c->arguments.order;
	MemoryContext context = builder->plan->context;
	FsqTokenOutput *token = MemoryContextAllocZero(context, sizeof(FsqTokenOutput));
	char	   *subject = MemoryContextAlloc(context, sizeof(uint64));

	memcpy(subject, &c->arguments.fingerprint, sizeof(uint64));
	token->kind = FSQ_TOKEN_CURSOR;
	token->subject = subject;
	token->subject_length = sizeof(uint64);
	token->nvalues = order->nitems;
	token->results = MemoryContextAlloc(context, sizeof(int) * order->nitems);
	for (int i = 0; i < order->nitems; i++)
		token->results[i] = order_result(builder, c->page.fetch, &order->items[i]);
	output->kind = FSQ_OUTPUT_TOKEN;
	output->token = token;
}

/* The segment that is the cursor of a row. */
static int
cursor_segment(FsqBuilder *builder, FsqConnectionPlan *c)
{
	FsqOutput	output = {0};

	if (c->cursor_segment < 0)
	{
		set_cursor(builder, c, &output);
		c->cursor_segment = add_segment(c, &c->page, &output);
	}
	return c->cursor_segment;
}

/* ---- outputs ---- */

/* The number of all rows, as a segment of the row that counts them. */
static int
total_count_segment(FsqBuilder *builder, FsqConnectionPlan *c, const FsqOutput *of)
{
	FsqOutput	output = *of;

	output.kind = FSQ_OUTPUT_COLUMN;
	output.result = fsq_aggregate_call(builder, c->counted.fetch, FSQ_AGGREGATE_COUNT, NULL);
	return add_segment(c, &c->counted, &output);
}

/* Make the fetch that counts, if it is not there. */
static void
need_counted(FsqBuilder *builder, FsqConnectionPlan *c)
{
	if (c->counted.fetch)
		return;
	make_fetch(builder, c, &c->counted);
	c->counted.fetch->grouped = true;
	c->counted.fetch->to_many = false;
	if (c->outer->fetch)
		fsq_aggregate_link(builder, c->counted.fetch);
}

void
fsq_connection_output(FsqBuilder *builder, FsqParts *p, FsqField *field, FsqFieldGroup *group,
					  FsqOutput *output)
{
	FsqConnectionPlan *c = p->connection;
	FsqFieldBinding *binding = field->binding;

	switch (binding->kind)
	{
		case FSQ_FIELD_EDGES:
		case FSQ_FIELD_NODES:
			output->segment = add_object_segment(builder, c, &c->page, field, group, output);
			output->kind = FSQ_OUTPUT_ROWS;
			break;
		case FSQ_FIELD_CURSOR:
			set_cursor(builder, c, output);
			break;
		case FSQ_FIELD_HAS_NEXT_PAGE:
			output->kind = FSQ_OUTPUT_HAS_NEXT_PAGE;
			break;
		case FSQ_FIELD_HAS_PREVIOUS_PAGE:
			output->kind = FSQ_OUTPUT_HAS_PREVIOUS_PAGE;
			break;
		case FSQ_FIELD_START_CURSOR:
		case FSQ_FIELD_END_CURSOR:
			output->segment = cursor_segment(builder, c);
			output->kind = binding->kind == FSQ_FIELD_START_CURSOR ? FSQ_OUTPUT_START_CURSOR :
				FSQ_OUTPUT_END_CURSOR;
			break;
		case FSQ_FIELD_TOTAL_COUNT:
			need_counted(builder, c);
			output->segment = total_count_segment(builder, c, output);
			output->kind = FSQ_OUTPUT_COUNTED;
			break;
		case FSQ_FIELD_CONNECTION_AGGREGATE:
			need_counted(builder, c);
			output->segment = add_object_segment(builder, c, &c->counted, field, group, output);
			output->kind = FSQ_OUTPUT_COUNTED;
			break;
		default:
			elog(ERROR, "unexpected kind of field: %d", (int) binding->kind);
	}
}

/* ---- the connection ---- */

/* Whether a connection shows anything of its page. */
static bool
shows_page(FsqType *type, List *groups)
{
	ListCell   *lc;

	foreach(lc, groups)
	{
		FsqFieldNode *node = linitial(((FsqFieldGroup *) lfirst(lc))->nodes);
		FsqField   *field = fsq_type_field(type, node->name->value);
		FsqFieldKind kind = field ? ((FsqFieldBinding *) field->binding)->kind : FSQ_FIELD_EMPTY;

		if (kind != FSQ_FIELD_TOTAL_COUNT && kind != FSQ_FIELD_CONNECTION_AGGREGATE &&
			kind != FSQ_FIELD_EMPTY)
			return true;
	}
	return false;
}

/* Read and check the arguments, and make the order; false after adding an error. */
static bool
take_arguments(FsqBuilder *builder, FsqConnectionPlan *c, FsqFieldNode *node,
			   FsqRelation *relation, bool shows_page)
{
	FsqArguments *arguments = &c->arguments;
	FsqFetch	fetch = {.field = c->field->name, .offset = node->node.start, .relation = relation};
	const char *message = NULL;

	if (!fsq_arguments_read(builder, c->field, node, arguments))
		return false;
	if (arguments->first && arguments->last)
		message = "has both \"first\" and \"last\", give one of them";
	else if (arguments->offset && arguments->last)
		message = "has \"offset\", which is counted from the first row, and \"last\"";
	else if (shows_page && fsq_max_page_size > 0 && !arguments->first && !arguments->last)
		message = psprintf("needs \"first\" or \"last\": fraiseql.max_page_size allows %d rows",
						   fsq_max_page_size);
	if (message)
	{
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "The connection \"%s\" %s.", c->field->name, message);
		return false;
	}
	arguments->order = fsq_order_make(builder, &fetch, arguments->order_by, NULL,
									  fsq_relation_row_key(relation));
	arguments->fingerprint = fsq_order_fingerprint(relation, arguments->order);
	return true;
}

static void
make_page(FsqBuilder *builder, FsqConnectionPlan *c)
{
	const FsqArguments *arguments = &c->arguments;
	FsqFetch   *fetch;

	make_fetch(builder, c, &c->page);
	fetch = c->page.fetch;
	fetch->page = true;
	fetch->to_many = true;
	fetch->backward = arguments->last != NULL;
	fetch->has_after = arguments->after != NULL;
	fetch->has_before = arguments->before != NULL;
	if (fetch->parent)
		fsq_fetch_link(builder, fetch, !fetch->relation->foreign &&
					   (arguments->first || arguments->last || arguments->offset ||
						fsq_link_is_joined(fetch->relationship)));
}

/* Complete a fetch, whose segments are known. */
static void
finish_fetch(FsqBuilder *builder, FsqConnection *connection, Segments *segments,
			 const FsqArguments *arguments)
{
	if (segments->fetch == NULL)
		return;
	segments->fetch->connection = connection;
	fsq_fetch_set_object(builder, segments->fetch, &segments->parts);
	fsq_fetch_finish(builder, segments->fetch, arguments);
}

FsqConnection *
fsq_connection_plan(FsqBuilder *builder, FsqParts *outer, FsqField *field, FsqFieldGroup *group)
{
	FsqConnectionPlan c = {.outer = outer, .field = field, .group = group, .cursor_segment = -1};
	FsqFieldNode *node = linitial(group->nodes);
	FsqType    *type = fsq_type_named(field->type);
	FsqRelation *relation = type->binding;
	List	   *groups = fsq_collect_subfields(&builder->collector, type, group);
	FsqParts	parts = {.type = type, .connection = &c, .children = &c.page.children};
	FsqArguments counted = {0};
	FsqConnection *connection = MemoryContextAllocZero(builder->plan->context, sizeof(FsqConnection));

	fsq_relation_load_columns(relation);
	if (!take_arguments(builder, &c, node, relation, shows_page(type, groups)))
		return connection;
	c.capacity = list_length(groups) + 1;
	if (shows_page(type, groups))
		make_page(builder, &c);
	fsq_parts_collect(builder, groups, &parts);
	if (c.page.fetch == NULL && c.counted.fetch == NULL)
		make_page(builder, &c);
	/* which fetches there are cannot depend on conditions */
	if (parts.conditional)
	{
		builder->collector.too_complex = true;
		return connection;
	}
	connection->key = MemoryContextStrdup(builder->plan->context, group->key);
	connection->parent_type = outer->type->name;
	connection->field = field->name;
	connection->offset = node->node.start;
	connection->non_null = field->type->kind == FSQ_NON_NULL;
	connection->around = outer->around;
	fsq_object_finish(&connection->object, &parts.object, NULL, builder->plan->context);
	connection->page = c.page.fetch;
	connection->counted = c.counted.fetch;
	finish_fetch(builder, connection, &c.page, &c.arguments);
	counted.where = c.arguments.where;
	finish_fetch(builder, connection, &c.counted, &counted);
	return connection;
}
