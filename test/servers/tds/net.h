/*
 * net.h
 *	  Packets of MS-TDS over a socket, plain or inside TLS.
 */
#ifndef TDS_NET_H
#define TDS_NET_H

#include "util.h"

/* Packet types (MS-TDS 2.2.3.1.1). */
enum
{
	PKT_BATCH = 0x01, PKT_RPC = 0x03, PKT_REPLY = 0x04, PKT_ATTENTION = 0x06, PKT_BULK = 0x07,
	PKT_TRANSACTION = 0x0e, PKT_LOGIN7 = 0x10, PKT_SSPI = 0x11, PKT_PRELOGIN = 0x12
};

typedef enum NetEvent
{
	NET_QUIET, NET_ATTENTION, NET_GONE
} NetEvent;

extern void net_open(int fd, int spid);
extern int	net_fd(void);
extern int	net_read(Buf *body, int *status);
extern NetEvent net_peek(void);
extern bool net_pending(void);
extern void net_put(const void *p, size_t n);
extern void net_flush(bool last);
extern void net_set_packet_size(int n);
extern int	net_packet_size(void);
extern void net_reply_type(int type);
extern bool net_tls_load(const char *cert, const char *key);
extern bool net_tls_accept(void);
extern void net_tls_end(void);

#endif
