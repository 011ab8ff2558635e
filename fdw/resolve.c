/*-------------------------------------------------------------------------
 *
 * resolve.c
 *	  From a server's name to its addresses, in a thread.
 *
 *	  The thread touches nothing of this process but its own malloc'ed memory:
 *	  all signals are blocked in it, and it tells its end by a byte in a pipe.
 *	  Whoever comes last, the thread or the one that let go of it, frees it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "lib/stringinfo.h"
#include "port/atomics.h"

#include "resolve.h"

enum
{
	RESOLVE_RUNNING,
	RESOLVE_FINISHED,			/* the caller has it */
	RESOLVE_ABANDONED			/* the thread has it */
};

struct FsqResolver
{
	pg_atomic_uint32 state;
	int			pipe[2];
	int			code;			/* of getaddrinfo() */
	struct addrinfo *addresses;
	char		host[];
};

bool
fsq_resolve_is_name(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	return host[0] != '/' && inet_pton(AF_INET, host, &v4) != 1 && inet_pton(AF_INET6, host, &v6) != 1;
}

static void
free_resolver(FsqResolver *resolver)
{
	if (resolver->pipe[0] >= 0)
		close(resolver->pipe[0]);
	if (resolver->pipe[1] >= 0)
		close(resolver->pipe[1]);
	if (resolver->addresses != NULL)
		freeaddrinfo(resolver->addresses);
	free(resolver);
}

/*
 * The thread.
 */
static void *
look_up(void *arg)
{
	FsqResolver *resolver = arg;
	struct addrinfo hints = {.ai_family = AF_UNSPEC,.ai_socktype = SOCK_STREAM};
	uint32		expected = RESOLVE_RUNNING;

	resolver->code = getaddrinfo(resolver->host, NULL, &hints, &resolver->addresses);
	if (pg_atomic_compare_exchange_u32(&resolver->state, &expected, RESOLVE_FINISHED))
	{
		/* the last that this thread does with it */
		while (write(resolver->pipe[1], "", 1) < 0 && errno == EINTR)
			;
	}
	else
		free_resolver(resolver);
	return NULL;
}

/*
 * Start the thread, in which no signal is handled.
 */
static bool
start_thread(FsqResolver *resolver)
{
	pthread_attr_t attributes;
	pthread_t	thread;
	sigset_t	all;
	sigset_t	before;
	int			code;

	sigfillset(&all);
	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&thread, &attributes, look_up, resolver);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return code == 0;
}

FsqResolver *
fsq_resolve_start(const char *host)
{
	FsqResolver *resolver = calloc(1, sizeof(FsqResolver) + strlen(host) + 1);

	if (resolver == NULL)
		return NULL;
	strcpy(resolver->host, host);
	pg_atomic_init_u32(&resolver->state, RESOLVE_RUNNING);
	resolver->pipe[0] = resolver->pipe[1] = -1;
	if (pipe(resolver->pipe) == 0)
	{
		fcntl(resolver->pipe[0], F_SETFD, FD_CLOEXEC);
		fcntl(resolver->pipe[1], F_SETFD, FD_CLOEXEC);
		fcntl(resolver->pipe[0], F_SETFL, O_NONBLOCK);
		if (start_thread(resolver))
			return resolver;
	}
	free_resolver(resolver);
	return NULL;
}

pgsocket
fsq_resolve_socket(const FsqResolver *resolver)
{
	return resolver->pipe[0];
}

/*
 * The addresses as text with commas between them.
 */
static char *
addresses_text(const struct addrinfo *first)
{
	StringInfoData text;

	initStringInfo(&text);
	for (const struct addrinfo *address = first; address != NULL; address = address->ai_next)
	{
		char		one[NI_MAXHOST];

		if (getnameinfo(address->ai_addr, address->ai_addrlen, one, sizeof(one), NULL, 0, NI_NUMERICHOST) == 0)
			appendStringInfo(&text, "%s%s", text.len > 0 ? "," : "", one);
	}
	return text.data;
}

FsqStatus
fsq_resolve_poll(FsqResolver *resolver, char **addresses, FsqDriverError *error)
{
	FsqStatus	status = FSQ_DONE;
	char		byte;

	if (read(resolver->pipe[0], &byte, 1) != 1)
		return FSQ_WAIT;
	if (resolver->code != 0)
	{
		memset(error, 0, sizeof(*error));
		error->sqlstate = ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
		error->class = FSQ_ERROR_CONNECTION;
		error->hint = "Check the server's option \"host\".";
		snprintf(error->message, sizeof(error->message), "The name \"%s\" could not be translated to an address: %s.",
				 resolver->host, gai_strerror(resolver->code));
		status = FSQ_FAILED;
	}
	else if (addresses != NULL)
		*addresses = addresses_text(resolver->addresses);
	free_resolver(resolver);
	return status;
}

void
fsq_resolve_abandon(FsqResolver *resolver)
{
	uint32		expected = RESOLVE_RUNNING;

	if (pg_atomic_compare_exchange_u32(&resolver->state, &expected, RESOLVE_ABANDONED))
		return;
	/* it is over; its byte may be on the way, and then the pipe is the thread's no more */
	for (;;)
	{
		char		byte;

		if (read(resolver->pipe[0], &byte, 1) == 1)
			break;
		pg_usleep(100);
	}
	free_resolver(resolver);
}
