/*-------------------------------------------------------------------------
 *
 * column.h
 *	  What catalog.c tells dialect.c of a column of SQL Server, and what
 *	  dialect.c and literal.c agree on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SQLSERVER_COLUMN_H
#define FSQ_FDW_SQLSERVER_COLUMN_H

#include "dialect.h"

/*
 * FsqRemoteColumn.storage: what a column holds, as far as the dialect cares.
 * FsqRemoteColumn.type_name is the type with its numbers: decimal(10,2),
 * nvarchar(50), nvarchar(max), datetime2(7).
 */
typedef enum FsqSqlserverStorage
{
	FSQ_SQLSERVER_OTHER,		/* types of which only text is known */
	FSQ_SQLSERVER_BIT,
	FSQ_SQLSERVER_INTEGER,		/* tinyint, smallint, int, bigint */
	FSQ_SQLSERVER_DECIMAL,		/* decimal, numeric */
	FSQ_SQLSERVER_MONEY,		/* money, smallmoney: four decimal places */
	FSQ_SQLSERVER_REAL,			/* four bytes */
	FSQ_SQLSERVER_FLOAT,		/* eight bytes */
	FSQ_SQLSERVER_CHAR,			/* char, nchar: padded with blanks */
	FSQ_SQLSERVER_TEXT,			/* varchar, nvarchar */
	FSQ_SQLSERVER_OLD_TEXT,		/* text, ntext: may be read, and nothing else */
	FSQ_SQLSERVER_BINARY,		/* binary, varbinary, rowversion */
	FSQ_SQLSERVER_OLD_BINARY,	/* image */
	FSQ_SQLSERVER_DATE,
	FSQ_SQLSERVER_TIME,
	FSQ_SQLSERVER_SMALLDATETIME,
	FSQ_SQLSERVER_DATETIME,		/* in steps of 1/300 second */
	FSQ_SQLSERVER_DATETIME2,
	FSQ_SQLSERVER_DATETIMEOFFSET,	/* an instant, and the offset that it is shown with */
	FSQ_SQLSERVER_UUID,
	FSQ_SQLSERVER_XML,
	FSQ_SQLSERVER_JSON,
	FSQ_SQLSERVER_VARIANT,
	FSQ_SQLSERVER_SPATIAL		/* geometry, geography */
} FsqSqlserverStorage;

/*
 * Comparisons ignore blanks at the end of text and zeros at the end of bytes:
 * where they matter, both sides get an end that is neither.
 */
#define FSQ_SQLSERVER_TEXT_END "."
#define FSQ_SQLSERVER_BYTES_END "01"

/*
 * Digits on either side of the point of a decimal column that can be compared
 * with any number (see write_numeric).
 */
#define FSQ_SQLSERVER_DECIMAL_DIGITS 18

/* literal.c */

/* FsqDialect's functions of these names */
extern bool fsq_sqlserver_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull);
extern FsqPlace fsq_sqlserver_place(const FsqParam *param, Datum value);

/* FsqDialect's function of this name */
extern FsqPlace fsq_sqlserver_place(const FsqParam *param, Datum value);

/* Any text as a literal. */
extern void fsq_sqlserver_write_string(StringInfo sql, const char *text);

/* Whether a pattern of LIKE matches there what it matches here. */
extern bool fsq_sqlserver_pattern_is_exact(Datum pattern);

#endif							/* FSQ_FDW_SQLSERVER_COLUMN_H */
