/*
 * types.h
 *	  The data types and collations of T-SQL.
 */
#ifndef TDS_TYPES_H
#define TDS_TYPES_H

#include "util.h"

/* In ascending order of precedence within T-SQL's list, apart from the first. */
typedef enum Kind
{
	K_NULL,
	K_BINARY, K_VARBINARY, K_CHAR, K_VARCHAR, K_NCHAR, K_NVARCHAR,
	K_GUID, K_ROWVERSION, K_IMAGE, K_TEXT, K_NTEXT,
	K_BIT, K_TINYINT, K_SMALLINT, K_INT, K_BIGINT,
	K_SMALLMONEY, K_MONEY, K_DECIMAL, K_NUMERIC, K_REAL, K_FLOAT,
	K_TIME, K_DATE, K_SMALLDATETIME, K_DATETIME, K_DATETIME2, K_DTO,
	K_XML, K_VARIANT,
	K_COUNT
} Kind;

/*
 * len is in characters for the n-types, in bytes for the others, -1 for (max);
 * coll is a row of the table of collations (0: the database's).
 */
typedef struct Type
{
	Kind		k;
	int			len;
	int			prec,
				scale;
	int			coll;
} Type;

/* What PostgreSQL stores for a kind, and what sys.types says of it. */
typedef struct KindInfo
{
	Kind		k;
	const char *name;
	int			system_id,
				user_id;
	int			size;			/* bytes; 0: by length, precision or scale */
	const char *storage;
} KindInfo;

extern const KindInfo *kind_info(Kind k);
extern const KindInfo *kind_by_name(const char *name);
extern const KindInfo *kind_by_id(int user_id);
extern bool is_char(Kind k);
extern bool is_nchar(Kind k);
extern bool is_binary(Kind k);
extern bool is_int(Kind k);
extern bool is_exact(Kind k);
extern bool is_number(Kind k);
extern bool is_ticks(Kind k);
extern bool is_temporal(Kind k);
extern Type type_of(Kind k);
extern Type type_len(Kind k, int len);
extern Type type_dec(int prec, int scale);
extern Type as_decimal(Type t);
extern char *type_name(Type t);
extern const char *type_storage(Type t);
extern int	type_bytes(Type t);
extern int	char_width(Type t);
extern Type common_type(Type a, Type b);

/* Collations: how PostgreSQL compares, and the five bytes of the protocol. */
typedef struct Collation
{
	const char *name;
	const char *pg;				/* of ours, or "C" */
	bool		ci;
	bool		bin;
	unsigned char wire[5];
	bool		sc;				/* characters beyond the BMP are one, not two */
} Collation;

extern int	coll_by_name(const char *name);
extern const Collation *coll_info(int id);

#endif
