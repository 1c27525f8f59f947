import { deadline, type ExecOptions, type RuntimeVersion, type ShellResult } from '../../support/connector.ts';

/** What a stream holds: the text itself, a pattern, or a question about it. */
export type Expected = string | RegExp | ((text: string) => boolean);

export interface ExecCase {
	readonly name: string;
	readonly command: string;
	/** Empty if not given. */
	readonly stdout?: Expected;
	/** Empty if not given. */
	readonly stderr?: Expected;
	/** 0 if not given; several where shells differ. */
	readonly exitCode?: number | readonly number[];
	/** Relative to the sandbox's work dir where it begins with `./`. */
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly deadlineMs?: number;
	/** It needs a session of its own, which an image without setsid cannot give. */
	readonly needsSetsid?: boolean;
}

const SOMETHING = /./;

const lines = (...words: readonly string[]) => words.map((word) => `${word}\n`).join('');

const filled = (length: number, character: string) => (text: string) =>
	text.length === length && text === character.repeat(length);

const streams: readonly ExecCase[] = [
	{ name: 'both streams apart', command: 'echo out; echo err >&2', stdout: 'out\n', stderr: 'err\n' },
	{
		name: 'the order in each',
		command: 'for i in 1 2 3; do echo o$i; echo e$i >&2; done',
		stdout: lines('o1', 'o2', 'o3'),
		stderr: lines('e1', 'e2', 'e3'),
	},
	{ name: 'no newline at the end', command: 'printf abc; printf def >&2', stdout: 'abc', stderr: 'def' },
	{ name: 'only newlines', command: 'echo; echo; echo >&2', stdout: '\n\n', stderr: '\n' },
	{ name: 'a pipeline', command: "printf 'b\\na\\n' | sort", stdout: 'a\nb\n' },
	{ name: 'stderr from inside a pipeline', command: '{ echo x; echo e >&2; } | cat', stdout: 'x\n', stderr: 'e\n' },
	{ name: 'streams that are swapped', command: '{ echo a; echo b >&2; } 3>&1 1>&2 2>&3', stdout: 'b\n', stderr: 'a\n' },
	{ name: 'stdout moved for good', command: 'exec >&2; echo x', stderr: 'x\n' },
	{ name: '/dev/stderr', command: 'echo x >/dev/stderr', stderr: 'x\n' },
	{ name: '/dev/stdout', command: 'echo x >/dev/stdout', stdout: 'x\n' },
	{
		name: '/dev/stderr and /dev/stdout by their paths, between other lines',
		command: 'echo a >&2; echo b >/dev/stderr; echo c >&2; echo d; echo e >/dev/stdout; echo f',
		stdout: 'd\ne\nf\n',
		stderr: 'a\nb\nc\n',
	},
	...['cp /dev/stdin /dev/stdout', 'dd of=/dev/stdout', 'sort -o /dev/stdout'].map((program) => ({
		name: `${program}, between other lines`,
		command: `echo a; echo b | ${program} 2>/dev/null; echo c`,
		stdout: 'a\nb\nc\n',
	})),
	{
		name: 'tee /dev/stderr, between other lines',
		command: 'echo a >&2; echo b | tee /dev/stderr; echo c >&2',
		stdout: 'b\n',
		stderr: 'a\nb\nc\n',
	},
	{
		name: 'both by their paths, to append',
		command: 'echo a; echo b >>/dev/stdout; echo c >&2; echo d | tee -a /dev/stderr',
		stdout: 'a\nb\nd\n',
		stderr: 'c\nd\n',
	},
	{ name: '10 MB', command: "head -c 10000000 /dev/zero | tr '\\0' x", stdout: filled(10_000_000, 'x') },
	{
		name: '5 MB on each stream',
		command: "head -c 5000000 /dev/zero | tr '\\0' x; head -c 5000000 /dev/zero | tr '\\0' y >&2",
		stdout: filled(5_000_000, 'x'),
		stderr: filled(5_000_000, 'y'),
	},
	{
		name: '20 MB, which is cut, and said to be',
		command: "head -c 20000000 /dev/zero | tr '\\0' x; echo end >&2",
		stdout: (text) => text.length >= 8 * 2 ** 20 && text.length <= 16 * 2 ** 20 + 1,
		stderr: /^end\n\[stdout is cut after \d+ bytes: .*\]\n$/,
	},
	{
		name: 'a line of 1 MB',
		command: "head -c 1000000 /dev/zero | tr '\\0' x; echo",
		stdout: (text) => text.length === 1_000_001,
	},
	{
		name: '100,000 lines',
		command: 'seq 100000',
		stdout: (text) => text.split('\n').length === 100_001 && text.endsWith('\n100000\n'),
	},
	{ name: 'NUL', command: "printf 'a\\0b'; printf 'c\\0d' >&2", stdout: 'a\0b', stderr: 'c\0d' },
	{
		name: '6 MB of bytes that are not UTF-8, which is not cut',
		command: "head -c 6000000 /dev/zero | tr '\\0' '\\377'",
		stdout: filled(6_000_000, '\uFFFD'),
	},
	...[16_777_216, 16_777_217, 16_777_254].map((bytes) => ({
		name: `${bytes} bytes`,
		command: `head -c ${bytes} /dev/zero | tr '\\0' x`,
		stdout: (text: string) => /^x*$/.test(text) && text.length > 16_000_000,
		stderr: (text: string) =>
			bytes === 16_777_216 ? text === '' : bytes === 16_777_217 || text.includes('stdout is cut'),
	})),
	{ name: 'bytes that are not UTF-8', command: "printf 'a\\377b'", stdout: 'a\uFFFDb' },
	{ name: 'control characters', command: "printf '\\001\\002\\003\\033[0m\\177'", stdout: '\x01\x02\x03\x1b[0m\x7f' },
	{
		name: 'a line separator and a BOM',
		command: "printf '\\357\\273\\277a\\342\\200\\250b'",
		stdout: '\uFEFFa\u2028b',
	},
	{ name: 'HTML', command: "echo '<b>&amp;</b>'", stdout: '<b>&amp;</b>\n' },
	{ name: 'every plane of Unicode', command: "echo 'é 漢字 👩‍👩‍👧'", stdout: 'é 漢字 👩‍👩‍👧\n' },
	{ name: 'carriage returns', command: "printf 'a\\r\\nb\\r'", stdout: 'a\r\nb\r' },
	{
		name: 'what looks like our own marker',
		command: "printf '\\002%s\\003\\n' 00000000-0000-4000-8000-000000000000 00000000-0000-4000-8000-000000000000",
		stdout: '\x0200000000-0000-4000-8000-000000000000\x03\n'.repeat(2),
	},
];

const exitCodes: readonly ExecCase[] = [
	{ name: '0', command: 'true' },
	{ name: '1', command: 'false', exitCode: 1 },
	{ name: '7', command: 'exit 7', exitCode: 7 },
	{ name: '255', command: 'exit 255', exitCode: 255 },
	{ name: '300, modulo 256', command: 'exit 300', exitCode: 44 },
	{ name: 'set -e', command: 'set -e; echo a; false; echo b', stdout: 'a\n', exitCode: 1 },
	{ name: 'set -u', command: 'set -u; echo $nope; echo b', stderr: /nope/, exitCode: [1, 2, 127] },
	{ name: 'set -x', command: 'set -x; true', stderr: '+ true\n' },
	{ name: 'exec', command: "exec sh -c 'exit 9'", exitCode: 9 },
	{ name: 'a trap on EXIT', command: "trap 'echo bye' EXIT; exit 4", stdout: 'bye\n', exitCode: 4 },
	{ name: 'a trap that changes it', command: "trap 'exit 6' EXIT; true", exitCode: 6 },
	{ name: 'the return of a function', command: 'f() { return 5; }; f', exitCode: 5 },
	{ name: 'the end of a pipeline', command: 'false | true' },
	{ name: 'the end of a failing pipeline', command: 'true | false', exitCode: 1 },
	{
		name: 'a command that does not exist',
		command: 'no-such-command',
		stderr: /no-such-command.*not found/,
		exitCode: 127,
	},
	{ name: 'a file that is not executable', command: '/etc/passwd', stderr: /ermission denied/, exitCode: 126 },
	{ name: 'KILL', command: 'kill -9 $$', exitCode: 137 },
	{ name: 'TERM', command: 'kill -TERM $$', exitCode: 143 },
	{ name: 'INT', command: 'kill -INT $$', exitCode: 130 },
	{ name: 'HUP', command: 'kill -HUP $$', exitCode: 129 },
	{ name: 'SEGV', command: 'kill -SEGV $$', exitCode: 139 },
	{ name: 'a child killed', command: "sh -c 'kill -9 $$'; echo $?", stdout: '137\n', stderr: /^(.*[Kk]illed.*\n)?$/ },
	{ name: 'kill 0, which is its whole group', command: 'kill 0; sleep 5', exitCode: 143, needsSetsid: true },
	{ name: 'kill -9 0', command: 'kill -9 0; sleep 5', exitCode: 137, needsSetsid: true },
	{ name: 'a pipe closed early', command: 'yes | head -n 1', stdout: 'y\n' },
];

const broken = (name: string, command: string): ExecCase => ({ name, command, stderr: SOMETHING, exitCode: 2 });

const syntax: readonly ExecCase[] = [
	broken('an open single quote', "echo 'abc"),
	broken('an open double quote', 'echo "abc'),
	broken('an open substitution', 'echo $(echo'),
	broken('an open backtick', 'echo `echo'),
	broken('an open group', '{ echo a'),
	broken('an open subshell', '( echo a'),
	broken('an open function', 'f() {'),
	broken('an open case', 'case x in'),
	broken('if;', 'if;'),
	broken('a stray )', ')'),
	broken('a stray }', '}'),
	broken('everything that closes', ') } fi done esac'),
	broken('a double semicolon', ';;'),
	{ ...broken('an error on the second line', 'echo one\nif ;'), stdout: 'one\n' },
	{ name: 'a brace that is a word', command: 'echo a }', stdout: 'a }\n' },
	{ name: 'a backslash at the end', command: 'echo a \\', stdout: /^a ?\n$/ },
	{ name: 'an ampersand at the end', command: 'true &' },
	{ name: 'a semicolon at the end', command: 'echo a;', stdout: 'a\n' },
	broken('an operator at the end', 'echo a &&'),
	{ name: 'a comment at the end', command: 'echo a # b', stdout: 'a\n' },
	{ name: 'a comment only', command: '# nothing' },
	{ name: 'nothing', command: '' },
	{ name: 'blanks', command: ' \n\t \n' },
	{ name: 'lines that end in CR LF', command: 'echo a\r\necho b\r\n', stdout: 'a\r\nb\r\n' },
];

const multiLine: readonly ExecCase[] = [
	{ name: 'several lines', command: 'a=1\nb=2\necho $((a + b))', stdout: '3\n' },
	{ name: 'a loop', command: 'for i in 1 2\ndo\n\techo $i\ndone', stdout: '1\n2\n' },
	{ name: 'a line that goes on', command: 'echo a \\\n  b', stdout: 'a b\n' },
	{ name: 'a function', command: 'greet() {\n\techo "hi $1"\n}\ngreet you', stdout: 'hi you\n' },
	{ name: 'a heredoc', command: 'x=1\ncat <<EOF\n$x\nEOF\necho after', stdout: '1\nafter\n' },
	{ name: 'a quoted heredoc', command: "cat <<'EOF'\n$x `y` \\z 'q' \"r\"\nEOF", stdout: '$x `y` \\z \'q\' "r"\n' },
	{ name: 'a heredoc that drops tabs', command: 'cat <<-EOF\n\t\ta\n\tEOF', stdout: 'a\n' },
	{ name: 'two heredocs on a line', command: 'cat <<A; cat <<B\na\nA\nb\nB', stdout: 'a\nb\n' },
	{ name: 'a heredoc in a pipeline', command: 'cat <<EOF | tr a-z A-Z\nabc\nEOF', stdout: 'ABC\n' },
	{ name: 'a heredoc without an end', command: 'cat <<EOF\na', stdout: /^a\n?$/, stderr: /^(.*here-doc.*\n)?$/ },
	{ name: 'quotes in quotes', command: `sh -c "echo 'a  b' \\"c\\""`, stdout: 'a  b c\n' },
	{ name: 'an escaped quote', command: `echo 'it'\\''s'`, stdout: "it's\n" },
	{ name: 'dollars and backticks', command: 'echo \'$HOME\' "\\$x" `echo b`', stdout: '$HOME $x b\n' },
	{ name: 'exclamation marks', command: 'echo "hi!" !! !$', stdout: 'hi! !! !$\n' },
	{ name: 'percent signs', command: "printf '%s%%\\n' 5", stdout: '5%\n' },
	{ name: 'a glob that matches nothing', command: 'echo no-such-*', stdout: 'no-such-*\n' },
	{ name: 'words that are split', command: 'x="a b"; set -- $x; echo $#', stdout: '2\n' },
];

const stdin: readonly ExecCase[] = [
	{ name: 'cat', command: 'cat; echo $?', stdout: '0\n' },
	{ name: 'a command that reads all', command: 'cat >/dev/null\necho second', stdout: 'second\n' },
	{ name: 'read', command: 'read x\necho "[$x] $?"', stdout: '[] 1\n' },
	{ name: 'head', command: 'head -c 5\necho a\necho b', stdout: 'a\nb\n' },
	{ name: 'a shell without arguments', command: 'sh\necho after', stdout: 'after\n' },
	{ name: 'a loop over lines', command: 'while read -r line; do echo "$line"; done\necho end', stdout: 'end\n' },
	{ name: 'no terminal', command: 'test -t 0 || test -t 1 || test -t 2 || echo none', stdout: 'none\n' },
];

const background: readonly ExecCase[] = [
	{ name: 'a job that goes on', command: 'sleep 300 & echo started', stdout: 'started\n' },
	{ name: 'nohup', command: 'nohup sleep 300 & echo $?', stdout: '0\n', stderr: /^(.*nohup.*\n)?$/ },
	{ name: 'setsid', command: 'setsid sleep 300 & echo $?', stdout: '0\n', needsSetsid: true },
	{ name: 'a job that is waited for', command: '(sleep .1; echo job) & wait; echo waited', stdout: 'job\nwaited\n' },
	{ name: 'a job that prints first', command: '(echo job; sleep 300) & sleep .3; echo main', stdout: 'job\nmain\n' },
	{ name: 'a job and an exit code', command: 'sleep 300 & exit 3', exitCode: 3 },
];

const environment: readonly ExecCase[] = [
	{
		name: 'odd values',
		command: 'printf "%s|" "$A" "$B" "$C" "$D"',
		env: { A: `it's "a"  b`, B: 'x\ny\n', C: '$HOME `id` \\ é', D: '-n' },
		stdout: 'it\'s "a"  b|x\ny\n|$HOME `id` \\ é|-n|',
	},
	{ name: 'an empty value', command: 'echo "[${A-unset}]"', env: { A: '' }, stdout: '[]\n' },
	{ name: 'a value with =', command: 'echo "$A"', env: { A: 'b=c' }, stdout: 'b=c\n' },
	{ name: 'a PATH that leads nowhere', command: 'echo "$PATH"', env: { PATH: '/nowhere' }, stdout: '/nowhere\n' },
	{
		name: 'names that our script uses',
		command: 'echo "$_id$_pid$_rest$_path$_shell$_program"',
		env: { _id: '1', _pid: '2', _rest: '3', _path: '4', _shell: '5', _program: '6' },
		stdout: '123456\n',
	},
	{ name: 'nothing of our script', command: 'echo "$_id$_pid$_rest$_path$_shell$_program"', stdout: '\n' },
	{
		name: 'names that shells reserve',
		command: 'env | grep -c -e ^status= -e ^argv=',
		env: { status: 'a', argv: 'b' },
		stdout: '2\n',
	},
	{ name: 'UID, without a complaint', command: 'echo ok', env: { UID: '5', EUID: '5', PPID: '1' }, stdout: 'ok\n' },
	{ name: 'IFS', command: 'x=a:b; set -- $x; echo $#', env: { IFS: ':' }, stdout: /^[12]\n$/ },
	{
		name: 'ENV and BASH_ENV that do not exist',
		command: 'echo ok',
		env: { ENV: '/no/where', BASH_ENV: '/no/where' },
		stdout: 'ok\n',
		stderr: /^(.*\/no\/where.*\n)?$/,
	},
	{
		name: 'a name that is no identifier',
		command: "env | grep -c '^a-b=' || true",
		env: { 'a-b': 'c' },
		stdout: /^[01]\n$/,
	},
	{
		name: 'several words of one name',
		command: 'echo $LONG | wc -w',
		env: { LONG: 'w '.repeat(30_000) },
		stdout: /^ *30000\n$/,
	},
];

const context: readonly ExecCase[] = [
	{ name: 'a directory', command: 'pwd', cwd: '/', stdout: '/\n' },
	{
		name: 'an odd directory',
		command: 'mkdir -p "$D" && cd "$D" && pwd | sed "s,.*/,,"',
		env: { D: `./it's "a" $x` },
		stdout: `it's "a" $x\n`,
	},
	{
		name: 'a directory that does not exist',
		command: 'echo ran',
		cwd: '/no/where',
		stderr: /\/no\/where/,
		exitCode: 1,
	},
	{ name: 'a directory that is a file', command: 'echo ran', cwd: '/etc/passwd', stderr: /\/etc\/passwd/, exitCode: 1 },
	{ name: 'a directory named like an option', command: 'echo ran', cwd: '-P', stderr: /-P/, exitCode: 1 },
	{ name: 'a cd that is not kept', command: 'cd /; pwd', stdout: '/\n' },
	{ name: 'its own name', command: 'echo "$0 $#"', stdout: /^(bash|sh) 0\n$/ },
	{ name: 'no job control', command: 'case $- in *i* | *m*) echo on ;; *) echo off ;; esac', stdout: 'off\n' },
	{ name: 'tty', command: 'tty', stdout: 'not a tty\n', exitCode: 1 },
];

const sizes: readonly ExecCase[] = [
	{ name: '99 KB', command: `: ${'x'.repeat(99_000)}\necho end`, stdout: 'end\n' },
	{ name: '200 KB', command: `: ${'x'.repeat(200_000)}\necho "end $1"`, stdout: 'end \n' },
	{ name: '200 KB that fails', command: `# ${'x'.repeat(200_000)}\nexit 5`, exitCode: 5 },
	{
		name: '200 KB with a broken end',
		command: `# ${'x'.repeat(200_000)}\necho one\nif ;`,
		stdout: 'one\n',
		stderr: SOMETHING,
		exitCode: 2,
	},
	{ name: 'a heredoc of 1 MB', command: `wc -c <<'EOF'\n${'x'.repeat(999_999)}\nEOF`, stdout: /^ *1000000\n$/ },
	{ name: '30,000 quotes', command: `printf %s ${`"it's" `.repeat(10_000)} | wc -c`, stdout: /^ *40000\n$/ },
];

const deadlines: readonly ExecCase[] = [
	{ name: 'in time', command: 'echo a; sleep .1; echo b', deadlineMs: 30_000, stdout: 'a\nb\n' },
	{ name: 'in time, and failing', command: 'exit 3', deadlineMs: 30_000, exitCode: 3 },
	{ name: 'in time, with a job', command: 'sleep 300 & echo a', deadlineMs: 30_000, stdout: 'a\n' },
	...(
		[
			['output so far', 'echo a; echo b >&2; sleep 60; echo c', 'a\n', /^b\n\[/],
			['output without a newline', 'printf a; printf b >&2; sleep 60', 'a', /^b\n\[/],
			['a pipeline', 'sleep 60 | cat | cat', '', /^\[/],
			['a group of timeout(1)', 'timeout 60 sleep 60', '', /^\[/],
			['several jobs', 'sleep 60 & sleep 61 & wait', '', /^\[/],
			[
				'a handler of TERM',
				"trap 'echo cleaned; exit 3' TERM; while :; do sleep .1; done",
				'cleaned\n',
				/^(Terminated\n)?\[/,
			],
			['TERM ignored', "trap '' TERM; sleep 60", '', /^\[/],
			['a process that is stopped', 'kill -STOP $$; echo woken', '', /^\[/],
			['a busy loop', 'while :; do :; done', '', /^\[/],
		] as const
	).map(([name, command, stdout, stderr]) => ({
		name,
		command,
		stdout,
		stderr: (text: string) => stderr.test(text) && text.endsWith('[stopped at the deadline of 2 s]\n'),
		exitCode: 124,
		deadlineMs: 1250,
	})),
	{
		name: 'a flood',
		command: 'yes | head -c 20000000; sleep 60',
		deadlineMs: 4000,
		stdout: /^y\n/,
		stderr: /^\[stdout is cut after .*\]\n\[stopped at .*\]\n$/,
		exitCode: 124,
	},
	{
		name: 'a deadline of 0',
		command: 'sleep 60',
		deadlineMs: 0,
		stderr: /^\[stopped at the deadline of 0 s\]\n$/,
		exitCode: 124,
	},
];

const odd: readonly ExecCase[] = [
	{
		name: 'no file of ours, which would hold its output',
		command: 'echo "secret-$$"; grep -ls "secret-$$" /tmp/.[!.]* /tmp/* /dev/shm/* | wc -l',
		stdout: /^secret-\d+\n *0\n$/,
	},
	{ name: 'stdout closed', command: 'exec >&-; echo x 2>/dev/null || echo y >&2', stderr: 'y\n' },
	{ name: 'a nested shell', command: "sh -c 'echo a; exit 2' || echo $?", stdout: 'a\n2\n' },
	{
		name: 'set -m',
		command: 'set -m; sleep .1 & wait; echo done',
		stdout: 'done\n',
		stderr: (text) => !text.includes('rror'),
	},
	{
		name: 'everything that ps can show',
		command: 'cat /proc/[0-9]*/cmdline >&2; cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"; echo end',
		stdout: /\nend\n$/,
		stderr: /./,
	},
	{
		name: 'the shell around it killed',
		command: 'echo a; kill -9 $PPID; sleep .5',
		stdout: 'a\n',
		stderr: /\[the shell around the command did not report: killed.*\]\n$/,
		needsSetsid: true,
		exitCode: 137,
	},
];

/** What a command inherits must be the same with and without us around it. */
export const INHERITED = {
	umask: 'umask',
	'open descriptors': 'ls /proc/self/fd',
	'ignored signals': 'grep SigIgn /proc/self/status',
	'blocked signals': 'grep SigBlk /proc/self/status',
	limits: 'ulimit -a',
	'a priority': "cut -d ' ' -f 18,19 </proc/self/stat",
	'an environment': 'env | grep -v -e ^_= -e ^SHLVL= -e ^OLDPWD= -e ^PWD= | sort',
} as const;

export const EXEC_CASES = {
	streams,
	'exit codes': exitCodes,
	syntax,
	'more than a line': multiLine,
	stdin,
	'background jobs': background,
	environment,
	context,
	sizes,
	deadlines,
	odd,
} as const satisfies Record<string, readonly ExecCase[]>;

export function execOptions({ cwd, env, deadlineMs }: ExecCase, runtime: RuntimeVersion = '2.1.0'): ExecOptions {
	return {
		...(cwd === undefined ? {} : { cwd }),
		...(env === undefined ? {} : { env }),
		...(deadlineMs === undefined ? {} : deadline(runtime, deadlineMs)),
	};
}

/** What differs from what is expected, cut to what a person can read. */
export function findDifferences(expected: ExecCase, result: ShellResult): Readonly<Record<string, unknown>> {
	const codes = [expected.exitCode ?? 0].flat();
	const wrong = [
		isAsExpected(result.stdout, expected.stdout ?? '') ? [] : ['stdout', shorten(result.stdout)],
		isAsExpected(result.stderr, expected.stderr ?? '') ? [] : ['stderr', shorten(result.stderr)],
		codes.includes(result.exitCode) ? [] : ['exitCode', result.exitCode],
	];
	return Object.fromEntries(wrong.filter(({ length }) => length > 0));
}

function isAsExpected(text: string, expected: Expected): boolean {
	if (typeof expected === 'string') return text === expected;
	return expected instanceof RegExp ? expected.test(text) : expected(text);
}

function shorten(text: string): string {
	return text.length > 2000 ? `${text.slice(0, 1000)} ... ${text.slice(-1000)}` : text;
}
