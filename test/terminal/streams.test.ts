import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { BIN, plainEnv, readTree } from '../support/flue.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { atTerminal, CTRL_C } from '../support/terminal-script.ts';

/** Nothing is left to install, so that a write needs no package manager. */
const PROJECT: Files = {
	'package.json': { name: 'bot', dependencies: { '@flue/runtime': '^0.7.1', '@daytona/sdk': '^0.216.0' } },
	'.flue/agents/hello.ts': 'export {};\n',
};

const CONNECTOR = '.flue/connectors/daytona.ts';

const STDIN = {
	terminal: '',
	pipe: '',
	closed: '<&-',
	'open pipe': '<&3',
} as const;

const STDOUT = { terminal: '', pipe: '>"$FOLDER/1"', closed: '>&-' } as const;

const STDERR = { terminal: '', pipe: '2>"$FOLDER/2"', closed: '2>&-' } as const;

const CI = { unset: {}, '1': { CI: '1' }, true: { CI: 'true' }, false: { CI: 'false' } } as const;

const AGENT = { none: {}, agent: { CLAUDECODE: '1' } } as const;

/** What can be seen on a stream. */
const SIGHTS = {
	instructions: /^# Add the Daytona connector/m,
	patch: /^diff --git/m,
	json: /^\{\r?\n {2}"schemaVersion": 1/m,
	preview: /^Planned changes:/m,
	done: /^Daytona is connected to this project/m,
	next: /^Do it:/m,
	question: /What do you want to do\?|Go ahead\?/,
	cancelled: /^Cancelled\.\r?\nNothing was changed\./m,
} as const;

type Sight = keyof typeof SIGHTS;

interface Mode {
	readonly flags: string;
	/** Whether a person who can be asked is asked. */
	readonly asks: boolean;
	readonly writes: boolean;
	readonly stdout: readonly Sight[];
	readonly stderr: readonly Sight[];
}

/** What each mode does for everybody who is not asked; its exit code is 0. */
const MODES = {
	'no flag': { flags: '', asks: true, writes: false, stdout: ['instructions'], stderr: [] },
	'--print': { flags: '--print', asks: false, writes: false, stdout: ['instructions'], stderr: [] },
	'--write': { flags: '--write', asks: true, writes: true, stdout: [], stderr: ['done'] },
	'--yes': { flags: '--yes', asks: false, writes: true, stdout: [], stderr: ['done'] },
	'--dry-run': { flags: '--dry-run', asks: false, writes: false, stdout: [], stderr: ['preview', 'next'] },
	'--diff': { flags: '--diff', asks: false, writes: false, stdout: ['patch'], stderr: ['next'] },
	'--json': { flags: '--json', asks: false, writes: false, stdout: ['json'], stderr: [] },
	'--write --json': { flags: '--write --json', asks: false, writes: true, stdout: ['json'], stderr: [] },
} as const satisfies Record<string, Mode>;

interface Row {
	readonly mode: keyof typeof MODES;
	readonly stdin: keyof typeof STDIN;
	readonly stdout: keyof typeof STDOUT;
	readonly stderr: keyof typeof STDERR;
	readonly ci: keyof typeof CI;
	readonly agent: keyof typeof AGENT;
}

interface Seen {
	readonly exitCode: number;
	readonly terminal: readonly Sight[];
	readonly stdout: readonly Sight[];
	readonly stderr: readonly Sight[];
	readonly isWritten: boolean;
}

function keys<T extends object>(table: T): (keyof T)[] {
	return Object.keys(table) as (keyof T)[];
}

function everyRow(mode: Row['mode']): Row[] {
	return keys(STDIN).flatMap((stdin) =>
		keys(STDOUT).flatMap((stdout) =>
			keys(STDERR).flatMap((stderr) =>
				keys(CI).flatMap((ci) => keys(AGENT).map((agent) => ({ mode, stdin, stdout, stderr, ci, agent }))),
			),
		),
	);
}

function isPerson({ stdin, stdout, stderr, ci, agent }: Row): boolean {
	return (
		[stdin, stdout, stderr].every((kind) => kind === 'terminal') &&
		(ci === 'unset' || ci === 'false') &&
		agent === 'none'
	);
}

function expected(row: Row): Seen {
	const mode: Mode = MODES[row.mode];
	if (mode.asks && isPerson(row))
		return { exitCode: 130, terminal: ['question', 'cancelled'], stdout: [], stderr: [], isWritten: false };
	const on = (kind: string) => [
		...(row.stdout === kind ? mode.stdout : []),
		...(row.stderr === kind ? mode.stderr : []),
	];
	return {
		exitCode: 0,
		terminal: on('terminal'),
		stdout: row.stdout === 'pipe' ? mode.stdout : [],
		stderr: row.stderr === 'pipe' ? mode.stderr : [],
		isWritten: mode.writes,
	};
}

function sightsOf(text: string): Sight[] {
	return keys(SIGHTS).filter((sight) => SIGHTS[sight].test(stripVTControlCharacters(text)));
}

/** The pipes' other ends are held by `cat`; stdin's open pipe has a writer that never writes. */
const PREAMBLE = `trap : INT; cd "$FOLDER" && mkfifo open 1 2 && exec 3<>open
cat <1 >1.txt & cat <2 >2.txt & exec 4>1 5>2; cd - >/dev/null`;

async function run(row: Row, top: string, number: number): Promise<Seen> {
	const [cwd, folder] = [join(top, `${number}`), join(top, `${number}.streams`)];
	writeFiles(cwd, PROJECT);
	mkdirSync(folder);
	const redirections = `${STDIN[row.stdin]} ${STDOUT[row.stdout]} ${STDERR[row.stderr]} 3<&- 4>&- 5>&-`;
	const script = `${PREAMBLE}
		${row.stdin === 'pipe' ? ': | ' : ''}"$NODE" "$BIN" add daytona ${MODES[row.mode].flags} ${redirections}; code=$?
		exec 3<&- 4>&- 5>&-; wait; exit $code`;
	const env = plainEnv({ ...CI[row.ci], ...AGENT[row.agent], NODE: process.execPath, BIN, FOLDER: folder });
	const { screen, exitCode } = await atTerminal(script, { cwd, env, answers: [{ on: SIGHTS.question, type: CTRL_C }] });
	const [stdout = '', stderr = ''] = ['1.txt', '2.txt'].map((name) => readFileSync(join(folder, name), 'utf8'));
	const { [CONNECTOR]: connector } = readTree(cwd);
	return {
		exitCode,
		terminal: sightsOf(screen),
		stdout: sightsOf(stdout),
		stderr: sightsOf(stderr),
		isWritten: connector !== undefined,
	};
}

/** A few at a time: more would only wait for each other. */
async function runAll(rows: readonly Row[]): Promise<{ readonly row: Row; readonly seen: Seen }[]> {
	const top = temporaryFolder();
	const left = [...rows.entries()];
	const results: { row: Row; seen: Seen }[] = [];
	await Promise.all(
		Array.from({ length: 4 }, async () => {
			for (let next = left.shift(); next !== undefined; next = left.shift()) {
				const [number, row] = next;
				results[number] = { row, seen: await run(row, top, number) };
			}
		}),
	);
	return results;
}

function sorted(seen: Seen): Seen {
	return {
		...seen,
		terminal: seen.terminal.toSorted(),
		stdout: seen.stdout.toSorted(),
		stderr: seen.stderr.toSorted(),
	};
}

/**
 * Without a flag the streams, CI and the agent decide: every combination. With a flag they decide only between a question and none:
 * every combination of streams in a plain environment, and every environment at a terminal.
 */
function rowsOf(mode: Row['mode']): Row[] {
	if (mode === 'no flag') return everyRow(mode);
	return everyRow(mode).filter((row) => {
		const isPlain = row.ci === 'unset' && row.agent === 'none';
		return isPlain || [row.stdin, row.stdout, row.stderr].every((kind) => kind === 'terminal');
	});
}

test.each(keys(MODES))(
	'asks only a person who can be asked, and keeps the streams and the exit code apart: %s',
	async (mode) => {
		const rows = rowsOf(mode);
		const results = await runAll(rows);
		expect(results.map(({ row, seen }) => ({ row, seen: sorted(seen) }))).toEqual(
			rows.map((row) => ({ row, seen: sorted(expected(row)) })),
		);
	},
	300_000,
);
