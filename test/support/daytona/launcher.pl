# Starts shells for the loopback Daytona the way the daemon does: each one leads a process group of its own in the
# session of its parent. A request is a line of hexadecimal fields: id, path of stdin, path of stdout and stderr, cwd,
# number of variables, their names and values, the program and its arguments.
use strict;
use warnings;

use constant WNOHANG => 1;

$| = 1;
$SIG{CHLD} = \&reap;

sub reap {
	local ($!, $?);
	while ((my $pid = waitpid -1, WNOHANG) > 0) { print "ended $pid $?\n" }
}

while (defined(my $line = <STDIN>)) {
	chomp $line;
	my ($id, $input, $output, $cwd, $count, @rest) = map { pack 'H*', $_ } split / /, $line, -1;
	my %variables = splice @rest, 0, 2 * $count;
	open my $in, '<', $input or die "open $input: $!";
	open my $out, '>', $output or die "open $output: $!";
	$SIG{CHLD} = 'DEFAULT';
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
	print "started $id $pid\n";
	$SIG{CHLD} = \&reap;
	reap();
}
