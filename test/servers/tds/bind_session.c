/*
 * bind_session.c
 *	  What functions and @@names say of the server and the session.
 */
#include "bind_func.h"
#include "session.h"

#include <string.h>
#include <strings.h>

/* What the server says of itself ("SERVERPROPERTY"). */
static Ex
server_property(const char *name)
{
	const struct
	{
		const char *name,
				   *value;
		Kind		k;
	}			props[] = {
		{"ProductVersion", "15.0.4415.2", K_NVARCHAR}, {"ProductLevel", "RTM", K_NVARCHAR}, {"Edition", "Developer Edition (64-bit)", K_NVARCHAR},
		{"EngineEdition", "3", K_INT}, {"ProductMajorVersion", "15", K_NVARCHAR}, {"ProductMinorVersion", "0", K_NVARCHAR},
		{"ProductBuild", "4415", K_NVARCHAR}, {"Collation", "SQL_Latin1_General_CP1_CI_AS", K_NVARCHAR}, {"ServerName", config.server_name, K_NVARCHAR},
		{"MachineName", config.server_name, K_NVARCHAR}, {"IsIntegratedSecurityOnly", "0", K_INT}, {"IsClustered", "0", K_INT},
		{"IsHadrEnabled", "0", K_INT}, {"LCID", "1033", K_INT}, {"IsXTPSupported", "0", K_INT}, {"ResourceVersion", "15.00.4415", K_NVARCHAR},
		{"InstanceName", NULL, K_NVARCHAR},
	};
	size_t		i;

	for (i = 0; i < sizeof(props) / sizeof(*props); i++)
		if (strcasecmp(props[i].name, name) == 0 && props[i].value)
			return props[i].k == K_INT ?
				ex_of(fmt("ms.mk_variant(56, 4, 10, 0, '%s')", props[i].value), type_of(K_VARIANT)) :
				ex_of(fmt("ms.mk_variant(231, 256, 0, 0, %s)", pg_quote(props[i].value)), type_of(K_VARIANT));
	return ex_of("NULL::ms.variant", type_of(K_VARIANT));
}

/* Functions that say something of the session. */
bool
bind_session(Scope *s, Node *n, Ex *e)
{
	static const char *const logins[] = {"SUSER_SNAME", "SUSER_NAME", "SYSTEM_USER", "ORIGINAL_LOGIN"};
	static const char *const users[] = {"USER_NAME", "CURRENT_USER", "SESSION_USER", "USER"};
	const char *text = NULL;
	int			i;

	for (i = 0; i < 4; i++)
	{
		if (strcmp(n->s, logins[i]) == 0)
			text = session.login;
		if (strcmp(n->s, users[i]) == 0)
			text = "dbo";
	}
	if (strcmp(n->s, "DB_NAME") == 0)
	{
		if (n->list->n)
		{
			*e = ex_of(fmt("ms.db_name(%s)", as_letter(bind_arg(s, n, 0), 'i').sql), type_len(K_NVARCHAR, 128));
			return true;
		}
		text = session.db;
	}
	else if (strcmp(n->s, "HOST_NAME") == 0)
		text = session.host;
	else if (strcmp(n->s, "APP_NAME") == 0 || strcmp(n->s, "PROGRAM_NAME") == 0)
		text = session.app;
	else if (strcmp(n->s, "ERROR_MESSAGE") == 0)
	{
		*e = ex_of(session.caught.num ? fmt("%s::text", pg_quote(session.caught.msg)) : "NULL::text", type_len(K_NVARCHAR, 4000));
		return true;
	}
	if (text)
	{
		*e = ex_of(fmt("%s::text", pg_quote(text)), type_len(K_NVARCHAR, 128));
		return true;
	}
	{
		const struct
		{
			const char *name;
			int			v;
		}			ints[] = {
			{"ERROR_NUMBER", session.caught.num}, {"ERROR_SEVERITY", session.caught.sev}, {"ERROR_STATE", session.caught.state},
			{"ERROR_LINE", session.caught.line},
		};

		for (i = 0; i < 4; i++)
			if (strcmp(n->s, ints[i].name) == 0)
			{
				*e = ex_of(session.caught.num ? fmt("%d", ints[i].v) : "NULL::int4", type_of(K_INT));
				return true;
			}
	}
	if (strcmp(n->s, "ERROR_PROCEDURE") == 0)
		*e = ex_of("NULL::text", type_len(K_NVARCHAR, 128));
	else if (strcmp(n->s, "XACT_STATE") == 0)
		*e = ex_of(fmt("(%d)::int2", session.doomed ? -1 : session.trancount ? 1 : 0), type_of(K_SMALLINT));
	else if (strcmp(n->s, "SCOPE_IDENTITY") == 0)
		*e = ex_of(session.identity_object ? fmt("ms.last_identity(%d)", session.identity_object) : "NULL::numeric(38,0)", type_dec(38, 0));
	else if (strcmp(n->s, "ROWCOUNT_BIG") == 0)
		*e = ex_of(fmt("%ld::int8", session.rowcount), type_of(K_BIGINT));
	else if (strcmp(n->s, "CONNECTIONPROPERTY") == 0 || strcmp(n->s, "SESSIONPROPERTY") == 0 || strcmp(n->s, "DATABASEPROPERTYEX") == 0 || strcmp(n->s, "SERVERPROPERTY") == 0)
	{
		int			at = n->s[0] == 'D' ? 1 : 0;
		Node	   *x;

		need_args(n, at + 1, at + 1);
		x = n->list->v[at];
		if (x->k != N_STRING)
			raise_error(8116, 16, 1, "Argument data type %s is invalid for argument 1 of %s function.", "int", lower_s(n->s));
		if (n->s[0] == 'S' && n->s[2] == 'R')
			*e = server_property(x->s);
		else if (n->s[0] == 'S')
			*e = ex_of(fmt("ms.mk_variant(56, 4, 10, 0, '%d')", strcasecmp(x->s, "NUMERIC_ROUNDABORT") != 0), type_of(K_VARIANT));
		else if (n->s[0] == 'C')
			*e = strcasecmp(x->s, "net_transport") == 0 ? ex_of("ms.mk_variant(231, 80, 0, 0, 'TCP')", type_of(K_VARIANT)) :
				strcasecmp(x->s, "protocol_type") == 0 ? ex_of("ms.mk_variant(231, 80, 0, 0, 'TSQL')", type_of(K_VARIANT)) :
				ex_of("NULL::ms.variant", type_of(K_VARIANT));
		else
			*e = strcasecmp(x->s, "Collation") == 0 ? ex_of("ms.mk_variant(231, 256, 0, 0, 'SQL_Latin1_General_CP1_CI_AS')", type_of(K_VARIANT)) :
				strcasecmp(x->s, "Status") == 0 ? ex_of("ms.mk_variant(231, 256, 0, 0, 'ONLINE')", type_of(K_VARIANT)) :
				strcasecmp(x->s, "Updateability") == 0 ? ex_of("ms.mk_variant(231, 256, 0, 0, 'READ_WRITE')", type_of(K_VARIANT)) :
				ex_of("NULL::ms.variant", type_of(K_VARIANT));
	}
	else
		return false;
	return true;
}

/* @@NAME */
Ex
bind_global(Node *n)
{
	const char *g = upper_s(n->s + 2);
	const struct
	{
		const char *name;
		long		v;
	}			ints[] = {
		{"ROWCOUNT", session.rowcount}, {"TRANCOUNT", session.trancount}, {"ERROR", session.last_error},
		{"TEXTSIZE", session.textsize}, {"LOCK_TIMEOUT", session.lock_timeout}, {"NESTLEVEL", session.depth}, {"OPTIONS", 5496},
		{"FETCH_STATUS", -1}, {"CURSOR_ROWS", 0}, {"MAX_CONNECTIONS", 32767}, {"PROCID", 0},
	};
	size_t		i;

	for (i = 0; i < sizeof(ints) / sizeof(*ints); i++)
		if (strcmp(g, ints[i].name) == 0)
			return ex_of(fmt("(%ld)", ints[i].v), type_of(K_INT));
	if (strcmp(g, "SPID") == 0)
		return ex_of(fmt("%d::int2", session.spid), type_of(K_SMALLINT));
	if (strcmp(g, "MAX_PRECISION") == 0)
		return ex_of("38::int2", type_of(K_TINYINT));
	if (strcmp(g, "DATEFIRST") == 0)
		return ex_of(fmt("%d::int2", session.datefirst), type_of(K_TINYINT));
	if (strcmp(g, "LANGUAGE") == 0)
		return ex_of(fmt("%s::text", pg_quote(session.language)), type_len(K_NVARCHAR, 128));
	if (strcmp(g, "SERVERNAME") == 0)
		return ex_of(fmt("%s::text", pg_quote(config.server_name)), type_len(K_NVARCHAR, 128));
	if (strcmp(g, "SERVICENAME") == 0)
		return ex_of("'MSSQLSERVER'::text", type_len(K_NVARCHAR, 128));
	if (strcmp(g, "MICROSOFTVERSION") == 0)
		return ex_of("251662655", type_of(K_INT));
	if (strcmp(g, "VERSION") == 0)
		return ex_of("'Microsoft SQL Server 2019 (RTM-CU30) - 15.0.4415.2 (X64) \n\tTDS test server of fraiseql, T-SQL subset over PostgreSQL'::text", type_len(K_NVARCHAR, 300));
	if (strcmp(g, "IDENTITY") == 0)
		return ex_of(session.identity_object ? fmt("ms.last_identity(%d)", session.identity_object) : "NULL::numeric(38,0)", type_dec(38, 0));
	if (strcmp(g, "DBTS") == 0)
		return ex_of("int8send(ms.rowversion_last())", type_len(K_VARBINARY, 8));
	raise_error(137, 15, 2, "Must declare the scalar variable \"%s\".", n->s);
}
