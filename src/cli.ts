import { resolve } from 'node:path';
import type { CommandName, Flags } from './command-line.ts';
import { add } from './commands/add.ts';
import { check } from './commands/check.ts';
import { commandOwner, flueIsMissing, splitFolder, unknownCommand } from './commands/flue.ts';
import type { AddOptions } from './commands/options.ts';
import { update } from './commands/update.ts';
import { Cancelled, UsageError } from './lib/errors.ts';
import { shownPath } from './lib/sanitize.ts';
import { fitText, LINE_WIDTH } from './lib/text.ts';
import { CANCELLED, exitCode, type Outcome, type Result } from './output/outcome.ts';
import { renderJson } from './output/json.ts';
import { describeEnding, renderText, type Words } from './output/text.ts';
import { becomeFlueCli, findFlueCli, howToInstallFlueCli, type Place } from './project/flue-cli.ts';
import { kindOf, realPath, writeOutput } from './system/files.ts';
import type { Context } from './terminal/context.ts';
import { canAsk, findTerminals } from './terminal/interactive.ts';
import { catchSignals, type Interruption } from './terminal/interruption.ts';
import { type StreamName, writeOut } from './terminal/streams.ts';

type RunCommand = (words: readonly string[], flags: Flags, context: Context) => Promise<Result>;

const COMMANDS = {
	add: (words, flags, context) => add(resolveOptions(words, flags), context),
	update: (words, flags, context) => update(resolveOptions(words, flags), context),
	check: (words, { cwd, path, live = false, yes = false, json = false, snapshot, image }, context) =>
		check({ words, cwd, path, live, yes, json, snapshot, image }, context),
} satisfies Record<CommandName, RunCommand>;

function isCommand(name: string): name is CommandName {
	return Object.hasOwn(COMMANDS, name);
}

function resolveOptions(words: readonly string[], flags: Flags): AddOptions {
	const {
		print = false,
		printFile = false,
		write = false,
		yes = false,
		dryRun = false,
		diff = false,
		json = false,
		force = false,
	} = flags;
	const { install = true, cwd, path, runtime, packageManager, example, agent, output } = flags;
	return {
		words,
		print,
		printFile,
		write,
		yes,
		dryRun,
		diff,
		json,
		force,
		install,
		cwd,
		path,
		runtime,
		packageManager,
		example,
		agent,
		output,
	};
}

function outcomeOf(error: unknown): Outcome {
	if (error instanceof UsageError) return { status: 'usage', message: error.message, hint: error.hint };
	if (error instanceof Cancelled) return { ...CANCELLED, signal: error.cause === 'SIGTERM' ? 'SIGTERM' : 'SIGINT' };
	return { status: 'failed', message: (error as Error).stack ?? String(error), hint: undefined };
}

/** Throws a UsageError for a command of Flue's own that nobody is there to run, and for one that nobody has. */
async function refuseForeignCommand(argv: readonly string[], { env }: Context, place: Place): Promise<void> {
	const owner = commandOwner(argv);
	if (owner === 'us') return;
	if (owner === 'nobody') throw unknownCommand(argv);
	if (kindOf(place.cwd) !== 'directory')
		throw new UsageError(`There is no folder ${shownPath(place.cwd)}.`, 'Name a folder that exists with -C.');
	throw flueIsMissing(argv, await howToInstallFlueCli(place, env['npm_config_user_agent']));
}

async function runCommand(argv: readonly string[], context: Context, place: Place): Promise<Result> {
	try {
		await refuseForeignCommand(argv, context, place);
		const [name = '', ...words] = argv;
		// Without an option there is nothing to parse, and commander takes a quarter of a start.
		if (isCommand(name) && !words.some((word) => word.startsWith('-'))) return await COMMANDS[name](words, {}, context);
		const { parseCommandLine } = await import('./command-line.ts');
		const line = parseCommandLine(argv, () => isNarrow(context));
		return 'outcome' in line
			? { outcome: line.outcome, proposal: undefined }
			: await COMMANDS[line.command](line.words, line.flags, context);
	} catch (error) {
		return { outcome: outcomeOf(error), proposal: undefined };
	}
}

function isNarrow({ terminals }: Pick<Context, 'terminals'>): boolean {
	return terminals.stdout && process.stdout.columns < LINE_WIDTH;
}

/** As the terminal is wide that the text goes to; as it is for a program. */
function fit(text: string, stream: StreamName, terminals: Context['terminals']): string {
	const columns = text !== '' && terminals[stream] ? process[stream].columns : 0;
	return columns ? fitText(text, columns) : text;
}

function renderResult(result: Result, { terminals }: Context, asJson: boolean): Words {
	if (!asJson) {
		const { outcome } = result;
		if (outcome.status === 'shown') return { stdout: fit(outcome.text, 'stdout', terminals), stderr: '', exitCode: 0 };
		const words = renderText(result, process.env, isNarrow({ terminals }));
		const stdout = outcome.status === 'listed' ? fit(String(words.stdout), 'stdout', terminals) : words.stdout;
		return { ...words, stdout, stderr: fit(words.stderr, 'stderr', terminals) };
	}
	return { stdout: renderJson(result, process.env), stderr: '', exitCode: exitCode(result) };
}

/** A folder that was removed under our feet is known only by its name. */
function currentFolder(): string {
	try {
		const cwd = process.cwd();
		return realPath(cwd) ?? cwd;
	} catch {
		return process.env['PWD'] ?? '/';
	}
}

function createContext(asJson: boolean, interruption: () => Interruption): Context {
	const { env } = process;
	const terminals = findTerminals();
	const say = (line: string) => void (asJson || writeOut('stderr', `${fit(line, 'stderr', terminals)}\n`));
	return {
		cwd: currentFolder(),
		env,
		terminals,
		get interruption() {
			return interruption();
		},
		say,
		withProgress: async (what, work) => {
			if (asJson || !canAsk(terminals, env)) return work(say);
			// Loaded here: it brings the streams of the terminal.
			const { showProgress } = await import('./terminal/progress.ts');
			return showProgress(what, work, { env, interruption: interruption() });
		},
	};
}

/** Below a question that was drawn; true if it says all that stderr would. */
async function drawEnding(result: Result, { env }: Context, asJson: boolean): Promise<boolean> {
	const ending = asJson ? undefined : describeEnding(result, env);
	if (ending === undefined) return false;
	const { showEnding } = await import('./terminal/prompts.ts');
	return showEnding(ending, env);
}

async function saveOutput(file: string, { stdout, stderr, exitCode }: Words): Promise<number> {
	const refusal = writeOutput(file, stdout);
	await writeOut('stderr', refusal === undefined ? `Wrote ${shownPath(file)}.\n${stderr}` : `${refusal}\n`);
	return refusal === undefined ? exitCode : 1;
}

async function main(argv: readonly string[], place: Place): Promise<number> {
	const asJson = argv.includes('--json');
	let interruption: Interruption | undefined = asJson ? catchSignals() : undefined;
	const context = createContext(asJson, () => (interruption ??= catchSignals()));
	const result = await runCommand(argv, context, place);
	const words = renderResult(result, context, asJson);
	interruption?.release();
	if (result.output !== undefined && words.stdout !== '') return saveOutput(result.output, words);
	if (!(await drawEnding(result, context, asJson))) await writeOut('stderr', words.stderr);
	const failure = await writeOut('stdout', words.stdout);
	if (failure === undefined) return words.exitCode;
	await writeOut('stderr', `The output cannot be written: ${failure.message}\n`);
	return 1;
}

async function start(words: readonly string[]): Promise<void> {
	const { folder, argv: command } = splitFolder(words);
	const isFlues = commandOwner(command) === 'flue';
	const from = currentFolder();
	const cwd = folder !== undefined && isFlues ? resolve(from, folder) : from;
	const isThere = isFlues && kindOf(cwd) === 'directory';
	if (cwd !== from && isThere) process.chdir(cwd);
	const argv = folder === undefined || isFlues ? command : [...command, '-C', folder];
	if (isFlues) process.argv.splice(2, words.length, ...argv);
	const flueCli = isThere ? await findFlueCli(currentFolder()) : undefined;
	if (flueCli === undefined) process.exitCode = await main(argv, { from, cwd });
	else await becomeFlueCli(flueCli);
}

void start(process.argv.slice(2));
