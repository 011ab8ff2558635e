/*-------------------------------------------------------------------------
 *
 * login.c
 *	  Logging in to SQL Server, in a thread.
 *
 *	  dbopen() resolves names, connects, negotiates TLS and logs in without a
 *	  way to be interrupted.  The thread knows nothing of PostgreSQL: it gets
 *	  what it needs in malloc'ed memory, runs with every signal blocked, and
 *	  says by a byte in a pipe that it is over.  One that nobody waits for any
 *	  more cleans up after itself.
 *
 *	  Encryption, certificates and the version of the protocol can be set in a
 *	  configuration file of FreeTDS only.  It is one of our own, in memory,
 *	  with a section per login that runs; there is no password in it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port/atomics.h"

#include "ending.h"
#include "fdw.h"
#include "option.h"
#include "sqlserver/wire.h"

#define DEFAULT_PORT "1433"
#define DEFAULT_TDS_VERSION "7.4"

/*
 * Bytes of a packet: larger ones are fewer, and an encrypted connection has
 * none above 16383.
 */
#define PACKET_SIZE 16000

/* Milliseconds that the server has to end a connection that was given up. */
#define GIVE_UP_TIME 1000

/* ... and of one that was over when it was given up, for which the backend itself waits. */
#define LATE_GIVE_UP_TIME 200

enum
{
	LOGIN_RUNNING,
	LOGIN_FINISHED,				/* the connection has it */
	LOGIN_ABANDONED				/* the thread has it */
};

struct SqlserverLogin
{
	pg_atomic_uint32 state;
	int			pipe[2];
	LOGINREC   *record;
	char		section[32];
	DBPROCESS  *dbproc;			/* NULL: it failed */
	SqlserverMessages messages;
};

/* The configuration, and how many logins read it. */
static int	conf_fd = -1;
static pg_atomic_uint32 conf_readers;

static void
free_login(SqlserverLogin *login)
{
	if (login->pipe[0] >= 0)
		close(login->pipe[0]);
	if (login->pipe[1] >= 0)
		close(login->pipe[1]);
	if (login->record != NULL)
		dbloginfree(login->record);
	free(login);
}

/*
 * Nobody wants the connection any more: it is closed, and the server has time to
 * notice.
 */
static void
give_up(DBPROCESS *dbproc, int milliseconds)
{
	int			fd = dup(DBIORDESC(dbproc));

	dbclose(dbproc);
	if (fd < 0)
		return;
	fsq_ending_begin(fd);
	(void) fsq_ending_await(fd, milliseconds);
	close(fd);
}

/*
 * The thread.  Of a login that was given up the place is free when the pipe is
 * closed.
 */
static void *
log_in(void *arg)
{
	SqlserverLogin *login = arg;
	uint32		expected = LOGIN_RUNNING;

	fsq_sqlserver_receive(&login->messages);
	login->dbproc = dbopen(login->record, login->section);
	fsq_sqlserver_receive(NULL);
	pg_atomic_fetch_sub_u32(&conf_readers, 1);
	if (pg_atomic_compare_exchange_u32(&login->state, &expected, LOGIN_FINISHED))
	{
		/* the last that this thread does with it */
		while (write(login->pipe[1], "", 1) < 0 && errno == EINTR)
			;
	}
	else
	{
		if (login->dbproc != NULL)
			give_up(login->dbproc, GIVE_UP_TIME);
		free_login(login);
	}
	return NULL;
}

/*
 * Add a login's section to the configuration.  False: see errno.
 */
static bool
write_section(const FsqConnSpec *spec, SqlserverLogin *login)
{
	static uint32 number = 0;
	const char *host = fsq_option_get(spec->server_options, "host");
	const char *port = fsq_option_get(spec->server_options, "port");
	const char *version = fsq_option_get(spec->server_options, "tds_version");
	const char *ca = fsq_option_get(spec->server_options, "ssl_ca");
	SqlserverEncryption encryption = fsq_sqlserver_encryption(spec->server_options);
	bool		verify = encryption == ENCRYPT_MANDATORY &&
		!fsq_option_get_bool(spec->server_options, "trust_server_certificate", false);
	char		path[64];
	char		text[2048];
	int			length;

	if (conf_fd < 0)
	{
		conf_fd = memfd_create("freetds.conf", MFD_CLOEXEC);
		if (conf_fd < 0)
			return false;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", conf_fd);
		dbsetifile(path);
	}
	/* what no thread reads any more can go */
	if (pg_atomic_read_u32(&conf_readers) == 0 &&
		(ftruncate(conf_fd, 0) != 0 || lseek(conf_fd, 0, SEEK_SET) != 0))
		return false;
	snprintf(login->section, sizeof(login->section), "fraiseql_%u", ++number);
	/* in one piece: a section without its end would encrypt and verify less */
	length = snprintf(text, sizeof(text),
					  "[%s]\nhost = %s\nport = %s\ntds version = %s\nclient charset = UTF-8\ntext size = 2147483647\n"
					  "encryption = %s\ncheck certificate hostname = %s\n%s%s\n",
					  login->section, host != NULL ? host : "localhost", port != NULL ? port : DEFAULT_PORT,
					  version != NULL ? version : DEFAULT_TDS_VERSION,
					  encryption == ENCRYPT_MANDATORY ? "require" : encryption == ENCRYPT_OFF ? "off" : "request",
					  verify ? "yes" : "no", verify ? "ca file = " : "", !verify ? "" : ca != NULL ? ca : "system");
	return length < (int) sizeof(text) && write(conf_fd, text, length) == length;
}

/*
 * What the login packet says.
 */
static bool
fill_record(const FsqConnSpec *spec, LOGINREC *record)
{
	const char *database = fsq_option_get(spec->server_options, "database");
	const char *application = fsq_option_get(spec->server_options, "application_name");
	const char *user = fsq_option_get(spec->user_options, "username");
	const char *password = fsq_option_get(spec->user_options, "password");

	DBSETLPACKET(record, PACKET_SIZE);
	DBSETLCHARSET(record, "UTF-8");
	DBSETLREADONLY(record, spec->read_only);
	return DBSETLAPP(record, application != NULL ? application : "fraiseql") == SUCCEED &&
		(database == NULL || DBSETLDBNAME(record, database) == SUCCEED) &&
		DBSETLUSER(record, user) == SUCCEED &&
		DBSETLPWD(record, password != NULL ? password : "") == SUCCEED;
}

static bool
start_thread(SqlserverLogin *login)
{
	pthread_t	thread;
	pthread_attr_t attributes;
	sigset_t	all;
	sigset_t	old;
	int			failed;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pg_atomic_fetch_add_u32(&conf_readers, 1);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&thread, &attributes, log_in, login);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
	if (failed)
		pg_atomic_fetch_sub_u32(&conf_readers, 1);
	return !failed;
}

/*
 * Begin to log in.  NULL: see the error.
 */
SqlserverLogin *
fsq_sqlserver_login_start(const FsqConnSpec *spec, FsqDriverError *error)
{
	static bool initialised = false;
	SqlserverLogin *login;

	if (!initialised)
	{
		pg_atomic_init_u32(&conf_readers, 0);
		initialised = dbinit() == SUCCEED;
	}
	login = calloc(1, sizeof(SqlserverLogin));
	if (initialised && login != NULL)
	{
		pg_atomic_init_u32(&login->state, LOGIN_RUNNING);
		login->pipe[0] = login->pipe[1] = -1;
		fsq_sqlserver_receive(NULL);
		/* beyond the core's own limit, for one that is given up */
		dbsetlogintime(spec->connection_timeout > 0 ? spec->connection_timeout / 1000 + 1 : 60);
		login->record = dblogin();
		if (login->record != NULL && fill_record(spec, login->record) && write_section(spec, login) &&
			pipe2(login->pipe, O_CLOEXEC | O_NONBLOCK) == 0 && start_thread(login))
			return login;
		free_login(login);
	}
	else
		free(login);
	fsq_sqlserver_set_error(error, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, FSQ_ERROR_CONNECTION,
							"The login could not be prepared: a name is longer than SQL Server's 128 characters, or memory or files are exhausted.", NULL);
	return NULL;
}

/*
 * Readable when the login is over.
 */
int
fsq_sqlserver_login_socket(const SqlserverLogin *login)
{
	return login->pipe[0];
}

/*
 * Whether it is over: then it is gone, and *dbproc is the connection, or NULL
 * and *messages say why not.
 */
bool
fsq_sqlserver_login_done(SqlserverLogin *login, DBPROCESS **dbproc, SqlserverMessages *messages)
{
	char		byte;

	if (read(login->pipe[0], &byte, 1) != 1)
		return false;
	*dbproc = login->dbproc;
	*messages = login->messages;
	free_login(login);
	return true;
}

/*
 * Leave a login to its thread.
 */
void
fsq_sqlserver_login_abandon(SqlserverLogin *login)
{
	uint32		expected = LOGIN_RUNNING;

	if (!pg_atomic_compare_exchange_u32(&login->state, &expected, LOGIN_ABANDONED))
	{
		SqlserverMessages messages;
		DBPROCESS  *dbproc;

		/* it is over, and its byte is on the way */
		while (!fsq_sqlserver_login_done(login, &dbproc, &messages))
			sched_yield();
		/* whoever waits for the pipe is told of its end at once, so the server's is awaited here */
		if (dbproc != NULL)
			give_up(dbproc, LATE_GIVE_UP_TIME);
	}
}
