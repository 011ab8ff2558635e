/*-------------------------------------------------------------------------
 *
 * connection.c
 *	  The connections of this backend: making, keeping, invalidating and
 *	  closing them, and every wait on them.
 *
 *	  Connections are kept by server, user mapping and role (by server, for
 *	  engines without logins).  ALTER and DROP of any make them stale: a stale
 *	  one serves the statements that run on it and is closed after the last.
 *
 *	  Where a connection runs one statement at a time, a statement that finds
 *	  it busy gets another one, up to MAX_CONNECTIONS.  Beyond that, and where
 *	  a snapshot ties the transaction to its connection, the rows of what runs
 *	  are read ahead to make room.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <poll.h>

#include "access/xact.h"
#include "compat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "connection.h"
#include "fraiseql.h"
#include "option.h"
#include "prefetch.h"

/* Connections of this backend to one server with one login that run statements at the same time. */
#define MAX_CONNECTIONS 4

/*
 * Milliseconds that stopping a statement or ending a snapshot may take where
 * nothing can be raised; a connection that needs longer is closed.
 */
#define CLEANUP_TIME 200

/*
 * After one has needed longer: nothing for the same server, little for others,
 * so that all of them together take hardly longer than one.
 */
#define NEXT_CLEANUP_TIME 20

/* Likewise where the transaction goes on and would lose its snapshot with the connection. */
#define SNAPSHOT_CLEANUP_TIME 5000

dlist_head	fsq_connections = DLIST_STATIC_INIT(fsq_connections);

static bool initialised = false;

/*
 * A server, user mapping or role changed: connections made from it are stale.
 * Nothing is closed here, since statements may run and memory may be scarce.
 */
static void
invalidate(Datum arg, int cacheid, uint32 hashvalue)
{
	dlist_iter	iter;

	dlist_foreach(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);
		uint32		hash = cacheid == FOREIGNSERVEROID ? entry->server_hash :
			cacheid == USERMAPPINGOID ? entry->mapping_hash : entry->role_hash;

		if (hashvalue == 0 || hashvalue == hash)
			entry->stale = true;
	}
}

/*
 * When the backend ends, remote databases are left in good order.
 */
static void
close_all(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		while (!dlist_is_empty(&entry->queries))
			fsq_query_finish(dlist_head_element(FsqQuery, link, &entry->queries));
		fsq_connection_close_retired(entry);
		if (entry->conn != NULL)
			fsq_place_close(entry);
		fsq_place_left(entry);
	}
	fsq_place_settle_all();
}

static void
initialise(void)
{
	if (initialised)
		return;
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, invalidate, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, invalidate, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, invalidate, (Datum) 0);
	fsq_transaction_init();
	/* after the transaction's end, and before its places are given to others */
	fsq_shared_at_end(close_all);
	initialised = true;
}

void
fsq_connection_close(FsqConnEntry *entry)
{
	Assert(dlist_is_empty(&entry->queries));

	dlist_delete(&entry->link);
	fsq_descriptions_drop(entry);
	fsq_connection_close_retired(entry);
	if (entry->conn != NULL)
		fsq_place_close(entry);
	fsq_place_left(entry);
	MemoryContextDelete(entry->context);
}

void
fsq_connection_shut(FsqConn *conn)
{
	fsq_wait_forget(conn);
	conn->driver->close(conn);
}

void
fsq_connection_close_retired(FsqConnEntry *entry)
{
	ListCell   *lc;

	foreach(lc, entry->retired)
		fsq_connection_shut(lfirst(lc));
	list_free(entry->retired);
	entry->retired = NIL;
}

void
fsq_connection_close_stale(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		if (!entry->reserved && (entry->stale || entry->conn->broken) && entry->pins == 0 &&
			dlist_is_empty(&entry->queries) && !entry->snapshot)
			fsq_connection_close(entry);
	}
}

int
fsq_connection_timeout(const FsqConnEntry *entry)
{
	return entry->timeout >= 0 ? entry->timeout : fsq_remote_timeout_setting;
}

int
fsq_connection_lock_timeout(const FsqConnEntry *entry)
{
	int			timeout = fsq_connection_timeout(entry);

	if (timeout > 0)
		return timeout;
	return entry->connection_timeout >= 0 ? entry->connection_timeout : fsq_connection_timeout_setting;
}

/*
 * Whether an entry without a snapshot may serve new statements at all.  What
 * an idle one was opened for may be gone.
 */
static bool
is_usable(FsqConnEntry *entry)
{
	/* none: between two attempts to connect */
	if (entry->stale || entry->conn == NULL || entry->conn->broken)
		return false;
	if (!entry->reserved && dlist_is_empty(&entry->queries) &&
		entry->driver->usable != NULL && !entry->driver->usable(entry->conn))
		entry->stale = true;
	return !entry->stale;
}

/*
 * A snapshot is not to be had twice: what is left of the transaction fails if
 * the connection that holds it is lost.
 */
static void
check_snapshot(FsqConnEntry *entry)
{
	if (entry->conn->broken)
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the snapshot of server \"%s\" is lost", entry->spec.server_name),
				 errdetail("The connection that held it for this transaction was closed after an error."),
				 errhint("Roll the transaction back and start it again.")));
}

/*
 * Whether an entry's connection is a role's own on a server.  One mapping may
 * serve many roles (that for PUBLIC), but what a connection may be used for,
 * and as whom it logs in if the mapping does not say, depends on the role.
 */
static inline bool
serves(const FsqConnEntry *entry, const FsqLogin *login)
{
	if (entry->spec.serverid != login->serverid)
		return false;
	return login->mapping == NULL ||
		(entry->spec.umid == login->mapping->umid && entry->spec.userid == login->userid);
}

/*
 * The connection that serves new statements of a login, or NULL.  It may be
 * busy: then room is to be made on it.  NULL means that one is to be made, for
 * which a place was taken (*place) or is to be waited for; or (*pending) that
 * one will be there when prefetch.c is done with it.  A
 * transaction with a snapshot stays with the connection that holds it, even if
 * server or mapping have been altered since.
 */
static FsqConnEntry *
find_entry(const FsqLogin *login, bool *pending, bool *place)
{
	FsqConnEntry *idle = NULL;
	FsqConnEntry *busy = NULL;
	int			count = 0;
	dlist_iter	iter;

	*pending = *place = false;
	dlist_foreach(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		if (!serves(entry, login))
			continue;
		if (entry->reserved)
		{
			/* a transaction has one snapshot of a server */
			*pending |= IsolationUsesXactSnapshot();
			count++;
			continue;
		}
		if (entry->snapshot)
		{
			check_snapshot(entry);
			return entry;
		}
		if (!is_usable(entry))
			continue;
		count++;
		if (entry->driver->max_statements > 0 && !dlist_is_empty(&entry->queries))
			busy = entry;
		else if (idle == NULL)
			idle = entry;
	}
	if (*pending)
		return NULL;
	if (idle != NULL)
		return idle;
	if (count < MAX_CONNECTIONS && fsq_pool_take(login->guard))
	{
		*place = true;
		return NULL;
	}
	*pending = busy == NULL && count > 0;
	return busy;
}

int
fsq_connection_count(const FsqLogin *login, int *nidle, int *nconnecting)
{
	int			count = 0;
	dlist_iter	iter;

	*nidle = *nconnecting = 0;
	dlist_foreach(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		if (!serves(entry, login) || (!entry->snapshot && !is_usable(entry)))
			continue;
		count++;
		if (entry->connecting)
			(*nconnecting)++;
		else if (!entry->reserved && dlist_is_empty(&entry->queries))
			(*nidle)++;
	}
	return count;
}

FsqConnEntry *
fsq_connection_reserve(const FsqLogin *login)
{
	FsqConnEntry *idle = NULL;
	dlist_iter	iter;

	dlist_foreach(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);
		bool		busy = entry->reserved || !dlist_is_empty(&entry->queries);

		if (!serves(entry, login) || (!entry->snapshot && !is_usable(entry)))
			continue;
		/* a transaction has one snapshot of a server */
		if (entry->snapshot || (busy && IsolationUsesXactSnapshot()))
		{
			idle = busy || entry->conn->broken ? NULL : entry;
			break;
		}
		if (!busy && idle == NULL)
			idle = entry;
	}
	if (idle != NULL)
	{
		idle->reserved = true;
		idle->pins++;
	}
	return idle;
}

/*
 * Free a connection that runs one statement at a time.
 */
static void
make_room(FsqConnEntry *entry)
{
	while (entry->driver->max_statements > 0 && !dlist_is_empty(&entry->queries))
		fsq_query_buffer(dlist_head_element(FsqQuery, link, &entry->queries));
}

/*
 * An entry for a server and user mapping, not yet connected or in the list.
 */
static FsqConnEntry *
make_entry(const FsqLogin *login)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "fraiseql connection",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ForeignServer *server = GetForeignServer(login->serverid);
	UserMapping *mapping = login->mapping;
	FsqConnEntry *entry = palloc0(sizeof(FsqConnEntry));
	const char *value;

	entry->driver = login->driver;
	entry->guard = login->guard;
	entry->context = context;
	dlist_init(&entry->queries);
	entry->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(login->serverid));
	entry->spec.serverid = login->serverid;
	entry->spec.userid = login->userid;
	entry->spec.server_name = server->servername;
	entry->spec.server_options = fsq_wire_options(server->options);
	if (mapping != NULL)
	{
		entry->spec.umid = mapping->umid;
		entry->spec.user_options = fsq_login_options(login);
		entry->spec.password_required = fsq_login_needs_password(login);
		entry->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(mapping->umid));
		entry->role_hash = GetSysCacheHashValue1(AUTHOID, ObjectIdGetDatum(login->userid));
	}
	value = fsq_option_get(server->options, "timeout");
	entry->timeout = value ? fsq_parse_duration("timeout", value) : -1;
	value = fsq_option_get(server->options, "connection_timeout");
	entry->connection_timeout = value ? fsq_parse_duration("connection_timeout", value) : -1;
	entry->spec.timeout = fsq_connection_timeout(entry);
	entry->spec.connection_timeout = entry->connection_timeout >= 0 ? entry->connection_timeout :
		fsq_connection_timeout_setting;
	entry->spec.read_only = fsq_option_get_bool(server->options, "read_only", false);

	MemoryContextSwitchTo(old);
	return entry;
}

/*
 * The same for a place that was taken, which it gives back when it is closed.
 */
static FsqConnEntry *
make_placed_entry(const FsqLogin *login)
{
	FsqConnEntry *entry;

	PG_TRY();
	{
		entry = make_entry(login);
	}
	PG_CATCH();
	{
		fsq_pool_return(login->guard);
		PG_RE_THROW();
	}
	PG_END_TRY();
	fsq_place_taken(entry);
	return entry;
}

/*
 * One attempt to connect an entry, waiting until the deadline.  False, with the
 * error: it has failed.
 */
static bool
try_connect(FsqConnEntry *entry, TimestampTz started, TimestampTz deadline, FsqDriverError *error)
{
	FsqStatus	status;

	/* of the attempt before */
	if (entry->conn != NULL)
		fsq_connection_shut(entry->conn);
	entry->conn = NULL;
	status = entry->driver->connect(&entry->spec, &entry->conn, error);
	if (entry->conn == NULL)
		return false;
	entry->conn->owner = entry;
	/* for what a library does without coming back */
	entry->conn->deadline = entry->driver->in_process ? 0 : deadline;
	while (status == FSQ_WAIT)
	{
		fsq_connection_wait_step(entry->conn, started, deadline, NULL, NULL);
		status = entry->driver->connect_poll(entry->conn);
	}
	entry->conn->deadline = 0;
	*error = entry->conn->error;
	return status == FSQ_DONE;
}

/*
 * Connect an entry, waiting as long as connection_timeout allows for all
 * attempts, of which the first has that number.
 */
static void
connect_entry(FsqConnEntry *entry, int attempt)
{
	TimestampTz started = GetCurrentTimestamp();
	TimestampTz deadline = entry->spec.connection_timeout > 0 ?
		TimestampTzPlusMilliseconds(started, entry->spec.connection_timeout) : 0;
	FsqConn		failed = {.driver = entry->driver,.server_name = entry->spec.server_name};

	while (!try_connect(entry, started, deadline, &failed.error))
	{
		fsq_connection_failed(entry->guard, &failed.error);
		if (!fsq_retry_wait(entry->guard, attempt++, &failed.error, deadline))
			fsq_connection_error(&failed, NULL, NULL);
	}
}

FsqConnEntry *
fsq_connection_find(Oid serverid, Oid userid)
{
	FsqLogin	login;
	dlist_iter	iter;

	fsq_connection_login(&login, serverid, userid);
	dlist_foreach(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		if (serves(entry, &login) && !entry->connecting &&
			(!entry->stale || entry->snapshot) && entry->conn != NULL && !entry->conn->broken)
			return entry;
	}
	return NULL;
}

/*
 * A new connection, idle.  While it is being made it is among the others, so
 * that it becomes stale and is counted as they do.
 */
static FsqConnEntry *
open_entry(const FsqLogin *login)
{
	FsqConnEntry *entry = make_placed_entry(login);

	fsq_connection_close_stale();
	entry->reserved = entry->connecting = true;
	dlist_push_tail(&fsq_connections, &entry->link);
	PG_TRY();
	{
		connect_entry(entry, 1);
	}
	PG_CATCH();
	{
		dlist_delete(&entry->link);
		if (entry->conn != NULL)
			fsq_place_close(entry);
		fsq_place_left(entry);
		MemoryContextDelete(entry->context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	entry->reserved = entry->connecting = false;
	fsq_place_connected(entry);
	return entry;
}

FsqConnEntry *
fsq_connection_begin(const FsqLogin *login, FsqStatus *status, FsqDriverError *error)
{
	FsqConnEntry *entry;
	int			nidle;
	int			nconnecting;
	int			count;

	initialise();
	*status = FSQ_WAIT;
	count = fsq_connection_count(login, &nidle, &nconnecting);
	/* a transaction has one snapshot of a server */
	if (count >= (IsolationUsesXactSnapshot() ? 1 : MAX_CONNECTIONS))
		return NULL;
	(void) fsq_place_settle();
	if (!fsq_pool_take(login->guard))
	{
		if (count == 0)
			fsq_place_want(login);
		return NULL;
	}
	entry = make_placed_entry(login);
	*status = login->driver->connect(&entry->spec, &entry->conn, error);
	if (*status == FSQ_FAILED)
	{
		if (entry->conn != NULL)
		{
			*error = entry->conn->error;
			fsq_connection_shut(entry->conn);
		}
		fsq_connection_failed(login->guard, error);
		fsq_place_left(entry);
		MemoryContextDelete(entry->context);
		return NULL;
	}
	entry->conn->owner = entry;
	entry->reserved = true;
	entry->pins = 1;
	entry->connecting = *status == FSQ_WAIT;
	dlist_push_tail(&fsq_connections, &entry->link);
	return entry;
}

void
fsq_connection_release(FsqConnEntry *entry, bool reserved)
{
	if (reserved)
	{
		/* one that is not yet connected cannot be used */
		if (entry->connecting)
			entry->conn->broken = true;
		entry->connecting = false;
		entry->reserved = false;
	}
	entry->pins--;
	if (entry->conn->broken && !entry->reserved && entry->pins == 0 && dlist_is_empty(&entry->queries) && !entry->snapshot)
		fsq_connection_close(entry);
}

void
fsq_connection_remake(FsqConnEntry *entry, int attempt)
{
	FsqConn    *dead = entry->conn;
	bool		reserved = entry->reserved;
	MemoryContext old;

	old = MemoryContextSwitchTo(entry->context);
	entry->retired = lappend(entry->retired, dead);
	MemoryContextSwitchTo(old);
	dead->broken = true;
	entry->reused = entry->connected = false;
	entry->conn = NULL;
	/* what runs beside the wait is not to take it for an idle one */
	entry->reserved = true;
	PG_TRY();
	{
		connect_entry(entry, attempt);
	}
	PG_CATCH();
	{
		/* the entry keeps the dead one, and goes with it */
		if (entry->conn != NULL)
			fsq_connection_shut(entry->conn);
		entry->conn = dead;
		entry->retired = list_delete_ptr(entry->retired, dead);
		entry->reserved = reserved;
		PG_RE_THROW();
	}
	PG_END_TRY();
	entry->reserved = reserved;
}

bool
fsq_connection_renew(FsqConnEntry *entry)
{
	if (entry->conn->error.class != FSQ_ERROR_CONNECTION || !entry->reused || entry->snapshot ||
		entry->stale || !dlist_is_empty(&entry->queries))
		return false;
	fsq_connection_remake(entry, 1);
	return true;
}

FsqConn *
fsq_connection_get(Oid serverid, Oid userid)
{
	FsqLogin	login;
	FsqConnEntry *entry;
	FsqPlaceWait wait = {0};
	bool		pending;
	bool		place;

	fsq_connection_login(&login, serverid, userid);
	fsq_admit_login(&login);
	initialise();
	while ((entry = find_entry(&login, &pending, &place)) == NULL && !place)
	{
		if (pending)
			fsq_prefetch_wait_any();
		else
			fsq_place_wait(&login, &wait);
	}
	if (wait.started != 0)
		fsq_pool_leave(false);
	if (entry == NULL)
		entry = open_entry(&login);
	else
		make_room(entry);
	fsq_transaction_enter(entry);
	return entry->conn;
}

void
fsq_connection_wait_step(FsqConn *conn, TimestampTz started, TimestampTz deadline,
						 const char *doing, const char *sql)
{
	FsqWait		wait = {.socket = PGINVALID_SOCKET,.milliseconds = -1};
	TimestampTz limit = deadline;
	int			events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;
	/* what is done on a connection is told, but for making it */
	bool		made = doing != NULL;
	long		milliseconds;

	CHECK_FOR_INTERRUPTS();

	conn->driver->wait_for(conn, &wait);
	if (wait.locked)
	{
		int			patience = fsq_connection_lock_timeout(conn->owner);
		TimestampTz lock_limit = TimestampTzPlusMilliseconds(started, patience);

		if (patience > 0 && (limit == 0 || lock_limit < limit))
			limit = lock_limit;
	}
	milliseconds = wait.milliseconds;
	if (limit != 0)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), limit);

		if (left <= 0)
			fsq_connection_wait_error(conn, wait.locked, started, doing, sql);
		if (milliseconds < 0 || left < milliseconds)
			milliseconds = left;
	}
	if (milliseconds >= 0)
		events |= WL_TIMEOUT;

	if (fsq_prefetch_active())
		fsq_prefetch_wait_with(made ? conn : NULL, &wait, milliseconds);
	else if (wait.socket != PGINVALID_SOCKET && made)
		(void) fsq_wait_for_socket(conn, &wait, milliseconds);
	else if (wait.socket != PGINVALID_SOCKET)
		(void) WaitLatchOrSocket(MyLatch, events | wait.events, wait.socket, milliseconds,
								 fsq_wait_event(FSQ_EVENT_REMOTE));
	else
		(void) WaitLatch(MyLatch, events, milliseconds, fsq_wait_event(FSQ_EVENT_REMOTE));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	/* another try would find its own time up, and not say that it was for a lock */
	if (wait.locked && limit != 0 && GetCurrentTimestamp() >= limit)
		fsq_connection_wait_error(conn, true, started, doing, sql);
}

/*
 * Whether what runs now is the end of a request that has had its time, or of
 * its transaction, right after it.
 */
static inline bool
end_applies(TimestampTz now)
{
	return fsq_request_end != 0 && now < TimestampTzPlusMilliseconds(fsq_request_end, CLEANUP_TIME);
}

TimestampTz
fsq_connection_cleanup_deadline(const FsqConnEntry *entry)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz deadline;
	int			time = CLEANUP_TIME;
	dlist_iter	iter;

	if (entry->snapshot && IsTransactionState())
	{
		deadline = TimestampTzPlusMilliseconds(now, SNAPSHOT_CLEANUP_TIME);
		return end_applies(now) ? Min(deadline, fsq_request_end) : deadline;
	}
	dlist_foreach(iter, &fsq_connections)
	{
		const FsqConnEntry *other = dlist_container(FsqConnEntry, link, iter.cur);

		if (other->gave_up_at != 0 && now < TimestampTzPlusMilliseconds(other->gave_up_at, CLEANUP_TIME))
			time = Min(time, other->spec.serverid == entry->spec.serverid ? 0 : NEXT_CLEANUP_TIME);
	}
	deadline = TimestampTzPlusMilliseconds(now, time);
	return end_applies(now) ? Min(deadline, fsq_request_end) : deadline;
}

/*
 * With poll(2), since a wait on the latch may allocate and raise errors.  Who
 * cancels does not want to wait for the sake of a snapshot.
 */
bool
fsq_connection_cleanup_wait(FsqConn *conn, TimestampTz deadline, long milliseconds)
{
	FsqWait		wait = {.socket = PGINVALID_SOCKET,.milliseconds = -1};
	struct pollfd pfd = {0};
	long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);

	if (left <= 0 || (left > CLEANUP_TIME && (QueryCancelPending || ProcDiePending)))
		return false;
	/* a signal may come just before poll() */
	left = Min(left, CLEANUP_TIME);
	if (milliseconds >= 0)
		left = Min(left, milliseconds);
	conn->driver->wait_for(conn, &wait);
	if (wait.milliseconds >= 0)
		left = Min(left, wait.milliseconds);
	pfd.fd = wait.socket;
	pfd.events = ((wait.events & WL_SOCKET_READABLE) ? POLLIN : 0) |
		((wait.events & WL_SOCKET_WRITEABLE) ? POLLOUT : 0);
	(void) poll(&pfd, wait.socket == PGINVALID_SOCKET ? 0 : 1, (int) left);
	return true;
}
