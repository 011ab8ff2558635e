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

/* Whether JSON escapes any of eight bytes: control, quote or backslash. */
static inline bool
fsq_word_needs_escape(uint64 word)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	const uint64 highs = UINT64CONST(0x8080808080808080);
	uint64		quote = word ^ (ones * '"');
	uint64		backslash = word ^ (ones * '\\');
	uint64		below_space = (word - ones * 0x20) & ~word;
	uint64		is_quote = (quote - ones) & ~quote;
	uint64		is_backslash = (backslash - ones) & ~backslash;

	/*
	 * A borrow can mark the byte above one that needs escaping, but never
	 * marks a word without such a byte.
	 */
	return ((below_space | is_quote | is_backslash) & highs) != 0;
}

/* Whether text is ASCII of which JSON escapes nothing, as most text is. */
static inline bool
fsq_text_is_plain(const char *s, int length)
{
	const uint64 high = UINT64CONST(0x8080808080808080);

	for (; length >= (int) sizeof(uint64); length -= sizeof(uint64), s += sizeof(uint64))
		if ((fsq_word(s) & high) || fsq_word_needs_escape(fsq_word(s)))
			return false;
	return length == 0 ||
		((fsq_short_word(s, length) & high) == 0 && !fsq_word_needs_escape(fsq_short_word(s, length)));
}

#endif							/* FSQ_WORD_H */
