/*-------------------------------------------------------------------------
 *
 * service.c
 *	  _service { sdl }: what a gateway composes its schema of.
 *
 *	  Its text is part of the plan, as an introspection's is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/error.h"
#include "plan/build.h"

void
fsq_service_write(StringInfo out, FsqCollector *collector, FsqField *field, FsqFieldGroup *group)
{
	FsqType    *type = fsq_type_named(field->type);
	List	   *groups = fsq_collect_subfields(collector, type, group);
	char	   *sdl = NULL;
	ListCell   *lc;

	appendStringInfoChar(out, '{');
	foreach(lc, groups)
	{
		FsqFieldGroup *member = lfirst(lc);
		const char *name = ((FsqFieldNode *) linitial(member->nodes))->name->value;
		const char *value = type->name;

		if (strcmp(name, "__typename") != 0)
			value = sdl = sdl ? sdl : fsq_subgraph_sdl();
		if (foreach_current_index(lc))
			appendStringInfoChar(out, ',');
		fsq_json_string(out, member->key, strlen(member->key));
		appendStringInfoChar(out, ':');
		fsq_json_string(out, value, strlen(value));
	}
	appendStringInfoChar(out, '}');
}
