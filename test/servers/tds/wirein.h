/*
 * wirein.h
 *	  Values that the client sends: parameters and bulk rows.
 */
#ifndef TDS_WIREIN_H
#define TDS_WIREIN_H

#include "types.h"

typedef struct WireType
{
	int			token;
	Type		t;
	int			fixed;			/* bytes of a fixed type, 0 if a length comes first */
	bool		plp;
	bool		utf8;
} WireType;

/* A position in a message; reading beyond its end raises error 4002. */
typedef struct Reader
{
	const unsigned char *p,
			   *end;
} Reader;

extern unsigned rd8(Reader *r);
extern unsigned rd16(Reader *r);
extern uint32_t rd32(Reader *r);
extern uint64_t rd64(Reader *r);
extern const unsigned char *rd_bytes(Reader *r, size_t n);
extern char *rd_utf16(Reader *r, size_t chars);
extern WireType rd_type(Reader *r);
extern const char *rd_value(Reader *r, WireType *w);

#endif
