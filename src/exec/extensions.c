/*-------------------------------------------------------------------------
 *
 * extensions.c
 *	  The extensions of a request (GraphQL over HTTP, section "request
 *	  parameters"): what a client asks for beside the operation.
 *
 *	  A member that is not known is an error, never ignored: a client that asks
 *	  for something must not believe that it has got it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "exec/request.h"
#include "graphql/scalar.h"
#include "graphql/suggest.h"
#include "miscadmin.h"

/* Reads the value of a member; errors are added to the request's. */
typedef void (*MemberFunction) (FsqRequest *request, const JsonbValue *value);

/* {"trace": true}: the response says what was sent where, and when. */
static void
read_trace(FsqRequest *request, const JsonbValue *value)
{
	if (value->type == jbvBool)
		request->traced = value->val.boolean;
	else
		fsq_error_at(&request->errors, FSQ_BAD_USER_INPUT, -1,
					 "\"extensions.trace\" must be true or false, not %s.", fsq_json_inspect(value));
}

/* Whether a text is a SHA-256 in hexadecimal digits; if so, *hash is it in lower case. */
static bool
is_hash(const JsonbValue *value, const char **hash)
{
	char	   *text;

	if (value == NULL || value->type != jbvString || value->val.string.len != 64)
		return false;
	text = pnstrdup(value->val.string.val, value->val.string.len);
	for (char *c = text; *c; c++)
	{
		if (!isxdigit((unsigned char) *c))
			return false;
		*c = pg_ascii_tolower((unsigned char) *c);
	}
	*hash = text;
	return true;
}

/*
 * {"persistedQuery": {"version": 1, "sha256Hash": "..."}}: the hash of the
 * document, which need not be there then if it is a trusted or registered one.
 */
static void
read_persisted_query(FsqRequest *request, const JsonbValue *value)
{
	JsonbValue *hash = NULL;
	JsonbValue *version = NULL;

	if (value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
	{
		hash = getKeyJsonValueFromContainer(value->val.binary.data, "sha256Hash",
											strlen("sha256Hash"), NULL);
		version = getKeyJsonValueFromContainer(value->val.binary.data, "version",
											   strlen("version"), NULL);
	}
	if (!is_hash(hash, &request->document_hash))
		fsq_error_at(&request->errors, FSQ_BAD_USER_INPUT, -1,
					 "\"extensions.persistedQuery.sha256Hash\" must be a SHA-256 in 64 hexadecimal digits.");
	else if (version && strcmp(fsq_json_inspect(version), "1") != 0)
		fsq_error_at(&request->errors, FSQ_BAD_USER_INPUT, -1,
					 "\"extensions.persistedQuery.version\" must be 1, not %s.", fsq_json_inspect(version));
}

static const struct
{
	const char *name;
	MemberFunction read;
}			members[] = {
	{"trace", read_trace},
	{"persistedQuery", read_persisted_query}
};

/* Read one member. */
static void
read_member(FsqRequest *request, const JsonbValue *key, const JsonbValue *value)
{
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);
	List	   *names = NIL;

	for (int i = 0; i < lengthof(members); i++)
	{
		if (strcmp(members[i].name, name) == 0)
		{
			members[i].read(request, value);
			return;
		}
		names = lappend(names, unconstify(char *, members[i].name));
	}
	fsq_error_at(&request->errors, FSQ_BAD_USER_INPUT, -1,
				 "Unknown member \"%s\" of the request's extensions.%s", name,
				 fsq_did_you_mean(NULL, fsq_suggestions(name, names)));
}

void
fsq_request_read_extensions(FsqRequest *request, Jsonb *extensions)
{
	JsonbValue	root;
	JsonbValue *keys;
	JsonbValue *values;
	int			n;

	if (JB_ROOT_IS_SCALAR(extensions))
	{
		if (JsonbExtractScalar(&extensions->root, &root) && root.type == jbvNull)
			return;
	}
	else
	{
		root.type = jbvBinary;
		root.val.binary.data = &extensions->root;
		root.val.binary.len = VARSIZE(extensions) - VARHDRSZ;
	}
	if (!JB_ROOT_IS_OBJECT(extensions))
	{
		fsq_error_at(&request->errors, FSQ_BAD_USER_INPUT, -1,
					 "The request's extensions must be an object, not %s.", fsq_json_inspect(&root));
		return;
	}
	n = fsq_json_members(&root, &keys, &values);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_member(request, &keys[i], &values[i]);
	}
}
