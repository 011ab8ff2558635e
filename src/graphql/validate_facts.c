/*-------------------------------------------------------------------------
 *
 * validate_facts.c
 *	  What several validation rules want to know of a document and its types:
 *	  which fragments a definition spreads and reaches, which variables it
 *	  uses, how types relate.  Found once for each definition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "miscadmin.h"
#include "utils/hsearch.h"

/* What has been found of a definition. */
typedef struct Facts
{
	const FsqNode *definition;	/* the key */
	bool		has_spreads;
	bool		has_uses;
	List	   *spreads;
	List	   *uses;
} Facts;

/* The facts of a definition, to be filled in, in the validator's context. */
static Facts *
get_facts(FsqValidator *v, const FsqNode *definition)
{
	Facts	   *facts;
	bool		found;

	if (v->facts == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(FsqNode *);
		ctl.entrysize = sizeof(Facts);
		ctl.hcxt = v->context;
		v->facts = hash_create("facts of definitions", 64, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	facts = hash_search(v->facts, &definition, HASH_ENTER, &found);
	if (!found)
	{
		memset(facts, 0, sizeof(Facts));
		facts->definition = definition;
	}
	return facts;
}

/* A fragment of the document, or NULL. */
const FsqFragmentNode *
fsq_fragment(FsqValidator *v, const char *name)
{
	return fsq_names_get(v->fragments, name);
}

/*
 * The fragment spreads below the selection set of an operation or fragment.
 * Nested sets are taken last first, as graphql-js does.
 */
List *
fsq_fragment_spreads(FsqValidator *v, const FsqNode *definition)
{
	Facts	   *facts = get_facts(v, definition);
	MemoryContext caller;
	List	   *sets;
	List	   *spreads = NIL;

	if (facts->has_spreads)
		return facts->spreads;

	caller = MemoryContextSwitchTo(v->context);
	sets = list_make1(definition->kind == FSQ_NODE_OPERATION ?
					  ((const FsqOperationNode *) definition)->selections :
					  ((const FsqFragmentNode *) definition)->selections);
	while (sets != NIL)
	{
		List	   *set = llast(sets);
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		sets = list_delete_last(sets);
		foreach(lc, set)
		{
			FsqNode    *node = lfirst(lc);

			if (node->kind == FSQ_NODE_FRAGMENT_SPREAD)
				spreads = lappend(spreads, node);
			else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
				sets = lappend(sets, ((FsqInlineFragmentNode *) node)->selections);
			else if (((FsqFieldNode *) node)->selections != NIL)
				sets = lappend(sets, ((FsqFieldNode *) node)->selections);
		}
	}
	MemoryContextSwitchTo(caller);
	facts->has_spreads = true;
	facts->spreads = spreads;
	return spreads;
}

/*
 * The fragments that definitions reach through spreads, of FsqFragmentNode *,
 * each once; nested spreads are taken last first.  seen collects the names.
 */
static List *
reach_fragments(FsqValidator *v, List *definitions, FsqNames *seen)
{
	List	   *reached = NIL;

	while (definitions != NIL)
	{
		const FsqNode *definition = llast(definitions);
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		definitions = list_delete_last(definitions);
		foreach(lc, fsq_fragment_spreads(v, definition))
		{
			FsqFragmentSpreadNode *spread = lfirst(lc);
			const FsqFragmentNode *fragment;

			if (fsq_names_add(seen, spread->name->value, spread) != NULL)
				continue;
			fragment = fsq_fragment(v, spread->name->value);
			if (fragment != NULL)
			{
				reached = lappend(reached, unconstify(FsqFragmentNode *, fragment));
				definitions = lappend(definitions, unconstify(FsqFragmentNode *, fragment));
			}
		}
	}
	return reached;
}

/* Whether an operation reaches a fragment of this name. */
bool
fsq_fragment_is_used(FsqValidator *v, const char *name)
{
	if (v->used_fragments == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(v->context);
		List	   *operations = NIL;
		ListCell   *lc;

		v->used_fragments = fsq_names_make(v->context, 8);
		foreach(lc, v->document->definitions)
		{
			if (((FsqNode *) lfirst(lc))->kind == FSQ_NODE_OPERATION)
				operations = lappend(operations, lfirst(lc));
		}
		list_free(reach_fragments(v, operations, v->used_fragments));
		MemoryContextSwitchTo(caller);
	}
	return fsq_names_get(v->used_fragments, name) != NULL;
}

/* Uses of variables of one definition alone. */
static List *
own_uses(FsqValidator *v, const FsqNode *definition)
{
	Facts	   *facts = get_facts(v, definition);

	if (!facts->has_uses)
	{
		facts->uses = fsq_collect_uses(v, definition);
		facts->has_uses = true;
	}
	return facts->uses;
}

/*
 * Uses of variables of an operation and of the fragments that it reaches; valid
 * until another operation's are asked for.
 */
List *
fsq_variable_uses(FsqValidator *v, const FsqOperationNode *operation)
{
	FsqNames   *seen;
	List	   *fragments;
	ListCell   *lc;

	if (v->uses_of == operation)
		return v->operation_uses;
	list_free(v->operation_uses);
	v->uses_of = operation;
	v->operation_uses = list_copy(own_uses(v, &operation->node));
	seen = fsq_names_make(CurrentMemoryContext, 8);
	fragments = reach_fragments(v, list_make1(unconstify(FsqOperationNode *, operation)), seen);
	foreach(lc, fragments)
	{
		CHECK_FOR_INTERRUPTS();
		v->operation_uses = list_concat(v->operation_uses, own_uses(v, lfirst(lc)));
	}
	list_free(fragments);
	fsq_names_destroy(seen);
	return v->operation_uses;
}

/* Whether an object type is among those that a composite type can be. */
static bool
is_possible(FsqType *type, FsqType *object)
{
	if (type->kind == FSQ_INTERFACE)
		return list_member_ptr(object->interfaces, type);
	return list_member_ptr(fsq_type_possible_types(type), object);
}

/* Whether two composite types have an object type in common. */
bool
fsq_types_overlap(FsqType *a, FsqType *b)
{
	ListCell   *lc;

	if (a == b)
		return true;
	if (a->kind == FSQ_OBJECT && b->kind == FSQ_OBJECT)
		return false;
	if (a->kind == FSQ_OBJECT)
		return is_possible(b, a);
	if (b->kind == FSQ_OBJECT)
		return is_possible(a, b);
	foreach(lc, fsq_type_possible_types(a))
	{
		if (is_possible(b, lfirst(lc)))
			return true;
	}
	return false;
}

/* Whether every value of one type is a value of another. */
bool
fsq_is_subtype(FsqType *type, FsqType *super)
{
	if (type == super)
		return true;
	if (super->kind == FSQ_NON_NULL)
		return type->kind == FSQ_NON_NULL && fsq_is_subtype(type->of_type, super->of_type);
	if (type->kind == FSQ_NON_NULL)
		return fsq_is_subtype(type->of_type, super);
	if (super->kind == FSQ_LIST)
		return type->kind == FSQ_LIST && fsq_is_subtype(type->of_type, super->of_type);
	if (type->kind == FSQ_LIST)
		return false;
	if (super->kind == FSQ_INTERFACE && (type->kind == FSQ_OBJECT || type->kind == FSQ_INTERFACE))
		return list_member_ptr(type->interfaces, super);
	return super->kind == FSQ_UNION && (type->kind == FSQ_OBJECT || type->kind == FSQ_INTERFACE) &&
		is_possible(super, type);
}

/* Whether an argument or input field must be given. */
bool
fsq_is_required(const FsqInputValue *value)
{
	return value->type->kind == FSQ_NON_NULL && value->default_value == NULL;
}

static const char *const standard_types[] = {"String", "Int", "Float", "Boolean", "ID"};

/* Whether a name is that of a scalar which every schema may use. */
bool
fsq_is_standard_type(const char *name)
{
	for (int i = 0; i < lengthof(standard_types); i++)
	{
		if (strcmp(standard_types[i], name) == 0)
			return true;
	}
	return false;
}

/* Append a name to a list of different names. */
static List *
add_name(List *names, FsqNames *known, const char *name)
{
	if (fsq_names_add(known, name, unconstify(char *, name)) != NULL)
		return names;
	return lappend(names, unconstify(char *, name));
}

/*
 * The names of all types of the schema, introspection included, and of those
 * that the document defines; on demand those that every schema may use.
 */
List *
fsq_type_names(FsqValidator *v, bool standard)
{
	FsqNames   *known = fsq_names_make(CurrentMemoryContext, 64);
	List	   *names = NIL;
	ListCell   *lc;

	if (!v->empty)
	{
		foreach(lc, v->schema->all_types(v->schema))
			names = add_name(names, known, ((FsqType *) lfirst(lc))->name);
	}
	if (standard || !v->empty)
	{
		foreach(lc, fsq_introspection_types(v->schema))
			names = add_name(names, known, ((FsqType *) lfirst(lc))->name);
	}
	foreach(lc, v->document->definitions)
	{
		FsqTypeSystemNode *node = lfirst(lc);

		if (node->node.kind >= FSQ_NODE_SCALAR_DEFINITION &&
			node->node.kind <= FSQ_NODE_INPUT_OBJECT_DEFINITION && !node->extension)
			names = add_name(names, known, node->name->value);
	}
	for (int i = 0; standard && i < lengthof(standard_types); i++)
		names = add_name(names, known, standard_types[i]);
	return names;
}

/* The type that a reference names; one of its own where nothing has that name. */
static FsqType *
referred_type(FsqValidator *v, const FsqNode *node)
{
	const FsqTypeNode *ref = (const FsqTypeNode *) node;
	FsqType    *type = NULL;

	if (node->kind == FSQ_NODE_NAMED_TYPE)
		type = fsq_schema_type(v->schema, ref->name->value);
	if (type != NULL)
		return type;
	type = palloc0(sizeof(FsqType));
	type->schema = v->schema;
	type->is_complete = true;
	type->kind = node->kind == FSQ_NODE_LIST_TYPE ? FSQ_LIST :
		node->kind == FSQ_NODE_NON_NULL_TYPE ? FSQ_NON_NULL : FSQ_SCALAR;
	if (node->kind == FSQ_NODE_NAMED_TYPE)
		type->name = ref->name->value;
	else
		type->of_type = referred_type(v, ref->inner);
	return type;
}

/* A directive as the document defines it. */
static FsqDirective *
defined_directive(FsqValidator *v, const FsqTypeSystemNode *node)
{
	FsqDirective *directive = palloc0(sizeof(FsqDirective));
	ListCell   *lc;

	directive->name = node->name->value;
	directive->repeatable = node->repeatable;
	foreach(lc, node->arguments)
	{
		FsqTypeSystemNode *argument = lfirst(lc);
		FsqInputValue *value = palloc0(sizeof(FsqInputValue));

		value->name = argument->name->value;
		value->type = referred_type(v, argument->type);
		value->default_value = argument->default_value;
		directive->arguments = lappend(directive->arguments, value);
	}
	foreach(lc, node->locations)
		directive->locations = lappend(directive->locations, ((FsqName *) lfirst(lc))->value);
	return directive;
}

/* A directive that the document defines, or the schema has; NULL if there is none. */
FsqDirective *
fsq_rule_directive(FsqValidator *v, const char *name)
{
	ListCell   *lc;

	if (v->directives == NULL)
	{
		v->directives = fsq_names_make(v->context, 8);
		foreach(lc, v->schema->directives)
			fsq_names_add(v->directives, ((FsqDirective *) lfirst(lc))->name, lfirst(lc));
		foreach(lc, v->document->definitions)
		{
			FsqTypeSystemNode *node = lfirst(lc);
			bool		found;

			CHECK_FOR_INTERRUPTS();
			/* of several with a name, the last */
			if (node->node.kind == FSQ_NODE_DIRECTIVE_DEFINITION)
				fsq_names_insert(v->directives, node->name->value, &found)->value =
					defined_directive(v, node);
		}
	}
	return fsq_names_get(v->directives, name);
}

/* The names that belong to a name, made when first asked for. */
FsqNames *
fsq_rule_names_of(FsqNames **all, const char *name)
{
	FsqNames   *names;

	if (*all == NULL)
		*all = fsq_names_make(CurrentMemoryContext, 16);
	names = fsq_names_get(*all, name);
	if (names == NULL)
	{
		names = fsq_names_make(CurrentMemoryContext, 8);
		fsq_names_add(*all, name, names);
	}
	return names;
}

/*
 * Report names that several nodes have, at all of them: one error for each
 * name, in the order of their first places.
 */
void
fsq_report_duplicates(FsqValidator *v, List *nodes, Size name_offset,
					  const char *before, const char *after)
{
	FsqNames   *groups;			/* of List of FsqName * */
	List	   *order = NIL;	/* of FsqName *: the first of each group */
	ListCell   *lc;

	if (list_length(nodes) < 2)
		return;
	groups = fsq_names_make(CurrentMemoryContext, list_length(nodes));
	foreach(lc, nodes)
	{
		FsqName    *name = *(FsqName **) ((char *) lfirst(lc) + name_offset);
		bool		found;
		FsqNameEntry *entry = fsq_names_insert(groups, name->value, &found);

		CHECK_FOR_INTERRUPTS();
		if (!found)
			order = lappend(order, name);
		entry->value = found ? lappend(entry->value, name) : list_make1(name);
	}
	if (list_length(order) < list_length(nodes))
	{
		foreach(lc, order)
		{
			FsqName    *name = lfirst(lc);
			List	   *group = fsq_names_get(groups, name->value);
			int		   *offsets;

			if (list_length(group) < 2)
				continue;
			offsets = palloc(sizeof(int) * list_length(group));
			for (int i = 0; i < list_length(group); i++)
				offsets[i] = ((FsqName *) list_nth(group, i))->start;
			fsq_report(v, offsets, list_length(group),
					   psprintf("%s%s%s", before, name->value, after));
		}
	}
	list_free(order);
	fsq_names_destroy(groups);
}
