import type { AddOptions, World } from './add.ts';
import { canAsk } from './audience.ts';
import type { CommandName, Flags } from './command-line.ts';
import { Cancelled, UsageError } from './errors.ts';
import { commandOwner, flueIsMissing, unknownCommand } from './flue-commands.ts';
import { CANCELLED, exitCode, type Outcome, type Result } from './outcome.ts';
import { findProgram } from './system/find-program.ts';
import { becomeFlueCli, findFlueCli } from './system/hand-off.ts';
import { catchSignals, type Interruption } from './system/interruption.ts';
import { writeOut } from './system/output.ts';
import { findTerminals } from './system/terminals.ts';
import { fitLine } from './text-width.ts';
import type { Words } from './words.ts';

type RunCommand = (words: readonly string[], flags: Flags, world: World) => Promise<Result>;

const COMMANDS = {
	add: async (words, flags, world) => (await import('./add.ts')).add(resolveOptions(words, flags), world),
	update: async (words, flags, world) => (await import('./update.ts')).update(resolveOptions(words, flags), world),
	check: async (words, { cwd, path }, world) => (await import('./check.ts')).check({ words, cwd, path }, world),
} satisfies Record<CommandName, RunCommand>;

function isCommand(name: string): name is CommandName {
	return Object.hasOwn(COMMANDS, name);
}

function resolveOptions(words: readonly string[], flags: Flags): AddOptions {
	const {
		print = false,
		write = false,
		yes = false,
		dryRun = false,
		diff = false,
		json = false,
		force = false,
	} = flags;
	const { install = true, cwd, path, runtime, packageManager, example, agent } = flags;
	return {
		words,
		print,
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
	};
}

async function outcomeOf(error: unknown, world: World): Promise<Outcome> {
	if (error instanceof UsageError) return { status: 'usage', message: error.message, hint: error.hint };
	if (error instanceof Cancelled) return { ...CANCELLED, signal: (await world.interruption.received()) ?? 'SIGINT' };
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

async function runCommand(argv: readonly string[], world: World): Promise<Result> {
	try {
		await refuseForeignCommand(argv, world);
		const [name = '', ...words] = argv;
		// Without an option there is nothing to parse, and commander takes a quarter of a start.
		if (isCommand(name) && !words.some((word) => word.startsWith('-'))) return await COMMANDS[name](words, {}, world);
		const { parseCommandLine } = await import('./command-line.ts');
		const line = parseCommandLine(argv);
		return 'outcome' in line
			? { outcome: line.outcome, prospect: undefined }
			: await COMMANDS[line.command](line.words, line.flags, world);
	} catch (error) {
		return { outcome: await outcomeOf(error, world), prospect: undefined };
	}
}

function fitTerminal(words: Words, { stderr }: World['terminals']): Words {
	const columns = words.stderr !== '' && stderr ? process.stderr.columns : 0;
	if (!columns) return words;
	return {
		...words,
		stderr: words.stderr
			.split('\n')
			.flatMap((line) => fitLine(line, columns))
			.join('\n'),
	};
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
	let interruption: Interruption | undefined = asJson ? catchSignals() : undefined;
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
