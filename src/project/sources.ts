import { basename, posix, relative, sep } from 'node:path';
import { SOURCE_DIRS, type SourceDir, USE_AGENT } from '../ecosystem/flue-runtimes.ts';
import { UsageError } from '../lib/errors.ts';
import { below, withParents } from '../lib/paths.ts';
import { isLink, kindOf, readTextIfAny } from '../system/files.ts';
import { listModules, type Module, type ModuleSearch, readModule } from './modules.ts';
import type { Fact, Runtime } from './project.ts';

const AGENT_FOLDERS = ['agents', 'workflows'];

const OTHER_FOLDERS = ['connectors', 'sandboxes', 'channels'];

const CONFIG_FILES = ['ts', 'mts', 'mjs', 'js', 'cjs', 'cts'].map((extension) => `flue.config.${extension}`);

const CONFIG_BYTES = 64 * 1024;

/** The modules at the top of a source directory that Flue loads by name (`discoverProjectEntry` in @flue/runtime/config). */
const ENTRIES: ReadonlySet<string> = new Set(['app', 'db', 'cloudflare']);

export interface Sources {
	readonly tree: SourceTree;
	readonly sourceDir: Fact<SourceDir>;
	readonly warnings: readonly string[];
}

/**
 * Where Flue is run, if that is below the package root: the nearest folder on the way up that has sources, and no package.json.
 * Relative to the root, with `/` at its end; empty for the root.
 */
export function findSourceBase(cwd: string, root: string): string {
	const folders = withParents(cwd, root).slice(0, -1);
	const base = folders.find((folder) =>
		['.flue', 'src/agents', 'src/workflows'].some((name) => kindOf(below(folder, name)) === 'directory'),
	);
	const path = base === undefined ? '' : relative(root, base).split(sep).join('/');
	return path === '' || path.split('/').includes('.flue') ? '' : `${path}/`;
}

export function findSources(root: string, runtime: Runtime, search: () => ModuleSearch): Sources {
	checkFlueFolder(root);
	const exists = (dir: SourceDir) => kindOf(below(root, dir)) === 'directory';
	const holdsAgents = agentsFinder(root, runtime, search);
	const known = runtime.version !== undefined;
	const order = known ? runtime.profile.sourceDirs : SOURCE_DIRS;
	// An unknown runtime may be one that ignores `src/`: only agents in it make it the source directory.
	const dir = order.find((name) => exists(name) && (known || name !== 'src' || holdsAgents(name))) ?? '.';
	const tree: SourceTree = {
		dir,
		order,
		exists,
		inUse: () => holdsAgents(dir) || (known && holdsOtherSources(root, dir)),
		hasSandboxes: kindOf(below(root, `${dir}/sandboxes`)) === 'directory',
		isFlueFolder: basename(root) === '.flue',
	};
	const from = reason(dir, dir === 'src' ? order : runtime.profile.sourceDirs);
	return { tree, sourceDir: { value: dir, from }, warnings: warnOfMovedRoot(root, runtime) };
}

function checkFlueFolder(root: string): void {
	if (isLink(below(root, '.flue')) && kindOf(below(root, '.flue')) === undefined) {
		throw new UsageError('.flue is a link that leads nowhere.', 'Remove it, or create the folder that it names.');
	}
	const flue = kindOf(below(root, '.flue'));
	if (flue !== undefined && flue !== 'directory') {
		throw new UsageError(
			'.flue is a file, but Flue keeps its sources in a folder of that name.',
			'Rename or remove the file .flue.',
		);
	}
}

function reason(dir: SourceDir, order: readonly SourceDir[]): string {
	const earlier = order.slice(0, order.indexOf(dir)).map((name) => `${name}/`);
	if (dir === '.') return `there is no ${earlier.join(' or ')}`;
	return earlier.length === 0 ? `there is ${dir}/` : `there is ${dir}/, and no ${earlier.join(' or ')}`;
}

function agentsFinder(
	root: string,
	{ version, profile }: Runtime,
	search: () => ModuleSearch,
): (dir: SourceDir) => boolean {
	return (dir) => {
		if (AGENT_FOLDERS.some((folder) => listModules(root, posix.join(dir, folder)).length > 0)) return true;
		if (version !== undefined && profile.agentApi !== 'use-agent') return false;
		const { modules, complete } = search();
		const inside = modules.filter(({ path }) => dir === '.' || path.startsWith(`${dir}/`));
		const found = inside.some(({ head }) => USE_AGENT.test(head));
		// An agent may be in what the search did not reach.
		return found || (version !== undefined && !complete);
	};
}

function holdsOtherSources(root: string, dir: SourceDir): boolean {
	const folders = OTHER_FOLDERS.filter((folder) => kindOf(below(root, `${dir}/${folder}`)) === 'directory');
	return folders.length > 0 || listModules(root, dir).some((path) => ENTRIES.has(posix.parse(path).name));
}

/** Up to 1.0.0-beta.9 flue.config can move the root; to know where to, it would have to be run. */
function warnOfMovedRoot(root: string, { profile }: Runtime): readonly string[] {
	const file =
		profile.agentApi === 'use-agent' ? undefined : CONFIG_FILES.find((name) => kindOf(below(root, name)) === 'file');
	const moves = file !== undefined && /[{,\s]root\s*:/.test(readTextIfAny(below(root, file), CONFIG_BYTES) ?? '');
	return moves
		? [
				`${file} sets a root for Flue, which is not followed here: if the sources are elsewhere, name the file with --path.`,
			]
		: [];
}

/** Whether it is an agent or a workflow itself. */
export function isAgent({ path, head }: Module): boolean {
	return AGENT_FOLDERS.includes(posix.basename(posix.dirname(path))) || USE_AGENT.test(head);
}

/** What Flue loads by its folder, its name or its first words; `found` are the modules that a search came upon. */
export function readFlueSources(root: string, found: readonly Module[]): readonly Module[] {
	const paths = SOURCE_DIRS.flatMap((dir) => [
		...[...AGENT_FOLDERS, 'channels'].flatMap((folder) => listModules(root, posix.join(dir, folder))),
		...listModules(root, dir)
			.map((path) => posix.normalize(path))
			.filter((path) => ENTRIES.has(posix.parse(path).name)),
	]);
	const modules = paths.map((path) => readModule(root, path)).filter((module) => module !== undefined);
	return [...modules, ...found.filter(({ head }) => USE_AGENT.test(head))];
}

/** The source directory as the runtime finds it, and what is in it. */
export interface SourceTree {
	readonly dir: SourceDir;
	/** The runtime's order: the first that exists is the source directory. */
	readonly order: readonly SourceDir[];
	readonly exists: (dir: SourceDir) => boolean;
	/** Whether agents, workflows or other sources of Flue's are in it: asked only where it matters, because it takes a search. */
	readonly inUse: () => boolean;
	readonly hasSandboxes: boolean;
	/** The package itself is a `.flue/` folder: all of it is for sources. */
	readonly isFlueFolder: boolean;
}
