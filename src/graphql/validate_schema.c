/*-------------------------------------------------------------------------
 *
 * validate_schema.c
 *	  Type validation: what the specification's section "Type System" demands of
 *	  a schema that its grammar and the rules for single definitions
 *	  (src/graphql/rules) do not see.  Root types are objects, objects have the
 *	  fields of their interfaces, inputs can be given, names are not reserved.
 *
 *	  Messages, their order and their places are those of graphql-js's
 *	  validateSchema.  Only schemas of SDL documents are checked: a hub's own is
 *	  right by the way it is made.  Members have their definition as binding.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "graphql/validate.h"
#include "miscadmin.h"

/* More errors than this are not reported. */
#define MAX_ERRORS 100

typedef struct SchemaChecker
{
	FsqSchema  *schema;
	const FsqDocument *document;
	FsqErrorList *errors;
	int			nerrors;
	FsqNames   *definitions;	/* of List * of FsqTypeSystemNode *: of a type, its extensions after it */
	List	   *schema_nodes;	/* of FsqTypeSystemNode *, likewise */
	FsqNames   *visited;		/* input objects whose cycles were looked for */
} SchemaChecker;

/* ---- errors ---- */

/* Add an error at the places of nodes (of FsqNode *; NULLs are left out). */
static void
report(SchemaChecker *c, List *nodes, const char *message)
{
	int		   *offsets = palloc(sizeof(int) * Max(list_length(nodes), 1));
	int			n = 0;
	ListCell   *lc;

	if (c->nerrors++ > MAX_ERRORS)
		return;
	if (c->nerrors > MAX_ERRORS)
		message = "Too many validation errors, error limit reached. Validation aborted.";
	else
	{
		foreach(lc, nodes)
		{
			if (lfirst(lc) != NULL)
				offsets[n++] = ((FsqNode *) lfirst(lc))->start;
		}
	}
	fsq_error_add(c->errors, FSQ_VALIDATION_ERROR, offsets, n, "%s", message);
}

static void
report_at(SchemaChecker *c, const void *node, const char *message)
{
	report(c, node ? list_make1(unconstify(void *, node)) : NIL, message);
}

/* The definitions of a type, its extensions after it. */
static List *
nodes_of(SchemaChecker *c, const FsqType *type)
{
	return fsq_names_get(c->definitions, type->name);
}

static const FsqTypeSystemNode *
node_of_field(const FsqField *field)
{
	return field->binding;
}

static const FsqTypeSystemNode *
node_of_input(const FsqInputValue *value)
{
	return value->binding;
}

static FsqNode *
type_node(const FsqTypeSystemNode *node)
{
	return node ? node->type : NULL;
}

/* The @deprecated that is applied to a definition, or NULL. */
static FsqDirectiveNode *
deprecated_node(const FsqTypeSystemNode *node)
{
	ListCell   *lc;

	foreach(lc, node ? node->directives : NIL)
	{
		FsqDirectiveNode *directive = lfirst(lc);

		if (strcmp(directive->name->value, "deprecated") == 0)
			return directive;
	}
	return NULL;
}

static void
check_name(SchemaChecker *c, const char *name, const void *node)
{
	if (strncmp(name, "__", 2) == 0)
		report_at(c, node,
				  psprintf("Name \"%s\" must not begin with \"__\", which is reserved by GraphQL introspection.",
						   name));
}

/* A type has at least one of what it is made of. */
static void
check_not_empty(SchemaChecker *c, const FsqType *type, List *members, const char *kind, const char *what)
{
	if (members == NIL)
		report(c, nodes_of(c, type),
			   psprintf("%s %s must define one or more %s.", kind, type->name, what));
}

/* ---- root types ---- */

/* The type reference of an operation in the schema's definition or an extension, or NULL. */
static const FsqNode *
operation_type_node(SchemaChecker *c, FsqOperationKind kind)
{
	ListCell   *lc;

	foreach(lc, c->schema_nodes)
	{
		const FsqTypeSystemNode *node = lfirst(lc);

		for (int i = 0; i < list_length(node->operation_types); i++)
			if (list_nth_int(node->operation_kinds, i) == (int) kind)
				return list_nth(node->operation_types, i);
	}
	return NULL;
}

static void
check_root(SchemaChecker *c, const char *what, FsqOperationKind kind, FsqType *type,
		   const char *provided)
{
	const FsqNode *node;

	if (type == NULL || type->kind == FSQ_OBJECT)
		return;
	node = operation_type_node(c, kind);
	report_at(c, node ? node : (const FsqNode *) type->definition,
			  psprintf("%s root type must be Object type%s, it cannot be %s.", what, provided, type->name));
}

static void
check_roots(SchemaChecker *c)
{
	if (c->schema->query == NULL)
	{
		const FsqTypeSystemNode *node = c->schema_nodes ? linitial(c->schema_nodes) : NULL;

		report_at(c, node && !node->extension ? node : NULL, "Query root type must be provided.");
	}
	check_root(c, "Query", FSQ_QUERY, c->schema->query, "");
	check_root(c, "Mutation", FSQ_MUTATION, c->schema->mutation, " if provided");
	check_root(c, "Subscription", FSQ_SUBSCRIPTION, c->schema->subscription, " if provided");
}

/* ---- arguments and input fields ---- */

/*
 * Check an input value: its name, that its type is one, and that nobody who must
 * give it is told not to.  what is how messages call it, place where the first
 * of them points.
 */
static void
check_input_value(SchemaChecker *c, const FsqInputValue *value, const char *kind,
				  const char *what, const void *place)
{
	const FsqTypeSystemNode *node = node_of_input(value);

	check_name(c, value->name, node);
	if (!fsq_type_is_input(value->type))
		report_at(c, place,
				  psprintf("The type of %s must be Input Type but got: %s.", what,
						   fsq_type_text(value->type)));
	if (fsq_is_required(value) && value->deprecation_reason)
		report(c, list_make2(deprecated_node(node), type_node(node)),
			   psprintf("Required %s %s cannot be deprecated.", kind, what));
}

/* ---- directives ---- */

static void
check_directive(SchemaChecker *c, const FsqTypeSystemNode *node)
{
	FsqDirective *directive = fsq_schema_directive(c->schema, node->name->value);
	ListCell   *lc;

	check_name(c, directive->name, node);
	foreach(lc, directive->arguments)
	{
		FsqInputValue *argument = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		check_input_value(c, argument, "argument",
						  psprintf("@%s(%s:)", directive->name, argument->name),
						  node_of_input(argument));
	}
}

/* ---- objects and interfaces ---- */

static void
check_fields(SchemaChecker *c, FsqType *type)
{
	ListCell   *lc;
	ListCell   *lc2;

	check_not_empty(c, type, type->fields, "Type", "fields");
	foreach(lc, type->fields)
	{
		FsqField   *field = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		check_name(c, field->name, field->binding);
		if (!fsq_type_is_output(field->type))
			report_at(c, type_node(node_of_field(field)),
					  psprintf("The type of %s.%s must be Output Type but got: %s.", type->name,
							   field->name, fsq_type_text(field->type)));
		foreach(lc2, field->arguments)
		{
			FsqInputValue *argument = lfirst(lc2);

			CHECK_FOR_INTERRUPTS();
			check_input_value(c, argument, "argument",
							  psprintf("%s.%s(%s:)", type->name, field->name, argument->name),
							  type_node(node_of_input(argument)));
		}
	}
}

/* Where a type says that it implements an interface; of a union, that it has a member. */
static List *
reference_nodes(SchemaChecker *c, const FsqType *type, const char *name)
{
	List	   *found = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, nodes_of(c, type))
	{
		const FsqTypeSystemNode *node = lfirst(lc);

		foreach(lc2, type->kind == FSQ_UNION ? node->types : node->interfaces)
			if (strcmp(((FsqTypeNode *) lfirst(lc2))->name->value, name) == 0)
				found = lappend(found, lfirst(lc2));
	}
	return found;
}

/* The arguments of a field that an interface has, too. */
static void
check_implemented_arguments(SchemaChecker *c, FsqType *type, FsqType *interface,
							FsqField *field, FsqField *wanted)
{
	ListCell   *lc;

	foreach(lc, wanted->arguments)
	{
		FsqInputValue *theirs = lfirst(lc);
		FsqInputValue *ours = fsq_field_argument(field, theirs->name);
		char	   *name = psprintf("%s.%s(%s:)", interface->name, wanted->name, theirs->name);

		CHECK_FOR_INTERRUPTS();
		if (ours == NULL)
			report(c, list_make2(theirs->binding, field->binding),
				   psprintf("Interface field argument %s expected but %s.%s does not provide it.",
							name, type->name, field->name));
		else if (ours->type != theirs->type)
			report(c, list_make2(type_node(node_of_input(theirs)), type_node(node_of_input(ours))),
				   psprintf("Interface field argument %s expects type %s but %s.%s(%s:) is type %s.",
							name, fsq_type_text(theirs->type), type->name, field->name,
							theirs->name, fsq_type_text(ours->type)));
	}
	foreach(lc, field->arguments)
	{
		FsqInputValue *ours = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (fsq_is_required(ours) && fsq_field_argument(wanted, ours->name) == NULL)
			report(c, list_make2(ours->binding, wanted->binding),
				   psprintf("Object field %s.%s includes required argument %s that is missing from the Interface field %s.%s.",
							type->name, field->name, ours->name, interface->name, wanted->name));
	}
}

/* A type has the fields of an interface, of their types or narrower ones. */
static void
check_implements(SchemaChecker *c, FsqType *type, FsqType *interface)
{
	ListCell   *lc;

	foreach(lc, interface->fields)
	{
		FsqField   *wanted = lfirst(lc);
		FsqField   *field = fsq_type_field(type, wanted->name);

		CHECK_FOR_INTERRUPTS();
		if (field == NULL)
		{
			report(c, list_concat(list_make1(wanted->binding), nodes_of(c, type)),
				   psprintf("Interface field %s.%s expected but %s does not provide it.",
							interface->name, wanted->name, type->name));
			continue;
		}
		if (!fsq_is_subtype(field->type, wanted->type))
			report(c, list_make2(type_node(node_of_field(wanted)), type_node(node_of_field(field))),
				   psprintf("Interface field %s.%s expects type %s but %s.%s is type %s.",
							interface->name, wanted->name, fsq_type_text(wanted->type),
							type->name, field->name, fsq_type_text(field->type)));
		check_implemented_arguments(c, type, interface, field, wanted);
	}
}

/* A type implements what its interface does. */
static void
check_ancestors(SchemaChecker *c, FsqType *type, FsqType *interface)
{
	ListCell   *lc;

	foreach(lc, interface->interfaces)
	{
		FsqType    *ancestor = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (list_member_ptr(type->interfaces, ancestor))
			continue;
		report(c, list_concat(reference_nodes(c, interface, ancestor->name),
							  reference_nodes(c, type, interface->name)),
			   ancestor == type ?
			   psprintf("Type %s cannot implement %s because it would create a circular reference.",
						type->name, interface->name) :
			   psprintf("Type %s must implement %s because it is implemented by %s.",
						type->name, ancestor->name, interface->name));
	}
}

static void
check_interfaces(SchemaChecker *c, FsqType *type)
{
	FsqNames   *seen = fsq_names_make(CurrentMemoryContext, list_length(type->interfaces));
	ListCell   *lc;

	foreach(lc, type->interfaces)
	{
		FsqType    *interface = lfirst(lc);
		const char *message = NULL;

		CHECK_FOR_INTERRUPTS();
		if (interface->kind != FSQ_INTERFACE)
			message = psprintf("Type %s must only implement Interface types, it cannot implement %s.",
							   type->name, interface->name);
		else if (type == interface)
			message = psprintf("Type %s cannot implement itself because it would create a circular reference.",
							   type->name);
		else if (fsq_names_add(seen, interface->name, interface) != NULL)
			message = psprintf("Type %s can only implement %s once.", type->name, interface->name);
		if (message)
		{
			report(c, reference_nodes(c, type, interface->name), message);
			continue;
		}
		check_ancestors(c, type, interface);
		check_implements(c, type, interface);
	}
}

/* ---- unions and enums ---- */

static void
check_union(SchemaChecker *c, FsqType *type)
{
	FsqNames   *seen = fsq_names_make(CurrentMemoryContext, list_length(type->possible_types));
	ListCell   *lc;

	check_not_empty(c, type, type->possible_types, "Union type", "member types");
	foreach(lc, type->possible_types)
	{
		FsqType    *member = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (fsq_names_add(seen, member->name, member) != NULL)
			report(c, reference_nodes(c, type, member->name),
				   psprintf("Union type %s can only include type %s once.", type->name, member->name));
		else if (member->kind != FSQ_OBJECT)
			report(c, reference_nodes(c, type, member->name),
				   psprintf("Union type %s can only include Object types, it cannot include %s.",
							type->name, member->name));
	}
}

static void
check_enum(SchemaChecker *c, FsqType *type)
{
	ListCell   *lc;

	check_not_empty(c, type, type->enum_values, "Enum type", "values");
	foreach(lc, type->enum_values)
	{
		FsqEnumValue *value = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		check_name(c, value->name, value->binding);
	}
}

/* ---- input objects ---- */

static void
check_input_object(SchemaChecker *c, FsqType *type)
{
	ListCell   *lc;

	check_not_empty(c, type, type->input_fields, "Input Object type", "fields");
	foreach(lc, type->input_fields)
	{
		FsqInputValue *field = lfirst(lc);
		const FsqTypeSystemNode *node = node_of_input(field);

		CHECK_FOR_INTERRUPTS();
		check_input_value(c, field, "input field", psprintf("%s.%s", type->name, field->name),
						  type_node(node));
		if (type->one_of && field->type->kind == FSQ_NON_NULL)
			report_at(c, type_node(node),
					  psprintf("OneOf input field %s.%s must be nullable.", type->name, field->name));
		if (type->one_of && field->default_value)
			report_at(c, node,
					  psprintf("OneOf input field %s.%s cannot have a default value.", type->name,
							   field->name));
	}
}

/* An input object on the path of required fields that is being followed. */
typedef struct CycleStep
{
	FsqType    *type;
	int			next;			/* field to look at; the one before it leads on */
} CycleStep;

/* Report the cycle that the last field of a path closes at one of its steps. */
static void
report_cycle(SchemaChecker *c, const CycleStep *path, int from, int to)
{
	StringInfoData names;
	List	   *nodes = NIL;

	if (c->nerrors > MAX_ERRORS)
		return;
	initStringInfo(&names);
	for (int i = from; i <= to; i++)
	{
		FsqInputValue *field = list_nth(path[i].type->input_fields, path[i].next - 1);

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&names, "%s%s", i > from ? "." : "", field->name);
		nodes = lappend(nodes, field->binding);
	}
	report(c, nodes,
		   psprintf("Cannot reference Input Object \"%s\" within itself through a series of non-null fields: \"%s\".",
					path[from].type->name, names.data));
}

/*
 * Follow fields that must be given and are input objects, each of these once: a
 * way back to where it came from has no value that ends.
 */
static void
check_cycles(SchemaChecker *c, FsqType *type)
{
	FsqNames   *positions = fsq_names_make(CurrentMemoryContext, 8);	/* on the path, plus one; 0: not */
	int			capacity = 8;
	CycleStep  *path = palloc(sizeof(CycleStep) * capacity);
	int			n = 0;
	bool		found;

	if (fsq_names_add(c->visited, type->name, type) != NULL)
		return;
	path[n++] = (CycleStep) {type, 0};
	fsq_names_insert(positions, type->name, &found)->value = (void *) (intptr_t) n;
	while (n > 0)
	{
		CycleStep  *step = &path[n - 1];
		FsqInputValue *field;
		FsqType    *inner;
		intptr_t	position;

		CHECK_FOR_INTERRUPTS();
		if (step->next == list_length(step->type->input_fields))
		{
			fsq_names_insert(positions, step->type->name, &found)->value = NULL;
			n--;
			continue;
		}
		field = list_nth(step->type->input_fields, step->next++);
		if (field->type->kind != FSQ_NON_NULL || field->type->of_type->kind != FSQ_INPUT_OBJECT)
			continue;
		inner = field->type->of_type;
		position = (intptr_t) fsq_names_get(positions, inner->name);
		if (position > 0)
			report_cycle(c, path, position - 1, n - 1);
		else if (fsq_names_add(c->visited, inner->name, inner) == NULL)
		{
			if (n == capacity)
				path = repalloc(path, sizeof(CycleStep) * (capacity *= 2));
			path[n++] = (CycleStep) {inner, 0};
			fsq_names_insert(positions, inner->name, &found)->value = (void *) (intptr_t) n;
		}
	}
}

/* ---- all of it ---- */

static void
check_type(SchemaChecker *c, FsqType *type)
{
	check_name(c, type->name, type->definition);
	switch (type->kind)
	{
		case FSQ_OBJECT:
		case FSQ_INTERFACE:
			check_fields(c, type);
			check_interfaces(c, type);
			break;
		case FSQ_UNION:
			check_union(c, type);
			break;
		case FSQ_ENUM:
			check_enum(c, type);
			break;
		case FSQ_INPUT_OBJECT:
			check_input_object(c, type);
			check_cycles(c, type);
			break;
		default:
			break;
	}
}

/* Note the definitions of each type, and of the schema, before their extensions. */
static void
index_nodes(SchemaChecker *c)
{
	ListCell   *lc;

	c->definitions = fsq_names_make(CurrentMemoryContext, list_length(c->document->definitions));
	for (int extension = 0; extension <= 1; extension++)
	{
		foreach(lc, c->document->definitions)
		{
			FsqTypeSystemNode *node = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			if (node->node.kind < FSQ_NODE_SCHEMA_DEFINITION || node->extension != extension)
				continue;
			if (node->node.kind == FSQ_NODE_SCHEMA_DEFINITION)
				c->schema_nodes = lappend(c->schema_nodes, node);
			else if (node->node.kind != FSQ_NODE_DIRECTIVE_DEFINITION)
			{
				bool		found;
				FsqNameEntry *entry = fsq_names_insert(c->definitions, node->name->value, &found);

				entry->value = lappend(found ? entry->value : NIL, node);
			}
		}
	}
}

bool
fsq_validate_schema(FsqSchema *schema, FsqErrorList *errors)
{
	SchemaChecker c = {.schema = schema, .document = schema->document, .errors = errors};
	ListCell   *lc;

	index_nodes(&c);
	c.visited = fsq_names_make(CurrentMemoryContext, 8);
	check_roots(&c);
	foreach(lc, c.document->definitions)
	{
		if (((FsqNode *) lfirst(lc))->kind == FSQ_NODE_DIRECTIVE_DEFINITION)
			check_directive(&c, lfirst(lc));
	}
	foreach(lc, schema->all_types(schema))
	{
		FsqType    *type = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (type->definition)
			check_type(&c, type);
	}
	return c.nerrors == 0;
}
