/*-------------------------------------------------------------------------
 *
 * option.c
 *	  Options of servers, tables and columns: the ones of every engine, their
 *	  validation when they are set, and a foreign table with its options
 *	  resolved.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/relation.h"
#include "access/reloptions.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "fallback.h"
#include "fdw.h"
#include "option.h"
#include "replica.h"
#include "resilience/retry.h"

static void check_references(const char *name, const char *value);
static void check_port(const char *name, const char *value);
static void check_cost(const char *name, const char *value);
static void check_relation(const char *name, const char *value);
static void check_fallback_on(const char *name, const char *value);
static const char *lacks_estimate(const FsqDriver *driver);
static const char *lacks_sampling(const FsqDriver *driver);
static void check_count(const char *name, const char *value);
static void check_count_or_none(const char *name, const char *value);
static void check_attempts(const char *name, const char *value);
static void check_backoff(const char *name, const char *value);
static void check_dont_retry_on(const char *name, const char *value);
static void check_time(const char *name, const char *value);
static List *sampling_words(const FsqDriver *driver);

/* The options of every engine; an engine adds its own (FsqDriver.options). */
static const FsqOption core_options[] = {
	{"pushdown", ForeignServerRelationId, false, false, fsq_check_bool,
	"whether qualifiers, orders, limits and aggregates may be sent (default true)"},
	{"read_only", ForeignServerRelationId, false, false, fsq_check_bool,
	"whether the remote database is opened for reading only (default false)"},
	{"timeout", ForeignServerRelationId, false, false, fsq_check_duration,
	"how long a remote statement may take for its next row, waits for locks included; 0: no limit (default: fraiseql.remote_timeout)"},
	{"connection_timeout", ForeignServerRelationId, false, false, fsq_check_duration,
	"how long to wait for a connection, or for a lock where no timeout is set (default: fraiseql.connection_timeout)"},

	{"replicas", ForeignServerRelationId, false, false, fsq_check_replicas,
	"names of servers with the same data, from which its tables may be read as well"},
	{"read_from", ForeignServerRelationId, false, false, fsq_check_read_from,
	"where its tables are read: primary (default), replica, or nearest of all"},

	{"fdw_startup_cost", ForeignServerRelationId, false, false, check_cost,
	"what the planner adds for each statement, in its own units (default: the engine's, for a round trip in a local network)"},
	{"fdw_tuple_cost", ForeignServerRelationId, false, false, check_cost,
	"what the planner adds for each row that comes back (default: the engine's)"},
	{"use_remote_estimate", ForeignServerRelationId, false, false, fsq_check_bool,
	"whether the planner asks the remote's EXPLAIN what statements cost (default false)", lacks_estimate},

	{"analyze_sampling", ForeignServerRelationId, false, false, NULL,
	"how ANALYZE has the remote choose a part of a large table: auto (default), off, or a method of the engine",
	lacks_sampling, sampling_words},

	{"schema_name", ForeignTableRelationId, false, false, fsq_check_name,
	"the remote schema (default: the engine's own)"},
	{"table_name", ForeignTableRelationId, false, false, fsq_check_name,
	"the remote table or view (default: the foreign table's name)"},
	{"pushdown", ForeignTableRelationId, false, false, fsq_check_bool,
	"as the server's option, for this table"},
	{"use_remote_estimate", ForeignTableRelationId, false, false, fsq_check_bool,
	"instead of the server's option, for this table", lacks_estimate},
	{"analyze_sampling", ForeignTableRelationId, false, false, NULL,
	"instead of the server's option, for this table", lacks_sampling, sampling_words},

	{"fallback", ForeignTableRelationId, false, false, check_relation,
	"another relation with the same columns, [schema.]table, that answers instead"},
	{"fallback_on", ForeignTableRelationId, false, false, check_fallback_on,
	"when: error (default), missing (it was asked by key, and has no such row) or both"},

	{"column_name", AttributeRelationId, false, false, fsq_check_name,
	"the remote column (default: the column's name)"},
	{"key", AttributeRelationId, false, false, fsq_check_bool,
	"whether the column belongs to the key of the remote table (default false)"},
	{"references", AttributeRelationId, false, false, check_references,
	"the column of another table that this one refers to: [schema.]table[(column)]; without one, the primary key"},
	{NULL}
};

/* The options of engines with a wire, whatever the wire. */
static const FsqOption network_options[] = {
	{"host", ForeignServerRelationId, false, false, fsq_check_name,
	"name or address of the server (default: localhost)"},
	{"port", ForeignServerRelationId, false, false, check_port,
	"TCP port (default: the engine's own)"},
	{"database", ForeignServerRelationId, false, false, fsq_check_name,
	"database to connect to"},
	{"application_name", ForeignServerRelationId, false, false, NULL,
	"what the remote server is told about who connects (default: fraiseql)"},
	{"keepalives", ForeignServerRelationId, false, false, fsq_check_bool,
	"whether TCP keepalives find out that an idle remote is gone (default true)"},
	{"keepalives_idle", ForeignServerRelationId, false, false, fsq_check_duration,
	"how long a connection is silent before a keepalive is sent (default: the system's)"},

	{"circuit_breaker", ForeignServerRelationId, false, false, fsq_check_bool,
	"whether the server is left alone for a while when it has failed several times in a row (default: fraiseql.circuit_breaker)"},
	{"failure_threshold", ForeignServerRelationId, false, false, check_count,
	"after how many failures in a row the circuit breaker opens (default: fraiseql.failure_threshold)"},
	{"recovery_timeout", ForeignServerRelationId, false, false, check_time,
	"how long it stays open before one session probes the server (default: fraiseql.recovery_timeout)"},
	{"success_threshold", ForeignServerRelationId, false, false, check_count,
	"how many probes must succeed before it closes (default: fraiseql.success_threshold)"},

	{"pool_size", ForeignServerRelationId, false, false, check_count_or_none,
	"how many connections all sessions together may have; 0: no limit (default: fraiseql.pool_size)"},
	{"min_idle", ForeignServerRelationId, false, false, check_count_or_none,
	"how many idle connections are kept when idle_timeout has passed (default: fraiseql.min_idle)"},
	{"max_lifetime", ForeignServerRelationId, false, false, fsq_check_duration,
	"how old a connection may become; 0: no limit (default: fraiseql.max_lifetime)"},
	{"idle_timeout", ForeignServerRelationId, false, false, fsq_check_duration,
	"how long a connection may be idle; 0: no limit (default: fraiseql.idle_timeout)"},

	{"max_attempts", ForeignServerRelationId, false, false, check_attempts,
	"how often a read is tried at most (default: fraiseql.max_attempts)"},
	{"backoff", ForeignServerRelationId, false, false, check_backoff,
	"how the delays between attempts grow: exponential, fibonacci or linear (default: fraiseql.backoff)"},
	{"initial_delay", ForeignServerRelationId, false, false, fsq_check_duration,
	"the delay before the second attempt, at most (default: fraiseql.initial_delay)"},
	{"max_delay", ForeignServerRelationId, false, false, fsq_check_duration,
	"the delay between two attempts, at most (default: fraiseql.max_delay)"},
	{"dont_retry_on", ForeignServerRelationId, false, false, check_dont_retry_on,
	"errors that are not retried: SQLSTATEs, their classes, native codes, or statuses as of HTTP (default: fraiseql.dont_retry_on)"},

	{"username", UserMappingRelationId, false, false, fsq_check_name,
	"the login"},
	{"password", UserMappingRelationId, false, true, NULL,
	"its password"},
	{"password_required", UserMappingRelationId, true, false, fsq_check_bool,
	"whether roles that are not superusers need a password in the mapping (default true)"},
	{NULL}
};

static const FsqOption no_options[] = {{NULL}};

/* The tables in which options of an engine are looked up. */
#define OPTION_TABLES(driver) \
	{core_options, (driver)->in_process ? no_options : network_options, (driver)->options}

/* What a name of an option belongs to, for messages. */
static const struct
{
	Oid			context;
	const char *noun;
}			contexts[] = {
	{ForeignDataWrapperRelationId, "foreign-data wrapper"},
	{ForeignServerRelationId, "server"},
	{UserMappingRelationId, "user mapping"},
	{ForeignTableRelationId, "foreign table"},
	{AttributeRelationId, "column"},
	{InvalidOid, NULL}
};

static const char *
context_noun(Oid context)
{
	for (int i = 0; contexts[i].noun != NULL; i++)
	{
		if (contexts[i].context == context)
			return contexts[i].noun;
	}
	return "object";
}

/*
 * The option of that name and context, of the engine or of all; NULL if there
 * is none.
 */
static const FsqOption *
find_option(const FsqDriver *driver, const char *name, Oid context)
{
	const FsqOption *tables[] = OPTION_TABLES(driver);

	for (int t = 0; t < lengthof(tables); t++)
	{
		for (const FsqOption *option = tables[t]; option->name != NULL; option++)
		{
			if (option->context == context && strcmp(option->name, name) == 0)
				return option;
		}
	}
	return NULL;
}

/*
 * Names of all options of a context, as a list of char *.
 */
static List *
option_names(const FsqDriver *driver, Oid context)
{
	const FsqOption *tables[] = OPTION_TABLES(driver);
	List	   *names = NIL;

	for (int t = 0; t < lengthof(tables); t++)
	{
		for (const FsqOption *option = tables[t]; option->name != NULL; option++)
		{
			if (option->context == context &&
				(option->lacking == NULL || option->lacking(driver) == NULL))
				names = lappend(names, pstrdup(option->name));
		}
	}
	return names;
}

/*
 * The candidate with the fewest edits, if they are at most half of the
 * longer name; NULL otherwise.
 */
const char *
fsq_nearest_name(const char *name, List *candidates)
{
	const char *nearest = NULL;
	int			least = INT_MAX;
	int			length = strlen(name);
	ListCell   *lc;

	if (length > 63)
		return NULL;
	foreach(lc, candidates)
	{
		const char *candidate = lfirst(lc);
		int			candidate_length = strlen(candidate);
		int			distance;

		if (candidate_length > 63)
			continue;
		distance = varstr_levenshtein(name, length, candidate, candidate_length, 1, 1, 1, true);
		if (distance < least && distance * 2 <= Max(length, candidate_length))
		{
			least = distance;
			nearest = candidate;
		}
	}
	return nearest;
}

/*
 * Raise the error of an unknown option, with the nearest valid name or all of
 * them as hint.
 */
static void
unknown_option_error(const FsqDriver *driver, const char *name, Oid context)
{
	List	   *names = option_names(driver, context);
	const char *nearest = fsq_nearest_name(name, names);
	StringInfoData all;
	ListCell   *lc;

	initStringInfo(&all);
	foreach(lc, names)
		appendStringInfo(&all, "%s%s", all.len > 0 ? ", " : "", (const char *) lfirst(lc));

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\" for a %s of fraiseql_%s",
					name, context_noun(context), driver->name),
			 nearest != NULL ? errhint("Perhaps you meant the option \"%s\".", nearest) :
			 names != NIL ? errhint("Valid options are: %s.", all.data) :
			 errhint("There are no valid options in this context.")));
}

/*
 * Raise an error unless a value is one of some words.
 */
static void
check_words(List *words, const char *name, const char *value)
{
	StringInfoData hint;
	ListCell   *lc;

	initStringInfo(&hint);
	appendStringInfoString(&hint, "Valid values are: ");
	foreach(lc, words)
	{
		if (strcmp(lfirst(lc), value) == 0)
			return;
		appendStringInfo(&hint, "%s%s", foreach_current_index(lc) > 0 ? ", " : "", (const char *) lfirst(lc));
	}
	appendStringInfoChar(&hint, '.');
	fsq_option_value_error(name, value, hint.data);
}

void
fsq_options_validate(const FsqDriver *driver, Datum options, Oid catalog)
{
	List	   *list = untransformRelOptions(options);
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const FsqOption *option = find_option(driver, def->defname, catalog);

		if (option == NULL)
			unknown_option_error(driver, def->defname, catalog);
		if (option->lacking != NULL && option->lacking(driver) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("fraiseql_%s does not have the option \"%s\"", driver->name, option->name),
					 errdetail("%s", option->lacking(driver))));
		if (option->superuser_only && !superuser())
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("only superusers may set the option \"%s\"", def->defname)));
		if (option->check != NULL)
			option->check(def->defname, defGetString(def));
		if (option->words != NULL)
			check_words(option->words(driver), def->defname, defGetString(def));
	}

	if (catalog == ForeignTableRelationId)
		fsq_fallback_check_options(list);
	if (driver->check_options != NULL)
		driver->check_options(catalog, list);
}

const char *
fsq_option_get(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

bool
fsq_option_get_bool(List *options, const char *name, bool missing)
{
	const char *value = fsq_option_get(options, name);
	bool		result = missing;

	if (value != NULL)
		(void) parse_bool(value, &result);
	return result;
}

void
fsq_option_value_error(const char *name, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value \"%s\" for option \"%s\"", value, name),
			 errhint("%s", hint)));
}

void
fsq_check_bool(const char *name, const char *value)
{
	bool		result;

	if (!parse_bool(value, &result))
		fsq_option_value_error(name, value, "Valid values are true and false.");
}

void
fsq_check_duration(const char *name, const char *value)
{
	(void) fsq_parse_duration(name, value);
}

void
fsq_check_name(const char *name, const char *value)
{
	if (value[0] == '\0')
		fsq_option_value_error(name, value, "A name cannot be empty.");
}

static void
check_port(const char *name, const char *value)
{
	char	   *end;
	long		port = strtol(value, &end, 10);

	if (!(value[0] >= '0' && value[0] <= '9') || *end != '\0' || port < 1 || port > 65535)
		fsq_option_value_error(name, value, "Write a number from 1 to 65535.");
}

static void
check_count(const char *name, const char *value)
{
	int			count;

	if (!parse_int(value, &count, 0, NULL) || count < 1)
		fsq_option_value_error(name, value, "Write a number from 1 to 2147483647.");
}

static void
check_count_or_none(const char *name, const char *value)
{
	int			count;

	if (!parse_int(value, &count, 0, NULL) || count < 0)
		fsq_option_value_error(name, value, "Write a number from 0 to 2147483647.");
}

static void
check_attempts(const char *name, const char *value)
{
	int			count;

	if (!parse_int(value, &count, 0, NULL) || count < 1 || count > 100)
		fsq_option_value_error(name, value, "Write a number from 1 to 100.");
}

static void
check_backoff(const char *name, const char *value)
{
	if (fsq_backoff_of(value) < 0)
		fsq_option_value_error(name, value, "Valid values are exponential, fibonacci and linear.");
}

static void
check_dont_retry_on(const char *name, const char *value)
{
	if (fsq_retry_list_problem(value) != NULL)
		fsq_option_value_error(name, value, "Write SQLSTATEs, their classes, native codes or statuses as of HTTP, separated by commas.");
}

static void
check_time(const char *name, const char *value)
{
	if (fsq_parse_duration(name, value) == 0)
		fsq_option_value_error(name, value, "It cannot be zero.");
}

/* [schema.]table, with SQL's rules of quoting */
static void
check_relation(const char *name, const char *value)
{
	List	   *names;

	if (!SplitIdentifierString(pstrdup(value), '.', &names) ||
		list_length(names) < 1 || list_length(names) > 2)
		fsq_option_value_error(name, value, "Write table, or schema.table.");
}

static void
check_fallback_on(const char *name, const char *value)
{
	if (fsq_fallback_on(value) == 0)
		fsq_option_value_error(name, value, "Valid values are error, missing and both.");
}

static void
check_cost(const char *name, const char *value)
{
	double		cost;

	if (!parse_real(value, &cost, 0, NULL) || !(cost >= 0 && cost < 1e10))
		fsq_option_value_error(name, value, "Write a number from 0 to 10000000000.");
}

static const char *
lacks_estimate(const FsqDriver *driver)
{
	return driver->catalog->estimate != NULL ? NULL :
		"There is no EXPLAIN that says how many rows it expects.";
}

static const char *
lacks_sampling(const FsqDriver *driver)
{
	return driver->dialect->rules->samplings != NULL ? NULL :
		"ANALYZE reads the whole table.";
}

static List *
sampling_words(const FsqDriver *driver)
{
	List	   *words = list_make2("auto", "off");

	for (const FsqSampling *sampling = driver->dialect->rules->samplings; sampling->name != NULL; sampling++)
		words = lappend(words, unconstify(char *, sampling->name));
	return words;
}

void
fsq_check_server_file(const char *name, const char *value)
{
	if (!is_absolute_path(value))
		fsq_option_value_error(name, value, "Write an absolute path.");
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to name a file of the database server"),
				 errdetail("The option \"%s\" may be set by superusers and members of pg_read_server_files.", name)));
}

/*
 * references: "table(column)" or "schema.table(column)", with SQL's rules of
 * quoting; without the column it is the table's primary key.
 */
static void
check_references(const char *name, const char *value)
{
	char	   *table = pstrdup(value);
	int			length = strlen(table);
	char	   *column = NULL;
	bool		quoted = false;		/* within quotes; at the end: not closed */
	List	   *table_names;
	List	   *column_names;

	/* the parenthesis that is not inside quotes */
	for (char *p = table; *p != '\0'; p++)
	{
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '(' && !quoted && column == NULL)
		{
			*p = '\0';
			column = p + 1;
		}
	}
	if (column != NULL && table[length - 1] == ')')
		table[length - 1] = '\0';
	else if (column != NULL)
		quoted = true;			/* nor is the parenthesis */

	if (quoted || !SplitIdentifierString(table, '.', &table_names) ||
		list_length(table_names) < 1 || list_length(table_names) > 2 ||
		(column != NULL && (!SplitIdentifierString(column, ',', &column_names) ||
							list_length(column_names) != 1)))
		fsq_option_value_error(name, value,
							   "Write table(column), or schema.table(column); without a column it is the table's primary key.");
}

/*
 * PostgreSQL's units of time, and "m", which most people write for minutes.
 */
static const struct
{
	const char *unit;
	double		milliseconds;
}			duration_units[] = {
	{"us", 0.001},
	{"ms", 1},
	{"s", 1000},
	{"min", 60 * 1000},
	{"m", 60 * 1000},
	{"h", 60 * 60 * 1000},
	{"d", 24 * 60 * 60 * 1000},
	{"", 1000},
	{NULL}
};

int
fsq_parse_duration(const char *name, const char *value)
{
	const char *hint = "Write a number and a unit: us, ms, s, min, h or d (a number alone means seconds), at most 24 days.";
	char	   *end;
	double		number;

	if (!(value[0] >= '0' && value[0] <= '9') || strchr(value, 'x') != NULL)
		fsq_option_value_error(name, value, hint);
	number = strtod(value, &end);
	while (*end == ' ')
		end++;
	for (int i = 0; duration_units[i].unit != NULL; i++)
	{
		double		ms;

		if (strcmp(end, duration_units[i].unit) != 0)
			continue;
		ms = number * duration_units[i].milliseconds;
		if (isnan(ms) || ms > INT_MAX)
			break;
		/* what is not zero does not become zero, which would mean something else */
		return number > 0 && ms < 1 ? 1 : (int) rint(ms);
	}
	fsq_option_value_error(name, value, hint);
}

/* The engines of servers that were asked for, until a catalog changes. */
typedef struct ServerDriver
{
	Oid			serverid;		/* key */
	const FsqDriver *driver;
} ServerDriver;

static HTAB *server_drivers = NULL;
static uint64 catalog_changes = 0;

/* Those of them that were asked for last, by their OIDs' last digits. */
#define RECENT_SERVERS 16
static ServerDriver recent_servers[RECENT_SERVERS];

/* A server, a wrapper or a function has changed. */
static void
forget_drivers(Datum arg, int cacheid, uint32 hashvalue)
{
	catalog_changes++;
	if (server_drivers != NULL)
		hash_destroy(server_drivers);
	server_drivers = NULL;
	memset(recent_servers, 0, sizeof(recent_servers));
}

/*
 * The engine of a server, found by the handler function of its wrapper; NULL
 * if the wrapper is not one of ours.
 */
static const FsqDriver *
look_up_driver(Oid serverid)
{
	ForeignServer *server = GetForeignServer(serverid);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(server->fdwid);
	char	   *handler;

	if (!OidIsValid(wrapper->fdwhandler) ||
		(handler = get_func_name(wrapper->fdwhandler)) == NULL)
		return NULL;
	for (int i = 0; fsq_drivers[i] != NULL; i++)
	{
		if (strcmp(handler, psprintf("fraiseql_%s_handler", fsq_drivers[i]->name)) == 0)
			return fsq_drivers[i];
	}
	return NULL;
}

/*
 * The same, remembered: every scan asks several times.
 */
const FsqDriver *
fsq_driver_of_server(Oid serverid)
{
	static bool registered = false;
	ServerDriver *recent = &recent_servers[serverid % RECENT_SERVERS];
	ServerDriver *found;
	const FsqDriver *driver;
	uint64		changes;

	if (likely(recent->serverid == serverid && OidIsValid(serverid)))
		return recent->driver;
	found = server_drivers ? hash_search(server_drivers, &serverid, HASH_FIND, NULL) : NULL;
	if (found != NULL)
	{
		*recent = *found;
		return found->driver;
	}
	if (!registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, forget_drivers, (Datum) 0);
		CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, forget_drivers, (Datum) 0);
		CacheRegisterSyscacheCallback(PROCOID, forget_drivers, (Datum) 0);
		registered = true;
	}
	changes = catalog_changes;
	driver = look_up_driver(serverid);
	/* what was read may have changed meanwhile */
	if (changes != catalog_changes)
		return driver;
	if (server_drivers == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(ServerDriver),.hcxt = TopMemoryContext};

		server_drivers = hash_create("fraiseql engines of servers", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	found = hash_search(server_drivers, &serverid, HASH_ENTER, NULL);
	found->driver = driver;
	return driver;
}

static double
cost_option(List *options, const char *name, double missing)
{
	const char *value = fsq_option_get(options, name);
	double		cost = missing;

	if (value != NULL)
		(void) parse_real(value, &cost, 0, NULL);
	return cost;
}

/*
 * One column of fsq_table_open.
 */
static void
resolve_column(FsqTableColumn *column, Oid relid, Form_pg_attribute attr)
{
	const char *remote_name;

	memset(column, 0, sizeof(*column));
	column->dropped = attr->attisdropped;
	if (column->dropped)
		return;
	column->name = pstrdup(NameStr(attr->attname));
	column->type = attr->atttypid;
	column->typmod = attr->atttypmod;
	column->collation = attr->attcollation;
	column->not_null = attr->attnotnull;
	column->options = GetForeignColumnOptions(relid, attr->attnum);
	remote_name = fsq_option_get(column->options, "column_name");
	column->remote_name = remote_name ? remote_name : column->name;
	column->key = fsq_option_get_bool(column->options, "key", false);
}

const char *
fsq_table_name(Oid relid)
{
	return RelationIsVisible(relid) ? get_rel_name(relid) :
		psprintf("%s.%s", get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

void
fsq_table_set_name(FsqTable *table, const char *name)
{
	table->name = name;
	table->reading = psprintf("read foreign table \"%s\"", name);
}

/*
 * A foreign table of one of our wrappers with its options resolved, in the
 * current memory context.  The caller holds a lock on it.
 */
FsqTable *
fsq_table_open(Oid relid)
{
	FsqTable   *table = palloc0(sizeof(FsqTable));
	ForeignTable *foreign = GetForeignTable(relid);
	ForeignServer *server = GetForeignServer(foreign->serverid);
	Relation	rel = relation_open(relid, NoLock);
	TupleDesc	desc = RelationGetDescr(rel);
	const char *remote_name = fsq_option_get(foreign->options, "table_name");

	table->relid = relid;
	table->serverid = table->readid = foreign->serverid;
	fsq_table_set_name(table, fsq_table_name(relid));
	table->server_name = server->servername;
	table->server_options = server->options;
	table->driver = fsq_driver_of_server(server->serverid);
	if (table->driver == NULL)
		elog(ERROR, "server \"%s\" does not belong to a wrapper of fraiseql", server->servername);
	table->remote_schema = fsq_option_get(foreign->options, "schema_name");
	table->remote_name = remote_name ? remote_name : pstrdup(RelationGetRelationName(rel));
	table->key = psprintf("%u %s.%s", relid, table->remote_schema ? table->remote_schema : "", table->remote_name);
	table->pushdown = fsq_option_get_bool(server->options, "pushdown", true) &&
		fsq_option_get_bool(foreign->options, "pushdown", true);
	table->fallback = fsq_option_get(foreign->options, "fallback");
	if (table->fallback != NULL)
		table->fallback_on = fsq_option_get(foreign->options, "fallback_on") == NULL ? FSQ_FALLBACK_ERROR :
			fsq_fallback_on(fsq_option_get(foreign->options, "fallback_on"));
	table->use_remote_estimate =
		fsq_option_get_bool(foreign->options, "use_remote_estimate",
							fsq_option_get_bool(server->options, "use_remote_estimate", false));
	table->analyze_sampling = fsq_option_get(foreign->options, "analyze_sampling");
	if (table->analyze_sampling == NULL)
		table->analyze_sampling = fsq_option_get(server->options, "analyze_sampling");
	table->startup_cost = cost_option(server->options, "fdw_startup_cost",
									  table->driver->dialect->rules->startup_cost);
	table->tuple_cost = cost_option(server->options, "fdw_tuple_cost",
									table->driver->dialect->rules->tuple_cost);
	table->ncolumns = desc->natts;
	table->columns = palloc(sizeof(FsqTableColumn) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		resolve_column(&table->columns[i], relid, TupleDescAttr(desc, i));

	relation_close(rel, NoLock);
	return table;
}
