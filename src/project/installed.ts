import { below, withParents } from '../lib/paths.ts';
import { kindOf, readTextIfAny } from '../system/files.ts';
import { installedFolders } from './package-json.ts';

/** Yarn's map of a large project has a few megabytes. */
const MAP_BYTES = 64 * 1024 * 1024;

const MAP = '.pnp.cjs';

function isMapped(folder: string, name: string): boolean {
	return readTextIfAny(below(folder, MAP), MAP_BYTES)?.includes(`"${name}"`) ?? false;
}

/** Whether a module in the folder can import the package: from a `node_modules` above it, or by Yarn's map, up to `top` if there is one. */
export function isInstalled(folder: string, name: string, top?: string): boolean {
	return (
		installedFolders(folder, name, top).length > 0 || withParents(folder, top).some((above) => isMapped(above, name))
	);
}

/** Whether a package manager has been at work for this package: `top` is where it may have put all packages of a workspace. */
export function hasInstall(folder: string, top: string): boolean {
	return withParents(folder, top).some(
		(above) => kindOf(below(above, 'node_modules')) === 'directory' || kindOf(below(above, MAP)) === 'file',
	);
}
