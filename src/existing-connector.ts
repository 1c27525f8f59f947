import { posix } from 'node:path';
import { BYTE_ORDER_MARK, MOST_ABOVE } from './marker.ts';
import type { ExistingConnector } from './project.ts';
import type { SourceDir } from './runtime-profiles.ts';

/** The folders of a source directory in which connectors are kept; Flue's own docs say `sandboxes` from 1.0.0-beta.1 on. */
export const CONNECTOR_FOLDERS = ['sandboxes', 'connectors'] as const;

const ORIGINS = ['ours', 'flue', 'other'] as const satisfies readonly ExistingConnector['origin'][];

/** By the marker that `flue add` writes, or the one of Flue's own guides; undefined when neither is in the file's first lines. */
export function markedOrigin(head: string, connector: string): 'ours' | 'flue' | undefined {
	const lines = head
		.slice(0, MOST_ABOVE)
		.split(/\r\n|\r|\n/)
		.map((line) => line.replace(BYTE_ORDER_MARK, '').trimEnd());
	if (lines.some((line) => line.startsWith(`// flue-connectors: ${connector}@`))) return 'ours';
	if (lines.some((line) => new RegExp(`^//\\s*flue-blueprint:\\s*sandbox/${connector}(?:@|\\s|$)`).test(line)))
		return 'flue';
	return undefined;
}

/** Whether a file without a marker is a connector by its name and place. */
export function isConnectorFile(path: string, connector: string): boolean {
	const { name, ext, dir } = posix.parse(path);
	return (
		name === connector &&
		['.ts', '.mts', '.js'].includes(ext) &&
		CONNECTOR_FOLDERS.some((folder) => posix.basename(dir) === folder)
	);
}

/** The one that the project uses comes first: `order` is that of the runtime's source directories. */
export function sortConnectors(
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
