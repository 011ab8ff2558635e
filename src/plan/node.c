/*-------------------------------------------------------------------------
 *
 * node.c
 *	  node(nodeId:): which table the row is of is in the id, so that the field
 *	  becomes a look-up by the primary key of that table.
 *
 *	  The type is part of the shape of a request; the values are parameters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/build.h"
#include "plan/token.h"
#include "utils/memutils.h"

void
fsq_node_id_output(FsqBuilder *builder, FsqParts *p, FsqRelation *relation, FsqOutput *output)
{
	MemoryContext context = builder->plan->context;
	const FsqKey *key = fsq_relation_node_key(relation);
	FsqTokenOutput *token = MemoryContextAllocZero(context, sizeof(FsqTokenOutput));

	token->kind = FSQ_TOKEN_NODE;
	token->subject = MemoryContextStrdup(context, relation->type_name);
	token->subject_length = strlen(token->subject);
	token->nvalues = key->ncolumns;
	token->results = MemoryContextAlloc(context, sizeof(int) * key->ncolumns);
	for (int i = 0; i < key->ncolumns; i++)
		token->results[i] = fsq_result_column(builder, p->fetch, key->columns[i]);
	output->kind = FSQ_OUTPUT_TOKEN;
	output->token = token;
}

/* The relation that an id names a row of; NULL: none that is to be seen. */
static FsqRelation *
token_relation(FsqBuilder *builder, const FsqToken *token)
{
	char	   *name = pnstrdup(token->subject, token->subject_length);
	FsqType    *type = fsq_schema_type(builder->schema, name);
	FsqRelation *relation;
	const FsqKey *key;

	/* of our types, those of rows alone are nodes */
	if (type == NULL || strlen(name) != token->subject_length || type->kind != FSQ_OBJECT || type->interfaces == NIL)
		return NULL;
	relation = type->binding;
	key = fsq_relation_node_key(relation);
	if (key == NULL || key->ncolumns != token->nvalues)
		return NULL;
	for (int i = 0; i < token->nvalues; i++)
		if (token->values[i].text == NULL)
			return NULL;
	return relation;
}

FsqFetch *
fsq_node_plan(FsqBuilder *builder, const FsqParts *p, FsqField *field, FsqFieldGroup *group)
{
	FsqFieldNode *node = linitial(group->nodes);
	FsqArguments arguments;
	FsqFieldBinding binding = {.kind = FSQ_FIELD_ROOT_KEY};
	FsqField	row = *field;
	List	   *children = NIL;
	FsqParts	parts = {.children = &children};
	FsqToken	token;

	if (!fsq_arguments_read(builder, field, node, &arguments))
		return NULL;
	if (arguments.node_id->kind != FSQ_VALUE_STRING ||
		!fsq_token_read(FSQ_TOKEN_NODE, arguments.node_id->str, arguments.node_id->length, &token))
	{
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "Invalid value for \"nodeId\": it is not the id of a node, or not a whole one");
		return NULL;
	}
	binding.relation = token_relation(builder, &token);
	if (binding.relation == NULL)
		return NULL;
	row.binding = &binding;
	arguments.key = fsq_relation_node_key(binding.relation);
	parts.type = fsq_schema_type(builder->schema, binding.relation->type_name);
	parts.fetch = fsq_fetch_make(builder, p, &row, group);
	fsq_parts_collect(builder, fsq_collect_subfields(&builder->collector, parts.type, group), &parts);
	fsq_fetch_set_object(builder, parts.fetch, &parts);
	fsq_fetch_finish(builder, parts.fetch, &arguments);
	return parts.fetch;
}
