import { join } from 'node:path';
import { canAsk, type Terminals } from './audience.ts';
import { type Change, findChanges } from './changes.ts';
import { packageNames, specOf } from './connector-packages.ts';
import { UsageError } from './errors.ts';
import { findConnector } from './find-connector.ts';
import { renderInstructions } from './instructions.ts';
import { chooseMode, type ModeFlags } from './mode.ts';
import { hasWork } from './next-commands.ts';
import { CANCELLED, type Outcome, type Result } from './outcome.ts';
import {
	installCommand, isPackageManagerName, PACKAGE_MANAGER_NAMES, type PackageManager, type PackageManagerName,
} from './package-managers.ts';
import { renderPatch } from './patch.ts';
import { packagesToInstall, type Plan } from './plan.ts';
import type { Program } from './program.ts';
import { folderInRepository, type Project } from './project.ts';
import type { Prospect } from './prospect.ts';
import { readBytes } from './system/files.ts';
import { inspectProject } from './system/inspect-project.ts';
import { quoted } from './untrusted.ts';

export interface AddOptions extends ModeFlags {
	/** What was typed behind `add`. */
	readonly words: readonly string[];
	readonly cwd: string | undefined;
	readonly path: string | undefined;
	readonly runtime: string | undefined;
	readonly packageManager: string | undefined;
	readonly install: boolean;
	readonly force: boolean;
	readonly json: boolean;
}

/** What a command needs to know of the process that it runs in. */
export interface World {
	readonly cwd: string;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly terminals: Terminals;
	readonly findProgram: (projectRoot: string, manager: PackageManager | undefined) => Program;
	/** Tells a person what is going on. */
	readonly say: (line: string) => void;
}

/** The flags that shape the plan, as a reader has to repeat them. */
function planFlags({ path, runtime, packageManager, install }: AddOptions): string[] {
	return [
		...(path === undefined ? [] : ['--path', path]),
		...(runtime === undefined ? [] : ['--runtime', runtime]),
		...(packageManager === undefined ? [] : ['--package-manager', packageManager]),
		...(install ? [] : ['--no-install']),
	];
}

function readManagerName(name: string | undefined): PackageManagerName | undefined {
	if (name === undefined || isPackageManagerName(name)) return name;
	throw new UsageError(`${quoted(name)} is not a package manager that flue can run.`, `Give one of ${PACKAGE_MANAGER_NAMES.join(', ')}.`);
}

async function decideManager({ packageManager }: Project, mayAsk: boolean): Promise<PackageManager> {
	if (packageManager.status === 'found') return packageManager.manager;
	if (packageManager.status === 'unsupported') {
		throw new UsageError(
			`${packageManager.from} says that this is a Deno project, and its packages cannot be installed from here.`,
			'Give --no-install and add the package yourself.',
		);
	}
	const lockfiles = packageManager.lockfiles.join(', ');
	if (!mayAsk) {
		throw new UsageError(
			`The package manager is not clear: there are ${lockfiles}.`,
			'Give --package-manager npm, pnpm, yarn or bun, or --no-install.',
		);
	}
	const { askPackageManager } = await import('./system/prompts.ts');
	return askPackageManager(lockfiles);
}

async function decideInstall(plan: Plan, project: Project, mayAsk: boolean): Promise<Prospect['install']> {
	const packages = packagesToInstall(plan);
	if (packages.length === 0) return undefined;
	const manager = await decideManager(project, mayAsk);
	return { manager, command: installCommand(manager, packages.map(specOf)) };
}

async function prepare(options: AddOptions, world: World, mayAsk: boolean): Promise<Prospect> {
	const connector = findConnector(options.words);
	const project = await inspectProject({
		cwd: options.cwd ?? world.cwd,
		connector: connector.name,
		packages: packageNames(connector.packages),
		path: options.path,
		runtime: options.runtime,
		packageManager: readManagerName(options.packageManager),
		userAgent: world.env['npm_config_user_agent'],
	});
	const plan = (await connector.load()).plan(project);
	const manager = project.packageManager.status === 'found' ? project.packageManager.manager : undefined;
	return {
		program: world.findProgram(project.root, manager),
		project,
		plan,
		changes: findChanges(plan, (path) => readBytes(join(project.root, path)), options),
		install: options.install ? await decideInstall(plan, project, mayAsk) : undefined,
		planFlags: planFlags(options),
	};
}

/** The backup of a replaced file is written before the file. */
function toWrites(root: string, change: Change): { path: string; content: string }[] {
	const write = { path: join(root, change.path), content: change.content };
	return change.kind === 'replace' ? [{ path: join(root, change.backup), content: change.before }, write] : [write];
}

async function write(prospect: Prospect, world: World): Promise<Outcome> {
	if (!hasWork(prospect)) return { status: 'unchanged' };
	if (prospect.changes.some(({ kind }) => kind === 'conflict')) return { status: 'conflict' };
	const { applyProspect } = await import('./system/apply.ts');
	const writes = prospect.changes.flatMap((change) => toWrites(prospect.project.root, change));
	return applyProspect(prospect, writes, world);
}

async function ask(prospect: Prospect, world: World): Promise<Outcome> {
	const { askWhatToDo } = await import('./system/prompts.ts');
	const answer = await askWhatToDo(prospect);
	if (answer === 'write') return write(prospect, world);
	return answer === 'print' ? print(prospect) : CANCELLED;
}

async function confirmAndWrite(prospect: Prospect, world: World, mayAsk: boolean): Promise<Outcome> {
	if (!mayAsk || !hasWork(prospect)) return write(prospect, world);
	const { confirmWrite } = await import('./system/prompts.ts');
	const agreed = await confirmWrite(prospect);
	return agreed ? write(prospect, world) : CANCELLED;
}

function print(prospect: Prospect): Outcome {
	return { status: 'printed', instructions: renderInstructions(prospect) };
}

/** `flue add <connector>`: look at the project, plan, and show or do it. Throws a UsageError. */
export async function add(options: AddOptions, world: World): Promise<Result> {
	const mayAsk = !options.yes && !options.json && canAsk(world.terminals, world.env);
	const mode = chooseMode(options, mayAsk);
	const prospect = await prepare(options, world, mayAsk && (mode === 'ask' || mode === 'write'));
	const { changes, project } = prospect;
	const endings = {
		print: () => print(prospect),
		preview: (): Outcome => ({ status: 'previewed' }),
		compare: (): Outcome => ({ status: 'compared', patch: renderPatch(changes, folderInRepository(project)) }),
		write: () => confirmAndWrite(prospect, world, mayAsk),
		ask: () => ask(prospect, world),
	};
	return { outcome: await endings[mode](), prospect };
}
