/*-------------------------------------------------------------------------
 *
 * overlap_compare.c
 *	  Two fields of one response key: whether they mean the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/overlap.h"
#include "miscadmin.h"

/* A field of a selection set of a type. */
FsqOverlapField *
fsq_overlap_field(FsqValidator *v, FsqType *parent, const FsqFieldNode *node)
{
	FsqOverlapField *field = palloc(sizeof(FsqOverlapField));

	field->parent = parent;
	field->node = node;
	field->definition = parent ? fsq_schema_field(v->schema, parent, node->name->value) : NULL;
	return field;
}

/* The key that a field has in the response. */
const char *
fsq_response_key(const FsqFieldNode *node)
{
	return node->alias ? node->alias->value : node->name->value;
}

/* Whether no object can have both fields: their parents are different object types. */
bool
fsq_are_exclusive(const FsqOverlapField *a, const FsqOverlapField *b)
{
	return a->parent != b->parent &&
		a->parent != NULL && a->parent->kind == FSQ_OBJECT &&
		b->parent != NULL && b->parent->kind == FSQ_OBJECT;
}

/* By name, then by place. */
static int
compare_fields(const ListCell *a, const ListCell *b)
{
	const FsqArgumentNode *x = lfirst(a);
	const FsqArgumentNode *y = lfirst(b);
	int			order = strcmp(x->name->value, y->name->value);

	return order ? order : x->node.start - y->node.start;
}

/* Whether two literals are written alike, but for the order of object fields. */
static bool
same_value(const FsqValueNode *a, const FsqValueNode *b)
{
	if (a->node.kind != b->node.kind)
		return false;
	switch (a->node.kind)
	{
		case FSQ_NODE_LIST:
			if (list_length(a->items) != list_length(b->items))
				return false;
			for (int i = 0; i < list_length(a->items); i++)
			{
				CHECK_FOR_INTERRUPTS();
				if (!same_value(list_nth(a->items, i), list_nth(b->items, i)))
					return false;
			}
			return true;
		case FSQ_NODE_OBJECT:
			{
				List	   *x;
				List	   *y;

				if (list_length(a->fields) != list_length(b->fields))
					return false;
				x = list_copy(a->fields);
				y = list_copy(b->fields);
				list_sort(x, compare_fields);
				list_sort(y, compare_fields);
				for (int i = 0; i < list_length(x); i++)
				{
					FsqArgumentNode *p = list_nth(x, i);
					FsqArgumentNode *q = list_nth(y, i);

					CHECK_FOR_INTERRUPTS();
					if (strcmp(p->name->value, q->name->value) != 0 ||
						!same_value((FsqValueNode *) p->value, (FsqValueNode *) q->value))
						return false;
				}
				return true;
			}
		case FSQ_NODE_STRING:
			return a->block == b->block && a->length == b->length &&
				memcmp(a->str, b->str, a->length) == 0;
		default:
			return strcmp(a->str, b->str) == 0;
	}
}

/*
 * Whether two fields are given the same arguments.  If an argument is there
 * twice, which another rule reports, the last one of the second field counts,
 * as in graphql-js.
 */
bool
fsq_same_arguments(const FsqFieldNode *a, const FsqFieldNode *b)
{
	List	   *x = a->arguments;
	List	   *y = b->arguments;
	int			n = list_length(x);
	int			at = 0;

	if (n != list_length(y))
		return false;
	if (n > 1)
	{
		x = list_copy(x);
		y = list_copy(y);
		list_sort(x, compare_fields);
		list_sort(y, compare_fields);
	}
	for (int i = 0; i < n; i++)
	{
		FsqArgumentNode *p = list_nth(x, i);
		FsqArgumentNode *q;

		CHECK_FOR_INTERRUPTS();
		while (at < n - 1 &&
			   strcmp(((FsqArgumentNode *) list_nth(y, at + 1))->name->value, p->name->value) <= 0)
			at++;
		q = list_nth(y, at);
		if (strcmp(p->name->value, q->name->value) != 0 ||
			!same_value((FsqValueNode *) p->value, (FsqValueNode *) q->value))
			return false;
	}
	return true;
}

/* Whether a response key cannot be of both types: SameResponseShape() of the specification. */
bool
fsq_shapes_conflict(FsqType *a, FsqType *b)
{
	while (a->kind == FSQ_LIST || a->kind == FSQ_NON_NULL ||
		   b->kind == FSQ_LIST || b->kind == FSQ_NON_NULL)
	{
		if (a->kind != b->kind)
			return true;
		a = a->of_type;
		b = b->of_type;
	}
	if (fsq_type_is_leaf(a) || fsq_type_is_leaf(b))
		return a != b;
	return false;
}
