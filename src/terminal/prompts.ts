import { intro, isCancel, log, note, outro, select } from '@clack/prompts';
import type { Readable } from 'node:stream';
import type { CodingAgentName } from '../ecosystem/coding-agents.ts';
import { ANSWERED, PACKAGE_MANAGER_NAMES, type PackageManager } from '../ecosystem/package-managers.ts';
import { NEWEST_KNOWN_VERSION } from '../ecosystem/flue-versions.ts';
import { fitLine, labelled, wrap } from '../lib/text.ts';
import type { Context, Environment } from './context.ts';
import { wantsPlainText } from './interactive.ts';
import { drawingStream } from './drawing-stream.ts';
import { outliveReaders } from './streams.ts';
import { askOnKeyboard } from './keyboard.ts';

interface Question<T extends string> {
	readonly message: string;
	readonly options: readonly { readonly value: T; readonly label: string }[];
}

type Asker = Pick<Context, 'env' | 'interruption'>;

/** What a person sees before the question. */
export interface Summary {
	readonly title: string;
	/** What was found: a name, and what it is. */
	readonly project: readonly (readonly [name: string, text: string])[];
	/** In the order in which they are done. */
	readonly changes: readonly string[];
	readonly warnings: readonly string[];
}

/** What a person sees after the work, below the question. */
export interface EndingLines {
	readonly steps: readonly string[];
	readonly details: readonly string[];
	readonly closing: string;
}

/** stdout belongs to programs: every question goes to the terminal by way of stderr. */
const { stderr } = process;

outliveReaders(stderr);

const LONGEST_LINE = 80;

/** Narrower than that, boxes break the words inside of them. */
const NARROW = 50;

/** Lower than that, a frame and a list do not fit. */
const LOW = 14;

/** The lines of a box and the space inside of them. */
const BOX_SIDES = 8;

const NAME_WIDTH = 9;

/** The line at the side of a list, and the space behind it. */
const GUIDE_WIDTH = 3;

function columns(): number {
	return Math.min(stderr.columns || LONGEST_LINE, LONGEST_LINE);
}

function wantsLines(env: Environment): boolean {
	return wantsPlainText(env) || columns() < NARROW;
}

async function choose<T extends string>(question: Question<T>, { env, interruption }: Asker): Promise<T> {
	const isPlain = wantsPlainText(env);
	return askOnKeyboard(
		(keys, signal) => (isPlain ? chooseNumber(question, keys, signal) : chooseLine(question, keys, signal, env)),
		interruption.signal,
	);
}

/** In a small terminal the list is all that is drawn, so that the chosen line is always in sight. */
async function chooseLine<T extends string>(
	{ message, options }: Question<T>,
	input: Readable,
	signal: AbortSignal,
	env: Environment,
): Promise<T | undefined> {
	const isRoomy = columns() >= NARROW && (stderr.rows || LOW) >= LOW;
	const answer: unknown = await select<string>({
		message,
		options: [...options],
		input,
		output: drawingStream(env),
		signal,
		withGuide: isRoomy,
		showInstructions: isRoomy,
	});
	return isCancel(answer) ? undefined : (answer as T);
}

function namedLines(rows: Summary['project'], width: number): string[] {
	return rows.flatMap(([name, text]) => labelled(name.padEnd(NAME_WIDTH), text, width));
}

function showSummary({ title, project, changes, warnings }: Summary, { env }: Asker): void {
	const width = columns() - 1;
	if (wantsLines(env)) {
		const rows = project.flatMap(([name, text]) => [name, ...labelled('  ', text, width)]);
		const lines = [
			title,
			...(width < NARROW ? rows : namedLines(project, width)),
			'Planned changes:',
			...changes.flatMap((change) => labelled('  ', change, width)),
			...warnings.flatMap((warning) => labelled('Warning: ', warning, width)),
		];
		stderr.write(`${lines.join('\n')}\n`);
		return;
	}
	const output = drawingStream(env);
	const inside = columns() - BOX_SIDES;
	intro(title, { output });
	const show = (heading: string, lines: readonly string[]) => {
		// A box would break a path that is longer than it is wide.
		if (lines.every((line) => line.length <= inside)) note(lines.join('\n'), heading, { output });
		else log.message([heading, ...lines.map((line) => `  ${line}`)], { output });
	};
	show('Project', namedLines(project, inside));
	show(
		'Planned changes',
		changes.flatMap((change) => labelled('', change, inside)),
	);
	for (const warning of warnings) log.warn(wrap(warning, inside).join('\n'), { output });
}

/** Closes what the intro opened. False where the terminal gets plain lines, and nothing was opened. */
export function showEnding(ending: EndingLines, env: Environment): boolean {
	if (wantsLines(env)) return false;
	const output = drawingStream(env);
	const width = columns() - GUIDE_WIDTH;
	const fit = (line: string) => (/^ |: {2}/.test(line) ? fitLine(line, width) : wrap(line, width));
	for (const step of ending.steps) log.step(fit(step).join('\n'), { output, spacing: 0 });
	log.message(ending.details.flatMap(fit), { output });
	outro(wrap(ending.closing, width).join('\n   '), { output });
	return true;
}

export async function askWhatToDo(
	summary: Summary,
	agents: readonly CodingAgentName[],
	asker: Asker,
): Promise<'write' | 'print' | CodingAgentName> {
	showSummary(summary, asker);
	const options = [
		{ value: 'write', label: 'Write it now' },
		...agents.map((agent) => ({ value: agent, label: `Hand it to ${agent}` })),
		{ value: 'print', label: 'Print the instructions' },
	] as const;
	return choose<'write' | 'print' | CodingAgentName>({ message: 'What do you want to do?', options }, asker);
}

export async function confirmWrite(summary: Summary, asker: Asker): Promise<boolean> {
	showSummary(summary, asker);
	const options = [
		{ value: 'yes', label: 'Yes, write it' },
		{ value: 'no', label: 'No, change nothing' },
	] as const;
	return (await choose<'yes' | 'no'>({ message: 'Go ahead?', options }, asker)) === 'yes';
}

/** `lines` say what is about to be done. */
export async function confirmLive(lines: readonly string[], asker: Asker): Promise<boolean> {
	stderr.write(`${lines.flatMap((line) => wrap(line, columns() - 1)).join('\n')}\n`);
	const options = [
		{ value: 'yes', label: 'Yes, create it' },
		{ value: 'no', label: 'No, create nothing' },
	] as const;
	return (await choose<'yes' | 'no'>({ message: 'Go ahead?', options }, asker)) === 'yes';
}

export async function askPackageManager(lockfiles: string, asker: Asker): Promise<PackageManager> {
	const reason = `This project has more than one lockfile: ${lockfiles}.`;
	stderr.write(`${wrap(reason, columns() - 1).join('\n')}\n`);
	const options = PACKAGE_MANAGER_NAMES.map((name) => ({ value: name, label: name }));
	const name = await choose({ message: 'Which package manager?', options }, asker);
	return { name, yarn: undefined, from: ANSWERED };
}

/** First what is taken without an answer. Each is what `--runtime` takes. */
export async function askRuntime(asker: Asker): Promise<string> {
	stderr.write('There is no @flue/runtime in this project.\n');
	const options = [
		{ value: '0.7', label: 'Flue 0.6 to 0.7' },
		{ value: NEWEST_KNOWN_VERSION, label: `Flue ${NEWEST_KNOWN_VERSION}, the newest` },
	];
	return choose({ message: 'Which Flue version is this for?', options }, asker);
}

const BACKSPACE = '\u007F';

/** Ctrl-C and Esc. */
const LEAVING: ReadonlySet<string> = new Set(['\u0003', '\u001B']);

/** An arrow and its like are several characters that begin with Esc. */
const EACH_KEY = /\u001B[[O][\d;]*[A-Za-z~]|[^]/gu;

function echo(line: string, key: string): string {
	if (key !== BACKSPACE && key.length === 1 && key >= ' ') {
		stderr.write(key);
		return line + key;
	}
	if (key !== BACKSPACE || line === '') return line;
	stderr.write('\b \b');
	return line.slice(0, -1);
}

/** Nothing is drawn twice, so that it can be read aloud; and key by key, for a terminal that collects lines would keep Esc to itself. */
function chooseNumber<T extends string>(
	{ message, options }: Question<T>,
	keys: Readable,
	signal: AbortSignal,
): Promise<T | undefined> {
	const width = columns() - 1;
	const ask = `${wrap(`Number (1 to ${options.length}; Esc leaves):`, width - 1).join('\n')} `;
	const lines = options.flatMap(({ label }, index) => labelled(`  ${index + 1}. `, label, width));
	stderr.write(`${[...wrap(message, width), ...lines, ask].join('\n')}`);
	return new Promise((resolve) => {
		let line = '';
		const end = (answer?: T) => {
			keys.off('data', read);
			signal.removeEventListener('abort', leave);
			stderr.write('\n');
			resolve(answer);
		};
		const leave = () => end();
		const read = (data: Buffer) => {
			for (const key of data.toString().match(EACH_KEY) ?? []) {
				if (LEAVING.has(key)) return leave();
				if (key !== '\r' && key !== '\n') {
					line = echo(line, key);
					continue;
				}
				const chosen = /^\d+$/.test(line.trim()) ? options[Number(line) - 1] : undefined;
				if (chosen !== undefined) return end(chosen.value);
				stderr.write(`\n${wrap('That is none of the numbers.', width).join('\n')}\n${ask}`);
				line = '';
			}
		};
		signal.addEventListener('abort', leave);
		if (signal.aborted) leave();
		else keys.on('data', read);
	});
}
