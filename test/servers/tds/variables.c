/*
 * variables.c
 *	  The variables of a batch or procedure: text of what PostgreSQL stores.
 */
#include "backend.h"
#include "session.h"

#include <string.h>
#include <strings.h>

Variable *
var_find(const char *name)
{
	int			i;

	for (i = 0; session.frame && i < session.frame->vars->n; i++)
	{
		Variable   *v = session.frame->vars->v[i];

		if (strcasecmp(v->name, name) == 0)
			return v;
	}
	return NULL;
}

Variable *
var_declare(const char *name, Type t)
{
	Variable   *v = var_find(name);

	if (v)
		raise_error(134, 15, 2, "The variable name '%s' has already been declared. Variable names must be unique within a query batch or stored procedure.", name);
	v = alloc0(sizeof(Variable));
	v->name = name;
	v->type = t;
	vec_add(session.frame->vars, v);
	return v;
}

/* Its value, as SQL of the backend. */
const char *
var_sql(Variable *v)
{
	if (!v->value)
		return fmt("NULL::%s", type_storage(v->type));
	return fmt("%s::%s", pg_quote(v->value), type_storage(v->type));
}
