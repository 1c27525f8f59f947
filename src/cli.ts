import type { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import type { AddOptions, World } from './add.ts';
import { canAsk } from './audience.ts';
import { Cancelled, UsageError } from './errors.ts';
import { commandOwner, flueIsMissing, unknownCommand } from './flue-commands.ts';
import { EXAMPLES, FOREIGN_COMMANDS, HELP_WIDTH } from './help.ts';
import { CANCELLED, exitCode, type Outcome, type Result } from './outcome.ts';
import { findProgram } from './system/find-program.ts';
import { becomeFlueCli, findFlueCli } from './system/hand-off.ts';
import { catchSignals, type Interruption } from './system/interruption.ts';
import { writeOut } from './system/output.ts';
import { findTerminals } from './system/terminals.ts';
import { fitLine } from './text-width.ts';
import { printable } from './untrusted.ts';
import type { Words } from './words.ts';

type Run = (command: () => Promise<Result>) => void;

type Flags = Partial<AddOptions>;

/** What each command does with the words behind it. */
const COMMANDS = {
	add: async (words: readonly string[], flags: Flags, world: World): Promise<Result> =>
		(await import('./add.ts')).add(resolveOptions(words, flags), world),
	update: async (words: readonly string[], flags: Flags, world: World): Promise<Result> =>
		(await import('./update.ts')).update(resolveOptions(words, flags), world),
	check: async (words: readonly string[], { cwd, path }: Flags, world: World): Promise<Result> =>
		(await import('./check.ts')).check({ words, cwd, path }, world),
};

function isCommand(name: string): name is keyof typeof COMMANDS {
	return Object.hasOwn(COMMANDS, name);
}

/** Decides which command was typed; `run` is called with what to do. */
async function createProgram(show: (text: string) => void, run: Run, world: World): Promise<Command> {
	const { Command } = await import('commander');
	const program = new Command('flue')
		.description('Adds a sandbox connector to a Flue project.')
		.version(version)
		.addHelpText('before', EXAMPLES.flue)
		.addHelpText('after', FOREIGN_COMMANDS)
		.exitOverride()
		.configureOutput({
			writeOut: show,
			writeErr: show,
			outputError: () => {},
			getOutHelpWidth: () => HELP_WIDTH,
			getErrHelpWidth: () => HELP_WIDTH,
		});
	const addCommand = program
		.command('add')
		.addHelpText('before', EXAMPLES.add)
		.summary('add a connector to this project')
		.description('Adds a connector: prints instructions for a coding agent, or writes it.')
		.argument('[connector...]', 'what to add; without it, they are listed')
		.option('--example <name>', 'also write an agent that uses it: basic, coding-agent or image');
	withModes(addCommand).action((words, flags) => run(() => COMMANDS.add(words, flags, world)));
	const updateCommand = program
		.command('update')
		.addHelpText('before', EXAMPLES.update)
		.summary('bring it up to date with the runtime')
		.description("Brings a connector up to date with the project's runtime, and keeps local edits.")
		.argument('[connector...]', 'what to update; without it, the one that was added');
	withModes(updateCommand).action((words, flags) => run(() => COMMANDS.update(words, flags, world)));
	program
		.command('check')
		.addHelpText('before', EXAMPLES.check)
		.summary('is what was added still right?')
		.description('Looks at what was added, changes nothing, and ends with 5 when something is wrong.')
		.argument('[connector...]', 'what to check; without it, all that was added')
		.option('--json', 'print the findings as one JSON object')
		.option('-C, --cwd <dir>', 'run as if started in this folder')
		.option('--path <file>', 'where the connector is')
		.action((words, flags) => run(() => COMMANDS.check(words, flags, world)));
	return program;
}

/** The modes and options that `add` and `update` share. */
function withModes(command: Command): Command {
	return command
		.option('--print', 'print the instructions on stdout')
		.option('--write', 'write the files and install the package')
		.option('-y, --yes', 'ask nothing; alone it means --write')
		.option('--agent <name>', 'start it on the instructions: claude, codex, opencode or cursor-agent')
		.option('--dry-run', 'say what a write would change, and change nothing')
		.option('--diff', 'print what a write would change as a patch')
		.option('--json', 'print the result as one JSON object')
		.option('-C, --cwd <dir>', 'run as if started in this folder')
		.option('--path <file>', 'where the connector goes')
		.option('--runtime <version>', 'the @flue/runtime version to write for')
		.option('--package-manager <name>', 'npm, pnpm, yarn or bun')
		.option('--no-install', 'leave the package to the user')
		.option('--force', 'replace a file that has local edits; the old one is kept');
}

function resolveOptions(words: readonly string[], flags: Flags): AddOptions {
	const { print = false, write = false, yes = false, dryRun = false, diff = false, json = false, force = false } = flags;
	const { install = true, cwd, path, runtime, packageManager, example, agent } = flags;
	return { words, print, write, yes, dryRun, diff, json, force, install, cwd, path, runtime, packageManager, example, agent };
}

/** commander says "error: unknown option '--wirte'" and, on a line of its own, "(Did you mean --write?)". */
function usageOf({ message }: CommanderError): Outcome {
	const [sentence = '', hint] = message.replace(/^error: /, '').split('\n').map(printable);
	const upper = sentence.charAt(0).toUpperCase() + sentence.slice(1);
	return { status: 'usage', message: `${upper}.`, hint: hint?.replace(/^\((.*)\)$/, '$1') ?? 'See flue --help.' };
}

function isCommanderError(error: unknown): error is CommanderError {
	return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

async function outcomeOf(error: unknown, world: World): Promise<Outcome> {
	if (error instanceof UsageError) return { status: 'usage', message: error.message, hint: error.hint };
	if (error instanceof Cancelled) return { ...CANCELLED, signal: (await world.interruption.received()) ?? 'SIGINT' };
	if (isCommanderError(error)) return usageOf(error);
	return { status: 'failed', message: (error as Error).stack ?? String(error), hint: undefined };
}

/** Throws a UsageError for a command of Flue's own that nobody is there to run, and for one that nobody has. */
async function refuseForeignCommand(argv: readonly string[], { cwd, env }: World): Promise<void> {
	const owner = commandOwner(argv);
	if (owner === 'us') return;
	if (owner === 'nobody') throw unknownCommand(argv);
	const { howToInstallFlueCli } = await import('./system/flue-cli-install.ts');
	throw flueIsMissing(argv, await howToInstallFlueCli(cwd, env['npm_config_user_agent']));
}

function noCommand(help: string): Result {
	return { outcome: { status: 'usage', message: 'There is no command.', hint: help.trimEnd() }, prospect: undefined };
}

async function runCommand(argv: readonly string[], world: World): Promise<Result> {
	let shown = '';
	let command: (() => Promise<Result>) | undefined;
	try {
		await refuseForeignCommand(argv, world);
		const [name = '', ...words] = argv;
		// Without an option there is nothing to parse, and commander takes a quarter of a start.
		if (isCommand(name) && !words.some((word) => word.startsWith('-'))) return await COMMANDS[name](words, {}, world);
		const program = await createProgram((text) => (shown += text), (chosen) => (command = chosen), world);
		program.parse(argv, { from: 'user' });
		return command === undefined ? noCommand(shown) : await command();
	} catch (error) {
		const isShown = isCommanderError(error) && error.exitCode === 0;
		if (!isShown && isCommanderError(error) && error.code === 'commander.help') return noCommand(shown);
		return { outcome: isShown ? { status: 'shown', text: shown } : await outcomeOf(error, world), prospect: undefined };
	}
}

function fitTerminal(words: Words, { stderr }: World['terminals']): Words {
	const columns = words.stderr !== '' && stderr ? process.stderr.columns : 0;
	if (!columns) return words;
	return { ...words, stderr: words.stderr.split('\n').flatMap((line) => fitLine(line, columns)).join('\n') };
}

async function wordsFor(result: Result, { terminals }: World, asJson: boolean): Promise<Words> {
	if (!asJson) {
		if (result.outcome.status === 'shown') return { stdout: result.outcome.text, stderr: '', exitCode: 0 };
		const { sayResult } = await import('./words.ts');
		return fitTerminal(sayResult(result, process.env), terminals);
	}
	const { reportResult } = await import('./report.ts');
	return { stdout: reportResult(result, process.env), stderr: '', exitCode: exitCode(result) };
}

/** A folder that was removed under our feet is known only by its name. */
function currentFolder(): string {
	try {
		return process.cwd();
	} catch {
		return process.env['PWD'] ?? '/';
	}
}

function createWorld(asJson: boolean, interruption: () => Interruption): World {
	const { env } = process;
	const terminals = findTerminals();
	const say = (line: string) => void (asJson || writeOut('stderr', `${line}\n`));
	return {
		cwd: currentFolder(),
		env,
		terminals,
		get interruption() {
			return interruption();
		},
		findProgram: (root, manager) => findProgram(root, manager, env),
		say,
		during: async (what, work) => {
			if (asJson || !canAsk(terminals, env)) return work(say);
			const { showProgress } = await import('./system/progress.ts');
			return showProgress(what, work, { env, interruption: interruption() });
		},
	};
}

async function main(argv: readonly string[]): Promise<number> {
	const asJson = argv.includes('--json');
	let interruption: Interruption | undefined;
	const world = createWorld(asJson, () => (interruption ??= catchSignals()));
	const words = await wordsFor(await runCommand(argv, world), world, asJson);
	interruption?.release();
	await writeOut('stderr', words.stderr);
	const failure = await writeOut('stdout', words.stdout);
	if (failure === undefined) return words.exitCode;
	await writeOut('stderr', `The output cannot be written: ${failure.message}\n`);
	return 1;
}

async function start(argv: readonly string[]): Promise<void> {
	const flueCli = commandOwner(argv) === 'flue' ? findFlueCli(currentFolder()) : undefined;
	if (flueCli === undefined) process.exitCode = await main(argv);
	else await becomeFlueCli(flueCli);
}

// Not awaited here: the commands' modules import this one's chunk, and would wait for it while it waits for them.
void start(process.argv.slice(2));
