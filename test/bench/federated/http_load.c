/*-------------------------------------------------------------------------
 *
 * http_load.c
 *	  What a client of a GraphQL service over HTTP sees: the counterpart of
 *	  pgbench in test/bench/federated.sh.
 *
 *	  http_load PORT FILE ask START			print the answer to one request
 *	  http_load PORT FILE CLIENTS SECONDS LAST
 *			so many clients, each with a connection that is kept, ask the query
 *			of FILE again and again, its variable "start" at random between 1
 *			and LAST; prints requests per second
 *
 *	  The query stands in one line without quotes.  An answer is read to its end
 *	  and thrown away, as pgbench does; any other status than 200 ends it.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int	port;
static char *query;
static int	last;
static double until;

/* One connection: what has been read of it and not been used. */
typedef struct Connection
{
	int			fd;
	char		buffer[65536];
	size_t		used,
				length;
} Connection;

static void
fail(const char *what)
{
	fprintf(stderr, "http_load: %s\n", what);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void
open_connection(Connection *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int			on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	c->used = c->length = 0;
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *) &to, sizeof(to)) != 0)
		fail("cannot connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void
fill(Connection *c)
{
	ssize_t		n = read(c->fd, c->buffer, sizeof(c->buffer));

	if (n <= 0)
		fail("the service has closed the connection");
	c->used = 0;
	c->length = n;
}

/* Read a line without its end. */
static void
read_line(Connection *c, char *line, size_t size)
{
	size_t		n = 0;

	for (;;)
	{
		char		ch;

		if (c->used == c->length)
			fill(c);
		ch = c->buffer[c->used++];
		if (ch == '\n')
			break;
		if (ch != '\r' && n < size - 1)
			line[n++] = ch;
	}
	line[n] = '\0';
}

/* Read so many bytes, to a file or nowhere. */
static void
read_bytes(Connection *c, size_t count, FILE *to)
{
	while (count > 0)
	{
		size_t		n;

		if (c->used == c->length)
			fill(c);
		n = c->length - c->used;
		if (n > count)
			n = count;
		if (to)
			fwrite(c->buffer + c->used, 1, n, to);
		c->used += n;
		count -= n;
	}
}

static void
read_answer(Connection *c, FILE *to)
{
	char		line[1024];
	long		length = -1;
	int			chunked = 0;

	read_line(c, line, sizeof(line));
	if (strstr(line, " 200") == NULL)
		fail(line);
	while (read_line(c, line, sizeof(line)), line[0] != '\0')
	{
		if (strncasecmp(line, "content-length:", 15) == 0)
			length = atol(line + 15);
		else if (strncasecmp(line, "transfer-encoding:", 18) == 0 && strcasestr(line, "chunked"))
			chunked = 1;
	}
	while (chunked)
	{
		size_t		chunk;

		read_line(c, line, sizeof(line));
		chunk = strtoul(line, NULL, 16);
		read_bytes(c, chunk, to);
		read_line(c, line, sizeof(line));
		chunked = chunk > 0;
	}
	if (length >= 0)
		read_bytes(c, length, to);
}

static void
ask(Connection *c, int start, FILE *to)
{
	char	   *body,
			   *request;
	int			length = asprintf(&body, "{\"query\":\"%s\",\"variables\":{\"start\":%d}}", query, start);
	int			total = asprintf(&request, "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
								 "accept: application/json\r\ncontent-length: %d\r\n\r\n%s", length, body);

	for (int sent = 0; sent < total;)
	{
		ssize_t		n = write(c->fd, request + sent, total - sent);

		if (n <= 0)
			fail("cannot send");
		sent += n;
	}
	read_answer(c, to);
	free(body);
	free(request);
}

static void *
client(void *argument)
{
	unsigned	seed = (unsigned) (long) argument;
	Connection *c = malloc(sizeof(Connection));
	long		answers = 0;

	open_connection(c);
	while (now() < until)
	{
		ask(c, 1 + rand_r(&seed) % last, NULL);
		answers++;
	}
	close(c->fd);
	free(c);
	return (void *) answers;
}

static char *
read_file(const char *name)
{
	FILE	   *file = fopen(name, "r");
	char	   *text = NULL;
	size_t		size = 0;

	if (file == NULL || getline(&text, &size, file) <= 0)
		fail(name);
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int
main(int argc, char **argv)
{
	static Connection one;
	pthread_t	threads[64];
	int			clients;
	long		answers = 0;
	double		start;

	if (argc < 5)
		return 2;
	port = atoi(argv[1]);
	query = read_file(argv[2]);
	if (strcmp(argv[3], "ask") == 0)
	{
		open_connection(&one);
		ask(&one, atoi(argv[4]), stdout);
		return 0;
	}
	if (argc < 6 || (clients = atoi(argv[3])) < 1 || clients > 64)
		return 2;
	last = atoi(argv[5]);
	start = now();
	until = start + atof(argv[4]);
	for (long i = 0; i < clients; i++)
		pthread_create(&threads[i], NULL, client, (void *) (i + 1 + (long) (start * 1000) % 100000));
	for (int i = 0; i < clients; i++)
	{
		void	   *result;

		pthread_join(threads[i], &result);
		answers += (long) result;
	}
	printf("%.3f\n", answers / (now() - start));
	return 0;
}
