/*
 * procs.c
 *	  The system procedures that clients call: sp_executesql, prepared
 *	  statements, and the few that tests use to define things.
 */
#include "backend.h"
#include "session.h"
#include "token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A prepared statement: its text and its parameters' declaration. */
typedef struct Prepared
{
	int			handle;
	char	   *sql;
	char	   *params;
	struct Prepared *next;
} Prepared;

static Prepared *prepared;

static int
prepare(const char *params, const char *sql)
{
	static int	last;
	Prepared   *p = calloc(1, sizeof(Prepared));

	if (!p)
		abort();
	parse_params(params ? params : "");
	parse_batch(sql);
	p->handle = ++last;
	p->sql = strdup(sql);
	p->params = strdup(params ? params : "");
	p->next = prepared;
	prepared = p;
	return p->handle;
}

static Prepared *
need_prepared(const char *handle)
{
	Prepared   *p;

	for (p = prepared; p; p = p->next)
		if (handle && p->handle == atoi(handle))
			return p;
	raise_error(8179, 16, 2, "Could not find prepared statement with handle %s.", handle ? handle : "0");
}

static void
unprepare(const char *handle)
{
	Prepared   *p = need_prepared(handle),
			  **at;

	for (at = &prepared; *at != p; at = &(*at)->next)
		;
	*at = p->next;
	free(p->sql);
	free(p->params);
	free(p);
}

/* A value given for a parameter, as what the parameter is declared to be. */
static const char *
convert(ProcArg *a, Type to)
{
	if (!a->value)
		return NULL;
	if ((a->type.k == to.k && !is_char(to.k) && a->type.scale <= to.scale) || (is_int(a->type.k) && is_int(to.k) && a->type.k <= to.k))
		return a->value;
	if (is_char(a->type.k) && is_char(to.k) && (to.len < 0 || utf16_units(a->value, strlen(a->value)) <= (size_t) to.len) &&
		to.k != K_CHAR && to.k != K_NCHAR && (is_nchar(to.k) || utf16_units(a->value, strlen(a->value)) == strlen(a->value)))
		return a->value;
	return pg_value(fmt("SELECT (%s)::text", cast_sql(ex_of(fmt("%s::%s", pg_quote(a->value), type_storage(a->type)), a->type), to, 0, CAST_IMPLICIT)));
}

/*
 * Run a statement with parameters: declared by params, given by args from
 * position first on, by order or by name.  Output values go back into args.
 */
static void
execute(const char *sql, const char *params, Vec *args, int first)
{
	Vec		   *decl = parse_params(params ? params : "");
	Frame	   *outer = session.frame,
			   *frame = alloc0(sizeof(Frame));
	bool		in_rpc = session.in_rpc;
	int			i,
				j;

	frame->vars = vec_new();
	for (i = 0; i < decl->n; i++)
	{
		Declare    *d = decl->v[i];
		Variable   *v = alloc0(sizeof(Variable));
		ProcArg    *a = NULL;

		v->name = d->name;
		v->type = d->type;
		vec_add(frame->vars, v);
		if (first + i < args->n && (!((ProcArg *) args->v[first + i])->name || !*((ProcArg *) args->v[first + i])->name))
			a = args->v[first + i];
		for (j = first; j < args->n && !a; j++)
		{
			ProcArg    *x = args->v[j];

			if (x->name && strcasecmp(x->name, d->name) == 0)
				a = x;
		}
		if (!a)
			raise_error(8178, 16, 1, "The parameterized query '(%s)%s' expects the parameter '%s', which was not supplied.", params ? params : "", sql, d->name);
		v->value = convert(a, d->type);
	}
	session.frame = frame;
	session.in_rpc = true;
	return_status = 0;
	TRY(run_batch(sql))
	{
		session.frame = outer;
		session.in_rpc = in_rpc;
		raise_again();
	}
	END_TRY;
	session.frame = outer;
	session.in_rpc = in_rpc;
	for (i = 0; i < decl->n; i++)
	{
		Variable   *v = frame->vars->v[i];

		for (j = first; j < args->n; j++)
		{
			ProcArg    *x = args->v[j];

			if (!x->output || !(x->name && *x->name ? strcasecmp(x->name, v->name) == 0 : j - first == i))
				continue;
			x->value = v->value;
			x->type = v->type;
			if (x->var)
				x->var->value = v->value;
		}
	}
}

static const char *
arg_value(Vec *args, int i)
{
	return i < args->n ? ((ProcArg *) args->v[i])->value : NULL;
}

static const char *
named(Vec *args, const char *name, int at)
{
	int			i;

	for (i = 0; i < args->n; i++)
	{
		ProcArg    *a = args->v[i];

		if (a->name && strcasecmp(a->name, name) == 0)
			return a->value;
	}
	if (at < args->n && (!((ProcArg *) args->v[at])->name || !*((ProcArg *) args->v[at])->name))
		return ((ProcArg *) args->v[at])->value;
	return NULL;
}

static const char *
quote_or_null(const char *s)
{
	return s ? pg_quote(s) : "NULL";
}

/* A handle that goes back to the client in the first argument. */
static void
give_handle(Vec *args, int handle)
{
	ProcArg    *a = args->v[0];

	a->type = type_of(K_INT);
	a->value = fmt("%d", handle);
	if (a->var)
		a->var->value = a->value;
}

static bool
extended_property(const char *name, Vec *args)
{
	bool		drop = strcasecmp(name, "sp_dropextendedproperty") == 0;
	int			o = drop ? 1 : 2;

	pg_run(fmt("SELECT ms.extended_property(%s, %s, %s, %s, %s, %s, %s, %s)", drop ? "'drop'" : strcasecmp(name, "sp_addextendedproperty") == 0 ? "'add'" : "'update'",
			   quote_or_null(named(args, "@name", 0)), drop ? "NULL" : quote_or_null(named(args, "@value", 1)),
			   quote_or_null(named(args, "@level0name", o + 1)), quote_or_null(named(args, "@level1type", o + 2)),
			   quote_or_null(named(args, "@level1name", o + 3)), quote_or_null(named(args, "@level2type", o + 4)),
			   quote_or_null(named(args, "@level2name", o + 5))));
	return true;
}

/* Run a system procedure; false if there is none of that name. */
bool
run_procedure(const char *name, Vec *args)
{
	if (strcasecmp(name, "sp_executesql") == 0)
	{
		if (!arg_value(args, 0))
			raise_error(214, 16, 2, "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.");
		execute(arg_value(args, 0), arg_value(args, 1), args, 2);
	}
	else if (strcasecmp(name, "sp_prepare") == 0)
		give_handle(args, prepare(arg_value(args, 1), arg_value(args, 2) ? arg_value(args, 2) : ""));
	else if (strcasecmp(name, "sp_execute") == 0)
	{
		Prepared   *p = need_prepared(arg_value(args, 0));

		execute(p->sql, p->params, args, 1);
	}
	else if (strcasecmp(name, "sp_prepexec") == 0)
	{
		int			h = prepare(arg_value(args, 1), arg_value(args, 2) ? arg_value(args, 2) : "");
		Prepared   *p = need_prepared(fmt("%d", h));

		execute(p->sql, p->params, args, 3);
		give_handle(args, h);
	}
	else if (strcasecmp(name, "sp_unprepare") == 0)
		unprepare(arg_value(args, 0));
	else if (strcasecmp(name, "sp_addextendedproperty") == 0 || strcasecmp(name, "sp_updateextendedproperty") == 0 ||
			 strcasecmp(name, "sp_dropextendedproperty") == 0)
		return extended_property(name, args);
	else if (strcasecmp(name, "sp_rename") == 0)
	{
		pg_run(fmt("SELECT ms.rename(%s, %s, %s)", quote_or_null(named(args, "@objname", 0)), quote_or_null(named(args, "@newname", 1)), quote_or_null(named(args, "@objtype", 2))));
		catalog_changed();
		session.ddl_in_tran = session.trancount > 0;
	}
	else if (strcasecmp(name, "sp_reset_connection") != 0)
		return false;
	return true;
}
