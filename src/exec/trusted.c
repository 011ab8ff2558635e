/*-------------------------------------------------------------------------
 *
 * trusted.c
 *	  Trusted documents: those that an administrator has put into the table
 *	  fraiseql.trusted_document.  A request may name one by its SHA-256, and
 *	  with fraiseql.trusted_only nothing else is answered.
 *
 *	  The table is read for every such request, with the rights of the
 *	  extension, so that a document is trusted from the moment on that it is
 *	  there, until it is removed.
 *
 *	  With fraiseql.persisted_queries, a request may also register its document
 *	  under its hash (automatic persisted queries; persisted.c), and others name
 *	  it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "exec/persisted.h"
#include "exec/request.h"
#include "fraiseql.h"
#include "graphql/sql.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* Columns of fraiseql.trusted_document */
#define TRUSTED_HASH 1
#define TRUSTED_DOCUMENT 2

/* Hexadecimal digits of a SHA-256 */
#define HASH_DIGITS (2 * PG_SHA256_DIGEST_LENGTH)

/* The SHA-256 of a document, as 64 hexadecimal digits. */
static char *
document_hash(const char *source, int length)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	char	   *hex = palloc(HASH_DIGITS + 1);
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) source, length) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute SHA-256: %s", pg_cryptohash_error(context));
	pg_cryptohash_free(context);
	hex_encode((const char *) digest, sizeof(digest), hex);
	hex[HASH_DIGITS] = '\0';
	return hex;
}

/*
 * The trusted document of a hash, in UTF-8; NULL if there is none.  *any says
 * whether there is any at all.
 */
static char *
find_document(const char *hash, bool *any)
{
	Oid			namespace = get_namespace_oid("fraiseql", true);
	Oid			relid = OidIsValid(namespace) ? get_relname_relid("trusted_document", namespace) : InvalidOid;
	Snapshot	snapshot;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	char	   *document = NULL;

	*any = false;
	rel = OidIsValid(relid) ? try_table_open(relid, AccessShareLock) : NULL;
	if (rel == NULL)
		return NULL;
	(void) RelationGetIndexList(rel);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ScanKeyEntryInitialize(&key, 0, TRUSTED_HASH, BTEqualStrategyNumber, InvalidOid,
						   C_COLLATION_OID, F_TEXTEQ, CStringGetTextDatum(hash));
	scan = systable_beginscan(rel, rel->rd_pkindex, OidIsValid(rel->rd_pkindex), snapshot, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, TRUSTED_DOCUMENT, RelationGetDescr(rel), &isnull);

		*any = true;
		document = fsq_text_argument(DatumGetTextPP(value));
	}
	systable_endscan(scan);
	if (document == NULL)
	{
		scan = systable_beginscan(rel, InvalidOid, false, snapshot, 0, NULL);
		*any = HeapTupleIsValid(systable_getnext(scan));
		systable_endscan(scan);
	}
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return document;
}

/* Whether documents may be registered by requests. */
static bool
may_register(void)
{
	return fsq_persisted_queries && !fsq_trusted_only;
}

/* The registered document of a hash; NULL if there is none. */
static char *
find_registered(const char *hash)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	if (!may_register())
		return NULL;
	hex_decode(hash, HASH_DIGITS, (char *) digest);
	return fsq_persisted_find(digest);
}

/* Put the document that a hash names into a request; false after adding an error. */
static bool
take_document(FsqRequest *request)
{
	bool		any;
	char	   *document = find_document(request->document_hash, &any);

	if (document == NULL)
		document = find_registered(request->document_hash);
	if (document == NULL)
	{
		/* the words that clients look for: to send the query too, or never a hash again */
		bool		found = any || may_register();

		fsq_error_at(&request->errors,
					 found ? FSQ_PERSISTED_QUERY_NOT_FOUND : FSQ_PERSISTED_QUERY_NOT_SUPPORTED, -1,
					 found ? "PersistedQueryNotFound" : "PersistedQueryNotSupported")
			->hint = psprintf("No %s document has the hash %s.",
							  may_register() ? "trusted or registered" : "trusted",
							  request->document_hash);
		return false;
	}
	request->source = document;
	request->length = strlen(document);
	fsq_errors_init(&request->errors, request->source, request->length);
	return true;
}

bool
fsq_request_trust(FsqRequest *request)
{
	char	   *hash;
	bool		any;

	if (request->source == NULL)
	{
		if (request->document_hash)
			return take_document(request);
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query must not be null")));
	}
	if (request->document_hash == NULL && !fsq_trusted_only)
		return true;

	hash = document_hash(request->source, request->length);
	if (request->document_hash && strcmp(hash, request->document_hash) != 0)
	{
		fsq_error_at(&request->errors, FSQ_BAD_USER_INPUT, -1,
					 "The query's SHA-256 is %s, not that of \"extensions.persistedQuery\".", hash);
		return false;
	}
	if (fsq_trusted_only && find_document(hash, &any) == NULL)
	{
		fsq_error_at(&request->errors, FSQ_FORBIDDEN, -1,
					 "Only trusted documents are answered, and this one is none.")
			->detail = psprintf("Its SHA-256 is %s.", hash);
		return false;
	}
	request->registers = request->document_hash && may_register();
	return true;
}

void
fsq_request_register(FsqRequest *request)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	/* without an operation, the document is not a valid one */
	if (!request->registers || request->operation == NULL)
		return;
	hex_decode(request->document_hash, HASH_DIGITS, (char *) digest);
	fsq_persisted_add(digest, request->source, request->length);
}
