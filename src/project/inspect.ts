import { isAbsolute, join, sep } from 'node:path';
import { isVersion } from '../ecosystem/flue-versions.ts';
import type { PackageManagerName } from '../ecosystem/package-managers.ts';
import { UsageError } from '../lib/errors.ts';
import { pathBetween } from '../lib/paths.ts';
import { printable } from '../lib/sanitize.ts';
import { shellWords } from '../lib/shell.ts';
import { kindOf } from '../system/files.ts';
import { placeConnector } from './connector-path.ts';
import { findTargets } from './deployment-targets.ts';
import { findDurableClasses } from './durable-classes.ts';
import { holdsModelKey, readEnvExamples, readEnvFiles } from './env-files.ts';
import { findPackageManager, managerSearch } from './find-package-manager.ts';
import { hasInstall } from './installed.ts';
import { safeDependencies } from './package-json.ts';
import { findPackageRoot, type PackageRoot } from './package-root.ts';
import type { Project } from './project.ts';
import { findRuntime, findUsedVersion } from './runtime.ts';
import { findSources, type ModuleSearch, searchModules } from './sources.ts';
import { readImportExtension } from './tsconfig.ts';
import { findWorkspaceMembers } from './workspace.ts';
import { readWranglerFile } from './wrangler.ts';

/** In the sentence of an error. */
const MOST_NAMED = 10;

export interface InspectOptions {
	readonly cwd: string;
	/** The connector's name, which is also its file's. */
	readonly connector: string;
	/** `--path`: relative to `cwd`, or absolute. */
	readonly path?: string | undefined;
	/** `--runtime` */
	readonly runtime?: string | undefined;
	/** Packages whose installed version is of interest. */
	readonly packages: readonly string[];
	/** `--package-manager` */
	readonly packageManager?: PackageManagerName | undefined;
	/** The environment's `npm_config_user_agent`. */
	readonly userAgent?: string | undefined;
}

/** Looks at the project, once: reads only, starts nothing, asks no network. Throws a UsageError for what the user must mend first. */
export async function inspectProject(options: InspectOptions): Promise<Project> {
	const { connector, packages, packageManager: option, userAgent } = options;
	const root = await findPackageRoot(options.cwd);
	const { path: packageRoot, gitRoot, manifest, workspace, top } = root;
	const manager = await findPackageManager(managerSearch(root, option, userAgent));
	const search = once(() => searchModules(packageRoot, connector));
	const { runtime, warnings } = await findRuntime(root, manager, options.runtime, search);
	const { tree, sourceDir, warnings: sourceWarnings } = findSources(packageRoot, runtime, search);
	const placement = placeConnector({
		root: packageRoot,
		connector,
		tree,
		search,
		cwd: root.cwd,
		requested: options.path,
	});
	if (placement.existingConnector === undefined) await refuseForeignWorkspaceRoot(root);
	const envFiles = await readEnvFiles(packageRoot, gitRoot);
	const targets = findTargets(packageRoot, gitRoot, manifest.scripts);
	const isForCloudflare = targets.some(({ value }) => value === 'cloudflare');
	const workspaceRoot = workspace?.path;
	return {
		root: packageRoot,
		workspaceRoot,
		gitRoot,
		runtime,
		sourceDir,
		dependencies: safeDependencies(manifest),
		installed: await findInstalled(root, packages),
		hasInstall: hasInstall(packageRoot, workspaceRoot ?? packageRoot),
		existingConnector: placement.existingConnector,
		connectorPath: placement.connectorPath,
		importExtension: await readImportExtension(packageRoot, top, placement.connectorPath.value),
		packageManager: manager,
		envExamples: readEnvExamples(packageRoot),
		envFiles,
		modelKeyFile: envFiles.find(({ names }) => holdsModelKey(names))?.path,
		targets,
		wrangler: isForCloudflare ? await readWranglerFile(packageRoot) : undefined,
		durableClasses: isForCloudflare ? findDurableClasses(packageRoot, sourceDir.value, runtime, search) : [],
		warnings: [...warnings, ...sourceWarnings, ...placement.warnings, ...manager.warnings],
	};
}

async function findInstalled(root: PackageRoot, packages: readonly string[]): Promise<ReadonlyMap<string, string>> {
	const entries = await Promise.all(packages.map(async (name) => [name, await findUsedVersion(root, name)] as const));
	return new Map(
		entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined && isVersion(entry[1])),
	);
}

/** In a workspace the connector belongs to a member that uses Flue, not to the root around it. */
async function refuseForeignWorkspaceRoot({ path, manifest, workspace }: PackageRoot): Promise<void> {
	if (workspace?.path !== path || usesFlue(path, manifest.dependencies)) return;
	const { members, cutShort } = await findWorkspaceMembers(workspace, (member) =>
		usesFlue(join(path, member.path), member.manifest.dependencies),
	);
	const users = members.map((member) => member.path);
	const [first, ...others] = users.toSorted();
	if (first === undefined) {
		if (cutShort === undefined) return;
		throw new UsageError(
			`This is the root of a workspace and does not use Flue itself; ${cutShort}, and none that was found uses Flue.`,
			'Name the folder of the member with --cwd. To use Flue in the root, install @flue/runtime there first.',
		);
	}
	const names = [first, ...others].slice(0, MOST_NAMED).map(printable);
	const more =
		users.length > names.length
			? ` and ${cutShort === undefined ? '' : 'at least '}${users.length - names.length} more`
			: '';
	throw new UsageError(
		`This is the root of a workspace and does not use Flue itself; these members do: ${names.join(', ')}${more}.`,
		`Name one of them, for example: ${shellWords(['--cwd', printable(shortPath(join(path, first)))])}`,
	);
}

function usesFlue(folder: string, dependencies: ReadonlyMap<string, string>): boolean {
	return dependencies.has('@flue/runtime') || kindOf(join(folder, '.flue')) === 'directory';
}

function shortPath(path: string): string {
	const fromHere = pathBetween(process.cwd(), path);
	return isAbsolute(fromHere) || fromHere.startsWith('..') ? path.split(sep).join('/') : fromHere;
}

function once(search: () => ModuleSearch): () => ModuleSearch {
	let found: ModuleSearch | undefined;
	return () => (found ??= search());
}
