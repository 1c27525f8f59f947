import { dirname, isAbsolute, relative, sep } from 'node:path';

/** Whether the path is the folder itself or below it; both are absolute. */
export function isInside(folder: string, path: string): boolean {
	const way = relative(folder, path);
	return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The way from one folder to another as every system and shell reads it: with `/`, and absolute where they are on two disks. */
export function pathBetween(from: string, to: string): string {
	return relative(from, to).split(sep).join('/');
}

/** The path of a name below an absolute folder. `path.join` looks at each character of it, and that hundred times in a run. */
export function below(folder: string, name: string): string {
	return folder.endsWith(sep) ? folder + name : folder + sep + name;
}

/** The folder itself, then its parents up to `top`, or to the root of the disk. */
export function withParents(folder: string, top?: string): readonly string[] {
	const parent = dirname(folder);
	return folder === top || parent === folder ? [folder] : [folder, ...withParents(parent, top)];
}
