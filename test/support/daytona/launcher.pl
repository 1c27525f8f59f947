# Starts shells for the loopback Daytona the way the daemon does: each one leads a process group of its own in the
# session of its parent. A request is a line of hexadecimal fields: id, path of stdin, path of stdout and stderr, cwd,
# number of variables, their names and values, the program and its arguments.
use strict;
use warnings;

use constant WNOHANG => 1;

# A signal that arrives just before select(2) does not interrupt it: while children run, it is not slept for long.
use constant NAP_SECONDS => 0.01;

$| = 1;
$SIG{CHLD} = sub { };

my $running = 0;
my $buffer = '';
my $readable;

for (;;) {
	reap();
	vec($readable = '', fileno STDIN, 1) = 1;
	next if select($readable, undef, undef, $running > 0 ? NAP_SECONDS : undef) <= 0;
	sysread(STDIN, $buffer, 65536, length $buffer) or last;
	while ($buffer =~ s/^(.*)\n//) { start(map { pack 'H*', $_ } split / /, $1, -1) }
}

sub start {
	my ($id, $input, $output, $cwd, $count, @rest) = @_;
	my %variables = splice @rest, 0, 2 * $count;
	open my $in, '<', $input or die "open $input: $!";
	open my $out, '>', $output or die "open $output: $!";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		setpgrp;
		open STDIN, '<&', $in;
		open STDOUT, '>&', $out;
		open STDERR, '>&', $out;
		chdir $cwd or exit 255;
		%ENV = %variables;
		{ exec { $rest[0] } @rest }
		exit 255;
	}
	setpgrp $pid, $pid;
	$running += 1;
	print "started $id $pid\n";
}

sub reap {
	while ((my $pid = waitpid -1, WNOHANG) > 0) {
		$running -= 1;
		print "ended $pid $?\n";
	}
}
