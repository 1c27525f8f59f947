import { join, relative } from 'node:path';
import { canAsk, type Terminals } from './audience.ts';
import { type Change, type ChangeOptions, findChanges, markedMerges, type ReadFile } from './changes.ts';
import { packageNames } from './connector-packages.ts';
import type { CodingAgentName } from './coding-agents.ts';
import type { Connector } from './connectors/connector.ts';
import { CONNECTORS } from './connectors/index.ts';
import { decideInstall, readManagerName } from './decide-install.ts';
import { UsageError } from './errors.ts';
import { checkExample, findConnector } from './find-connector.ts';
import { renderInstructions } from './instructions.ts';
import { chooseMode, type Mode, modeFlag, type ModeFlags } from './mode.ts';
import { hasWork } from './next-commands.ts';
import { CANCELLED, hasConflict, type Outcome, type Result } from './outcome.ts';
import type { PackageManager } from './package-managers.ts';
import type { Plan } from './plan.ts';
import type { Program } from './program.ts';
import { folderInRepository, patchFolder, type Project } from './project.ts';
import type { Prospect, Verb } from './prospect.ts';
import { cwdFlags, pathFlags, planFlags } from './repeated-flags.ts';
import { isThere, readOwnBytes } from './system/files.ts';
import { inspectProject } from './system/inspect-project.ts';
import type { Interruption } from './system/interruption.ts';
import { checkExamplePlace } from './system/place-connector.ts';
import type { FileWrite } from './system/write-files.ts';
import { printable } from './untrusted.ts';
import { type WrittenCode, writtenCode } from './written-code.ts';

export interface AddOptions extends ModeFlags {
	/** What was typed behind `add`. */
	readonly words: readonly string[];
	readonly cwd: string | undefined;
	readonly path: string | undefined;
	readonly runtime: string | undefined;
	readonly packageManager: string | undefined;
	readonly install: boolean;
	readonly example: string | undefined;
	readonly force: boolean;
}

/** What sets `flue add` and `flue update` apart; all else is one way, from the look at the project to the exit code. */
export interface Undertaking {
	readonly verb: Verb;
	/** Throws a UsageError where there is nothing to work on. */
	checkProject(project: Project, connector: Connector): void;
	findChanges(plan: Plan, read: ReadFile, options: ChangeOptions): Change[];
	renderInstructions(prospect: Prospect, written: WrittenCode): string;
}

const ADD: Undertaking = {
	verb: 'add',
	checkProject: () => undefined,
	findChanges,
	renderInstructions,
};

/** What a command needs to know of the process that it runs in. */
export interface World {
	readonly cwd: string;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly terminals: Terminals;
	/** Once it was asked for, a signal no longer ends the process. */
	readonly interruption: Interruption;
	readonly findProgram: (projectRoot: string, manager: PackageManager | undefined) => Program;
	/** Tells a person what is going on. */
	readonly say: (line: string) => void;
	/** Shows a person that `work`, which takes long, goes on. */
	readonly during: <T>(what: string, work: (say: (line: string) => void) => Promise<T>) => Promise<T>;
}

async function prepare(
	work: Undertaking,
	connector: Connector,
	options: AddOptions,
	world: World,
	mayAsk: boolean,
): Promise<Prospect> {
	const project = await inspectProject({
		cwd: options.cwd ?? world.cwd,
		connector: connector.name,
		packages: packageNames([...connector.packages, ...connector.examplePackages]),
		path: options.path,
		runtime: options.runtime,
		packageManager: readManagerName(options.packageManager),
		userAgent: world.env['npm_config_user_agent'],
	});
	const manager = project.packageManager.status === 'found' ? project.packageManager.manager : undefined;
	const { root } = project;
	const folder = relative(world.cwd, root);
	const program = world.findProgram(root, manager);
	work.checkProject(project, connector);
	const code = await connector.load();
	const plan = code.plan(project, { example: options.example, command: program.command });
	for (const { path } of plan.files.slice(1)) checkExamplePlace(root, path);
	const read = (path: string) => readOwnBytes(root, path);
	const isTaken = (path: string) => isThere(join(root, path));
	const install = options.install ? await decideInstall(plan, project, world, mayAsk) : undefined;
	return {
		verb: work.verb,
		program,
		project,
		plan,
		changes: work.findChanges(plan, read, {
			force: options.force,
			isTaken,
			written: writtenCode(connector, code.templates),
		}),
		install,
		planFlags: planFlags(options, project, install),
		pathFlags: pathFlags(options, project),
		cwdFlags: cwdFlags(options, folder),
		folder: printable(folder),
		patchFolder: patchFolder(world.cwd, project),
	};
}

function toWrites({ project, changes }: Prospect): FileWrite[] {
	return changes.map((change) => ({
		path: join(project.root, change.path),
		content: change.content,
		before: change.kind === 'create' ? undefined : change.before,
		...(change.kind === 'replace' ? { backup: join(project.root, change.backup) } : {}),
	}));
}

/** How a write ends before it begins: with nothing to do, a conflict, or what the disk and PATH tell. */
async function findEarlyEnd(prospect: Prospect, world: World): Promise<Outcome | undefined> {
	if (!hasWork(prospect)) return { status: 'unchanged' };
	if (hasConflict(prospect)) return { status: 'conflict' };
	const { findObstacle } = await import('./system/find-obstacle.ts');
	return findObstacle(prospect, toWrites(prospect), world.env);
}

async function write(prospect: Prospect, world: World): Promise<Outcome> {
	const { applyProspect } = await import('./system/apply.ts');
	return applyProspect(prospect, toWrites(prospect), world);
}

/** Where the user has to choose between lines, both go beside the file; nothing is installed for that. */
async function keepMarked(prospect: Prospect, world: World): Promise<Outcome> {
	const marked = markedMerges(prospect.changes);
	const writes = marked.filter(({ isThere }) => !isThere);
	const end: Outcome = { status: 'conflict', marked: marked.map(({ path }) => path) };
	if (writes.length === 0) return end;
	const { applyProspect } = await import('./system/apply.ts');
	const files = writes.map(({ path, content }) => ({
		path: join(prospect.project.root, path),
		content,
		before: undefined,
	}));
	const outcome = await applyProspect({ ...prospect, install: undefined }, files, world);
	return outcome.status === 'written' ? end : outcome;
}

/** A run that was killed after its last write has left its drafts beside files that are right. */
async function cleanUp(prospect: Prospect): Promise<void> {
	const apply = await import('./system/apply.ts');
	apply.cleanUp(prospect, []);
}

/** How a run ends, and the flags for what a person answered. */
type Ending = Omit<Result, 'prospect'>;

const WRITE_FLAGS = ['--write', '--yes'] as const;

async function confirmAndWrite(prospect: Prospect, world: World, mayAsk: boolean): Promise<Ending> {
	const end = await findEarlyEnd(prospect, world);
	if (end?.status === 'unchanged') await cleanUp(prospect);
	if (end?.status === 'conflict') return { outcome: await keepMarked(prospect, world) };
	if (end !== undefined) return { outcome: end };
	if (!mayAsk) return { outcome: await write(prospect, world) };
	const { confirmWrite } = await import('./system/prompts.ts');
	if (!(await confirmWrite(prospect, world))) return { outcome: CANCELLED };
	return { outcome: await write(prospect, world), answer: WRITE_FLAGS };
}

async function ask(prospect: Prospect, world: World, print: () => Promise<Outcome>): Promise<Ending> {
	const end = await findEarlyEnd(prospect, world);
	if (end?.status === 'unchanged' || end?.status === 'conflict') return { outcome: end };
	const { askWhatToDo } = await import('./system/prompts.ts');
	const { codingAgentsOnPath } = await import('./system/find-coding-agents.ts');
	const answer = await askWhatToDo(prospect, codingAgentsOnPath(world.env), world);
	if (answer === 'write') return { outcome: end ?? (await write(prospect, world)), answer: WRITE_FLAGS };
	if (answer === 'print') return { outcome: await print(), answer: ['--print'] };
	return { outcome: await handOver(answer, prospect, world), answer: ['--agent', answer] };
}

async function readAgent(name: string, { env }: World): Promise<CodingAgentName> {
	const { readAgentName } = await import('./hand-over.ts');
	return readAgentName(name, env);
}

async function handOver(agent: CodingAgentName | undefined, prospect: Prospect, world: World): Promise<Outcome> {
	const { startAgent } = await import('./hand-over.ts');
	return startAgent(agent, prospect, world);
}

/** As a write would end; what it would do is told only where it can begin. */
async function preview(prospect: Prospect, world: World): Promise<Outcome> {
	const end = await findEarlyEnd(prospect, world);
	return end === undefined || end.status === 'unchanged' || end.status === 'conflict' ? { status: 'previewed' } : end;
}

async function compare({ changes, project }: Prospect): Promise<Outcome> {
	const { renderPatch } = await import('./patch.ts');
	return { status: 'compared', patch: renderPatch(changes, folderInRepository(project)) };
}

/** The first flag given of those that are about one connector, as it is typed. */
function planFlag({ path, runtime, packageManager, example, install, force }: AddOptions): string | undefined {
	const given = { '--path': path, '--runtime': runtime, '--package-manager': packageManager, '--example': example };
	const [named] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
	return named ?? (force ? '--force' : install ? undefined : '--no-install');
}

function listConnectors(options: AddOptions): Outcome {
	const flag = modeFlag(options) ?? planFlag(options);
	if (flag === undefined) return { status: 'listed', connectors: CONNECTORS };
	const names = CONNECTORS.map(({ name }) => name).join(', ');
	throw new UsageError(`${flag} needs the name of a connector.`, `There is: ${names}.`);
}

/** `flue add <connector>`. Throws a UsageError. */
export async function add(options: AddOptions, world: World): Promise<Result> {
	if (options.words.length === 0) return { outcome: listConnectors(options), prospect: undefined };
	const connector = findConnector(options.words);
	checkExample(connector, options.example);
	return carryOut(ADD, connector, options, world);
}

/** Looks at the project, plans, and shows or does it. Throws a UsageError. */
export async function carryOut(
	work: Undertaking,
	connector: Connector,
	options: AddOptions,
	world: World,
): Promise<Result> {
	const mayAsk = !options.yes && !options.json && canAsk(world.terminals, world.env);
	const mode = chooseMode(options, mayAsk);
	const agent = options.agent === undefined ? undefined : await readAgent(options.agent, world);
	// What changes nothing needs no cleaning up: a signal may end it, where nobody waits for an object in JSON.
	const mayBeEnded = !options.json && (mode === 'print' || mode === 'preview' || mode === 'compare');
	const interruption = mayBeEnded ? undefined : world.interruption;
	const prospect = await prepare(
		work,
		connector,
		options,
		world,
		mayAsk && (mode === 'ask' || mode === 'write' || mode === 'hand-over'),
	);
	const signal = await interruption?.received();
	if (signal !== undefined) return { outcome: { ...CANCELLED, signal }, prospect };
	const print = async (): Promise<Outcome> => ({
		status: 'printed',
		instructions: work.renderInstructions(prospect, writtenCode(connector, (await connector.load()).templates)),
	});
	const endings = {
		print: async () => ({ outcome: await print() }),
		preview: async () => ({ outcome: await preview(prospect, world) }),
		compare: async () => ({ outcome: await compare(prospect) }),
		write: () => confirmAndWrite(prospect, world, mayAsk),
		'hand-over': async () => ({ outcome: await handOver(agent, prospect, world) }),
		ask: () => ask(prospect, world, print),
	} satisfies Record<Mode, () => Ending | Promise<Ending>>;
	return { ...(await endings[mode]()), prospect };
}
