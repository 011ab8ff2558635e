/*-------------------------------------------------------------------------
 *
 * word.h
 *	  Short text as words: its bytes are looked at eight at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_WORD_H
#define FSQ_WORD_H

/* The eight bytes at s. */
static inline uint64
fsq_word(const char *s)
{
	uint64		word;

	memcpy(&word, s, sizeof(word));
	return word;
}

/*
 * The bytes of a text of less than eight, at least one, in a word.  Some are in
 * it more than once, and nothing else is.
 */
static inline uint64
fsq_short_word(const char *s, int length)
{
	if (length >= 4)
	{
		uint32		first;
		uint32		last;

		memcpy(&first, s, sizeof(first));
		memcpy(&last, s + length - sizeof(last), sizeof(last));
		return (uint64) first << 32 | last;
	}
	return UINT64CONST(0x0101010101) * (unsigned char) s[0] << 24 |
		(uint64) (unsigned char) s[length / 2] << 16 |
		(uint64) (unsigned char) s[length - 1] << 8 | (unsigned char) s[0];
}

#endif							/* FSQ_WORD_H */
