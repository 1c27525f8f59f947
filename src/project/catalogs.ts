import type { PackageManagerAnswer } from '../ecosystem/package-managers.ts';
import { type Catalogs, parseCatalogs } from './package-json.ts';
import type { PackageRoot } from './package-root.ts';
import type { CatalogEntry } from './project.ts';
import { readYaml } from './workspace.ts';

interface Places {
	readonly file: string;
	readonly read: () => Promise<Catalogs>;
}

/** Where pnpm, Bun and Yarn keep the catalogs of a workspace. */
export function catalogPlaces({ workspace, manifest, path }: PackageRoot): readonly Places[] {
	const folder = workspace?.path ?? path;
	return [
		{ file: 'pnpm-workspace.yaml', read: async () => parseCatalogs(await readYaml(folder, 'pnpm-workspace.yaml')) },
		{ file: 'package.json', read: async () => (workspace?.manifest ?? manifest).catalogs },
		{ file: '.yarnrc.yml', read: async () => parseCatalogs(await readYaml(folder, '.yarnrc.yml')) },
	];
}

const FILE_OF = { npm: undefined, pnpm: 'pnpm-workspace.yaml', bun: 'package.json', yarn: '.yarnrc.yml' } as const;

/** The entries that the project's package manager can be told to take, of the default catalog first. */
export async function findCatalogEntries(
	root: PackageRoot,
	manager: PackageManagerAnswer,
	packages: readonly string[],
): Promise<ReadonlyMap<string, readonly CatalogEntry[]>> {
	const file = manager.status === 'found' ? FILE_OF[manager.manager.name] : undefined;
	const place = catalogPlaces(root).find((one) => one.file === file);
	if (place === undefined) return new Map();
	const catalogs = await place.read();
	// In this mode pnpm takes the default catalog for the one that was named (tried on 10.34 and 12.21).
	const isStrict =
		file === 'pnpm-workspace.yaml' &&
		(await readYaml(root.workspace?.path ?? root.path, file))?.['catalogMode'] === 'strict';
	const names = isStrict ? ['default'] : ['default', ...catalogs.keys()].filter((name) => /^[\w.-]{1,50}$/.test(name));
	return new Map(
		packages.map((name) => [
			name,
			[...new Set(names)].flatMap((catalog): CatalogEntry[] => {
				const range = catalogs.get(catalog)?.get(name);
				return range === undefined
					? []
					: [{ specifier: catalog === 'default' ? 'catalog:' : `catalog:${catalog}`, range }];
			}),
		]),
	);
}
