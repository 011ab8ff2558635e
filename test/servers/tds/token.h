/*
 * token.h
 *	  The token stream of a reply.
 */
#ifndef TDS_TOKEN_H
#define TDS_TOKEN_H

#include "bind.h"

enum
{
	DONE_MORE = 0x01, DONE_ERROR = 0x02, DONE_INXACT = 0x04, DONE_COUNT = 0x10, DONE_ATTN = 0x20
};

/* CurCmd of DONE. */
enum
{
	CMD_SELECT = 0xc1, CMD_INSERT = 0xc3, CMD_DELETE = 0xc4, CMD_UPDATE = 0xc5
};

extern void put_buf(Buf *b);
extern void put_error(const Err *e, int line);
extern void put_info(int num, int state, int class, const char *msg, int line);
extern void put_envchange(int type, const char *now, const char *before);
extern void put_env_bytes(int type, const void *now, int n, const void *before, int m);
extern void put_loginack(uint32_t version);
extern void put_done(int status, int cmd, uint64_t count);
extern void put_done_proc(int status, int return_value, bool with_status);
extern void flush_done(bool more);
extern void end_reply(void);
extern void put_type_info(Buf *b, Type t, bool nullable);
extern void put_colmetadata(Vec *cols);
extern void put_return_value(const char *name, Type t, const char *row, size_t len);

/* rowout.c: one row of a binary COPY, as ROW or NBCROW. */
extern void put_row(Vec *cols, const char *p, size_t len);
extern void encode_value(Buf *b, Type t, bool nullable, const char *p, int len);

#endif
