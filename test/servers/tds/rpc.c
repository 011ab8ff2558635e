/*
 * rpc.c
 *	  Remote procedure calls (MS-TDS 2.2.6.6).
 */
#include "backend.h"
#include "session.h"
#include "token.h"
#include "wirein.h"

#include <string.h>

/* The procedures that have numbers. */
static const char *
proc_name(int id)
{
	static const struct
	{
		int			id;
		const char *name;
	}			procs[] = {
		{1, "sp_cursor"}, {2, "sp_cursoropen"}, {3, "sp_cursorprepare"}, {4, "sp_cursorexecute"}, {5, "sp_cursorprepexec"},
		{6, "sp_cursorunprepare"}, {7, "sp_cursorfetch"}, {8, "sp_cursoroption"}, {9, "sp_cursorclose"}, {10, "sp_executesql"},
		{11, "sp_prepare"}, {12, "sp_execute"}, {13, "sp_prepexec"}, {14, "sp_prepexecrpc"}, {15, "sp_unprepare"},
	};
	size_t		i;

	for (i = 0; i < sizeof(procs) / sizeof(*procs); i++)
		if (procs[i].id == id)
			return procs[i].name;
	return fmt("%d", id);
}

static void
send_field(void *arg, const char *p, size_t len)
{
	ProcArg    *a = arg;
	int			n = (int) ((unsigned char) p[2] << 24 | (unsigned char) p[3] << 16 | (unsigned char) p[4] << 8 | (unsigned char) p[5]);

	(void) len;
	put_return_value(a->name ? a->name : "", a->type, n < 0 ? NULL : p + 6, n);
}

static void
send_outputs(Vec *args)
{
	int			i;

	for (i = 0; i < args->n; i++)
	{
		ProcArg    *a = args->v[i];
		Variable	v;

		if (!a->output)
			continue;
		memset(&v, 0, sizeof(v));
		v.type = a->type;
		v.value = a->value;
		pg_field(fmt("SELECT %s", var_sql(&v)), send_field, a);
	}
}

static Vec *
read_args(Reader *r, bool *more)
{
	Vec		   *args = vec_new();

	*more = false;
	while (r->p < r->end)
	{
		ProcArg    *a;
		WireType	w;
		int			n,
					flags;

		if (*r->p == 0x80 || *r->p == 0xff || *r->p == 0xfe)
		{
			r->p++;
			*more = r->p < r->end;
			break;
		}
		a = alloc0(sizeof(ProcArg));
		n = rd8(r);
		a->name = rd_utf16(r, n);
		flags = rd8(r);
		w = rd_type(r);
		a->value = rd_value(r, &w);
		if (w.t.k == K_DATE && a->value && strlen(a->value) != 10)
			a->value = NULL;
		a->type = w.t;
		if (a->type.k == K_NULL)
			a->type = type_len(K_NVARCHAR, 4000);
		if (is_char(a->type.k) && a->type.len == 0)
			a->type.len = 1;
		a->output = flags & 1;
		vec_add(args, a);
	}
	return args;
}

static void
call(const char *name, Vec *args)
{
	bool		failed = false;

	session.in_rpc = true;
	return_status = 0;
	session.last_error = 0;
	TRY(
		catalog_check();
		if (!run_procedure(name, args))
			raise_error(2812, 16, 62, "Could not find stored procedure '%s'.", name))
	{
		if (err.cancelled)
			raise_again();
		guard_fail();
		report_error(1);
		failed = true;
	}
	END_TRY;
	if (!failed)
		TRY(send_outputs(args))
		{
			if (err.cancelled)
				raise_again();
			guard_fail();
			report_error(1);
			failed = true;
		}
		END_TRY;
	put_done_proc(failed ? DONE_ERROR : 0, failed ? err.num : return_status, !failed);
	session.in_rpc = false;
}

void
rpc_message(Buf *body)
{
	Reader		r;
	bool volatile more = true;

	r.p = (unsigned char *) body->p + skip_all_headers(body);
	r.end = (unsigned char *) body->p + body->n;
	while (more)
	{
		const char *volatile name = NULL;
		Vec *volatile args = NULL;

		TRY(
			unsigned n = rd16(&r);
			name = n == 0xffff ? proc_name(rd16(&r)) : rd_utf16(&r, n);
			if (strrchr(name, '.'))
				name = strrchr(name, '.') + 1;
			rd16(&r);
			args = read_args(&r, (bool *) &more))
		{
			report_error(1);
			put_done(DONE_ERROR, 0, 0);
			args = NULL;
			more = false;
		}
		END_TRY;
		if (args)
			call(name, args);
	}
	end_reply();
}
