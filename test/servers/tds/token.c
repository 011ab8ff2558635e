/*
 * token.c
 *	  The token stream of a reply (MS-TDS 2.2.7).
 *
 * A DONE token says whether more follows, which is known only when something
 * does: the last one is held back until then.
 */
#include "token.h"
#include "net.h"
#include "session.h"

#include <string.h>

static Buf	tb;					/* scratch */

static struct
{
	bool		held;
	int			token,
				status,
				cmd;
	uint64_t	count;
}			done;

void
put_buf(Buf *b)
{
	net_put(b->p, b->n);
	b->n = 0;
}

/* A string with a length of one or two bytes, in characters. */
static void
us_varchar(Buf *b, const char *s, int width)
{
	size_t		n = strlen(s),
				at;

	buf_need(b, 2 * n + 2);
	at = b->n;
	b->n += width;
	n = utf16_from_utf8((unsigned char *) b->p + b->n, s, n);
	b->n += n;
	b->p[at] = n / 2;
	if (width == 2)
		b->p[at + 1] = (n / 2) >> 8;
}

static void
message(int token, int num, int state, int class, const char *msg, const char *proc, int line)
{
	size_t		at;

	flush_done(true);
	tb.n = 0;
	buf_putc(&tb, token);
	at = tb.n;
	buf_put16(&tb, 0);
	buf_put32(&tb, num);
	buf_putc(&tb, state);
	buf_putc(&tb, class);
	us_varchar(&tb, msg, 2);
	us_varchar(&tb, config.server_name, 1);
	us_varchar(&tb, proc ? proc : "", 1);
	buf_put32(&tb, line);
	tb.p[at] = tb.n - at - 2;
	tb.p[at + 1] = (tb.n - at - 2) >> 8;
	put_buf(&tb);
}

/* ERROR (2.2.7.10). */
void
put_error(const Err *e, int line)
{
	message(0xaa, e->num, e->state, e->sev, e->msg, e->proc, line);
}

/* INFO (2.2.7.13). */
void
put_info(int num, int state, int class, const char *msg, int line)
{
	message(0xab, num, state, class, msg, NULL, line);
}

/* ENVCHANGE (2.2.7.9) of a name. */
void
put_envchange(int type, const char *now, const char *before)
{
	size_t		at;

	flush_done(true);
	tb.n = 0;
	buf_putc(&tb, 0xe3);
	at = tb.n;
	buf_put16(&tb, 0);
	buf_putc(&tb, type);
	us_varchar(&tb, now, 1);
	us_varchar(&tb, before, 1);
	tb.p[at] = tb.n - at - 2;
	tb.p[at + 1] = (tb.n - at - 2) >> 8;
	put_buf(&tb);
}

/* The same of bytes: collation, transaction descriptor. */
void
put_env_bytes(int type, const void *now, int n, const void *before, int m)
{
	flush_done(true);
	tb.n = 0;
	buf_putc(&tb, 0xe3);
	buf_put16(&tb, n + m + 3);
	buf_putc(&tb, type);
	buf_putc(&tb, n);
	buf_put(&tb, now, n);
	buf_putc(&tb, m);
	buf_put(&tb, before, m);
	put_buf(&tb);
}

/* LOGINACK (2.2.7.14): SQL Server 2019. */
void
put_loginack(uint32_t version)
{
	size_t		at;
	static const char name[] = "Microsoft SQL Server";

	tb.n = 0;
	buf_putc(&tb, 0xad);
	at = tb.n;
	buf_put16(&tb, 0);
	buf_putc(&tb, 1);
	buf_putc(&tb, version >> 24);
	buf_putc(&tb, version >> 16);
	buf_putc(&tb, version >> 8);
	buf_putc(&tb, version);
	us_varchar(&tb, name, 1);
	buf_putc(&tb, 15);
	buf_putc(&tb, 0);
	buf_putc(&tb, 4415 >> 8);
	buf_putc(&tb, 4415 & 255);
	tb.p[at] = tb.n - at - 2;
	put_buf(&tb);
}

/* Write the DONE that is held, with or without more to follow. */
void
flush_done(bool more)
{
	if (!done.held)
		return;
	done.held = false;
	tb.n = 0;
	buf_putc(&tb, done.token);
	buf_put16(&tb, done.status | (more ? DONE_MORE : 0) | (session.trancount > 0 ? DONE_INXACT : 0));
	buf_put16(&tb, done.cmd);
	buf_put64(&tb, done.count);
	put_buf(&tb);
}

/* The end of a statement: DONE, or DONEINPROC inside of a procedure. */
void
put_done(int status, int cmd, uint64_t count)
{
	flush_done(true);
	done.held = true;
	done.token = session.in_rpc ? 0xff : 0xfd;
	done.status = status;
	done.cmd = cmd;
	done.count = count;
}

/* The end of a procedure: RETURNSTATUS, then DONEPROC. */
void
put_done_proc(int status, int return_value, bool with_status)
{
	flush_done(true);
	if (with_status)
	{
		tb.n = 0;
		buf_putc(&tb, 0x79);
		buf_put32(&tb, return_value);
		put_buf(&tb);
	}
	done.held = true;
	done.token = 0xfe;
	done.status = status;
	done.cmd = 0xe0;
	done.count = 0;
}

/* Nothing more follows: the last DONE, and the end of the message. */
void
end_reply(void)
{
	if (!done.held)
	{
		bool		in_rpc = session.in_rpc;

		session.in_rpc = false;
		put_done(0, 0, 0);
		session.in_rpc = in_rpc;
	}
	flush_done(false);
	net_flush(true);
}

static void
collation(Buf *b, Type t)
{
	buf_put(b, coll_info(t.coll)->wire, 5);
}

/* TYPE_INFO (2.2.5.6): fixed types for what is never NULL, as SQL Server does. */
void
put_type_info(Buf *b, Type t, bool nullable)
{
	static const struct
	{
		Kind		k;
		unsigned char fixed,
					var,
					len;
	}			simple[] = {
		{K_BIT, 0x32, 0x68, 1}, {K_TINYINT, 0x30, 0x26, 1}, {K_SMALLINT, 0x34, 0x26, 2}, {K_INT, 0x38, 0x26, 4},
		{K_NULL, 0x38, 0x26, 4}, {K_BIGINT, 0x7f, 0x26, 8}, {K_REAL, 0x3b, 0x6d, 4}, {K_FLOAT, 0x3e, 0x6d, 8},
		{K_MONEY, 0x3c, 0x6e, 8}, {K_SMALLMONEY, 0x7a, 0x6e, 4}, {K_DATETIME, 0x3d, 0x6f, 8}, {K_SMALLDATETIME, 0x3a, 0x6f, 4},
		{K_GUID, 0, 0x24, 16},
	};
	size_t		i;

	for (i = 0; i < sizeof(simple) / sizeof(*simple); i++)
		if (simple[i].k == t.k)
		{
			if (!nullable && simple[i].fixed)
				buf_putc(b, simple[i].fixed);
			else
			{
				buf_putc(b, simple[i].var);
				buf_putc(b, simple[i].len);
			}
			return;
		}
	switch (t.k)
	{
		case K_DECIMAL:
		case K_NUMERIC:
			buf_putc(b, t.k == K_DECIMAL ? 0x6a : 0x6c);
			buf_putc(b, type_bytes(t));
			buf_putc(b, t.prec);
			buf_putc(b, t.scale);
			break;
		case K_CHAR:
		case K_VARCHAR:
		case K_NCHAR:
		case K_NVARCHAR:
			buf_putc(b, t.k == K_CHAR && t.len > 0 ? 0xaf : t.k == K_NCHAR && t.len > 0 ? 0xef : is_nchar(t.k) ? 0xe7 : 0xa7);
			buf_put16(b, t.len < 0 ? 0xffff : t.len == 0 ? (is_nchar(t.k) ? 2 : 1) : type_bytes(t));
			collation(b, t);
			break;
		case K_BINARY:
		case K_ROWVERSION:
			buf_putc(b, 0xad);
			buf_put16(b, t.len);
			break;
		case K_VARBINARY:
			buf_putc(b, 0xa5);
			buf_put16(b, t.len < 0 ? 0xffff : t.len ? t.len : 1);
			break;
		case K_TEXT:
		case K_NTEXT:
		case K_IMAGE:
			buf_putc(b, t.k == K_TEXT ? 0x23 : t.k == K_NTEXT ? 0x63 : 0x22);
			buf_put32(b, t.k == K_NTEXT ? 0x7ffffffe : 0x7fffffff);
			if (t.k != K_IMAGE)
				collation(b, t);
			break;
		case K_DATE:
			buf_putc(b, 0x28);
			break;
		case K_TIME:
		case K_DATETIME2:
		case K_DTO:
			buf_putc(b, t.k == K_TIME ? 0x29 : t.k == K_DATETIME2 ? 0x2a : 0x2b);
			buf_putc(b, t.scale);
			break;
		case K_XML:
			buf_putc(b, 0xf1);
			buf_putc(b, 0);
			break;
		default:
			buf_putc(b, 0x62);
			buf_put32(b, 8009);
			break;
	}
}

/* COLMETADATA (2.2.7.4). */
void
put_colmetadata(Vec *cols)
{
	int			i;

	flush_done(true);
	tb.n = 0;
	buf_putc(&tb, 0x81);
	buf_put16(&tb, cols->n);
	for (i = 0; i < cols->n; i++)
	{
		OutCol	   *c = cols->v[i];
		bool		ci = is_char(c->t.k) && !coll_info(c->t.coll)->ci;

		buf_put32(&tb, c->t.k == K_ROWVERSION ? 80 : 0);
		/* fNullable, fCaseSen, usUpdateable, fIdentity */
		buf_put16(&tb, (c->nullable ? 1 : 0) | (ci ? 2 : 0) | (c->identity ? 0x10 : 0x08));
		put_type_info(&tb, c->t, c->nullable);
		if (c->t.k == K_TEXT || c->t.k == K_NTEXT || c->t.k == K_IMAGE)
		{
			buf_putc(&tb, 1);
			us_varchar(&tb, c->table ? c->table : "", 2);
		}
		us_varchar(&tb, c->name, 1);
	}
	put_buf(&tb);
}

/* RETURNVALUE (2.2.7.19): an output parameter; the value as a field of a binary COPY. */
void
put_return_value(const char *name, Type t, const char *p, size_t len)
{
	flush_done(true);
	tb.n = 0;
	buf_putc(&tb, 0xac);
	buf_put16(&tb, 0);
	us_varchar(&tb, name, 1);
	buf_putc(&tb, 1);
	buf_put32(&tb, 0);
	buf_put16(&tb, 1);
	put_type_info(&tb, t, true);
	encode_value(&tb, t, true, p, (int) len);
	put_buf(&tb);
}
