/*-------------------------------------------------------------------------
 *
 * proxy.c
 *	  A TCP proxy that does to a connection what networks do: delays, slows,
 *	  silences, cuts and refuses it, switched at run time.  It stands before
 *	  any server of the tests and benches.
 *
 *	  fault-proxy --target PORT --dir DIR [--listen PORT]
 *		listens on 127.0.0.1 (without --listen: on a free port), leads each
 *		connection to 127.0.0.1:PORT, and runs until it gets SIGTERM.  DIR/port
 *		holds the port and DIR/pid the process, written when it listens;
 *		DIR/control is the socket of its commands.
 *
 *	  fault-proxy --dir DIR COMMAND
 *		gives it a command and prints the answer: "ok", or what was asked for.
 *
 *	  Commands.  "up" is from the client to the server, "down" back.
 *
 *		latency UP [DOWN]		each byte arrives so many milliseconds later
 *								(one number: both); 0 ends it
 *		rate BYTES				so many bytes a second per connection and
 *								direction, 0: no limit
 *		silence none|up|down|both	bytes of that direction stay where they are,
 *								the end of a connection too; what was held back
 *								goes on when it ends.  While both are silent, a
 *								new connection is accepted and hears nothing.
 *		hold none|up|down|both	the same for the connections that there are, and
 *								not for new ones
 *		cut up|down BYTES rst|fin	a connection ends when so many bytes have
 *								passed in that direction since it began
 *		cut never				... no longer
 *		cut now rst|fin			all connections end at once
 *		garble up|down BYTES SEED	what comes after so many bytes in that
 *								direction is replaced by as many random ones
 *		garble never			... no longer
 *		refuse on|off			nobody listens
 *		count					"connections N open N up BYTES down BYTES turns N":
 *								since the last reset; a turn is that the client
 *								sends after it has received (a round trip)
 *		reset					all of this off, and the counters zero
 *
 *	  One thread, one poll loop.  What has been read waits in a queue with the
 *	  time at which it is due; a queue is bounded, so that a slow reader slows
 *	  the writer as without a proxy.
 *
 *-------------------------------------------------------------------------
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 65536

/* Bytes in a queue: few, unless they wait for their time. */
#define QUEUE CHUNK
#define SLOW_QUEUE (4 * 1024 * 1024)

enum { UP, DOWN };

typedef struct Chunk
{
	struct Chunk *next;
	double		due;
	size_t		length;
	size_t		sent;
	char		data[];
} Chunk;

/* One direction of a connection: from end[d] to end[1 - d]. */
typedef struct Flow
{
	Chunk	   *first;
	Chunk	   *last;
	size_t		queued;
	uint64_t	taken;			/* bytes read */
	uint64_t	passed;			/* bytes written to the other side */
	double		free_at;		/* when the line is free again, with a rate */
	bool		ended;			/* its source has closed */
	bool		end_passed;
} Flow;

typedef struct Link
{
	struct Link *next;
	int			end[2];			/* the client's, the server's; -1: not yet */
	bool		connecting;
	bool		received;		/* the last bytes that passed went down */
	bool		held[2];		/* bytes of that direction stay where they are */
	Flow		flow[2];
	int			slot[2];		/* in the poll set */
	bool		dead;
} Link;

static struct
{
	int			latency[2];
	long		rate;
	bool		silent[2];
	int64_t		cut[2];			/* -1: never */
	bool		cut_hard[2];
	int64_t		garble[2];		/* likewise */
	bool		refuse;
} faults = {.cut = {-1, -1},.garble = {-1, -1}};

static struct
{
	uint64_t	connections;
	uint64_t	bytes[2];
	uint64_t	turns;
} counters;

static Link *links = NULL;
static int	listener = -1;
static int	listen_port = 0;
static int	target_port = 0;
static volatile sig_atomic_t stopped = 0;

static void
die(const char *what)
{
	fprintf(stderr, "fault-proxy: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
stop(int signo)
{
	(void) signo;
	stopped = 1;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void
prepare_socket(int fd)
{
	int			on = 1;
	int			size = CHUNK;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* little is under way that nobody has asked for */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void
start_listening(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,.sin_port = htons(listen_port)};
	socklen_t	length = sizeof(address);
	int			on = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listener < 0 || bind(listener, (struct sockaddr *) &address, sizeof(address)) != 0 ||
		listen(listener, 64) != 0)
		die("listen");
	getsockname(listener, (struct sockaddr *) &address, &length);
	listen_port = ntohs(address.sin_port);
	fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
}

/* ---- connections ---- */

static void
close_end(int fd, bool hard)
{
	struct linger linger = {1, 0};

	if (fd < 0)
		return;
	if (hard)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

static void
end_link(Link *link, bool hard)
{
	close_end(link->end[0], hard);
	close_end(link->end[1], hard);
	link->end[0] = link->end[1] = -1;
	link->dead = true;
}

static void
free_dead(void)
{
	for (Link **p = &links; *p != NULL;)
	{
		Link	   *link = *p;

		if (!link->dead)
		{
			p = &link->next;
			continue;
		}
		*p = link->next;
		for (int d = UP; d <= DOWN; d++)
		{
			while (link->flow[d].first != NULL)
			{
				Chunk	   *chunk = link->flow[d].first;

				link->flow[d].first = chunk->next;
				free(chunk);
			}
		}
		free(link);
	}
}

static void
connect_link(Link *link)
{
	struct sockaddr_in address = {.sin_family = AF_INET,.sin_port = htons(target_port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	link->end[1] = socket(AF_INET, SOCK_STREAM, 0);
	if (link->end[1] < 0)
		die("socket");
	prepare_socket(link->end[1]);
	link->connecting = true;
	if (connect(link->end[1], (struct sockaddr *) &address, sizeof(address)) != 0 && errno != EINPROGRESS)
		end_link(link, true);
}

static void
accept_link(void)
{
	int			fd = accept(listener, NULL, NULL);
	Link	   *link;

	if (fd < 0)
		return;
	prepare_socket(fd);
	link = calloc(1, sizeof(Link));
	link->end[0] = fd;
	link->end[1] = -1;
	link->next = links;
	links = link;
	counters.connections++;
}

/* ---- bytes ---- */

static bool
is_slow(int d)
{
	return faults.latency[d] > 0 || faults.rate > 0;
}

/* What comes after so many bytes becomes something else. */
static void
garble(Flow *flow, int d, char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (faults.garble[d] >= 0 && flow->taken + i >= (uint64_t) faults.garble[d])
			data[i] = random();
	flow->taken += length;
}

/*
 * Read what has come into the queue of a direction.
 */
static void
take_in(Link *link, int d)
{
	static char data[CHUNK];
	Flow	   *flow = &link->flow[d];
	size_t		want = CHUNK;
	ssize_t		got;
	Chunk	   *chunk;

	/* at a low rate, small pieces */
	if (faults.rate > 0 && (size_t) faults.rate / 20 < want)
		want = faults.rate / 20 + 1;
	got = read(link->end[d], data, want);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0)
	{
		end_link(link, true);
		return;
	}
	if (got == 0)
	{
		flow->ended = true;
		return;
	}
	chunk = malloc(sizeof(Chunk) + got);
	memcpy(chunk->data, data, got);
	garble(flow, d, chunk->data, got);
	chunk->next = NULL;
	chunk->length = got;
	chunk->sent = 0;
	chunk->due = now() + faults.latency[d] / 1000.0;
	if (faults.rate > 0)
	{
		if (chunk->due < flow->free_at)
			chunk->due = flow->free_at;
		chunk->due += (double) got / faults.rate;
		flow->free_at = chunk->due;
	}
	if (flow->first == NULL)
		flow->first = chunk;
	else
		flow->last->next = chunk;
	flow->last = chunk;
	flow->queued += got;
}

/*
 * Write what is due; the connection is cut at the byte where it is to be.
 */
static void
pass_on(Link *link, int d)
{
	Flow	   *flow = &link->flow[d];
	double		time = now();

	while (flow->first != NULL && flow->first->due <= time)
	{
		Chunk	   *chunk = flow->first;
		size_t		length = chunk->length - chunk->sent;
		ssize_t		put;

		if (faults.cut[d] >= 0 && flow->passed + length > (uint64_t) faults.cut[d])
			length = (uint64_t) faults.cut[d] > flow->passed ? faults.cut[d] - flow->passed : 0;
		put = length > 0 ? write(link->end[1 - d], chunk->data + chunk->sent, length) : 0;
		if (put < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (put < 0)
		{
			end_link(link, true);
			return;
		}
		if (put > 0)
		{
			if (d == UP && (link->received || flow->passed == 0))
				counters.turns++;
			link->received = d == DOWN;
		}
		chunk->sent += put;
		flow->passed += put;
		flow->queued -= put;
		counters.bytes[d] += put;
		if (faults.cut[d] >= 0 && flow->passed >= (uint64_t) faults.cut[d])
		{
			end_link(link, faults.cut_hard[d]);
			return;
		}
		if (chunk->sent < chunk->length)
			return;
		flow->first = chunk->next;
		free(chunk);
	}
	if (flow->ended && flow->first == NULL && !flow->end_passed)
	{
		shutdown(link->end[1 - d], SHUT_WR);
		flow->end_passed = true;
		if (link->flow[1 - d].end_passed)
			end_link(link, false);
	}
}

/* ---- commands ---- */

/* "up", "down": the direction; -1: neither */
static int
direction(const char *word)
{
	return strcmp(word, "up") == 0 ? UP : strcmp(word, "down") == 0 ? DOWN : -1;
}

static bool
hardness(const char *word, bool *hard)
{
	*hard = strcmp(word, "rst") == 0;
	return *hard || strcmp(word, "fin") == 0;
}

static bool
command_cut(int n, char words[][32])
{
	bool		hard;
	int			d;

	if (n == 2 && strcmp(words[1], "never") == 0)
	{
		faults.cut[UP] = faults.cut[DOWN] = -1;
		return true;
	}
	if (n == 3 && strcmp(words[1], "now") == 0 && hardness(words[2], &hard))
	{
		for (Link *link = links; link != NULL; link = link->next)
		{
			if (!link->dead)
				end_link(link, hard);
		}
		return true;
	}
	d = n == 4 ? direction(words[1]) : -1;
	if (d < 0 || !hardness(words[3], &hard))
		return false;
	faults.cut[d] = atoll(words[2]);
	faults.cut_hard[d] = hard;
	return true;
}

static bool
command_garble(int n, char words[][32])
{
	int			d = n == 4 ? direction(words[1]) : -1;

	if (n == 2 && strcmp(words[1], "never") == 0)
	{
		faults.garble[UP] = faults.garble[DOWN] = -1;
		return true;
	}
	if (d < 0)
		return false;
	faults.garble[d] = atoll(words[2]);
	srandom(atoi(words[3]));
	return true;
}

/* Which directions a word names: none, up, down or both. */
static bool
directions(const char *which, bool *set)
{
	bool		both = strcmp(which, "both") == 0;

	if (!both && direction(which) < 0 && strcmp(which, "none") != 0)
		return false;
	set[UP] = both || direction(which) == UP;
	set[DOWN] = both || direction(which) == DOWN;
	return true;
}

static bool
command_hold(const char *which)
{
	bool		held[2];

	if (!directions(which, held))
		return false;
	for (Link *link = links; link != NULL; link = link->next)
		memcpy(link->held, held, sizeof(held));
	return true;
}

static bool
command_refuse(const char *which)
{
	bool		on = strcmp(which, "on") == 0;

	if (!on && strcmp(which, "off") != 0)
		return false;
	if (on && listener >= 0)
	{
		close(listener);
		listener = -1;
	}
	else if (!on && listener < 0)
		start_listening();
	return true;
}

static void
command_count(char *answer, size_t size)
{
	int			open = 0;

	for (Link *link = links; link != NULL; link = link->next)
		open += !link->dead;
	snprintf(answer, size, "connections %llu open %d up %llu down %llu turns %llu\n",
			 (unsigned long long) counters.connections, open, (unsigned long long) counters.bytes[UP],
			 (unsigned long long) counters.bytes[DOWN], (unsigned long long) counters.turns);
}

static void
command(const char *line, char *answer, size_t size)
{
	char		w[4][32] = {"", "", "", ""};
	int			n = sscanf(line, "%31s %31s %31s %31s", w[0], w[1], w[2], w[3]);
	bool		ok = false;

	snprintf(answer, size, "ok\n");
	if (strcmp(w[0], "latency") == 0 && (n == 2 || n == 3))
	{
		faults.latency[UP] = atoi(w[1]);
		faults.latency[DOWN] = atoi(w[n - 1]);
		ok = true;
	}
	else if (strcmp(w[0], "rate") == 0 && n == 2)
	{
		faults.rate = atol(w[1]);
		ok = true;
	}
	else if (strcmp(w[0], "silence") == 0 && n == 2)
		ok = directions(w[1], faults.silent);
	else if (strcmp(w[0], "hold") == 0 && n == 2)
		ok = command_hold(w[1]);
	else if (strcmp(w[0], "cut") == 0)
		ok = command_cut(n, w);
	else if (strcmp(w[0], "garble") == 0)
		ok = command_garble(n, w);
	else if (strcmp(w[0], "refuse") == 0 && n == 2)
		ok = command_refuse(w[1]);
	else if (strcmp(w[0], "count") == 0 && n == 1)
	{
		command_count(answer, size);
		ok = true;
	}
	else if (strcmp(w[0], "reset") == 0 && n == 1)
	{
		memset(&faults, 0, sizeof(faults));
		memset(&counters, 0, sizeof(counters));
		faults.cut[UP] = faults.cut[DOWN] = -1;
		faults.garble[UP] = faults.garble[DOWN] = -1;
		ok = command_hold("none") && command_refuse("off");
	}
	if (!ok)
		snprintf(answer, size, "error: no such command: %s\n", line);
}

/*
 * One line of a client of the control socket, and its answer.
 */
static void
serve_control(int control)
{
	char		line[128];
	char		answer[256];
	int			fd = accept(control, NULL, NULL);
	ssize_t		got;

	if (fd < 0)
		return;
	got = read(fd, line, sizeof(line) - 1);
	if (got > 0)
	{
		line[got] = '\0';
		line[strcspn(line, "\n")] = '\0';
		command(line, answer, sizeof(answer));
		(void) !write(fd, answer, strlen(answer));
	}
	close(fd);
}

/* ---- the loop ---- */

static bool
is_silent(const Link *link, int d)
{
	return faults.silent[d] || link->held[d];
}

/*
 * What a link waits for now, into the poll set; the time of the next chunk
 * that is due bounds the wait.
 */
static int
watch_link(Link *link, struct pollfd *set, int n, double time, double *wake)
{
	short		events[2] = {0, 0};

	if (link->end[1] < 0 && !(faults.silent[UP] && faults.silent[DOWN]))
		connect_link(link);
	if (link->connecting)
		events[1] = POLLOUT;
	for (int d = UP; d <= DOWN && !link->connecting; d++)
	{
		Flow	   *flow = &link->flow[d];

		if (is_silent(link, d) || link->end[1] < 0)
			continue;
		if (!flow->ended && flow->queued < (is_slow(d) ? SLOW_QUEUE : QUEUE))
			events[d] |= POLLIN;
		if (flow->first != NULL && flow->first->due <= time)
			events[1 - d] |= POLLOUT;
		else if (flow->first != NULL && flow->first->due < *wake)
			*wake = flow->first->due;
	}
	for (int e = 0; e < 2; e++)
	{
		link->slot[e] = -1;
		if (link->end[e] < 0 || events[e] == 0)
			continue;
		link->slot[e] = n;
		set[n].fd = link->end[e];
		set[n].events = events[e];
		set[n++].revents = 0;
	}
	return n;
}

static void
work_on_link(Link *link, struct pollfd *set)
{
	if (link->connecting && link->slot[1] >= 0 && set[link->slot[1]].revents != 0)
	{
		int			code = 0;
		socklen_t	length = sizeof(code);

		getsockopt(link->end[1], SOL_SOCKET, SO_ERROR, &code, &length);
		link->connecting = false;
		if (code != 0)
			end_link(link, true);
		return;
	}
	for (int d = UP; d <= DOWN && !link->dead && !link->connecting; d++)
	{
		if (is_silent(link, d) || link->end[1] < 0)
			continue;
		if (link->slot[d] >= 0 && (set[link->slot[d]].events & POLLIN) && set[link->slot[d]].revents != 0)
			take_in(link, d);
		if (!link->dead)
			pass_on(link, d);
	}
}

static void
run(int control)
{
	struct pollfd *set = NULL;

	while (!stopped)
	{
		double		time = now();
		double		wake = time + 3600;
		int			count = 2;
		int			n = 0;

		for (Link *link = links; link != NULL; link = link->next)
			count += 2;
		set = realloc(set, count * sizeof(struct pollfd));
		set[n].fd = control;
		set[n++].events = POLLIN;
		set[n].fd = listener;
		set[n].revents = 0;
		set[n++].events = POLLIN;
		for (Link *link = links; link != NULL; link = link->next)
		{
			if (!link->dead)
				n = watch_link(link, set, n, time, &wake);
		}
		if (poll(set, n, (int) ((wake - time) * 1000) + 1) < 0)
		{
			if (errno != EINTR)
				die("poll");
			continue;
		}
		for (Link *link = links; link != NULL; link = link->next)
		{
			if (!link->dead)
				work_on_link(link, set);
		}
		if (listener >= 0 && (set[1].revents & POLLIN))
			accept_link();
		if (set[0].revents & POLLIN)
			serve_control(control);
		free_dead();
	}
}

/* ---- processes ---- */

static int
control_socket(const char *dir, bool serve)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int			fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", dir) >= (int) sizeof(address.sun_path))
	{
		errno = ENAMETOOLONG;
		die(dir);
	}
	if (serve)
	{
		unlink(address.sun_path);
		if (bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0 || listen(fd, 16) != 0)
			die(address.sun_path);
	}
	else if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0)
		die(address.sun_path);
	return fd;
}

static void
write_number(const char *dir, const char *name, int number)
{
	char		path[512];
	char		part[520];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(part, sizeof(part), "%s.new", path);
	file = fopen(part, "w");
	if (file == NULL)
		die(part);
	fprintf(file, "%d\n", number);
	fclose(file);
	rename(part, path);
}

/*
 * Give a running proxy a command; the exit status says whether it was one.
 */
static int
give_command(const char *dir, const char *text)
{
	char		answer[256];
	int			fd = control_socket(dir, false);
	ssize_t		got;

	if (write(fd, text, strlen(text)) < 0)
		die("write");
	got = read(fd, answer, sizeof(answer) - 1);
	answer[got > 0 ? got : 0] = '\0';
	fputs(answer, stdout);
	return strncmp(answer, "error", 5) == 0;
}

int
main(int argc, char **argv)
{
	const char *dir = NULL;
	char		text[128] = "";
	int			control;

	for (int i = 1; i < argc; i++)
	{
		if (strcmp(argv[i], "--target") == 0 && i + 1 < argc)
			target_port = atoi(argv[++i]);
		else if (strcmp(argv[i], "--listen") == 0 && i + 1 < argc)
			listen_port = atoi(argv[++i]);
		else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc)
			dir = argv[++i];
		else
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", *text ? " " : "", argv[i]);
	}
	if (dir == NULL || (target_port == 0) == (*text == '\0'))
	{
		fprintf(stderr, "fault-proxy --target PORT --dir DIR [--listen PORT], or fault-proxy --dir DIR COMMAND\n");
		return 2;
	}
	if (target_port == 0)
		return give_command(dir, text);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, stop);
	control = control_socket(dir, true);
	start_listening();
	write_number(dir, "pid", getpid());
	write_number(dir, "port", listen_port);
	run(control);
	return 0;
}
