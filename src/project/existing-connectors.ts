import { join, posix } from 'node:path';
import { SOURCE_DIRS, type SourceDir } from '../ecosystem/flue-runtimes.ts';
import { below } from '../lib/paths.ts';
import { isConnectorPath } from '../lib/sanitize.ts';
import { withoutByteOrderMark } from '../lib/text.ts';
import { kindOf } from '../system/files.ts';
import type { ExistingConnector } from './project.ts';
import { importedModules } from './imports.ts';
import { listModules, type Module, type ModuleSearch, readModule } from './modules.ts';
import { isAgent } from './sources.ts';

/** Whoever puts lines above the marker, a licence for example, edits the file; the marker still tells what it was made from. */
export const MOST_ABOVE = 2048;

/** The folders of a source directory in which connectors are kept; Flue's own docs say `sandboxes` from 1.0.0-beta.1 on. */
const CONNECTOR_FOLDERS = ['sandboxes', 'connectors'] as const;

const ORIGINS = ['ours', 'flue', 'other'] as const satisfies readonly ExistingConnector['origin'][];

/** By the marker that `flue add` writes, or the one of Flue's own guides; undefined when neither is in the file's first lines. */
export function markedOrigin(head: string, connector: string): 'ours' | 'flue' | undefined {
	const lines = head
		.slice(0, MOST_ABOVE)
		.split(/\r\n|\r|\n/)
		.map((line) => withoutByteOrderMark(line).trimEnd());
	if (lines.some((line) => line.startsWith(`// flue-connectors: ${connector}@`))) return 'ours';
	if (lines.some((line) => new RegExp(`^//\\s*flue-blueprint:\\s*sandbox/${connector}(?:@|\\s|$)`).test(line)))
		return 'flue';
	return undefined;
}

/** Whether a file without a marker is a connector by its name and place. */
function isConnectorFile(path: string, connector: string): boolean {
	const { name, ext, dir } = posix.parse(path);
	return (
		name === connector &&
		['.ts', '.mts', '.js'].includes(ext) &&
		CONNECTOR_FOLDERS.some((folder) => posix.basename(dir) === folder)
	);
}

/** The one that the project uses comes first: `order` is that of the runtime's source directories. */
function sortConnectors(
	connectors: readonly ExistingConnector[],
	order: readonly SourceDir[],
): readonly ExistingConnector[] {
	const rank = ({ path, origin }: ExistingConnector) => {
		const place = order.indexOf(sourceDirOf(path));
		return (place === -1 ? order.length : place) * ORIGINS.length + ORIGINS.indexOf(origin);
	};
	return withoutCompiled(connectors).toSorted((a, b) => rank(a) - rank(b));
}

export function sourceDirOf(path: string): SourceDir {
	const [first] = path.split('/');
	return first === '.flue' || first === 'src' ? first : '.';
}

/** `daytona.js` beside `daytona.ts` is what the compiler made of it. */
function withoutCompiled(connectors: readonly ExistingConnector[]): readonly ExistingConnector[] {
	const paths = new Set(connectors.map(({ path }) => path));
	return connectors.filter(({ path }) => !path.endsWith('.js') || !paths.has(path.replace(/\.js$/, '.ts')));
}

/** In each folder of connectors; the one named as the connector is looked at in any case. */
const MOST_READ = 10;

/** The connectors of this name that are there, in the order in which the runtime prefers their places. */
export function findConnectors(
	packageRoot: string,
	base: string,
	connector: string,
	order: readonly SourceDir[],
	search: () => ModuleSearch,
): readonly ExistingConnector[] {
	const root = join(packageRoot, base);
	const folders = SOURCE_DIRS.flatMap((dir) =>
		CONNECTOR_FOLDERS.map((folder) => (dir === '.' ? folder : `${dir}/${folder}`)),
	);
	const candidates = folders.flatMap((folder) => readCandidates(root, folder, connector));
	const unmarked = candidates.filter(
		({ path, head }) => isConnectorFile(path, connector) && markedOrigin(head, connector) === undefined,
	);
	const usual = [
		...findMarked(candidates, connector),
		...unmarked.map(({ path }) => ({ path, origin: 'other' }) as const),
	];
	if (usual.length > 0) return sortConnectors(usual, order);
	// Compilers keep a marker in what they make: of JavaScript only what is imported counts.
	const { modules } = search();
	const written = modules.filter(({ path }) => /\.m?ts$/.test(path));
	const reached = new Map(
		[...importedModules(packageRoot, base, modules), ...written].map((module) => [module.path, module]),
	);
	const marked = findMarked([...reached.values()], connector);
	if (marked.length > 0) return sortConnectors(marked, order);
	const handWritten = [...reached.values()].find((module) => isHandWritten(module, connector));
	return handWritten === undefined ? [] : [{ path: handWritten.path, origin: 'other' }];
}

const CONTRACT_NAME =
	/\b(?:SandboxFactory|SandboxDriver|SandboxApi|sandboxFromDriver|createSandboxSessionEnv|createSessionEnv)\b/;

/** By its code: it has a name of Flue's contract for sandboxes, and imports a package, or exports something, of the connector's name. */
function isHandWritten(module: Module, connector: string): boolean {
	const { path, head } = module;
	if (!isConnectorPath(path) || isAgent(module) || /\.(?:test|spec)\.m?[jt]s$/.test(path)) return false;
	const importsPackage = new RegExp(`\\b(?:from|import|require)\\s*\\(?\\s*['"](?![./#~]|@/)[^'"\\n]*${connector}`);
	const exportsIt = new RegExp(`\\bexport\\s+(?:function|const)\\s+${connector}\\b`);
	return CONTRACT_NAME.test(head) && (importsPackage.test(head) || exportsIt.test(head));
}

/** What is at the path that somebody named: whatever it is, it counts as the connector. */
export function readConnector(root: string, path: string, connector: string): ExistingConnector | undefined {
	const module = readModule(root, path);
	return module === undefined ? undefined : { path, origin: markedOrigin(module.head, connector) ?? 'other' };
}

/** By its name and place it is the connector: whoever wants to know what is in it is told why that cannot be. */
function readUnreadable(root: string, path: string): Module | undefined {
	return kindOf(below(root, path)) === 'file' ? { path, head: '' } : undefined;
}

function readCandidates(root: string, folder: string, connector: string): readonly Module[] {
	const paths = listModules(root, folder).filter(isConnectorPath);
	const named = paths.filter((path) => isConnectorFile(path, connector));
	const others = paths.filter((path) => !named.includes(path)).slice(0, MOST_READ);
	return [
		...named.map((path) => readModule(root, path) ?? readUnreadable(root, path)),
		...others.map((path) => readModule(root, path)),
	].filter((module) => module !== undefined);
}

function findMarked(modules: readonly Module[], connector: string): readonly ExistingConnector[] {
	return modules.flatMap(({ path, head }) => {
		const origin = isConnectorPath(path) ? markedOrigin(head, connector) : undefined;
		return origin === undefined ? [] : [{ path, origin }];
	});
}
