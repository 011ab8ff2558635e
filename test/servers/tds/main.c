/*
 * main.c
 *	  The TDS server: a process that listens, and one for each connection.
 *
 * usage: tds-server --port N --backend CONNINFO --users FILE [options]; see README.md.
 */
#include "backend.h"
#include "catalog.h"
#include "net.h"
#include "session.h"
#include "token.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

Config		config = {NULL, NULL, "TDSTEST", 1};
Shared	   *shared;
Session		session;

#define FIRST_SPID 51

static volatile sig_atomic_t stopping;

static void
stop(int sig)
{
	(void) sig;
	stopping = 1;
}

/* How many bytes of ALL_HEADERS begin a message (MS-TDS 2.2.5.3). */
size_t
skip_all_headers(Buf *body)
{
	uint32_t	n;

	if (body->n < 4)
		return body->n;
	memcpy(&n, body->p, 4);
	/* A batch of a client without them begins with text. */
	return n >= 4 && n <= body->n && n < 1024 ? n : 0;
}

static void
new_session(int spid)
{
	memset(&session, 0, sizeof(session));
	session.spid = spid;
	session.db = "master";
	session.language = "us_english";
	session.dateformat = "mdy";
	session.datefirst = 7;
	session.isolation = "READ COMMITTED";
	session.lock_timeout = -1;
	session.login = session.host = session.app = "";
}

static void
batch_message(Buf *body)
{
	size_t		at = skip_all_headers(body);
	char	   *sql = utf8_from_utf16((unsigned char *) body->p + at, body->n - at);

	session.frame = alloc0(sizeof(Frame));
	session.frame->vars = vec_new();
	run_batch(sql);
	end_reply();
}

static void
attention_done(void)
{
	bool		in_rpc = session.in_rpc;

	session.in_rpc = false;
	put_done(DONE_ATTN, 0, 0);
	session.in_rpc = in_rpc;
	flush_done(false);
	net_flush(true);
}

/* RESETCONNECTION of a packet's status (MS-TDS 2.2.3.1.2). */
static void
reset_connection(void)
{
	const char *db = session.db;
	int			db_id = session.db_id;
	Session		old = session;

	if (session.trancount > 0)
		pg_run("ROLLBACK");
	new_session(old.spid);
	session.tds_version = old.tds_version;
	session.login = old.login;
	session.host = old.host;
	session.app = old.app;
	session.db = db;
	session.db_id = db_id;
	session.quoted_identifier = old.quoted_identifier;
	session.concat_null = session.ansi_nulls = true;
	session.textsize = old.textsize;
	put_env_bytes(18, "", 0, "", 0);
}

/* One connection, from prelogin to its end. */
void
serve(int fd, int spid)
{
	Buf			body = {0};
	Arena	   *arena = arena_new();
	int			type,
				status;

	arena_use(arena);
	net_open(fd, spid);
	new_session(spid);
	catalog_check();
	if (!login_phase())
		return;
	while ((type = net_read(&body, &status)) >= 0)
	{
		arena_reset(arena);
		session.in_rpc = false;
		session.depth = session.try_depth = 0;
		memset(&session.caught, 0, sizeof(session.caught));
		TRY(
			if (status & 0x18)
				reset_connection();
			switch (type)
			{
				case PKT_BATCH:
					batch_message(&body);
					break;
				case PKT_RPC:
					session.frame = alloc0(sizeof(Frame));
					session.frame->vars = vec_new();
					rpc_message(&body);
					break;
				case PKT_TRANSACTION:
					transaction_message(&body);
					break;
				case PKT_BULK:
					bulk_message(&body);
					break;
				case PKT_ATTENTION:
					attention_done();
					break;
				default:
					exit(0);
			})
		{
			guard_fail();
			if (err.cancelled)
			{
				if (session.xact_abort && session.trancount > 0)
					tran_rollback(NULL);
				/* The interrupted reply ends as one message, the acknowledgement is another. */
				session.in_rpc = false;
				put_done(DONE_ERROR, 0, 0);
				end_reply();
				attention_done();
			}
			else
			{
				report_error(1);
				put_done(DONE_ERROR, 0, 0);
				end_reply();
			}
		}
		END_TRY;
		if (body.cap > 1 << 20)
		{
			free(body.p);
			memset(&body, 0, sizeof(body));
		}
	}
	drop_temp_tables();
}

static int
free_slot(void)
{
	int			i;

	for (i = 0; i < 512; i++)
		if (!shared->slot[i].pid)
			return i;
	return -1;
}

static void
reap(void)
{
	int			pid,
				i;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (i = 0; i < 512; i++)
			if (shared->slot[i].pid == pid)
				shared->slot[i].pid = 0;
}

static void
child_ended(int sig)
{
	(void) sig;
}

static int
listen_on(int port)
{
	int			fd = socket(AF_INET, SOCK_STREAM, 0),
				one = 1;
	struct sockaddr_in a;

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_port = htons(port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *) &a, sizeof(a)) != 0 || listen(fd, 128) != 0)
	{
		fprintf(stderr, "tds: port %d: %s\n", port, strerror(errno));
		exit(1);
	}
	return fd;
}

static void
accept_loop(int lfd)
{
	while (!stopping)
	{
		int			fd = accept(lfd, NULL, NULL),
					slot,
					one = 1,
					pid;

		reap();
		if (fd < 0)
			continue;
		slot = free_slot();
		if (slot < 0)
		{
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		pid = fork();
		if (pid == 0)
		{
			signal(SIGTERM, SIG_DFL);
			signal(SIGINT, SIG_DFL);
			signal(SIGCHLD, SIG_DFL);
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			close(lfd);
			serve(fd, FIRST_SPID + slot);
			exit(0);
		}
		close(fd);
		if (pid > 0)
		{
			shared->slot[slot].spid = FIRST_SPID + slot;
			shared->slot[slot].pid = pid;
		}
	}
}

static void __attribute__((noreturn))
usage(void)
{
	fputs("usage: tds-server --port PORT --backend CONNINFO --users FILE\n"
		  "       [--share DIR] [--encrypt off|on|required --cert FILE --key FILE]\n"
		  "       [--name SERVER] [--ready FILE]\n", stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"port", 1, NULL, 'p'}, {"backend", 1, NULL, 'b'}, {"users", 1, NULL, 'u'}, {"share", 1, NULL, 's'}, {"encrypt", 1, NULL, 'e'},
		{"cert", 1, NULL, 'c'}, {"key", 1, NULL, 'k'}, {"name", 1, NULL, 'n'}, {"ready", 1, NULL, 'r'}, {NULL, 0, NULL, 0}
	};
	int			port = 0,
				c,
				lfd,
				i;
	const char *share = NULL,
			   *cert = NULL,
			   *key = NULL,
			   *ready = NULL;
	struct sigaction sa;

	arena_new();
	config.encrypt = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c)
		{
			case 'p':
				port = atoi(optarg);
				break;
			case 'b':
				config.backend = optarg;
				break;
			case 'u':
				config.users = optarg;
				break;
			case 's':
				share = optarg;
				break;
			case 'e':
				config.encrypt = strcmp(optarg, "required") == 0 ? 2 : strcmp(optarg, "on") == 0 ? 1 : strcmp(optarg, "off") == 0 ? 0 : -1;
				if (config.encrypt < 0)
					usage();
				break;
			case 'c':
				cert = optarg;
				break;
			case 'k':
				key = optarg;
				break;
			case 'n':
				config.server_name = optarg;
				break;
			case 'r':
				ready = optarg;
				break;
			default:
				usage();
		}
	if (!port || !config.backend || !config.users || optind < argc)
		usage();
	if (config.encrypt && (!cert || !key || !net_tls_load(cert, key)))
	{
		fputs("tds: encryption needs a usable --cert and --key\n", stderr);
		return 1;
	}
	if (!share)
	{
		char	   *slash = strrchr(argv[0], '/');

		share = slash ? dup_n(argv[0], slash - argv[0]) : ".";
	}
	lfd = listen_on(port);
	shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !backend_install(config.backend, share))
		return 1;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sa.sa_handler = child_ended;
	sigaction(SIGCHLD, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (ready)
	{
		FILE	   *f = fopen(ready, "w");

		if (f)
		{
			fprintf(f, "%d\n", (int) getpid());
			fclose(f);
		}
	}
	accept_loop(lfd);
	for (i = 0; i < 512; i++)
		if (shared->slot[i].pid)
			kill(shared->slot[i].pid, SIGTERM);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	if (ready)
		unlink(ready);
	return 0;
}
