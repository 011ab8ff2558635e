/*-------------------------------------------------------------------------
 *
 * fingerprint.c
 *	  Whether a relation that was said to have changed has changed for us.
 *
 *	  VACUUM and ANALYZE say that a relation has changed whenever they update
 *	  its statistics, which they do in place.  What a schema is made of cannot
 *	  change without a new version of a row: of pg_class, pg_attribute,
 *	  pg_index or pg_constraint.  The fingerprint of a relation is a hash of
 *	  where these rows are and which transaction wrote them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "common/hashfn.h"
#include "schema/hub.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

enum
{
	PART_CLASS,
	PART_ATTRIBUTE,
	PART_INDEX,
	PART_CONSTRAINT
};

/* The catalogs whose rows belong to a relation, and how they are found. */
static const struct
{
	Oid			catalog;
	Oid			index;
	AttrNumber	column;			/* the relation's oid */
}			parts[] = {
	[PART_CLASS] = {RelationRelationId, ClassOidIndexId, Anum_pg_class_oid},
	[PART_ATTRIBUTE] = {AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid},
	[PART_INDEX] = {IndexRelationId, IndexIndrelidIndexId, Anum_pg_index_indrelid},
	[PART_CONSTRAINT] = {ConstraintRelationId, ConstraintRelidTypidNameIndexId, Anum_pg_constraint_conrelid}
};

/* The hash of one version of a row. */
uint64
fsq_row_fingerprint(HeapTuple tuple)
{
	struct
	{
		TransactionId xmin;
		BlockNumber block;
		OffsetNumber offset;
	}			version;

	memset(&version, 0, sizeof(version));
	version.xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	version.block = ItemPointerGetBlockNumber(&tuple->t_self);
	version.offset = ItemPointerGetOffsetNumber(&tuple->t_self);
	return hash_bytes_extended((unsigned char *) &version, sizeof(version), 0);
}

/* The sum of the hashes of a relation's rows in one of the catalogs; 0 if there are none. */
static uint64
part_fingerprint(int part, Oid relid, bool only_foreign_keys)
{
	Relation	rel = table_open(parts[part].catalog, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	uint64		result = 0;

	ScanKeyInit(&key, parts[part].column, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, parts[part].index, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (only_foreign_keys &&
			((Form_pg_constraint) GETSTRUCT(tuple))->contype != CONSTRAINT_FOREIGN)
			continue;
		result += fsq_row_fingerprint(tuple);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/* The relation's row in pg_class. */
uint64
fsq_class_fingerprint(Oid relid)
{
	return part_fingerprint(PART_CLASS, relid, false);
}

/* The foreign keys of the relation. */
uint64
fsq_foreign_keys_fingerprint(Oid relid)
{
	return part_fingerprint(PART_CONSTRAINT, relid, true);
}

/* All rows of the relation. */
uint64
fsq_relation_fingerprint(Oid relid)
{
	uint64		result = 0;

	for (int part = 0; part < lengthof(parts); part++)
		result = hash_combine64(result, part_fingerprint(part, relid, false));
	return result;
}
