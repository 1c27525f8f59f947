import { isAbsolute, join, resolve } from 'node:path';
import { withParents } from '../lib/paths.ts';
import { kindOf } from '../system/files.ts';
import { installedFolders, readPackageJson } from './package-json.ts';

/** The conditions with which TypeScript looks into a package for an `extends`. */
const CONDITIONS = ['require', 'types', 'node'];

/** The file that an `extends` names, as TypeScript finds it. */
export async function resolveExtends(specifier: string, folder: string): Promise<string | undefined> {
	if (/^\.\.?(?:\/|$)/.test(specifier) || isAbsolute(specifier)) return asFile(resolve(folder, specifier));
	const [, name, subpath = ''] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(specifier) ?? [];
	if (name === undefined) return undefined;
	const own = withParents(folder).find((parent) => kindOf(join(parent, 'package.json')) === 'file');
	const manifest = own === undefined ? undefined : readPackageJson(own);
	if (own !== undefined && name.startsWith('#'))
		return await resolveMapped(own, 'imports', manifest?.['imports'], specifier);
	if (own !== undefined && manifest?.['name'] === name && manifest['exports'] !== undefined)
		return await resolveMapped(own, 'exports', manifest['exports'], subpath);
	for (const installed of installedFolders(folder, name)) {
		const file = await resolveInPackage(installed, subpath);
		if (file !== undefined) return file;
	}
	return undefined;
}

async function resolveInPackage(folder: string, subpath: string): Promise<string | undefined> {
	const manifest = readPackageJson(folder);
	const exports = manifest?.['exports'];
	if (exports !== undefined && exports !== null) return await resolveMapped(folder, 'exports', exports, subpath);
	if (subpath !== '') return asFile(join(folder, subpath)) ?? asFile(join(folder, subpath, 'tsconfig.json'));
	const named = [manifest?.['tsconfig'], 'tsconfig.json', manifest?.['main']];
	return named
		.filter((path) => typeof path === 'string')
		.map((path) => asFile(join(folder, path)))
		.find((path) => path?.endsWith('.json'));
}

/** https://nodejs.org/api/packages.html: only what is mapped can be had, and no extension is guessed. */
async function resolveMapped(
	folder: string,
	field: 'exports' | 'imports',
	map: unknown,
	request: string,
): Promise<string | undefined> {
	const { resolveExports, resolveImports } = await import('resolve-pkg-maps');
	try {
		const targets =
			field === 'exports'
				? resolveExports(map as Parameters<typeof resolveExports>[0], request, CONDITIONS)
				: resolveImports(map as Parameters<typeof resolveImports>[0], request, CONDITIONS);
		return targets
			.filter((target) => target.startsWith('./') && target.endsWith('.json'))
			.map((target) => join(folder, target))
			.find((path) => kindOf(path) === 'file');
	} catch {
		return undefined;
	}
}

function asFile(path: string): string | undefined {
	return [path, `${path}.json`].find((candidate) => kindOf(candidate) === 'file');
}
