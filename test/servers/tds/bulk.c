/*
 * bulk.c
 *	  Bulk load: INSERT BULK, then a message of COLMETADATA and rows (MS-TDS
 *	  2.2.6.1).  The rows go to a temporary table with the types that they have,
 *	  and from there, converted, into their own.
 */
#include "backend.h"
#include "session.h"
#include "token.h"
#include "wirein.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *target;			/* schema-qualified name, as the statement has it */
static Vec *target_parts;
static Arena *bulk_arena;

bool
bulk_pending(void)
{
	return target != NULL;
}

/* INSERT BULK: remember the table; errors are found now. */
void
bulk_begin(Stmt *s)
{
	Arena	   *old;
	int			i;

	catalog_need(s->parts);
	if (!bulk_arena)
		bulk_arena = arena_new();
	old = arena_use(bulk_arena);
	arena_reset(bulk_arena);
	target_parts = vec_new();
	for (i = 0; i < s->parts->n; i++)
		vec_add(target_parts, dup_s(s->parts->v[i]));
	target = name_text(target_parts);
	arena_use(old);
}

static void
copy_escape(Buf *b, const char *s)
{
	for (; *s; s++)
		switch (*s)
		{
			case '\t':
				buf_puts(b, "\\t");
				break;
			case '\n':
				buf_puts(b, "\\n");
				break;
			case '\r':
				buf_puts(b, "\\r");
				break;
			case '\\':
				buf_puts(b, "\\\\");
				break;
			default:
				buf_putc(b, *s);
		}
}

typedef struct BulkCol
{
	WireType	w;
	const char *name;
} BulkCol;

static Vec *
read_columns(Reader *r)
{
	Vec		   *cols = vec_new();
	int			n,
				i;

	if (rd8(r) != 0x81)
		raise_error(4804, 16, 1, "While reading current row from host, a premature end-of-message was encountered.");
	n = rd16(r);
	for (i = 0; i < n; i++)
	{
		BulkCol    *c = alloc0(sizeof(BulkCol));

		rd32(r);
		rd16(r);
		c->w = rd_type(r);
		if (c->w.token == 0x22 || c->w.token == 0x23 || c->w.token == 0x63)
			rd_utf16(r, rd16(r));
		c->name = rd_utf16(r, rd8(r));
		vec_add(cols, c);
	}
	return cols;
}

/* The rows, in the text format of COPY; returns how many. */
static long
read_rows(Reader *r, Vec *cols, Buf *out)
{
	Arena	   *arena = arena_new(),
			   *old = arena_use(arena);
	long		n = 0;

	for (;;)
	{
		int			token = r->p < r->end ? (int) rd8(r) : 0xfd;
		const unsigned char *nulls = NULL;
		int			i;

		if (token == 0xd2)
			nulls = rd_bytes(r, (cols->n + 7) / 8);
		else if (token != 0xd1)
			break;
		for (i = 0; i < cols->n; i++)
		{
			BulkCol    *c = cols->v[i];
			const char *v = nulls && (nulls[i / 8] >> (i % 8) & 1) ? NULL : rd_value(r, &c->w);

			if (i)
				buf_putc(out, '\t');
			if (v)
				copy_escape(out, v);
			else
				buf_puts(out, "\\N");
		}
		buf_putc(out, '\n');
		n++;
		if (n % 256 == 0)
			arena_reset(arena);
	}
	arena_use(old);
	arena_reset(arena);
	free(arena);
	return n;
}

static long
load(Reader *r)
{
	Vec		   *cols = read_columns(r);
	Object	   *o = catalog_need(target_parts);
	Buf			data = {0},
				def = {0},
				names = {0},
				vals = {0};
	long		n;
	int			i,
				j;
	bool		identity = false;

	n = read_rows(r, cols, &data);
	for (i = 0; i < cols->n; i++)
	{
		BulkCol    *b = cols->v[i];
		Column	   *c = NULL;
		Type		t = b->w.t;

		for (j = 0; j < o->cols->n; j++)
			if (strcasecmp(((Column *) o->cols->v[j])->name, b->name) == 0)
				c = o->cols->v[j];
		if (!c)
			raise_error(207, 16, 1, "Invalid column name '%s'.", b->name);
		identity |= c->identity;
		buf_printf(&def, "%sb%d %s", i ? ", " : "", i + 1, kind_info(t.k)->storage);
		buf_printf(&names, "%sc%d", i ? ", " : "", c->id);
		buf_printf(&vals, "%s%s", i ? ", " : "", assign_sql(ex_of(fmt("b%d", i + 1), t), c, o));
	}
	current_command = "INSERT";
	guard_begin();
	pg_run(fmt("CREATE TEMP TABLE ms_bulk (%s)", buf_dup(&def)));
	pg_copy_in("COPY ms_bulk FROM STDIN", data.p, data.n);
	free(data.p);
	n = pg_count(fmt("INSERT INTO %s (%s) SELECT %s FROM ms_bulk", o->pg, buf_dup(&names), buf_dup(&vals)));
	pg_run("DROP TABLE ms_bulk");
	if (identity)
		for (j = 0; j < o->cols->n; j++)
			if (((Column *) o->cols->v[j])->identity)
				pg_run(fmt("SELECT setval('d.s%d', GREATEST((SELECT max(c%d) FROM %s), 1))", o->id, ((Column *) o->cols->v[j])->id, o->pg));
	guard_end();
	return n;
}

/* The rows of a bulk load. */
void
bulk_message(Buf *body)
{
	Reader		r;
	long volatile n = 0;

	r.p = (unsigned char *) body->p;
	r.end = r.p + body->n;
	TRY(
		if (body->n > 0)
		{
			catalog_check();
			n = load(&r);
		}
		put_done(DONE_COUNT, CMD_INSERT, n))
	{
		if (err.cancelled)
			raise_again();
		guard_fail();
		report_error(1);
		put_done(DONE_ERROR, CMD_INSERT, 0);
	}
	END_TRY;
	target = NULL;
	end_reply();
}
