/*-------------------------------------------------------------------------
 *
 * affinity.c
 *	  What @source(affinity:) of a field says about where its rows are read.
 *
 *	  It holds for the statement of that field, not for those below it.  Values
 *	  of variables are part of the plan's shape, as SourceAffinity is structural.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/build.h"

static FsqDirectiveNode *
source_directive(const FsqFieldNode *node)
{
	ListCell   *lc;

	foreach(lc, node->directives)
		if (strcmp(((FsqDirectiveNode *) lfirst(lc))->name->value, "source") == 0)
			return lfirst(lc);
	return NULL;
}

static FsqDirective *
definition(FsqSchema *schema)
{
	ListCell   *lc;

	foreach(lc, schema->directives)
		if (strcmp(((FsqDirective *) lfirst(lc))->name, "source") == 0)
			return lfirst(lc);
	return NULL;
}

/* What a directive says; adds an error if that is not just where to read. */
static FsqSourceAffinity
read_directive(FsqBuilder *builder, FsqDirectiveNode *node)
{
	FsqDirective *directive = definition(builder->schema);
	FsqInput   *affinity = NULL;
	FsqInput  **values;
	bool		given = false;
	ListCell   *lc;

	foreach(lc, node->arguments)
	{
		const FsqArgumentNode *argument = lfirst(lc);

		if (strcmp(argument->name->value, "affinity") == 0)
			given = true;
		else
			fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, argument->node.start,
						 "Argument \"%s\" of directive \"@source\" is the schema's; a request can say \"affinity\" only.",
						 argument->name->value);
	}
	if (!given)
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "Directive \"@source\" of a field needs the argument \"affinity\".");
	values = fsq_coerce_arguments(builder->schema, directive->arguments, node->arguments, &node->node,
								  builder->collector.variables, builder->errors);
	if (values == NULL)
		return FSQ_SOURCE_ANY;
	foreach(lc, directive->arguments)
		if (strcmp(((FsqInputValue *) lfirst(lc))->name, "affinity") == 0)
			affinity = values[foreach_current_index(lc)];
	return affinity && affinity->kind == FSQ_VALUE_ENUM ?
		(FsqSourceAffinity) (intptr_t) affinity->enum_value->binding : FSQ_SOURCE_ANY;
}

/* Where the rows of a field are to be read; its nodes must not contradict each other. */
FsqSourceAffinity
fsq_plan_affinity(FsqBuilder *builder, const FsqFieldGroup *group)
{
	FsqSourceAffinity affinity = FSQ_SOURCE_ANY;
	ListCell   *lc;

	foreach(lc, group->nodes)
	{
		FsqDirectiveNode *node = source_directive(lfirst(lc));
		FsqSourceAffinity said = node ? read_directive(builder, node) : FSQ_SOURCE_ANY;

		if (said != FSQ_SOURCE_ANY && affinity != FSQ_SOURCE_ANY && said != affinity)
			fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
						 "Fields \"%s\" conflict: their directives \"@source\" have different affinities.", group->key);
		if (said != FSQ_SOURCE_ANY)
			affinity = said;
	}
	return affinity;
}

/* Add an error if a field that reads no rows of its own is said to read them somewhere. */
void
fsq_affinity_refuse(FsqBuilder *builder, const FsqFieldGroup *group)
{
	ListCell   *lc;

	foreach(lc, group->nodes)
	{
		FsqDirectiveNode *node = source_directive(lfirst(lc));

		if (node)
			fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, node->node.start,
						 "Directive \"@source\" has no meaning for \"%s\", which reads no table of its own.",
						 ((FsqFieldNode *) lfirst(lc))->name->value);
	}
}
