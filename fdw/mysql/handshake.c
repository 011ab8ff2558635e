/*-------------------------------------------------------------------------
 *
 * handshake.c
 *	  Connecting to MySQL and MariaDB, in a thread.
 *
 *	  The library suspends a connection that is being made while it waits for
 *	  the server, but not in a TLS handshake: there it blocks.  So all of it is
 *	  done in a thread, which touches nothing of this process but its own
 *	  malloc'ed memory and has all signals blocked; it tells its end by a byte
 *	  in a pipe.  Whoever comes last, the thread or the one that let go of it,
 *	  frees it.
 *
 *	  A thread may be given a statement to run as well, which it does even when
 *	  nobody waits for it any more: a KILL that is late is better than none.
 *
 *	  When the process ends, its threads end first: what the TLS library has
 *	  cleaned up they must not use.  One that is to stop a statement goes on
 *	  until then, as long as the server answers: nobody else will.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "port/atomics.h"

#include "ending.h"
#include "mysql/wire.h"

/* OpenSSL's, if that is what the library uses. */
extern void OPENSSL_thread_stop(void) __attribute__((weak));

/* Milliseconds after which a thread looks whether it is still wanted. */
#define LOOK_TIME 100

/* Milliseconds that the server has to end a connection that was given up. */
#define GIVE_UP_TIME 1000

/* ... and of one that was over when it was given up, for which the backend itself waits. */
#define LATE_GIVE_UP_TIME 200

/* Milliseconds that threads have to end with the process. */
#define EXIT_TIME 1000

/*
 * Milliseconds of them that belong to those that stop statements; after which a
 * server that says nothing any more is not one that answers; and after which it
 * is none if it has never said anything.
 */
#define KILLS_TIME 700
#define SILENT_TIME 500
#define MUTE_TIME 200

enum
{
	HANDSHAKE_RUNNING,
	HANDSHAKE_FINISHED,			/* the wire has it */
	HANDSHAKE_ABANDONED			/* the thread has it */
};

/* Whether the process ends, and who ends with it. */
enum
{
	ENDING_NOT,
	ENDING_CONNECTS,			/* all but those that stop statements */
	ENDING_ALL
};

struct MysqlHandshake
{
	MysqlHandshake *next;		/* in running */
	pg_atomic_uint32 state;
	pg_atomic_uint64 heard;		/* when the server was heard last, in milliseconds; 0: never */
	int			pipe[2];
	MYSQL	   *mysql;
	MYSQL	   *connected;		/* NULL: it failed */
	int			failed;			/* likewise the statement */
	int			limit;			/* milliseconds; 0: none */
	volatile int socket;		/* on which the library may block, or -1 */
	struct timespec started;
	unsigned int port;
	/* malloc'ed; NULL: none */
	char	   *host;
	char	   *path;
	char	   *user;
	char	   *password;
	char	   *database;
	char	   *statement;
};

/* Those whose threads use the library, and whether they are to end. */
static MysqlHandshake *running = NULL;
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;
static pg_atomic_uint32 ending;

/* Milliseconds of a clock that is never set. */
static uint64
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether a server has not been heard for so long that it is not waited for at the end. */
static bool
is_silent(MysqlHandshake *handshake)
{
	uint64		heard = pg_atomic_read_u64(&handshake->heard);
	uint64		started = (uint64) handshake->started.tv_sec * 1000 + handshake->started.tv_nsec / 1000000;

	return heard != 0 ? clock_now() - heard > SILENT_TIME : clock_now() - started > MUTE_TIME;
}

/* Whether a thread is to end because the process does. */
static bool
must_end(MysqlHandshake *handshake)
{
	uint32		who = pg_atomic_read_u32(&ending);

	return who == ENDING_ALL ||
		(who == ENDING_CONNECTS && (handshake->statement == NULL || is_silent(handshake)));
}

/* ---- in the thread ---- */

/* Milliseconds that are left; -1: no limit. */
static int
time_left(const MysqlHandshake *handshake)
{
	struct timespec now;
	int64		passed;

	if (handshake->limit <= 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = (int64) (now.tv_sec - handshake->started.tv_sec) * 1000 +
		(now.tv_nsec - handshake->started.tv_nsec) / 1000000;
	return Max(0, handshake->limit - (int) passed);
}

static inline void
note_heard(MysqlHandshake *handshake)
{
	pg_atomic_write_u64(&handshake->heard, clock_now());
}

/*
 * Wait for what the library waits for; what of it has come.  0: the time is
 * over, or nobody wants it any more.
 */
static int
wait_for(MysqlHandshake *handshake, int waiting)
{
	for (;;)
	{
		int			left = time_left(handshake);
		int			ready;

		if (left == 0 || must_end(handshake) ||
			(handshake->statement == NULL &&
						  pg_atomic_read_u32(&handshake->state) == HANDSHAKE_ABANDONED))
			return 0;
		ready = fsq_mysql_look(handshake->mysql, waiting, left < 0 ? LOOK_TIME : Min(left, LOOK_TIME));
		if (ready & MYSQL_WAIT_READ)
			note_heard(handshake);
		if (ready != 0)
			return ready;
	}
}

/*
 * In the handshake each read and write has a limit, since the library blocks
 * there.
 */
static void
limit_handshake(MysqlHandshake *handshake)
{
	int			sock = mysql_get_socket(handshake->mysql);
	int			left = time_left(handshake);
	struct timeval limit = {.tv_sec = left / 1000,.tv_usec = left % 1000 * 1000};

	if (sock < 0 || left <= 0)
		return;
	(void) setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void) setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* False: it was given up. */
static bool
connect_to_server(MysqlHandshake *handshake)
{
	int			waiting = mysql_real_connect_start(&handshake->connected, handshake->mysql,
												   handshake->host, handshake->user, handshake->password,
												   handshake->database, handshake->port,
												   handshake->path, CLIENT_REMEMBER_OPTIONS);

	while (waiting != 0)
	{
		int			ready = wait_for(handshake, waiting);

		if (ready == 0)
			return false;
		limit_handshake(handshake);
		handshake->socket = mysql_get_socket(handshake->mysql);
		waiting = mysql_real_connect_cont(&handshake->connected, handshake->mysql, ready);
		handshake->socket = -1;
		/* where it blocks, it hears more than what it was called for */
		if (ready & MYSQL_WAIT_READ)
			note_heard(handshake);
	}
	if (handshake->connected != NULL)
		fsq_mysql_unblock(handshake->mysql);
	return true;
}

/* False: it was given up. */
static bool
run_statement(MysqlHandshake *handshake)
{
	int			waiting = mysql_real_query_start(&handshake->failed, handshake->mysql,
												 handshake->statement, strlen(handshake->statement));

	while (waiting != 0)
	{
		int			ready = wait_for(handshake, waiting);

		if (ready == 0)
			return false;
		waiting = mysql_real_query_cont(&handshake->failed, handshake->mysql, ready);
	}
	return true;
}

static void
free_handshake(MysqlHandshake *handshake)
{
	if (handshake->pipe[0] >= 0)
		close(handshake->pipe[0]);
	if (handshake->pipe[1] >= 0)
		close(handshake->pipe[1]);
	if (handshake->password != NULL)
		explicit_bzero(handshake->password, strlen(handshake->password));
	free(handshake->host);
	free(handshake->path);
	free(handshake->user);
	free(handshake->password);
	free(handshake->database);
	free(handshake->statement);
	free(handshake);
}

/* There is no thread that uses the library for it. */
static void
leave_running(MysqlHandshake *handshake)
{
	MysqlHandshake **place;

	pthread_mutex_lock(&running_lock);
	for (place = &running; *place != handshake; place = &(*place)->next)
		;
	*place = handshake->next;
	pthread_mutex_unlock(&running_lock);
}

/*
 * Nobody wants the connection any more: it is ended, and the server has time to
 * notice.
 */
static void
give_up(MYSQL *mysql, int milliseconds)
{
	int			sock = fsq_mysql_socket(mysql);

	if (sock >= 0)
	{
		fsq_ending_begin(sock);
		for (int i = 0; i < milliseconds && pg_atomic_read_u32(&ending) == ENDING_NOT; i += LOOK_TIME)
			if (fsq_ending_await(sock, LOOK_TIME))
				break;
		fsq_mysql_abort(mysql);
	}
	mysql_close(mysql);
}

/*
 * The thread uses the library no more.  What OpenSSL keeps for a thread goes now:
 * at the thread's own end, the process may be clearing OpenSSL up.
 */
static void
end_use(MysqlHandshake *handshake)
{
	if (OPENSSL_thread_stop != NULL)
		OPENSSL_thread_stop();
	leave_running(handshake);
}

static void *
shake_hands(void *arg)
{
	MysqlHandshake *handshake = arg;
	uint32		expected = HANDSHAKE_RUNNING;
	bool		complete = connect_to_server(handshake);

	if (complete && handshake->connected != NULL && handshake->statement != NULL)
		complete = run_statement(handshake);
	if (!complete)
		handshake->connected = NULL;
	if (!complete && pg_atomic_read_u32(&handshake->state) != HANDSHAKE_ABANDONED)
		fsq_mysql_abort(handshake->mysql);
	if (pg_atomic_compare_exchange_u32(&handshake->state, &expected, HANDSHAKE_FINISHED))
	{
		end_use(handshake);
		/* the last that this thread does with it */
		while (write(handshake->pipe[1], "", 1) < 0 && errno == EINTR)
			;
	}
	else
	{
		/* the place is free when the pipe is closed */
		give_up(handshake->mysql, GIVE_UP_TIME);
		end_use(handshake);
		free_handshake(handshake);
	}
	return NULL;
}

/* ---- outside of it ---- */

/*
 * The process ends: so do its threads, before the TLS library does.
 */
static void
end_threads(void)
{
	uint64		start = clock_now();
	uint64		passed;

	while ((passed = clock_now() - start) < EXIT_TIME)
	{
		bool		done;

		pg_atomic_write_u32(&ending, passed < KILLS_TIME ? ENDING_CONNECTS : ENDING_ALL);
		pthread_mutex_lock(&running_lock);
		for (MysqlHandshake *handshake = running; handshake != NULL; handshake = handshake->next)
			if (handshake->socket >= 0 && must_end(handshake))
				(void) shutdown(handshake->socket, SHUT_RDWR);
		done = running == NULL;
		pthread_mutex_unlock(&running_lock);
		if (done)
			break;
		usleep(1000);
	}
}

static bool
start_thread(MysqlHandshake *handshake)
{
	static bool registered = false;
	pthread_attr_t attributes;
	pthread_t	thread;
	sigset_t	all;
	sigset_t	before;
	int			code;

	if (!registered)
	{
		pg_atomic_init_u32(&ending, ENDING_NOT);
		registered = atexit(end_threads) == 0;
	}
	sigfillset(&all);
	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_mutex_lock(&running_lock);
	handshake->next = running;
	running = handshake;
	pthread_mutex_unlock(&running_lock);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&thread, &attributes, shake_hands, handshake);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (code != 0)
		leave_running(handshake);
	return code == 0;
}

/* A copy that is NULL for NULL; clears *ok if there is no memory for it. */
static char *
copy(const char *text, bool *ok)
{
	char	   *result = text != NULL ? strdup(text) : NULL;

	if (text != NULL && result == NULL)
		*ok = false;
	return result;
}

/*
 * Begin to connect as the options of a connection say, and then to run a
 * statement (or NULL).  The library's connection is the thread's until
 * fsq_mysql_handshake_done says otherwise.  NULL: memory, files or threads are
 * exhausted.
 */
MysqlHandshake *
fsq_mysql_handshake_start(const MysqlConn *conn, MYSQL *mysql, int limit, const char *statement)
{
	MysqlHandshake *handshake = calloc(1, sizeof(MysqlHandshake));
	bool		local = conn->host[0] == '/';
	bool		ok = true;

	if (handshake == NULL)
		return NULL;
	pg_atomic_init_u32(&handshake->state, HANDSHAKE_RUNNING);
	pg_atomic_init_u64(&handshake->heard, 0);
	handshake->pipe[0] = handshake->pipe[1] = handshake->socket = -1;
	handshake->mysql = mysql;
	handshake->limit = limit;
	clock_gettime(CLOCK_MONOTONIC, &handshake->started);
	handshake->port = conn->port;
	handshake->host = copy(local ? NULL : conn->host, &ok);
	handshake->path = copy(local ? conn->host : NULL, &ok);
	handshake->user = copy(conn->user, &ok);
	handshake->password = copy(conn->password, &ok);
	handshake->database = copy(conn->database, &ok);
	handshake->statement = copy(statement, &ok);
	if (ok && pipe2(handshake->pipe, O_CLOEXEC | O_NONBLOCK) == 0 && start_thread(handshake))
		return handshake;
	free_handshake(handshake);
	return NULL;
}

/* Readable when it is over. */
int
fsq_mysql_handshake_socket(const MysqlHandshake *handshake)
{
	return handshake->pipe[0];
}

/*
 * Whether it is over: then it is gone, *connected is NULL if it failed, and so
 * did the statement if *failed.
 */
bool
fsq_mysql_handshake_done(MysqlHandshake *handshake, MYSQL **connected, int *failed)
{
	char		byte;

	if (read(handshake->pipe[0], &byte, 1) != 1)
		return false;
	*connected = handshake->connected;
	*failed = handshake->failed;
	free_handshake(handshake);
	return true;
}

/*
 * Leave it to its thread, with the library's connection.
 */
void
fsq_mysql_handshake_abandon(MysqlHandshake *handshake)
{
	uint32		expected = HANDSHAKE_RUNNING;
	MYSQL	   *mysql = handshake->mysql;
	MYSQL	   *connected;
	int			failed;

	if (pg_atomic_compare_exchange_u32(&handshake->state, &expected, HANDSHAKE_ABANDONED))
		return;
	/* it is over, and its byte is on the way */
	while (!fsq_mysql_handshake_done(handshake, &connected, &failed))
		sched_yield();
	/* whoever waits for the pipe is told of its end at once, so the server's is awaited here */
	give_up(mysql, LATE_GIVE_UP_TIME);
}
