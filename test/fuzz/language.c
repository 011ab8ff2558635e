/*-------------------------------------------------------------------------
 *
 * language.c
 *	  A libFuzzer target: whatever bytes there are, the language says what is
 *	  wrong with them, and touches nothing that is not its own.
 *
 *	  The input has up to three parts, with a NUL between them: a document, the
 *	  JSON of its variables, and the SDL of the schema (a fixed one if there is
 *	  none).  What can be read is printed and read again, and must then print
 *	  the same.  The whole is also taken for a cursor or the id of a row (token.c), for an
 *	  identifier (names.c) and for a number (decimal.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <jansson.h>

#include "graphql/coerce.h"
#include "graphql/introspection.h"
#include "graphql/validate.h"
#include "shim.h"

/* Every kind of type, and what rules look at. */
static const char default_sdl[] =
"directive @log(level: Int = 1, tags: [String!]) repeatable on FIELD | QUERY | FRAGMENT_SPREAD\n"
"scalar Date @specifiedBy(url: \"https://date.example\")\n"
"enum Color { RED GREEN @deprecated(reason: \"no\") }\n"
"input Where { eq: String, in: [ID!], and: [Where!], not: Where, color: Color = RED, n: Int!, d: Date }\n"
"input Order @oneOf { id: Color, name: Color }\n"
"interface Node { id: ID! }\n"
"type User implements Node { id: ID!, name(upper: Boolean = false): String, friends(where: Where, order: [Order!], first: Int): [User!]!, pet: Pet, born: Date }\n"
"type Dog implements Node { id: ID!, name: Int, owner: User }\n"
"union Pet = Dog | User\n"
"type Query { user(id: ID!): User, users(where: Where, order: [Order!]): [User!], node(id: ID!): Node, pets: [Pet] }\n"
"type Mutation { add(where: Where!): User }\n"
"type Subscription { user(id: ID): User, dog: Dog }\n";

/* The next part of the input; empty after the last. */
static const char *
next_part(const char **at, const char *end, int *length)
{
	const char *part = *at;
	const char *stop = memchr(part, '\0', end - part);

	if (stop == NULL)
		stop = end;
	*length = stop - part;
	*at = stop < end ? stop + 1 : end;
	return part;
}

/* What was read prints as a text that reads as the same. */
static void
check_print(FsqDocument *document)
{
	char	   *text = fsq_node_text(&document->node);
	FsqErrorList errors;
	FsqDocument *again;

	fsq_errors_init(&errors, text, strlen(text));
	again = fsq_parse(text, strlen(text), &errors);
	if (again == NULL || strcmp(text, fsq_node_text(&again->node)) != 0)
	{
		fprintf(stderr, "printed:\n%s\n", text);
		abort();
	}
}

/* Errors are written without harm. */
static void
write_errors(const FsqErrorList *errors)
{
	StringInfoData out;

	initStringInfo(&out);
	fsq_errors_write(&out, errors);
}

/* Coerce the arguments of fields, and introspect, as a request does. */
static void
run_fields(FsqCollector *collector, FsqType *type, List *groups)
{
	ListCell   *lc;

	foreach(lc, groups)
	{
		FsqFieldGroup *group = lfirst(lc);
		FsqFieldNode *node = linitial(group->nodes);
		FsqField   *field = fsq_schema_field(collector->schema, type, node->name->value);
		FsqType    *named = fsq_type_named(field->type);
		FsqInput  **values = fsq_coerce_arguments(collector->schema, field->arguments, node->arguments,
												  (FsqNode *) node, collector->variables, collector->errors);
		StringInfoData out;

		initStringInfo(&out);
		for (int i = 0; values && i < list_length(field->arguments); i++)
			if (values[i])
				fsq_input_write_json(&out, values[i]);
		if (field->parent == NULL && named->kind == FSQ_OBJECT && !collector->conditional)
			fsq_introspection_write(&out, collector, field, group);
		else if (named->kind == FSQ_OBJECT && !collector->too_complex)
			run_fields(collector, named, fsq_collect_subfields(collector, named, group));
	}
}

/* Coerce what a valid document's first operation is given. */
static void
run_operation(FsqSchema *schema, FsqDocument *document, json_t *json, FsqErrorList *errors)
{
	ListCell   *lc;

	foreach(lc, document->definitions)
	{
		FsqOperationNode *operation = lfirst(lc);
		FsqType    *roots[] = {schema->query, schema->mutation, schema->subscription};
		FsqVariables *variables;
		FsqCollector collector;
		FsqType    *root;

		if (operation->node.kind != FSQ_NODE_OPERATION)
			continue;
		root = roots[operation->operation];
		variables = fsq_coerce_variables(schema, operation, json_is_object(json) ? shim_jsonb(json) : NULL, errors);
		if (variables == NULL || root == NULL || root->kind != FSQ_OBJECT)
			break;
		fsq_collector_init(&collector, schema, document, variables, errors);
		run_fields(&collector, root, fsq_collect_fields(&collector, root, operation->selections));
		/* for all values of the conditions, as a plan is made */
		collector.conditional = true;
		run_fields(&collector, root, fsq_collect_fields(&collector, root, operation->selections));
		break;
	}
	write_errors(errors);
}

/* A schema, and whether it is a valid one; of one that was given, also what it prints. */
static FsqSchema *
make_schema(const char *sdl, int length, bool *valid)
{
	FsqErrorList errors;
	FsqSchema  *schema;
	StringInfoData out;

	if (length == 0)
	{
		sdl = default_sdl;
		length = sizeof(default_sdl) - 1;
	}
	fsq_errors_init(&errors, sdl, length);
	schema = fsq_schema_from_sdl(sdl, length, &errors);
	*valid = schema && fsq_validate_schema(schema, &errors);
	write_errors(&errors);
	if (schema && sdl != default_sdl)
	{
		initStringInfo(&out);
		fsq_schema_print(&out, schema);
	}
	return schema;
}

extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	/* exactly as long as the input, so that nothing after it can be read unseen */
	char	   *copy = malloc(size + 1);
	const char *at = copy;
	int			length;
	int			json_length;
	int			sdl_length;
	const char *query;
	const char *variables;
	const char *sdl;
	FsqErrorList errors;
	FsqDocument *document;
	FsqSchema  *schema;
	bool		valid;

	memcpy(copy, data, size);
	query = next_part(&at, copy + size, &length);
	variables = next_part(&at, copy + size, &json_length);
	sdl = next_part(&at, copy + size, &sdl_length);

	fsq_errors_init(&errors, query, length);
	document = fsq_parse(query, length, &errors);
	if (document)
		check_print(document);
	schema = make_schema(sdl, sdl_length, &valid);
	if (document && valid && fsq_validate(schema, document, &errors))
	{
		json_t	   *json = json_loadb(variables, json_length, 0, NULL);

		run_operation(schema, document, json, &errors);
		json_decref(json);
	}
	if (document)
		(void) fsq_validate_definitions(schema, document, NULL, &errors);
	write_errors(&errors);
	fuzz_token(copy, (int) size);
	fuzz_names(copy, (int) size);
	fuzz_decimal(copy, (int) size);
	shim_reset();
	free(copy);
	return 0;
}
