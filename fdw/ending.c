/*-------------------------------------------------------------------------
 *
 * ending.c
 *	  Waiting until a server has noticed the end of a connection: see
 *	  ending.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ending.h"

void
fsq_ending_begin(int fd)
{
	(void) shutdown(fd, SHUT_WR);
}

/* Milliseconds since a time. */
static int
passed_since(const struct timespec *started)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int) ((now.tv_sec - started->tv_sec) * 1000 + (now.tv_nsec - started->tv_nsec) / 1000000);
}

bool
fsq_ending_await(int fd, int milliseconds)
{
	struct pollfd pfd = {.fd = fd,.events = POLLIN};
	struct timespec started;
	char		rest[256];

	clock_gettime(CLOCK_MONOTONIC, &started);
	for (;;)
	{
		int			left = Max(0, milliseconds - passed_since(&started));
		int			ready = poll(&pfd, 1, left);
		ssize_t		length;

		if (ready == 0)
			return false;
		if (ready < 0)
		{
			if (errno == EINTR)
				continue;
			return true;
		}
		length = recv(fd, rest, sizeof(rest), MSG_DONTWAIT);
		/* of a pipe, whatever can be read is its end */
		if (length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN))
			return true;
		/* one that goes on talking is not waited for any longer */
		if (passed_since(&started) > milliseconds)
			return false;
	}
}
