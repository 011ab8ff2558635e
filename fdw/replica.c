/*-------------------------------------------------------------------------
 *
 * replica.c
 *	  Which of the servers with the same data a read goes to.
 *
 *	  A statement reads all tables of a server from the same one, as long as
 *	  that answers, and under a snapshot so does a transaction.  Candidates are
 *	  those whose circuit breaker lets statements pass; of these, one of the
 *	  fastest.  Where a breaker is about to let a probe pass, its server is a
 *	  candidate as well: else it would never be used again.
 *
 *	  What must see the primary's state (a statement that stores what it reads)
 *	  is planned with the affinity to it; so is to be whatever reads in a
 *	  transaction that has written to the primary.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_foreign_server.h"
#include "commands/event_trigger.h"
#include "common/pg_prng.h"
#include "executor/spi.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "compat.h"
#include "connection.h"
#include "option.h"
#include "replica.h"
#include "source.h"

PG_FUNCTION_INFO_V1(fsq_check_server_replicas);

/* Who is this much slower than the fastest, and by so many microseconds, is not chosen. */
#define SLOWER 1.5
#define SLOWER_BY 1000

static const struct
{
	const char *word;
	FsqAffinity affinity;
	bool		primary_too;	/* as one of the candidates, rather than when there is no other */
}			read_words[] = {
	{"primary", FSQ_AFFINITY_PRIMARY, false},
	{"replica", FSQ_AFFINITY_REPLICA, false},
	{"nearest", FSQ_AFFINITY_REPLICA, true}
};

/* The options of a server, until a server or a wrapper changes. */
typedef struct Replicas
{
	Oid			serverid;		/* key */
	int			nreplicas;
	Oid		   *replicas;
	FsqAffinity affinity;
	bool		primary_too;
} Replicas;

static HTAB *servers = NULL;
static MemoryContext servers_context = NULL;
static uint64 changes = 0;

/* The server that was chosen to be read from, for a statement or a transaction. */
typedef struct Choice
{
	Oid			serverid;
	Oid			userid;
	FsqAffinity affinity;
	Oid			readid;
	TimestampTz since;			/* the begin of the statement, or the transaction */
} Choice;

static List *choices = NIL;
static MemoryContext choices_context = NULL;

static FsqAffinity current_affinity = FSQ_AFFINITY_NONE;

FsqAffinity
fsq_affinity_set(FsqAffinity affinity)
{
	FsqAffinity before = current_affinity;

	current_affinity = affinity;
	return before;
}

FsqAffinity
fsq_affinity_current(void)
{
	return current_affinity;
}

/* ---- options ---- */

/* The names in a list of servers; false if it is none. */
static bool
split_names(const char *value, List **names)
{
	return SplitIdentifierString(pstrdup(value), ',', names) && *names != NIL;
}

void
fsq_check_replicas(const char *name, const char *value)
{
	List	   *names;

	if (!split_names(value, &names))
		fsq_option_value_error(name, value, "Write names of servers, separated by commas.");
}

void
fsq_check_read_from(const char *name, const char *value)
{
	for (int i = 0; i < lengthof(read_words); i++)
		if (strcmp(read_words[i].word, value) == 0)
			return;
	fsq_option_value_error(name, value, "Valid values are primary, replica and nearest.");
}

/*
 * Raise an error unless a server may be a replica of another: it has the same
 * engine, and the other's owner may use it.  A missing privilege has the level
 * denied: a dump grants it after it has set owners.
 */
static void
check_replica(const ForeignServer *server, const ForeignServer *replica, int denied)
{
	if (replica->serverid == server->serverid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("server \"%s\" cannot be a replica of itself", server->servername)));
	if (fsq_driver_of_server(replica->serverid) != fsq_driver_of_server(server->serverid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" cannot be a replica of server \"%s\": they have different wrappers",
						replica->servername, server->servername)));
	if (fsq_foreign_server_aclcheck(replica->serverid, server->owner, ACL_USAGE) != ACLCHECK_OK)
		ereport(denied,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("server \"%s\" cannot be a replica of server \"%s\": its owner may not use it",
						replica->servername, server->servername)));
}

/* A server changes: what is known is forgotten, later by who uses it. */
static void
forget_servers(Datum arg, int cacheid, uint32 hashvalue)
{
	changes++;
}

/* Read the options of a server. */
static void
load(Replicas *entry)
{
	ForeignServer *server = GetForeignServer(entry->serverid);
	const char *list = fsq_option_get(server->options, "replicas");
	const char *read_from = fsq_option_get(server->options, "read_from");
	List	   *names = NIL;
	Oid		   *replicas;
	int			n = 0;
	ListCell   *lc;

	entry->nreplicas = 0;
	entry->affinity = FSQ_AFFINITY_PRIMARY;
	entry->primary_too = false;
	for (int i = 0; read_from != NULL && i < lengthof(read_words); i++)
		if (strcmp(read_words[i].word, read_from) == 0)
		{
			entry->affinity = read_words[i].affinity;
			entry->primary_too = read_words[i].primary_too;
		}
	if (list == NULL || !split_names(list, &names))
		return;
	replicas = MemoryContextAlloc(servers_context, sizeof(Oid) * list_length(names));
	foreach(lc, names)
	{
		ForeignServer *replica = GetForeignServerByName(lfirst(lc), true);

		if (replica == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("the replica \"%s\" of server \"%s\" does not exist",
							(char *) lfirst(lc), server->servername)));
		check_replica(server, replica, ERROR);
		replicas[n++] = replica->serverid;
	}
	entry->replicas = replicas;
	entry->nreplicas = n;
}

/* What is known of a server, looked up if need be. */
static const Replicas *
replicas_of(Oid serverid)
{
	static uint64 seen = 0;
	static bool registered = false;
	Replicas   *entry;
	bool		found;

	if (!registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, forget_servers, (Datum) 0);
		CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, forget_servers, (Datum) 0);
		registered = true;
	}
	if (servers == NULL || seen != changes)
	{
		HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Replicas)};

		if (servers_context != NULL)
			MemoryContextDelete(servers_context);
		servers = NULL;
		servers_context = AllocSetContextCreate(TopMemoryContext, "fraiseql replicas", ALLOCSET_SMALL_SIZES);
		control.hcxt = servers_context;
		servers = hash_create("fraiseql replicas", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		seen = changes;
	}
	entry = hash_search(servers, &serverid, HASH_FIND, NULL);
	if (entry == NULL)
	{
		Replicas	loaded = {.serverid = serverid};

		load(&loaded);
		/* what was read may have changed meanwhile: then it serves this use alone */
		entry = seen == changes ? hash_search(servers, &serverid, HASH_ENTER, &found) :
			MemoryContextAlloc(servers_context, sizeof(Replicas));
		*entry = loaded;
	}
	return entry;
}

bool
fsq_replica_exists(Oid serverid)
{
	return replicas_of(serverid)->nreplicas > 0;
}

bool
fsq_replica_is_of(Oid serverid, Oid readid)
{
	const Replicas *entry;

	if (!OidIsValid(readid) || readid == serverid)
		return OidIsValid(readid);
	entry = replicas_of(serverid);
	for (int i = 0; i < entry->nreplicas; i++)
		if (entry->replicas[i] == readid)
			return true;
	return false;
}

bool
fsq_replica_was_used(Oid serverid)
{
	const Replicas *entry = replicas_of(serverid);

	if (fsq_source_was_used(serverid))
		return true;
	for (int i = 0; i < entry->nreplicas; i++)
		if (fsq_source_was_used(entry->replicas[i]))
			return true;
	return false;
}

/* ---- choosing ---- */

/* What a choice holds for: the transaction if it has one snapshot, else the statement. */
static TimestampTz
choice_begin(void)
{
	return IsolationUsesXactSnapshot() ? GetCurrentTransactionStartTimestamp() :
		GetCurrentStatementStartTimestamp();
}

/* The choice that was made, or NULL.  A transaction with a snapshot makes one for all. */
static Choice *
find_choice(Oid serverid, Oid userid, FsqAffinity affinity)
{
	TimestampTz begin = choice_begin();
	ListCell   *lc;

	foreach(lc, choices)
	{
		Choice	   *choice = lfirst(lc);

		if (choice->serverid == serverid && choice->userid == userid && choice->since == begin &&
			(choice->affinity == affinity || IsolationUsesXactSnapshot()))
			return choice;
	}
	return NULL;
}

static void
keep_choice(Oid serverid, Oid userid, FsqAffinity affinity, Oid readid)
{
	Choice	   *choice = find_choice(serverid, userid, affinity);
	MemoryContext old;

	if (choice != NULL)
	{
		choice->readid = readid;
		return;
	}
	if (choices_context == NULL)
		choices_context = AllocSetContextCreate(TopMemoryContext, "fraiseql choices", ALLOCSET_SMALL_SIZES);
	if (choices != NIL && ((Choice *) linitial(choices))->since != choice_begin())
	{
		choices = NIL;
		MemoryContextReset(choices_context);
	}
	old = MemoryContextSwitchTo(choices_context);
	choice = palloc0(sizeof(Choice));
	choice->serverid = serverid;
	choice->userid = userid;
	choice->affinity = affinity;
	choice->readid = readid;
	choice->since = choice_begin();
	choices = lappend(choices, choice);
	MemoryContextSwitchTo(old);
}

/*
 * Whether a server has failed: one of those that were tried now, however long
 * ago, or in this statement.
 */
static bool
has_failed(Oid serverid, Oid userid, List *failed)
{
	return list_member_oid(failed, serverid) || fsq_outage_find(serverid, userid, false) != NULL;
}

/*
 * One of the fastest of some servers, by chance, so that they share the work;
 * InvalidOid if none is alive.
 */
static Oid
choose_fastest(const Oid *candidates, int n, Oid userid, List *failed)
{
	double	   *expected = palloc(sizeof(double) * Max(n, 1));
	double		best = -1;
	Oid			chosen = InvalidOid;
	int			nequal = 0;

	for (int i = 0; i < n; i++)
	{
		expected[i] = has_failed(candidates[i], userid, failed) ? -1 : fsq_guard_expected(candidates[i]);
		if (expected[i] >= 0 && (best < 0 || expected[i] < best))
			best = expected[i];
	}
	for (int i = 0; i < n; i++)
	{
		if (expected[i] < 0 || expected[i] > best * SLOWER + SLOWER_BY)
			continue;
		nequal++;
		if (pg_prng_double(&pg_global_prng_state) * nequal <= 1)
			chosen = candidates[i];
	}
	pfree(expected);
	return chosen;
}

/*
 * The server to read from, none of the failed ones; the primary if there is no
 * other.
 */
static Oid
choose(const Replicas *entry, Oid userid, FsqAffinity affinity, List *failed)
{
	Choice	   *choice;
	bool		primary_too = affinity == FSQ_AFFINITY_NONE && entry->primary_too;
	Oid		   *candidates;
	Oid			chosen;

	if (affinity != FSQ_AFFINITY_PRIMARY && affinity != FSQ_AFFINITY_REPLICA)
		affinity = entry->affinity;
	choice = find_choice(entry->serverid, userid, affinity);
	if (choice != NULL && !has_failed(choice->readid, userid, failed))
		return choice->readid;
	if (affinity == FSQ_AFFINITY_PRIMARY)
		chosen = entry->serverid;
	else
	{
		candidates = palloc(sizeof(Oid) * (entry->nreplicas + 1));
		memcpy(candidates, entry->replicas, sizeof(Oid) * entry->nreplicas);
		candidates[entry->nreplicas] = entry->serverid;
		chosen = choose_fastest(candidates, entry->nreplicas + primary_too, userid, failed);
		pfree(candidates);
		if (!OidIsValid(chosen))
			chosen = entry->serverid;
	}
	keep_choice(entry->serverid, userid, affinity, chosen);
	return chosen;
}

void
fsq_replica_run(Oid serverid, Oid userid, FsqAffinity affinity, Oid *readid,
				FsqReadStep step, FsqReadStep undo, void *arg)
{
	const Replicas *entry = replicas_of(serverid);
	List	   *failed = NIL;
	bool		primary_failed;

	if (!OidIsValid(userid))
		userid = GetUserId();
	primary_failed = fsq_outage_find(serverid, userid, false) != NULL;
	for (;;)
	{
		ErrorData  *error;

		CHECK_FOR_INTERRUPTS();
		*readid = entry->nreplicas > 0 ? choose(entry, userid, affinity, failed) : serverid;
		/* what has no other server to go to says so */
		if (entry->nreplicas == 0 || affinity == FSQ_AFFINITY_PRIMARY || fsq_source_was_used(*readid) ||
			(*readid == serverid && (primary_failed || affinity == FSQ_AFFINITY_REPLICA || !entry->primary_too)))
		{
			step(arg);
			return;
		}
		error = fsq_source_catch(serverid, step, arg);
		if (error == NULL)
			return;
		primary_failed |= *readid == serverid;
		failed = lappend_oid(failed, *readid);
		fsq_outage_note(*readid, userid, false, error);
		FreeErrorData(error);
		if (undo != NULL)
			undo(arg);
		/* while it was waited for, options may have changed */
		entry = replicas_of(serverid);
	}
}

/* ---- what is checked when a server is made or altered ---- */

static void
check_server(Oid serverid)
{
	ForeignServer *server = GetForeignServer(serverid);
	const char *list = fsq_option_get(server->options, "replicas");
	List	   *names = NIL;
	ListCell   *lc;

	if (fsq_driver_of_server(serverid) == NULL || list == NULL || !split_names(list, &names))
		return;
	foreach(lc, names)
	{
		ForeignServer *replica = GetForeignServerByName(lfirst(lc), true);

		if (replica != NULL)
			check_replica(server, replica, NOTICE);
		else
			ereport(NOTICE,
					(errmsg("the replica \"%s\" of server \"%s\" does not exist yet",
							(char *) lfirst(lc), server->servername)));
	}
}

/*
 * fraiseql.check_replicas() returns event_trigger: servers that were made or
 * altered have replicas that may be read instead, as far as these exist
 */
Datum
fsq_check_server_replicas(PG_FUNCTION_ARGS)
{
	List	   *changed;
	ListCell   *lc;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called as an event trigger", "fraiseql.check_replicas()")));
	changed = fsq_changed_objects("server");
	foreach(lc, changed)
	{
		CHECK_FOR_INTERRUPTS();
		check_server(lfirst_oid(lc));
	}
	PG_RETURN_NULL();
}
