import { CONNECTOR_FOLDERS, isConnectorFile, markedOrigin, sortConnectors } from '../existing-connector.ts';
import type { ExistingConnector } from '../project.ts';
import type { SourceDir } from '../runtime-profiles.ts';
import { isConnectorPath } from '../untrusted.ts';
import { below, kindOf } from './files.ts';
import { listModules, type Module, type ModuleSearch, readModule } from './find-modules.ts';

const SOURCE_DIRS: readonly SourceDir[] = ['.flue', 'src', '.'];
/** In each folder of connectors; the one named as the connector is looked at in any case. */
const MOST_READ = 10;

/** The connectors of this name that are there, in the order in which the runtime prefers their places. */
export function findConnectors(
	root: string,
	connector: string,
	order: readonly SourceDir[],
	search: () => ModuleSearch,
): readonly ExistingConnector[] {
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
	// Elsewhere only a marker tells a connector from any other file, and compilers keep it in what they make.
	const written = search().modules.filter(({ path }) => /\.m?ts$/.test(path));
	return sortConnectors(findMarked(written, connector), order);
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
