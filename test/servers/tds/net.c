/*
 * net.c
 *	  Packets of MS-TDS over a socket, plain or inside TLS.
 *
 * Output is gathered as finished packets and written in large pieces.  TLS is
 * negotiated inside prelogin packets and then carries whole packets (MS-TDS
 * 2.2.6.5, 3.3.5.1); it may end after the login.
 */
#include "net.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GATHER (64 * 1024)
#define HEADER 8

static int	sock = -1;
static int	my_spid;
static SSL_CTX *ctx;
static SSL *ssl;
static Buf	out;				/* finished packets, and one that is open */
static size_t start;			/* where the open packet begins */
static int	packet_size = 4096;
static int	packet_id;
static int	reply_type = PKT_REPLY;

void
net_open(int fd, int spid)
{
	sock = fd;
	my_spid = spid;
	out.n = start = 0;
}

int
net_fd(void)
{
	return sock;
}

void
net_set_packet_size(int n)
{
	packet_size = n;
}

int
net_packet_size(void)
{
	return packet_size;
}

/* The type of the packets that follow: replies, or prelogin for the handshake. */
void
net_reply_type(int type)
{
	reply_type = type;
}

static bool
raw_read(void *to, size_t n)
{
	char	   *p = to;

	while (n > 0)
	{
		ssize_t		got;

		if (ssl)
		{
			got = SSL_read(ssl, p, n > 1 << 30 ? 1 << 30 : (int) n);
			if (got <= 0)
				return false;
		}
		else
		{
			got = recv(sock, p, n, 0);
			if (got < 0 && errno == EINTR)
				continue;
			if (got <= 0)
				return false;
		}
		p += got;
		n -= got;
	}
	return true;
}

/* Write everything, or end the process: nobody is left to tell. */
static void
raw_write(const char *p, size_t n)
{
	while (n > 0)
	{
		ssize_t		done;

		if (ssl)
			done = SSL_write(ssl, p, n > 1 << 30 ? 1 << 30 : (int) n);
		else
			done = send(sock, p, n, MSG_NOSIGNAL);
		if (done < 0 && !ssl && errno == EINTR)
			continue;
		if (done <= 0)
			exit(0);
		p += done;
		n -= done;
	}
}

/*
 * Read one message, all its packets, into body; returns the type of its
 * packets, or -1 when the client is gone.  An attention ends the message that
 * it interrupts.
 */
int
net_read(Buf *body, int *status)
{
	int			type = -1;

	body->n = 0;
	*status = 0;
	for (;;)
	{
		unsigned char h[HEADER];
		size_t		len;

		if (!raw_read(h, HEADER))
			return -1;
		len = h[2] << 8 | h[3];
		if (len < HEADER)
			return -1;
		len -= HEADER;
		if (h[0] == PKT_ATTENTION)
			body->n = 0;
		*status |= h[1];
		type = h[0];
		buf_need(body, len + 1);
		if (!raw_read(body->p + body->n, len))
			return -1;
		body->n += len;
		if (h[1] & 1)
			break;
	}
	/* Bit 1 of the status: the client took the message back. */
	if (*status & 2)
		body->n = 0;
	return type;
}

/* Is there input that the library has already read from the socket? */
bool
net_pending(void)
{
	return ssl && SSL_pending(ssl) > 0;
}

/* While a statement runs: has the client sent an attention, or gone? */
NetEvent
net_peek(void)
{
	struct pollfd p = {sock, POLLIN, 0};
	Buf			body = {0};
	int			status,
				type;

	if (!net_pending() && poll(&p, 1, 0) <= 0)
		return NET_QUIET;
	type = net_read(&body, &status);
	free(body.p);
	if (type < 0)
		return NET_GONE;
	return type == PKT_ATTENTION ? NET_ATTENTION : NET_QUIET;
}

static void
open_packet(void)
{
	static const char zero[HEADER];

	start = out.n;
	buf_put(&out, zero, HEADER);
}

static void
close_packet(bool last)
{
	unsigned char *h = (unsigned char *) out.p + start;
	size_t		len = out.n - start;

	h[0] = reply_type;
	h[1] = last ? 1 : 0;
	h[2] = len >> 8;
	h[3] = len;
	h[4] = my_spid >> 8;
	h[5] = my_spid;
	h[6] = ++packet_id;
	h[7] = 0;
}

/* Add bytes to the message; full packets are written when there are enough. */
void
net_put(const void *data, size_t n)
{
	const char *p = data;

	if (out.n == start)
		open_packet();
	while (n > 0)
	{
		size_t		room = packet_size - (out.n - start);
		size_t		m = n < room ? n : room;

		if (room == 0)
		{
			close_packet(false);
			if (out.n >= GATHER)
			{
				raw_write(out.p, out.n);
				out.n = 0;
			}
			open_packet();
			continue;
		}
		buf_put(&out, p, m);
		p += m;
		n -= m;
	}
}

/* Write what is there; with last, the message ends, else full packets only. */
void
net_flush(bool last)
{
	size_t		open;

	if (last)
	{
		if (out.n == start)
			open_packet();
		close_packet(true);
		raw_write(out.p, out.n);
		out.n = start = 0;
		packet_id = 0;
		return;
	}
	if (start == 0)
		return;
	raw_write(out.p, start);
	open = out.n - start;
	memmove(out.p, out.p + start, open);
	out.n = open;
	start = 0;
}

/* Read the certificate and its key; false if they are not usable. */
bool
net_tls_load(const char *cert, const char *key)
{
	ctx = SSL_CTX_new(TLS_server_method());
	/* TLS 1.3 belongs to TDS 8.0: its tickets would not fit the prelogin packets. */
	return ctx &&
		SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) &&
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) &&
		SSL_CTX_use_certificate_chain_file(ctx, cert) == 1 &&
		SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1 &&
		SSL_CTX_check_private_key(ctx) == 1;
}

/* The handshake, its records wrapped in prelogin packets both ways. */
bool
net_tls_accept(void)
{
	SSL		   *s = SSL_new(ctx);
	BIO		   *in = BIO_new(BIO_s_mem());
	BIO		   *to = BIO_new(BIO_s_mem());
	Buf			body = {0};
	bool		ok = false;

	SSL_set_bio(s, in, to);
	for (;;)
	{
		int			rc = SSL_accept(s);
		char	   *p;
		long		n = BIO_get_mem_data(to, &p);
		int			status;

		if (n > 0)
		{
			net_reply_type(PKT_PRELOGIN);
			net_put(p, n);
			net_flush(true);
			(void) BIO_reset(to);
			net_reply_type(PKT_REPLY);
		}
		if (rc == 1)
		{
			ok = true;
			break;
		}
		if (SSL_get_error(s, rc) != SSL_ERROR_WANT_READ)
			break;
		if (net_read(&body, &status) != PKT_PRELOGIN)
			break;
		BIO_write(in, body.p, body.n);
	}
	free(body.p);
	ERR_clear_error();
	if (!ok)
	{
		SSL_free(s);
		return false;
	}
	SSL_set_fd(s, sock);
	ssl = s;
	return true;
}

/* From here on in clear: only the login was encrypted. */
void
net_tls_end(void)
{
	if (ssl)
		SSL_free(ssl);
	ssl = NULL;
}
