/*-------------------------------------------------------------------------
 *
 * import.h
 *	  What the files of IMPORT FOREIGN SCHEMA share.
 *
 *	  import.c decides which tables there are to be and goes through them,
 *	  import_name.c gives remote names a local form, import_table.c creates
 *	  one table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_IMPORT_H
#define FSQ_FDW_IMPORT_H

#include "catalog.h"
#include "nodes/parsenodes.h"
#include "subtransaction.h"

/* Options of the command. */
typedef struct FsqImportOptions
{
	bool		import_default;
	bool		import_not_null;
	bool		import_comments;
	bool		import_generated;
	bool		import_collate;
	List	   *choices;		/* of char *: the engine's choices that were made */
} FsqImportOptions;

/* A remote table or view. */
typedef struct FsqImportTable
{
	const char *remote_name;
	const char *name;			/* local; NULL: it cannot have one */
	bool		described;
	FsqRemoteTable *remote;		/* NULL: it is gone */
	const char **column_names;	/* local, in step with remote->columns; NULL: cannot have one */
} FsqImportTable;

typedef struct FsqImport
{
	ImportForeignSchemaStmt *stmt;
	FsqConn    *conn;
	FsqImportOptions options;
	MemoryContext context;		/* of all this */
	int			ntables;
	FsqImportTable *tables;
	struct HTAB *types;			/* local types that have been looked up */
} FsqImport;

/* ---- import.c ---- */

/*
 * Take a step in a subtransaction.  If it fails, what it did is undone and the
 * result is the error's message, in the current memory context; NULL: it has
 * succeeded.  Errors that say nothing about the table (a cancel, a lost
 * connection, exhausted memory) are raised.
 */
extern char *fsq_import_try(FsqStep step, void *arg);

/* The table with its description asked for; remote NULL or with a problem: not to be used. */
extern void fsq_import_describe(FsqImport *import, FsqImportTable *table);

/* The table of a remote name, or NULL. */
extern FsqImportTable *fsq_import_find(FsqImport *import, const char *remote_name);

/* ---- import_name.c ---- */

/*
 * Local names of remote ones: the same where it is one that PostgreSQL takes,
 * else shortened at a character, and made different from the others with a
 * number.  NULL where there is none (an empty name, or characters that the
 * database's encoding lacks).  reserved says of a name whether it is no use.
 */
extern void fsq_import_names(int count, const char *const *remote_names, const char **names,
							 bool (*reserved) (const char *name));

/* A name of the command, which the parser has cut to the length of identifiers. */
extern bool fsq_import_same_name(const char *listed, const char *remote_name, const char *name);

/* ---- import_table.c ---- */

/* Create a foreign table; what cannot be imported of it is told. */
extern void fsq_import_table(FsqImport *import, FsqImportTable *table);

#endif							/* FSQ_FDW_IMPORT_H */
