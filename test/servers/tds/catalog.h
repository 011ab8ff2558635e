/*
 * catalog.h
 *	  Tables and views as the server's own catalog has them.
 */
#ifndef TDS_CATALOG_H
#define TDS_CATALOG_H

#include "ast.h"

typedef struct Column
{
	int			id;
	const char *name;
	Type		type;
	bool		nullable,
				identity;
	const char *def;			/* DEFAULT, as SQL of the backend */
	const char *computed;		/* as T-SQL */
} Column;

typedef struct Object
{
	int			id,
				db_id,
				schema_id;
	const char *db,
			   *schema,
			   *name;
	const char *type;			/* U, V, S (of the system) */
	const char *pg;				/* the relation of the backend */
	const char *definition;		/* the query of a view */
	bool		snapshot;		/* its database allows snapshot isolation */
	Vec		   *cols;
} Object;

extern void catalog_check(void);
extern void catalog_changed(void);
extern Object *catalog_find(Vec *parts);
extern Object *catalog_need(Vec *parts);
extern Object *catalog_by_id(int id);
extern int	catalog_db(const char *name, const char **exact);
extern int	catalog_schema(int db_id, const char *name);
extern char *name_text(Vec *parts);

#endif
