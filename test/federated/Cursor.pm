# Cursors in answers of the federated differential test, as what is the same of
# them in all placements: the values of the row, in the order of the list.
# src/plan/token.c says what is in a cursor.

package Cursor;

use strict;
use warnings;
use utf8;

use MIME::Base64 qw(decode_base64url);

# A number from the beginning of a text of bytes, of which it is cut.
sub length_of
{
	my ($bytes) = @_;
	my ($number, $shift) = (0, 0);

	while ($$bytes =~ s/^(.)//s)
	{
		$number |= (ord($1) & 0x7f) << $shift;
		return $number if ord $1 < 0x80;
		$shift += 7;
	}
	die "a cursor ends too early\n";
}

# The values, each in hexadecimal digits, with points between them.
sub values_of
{
	my ($cursor) = @_;
	my $bytes = decode_base64url($cursor);
	my @values;

	$bytes =~ s/^c.{4}//s or return "no cursor: $cursor";
	substr $bytes, 0, length_of(\$bytes), '';
	while (length $bytes)
	{
		my $length = length_of(\$bytes);
		push @values, $length == 0 ? 'null' : unpack 'H*', substr $bytes, 0, $length - 1, '';
	}
	return join '.', @values;
}

# An answer with all cursors shown like this.
sub shown
{
	my ($answer) = @_;
	$answer =~ s/"(cursor|startCursor|endCursor)":"([^"]*)"/'"' . $1 . '":"' . values_of($2) . '"'/ge;
	return $answer;
}

1;
