/*-------------------------------------------------------------------------
 *
 * login.c
 *	  As whom a role logs in to a server, with what its mapping and the server
 *	  say, and whether it may.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"

#include "connection.h"
#include "option.h"

/* What is text for the remote; the other options are for this host and its files. */
static const char *const wire_options[] = {"database", "application_name", "username", "password"};

/*
 * A copy of options, with what goes over the wire in its encoding.
 */
List *
fsq_wire_options(List *options)
{
	List	   *result = copyObject(options);
	ListCell   *lc;

	foreach(lc, result)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const char *value = defGetString(def);

		for (int i = 0; i < lengthof(wire_options); i++)
		{
			if (strcmp(def->defname, wire_options[i]) == 0)
				def->arg = (Node *) makeString(pg_server_to_any(value, strlen(value), PG_UTF8));
		}
	}
	return result;
}

/*
 * The options of a login, which is the role's own if the mapping names none.
 * (Without a name libraries try what the operating system's user is, or has.)
 */
List *
fsq_login_options(const FsqLogin *login)
{
	List	   *options = login->mapping->options;

	if (fsq_option_get(options, "username") == NULL)
		options = lappend(list_copy(options),
						  makeDefElem("username", (Node *) makeString(GetUserNameFromId(login->userid, false)), -1));
	return fsq_wire_options(options);
}

/*
 * Whether a login must be secured by the password of its mapping: who logs in
 * as somebody else is not to be just the operating system's user of this
 * process, unless a superuser has said so.
 */
bool
fsq_login_needs_password(const FsqLogin *login)
{
	return !superuser_arg(login->userid) &&
		fsq_option_get_bool(login->mapping->options, "password_required", true);
}

/*
 * Raise an error if a login needs a password and its mapping has none.
 */
static void
check_password(const FsqLogin *login)
{
	const char *password = fsq_option_get(login->mapping->options, "password");

	if ((password != NULL && password[0] != '\0') || !fsq_login_needs_password(login))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED),
			 errmsg("password is required"),
			 errdetail("Roles that are not superusers must provide a password in the user mapping.")));
}

/*
 * A role means itself, InvalidOid the current one.
 */
void
fsq_connection_login(FsqLogin *login, Oid serverid, Oid userid)
{
	login->driver = fsq_driver_of_server(serverid);
	login->serverid = serverid;
	login->userid = OidIsValid(userid) ? userid : GetUserId();
	login->mapping = NULL;
	login->guard = NULL;
	if (login->driver == NULL)
		elog(ERROR, "server %u does not belong to a wrapper of fraiseql", serverid);
	login->guard = fsq_guard_get(serverid);
	if (!login->driver->needs_user_mapping)
		return;
	login->mapping = fsq_mapping_known(login->userid, serverid);
	check_password(login);
}
